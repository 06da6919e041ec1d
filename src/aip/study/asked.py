"""What a study asks for: its config, resolved, with names that agree."""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from aip import album
from aip.album import Part
from aip.config import resolve
from aip.errors import BadInput, unknown
from aip.study import definitions
from aip.study.definitions import Definition, copies, members
from aip.study.families import expand
from aip.study.released import Released, released
from aip.yaml_text import excess

RESPONSES = "config: recogniser_strategies"

# The split that enrols, and the split that is attacked.
Direction = Literal["0-1", "1-0"]


class Shard(NamedTuple):
    """Heads of a part that one job perturbs.

    Attributes
    ----------
    direction : Direction
        Of no meaning to the train heads.
    start, stop : int
        From which to before which, among the part's heads in this direction.
    """

    direction: Direction
    start: int
    stop: int


class Asked:
    """What a config asks for.

    Parameters
    ----------
    config : mapping
        As merged from its files and the command line.
    schema : mapping
        The config's JSON schema.
    scripts : Path
        The folder of the workflow's scripts.
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
        if too_much := excess(config):
            raise BadInput(f"config: {too_much}")
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
        for key in {"root", "boxes", "annotation"} & set(self.album):
            self.album[key] = definitions.path(self.album[key], f"config: album.{key}")
        self._cache = cache
        if self.album["source"] == "authors":
            self.album["card"] = self.release.card
        self._source = album.source(self.album, Path("results", self.name, "album"))
        self._album_module = album.module(self.album["source"])
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
    def needs_release(self) -> bool:
        """Whether the album or a recogniser comes from the authors' release."""
        sources = [self.album["source"], *(r.get("source") for r in self.recognisers.values())]
        return "authors" in sources

    @cached_property
    def release(self) -> Released:
        """The authors' release; looking at it reads what the user brings."""
        return released(self._config["authors"], self._cache)

    @property
    def heads(self) -> Definition:
        """The heads file: the album and the size of its heads."""
        return {"album": self.album, "size": self._config["head_size"]}

    def recogniser(self, name: str) -> Definition:
        """Return a recogniser: its net, training, SVM, and whom it knows."""
        return self.recognisers[name]

    def is_released(self, name: str, part: Literal["net", "svm"]) -> bool:
        """Say whether a recogniser's net or SVM is taken from the authors' release."""
        definition = self.recognisers[name]
        if part == "svm":
            return "svm" in definition
        return "source" in definition and "base" not in definition

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

    @cache  # noqa: B019 (a study lives as long as its process)
    def shards(self, part: Part) -> dict[str, Shard]:
        """Return the shards of a part, by name; one perturbation file each.

        The names say the first and the last head, and ``reverse`` where split 1 enrols.
        """
        size = self._config["attacked"]["shard_size"]
        found = {}
        for direction in self.directions[:1] if part == "train" else self.directions:
            reverse = "reverse-" if direction == "1-0" and part != "train" else ""
            count = self._count(part, direction)
            for start in range(0, count, size):
                stop = min(start + size, count)
                found[f"{reverse}{start:06d}-{stop - 1:06d}"] = Shard(direction, start, stop)
        return found

    def _count(self, part: Part, direction: Direction) -> int:
        enrolled, attacked = map(int, direction.split("-"))
        split = {"train": None, "enrolled": enrolled, "attacked": attacked}[part]
        count, wanted = self._source.count(split), self._config["attacked"]["heads"]
        if part == "attacked" and wanted is not None:
            count = min(wanted, count)
        if count == 0:
            lacking = "teach the net" if part == "train" else "be recognised"
            raise BadInput(
                f"config: album: no identity has enough photos to {lacking}: {self.album}"
            )
        return count

    def seen_by(self, user: str) -> str:
        """Return the recogniser whose answers a contact sheet shows: the first attacked.

        Of a strategy that attacks none, it is the first that knows none either.
        """
        ignorant = [name for name, entry in self.recognisers.items() if "base" not in entry]
        against: list[str] = self.users[user].get("against", ignorant)
        return against[0]

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
