"""What a study asks for: its config, resolved, with names that agree."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from aip.errors import BadInput, unknown
from aip.perturb.visible import is_too_small, without_effect
from aip.store.yaml_text import excess
from aip.study import albums, alignment, charges, definitions, frontier, payoffs
from aip.study.album_config import AlbumConfig
from aip.study.answers import Answered, answer_games
from aip.study.columns import column
from aip.study.definitions import Definition, members
from aip.study.elsewhere import published_elsewhere, uses
from aip.study.epsilons import epsilons
from aip.study.families import Families, expand
from aip.study.frontier import Frontier, trace
from aip.study.growth import Growth, as_given, grow
from aip.study.known_nets import check_nets
from aip.study.names import ask_of_people, check_names, check_people
from aip.study.paths import path
from aip.study.schema import resolve
from aip.study.tables import table


class StudyConfig(AlbumConfig):
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
        A folder for files that may be deleted at any time.

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
        self._epsilons = epsilons(config, given, families["user_strategies"])
        self.frontier: dict[str, Frontier] = {}
        self.growth: dict[str, Growth] = {}
        if self._config["frontier"]:
            users = families["user_strategies"]
            given, self.frontier = trace(given, self._config, users, self._epsilons)
            self._config = resolve(given, schema)
        try:
            if self._config["growth"]:
                charges.check_growth(self._config)
                given, self.growth = grow(given, self._config, families)
            self._read(given, families, schema, scripts, cache)
        except BadInput as error:
            said = as_given(str(error), self.growth)
            raise BadInput(frontier.as_given(said, self.frontier)) from None

    def _read(
        self,
        given: Mapping[str, Any],
        families: Mapping[str, Families],
        schema: Mapping[str, Any],
        scripts: Path,
        cache: Path,
    ) -> None:
        """Resolve a config whose families and growth are written out."""
        if self.growth:
            self._config = resolve(given, schema)
        self._scripts = scripts
        self.name: str = self._config["study"]
        self.seed: int = self._config["seed"]
        self._cache = cache
        self._read_album(schema["properties"]["album"]["properties"])
        self._user_strategies_of, self._recogniser_strategies_of = families.values()
        self.recognisers = {
            name: definitions.recogniser(given["recognisers"], self._config, name)
            for name in self._config["recognisers"]
        }
        self.faces = albums.faces_definition(
            self.album, self._config["album"], self._config["detector"], self.recognisers
        )
        keys = schema["properties"]["user_strategies"]["additionalProperties"]["properties"]
        self.user_strategies = {
            name: definitions.user(given["user_strategies"][name], entry, keys, name)
            for name, entry in self._config["user_strategies"].items()
        }
        self.elsewhere = published_elsewhere(self.user_strategies)
        self.recogniser_strategies = {
            name: column(entry, self.recognisers, name)
            for name, entry in self._config["recogniser_strategies"].items()
        }
        self._answered = Answered.of(self._config)
        known = {name: self.known(name) for name in self.recognisers}
        named = {
            name: strategy.get("against", ())
            for name, strategy in self.user_strategies.items()
            if not self.answers(name)
        }
        check_names(
            self.user_strategies, self.recogniser_strategies, self.recognisers, named, known
        )
        check_nets(self.recognisers.items(), cache / "nets.json")
        # Rounds come last: what is wrong with a start game is said of it.
        rounds = {name for each in self.growth.values() for name in each.games[1:]}
        ordered = sorted(self._config["games"], key=rounds.__contains__)
        self.games = {name: self._game(name) for name in ordered}
        self.user_strategies, self.recognisers = answer_games(
            self.user_strategies,
            self.recognisers,
            self.recogniser_strategies,
            self.games,
            known,
            self._answered,
        )
        alignment.check_at(self.user_strategies, self.recognisers)
        charges.check_norms(self.games, self.frontier, self.user_strategies, self.recognisers)
        self._check_identities()
        self.tables = {
            name: {
                **table(
                    entry,
                    f"config: tables.{name}",
                    self.user_strategies,
                    self.recogniser_strategies,
                    families,
                    self._epsilons,
                ),
                **({} if entry["rank"] == 1 else {"rank": entry["rank"]}),
                **self._payoff(f"config: tables.{name}", entry),
            }
            for name, entry in self._config["tables"].items()
        }
        self.pictures = definitions.pictures(self._config["pictures"])
        self._check_elsewhere()

    # What is asked for, resolved.

    @property
    def config(self) -> Definition:
        """The whole config with its defaults."""
        return self._config

    @property
    def needs_release(self) -> bool:
        """Whether the album or a recogniser comes from the authors' release."""
        sources = [self.album["source"], *(r.get("source") for r in self.recognisers.values())]
        return "authors" in sources

    @property
    def warnings(self) -> list[str]:
        """Say which user strategies cannot change what is published, whatever the heads."""
        found = []
        for name, strategy in self.user_strategies.items():
            epsilon = strategy.get("epsilon")
            sizes = self._perturbed_sizes(strategy)
            if epsilon and sizes and all(is_too_small(epsilon, (h, w)) for h, w in sizes):
                found.append(f"config: user_strategies.{name}: {without_effect(epsilon)}")
        unused = [each.unused(self._instances) for each in self.elsewhere.values()]
        return [*found, *filter(None, unused)]

    def _perturbed_sizes(self, strategy: Definition) -> list[list[int]]:
        """Return the sizes at which a strategy perturbs, as far as the config says them."""
        if strategy.get("at") == "native":
            size = self._config["head_size"]
            return [] if size is None else [size]
        return [self.recognisers[r]["input_size"] for r in strategy.get("against", ())]

    def recogniser(self, name: str) -> Definition:
        """Return a recogniser: net, training, classifier, and the strategies it is trained on."""
        return self.recognisers[name]

    def source(self, user: str) -> Definition:
        """Return where the files are that a user strategy takes; empty for one that takes none."""
        if user not in self.elsewhere:
            return {}
        index = str(Path("results", self.name, "album", "index.csv"))
        return self.elsewhere[user].source(self.album, index)

    def is_released(self, name: str, part: Literal["net", "svm"]) -> bool:
        """Say whether a recogniser's net or SVM is taken from the authors' release."""
        definition = self.recognisers[name]
        if part == "svm":
            return "svm" in definition
        return "source" in definition and "base" not in definition

    def aligns(self, *names: str) -> bool:
        """Say whether one of some recognisers aligns heads."""
        return any(alignment.aligns(self.recognisers[name]) for name in names)

    @cached_property
    def detector(self) -> str | None:
        """The net that finds faces, by name or file, if heads are to be found or aligned."""
        if self.faces is None and not self.aligns(*self.recognisers):
            return None
        return path(self._config["detector"], "config: detector")

    def net_owner(self, name: str) -> str:
        """Return whose net a recogniser uses: its base's, if only its classifier learns."""
        definition = self.recognisers[name]
        base: str = definition["base"] if definition.get("learns") == "svm" else name
        return base

    def known(self, name: str) -> list[str]:
        """Return the user strategies that a recogniser is adversarially trained on, by name."""
        if self.learns_from(name):
            return []
        knows: list[str] = self.recognisers[name].get("knows", [])
        return knows

    def learns_from(self, recogniser: str) -> str | None:
        """Return the game whose user a recogniser is adversarially trained on, if there is one."""
        return self._answered.recognisers.get(recogniser)

    def answers(self, user: str) -> str | None:
        """Return the game whose recogniser a user strategy answers, if there is one."""
        return self._answered.users.get(user)

    @property
    def answers_games(self) -> bool:
        """Whether some user strategy or recogniser answers a game."""
        return bool(self._answered.users or self._answered.recognisers)

    @property
    def enrols_published(self) -> bool:
        """Whether some column enrols what user strategies publish."""
        return any("enrols" in each for each in self.recogniser_strategies.values())

    def check_album(self) -> None:
        """Check that there are people to recognise, and to teach a net if one is taught.

        Raises
        ------
        BadInput
            No identity has enough photos; or the album's own errors.
        """
        self.shards("attacked")
        if any(self._is_taught(name) for name in self.recognisers):
            self._count("train", self.directions[0])

    def _is_taught(self, name: str) -> bool:
        own = self.net_owner(name) == name and not self.is_released(name, "net")
        return own and self.recognisers[name]["training"]["epochs"] > 0

    def seen_by(self, user: str) -> str:
        """Return the recogniser whose answers a contact sheet shows: the first attacked.

        For a strategy that attacks none, it is the first that is not adversarially trained.
        """
        ignorant = [name for name, entry in self.recognisers.items() if "base" not in entry]
        against: list[str] = self.user_strategies[user].get("against", ignorant)
        return against[0]

    # Names that must agree.

    def _check_identities(self) -> None:
        """Check what strategies ask of the identities, if the album knows them before it is made.

        Lessons attack the people of train; for others only the job can know.
        """
        learnt = {user for name in self.recognisers for user in self._taught_by(name)}
        asking = [
            name
            for name, strategy in self.user_strategies.items()
            if name not in learnt and ask_of_people(strategy)
        ]
        people = self._people if asking else None
        for name in asking if people is not None else ():
            check_people(name, self.user_strategies[name], people or ())

    def _check_elsewhere(self) -> None:
        """Check that what was published elsewhere is there, if the album knows its heads.

        For other albums only the job can know.
        """
        if not self.elsewhere or self._instances is None:
            return
        nets = {name for name in self.recognisers if self.net_owner(name) == name}
        known = {name: self._taught_by(name) for name in self.recognisers}
        columns = self.recogniser_strategies.items()
        enrolling = {name for name, column in columns if "enrols" in column}
        for user, purpose in uses(self.games, self.tables, known, nets, enrolling):
            if user in self.elsewhere:
                self.elsewhere[user].check(
                    self._instances, self.subset, purpose, self.shards(purpose), self.seed
                )

    def _taught_by(self, recogniser: str) -> list[str]:
        """Return the user strategies whose heads a recogniser learns from, or may be drawn."""
        game = self.learns_from(recogniser)
        users: list[str] = self.games[game]["user"] if game else self.known(recogniser)
        return users

    def _game(self, name: str) -> Definition:
        game = self._config["games"][name]
        found = {
            "user": members(game["user"], self._user_strategies_of),
            "recogniser": members(game["recogniser"], self._recogniser_strategies_of),
            "outside": members(game["outside"], self._recogniser_strategies_of),
        }
        for side, what, known in (
            ("user", "user strategy", self.user_strategies),
            ("recogniser", "recogniser strategy", self.recogniser_strategies),
            ("outside", "recogniser strategy", self.recogniser_strategies),
        ):
            where = f"config: games.{name}.{side}"
            for strategy in found[side]:
                if strategy not in known:
                    raise unknown(where, what, strategy, known)
                if found[side].count(strategy) > 1:
                    raise BadInput(f"{where}: {strategy!r} is there twice")
                if side == "outside" and strategy in found["recogniser"]:
                    raise BadInput(
                        f"{where}: found {strategy!r}, which the game plays (games.{name}."
                        "recogniser), expected recogniser strategies that it does not play"
                    )
        payoff = self._payoff(f"config: games.{name}", game)
        if game["folds"] is not None:
            attacked = self._config["attacked"]["heads"], len(self.directions)
            payoffs.check_folds(name, game["folds"], *attacked, self._people)
        return {
            **found,
            "rank": game["rank"],
            **payoff,
            "folds": game["folds"],
            "against": self._against(found["recogniser"]),
            "charge": charges.charge(
                game["charge"], [self.recogniser_strategies[each] for each in found["recogniser"]]
            ),
        }

    def _payoff(self, where: str, entry: Definition) -> Definition:
        """Resolve what a game or a table counts, where a threshold decides."""
        return payoffs.payoff(entry, where, lambda: self.other_heads, lambda: self._people)

    def _against(self, strategies: list[str]) -> Definition:
        """Count what recogniser strategies are made of, as `aip.game.worth.Against` has it."""
        played = [self.recogniser_strategies[name] for name in strategies]
        recognisers = {strategy["recogniser"] for strategy in played}
        enrolled = sorted({strategy["enrols"] for strategy in played if "enrols" in strategy})
        return {
            **({"enrolled": enrolled} if enrolled else {}),
            "processings": len({tuple(strategy["process"]) for strategy in played}),
            "nets": len({self.net_owner(name) for name in recognisers}),
            "learnt": sum("base" in self.recognisers[name] for name in recognisers),
        }
