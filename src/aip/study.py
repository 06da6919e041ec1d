"""A study: its config, resolved, and the fingerprint of every artifact that it asks for."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from aip import album, perturb, process
from aip.config import resolve
from aip.errors import BadInput, unknown
from aip.fingerprint import digest, file_digest, source
from aip.recognise import nets

# Heads of this subset are recognised; those of train teach the net.
SUBSET = "val"

Definition = dict[str, Any]


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
        self._given = config
        self._config = resolve(config, schema)
        self._scripts = scripts
        self.name: str = self._config["study"]
        self.seed: int = self._config["seed"]
        self.album: Definition = {
            key: value
            for key, value in self._config["album"].items()
            if self._config["album"]["source"]
            in schema["properties"]["album"]["properties"][key].get("sources", album.SOURCES)
        }
        self._source = album.source(self.album, Path("results", self.name, "album"))
        self._album_module = album.module(self.album["source"])
        self._cache = cache
        strategies = schema["properties"]["user_strategies"]["additionalProperties"]
        self._user_keys: Mapping[str, Definition] = strategies["properties"]
        self.recognisers = list(self._config["recognisers"])
        self.users = {name: self._user(name) for name in self._config["user_strategies"]}
        self.responses = {
            name: self._response(name) for name in self._config["recogniser_strategies"]
        }
        self.games = {name: self._game(name) for name in self._config["games"]}
        self.pictures = self._pictures()

    # What is asked for, resolved.

    @property
    def heads(self) -> Definition:
        """The heads file: the album and the size of its heads."""
        return {"album": self.album, "size": self._config["head_size"]}

    def recogniser(self, name: str) -> Definition:
        """Return a recogniser: its net, training and SVM."""
        definition: Definition = self._config["recognisers"][name]
        size = nets.input_size(definition["arch"], definition["input_size"])
        return {"subset": SUBSET, **definition, "input_size": size}

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
        return max(stop for _, stop in self.shards.values())

    @cached_property
    def shards(self) -> dict[str, tuple[int, int]]:
        """Ranges of the order in which heads are attacked, by name; one perturbation file each."""
        size, wanted = (self._config["attacked"][key] for key in ("shard_size", "heads"))
        available = self._source.attacked_heads()
        count = available if wanted is None else min(wanted, available)
        if count == 0:
            raise BadInput(
                f"config: album: no identity has enough photos to be recognised: {self.album}"
            )
        ranges = [(start, min(start + size, count)) for start in range(0, count, size)]
        return {f"{start:06d}-{stop - 1:06d}": (start, stop) for start, stop in ranges}

    # Fingerprints, in the order of the flow.

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

    def net_fingerprint(self, name: str) -> str:
        """Digest a recogniser's net."""
        definition = self.recogniser(name)
        weights = definition["weights"]
        content = None
        if weights is not None and Path(weights).suffix:
            if not Path(weights).is_file():
                raise BadInput(f"config: recognisers.{name}.weights: no such file: {weights}")
            content = file_digest(Path(weights))
        code = self._code("train", nets.module(definition["arch"]))
        return digest(definition, self.seed, content, self.heads_fingerprint, code)

    def recogniser_fingerprint(self, name: str) -> str:
        """Digest a recogniser: net, features and SVM."""
        code = [self._code("features"), self._code("svm")]
        return digest(self.net_fingerprint(name), self.seed, code)

    def user_fingerprint(self, name: str) -> str:
        """Digest a user strategy's perturbations, whatever their shard."""
        strategy = self.users[name]
        modules = [perturb.module(strategy["method"])]
        modules += [process.module(kind) for kind, _ in strategy.get("robust_to", ())]
        against = strategy.get("against")
        return digest(
            strategy,
            self.seed,
            self.heads_fingerprint,
            self.recogniser_fingerprint(against) if against else None,
            self._code("perturb", *modules),
        )

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
        return digest(games, self._code("summary"))

    def seen_by(self, user: str) -> str:
        """Return the recogniser whose answers a contact sheet shows: that perturbed against."""
        against: str = self.users[user].get("against", self.recognisers[0])
        return against

    def _code(self, script: str, *modules: str) -> str:
        return source(self._scripts / f"{script}.py", *modules)

    # Names and strategies that must agree.

    def _user(self, name: str) -> Definition:
        where = f"config: user_strategies.{name}"
        given = self._config["user_strategies"][name]
        method = given["method"]
        if method not in perturb.METHODS | perturb.BLIND:
            raise unknown(where, "method", method, perturb.METHODS | perturb.BLIND)
        for key in self._given["user_strategies"][name]:
            if not self._has_meaning(key, method):
                raise BadInput(f"{where}: the key {key!r} has no meaning for {method}")
        strategy = {key: value for key, value in given.items() if self._has_meaning(key, method)}
        if method in perturb.BLIND:
            return strategy
        if "against" not in given:
            raise BadInput(f"{where}: the key 'against' is missing; {method} needs a recogniser")
        if given["against"] not in self._config["recognisers"]:
            raise unknown(where, "recogniser", given["against"], self._config["recognisers"])
        # A method that robust_to has no meaning for meets the heads as they are: its default.
        return {**strategy, "robust_to": _copies(given["robust_to"], f"{where}.robust_to")}

    def _has_meaning(self, key: str, method: str) -> bool:
        """Tell whether a key of user strategies is for this method, as the schema says."""
        part = self._user_keys[key]
        methods = part.get("methods", perturb.METHODS)
        return key == "method" or (method in methods and method not in part.get("not_for", ()))

    def _response(self, name: str) -> Definition:
        where = f"config: recogniser_strategies.{name}"
        given = self._config["recogniser_strategies"][name]
        if given["recogniser"] not in self._config["recognisers"]:
            raise unknown(where, "recogniser", given["recogniser"], self._config["recognisers"])
        return {**given, "process": _copies(given["process"], f"{where}.process")}

    def _game(self, name: str) -> Definition:
        game: Definition = self._config["games"][name]
        for side, known in (("user", self.users), ("recogniser", self.responses)):
            for strategy in game[side]:
                if strategy not in known:
                    raise unknown(
                        f"config: games.{name}.{side}", f"{side} strategy", strategy, known
                    )
        return game

    def _pictures(self) -> Definition:
        given = self._config["pictures"]
        copies = _copies(given["process"], "config: pictures.process")
        if len(copies) != 1 or copies[0][1] != 1:
            raise BadInput(
                f"config: pictures.process: found {given['process']!r}, expected one draw of one "
                "kind, such as B1"
            )
        return {**given, "process": copies}


def _copies(given: str | list[str], where: str) -> list[tuple[str, int]]:
    return list(process.parse(given if isinstance(given, str) else "_".join(given), where))
