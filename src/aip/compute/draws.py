"""Random draws that depend on what they are for, and on nothing else."""

import hashlib

import numpy as np


def generator(seed: int, *key: str | int) -> np.random.Generator:
    """Return the random generator that belongs to a key.

    Every draw of the program comes from here, so that results do not depend on the order of
    work, on batches, shards, cores or machines: the key says what the draw is for.

    Parameters
    ----------
    seed : int
        The study's seed.
    *key : str or int
        What the draw is for, such as ``("noise", head, step, copy)``.

    Returns
    -------
    numpy.random.Generator
        A Philox generator; the same seed and key always give the same stream.

    Examples
    --------
    >>> bool(generator(1, "blur", 7).random() == generator(1, "blur", 7).random())
    True
    >>> bool(generator(1, "blur", 7).random() == generator(1, "blur", 8).random())
    False
    """
    digest = hashlib.blake2b(repr((seed, *key)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
