"""What a study's config says of its photos: the album, whose heads are wanted, and how many."""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path

from aip import album
from aip.album import Purpose
from aip.album.index import Instance
from aip.errors import BadInput
from aip.study import albums, definitions
from aip.study.definitions import Definition
from aip.study.release_request import ReleaseRequest, request_release
from aip.study.shards import Direction, Shard, shards


class AlbumConfig:
    """The album of a config, and its heads: the part of a study's config that is about photos."""

    _config: Definition
    _cache: Path
    name: str
    seed: int
    faces: Definition | None

    def _read_album(self, keys: Mapping[str, Definition]) -> None:
        """Resolve the album; `keys` is its schema."""
        self.album = albums.album_definition(self._config["album"], keys)
        if self.album["source"] == "authors":
            self.album["card"] = self.release.card
        self._source = album.source(self.album, Path("results", self.name, "album"))
        self._album_module = album.module(self.album["source"])

    @cached_property
    def release(self) -> ReleaseRequest:
        """The authors' release; this reads the user's archive or folder."""
        return request_release(self._config["authors"], self._cache)

    @property
    def heads(self) -> Definition:
        """The heads file: the album and the size of its heads."""
        return {"album": self.album, "size": self._config["head_size"]}

    @property
    def subset(self) -> str:
        """The subset that is recognised."""
        return definitions.subset(self._config)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that are played; a cell holds the heads of all."""
        given = self._config["attacked"]["direction"]
        return ("0-1", "1-0") if given == "both" else (given,)

    @property
    def photo_folder(self) -> Path | None:
        """The folder of photos that the album makes, or None where it finds them."""
        return self._source.photo_folder

    @property
    def attacked_heads(self) -> int:
        """How many heads are attacked, at most."""
        return sum(stop - start for _, start, stop in self.shards("attacked").values())

    @property
    def train_heads(self) -> int:
        """How many heads teach the nets, at most."""
        return self._source.count(None)

    @property
    def other_heads(self) -> int:
        """How many heads of other people set thresholds, at most."""
        wanted = self._config["thresholds"]["heads"]
        return self.train_heads if wanted is None else min(wanted, self.train_heads)

    @cache  # noqa: B019 (a study lives as long as its process)
    def shards(self, purpose: Purpose) -> dict[str, Shard]:
        """Return the shards of the heads for a purpose, by name; one perturbation file each."""
        directions = self.directions[:1] if purpose == "train" else self.directions
        counts = {direction: self._count(purpose, direction) for direction in directions}
        return shards(purpose, counts, self._config["attacked"]["shard_size"])

    def _count(self, purpose: Purpose, direction: Direction) -> int:
        enrolled, attacked = map(int, direction.split("-"))
        split = {"train": None, "enrolled": enrolled, "attacked": attacked}[purpose]
        count, wanted = self._source.count(split), self._config["attacked"]["heads"]
        if purpose == "attacked" and wanted is not None:
            count = min(wanted, count)
        if count == 0:
            lacking = "teach the net" if purpose == "train" else "be recognised"
            raise BadInput(
                f"config: album: no identity has enough photos to {lacking}: {self.album}"
            )
        return count

    @cached_property
    def _instances(self) -> list[Instance] | None:
        """The album's index, if the album knows it before it is made, else None."""
        if self.album["source"] not in ("synthetic", "folder") or self.faces:
            return None
        preview = self._source.preview(self.seed)
        return None if preview is None else preview.instances

    @property
    def _people(self) -> list[str] | None:
        """The people to recognise, if the album knows them before it is made, else None."""
        if self._instances is None:
            return None
        return sorted({i.identity for i in self._instances if i.subset == self.subset})
