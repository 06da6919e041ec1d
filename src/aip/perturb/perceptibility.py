"""Perceptibility: how far published heads are from the clean ones, as images."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from aip.store.files import whole
from aip.store.hdf5 import reading

# The Gaussian window of Wang et al. 2004, section III-B.
SIGMA, WINDOW = 1.5, 11


class Perceptibility(NamedTuple):
    """How far a published head is from the clean one, at native size on the 0–255 scale.

    Attributes
    ----------
    l2, linf : float
        L2 norm and largest absolute value of the difference.
    psnr : float
        Peak signal-to-noise ratio in dB, for a peak of 255; infinite where nothing differs.
    ssim : float
        Mean structural similarity, −1 to 1; 1 where nothing differs.
    """

    l2: float
    linf: float
    psnr: float
    ssim: float


def perceptibility(clean: NDArray[np.uint8], published: NDArray[np.uint8]) -> Perceptibility:
    """Compare a published head with the clean one.

    SSIM is that of Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, *Image Quality
    Assessment: From Error Visibility to Structural Similarity*, IEEE TIP 2004: a Gaussian window
    of 11×11 pixels with σ = 1.5, K₁ = 0.01, K₂ = 0.03 and a range of 255, on each colour channel,
    averaged over the channels and the pixels whose window lies inside the head. If a side is
    shorter than the window, the head is mirrored at its edges, and the average is over the pixels
    that are at least half the largest odd window that fits away from the edges.

    Parameters
    ----------
    clean, published : (height, width, 3) uint8 arrays
        Both of one size, which may be as small as one pixel.
    """
    difference = published.astype(np.float64) - clean
    mean_square = float(np.mean(difference**2))
    side = min(clean.shape[:2])
    ssim = structural_similarity(  # type: ignore[no-untyped-call]
        clean,
        published,
        channel_axis=2,
        data_range=255,
        gaussian_weights=True,
        sigma=SIGMA,
        use_sample_covariance=False,
        win_size=min(WINDOW, side - 1 + side % 2),
    )
    return Perceptibility(
        l2=float(np.linalg.norm(difference)),
        linf=float(np.abs(difference).max()),
        psnr=float(10 * np.log10(255**2 / mean_square)) if mean_square else float("inf"),
        ssim=float(ssim),
    )


@dataclass(frozen=True)
class MeanPerceptibility:
    """Means over the heads of a user strategy; a mean over no head is None.

    Attributes
    ----------
    norm : float or None
        L2 norm of the perturbation at input size.
    unpublished : float or None
        Share of perturbed inputs that are recognised before they are published.
    l2, linf, psnr, ssim : float or None
        As in `Perceptibility`; the mean PSNR is over the heads that were changed.
    """

    norm: float | None
    unpublished: float | None
    l2: float | None
    linf: float | None
    psnr: float | None
    ssim: float | None


def mean_perceptibility(shards: Sequence[Path]) -> MeanPerceptibility:
    """Average over all heads of a user strategy.

    Parameters
    ----------
    shards : sequence of Path
        Its perturbation files, in order; how they divide the heads changes nothing.
    """
    columns: dict[str, list[NDArray[np.float32]]] = {
        field.name: [] for field in fields(MeanPerceptibility)
    }
    for shard in shards:
        with reading(shard) as file:
            for name, parts in columns.items():
                parts.append(file[name][()])
    return MeanPerceptibility(**{name: _mean(parts) for name, parts in columns.items()})


def by_user(users: Iterable[str], shards: Iterable[Path]) -> dict[str, MeanPerceptibility]:
    """Average over the heads of each of several user strategies.

    Parameters
    ----------
    users : iterable of str
        Their names.
    shards : iterable of Path
        Their perturbation files, each in a folder of the strategy's name.
    """
    files = list(shards)
    return {
        user: mean_perceptibility([shard for shard in files if shard.parent.name == user])
        for user in users
    }


def write_means(path: Path, means: Mapping[str, MeanPerceptibility]) -> None:
    """Write means by user strategy as CSV; a mean over no head stays empty."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file, ["user", *(f.name for f in fields(MeanPerceptibility))], lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows({"user": user, **asdict(mean)} for user, mean in means.items())


def read_means(path: Path) -> dict[str, MeanPerceptibility]:
    """Read what `write_means` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return {
            row.pop("user"): MeanPerceptibility(
                **{key: float(value) if value else None for key, value in row.items()}
            )
            for row in csv.DictReader(file)
        }


def _mean(parts: Sequence[NDArray[np.float32]]) -> float | None:
    values = np.concatenate([np.zeros(0), *parts])
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else None
