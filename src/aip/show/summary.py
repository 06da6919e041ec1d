"""The summary that a run ends with."""

import json
from collections.abc import Sequence
from pathlib import Path

from aip.album.missing import sentence
from aip.game.equilibrium import read_equilibrium
from aip.game.table import read_table
from aip.show.tables import guarantee, text


def summarise(
    study: str,
    heads: Path,
    games: Sequence[Path],
    tables: Sequence[Path],
    cards: Sequence[Path],
    sheets: Sequence[Path],
) -> str:
    """Return tables, mixtures and guarantees of a study, and where its pictures are.

    Parameters
    ----------
    study : str
    heads : Path
        The heads' card, in the study's folder.
    games, tables : sequence of Path
        The folders of the games, and of the tables that are not solved.
    cards, sheets : sequence of Path
        The recognisers' cards, the user strategies' contact sheets.
    """
    parts = [f"Study {study}"]
    missing = json.loads(heads.read_text(encoding="utf-8"))["missing"]
    if missing["heads"]:
        said = sentence(missing, heads.parent / "album" / "missing.csv")
        parts.append(f"{said}.")
    for card in cards:
        found = json.loads(card.read_text(encoding="utf-8"))
        parts.append(
            f"Recogniser {card.parent.name} ({found['arch']}): recognises "
            f"{found['recognition_rate'] * 100:.1f} % of {found['scored_heads']} heads of "
            f"{found['identities']} people, unattacked (16×16 pixels and no net: "
            f"{found['pixel_rate'] * 100:.1f} %; chance: {found['chance'] * 100:.1f} %)."
        )
    for game in games:
        table = read_table(game / "payoff.csv")
        equilibrium = read_equilibrium(game / "equilibrium.json", table)
        parts.append(
            f"Game {game.name}: recognition rate in percent\n\n"
            f"{text(table, equilibrium)}\n\n{guarantee(equilibrium)}"
        )
    parts += [f"Table {found.name}: {found / 'table.md'}" for found in tables]
    pictures = [
        *(f"  {game / 'payoff.svg'}" for game in games),
        *(f"  {curve}" for card in cards if (curve := card.parent / "curve.svg").exists()),
        *(f"  {sheet}" for sheet in sheets),
    ]
    parts.append("\n".join(["Pictures:", *pictures]))
    return "\n\n".join(parts) + "\n"
