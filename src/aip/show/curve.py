"""A recogniser's learning curve."""

import csv
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from aip.store.files import whole


def draw(path: Path, recogniser: str, curve: Path) -> None:
    """Draw the loss, and the accuracy in training and on held-out heads, by epoch."""
    with curve.open(newline="", encoding="utf-8") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    epochs = [row["epoch"] for row in rows]
    with mpl.rc_context({"svg.hashsalt": "aip", "font.size": 10, "text.parse_math": False}):
        figure = Figure(figsize=(6.4, 3.4), layout="constrained")
        accuracy = figure.add_subplot()
        accuracy.set_title(f"How {recogniser} learnt the train identities")
        for column, label, style in (
            ("accuracy", "accuracy, augmented heads", "C0-"),
            ("validation_accuracy", "accuracy, held-out heads", "C1-o"),
        ):
            values = [row[column] * 100 for row in rows]
            accuracy.plot(epochs, values, style, label=label, markersize=3)
        accuracy.set_xlabel("epoch")
        accuracy.set_ylabel("accuracy (%)")
        accuracy.set_ylim(0, 100)
        accuracy.xaxis.set_major_locator(MaxNLocator(integer=True))
        loss = accuracy.twinx()
        loss.plot(epochs, [row["loss"] for row in rows], "k:", label="loss")
        loss.set_ylabel("cross-entropy (nats)")
        loss.set_ylim(bottom=0)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
        with whole(path) as beside:
            figure.savefig(beside, format="svg", metadata={"Date": None})
