"""Contact sheets: what a user strategy does to heads, and whom the recogniser sees in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aip.album.heads import Heads
from aip.errors import printable
from aip.perturb.perceptibility import MeanPerceptibility, mean_perceptibility
from aip.process import Copies, kind_name
from aip.recognise.finding import Finding, inputs_of
from aip.recognise.recogniser import Recogniser
from aip.recognise.scoring import processed
from aip.store.files import whole
from aip.store.hdf5 import ImageReader, reading

AMPLIFIED = 8
RIGHT, WRONG = "#0072b2", "#d55e00"  # told apart by colour-blind eyes

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Row:
    """A head on the sheet.

    Attributes
    ----------
    identity : str
        Who it is.
    images : tuple of (height, width, 3) uint8 arrays
        Clean, perturbation amplified about grey, published, processed.
    names : tuple of str or None
        Who the recogniser says each is; None for the perturbation.
    ssim : float
        Of the published head, at native size.
    """

    identity: str
    images: tuple[Image, Image, Image, Image]
    names: tuple[str | None, ...]
    ssim: float


@dataclass(frozen=True)
class Sheet:
    """The rows of a contact sheet.

    Attributes
    ----------
    rows : list of Row
    processing : str
        The name of the processing in the last column.
    mean : MeanPerceptibility
        The means over all heads of the strategy.
    """

    rows: list[Row]
    processing: str
    mean: MeanPerceptibility


def compose(
    heads: Heads,
    perturbations: Sequence[Path],
    recogniser: Recogniser,
    process: Copies,
    count: int,
    seed: int,
    finding: Finding | None = None,
) -> Sheet:
    """Collect the first attacked heads, and let the recogniser name them.

    Parameters
    ----------
    heads : Heads
    perturbations : sequence of Path
        The shards of a user strategy, in order.
    recogniser : Recogniser
    process : tuple of (kind, count)
        The processing of the last column.
    count : int
        How many heads to show, at most.
    seed : int
    finding : Finding, optional
        How a recogniser with a template finds landmarks in what it is shown.
    """
    rows: list[Row] = []
    for shard in perturbations:
        with reading(shard) as file:
            images = ImageReader(file["images"])
            ids = file["id"][: count - len(rows)]
            for number, (id_, position) in enumerate(zip(ids, heads.positions(ids), strict=True)):
                clean, published = heads.images[int(position)], images[number]
                difference = published.astype(np.int16) - clean
                amplified = np.clip(128 + AMPLIFIED * difference, 0, 255).astype(np.uint8)
                copy, _ = next(processed(published, int(id_), process, seed))
                names = _names(recogniser, [clean, published, copy], finding)
                rows.append(
                    Row(
                        str(heads.identity[position]),
                        (clean, amplified, published, copy),
                        (names[0], None, names[1], names[2]),
                        float(file["ssim"][number]),
                    )
                )
    return Sheet(rows, kind_name(process[0][0]), mean_perceptibility(perturbations))


def draw(path: Path, strategy: str, recogniser: str, sheet: Sheet) -> None:
    """Draw a contact sheet as PNG."""
    with mpl.rc_context({"text.parse_math": False}), whole(path) as beside:
        figure = lay_out(strategy, recogniser, sheet)
        figure.savefig(beside, format="png", dpi=130, metadata={"Software": None})


def lay_out(strategy: str, recogniser: str, sheet: Sheet) -> Figure:
    """Lay out a contact sheet: one head per column, one stage per row."""
    titles = (
        "clean",
        f"perturbation\n(× {AMPLIFIED})",
        "published",
        f"processed\n({sheet.processing})",
    )
    n = len(sheet.rows)
    figure = Figure(figsize=(1.1 + 1.35 * n, 7.6), layout="constrained")
    figure.suptitle(_title(strategy, recogniser, sheet), fontsize=11, wrap=True)
    axes = figure.subplots(len(titles), n, squeeze=False)
    for column, row in enumerate(sheet.rows):
        for line, (image, name) in enumerate(zip(row.images, row.names, strict=True)):
            place = axes[line][column]
            place.imshow(image)
            place.set_xticks([])
            place.set_yticks([])
            for spine in place.spines.values():
                spine.set_visible(False)
            if name is not None:
                colour = RIGHT if name == row.identity else WRONG
                mark = "✓" if name == row.identity else "✗"
                place.set_xlabel(f"{mark} {_short(name)}", color=colour, fontsize=8)
        axes[0][column].set_title(_short(row.identity), fontsize=8)
        axes[titles.index("published")][column].annotate(
            f"SSIM {row.ssim:.3f}",
            (0.5, 0),
            xytext=(0, -16),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=7,
            color="0.35",
        )
    for line, title in enumerate(titles):
        axes[line][0].set_ylabel(title, fontsize=9)
    return figure


def _title(strategy: str, recogniser: str, sheet: Sheet) -> str:
    """Say what the sheet shows, and how visible the strategy is on average."""
    mean = sheet.mean
    psnr = "∞" if mean.psnr is None else f"{mean.psnr:.1f}"
    return (
        f"{strategy}: {len(sheet.rows)} of the attacked heads, and who {recogniser} says they "
        f"are\nmean over all heads: SSIM {mean.ssim:.3f}, PSNR {psnr} dB, L2 {mean.l2:.0f}, "
        f"L∞ {mean.linf:.0f}"
    )


def _names(recogniser: Recogniser, images: Sequence[Image], finding: Finding | None) -> list[str]:
    seen = inputs_of(recogniser, images, recogniser.input_size, finding)
    inputs = torch.stack([image for image in seen if image is not None])
    with torch.inference_mode():
        labels = recogniser(inputs.to(recogniser.device)).argmax(1)
    return [str(recogniser.identities[label]) for label in labels]


def _short(name: str) -> str:
    name = printable(name)
    return name if len(name) <= 18 else f"{name[:17]}…"
