"""What becomes of a damaged artifact: the next run makes it again."""

from pathlib import Path

from aip.run.internals import mark_incomplete
from aip.run.rebuild import rebuild
from aip.store.checksums import Damaged


def condemn(error: Damaged) -> str:
    """Have the next run make a damaged artifact again; return the sentence that says so.

    The artifact stays where it is, because Snakemake ends the whole run if a job's input is gone.
    If it is a link to an artifact that studies share, the shared artifact is renamed, so that no
    other study takes it.
    """
    path = error.path
    try:
        mark_incomplete(str(path))
        if path.is_symlink():
            _withdraw(path)
    except OSError as failed:
        return (
            f"{path}: {error.reason}; that cannot be noted for the next run "
            f"({failed.strerror}); rebuild it with: {rebuild(path)}"
        )
    return (
        f"{path}: {error.reason}; the next run makes it again; "
        f"rebuild it alone with: {rebuild(path)}"
    )


def _withdraw(link: Path) -> None:
    real = link.resolve()
    withdrawn = real.with_name(f"{real.name.removesuffix('.damaged')}.damaged")
    if real != withdrawn:
        real.rename(withdrawn)
        link.unlink()
        link.symlink_to(withdrawn)
