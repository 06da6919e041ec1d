"""The inputs that nets were made for."""

from aip.errors import BadInput

# (height, width) of the input that a net was made for; 224 × 224 for all others.
INPUT_SIZES = {
    "alexnet": (227, 227),
    "caffe:alexnet": (227, 227),
    "mobilefacenet": (112, 96),
    "dlib": (150, 150),
}

# Nets that take no other input.
ONE_SIZE = ("mobilefacenet", "faceres", "dlib", "caffe:alexnet", "caffe:vgg16")


def input_size(arch: str, given: int | list[int] | None) -> list[int]:
    """Return a net's input as [height, width]; by default the one that it was made for.

    Examples
    --------
    >>> input_size("mobilefacenet", None), input_size("resnet18", 64)
    ([112, 96], [64, 64])
    """
    made_for = list(INPUT_SIZES.get(arch, (224, 224)))
    if given is None:
        return made_for
    size = [given, given] if isinstance(given, int) else given
    if arch in ONE_SIZE and size != made_for:
        raise BadInput(
            f"config: recognisers: input_size of {arch}: found {given}, expected {made_for}, the "
            "only one that it takes"
        )
    return size
