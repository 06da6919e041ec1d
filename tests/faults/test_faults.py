"""A study that is broken at a random moment is finished by one plain rerun, to the last bit.

A killed Snakemake leaves its locks: then `--unlock` comes first, which Snakemake asks for.
"""

import pytest

from faults.kinds import KILLING, KINDS, MOUNTING


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_rerun_makes_good(outcomes, kind):
    struck = [outcome for outcome in outcomes if outcome.kind == kind]
    if not struck:
        why = ", or no file system can be mounted here, which takes root"
        pytest.skip(f"{kind}: none was drawn{why if kind in MOUNTING else ''}")
    for outcome in struck:
        assert not outcome.wrong, (
            f"--fault-seed {outcome.seed}, fault {outcome.number}, {outcome.kind} while making "
            f"{outcome.where}: {outcome.wrong}"
        )


@pytest.mark.parametrize("kind", KILLING)
def test_jobs_are_struck_while_they_run(outcomes, kind):
    """Of faults that all come too late, nothing would be wrong."""
    struck = [outcome for outcome in outcomes if outcome.kind == kind]
    if not struck:
        pytest.skip(f"{kind}: none was drawn")
    assert any(outcome.met for outcome in struck), f"{kind}: no job ran at any moment of it"
