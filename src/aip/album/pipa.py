"""PIPA (Zhang et al. 2015): its annotation is downloaded, its photos have one of three sources.

The archive of the photos is no longer served. Users can provide it, or crops of the heads;
otherwise photos are fetched from Flickr, where some are gone. Heads without a photo leave the study
and are listed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from aip.album import Preview
from aip.album.annotation import Annotation, clipped
from aip.album.index import Instance
from aip.album.missing import Missing, leave
from aip.album.photo import decoded_size, read_size
from aip.errors import BadInput
from aip.store.checkout import remote
from aip.store.digest import digest, file_digest, files_digest
from aip.store.progress import Progress

INDEX = "all_data.txt"

# Heads of the train subset, and of splits 0 and 1 of the subsets that are recognised.
TRAIN = 29_223
HEADS = {
    "val": {
        "original": (4_820, 4_820),
        "album": (4_859, 4_783),
        "time": (4_818, 4_824),
        "day": (1_076, 1_076),
    },
    "test": {
        "original": (6_443, 6_443),
        "album": (6_497, 6_389),
        "time": (6_441, 6_445),
        "day": (2_484, 2_485),
    },
}

CROPS = "head_crop"
WITHOUT_AREA = "its head box lies wholly outside its photo"


@dataclass(frozen=True)
class Halves:
    """The heads that a split of the annotation enrols and attacks, and their identities."""

    subset: str
    split: str
    enrolled: int
    attacked: int
    identities: int


class Pipa:
    """The train subset, and a subset to recognise, divided by one of four splits.

    Parameters
    ----------
    album : mapping
        ``subset`` (val, test); ``split`` (original, album, time, day); ``photos``: ``flickr``,
        ``archive`` (``<photoset>_<photo>.jpg`` in `root` or a folder in it) or ``crops``
        (``<n>.jpg``, instance n's head, in `root` or its folder head_crop); ``root``;
        ``annotation`` (the folder of its nine files, None to download them).
    folder : Path
        The folder of the study's album; all studies share downloads.
    """

    photo_folder: Path | None = None

    def __init__(self, album: dict[str, Any], folder: Path) -> None:
        self._subset, self._split, self._photos = (
            album[key] for key in ("subset", "split", "photos")
        )
        downloads = folder.parent.parent / "downloads"
        self._own_annotation = album["annotation"] is not None
        self._annotation_folder = Path(album["annotation"] or downloads / "pipa")
        if album["root"] is None and self._photos != "flickr":
            raise BadInput(
                f"config: album.root is missing; photos: {self._photos} needs the folder that "
                f"holds them; expected {_naming(self._photos)}"
            )
        self._given_root = downloads / "flickr" if self._photos == "flickr" else album["root"]

    def count(self, split: int | None) -> int:
        """Bound the heads of a split by those in the annotation."""
        return TRAIN if split is None else HEADS[self._subset][self._split][split]

    def content(self, cache: Path) -> str:
        """Digest the annotation's checksums and the user's own photos.

        If the user also provides the annotation, only the photos of the study count. An annotation
        to download may not be here yet. All photos count then, before and after it arrives, so
        that its arrival makes nothing again. What Flickr returns is not known beforehand.
        """
        checksums = remote("pipa")["sha256"]
        if self._photos == "flickr":
            return digest(checksums)
        names = list(self._found)
        if self._own_annotation:
            heads = self._heads(Annotation(self._annotation_folder / INDEX))
            names = [n for n in dict.fromkeys(map(self._name, heads)) if n in self._found]
        photos = [self._found[name] for name in names]
        return digest(checksums, files_digest(photos, cache / "photos.json"))

    def make(
        self,
        seed: int,  # noqa: ARG002
        threads: int,  # noqa: ARG002
        progress: Progress,
    ) -> tuple[list[Instance], list[Missing]]:
        """Get the annotation and the photos, and index the heads that are there.

        Raises
        ------
        BadInput
            A file of the annotation is wrong or has another checksum, no photo is there at all, or
            photos could not be fetched.
        """
        heads, gone = self._heads_and_without_area()
        there = [head for head in heads if head not in gone]
        if self._photos == "flickr":
            return leave(heads, gone | self._fetch(there, progress))
        gone |= self._absent(there)
        photos = len({head.photo for head in there if head not in gone})
        update = progress(photos)
        if self._photos == "crops":
            heads = [head if head in gone else self._whole(head, update) for head in heads]
        else:
            update(photos)
        return leave(heads, gone)

    def preview(self, seed: int) -> Preview | None:
        """Return the index from the annotation, and count the photos to fetch."""
        if self._photos != "flickr":
            return Preview(*self.make(seed, 1, lambda _: lambda _: None))
        kept, missing = leave(*self._heads_and_without_area())
        return Preview(kept, missing, len({self._name(head) for head in kept} - self._found.keys()))

    def photo_path(self, instance: Instance) -> Path:
        """Return the file of an instance's photo."""
        name = self._name(instance)
        return self._found.get(name, self._root / name)

    @cached_property
    def _root(self) -> Path:
        """The folder of the photos."""
        return Path(self._given_root)

    @cached_property
    def annotation(self) -> Annotation:
        """The annotation, downloaded if need be, with the checksums of its files verified."""
        place = remote("pipa")
        for name, expected in place["sha256"].items():
            path = self._annotation_folder / name
            found = file_digest(path) if path.is_file() else None
            if found == expected:
                continue
            if self._own_annotation:
                shown = "no such file" if found is None else f"one with SHA-256 {found}"
                raise BadInput(
                    f"{path}: found {shown}, expected PIPA's annotation, with SHA-256 {expected}"
                )
            from aip.download.file import fetch

            fetch(place["url"] + name, path, expected, lambda _: lambda _: None)
        return Annotation(self._annotation_folder / INDEX)

    def halves(self) -> list[Halves]:
        """Count the heads of each split of each subset to recognise."""
        found, instances = [], self.annotation.instances
        for subset, splits in HEADS.items():
            for split in splits:
                if not self._split_file(subset, split).is_file():
                    continue  # of a release that has fewer than PIPA
                halves = self._read_split(self.annotation, subset, split)
                attacked = sum(halves.values())
                identities = {instances[number - 1].identity for number in halves}
                enrolled = len(halves) - attacked
                found.append(Halves(subset, split, enrolled, attacked, len(identities)))
        return found

    def _read_split(self, annotation: Annotation, subset: str, split: str) -> dict[int, int]:
        """Return the halves of a split, by instance number."""
        return annotation.read_split(self._split_file(subset, split), subset)

    def _split_file(self, subset: str, split: str) -> Path:
        return self._annotation_folder / f"split_{subset}_{split}.txt"

    def _heads(self, annotation: Annotation) -> list[Instance]:
        """Return all heads of the album; each crop is a photo, whose box is not known yet."""
        heads = annotation.album(self._read_split(annotation, self._subset, self._split))
        if self._photos != "crops":
            return list(heads.values())
        return [replace(heads[n], photoset=CROPS, photo=str(n)) for n in sorted(heads)]

    def _heads_and_without_area(self) -> tuple[list[Instance], dict[Instance, str]]:
        heads = self._heads(self.annotation)
        if self._photos == "crops":  # a crop's box is the whole crop
            return heads, {}
        return heads, {head: WITHOUT_AREA for head in heads if min(clipped(head)[2:]) <= 0}

    def _whole(self, crop: Instance, update: Callable[[int], object]) -> Instance:
        """Return a crop's instance with the whole crop as its box."""
        width, height = read_size(self.photo_path(crop))
        update(1)
        return replace(crop, xmin=0, ymin=0, width=width, height=height)

    def _name(self, instance: Instance) -> str:
        photoset = f"{instance.photoset}_" if self._photos == "archive" else ""
        return f"{photoset}{instance.photo}.jpg"

    @cached_property
    def _found(self) -> dict[str, Path]:
        """The photos that are here, by file name; for two of one name, that of the first folder."""
        if not self._root.is_dir():
            if self._photos == "flickr":
                return {}
            raise BadInput(
                f"album root {self._root}: no such folder; expected {_naming(self._photos)}"
            )
        folders = [self._root]
        if self._photos == "archive":
            folders += sorted(path for path in self._root.iterdir() if path.is_dir())
        elif self._photos == "crops" and (self._root / CROPS).is_dir():
            folders.append(self._root / CROPS)
        return {
            name: folder / name
            for folder in reversed(folders)
            for name in sorted(path.name for path in folder.iterdir())
            if name.endswith(".jpg")
        }

    def _absent(self, heads: list[Instance]) -> dict[Instance, str]:
        gone = [head for head in heads if self._name(head) not in self._found]
        if len(gone) == len(heads):
            raise BadInput(
                f"album root {self._root}: found none of the photos, such as "
                f"{self._name(heads[0])}; expected {_naming(self._photos)}"
            )
        what = "crop" if self._photos == "crops" else "photo"
        return dict.fromkeys(gone, f"its {what} is not in {self._root}")

    def _fetch(self, heads: list[Instance], progress: Progress) -> dict[Instance, str]:
        """Fetch the photos that are not here yet; return the heads whose photo is gone."""
        from aip.album.photo_size import Extent, choose
        from aip.download.flickr import api_key, fetch_photos

        # With all boxes of the photo, so that every study chooses the same size of it.
        wanted = {head.photo: Extent(0, 0) for head in heads}
        for instance in self.annotation.instances:
            if (known := wanted.get(instance.photo)) is not None:
                xmin, ymin, width, height = clipped(instance)
                if min(width, height) > 0:
                    largest = Extent(max(xmin, known.xmin), max(ymin, known.ymin))
                    wanted[instance.photo] = largest
        update = progress(len(wanted))
        gone = fetch_photos(
            wanted, self._root, api_key, remote("flickr"), choose, decoded_size, update
        )
        return {head: gone[head.photo] for head in heads if head.photo in gone}


def _naming(photos: str) -> str:
    """Say which files are expected in the photos' folder."""
    if photos == "archive":
        return "<photoset>_<photo>.jpg, in it or folders in it"
    return "<n>.jpg for instance n, in it or its folder head_crop"
