"""Process and score a batch of heads as a recogniser strategy does, without a study."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aip.errors import BadInput
from aip.process import Copies
from aip.process.bounds import check_copies
from aip.process.notation import parse
from aip.process.rounding import to_8_bits
from aip.recognise.finding import Find, Finding
from aip.recognise.interface import aligns, check_ids, check_images, check_net, check_seed
from aip.recognise.recogniser import to_input
from aip.recognise.scoring import processed, summed_scores

DTYPES = (torch.uint8, torch.float32, torch.float64)


def process_heads(
    x: Tensor, process: str | Copies, *, seed: int = 1, ids: NDArray[np.int64] | None = None
) -> Tensor:
    """Publish heads and process them as a recogniser does: rounded to 8 bits before and after.

    Heads that the processing shrinks are enlarged to their size again.

    Parameters
    ----------
    x : (n, 3, height, width) uint8, float32 or float64 tensor
        The heads, 0–255.
    process : str or tuple of (kind, count)
        Such as ``B5``, five random blurs of each head, or ``O1_T1``.
    seed : int
    ids : (n,) int64 array, optional
        Head numbers, which key the draws; by default 1 to n.

    Returns
    -------
    (n, draws, 3, height, width) uint8 tensor

    Raises
    ------
    BadInput
        An argument is not as described here.

    Examples
    --------
    >>> process_heads(torch.full((2, 3, 8, 8), 128.0), "O1_B5").shape
    torch.Size([2, 6, 3, 8, 8])
    """
    images, numbers, copies, seed = _checked(x, process, seed, ids)
    draws = [
        [
            _enlarged(image, head.shape[:2])
            for image, weight in processed(head, int(number), copies, seed)
            for _ in range(weight)
        ]
        for head, number in zip(images, numbers, strict=True)
    ]
    return torch.from_numpy(np.array(draws)).permute(0, 1, 4, 2, 3).to(x.device)


def _enlarged(image: NDArray[np.uint8], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return a head that processing shrank at its size before, rounded to 8 bits again."""
    if image.shape[:2] == size:
        return image
    return to_8_bits(to_input(image, size)).permute(1, 2, 0).numpy()


def score_heads(
    net: nn.Module,
    x: Tensor,
    process: str | Copies = "O1",
    *,
    seed: int = 1,
    ids: NDArray[np.int64] | None = None,
    find: Find | None = None,
    miss: bool = False,
) -> Tensor:
    """Publish heads, process them, and sum a net's scores over the draws.

    The predicted labels are ``score_heads(…).argmax(1)``.

    Parameters
    ----------
    net : Module
        Maps (n, 3, h, w) images on the 0–255 scale to (n, identities) scores, in evaluation mode,
        on the heads' device. It is shown float32 images.
    x, process, seed, ids
        As in `process_heads`.
    find : callable, optional
        Finds the landmarks of what was processed, as `aip.recognise.finding.Find`; a `Recogniser`
        with a template needs it.
    miss : bool
        Whether it does not look at what `find` finds no face in; else it sees that resized.

    Returns
    -------
    (n, identities) float32 tensor
        −∞ for a head of which it looked at nothing.

    Raises
    ------
    BadInput
        An argument is not as described here.
    """
    images, numbers, copies, seed = _checked(x, process, seed, ids)
    check_net(net, x.device, where="net")
    if aligns(net) and find is None:
        raise BadInput(
            "find: found None, expected what finds landmarks, which a Recogniser with a template "
            "needs"
        )
    finding = None if find is None else Finding(find, miss)
    found = summed_scores(net, images, numbers, copies, seed, lambda _: None, finding)
    return torch.from_numpy(found).to(x.device)


def _checked(
    x: Tensor, process: str | Copies, seed: int, ids: NDArray[np.int64] | None
) -> tuple[list[NDArray[np.uint8]], NDArray[np.int64], Copies, int]:
    """Return heads as (height, width, 3) arrays, their numbers, their processing, and the seed."""
    check_images(x, *DTYPES, where="x")
    copies = parse(process, where="process") if isinstance(process, str) else process
    copies = check_copies(copies, where="process")
    seed = check_seed(seed)
    numbers = np.arange(1, len(x) + 1) if ids is None else check_ids(ids, len(x))
    images = to_8_bits(x).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return list(images), numbers, copies, seed
