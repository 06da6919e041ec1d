"""The embedded album: people who are rendered, not photographed."""

from pathlib import Path
from typing import Any

from aip.album import Preview
from aip.album.index import Instance
from aip.album.missing import Missing
from aip.errors import BadInput
from aip.store.files import whole_folder
from aip.store.progress import Progress

MOST = 1_000_000  # heads; more cannot be planned in reasonable time


class Rendered:
    """An album of `aip.album.synthetic`; nothing is downloaded.

    Raises
    ------
    BadInput
        It would have more than 1,000,000 heads.
    """

    def __init__(self, album: dict[str, Any], folder: Path) -> None:
        self._size = {
            key: int(album[key])
            for key in ("train_identities", "val_identities", "heads_per_identity")
        }
        people = self._size["train_identities"] + self._size["val_identities"]
        heads = people * self._size["heads_per_identity"]
        if heads > MOST:
            raise BadInput(f"config: album: it makes {heads:,} heads, expected at most {MOST:,}")
        self.photo_folder = folder / "photos"

    def count(self, split: int | None) -> int:
        """Count the heads of a split: every second one of a recognised identity is in split 1."""
        each = self._size["heads_per_identity"]
        if split is None:
            return self._size["train_identities"] * each
        return self._size["val_identities"] * ((each + 1 - split) // 2)

    def content(self, cache: Path) -> str:  # noqa: ARG002
        """Return an empty string: the definition, the seed and the code determine the photos."""
        return ""

    def make(
        self, seed: int, threads: int, progress: Progress
    ) -> tuple[list[Instance], list[Missing]]:
        """Render the photos, in parallel; none is missing."""
        from aip.album.synthetic import render
        from aip.album.synthetic.seating import seating

        update = progress(len(seating(seed=seed, **self._size)))

        def step(done: int) -> None:  # noqa: ARG001
            update(1)

        with whole_folder(self.photo_folder) as beside:
            index = render(beside, seed=seed, workers=threads, progress=step, **self._size)
        return index, []

    def preview(self, seed: int) -> Preview:
        """Index the people without rendering them."""
        from aip.album.synthetic import instances

        index = instances(seed=seed, **self._size)
        return Preview(index, [], len({(i.photoset, i.photo) for i in index}))

    def photo_path(self, instance: Instance) -> Path:
        """Return the file of an instance's photo."""
        return self.photo_folder / f"{instance.photoset}_{instance.photo}.jpg"
