"""Search a target of `fuzz.targets` by what code it reaches, with atheris; no part of the tests.

atheris is no dependency of the project; with it installed beside it::

    python tests/fuzz/guided.py photo -runs=100000 -timeout=20 -rss_limit_mb=2048

The first argument names the target, the others are libFuzzer's.
"""

import os
import sys
import tempfile
from pathlib import Path


def search(name: str, options: list[str]) -> None:
    """Search a target until libFuzzer's options say that it is enough, or it fails."""
    import atheris

    sys.path.insert(0, str(Path(__file__).parents[1]))
    with atheris.instrument_imports(include=["aip", "PIL", "yaml"]):
        from aip.album import photo
        from fuzz.corpus import SEEDS
        from fuzz.targets import TARGETS

    folder = Path(tempfile.mkdtemp())
    seeds, work = folder / "seeds", folder / "work"
    seeds.mkdir()
    work.mkdir()
    for number, seed in enumerate(SEEDS[name]):
        (seeds / str(number)).write_bytes(seed)
    os.chdir(work)
    photo.LARGEST = 2**20
    atheris.Setup([sys.argv[0], *options, str(seeds)], lambda content: TARGETS[name](content, work))
    atheris.Fuzz()


if __name__ == "__main__":
    search(sys.argv[1], sys.argv[2:])
