"""A study: what its config asks for, and the fingerprint of every artifact of it."""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

from aip import perturb, process
from aip.album import Part
from aip.errors import BadInput
from aip.fingerprint import digest, file_digest, source
from aip.recognise import nets
from aip.study.asked import Asked, Direction


class Study(Asked):
    """What a config asks for, with fingerprints, in the order of the flow.

    Parameters and errors as in `Asked`; the scripts' code is part of the fingerprints. Snakemake
    asks for these job by job, so those that many jobs share are kept.
    """

    @cached_property
    def album_fingerprint(self) -> str:
        """Digest the album's index and photos."""
        content = self._source.content(self._cache)
        return digest(self.album, self.seed, content, self._code("album", self._album_module))

    @property
    def release_fingerprint(self) -> str:
        """Digest the authors' release, unpacked."""
        return digest(self.release.content, self.release.sha256, self._code("release"))

    @cached_property
    def heads_fingerprint(self) -> str:
        """Digest the heads file."""
        code = self._code("heads", self._album_module)
        return digest(self.heads, self.album_fingerprint, code)

    @cache  # noqa: B019
    def net_fingerprint(self, name: str) -> str:
        """Digest a recogniser's net."""
        definition = self.recogniser(name)
        if self.net_owner(name) != name:
            return self.net_fingerprint(self.net_owner(name))
        module = nets.module(definition["arch"])
        if self.is_released(name, "net"):
            code = self._code("released_net", module)
            return digest(definition, self.release.content, code)
        content = [self._content(name, key) for key in ("weights", "mean")]
        code = self._code("train", module)
        way = self.directions[0]  # of no meaning to the train heads
        learnt = [self.lesson_fingerprint(user, "train", way) for user in self.known(name)]
        if "base" in definition:
            learnt.append(self.net_fingerprint(definition["base"]))
        return digest(definition, self.seed, content, self.heads_fingerprint, code, learnt)

    def features_fingerprint(self, name: str) -> str:
        """Digest a recogniser's features, which its SVMs of all directions are taught on."""
        return self._features(name, self.directions)

    @cache  # noqa: B019
    def recogniser_fingerprint(self, name: str, direction: Direction) -> str:
        """Digest a recogniser: net, features and SVM."""
        svm = "released_svm" if self.is_released(name, "svm") else "svm"
        return digest(self._features(name, [direction]), direction, self._code(svm))

    def teacher_fingerprint(self, name: str) -> str:
        """Digest the SVM that knows the train identities, by a recogniser's features."""
        return digest(self._features(name, []), self._code("teacher"))

    @cache  # noqa: B019
    def user_fingerprint(self, name: str, direction: Direction) -> str:
        """Digest a user strategy's perturbations in a direction, whatever their shard."""
        against = self.users[name].get("against", ())
        known = [self.recogniser_fingerprint(r, direction) for r in against]
        return self._perturbation(name, direction, known)

    def lesson_fingerprint(self, name: str, part: Part, direction: Direction) -> str:
        """Digest a user strategy's perturbations of heads that a recogniser learns from."""
        against = self.users[name].get("against", ())
        if part == "train":
            return self._perturbation(name, None, [self.teacher_fingerprint(r) for r in against])
        known = [self.recogniser_fingerprint(r, direction) for r in against]
        return self._perturbation(name, direction, known)

    @cache  # noqa: B019
    def cell_fingerprint(self, user: str, response: str) -> str:
        """Digest a cell; it holds the heads of all shards."""
        strategy = self.responses[response]
        return digest(
            strategy,
            self.attacked_heads,
            [self.user_fingerprint(user, way) for way in self.directions],
            [self.recogniser_fingerprint(strategy["recogniser"], way) for way in self.directions],
            self._code("cell", *(process.module(kind) for kind, _ in strategy["process"])),
        )

    def game_fingerprint(self, name: str) -> str:
        """Digest a game: its cells, in its order."""
        game = self.games[name]
        cells = [[self.cell_fingerprint(u, r) for r in game["recogniser"]] for u in game["user"]]
        return digest(game, cells, self._code("table"), self._code("solve"), self._code("payoff"))

    def table_fingerprint(self, name: str) -> str:
        """Digest a table: its cells, in its order."""
        table = self.tables[name]
        cells = [
            [self.cell_fingerprint(*pair) for pair in zip(row, table["recogniser"], strict=True)]
            for row in table["cells"]
        ]
        return digest(table, cells, self._code("tabulate"))

    def sheet_fingerprint(self, user: str) -> str:
        """Digest a user strategy's contact sheet; its title speaks of the heads of all shards."""
        return digest(
            self.pictures,
            self.attacked_heads,
            self.user_fingerprint(user, self.directions[0]),
            self.recogniser_fingerprint(self.seen_by(user), self.directions[0]),
            self._code("sheet", *(process.module(kind) for kind, _ in self.pictures["process"])),
        )

    def curve_fingerprint(self, name: str) -> str:
        """Digest a recogniser's learning curve."""
        return digest(self.net_fingerprint(name), self._code("curve"))

    @property
    def summary_fingerprint(self) -> str:
        """Digest the study's summary."""
        games = {name: self.game_fingerprint(name) for name in self.games}
        tables = {name: self.table_fingerprint(name) for name in self.tables}
        return digest(games, tables, self._code("summary"))

    @property
    def costs_fingerprint(self) -> str:
        """Digest how costs are gathered; they are remade after what they are the costs of."""
        return digest(self._code("costs"))

    @cache  # noqa: B019
    def _code(self, script: str, *modules: str) -> str:
        return source(self._scripts / f"{script}.py", *modules)

    def _content(self, name: str, key: str) -> str:
        """Digest a file that a recogniser's net starts from, if it starts from one."""
        file = self.recogniser(name).get(key)
        if (
            file is None
            or "source" in self.recogniser(name)
            or (key == "weights" and not Path(file).suffix)
        ):
            return ""
        if not Path(file).is_file():
            raise BadInput(f"config: recognisers.{name}.{key}: no such file: {file}")
        return file_digest(Path(file))

    def _features(self, name: str, directions: Sequence[Direction]) -> str:
        """Digest features of the heads, and of the lessons that are learnt in some directions."""
        learnt = [
            self.lesson_fingerprint(user, "enrolled", way)
            for way in directions
            for user in self.known(name)
        ]
        # A net that was released follows from no head, so the heads are told apart here.
        made_from = [self.net_fingerprint(name), self.heads_fingerprint]
        return digest(made_from, self.seed, self._code("features"), learnt)

    def _perturbation(self, name: str, direction: Direction | None, against: list[str]) -> str:
        strategy = self.users[name]
        modules = [perturb.module(strategy["method"])]
        modules += [process.module(kind) for kind, _ in strategy.get("robust_to", ())]
        if strategy.get("input_diversity"):
            modules.append(process.module("R"))
        code = self._code("perturb", *modules)
        return digest(strategy, self.seed, self.heads_fingerprint, direction, against, code)
