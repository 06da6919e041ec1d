"""Which of the sizes that Flickr offers of a photo has the pixels that PIPA's boxes are in."""

from collections.abc import Iterable
from dataclasses import dataclass

from aip.download.flickr_sizes import Size

LONGER_SIDE = 1024  # pixels; of PIPA's own photos, whose boxes they are


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the boxes of a photo begin: the right-most and the bottom-most corner.

    Attributes
    ----------
    xmin, ymin : int
        The largest of its boxes' xmin and ymin in pixels, negative ones taken as 0.
    """

    xmin: int
    ymin: int

    def is_inside(self, width: int, height: int) -> bool:
        """Tell whether every box begins inside a photo of this size; the rest is clipped to it."""
        return self.xmin < width and self.ymin < height


def choose(sizes: Iterable[Size], extent: Extent) -> Size | None:
    """Choose the size whose pixels the boxes are in.

    PIPA's photos have 1,024 pixels on their longer side, or the nearest size: Flickr lacks 1,024
    for small photos, and for some old ones whose original is a little larger. So the candidates
    are 1,024 and larger sizes, the smallest first, or the largest size if there are none. The
    first in which every box begins is taken; of two equal sizes, the original comes second.

    Returns
    -------
    Size or None
        None if the boxes fit in no size.
    """
    ascending = sorted(sizes, key=lambda size: (size.longer, size.label == "Original"))
    enough = [size for size in ascending if size.longer >= LONGER_SIDE]
    largest = [size for size in ascending if size.longer == ascending[-1].longer]
    candidates = enough or largest
    fitting = (size for size in candidates if extent.is_inside(size.width, size.height))
    return next(fitting, None)
