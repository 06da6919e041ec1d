# What the jobs of each stage take: their inputs, in the order of the flow.


def faces_input(_):
    """Weights that are fetched, of the net that finds faces and of the one that compares them."""
    found_by = STUDY.config["album"]["resembles"]
    named = [STUDY.detector_weights, STUDY.published(found_by) if found_by else None]
    return {"weights": [weights_card(weights) for weights in named if weights]}


def train_input(wildcards):
    """The heads, and weights to fetch; for a net that is fine-tuned, its start and lessons."""
    taught = filter(is_taught, [wildcards.recogniser])
    landmarks = landmark_files(*taught)
    base = STUDY.recogniser(wildcards.recogniser).get("base")
    if base is None:
        weights = weights_input(STUDY.published(wildcards.recogniser))
        return {**HEADS, **landmarks, **weights}
    start = net_files(base)
    return {
        **HEADS,
        **landmarks,
        **lesson_files(wildcards.recogniser, "train"),
        "start": start["net"],
        "start_curve": start["curve"],
    }


def attacked_svm(wildcards):
    """The SVM, and its card, that knows the heads of a shard: the teacher for train heads."""
    if getattr(wildcards, "purpose", "attacked") == "train":
        return "teacher.h5", "teacher.h5"
    return svm_files(shard(wildcards).direction)


def photo_files(*users):
    """The album's index and photos, if a user strategy takes photos that others published."""
    if not any("album" in STUDY.source(user) for user in users):
        return {}
    return {
        key: ancient(path) if key == "photos" else path
        for key, path in ALBUM.items()
        if key != "missing"
    }


def perturb_input(wildcards):
    """The heads, the recognisers that the strategy perturbs against, and the game it answers."""
    game = STUDY.answers(wildcards.user)
    return {
        **HEADS,
        **photo_files(wildcards.user),
        **recogniser_files(*against(wildcards), svms=[attacked_svm(wildcards)]),
        **({"mixtures": mixtures(game)} if game else {}),
    }


def drawable(wildcards):
    """The user strategies from which a recogniser's lessons are drawn."""
    return STUDY.games[STUDY.learns_from(wildcards.recogniser)]["user"]


def drawn_against(wildcards):
    """The recognisers that these user strategies perturb against, each once."""
    found = [
        recogniser
        for user in drawable(wildcards)
        for recogniser in STUDY.user_strategies[user].get("against", ())
    ]
    return list(dict.fromkeys(found))


def drawn_answers(wildcards):
    """Those of these user strategies that answer a game."""
    return [user for user in drawable(wildcards) if STUDY.answers(user)]


def draw_input(wildcards):
    """The heads, the mixture to draw from, and all that its user strategies are made from."""
    return {
        **HEADS,
        **photo_files(*drawable(wildcards)),
        **recogniser_files(*drawn_against(wildcards), svms=[attacked_svm(wildcards)]),
        "mixtures": mixtures(STUDY.learns_from(wildcards.recogniser)),
        "answered": [
            mixtures(STUDY.answers(user)) for user in drawn_answers(wildcards)
        ],
    }


def scoring_recogniser(wildcards):
    """The name of the recogniser that a recogniser strategy scores with."""
    return STUDY.recogniser_strategies[wildcards.recogniser_strategy]["recogniser"]


def column_files(column, user):
    """The artifacts of the recogniser with which a column scores what a user strategy publishes."""
    recogniser = STUDY.recogniser_strategies[column]["recogniser"]
    svms = [svm_files(direction) for direction in STUDY.directions]
    if enrols(column) is None:
        return recogniser_files(recogniser, svms=svms)
    folder = f"enrolled/{user}"
    taught = [
        [f"{folder}/{file.replace('.', f'-{enrols(column)}.')}" for file in files]
        for files in svms
    ]
    return recogniser_files(recogniser, svms=taught)


def cell_input(wildcards):
    """The heads, the recogniser that scores, and every shard of the user strategy."""
    return {
        **HEADS,
        **perturbation_files(wildcards.user),
        **column_files(wildcards.recogniser_strategy, wildcards.user),
    }


def game_input(wildcards):
    """The cells of a game, row by row, and what its user strategies published.

    In each row, those that are played come before those outside the game.
    """
    game = STUDY.games[wildcards.game]
    pairs = [
        (user, column)
        for user in game["user"]
        for column in [*game["recogniser"], *game["outside"]]
    ]
    return {**met(game, pairs), **perturbation_files(*game["user"])}


def mix_input(wildcards):
    """The cells of a game, row by row, without those outside it.

    Where it charges for visibility, also what its user strategies published.
    """
    game = STUDY.games[wildcards.game]
    pairs = [(user, column) for user in game["user"] for column in game["recogniser"]]
    seen = game["user"] if game["charge"] and game["charge"]["measure"] else []
    return {**met(game, pairs), **perturbation_files(*seen)}


def growth_input(wildcards):
    """The tables and the equilibria of a growth's start game and of its rounds."""
    games = STUDY.growth[wildcards.growth].games
    return {
        "tables": [f"{RESULTS}/games/{game}/payoff.csv" for game in games],
        "equilibria": [equilibrium(game) for game in games],
    }


def frontier_input(wildcards):
    """The tables and equilibria of a frontier's games, and how visible their rows are."""
    games = [
        f"{RESULTS}/games/{game}" for game in STUDY.frontier[wildcards.frontier].games
    ]
    return {
        "tables": [f"{game}/payoff.csv" for game in games],
        "equilibria": [f"{game}/equilibrium.json" for game in games],
        "seen": [f"{game}/perceptibility.csv" for game in games],
    }


def table_input(wildcards):
    """The cells of a table, row by row, and what its user strategies published."""
    table = STUDY.tables[wildcards.table]
    pairs = [pair for row in table["cells"] for pair in zip(row, table["recogniser"])]
    return {
        **met(table, pairs),
        **perturbation_files(*sorted({user for user, _ in pairs})),
    }


def sheet_input(wildcards):
    """The heads, the user strategy's shards, and the recogniser whose answers are shown.

    With both directions, the sheet shows the first.
    """
    first = STUDY.directions[0]
    return {
        **HEADS,
        **perturbation_files(wildcards.user, directions=[first]),
        **recogniser_files(STUDY.seen_by(wildcards.user), svms=[svm_files(first)]),
    }


def page_heads_input(wildcards):
    """The heads, the user strategy's shards, and all of its cells that the page shows."""
    cells = [
        f"{RESULTS}/cells/{wildcards.user}/{recogniser_strategy}.h5"
        for recogniser_strategy in shown.met(STUDY)[wildcards.user]
    ]
    return {**HEADS, **perturbation_files(wildcards.user), "cells": cells}
