"""Who is in which photo."""

from dataclasses import dataclass

from aip.compute.draws import generator

_COMPANY = (0.60, 0.27, 0.13)  # how often a photo holds one, two, three people
_PHOTOS_PER_SET = 20


@dataclass(frozen=True, slots=True)
class Seating:
    """One photo's key and the people in it, from left to right.

    Attributes
    ----------
    photoset, photo : str
        The photo's key.
    subset : str
        ``train`` or ``val``.
    split : int or None
        As in the index.
    people : tuple of int
        Their numbers in the subset, from 0.
    """

    photoset: str
    photo: str
    subset: str
    split: int | None
    people: tuple[int, ...]


def seating(
    *, seed: int, train_identities: int, val_identities: int, heads_per_identity: int
) -> list[Seating]:
    """Deal all people out over photos.

    Everybody is photographed once in each of `heads_per_identity` rounds, in an order of the
    round's own; so nobody is twice in a photo, and a photo belongs to one split.
    """
    photos: list[Seating] = []
    for subset, identities in (("train", train_identities), ("val", val_identities)):
        for turn in range(heads_per_identity):
            rng = generator(seed, "seating", subset, turn)
            order = [int(number) for number in rng.permutation(identities)]
            while order:
                company = int(rng.choice((1, 2, 3), p=_COMPANY))
                together, order = tuple(order[:company]), order[company:]
                photoset, photo = divmod(len(photos), _PHOTOS_PER_SET)
                photos.append(
                    Seating(
                        f"{photoset + 1:03d}",
                        f"{photo + 1:02d}",
                        subset,
                        turn % 2 if subset == "val" else None,
                        together,
                    )
                )
    return photos
