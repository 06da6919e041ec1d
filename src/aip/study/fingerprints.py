"""Fingerprints: for every artifact, a digest of all that it follows from, known before it is made.

A fingerprint covers an artifact's definition, the code that makes it, and the fingerprints of what
it is made from. It changes exactly when the artifact must be made again.
"""

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache, cached_property
from typing import Any

from aip import perturb, process
from aip.album import Purpose
from aip.recognise import nets
from aip.recognise.template import FINDER
from aip.study import known_nets, shown
from aip.study.definitions import Definition
from aip.study.making import Made, prints
from aip.study.photos_made import PhotosMade
from aip.study.shards import Direction

# Keys of a game that say what its guarantee is held to, and change none of its mixtures.
HELD_TO = ("outside", "folds", "against")


class Study(PhotosMade):
    """What a config asks for, and what every artifact is made from, in the order of the flow.

    Parameters and errors as in `StudyConfig`; the scripts' code counts. Snakemake asks for these
    values job by job, so those that many jobs share are cached.
    """

    @cache  # noqa: B019
    def net_made(self, name: str) -> Made:
        """Say what a recogniser's net is made from."""
        if self.net_owner(name) != name:
            return self.net_made(self.net_owner(name))
        definition = _without_classifier(self.recogniser(name))
        modules = [nets.module(definition["arch"])]
        if self.is_released(name, "net"):
            release = self.release_made["fingerprint"]
            return self._made("released_net", definition, release, modules=modules)
        content: list[Any] = [self._content(name, key) for key in ("weights", "mean")]
        if nets.brought(definition["arch"]):
            content.append(known_nets.content(definition["arch"]))
        direction = self.directions[0]  # it has no meaning for the train heads
        learnt = self._lessons(name, "train", direction)
        if "base" in definition:
            learnt.append(self.net_made(definition["base"]))
        made_from = [content, self.heads_made["fingerprint"], prints(learnt)]
        if definition["training"]["epochs"]:
            made_from += self._landmarks(name)
            modules += self._finder(name)
        return self._made("train", definition, *made_from, modules=modules)

    def features_made(self, name: str) -> Made:
        """Say what a recogniser's features are made from, which its classifiers are taught."""
        return self._features(name, self.directions)

    @cache  # noqa: B019
    def recogniser_made(self, name: str, direction: Direction) -> Made:
        """Say what a recogniser's classifier is made from, and so the recogniser as a whole."""
        script = "released_svm" if self.is_released(name, "svm") else "svm"
        features = self._features(name, [direction])["fingerprint"]
        return self._made(script, self.recogniser(name), features, direction)

    @cache  # noqa: B019
    def enrolled_features_made(self, name: str, user: str) -> Made:
        """Say what a recogniser's features are made from of what a user strategy publishes."""
        return self._features(name, self.directions, user)

    @cache  # noqa: B019
    def enrolled_made(self, name: str, user: str, enrols: str, direction: Direction) -> Made:
        """Say what the classifier is made from that is taught what a user strategy publishes."""
        features = self._features(name, [direction], user)["fingerprint"]
        definition = {**self.recogniser(name), "enrols": enrols}
        return self._made("svm", definition, features, direction)

    @cache  # noqa: B019
    def train_features_made(self, name: str) -> Made:
        """Say what a recogniser's features of the train heads are made from."""
        return self._features(name, [])

    @cache  # noqa: B019
    def teacher_made(self, name: str) -> Made:
        """Say what the classifier of the train identities is made from."""
        features = self.train_features_made(name)["fingerprint"]
        return self._made("teacher", self.recogniser(name), features)

    @cache  # noqa: B019
    def user_made(self, name: str, direction: Direction) -> Made:
        """Say what a user strategy's perturbations are made from, whatever their shard."""
        attacked = self._attacked(name, "enrolled", direction)
        return self._perturbation(name, "attacked", direction, attacked)

    @cache  # noqa: B019
    def lesson_made(self, name: str, purpose: Purpose, direction: Direction) -> Made:
        """Say what the perturbed heads for adversarial training are made from."""
        train = purpose == "train"
        attacked = self._attacked(name, purpose, direction)
        return self._perturbation(name, purpose, None if train else direction, attacked)

    @cache  # noqa: B019
    def drawn_lesson_made(self, recogniser: str, purpose: Purpose, direction: Direction) -> Made:
        """Say what the heads are made from that a recogniser learns of a game's mixture.

        Each is perturbed by a user strategy that is drawn for it.
        """
        game = self.learns_from(recogniser)
        if game is None:
            raise ValueError(f"{recogniser} learns from no game")
        users: list[str] = self.games[game]["user"]
        attacked = [made for user in users for made in self._attacked(user, purpose, direction)]
        files = [self._files(user, purpose, direction) for user in users]
        modules = [module for user in users for module in self._modules(user)]
        return self._made(
            "draw_lesson",
            {"strategies": {user: self.user_strategies[user] for user in users}},
            self.heads_made["fingerprint"],
            purpose,
            None if purpose == "train" else direction,
            self.mixtures_made(game)["fingerprint"],
            prints(attacked),
            *[content for each in files for content in each],
            modules=list(dict.fromkeys(modules)),
        )

    @cache  # noqa: B019
    def cell_made(self, user: str, recogniser_strategy: str) -> Made:
        """Say what a cell is made from; it holds the heads of all shards."""
        strategy = self.recogniser_strategies[recogniser_strategy]
        return self._made(
            "cell",
            strategy,
            self.attacked_heads,
            [self.user_made(user, each)["fingerprint"] for each in self.directions],
            self._scoring(user, strategy),
            modules=[*_met_by(strategy["process"]), *self._finder(strategy["recogniser"])],
        )

    @cache  # noqa: B019
    def impostors_made(self, user: str, recogniser_strategy: str) -> Made:
        """Say what the impostor scores of a cell's column are made from.

        They are of this user strategy alone if the column enrols what it publishes.
        """
        strategy = self.recogniser_strategies[recogniser_strategy]
        return self._made(
            "impostors",
            strategy,
            self.other_heads,
            self.heads_made["fingerprint"],
            self._scoring(user, strategy),
            modules=[*_met_by(strategy["process"]), *self._finder(strategy["recogniser"])],
        )

    def _scoring(self, user: str, strategy: Definition) -> list[str]:
        """Say what the recogniser of a cell is made from, in each direction."""
        name, enrols = strategy["recogniser"], strategy.get("enrols")
        return prints(
            [
                self.recogniser_made(name, each)
                if enrols is None
                else self.enrolled_made(name, user, enrols, each)
                for each in self.directions
            ]
        )

    @cache  # noqa: B019
    def table_made(self, game: str) -> Made:
        """Say what a game's payoff table is made from: its cells, in its order, and what counts."""
        keys = ("user", "recogniser", "outside", "rank", "payoff")
        found = {key: self.games[game][key] for key in keys if key in self.games[game]}
        pairs = [
            [(user, strategy) for strategy in [*found["recogniser"], *found["outside"]]]
            for user in found["user"]
        ]
        return self._made("table", found, *self._met(pairs, found))

    def _met(self, pairs: Sequence[Sequence[tuple[str, str]]], counted: Definition) -> list[Any]:
        """Say what cells are made from; and impostor scores, if what is counted needs them."""
        cells = [[self.cell_made(*pair)["fingerprint"] for pair in row] for row in pairs]
        if "payoff" not in counted:
            return [cells]
        met = [[self.impostors_made(*pair)["fingerprint"] for pair in row] for row in pairs]
        return [cells, met]

    @cache  # noqa: B019
    def equilibrium_made(self, game: str) -> Made:
        """Say what a game's equilibrium is made from."""
        return self._made("solve", self.games[game], self.table_made(game)["fingerprint"])

    @cache  # noqa: B019
    def mixtures_made(self, game: str) -> Made:
        """Say what the mixtures of a game's equilibrium are made from.

        What else is said of an equilibrium changes no strategy that answers the game.
        """
        played = {key: v for key, v in self.games[game].items() if key not in HELD_TO}
        pairs = [[(user, strategy) for strategy in played["recogniser"]] for user in played["user"]]
        return self._made("mix", played, *self._met(pairs, played))

    @cache  # noqa: B019
    def payoff_made(self, game: str) -> Made:
        """Say what the picture of a game's payoff table is made from."""
        return self._made("payoff", self.games[game], self.equilibrium_made(game)["fingerprint"])

    @cache  # noqa: B019
    def growth_made(self, name: str) -> Made:
        """Say what is made of a growth: the equilibria of its start game and of all rounds."""
        found = self.growth[name]
        rounds = [
            {"user": user, "recogniser": recogniser, "columns": list(columns)}
            for user, recogniser, columns in zip(
                found.users, found.recognisers, found.columns, strict=True
            )
        ]
        games = [self.equilibrium_made(game)["fingerprint"] for game in found.games]
        return self._made("growth", {"start": found.games[0], "rounds": rounds}, games)

    @cache  # noqa: B019
    def frontier_made(self, name: str) -> Made:
        """Say what a frontier is made from: the equilibria of its games."""
        found = self.frontier[name]
        definition = {
            "game": found.game,
            "measure": found.measure,
            "points": [asdict(point) for point in found.points],
            "unchanged": found.unchanged,
        }
        games = [self.equilibrium_made(game)["fingerprint"] for game in found.games]
        return self._made("frontier", definition, games)

    @cache  # noqa: B019
    def overview_made(self, table: str) -> Made:
        """Say what a table that is not solved is made from: its cells, in its order."""
        found = self.tables[table]
        pairs = [[*zip(row, found["recogniser"], strict=True)] for row in found["cells"]]
        return self._made("tabulate", found, *self._met(pairs, found))

    def sheet_made(self, user: str) -> Made:
        """Say what a contact sheet is made from; its title speaks of the heads of all shards."""
        return self._made(
            "sheet",
            self.pictures,
            self.attacked_heads,
            self.user_made(user, self.directions[0])["fingerprint"],
            self.recogniser_made(self.seen_by(user), self.directions[0])["fingerprint"],
            modules=[*_met_by(self.pictures["process"]), *self._finder(self.seen_by(user))],
        )

    def curve_made(self, name: str) -> Made:
        """Say what the picture of a recogniser's learning curve is made from."""
        return self._made("curve", {}, self.net_made(name)["fingerprint"])

    @cached_property
    def _shown(self) -> dict[str, list[str]]:
        return shown.met(self)

    @cache  # noqa: B019
    def page_heads_made(self, user: str) -> Made:
        """Say what the page's heads of a user strategy are made from: all cells that show them."""
        processes = {
            name: self.recogniser_strategies[name]["process"] for name in self._shown[user]
        }
        return self._made(
            "page_heads",
            {"cells": processes, "count": shown.head_count(self)},
            self.attacked_heads,
            self.heads_made["fingerprint"],
            [self.user_made(user, each)["fingerprint"] for each in self.directions],
            [self.cell_made(user, name)["fingerprint"] for name in processes],
            modules=_met_by([copies[0] for copies in processes.values()]),
        )

    @cached_property
    def page_made(self) -> Made:
        """Say what the study's page is made from."""
        said = shown.definition(self)
        return self._made(
            "page",
            said,
            prints(map(self.equilibrium_made, said["games"])),
            prints(map(self.overview_made, said["tables"])),
            prints(map(self.growth_made, said["growth"])),
            prints(map(self.frontier_made, said["frontier"])),
            prints(map(self.page_heads_made, said["user_strategies"])),
            [
                self.recogniser_made(name, each)["fingerprint"]
                for name in said["recognisers"]
                for each in self.directions
            ],
        )

    @cached_property
    def summary_made(self) -> Made:
        """Say what the study's summary is made from."""
        pictures = {name: self.payoff_made(name)["fingerprint"] for name in self.games}
        tables = {name: self.overview_made(name)["fingerprint"] for name in self.tables}
        grown = {name: self.growth_made(name)["fingerprint"] for name in self.growth}
        traced = {name: self.frontier_made(name)["fingerprint"] for name in self.frontier}
        page = self.page_made["fingerprint"]
        return self._made("summary", {}, pictures, tables, grown, traced, page)

    @cached_property
    def costs_made(self) -> Made:
        """Say what the costs are made from: code alone; their input has them follow all results."""
        return self._made("costs", {})

    def _features(
        self, name: str, directions: Sequence[Direction], user: str | None = None
    ) -> Made:
        """Say what features are made from: net, heads, and the lessons of some directions.

        The lessons are those of a user strategy, or of all that the recogniser learns from.
        """
        learnt = [
            lesson
            for direction in directions
            for lesson in (
                self._lessons(name, "enrolled", direction)
                if user is None
                else [self.lesson_made(user, "enrolled", direction)]
            )
        ]
        # A released net does not depend on the heads, so their fingerprint is added here.
        made_from = [self.net_made(name)["fingerprint"], self.heads_made["fingerprint"]]
        made_from += self._landmarks(name)
        subset = self.subset if directions else "train"
        return self._made(
            "features",
            _without_classifier(self.recogniser(name)),
            subset,
            made_from,
            prints(learnt),
            modules=self._finder(name),
        )

    def _landmarks(self, recogniser: str) -> list[str]:
        """Return the fingerprint of the clean heads' landmarks, for a recogniser that aligns."""
        return [self.landmarks_made["fingerprint"]] if self.aligns(recogniser) else []

    def _finder(self, recogniser: str) -> list[str]:
        """Return the module that finds landmarks in other heads, for a recogniser that aligns."""
        return [FINDER] if self.aligns(recogniser) else []

    def _lessons(self, recogniser: str, purpose: Purpose, direction: Direction) -> list[Made]:
        """Say what a recogniser's lessons are made from: by each user strategy, or drawn ones."""
        if self.learns_from(recogniser):
            return [self.drawn_lesson_made(recogniser, purpose, direction)]
        return [self.lesson_made(user, purpose, direction) for user in self.known(recogniser)]

    def _attacked(self, user: str, purpose: Purpose, direction: Direction) -> list[Made]:
        """Say what a user strategy is against: recognisers, and the game whose mixture of them."""
        against: list[str] = self.user_strategies[user].get("against", [])
        if purpose == "train":
            found = [self.teacher_made(recogniser) for recogniser in against]
        else:
            found = [self.recogniser_made(recogniser, direction) for recogniser in against]
        game = self.answers(user)
        return found if game is None else [*found, self.mixtures_made(game)]

    def _modules(self, user: str) -> list[str]:
        """Return the modules of a user strategy's method and of the processing that it meets."""
        strategy = self.user_strategies[user]
        modules = [perturb.module(strategy["method"])]
        met = [strategy.get("robust_to", ()), *(c["process"] for c in strategy.get("columns", ()))]
        kinds = dict.fromkeys(pair[0] for copies in met for pair in copies)
        modules += [module for kind in kinds for module in process.modules(kind)]
        if strategy.get("input_diversity"):
            modules += process.modules("R")
        return modules

    def _files(self, user: str, purpose: Purpose, direction: Direction | None) -> list[str]:
        """Digest the files that a user strategy takes for a purpose, if it takes files."""
        if user not in self.elsewhere:
            return []
        split = None if direction is None else int(direction[2 if purpose == "attacked" else 0])
        found = self.elsewhere[user]
        return [found.content(self._instances, self.subset, purpose, split, self._cache)]

    def _perturbation(
        self, name: str, purpose: Purpose, direction: Direction | None, against: Sequence[Made]
    ) -> Made:
        made_from = (
            *(self.heads_made["fingerprint"], direction, prints(against)),
            *self._files(name, purpose, direction),
        )
        strategy, modules = self.user_strategies[name], self._modules(name)
        return self._made("perturb", strategy, *made_from, modules=modules)


def _without_classifier(recogniser: Definition) -> Definition:
    """Return what a recogniser's net and features are made of."""
    return {key: value for key, value in recogniser.items() if key != "classifier"}


def _met_by(copies: Sequence[tuple[str, int]]) -> list[str]:
    """Return the modules of the processing that heads meet."""
    return [module for kind, _ in copies for module in process.modules(kind)]
