"""What other programs published: the files of user strategies that read them."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from aip import perturb
from aip.album import Purpose
from aip.album.head_files import HeadFiles, check_all_there, first_heads, read_head_files
from aip.album.heads import Heads, chosen
from aip.album.index import Instance
from aip.errors import several
from aip.store.digest import digest, file_digest, remembered
from aip.store.hdf5 import ImageReader
from aip.study.definitions import Definition
from aip.study.shards import Shard


@dataclass(frozen=True)
class Elsewhere:
    """The files that a user strategy publishes.

    Attributes
    ----------
    where : str
        The config's key, for errors.
    files : HeadFiles
    of_photos : bool
        Whether they are photos, of which heads are cut.
    """

    where: str
    files: HeadFiles
    of_photos: bool

    def source(self, album: Definition, index: str) -> Definition:
        """Return where the files are and, for photos, the album that they are of."""
        of_album = {"album": album, "index": index} if self.of_photos else {}
        return {"root": str(self.files.root), **of_album}

    def check(
        self,
        instances: Sequence[Instance],
        subset: str,
        purpose: Purpose,
        shards: Mapping[str, Shard],
        seed: int,
    ) -> None:
        """Check that the files of all heads for a purpose are there.

        Raises
        ------
        BadInput
            Files are missing.
        """
        heads, wanted = heads_of(instances), self._file_of(instances)
        positions = positions_of(heads, subset, purpose, shards, seed)
        numbers = heads.id[positions].tolist()
        asked = {number: wanted[number] for number in numbers}
        learnt = "" if purpose == "attacked" else " that recognisers learn from"
        check_all_there(self.files, asked, where=self.where, what=f"{purpose} heads{learnt}")

    def content(
        self,
        instances: Sequence[Instance] | None,
        subset: str,
        purpose: Purpose,
        split: int | None,
        cache: Path,
    ) -> str:
        """Digest the files of all heads of a split, or if these are not known yet, all files.

        Parameters
        ----------
        instances : sequence of Instance or None
            The album's index, if it is known before it is made.
        subset : str
            The one that is recognised.
        purpose : Purpose
        split : int or None
            The split that is perturbed for it; it has no meaning for train.
        cache : Path
            The folder of files that may be deleted.
        """
        found = self.files.by_number
        seen = remembered(
            found.values(), file_digest, cache / f"published-{digest(str(self.files.root))}.json"
        )
        wanted = set(found)
        if instances is not None:
            heads, file_of = heads_of(instances), self._file_of(instances)
            of_split = heads.where("train") if purpose == "train" else heads.where(subset, split)
            wanted = {file_of[number] for number in heads.id[of_split].tolist()}
        return digest([[n, seen[str(path)]] for n, path in found.items() if n in wanted])

    def unused(self, instances: Sequence[Instance] | None) -> str | None:
        """Say which files are of no head of the study, if there are any."""
        others = [*self.files.others]
        if instances is not None:
            known = set(self._file_of(instances).values())
            others += [path.name for n, path in self.files.by_number.items() if n not in known]
        if not others:
            return None
        return f"{self.where}: not used, since they are of no head: {several(sorted(others), 3)}"

    def _file_of(self, instances: Sequence[Instance]) -> dict[int, int]:
        """Return, by head, the number of its file."""
        if self.of_photos:
            return first_heads(instances)
        return {number: number for number in range(1, len(instances) + 1)}


def published_elsewhere(user_strategies: Mapping[str, Definition]) -> dict[str, Elsewhere]:
    """List the files of those user strategies that publish what another program did.

    Parameters
    ----------
    user_strategies : mapping
        Resolved; their key ``root``, on which nothing depends but through the files, is taken out.

    Raises
    ------
    BadInput
        A folder is not there, or holds two files for one head.
    """
    found = {}
    for name, strategy in user_strategies.items():
        if strategy["method"] in perturb.ELSEWHERE:
            where = f"config: user_strategies.{name}.root"
            files = read_head_files(Path(strategy.pop("root")), where=where)
            found[name] = Elsewhere(where, files, strategy["holds"] == "photos")
    return found


def uses(
    games: Mapping[str, Definition],
    tables: Mapping[str, Definition],
    known: Mapping[str, Sequence[str]],
    nets: Container[str],
    enrolling: Container[str],
) -> list[tuple[str, Purpose]]:
    """Say which heads of which user strategies a study may ask for.

    Parameters
    ----------
    games, tables : mapping
        Resolved.
    known : mapping
        By recogniser, the user strategies that it learns from, or that may be drawn for it.
    nets : container of str
        The recognisers whose nets learn, too.
    enrolling : container of str
        The recogniser strategies that enrol what is published.
    """
    asked: dict[tuple[str, Purpose], None] = {}
    rows = [game["user"] for game in games.values()]
    rows += [row for table in tables.values() for row in table["cells"]]
    asked |= {(user, "attacked"): None for row in rows for user in row}
    met = [(game["user"], [*game["recogniser"], *game["outside"]]) for game in games.values()]
    met += [(row, table["recogniser"]) for table in tables.values() for row in table["cells"]]
    for row, columns in met:
        if any(column in enrolling for column in columns):
            asked |= {(user, "enrolled"): None for user in row}
    for recogniser, users in known.items():
        asked |= {(user, "enrolled"): None for user in users}
        if recogniser in nets:
            asked |= {(user, "train"): None for user in users}
    return list(asked)


def heads_of(instances: Sequence[Instance]) -> Heads:
    """Return the heads of an album that need not be made: all but the images."""
    splits = [-1 if instance.split is None else instance.split for instance in instances]
    return Heads(
        id=np.arange(1, len(instances) + 1),
        identity=np.array([instance.identity for instance in instances], dtype=str),
        subset=np.array([instance.subset for instance in instances], dtype=str),
        split=np.array(splits, dtype=np.int8),
        grey=np.zeros(len(instances), dtype=bool),
        images=cast(ImageReader, ()),
    )


def positions_of(
    heads: Heads, subset: str, purpose: Purpose, shards: Mapping[str, Shard], seed: int
) -> NDArray[np.int64]:
    """Return the positions of the heads in all shards for a purpose, each once, in their order."""
    parts = [
        chosen(heads, subset, purpose, int(shard.direction[0]), seed)[shard.start : shard.stop]
        for shard in shards.values()
    ]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))
