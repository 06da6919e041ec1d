"""The inputs that nets were made for."""

from importlib import import_module

from aip.errors import BadInput
from aip.recognise.nets import brought, module

# (height, width) of the input that a net was made for; 224 × 224 for all others.
INPUT_SIZES = {
    "alexnet": (227, 227),
    "caffe:alexnet": (227, 227),
    "dlib": (150, 150),
    "fp512": (112, 112),
    "mobilefacenet": (112, 96),
}

# Nets that take no other input.
ONE_SIZE = ("fp512", "mobilefacenet", "faceres", "dlib", "caffe:alexnet", "caffe:vgg16")


def input_size(arch: str, given: int | list[int] | None) -> list[int]:
    """Return a net's input as [height, width]; by default the one that it was made for.

    Raises
    ------
    BadInput
        The net takes no such input; or it is a user's, nothing is given, and it does not say.

    Examples
    --------
    >>> input_size("mobilefacenet", None), input_size("resnet18", 64)
    ([112, 96], [64, 64])
    """
    frbench = arch.startswith("frbench:")
    made_for = list(INPUT_SIZES.get(arch, (112, 112) if frbench else (224, 224)))
    if given is None and brought(arch):
        found: list[int] | None = import_module(module(arch)).made_for(arch)
        if found is None:
            raise BadInput(
                f"config: recognisers: input_size of {arch}: found none, and the net does not say "
                "it; expected the side of its input in pixels, or [height, width]"
            )
        return found
    if given is None:
        return made_for
    size = [given, given] if isinstance(given, int) else given
    if (arch in ONE_SIZE or frbench) and size != made_for:
        raise BadInput(
            f"config: recognisers: input_size of {arch}: found {given}, expected {made_for}, the "
            "only one that it takes"
        )
    return size
