"""Edits of the code while a run goes on."""

from pathlib import Path

from aip.errors import BadInput
from aip.store.checkout import ROOT
from aip.study.code import Code, Reader

CACHE = Path(".snakemake", "aip", "code.json")


def check_code(code: Code) -> None:
    """Check that the code of a job is still that which its fingerprint stands for.

    Raises
    ------
    BadInput
        It was edited, or another commit was checked out.
    """
    edited = Reader(CACHE).edited(code, ROOT / "workflow" / "scripts")
    if edited:
        raise BadInput(
            f"the code was changed while the run went on: {', '.join(edited)}; start the run again"
        )
