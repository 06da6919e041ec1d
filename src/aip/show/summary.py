"""The summary that a run ends with."""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from aip.album.missing import sentence
from aip.costs import read_costs
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
    costs: Path,
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
    costs : Path
        What each job took.
    """
    parts = [f"Study {study}"]
    missing = json.loads(heads.read_text(encoding="utf-8"))["missing"]
    if missing["heads"]:
        said = sentence(missing, heads.parent / "album" / "missing.csv")
        parts.append(f"{said}.")
    recognisers = list(dict.fromkeys(card.parent for card in cards))
    parts += [_recogniser(r.name, [c for c in cards if c.parent == r]) for r in recognisers]
    for game in games:
        table = read_table(game / "payoff.csv")
        equilibrium = read_equilibrium(game / "equilibrium.json", table)
        parts.append(
            f"Game {game.name}: recognition rate in percent\n\n"
            f"{text(table, equilibrium)}\n\n{guarantee(equilibrium)}"
        )
    parts += [f"Table {found.name}: {found / 'table.md'}" for found in tables]
    parts += _costs(costs)
    pictures = [
        *(f"  {game / 'payoff.svg'}" for game in games),
        *(f"  {curve}" for r in recognisers if (curve := r / "curve.svg").exists()),
        *(f"  {sheet}" for sheet in sheets),
    ]
    parts.append("\n".join(["Pictures:", *pictures]))
    return "\n\n".join(parts) + "\n"


def _recogniser(name: str, cards: Sequence[Path]) -> str:
    """Say how well a recogniser recognises; of both directions, the mean and each."""
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


def _costs(path: Path) -> list[str]:
    """Say what took the time, if any was measured."""
    costs = read_costs(path)
    if not costs:
        return []
    seconds: defaultdict[str, float] = defaultdict(float)
    for cost in costs:
        seconds[cost.rule] += cost.seconds
    total, most = sum(seconds.values()), max(seconds, key=lambda rule: seconds[rule])
    jobs = [cost for cost in costs if cost.rule == most]
    stepping = [cost for cost in jobs if cost.image_steps]
    speed = ""
    if stepping:
        steps = sum(cost.image_steps or 0 for cost in stepping)
        rate = steps / sum(cost.seconds for cost in stepping)
        speed = f", {rate:.1f} image-steps per second"
    peaks = [cost.peak_mib for cost in costs if cost.peak_mib is not None]
    memory = f" No job was seen to hold more than {max(peaks):.0f} MiB." if peaks else ""
    return [
        f"Costs: the {len(costs)} jobs measured took {total:.0f} s in all, {most} "
        f"{seconds[most] / total * 100:.0f} % of it ({len(jobs)} jobs, {seconds[most]:.0f} s"
        f"{speed}).{memory} Each job's are in {path}."
    ]
