"""What left a study, in sentences."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from aip.errors import several


def sentence(lost: Mapping[str, int], path: Path) -> str:
    """Say in one line what `aip.album.missing.counts` found; `path` lists the heads."""
    return (
        f"Heads that left the study: {lost['heads']:,}; photos with no head left: "
        f"{lost['photos']:,}; identities: {lost['identities']:,}; {path} says why"
    )


def left_out(reasons: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Say for each reason what `aip.album.missing.reasons` found, with the first people."""
    for reason, people in reasons.items():
        named = [f"{name} {count:,}" if count > 1 else name for name, count in people.items()]
        yield f"{sum(people.values()):,}: {reason} ({several(named, 5)})"


def left_out_sentence(reasons: Mapping[str, Mapping[str, int]], path: Path) -> str:
    """Say in one line what was left out; `path` lists it."""
    return f"Left out of the album: {'; '.join(left_out(reasons))}; {path} lists all"
