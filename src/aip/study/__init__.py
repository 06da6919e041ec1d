"""A study: its config, resolved, and the fingerprint of every artifact that it asks for."""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from aip import album, perturb, process
from aip.album import Part
from aip.config import resolve
from aip.errors import BadInput, unknown
from aip.fingerprint import digest, file_digest, source
from aip.recognise import nets
from aip.study import definitions
from aip.study.definitions import SUBSET, Definition, copies, members
from aip.study.families import expand

RESPONSES = "config: recogniser_strategies"


class Study:
    """What a config asks for.

    Parameters
    ----------
    config : mapping
        As merged from its files and the command line.
    schema : mapping
        The config's JSON schema.
    scripts : Path
        The folder of the workflow's scripts, whose code is part of the fingerprints.
    cache : Path
        A folder for what may be forgotten.

    Raises
    ------
    BadInput
        The config is wrong; the message names the key.
    """

    def __init__(
        self, config: Mapping[str, Any], schema: Mapping[str, Any], scripts: Path, cache: Path
    ) -> None:
        given, families = expand(config)
        self._config = resolve(given, schema)
        self._scripts = scripts
        self.name: str = self._config["study"]
        self.seed: int = self._config["seed"]
        self.album: Definition = {
            key: value
            for key, value in self._config["album"].items()
            if self._config["album"]["source"]
            in schema["properties"]["album"]["properties"][key].get("sources", album.SOURCES)
        }
        for key in {"root", "boxes"} & set(self.album):
            self.album[key] = definitions.path(self.album[key], f"config: album.{key}")
        self._source = album.source(self.album, Path("results", self.name, "album"))
        self._album_module = album.module(self.album["source"])
        self._cache = cache
        self._users_of, self._responses_of = families.values()
        self.recognisers = {
            name: definitions.recogniser(given["recognisers"], self._config, name)
            for name in self._config["recognisers"]
        }
        keys = schema["properties"]["user_strategies"]["additionalProperties"]["properties"]
        self.users = {
            name: definitions.user(given["user_strategies"][name], entry, keys, name)
            for name, entry in self._config["user_strategies"].items()
        }
        self.responses = {
            name: {**entry, "process": copies(entry["process"], f"{RESPONSES}.{name}.process")}
            for name, entry in self._config["recogniser_strategies"].items()
        }
        self._check_names()
        self.games = {name: self._game(name) for name in self._config["games"]}
        self.tables = {name: self._table(name) for name in self._config["tables"]}
        self.pictures = self._pictures()

    # What is asked for, resolved.

    @property
    def heads(self) -> Definition:
        """The heads file: the album and the size of its heads."""
        return {"album": self.album, "size": self._config["head_size"]}

    def recogniser(self, name: str) -> Definition:
        """Return a recogniser: its net, training, SVM, and whom it knows."""
        return self.recognisers[name]

    def net_owner(self, name: str) -> str:
        """Return the recogniser whose net a recogniser has: its base's, if only its SVM learns."""
        definition = self.recognisers[name]
        base: str = definition["base"] if definition.get("learns") == "svm" else name
        return base

    def known(self, name: str) -> list[str]:
        """Return the user strategies that a recogniser has learnt from."""
        knows: list[str] = self.recognisers[name].get("knows", [])
        return knows

    @property
    def subset(self) -> str:
        """The subset that is recognised."""
        return SUBSET

    @property
    def photo_folder(self) -> Path | None:
        """The folder of photos that the album makes, or None where it finds them."""
        return self._source.photo_folder

    @property
    def attacked_heads(self) -> int:
        """How many heads are attacked, at most."""
        return max(stop for _, stop in self.shards("attacked").values())

    @cache  # noqa: B019 (a study lives as long as its process)
    def shards(self, part: Part) -> dict[str, tuple[int, int]]:
        """Return ranges of the heads of a part, by name; one perturbation file each."""
        size, wanted = (self._config["attacked"][key] for key in ("shard_size", "heads"))
        count = self._source.count(part)
        if part == "attacked" and wanted is not None:
            count = min(wanted, count)
        if count == 0:
            lacking = "teach the net" if part == "train" else "be recognised"
            raise BadInput(
                f"config: album: no identity has enough photos to {lacking}: {self.album}"
            )
        ranges = [(start, min(start + size, count)) for start in range(0, count, size)]
        return {f"{start:06d}-{stop - 1:06d}": (start, stop) for start, stop in ranges}

    # Fingerprints, in the order of the flow. Snakemake asks for them job by job: those that many
    # jobs share are kept.

    @cached_property
    def album_fingerprint(self) -> str:
        """Digest the album's index and photos."""
        content = self._source.content(self._cache)
        return digest(self.album, self.seed, content, self._code("album", self._album_module))

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
        weights = definition["weights"]
        content = None
        if weights is not None and Path(weights).suffix:
            if not Path(weights).is_file():
                raise BadInput(f"config: recognisers.{name}.weights: no such file: {weights}")
            content = file_digest(Path(weights))
        code = self._code("train", nets.module(definition["arch"]))
        learnt = [self.lesson_fingerprint(user, "train") for user in self.known(name)]
        if "base" in definition:
            learnt.append(self.net_fingerprint(definition["base"]))
        return digest(definition, self.seed, content, self.heads_fingerprint, code, learnt)

    @cache  # noqa: B019
    def recogniser_fingerprint(self, name: str) -> str:
        """Digest a recogniser: net, features and SVM."""
        code = [self._code("features"), self._code("svm")]
        learnt = [self.lesson_fingerprint(user, "enrolled") for user in self.known(name)]
        return digest(self.net_fingerprint(name), self.seed, code, learnt)

    def teacher_fingerprint(self, name: str) -> str:
        """Digest the SVM that knows the train identities, by a recogniser's features."""
        code = [self._code("features"), self._code("teacher")]
        return digest(self.net_fingerprint(name), self.seed, code)

    @cache  # noqa: B019
    def user_fingerprint(self, name: str) -> str:
        """Digest a user strategy's perturbations, whatever their shard."""
        strategy = self.users[name]
        against = [self.recogniser_fingerprint(r) for r in strategy.get("against", ())]
        return self._perturbation(name, against)

    def lesson_fingerprint(self, name: str, part: Part) -> str:
        """Digest a user strategy's perturbations of heads that a recogniser learns from."""
        strategy = self.users[name]
        taught = self.teacher_fingerprint if part == "train" else self.recogniser_fingerprint
        return self._perturbation(name, [taught(r) for r in strategy.get("against", ())])

    @cache  # noqa: B019
    def cell_fingerprint(self, user: str, response: str) -> str:
        """Digest a cell; it holds the heads of all shards."""
        strategy = self.responses[response]
        return digest(
            strategy,
            self.attacked_heads,
            self.user_fingerprint(user),
            self.recogniser_fingerprint(strategy["recogniser"]),
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
            self.user_fingerprint(user),
            self.recogniser_fingerprint(self.seen_by(user)),
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

    def seen_by(self, user: str) -> str:
        """Return the recogniser whose answers a contact sheet shows: the first attacked."""
        against: list[str] = self.users[user].get("against", list(self.recognisers))
        return against[0]

    @cache  # noqa: B019
    def _code(self, script: str, *modules: str) -> str:
        return source(self._scripts / f"{script}.py", *modules)

    def _perturbation(self, name: str, against: list[str]) -> str:
        strategy = self.users[name]
        modules = [perturb.module(strategy["method"])]
        modules += [process.module(kind) for kind, _ in strategy.get("robust_to", ())]
        if strategy.get("input_diversity"):
            modules.append(process.module("R"))
        code = self._code("perturb", *modules)
        return digest(strategy, self.seed, self.heads_fingerprint, against, code)

    # Names that must agree.

    def _check_names(self) -> None:
        for name, strategy in self.users.items():
            for recogniser in strategy.get("against", ()):
                if recogniser not in self.recognisers:
                    where = f"config: user_strategies.{name}"
                    raise unknown(where, "recogniser", recogniser, self.recognisers)
        for name, response in self.responses.items():
            if response["recogniser"] not in self.recognisers:
                where = f"{RESPONSES}.{name}"
                raise unknown(where, "recogniser", response["recogniser"], self.recognisers)
        for name in self.recognisers:
            for user in self.known(name):
                if user not in self.users:
                    where = f"config: recognisers.{name}.knows"
                    raise unknown(where, "user strategy", user, self.users)
        for name in self.recognisers:
            self._check_knowledge(name, ())

    def _check_knowledge(self, name: str, behind: tuple[str, ...]) -> None:
        if name in behind:
            raise BadInput(
                f"config: recognisers.{name}.knows: it learns from a user strategy that perturbs "
                f"against what it becomes ({' → '.join([*behind, name])})"
            )
        for user in self.known(name):
            for recogniser in self.users[user].get("against", ()):
                self._check_knowledge(recogniser, (*behind, name))

    def _game(self, name: str) -> Definition:
        game = self._config["games"][name]
        found = {
            "user": members(game["user"], self._users_of),
            "recogniser": members(game["recogniser"], self._responses_of),
        }
        for side, known in (("user", self.users), ("recogniser", self.responses)):
            where = f"config: games.{name}.{side}"
            for strategy in found[side]:
                if strategy not in known:
                    raise unknown(where, f"{side} strategy", strategy, known)
                if found[side].count(strategy) > 1:
                    raise BadInput(f"{where}: {strategy!r} is there twice")
        return found

    def _table(self, name: str) -> Definition:
        """Resolve a table: rows are user strategies, or families that each column takes from."""
        given, where = self._config["tables"][name], f"config: tables.{name}"
        columns = members(given["recogniser"], self._responses_of)
        for column in columns:
            if column not in self.responses:
                where = f"{where}.recogniser"
                raise unknown(where, "recogniser strategy", column, self.responses)
        cells = [[self._met(row, column, where) for column in columns] for row in given["user"]]
        answering = [[self.responses[column]["recogniser"]] for column in columns]
        white_box = [
            [
                self.users[user].get("against") == recogniser
                for user, recogniser in zip(row, answering, strict=True)
            ]
            for row in cells
        ]
        return {
            "user": given["user"],
            "recogniser": columns,
            "cells": cells,
            "white_box": white_box,
        }

    def _met(self, row: str, column: str, where: str) -> str:
        """Return the user strategy that a table's row plays in a column."""
        if row in self.users:
            return row
        if row not in self._users_of:
            known = [*self.users, *self._users_of]
            raise unknown(f"{where}.user", "user strategy", row, known)
        recogniser = self.responses[column]["recogniser"]
        if recogniser not in self._users_of[row]:
            raise BadInput(
                f"{where}: the family {row!r} has no member against {recogniser}, which answers "
                f"in column {column!r}"
            )
        return self._users_of[row][recogniser]

    def _pictures(self) -> Definition:
        given = self._config["pictures"]
        found = copies(given["process"], "config: pictures.process")
        if len(found) != 1 or found[0][1] != 1:
            raise BadInput(
                f"config: pictures.process: found {given['process']!r}, expected one draw of one "
                "kind, such as B1"
            )
        return {**given, "process": found}
