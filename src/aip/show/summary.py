"""The summary at the end of a run."""

import json
from collections.abc import Sequence
from pathlib import Path

from aip.game.equilibrium import read_equilibrium
from aip.game.table import read_table
from aip.show.counted import rates
from aip.show.missing import left_out_sentence, sentence
from aip.show.tables import guarantee, text


def summarise(
    study: str,
    heads: Path,
    games: Sequence[Path],
    tables: Sequence[Path],
    cards: Sequence[Path],
    sheets: Sequence[Path],
    costs: Sequence[str],
    growth: Sequence[Path] = (),
    frontier: Sequence[Path] = (),
    page: Path | None = None,
) -> str:
    """Return tables, mixtures and guarantees of a study, what it took, and where pictures are.

    Parameters
    ----------
    study : str
    heads : Path
        The heads' card, in the study's folder.
    games, tables : sequence of Path
        The folders of the games, and of the tables that are not solved.
    cards, sheets : sequence of Path
        The recognisers' cards, one for each direction, the user strategies' contact sheets.
    costs : sequence of str
        Sentences on what the jobs took.
    growth : sequence of Path
        The folders of the games that grew.
    frontier : sequence of Path
        The folders of the frontiers.
    page : Path, optional
        The page that shows it all.
    """
    parts = [f"Study {study}"]
    if page is not None:
        parts.append(f"Page, to open in a browser: {page}")
    card = json.loads(heads.read_text(encoding="utf-8"))
    listed = heads.parent / "album" / "missing.csv"
    if card["missing"]["heads"]:
        parts.append(f"{sentence(card['missing'], listed)}.")
    if card["left_out"]:
        parts.append(f"{left_out_sentence(card['left_out'], listed)}.")
    recognisers = list(dict.fromkeys(card.parent for card in cards))
    parts += [_recogniser(r.name, [c for c in cards if c.parent == r]) for r in recognisers]
    for game in games:
        table = read_table(game / "payoff.csv")
        equilibrium = read_equilibrium(game / "equilibrium.json", table)
        parts.append(
            f"Game {game.name}: {rates(equilibrium.worth)}\n\n"
            f"{text(table, equilibrium)}\n\n{guarantee(equilibrium)}"
        )
    said = (each / "summary.txt" for each in (*growth, *frontier))
    parts += [path.read_text(encoding="utf-8").rstrip() for path in said]
    parts += [f"Table {found.name}: {found / 'table.md'}" for found in tables]
    parts += costs
    pictures = [
        *(f"  {game / 'payoff.svg'}" for game in games),
        *(f"  {each / 'growth.svg'}" for each in growth),
        *(f"  {each / 'frontier.svg'}" for each in frontier),
        *(f"  {curve}" for r in recognisers if (curve := r / "curve.svg").exists()),
        *(f"  {sheet}" for sheet in sheets),
    ]
    parts.append("\n".join(["Pictures:", *pictures]))
    return "\n\n".join(parts) + "\n"


def _recogniser(name: str, cards: Sequence[Path]) -> str:
    """Say how well a recogniser recognises; with both directions, their mean and each."""
    found = [json.loads(card.read_text(encoding="utf-8")) for card in cards]
    rate, pixels = (
        100 * sum(card[key] for card in found) / len(found)
        for key in ("recognition_rate", "pixel_rate")
    )
    heads = sum(card["scored_heads"] for card in found)
    each = [
        f"{card['recognition_rate'] * 100:.1f} % where split {card['enrolled_split']} enrols"
        for card in found
    ]
    mean_of = f", the mean of {' and '.join(each)}" if len(found) > 1 else ""
    return (
        f"Recogniser {name} ({found[0]['arch']}): recognises {rate:.1f} % of {heads} heads of "
        f"{found[0]['identities']} people, unattacked{mean_of} (16×16 pixels and no net: "
        f"{pixels:.1f} %; chance: {found[0]['chance'] * 100:.1f} %)."
    )
