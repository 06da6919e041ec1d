"""What is minimised against several nets: the mean of their losses, or about the largest."""

from typing import Literal, get_args

import torch
from torch import Tensor

from aip.errors import unknown

Ensemble = Literal["mean", "balanced"]


def check_ensemble(ensemble: str) -> None:
    """Refuse what is no way to combine losses."""
    if ensemble not in get_args(Ensemble):
        raise unknown("ensemble", "ensemble", str(ensemble), get_args(Ensemble))


def soft_maximum(losses: Tensor) -> tuple[Tensor, Tensor]:
    """Return log mean exp of each head's losses, and its gradient by them.

    The net that is fooled least weighs most, and nets that are fooled alike weigh alike; a single
    one keeps its loss, to the bit. This is a smooth form of the worst case over nets (Wang et al.,
    *Adversarial Attack Generation Empowered by Min-Max Optimization*, NeurIPS 2021).

    Parameters
    ----------
    losses : (nets, n) tensor
        In units of the spread of each net's clean scores.

    Returns
    -------
    (n,) tensor, (nets, n) tensor
        The weights of each head sum to 1.

    Examples
    --------
    >>> value, weights = soft_maximum(torch.tensor([[2.0], [2.0], [-7.0]]))
    >>> [round(float(weight), 2) for weight in weights]
    [0.5, 0.5, 0.0]
    """
    value = losses.logsumexp(0) - torch.log(losses.new_tensor(float(len(losses))))
    return value, losses.softmax(0)
