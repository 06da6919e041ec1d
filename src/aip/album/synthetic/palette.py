"""The few colours that skin, hair, eyes and clothes come in, in linear RGB."""

Colour = tuple[float, float, float]


def linear(code: str) -> Colour:
    """Return the linear RGB in 0–1 of an sRGB colour written as six hexadecimal digits."""
    red, green, blue = ((int(code[at : at + 2], 16) / 255) ** 2.2 for at in (0, 2, 4))
    return red, green, blue


SKINS = tuple(linear(code) for code in ("f0cdb6", "e2b595", "cf9c78", "ab7650", "7f5236", "5f3f2d"))
HAIRS = tuple(
    linear(code) for code in ("1c1714", "33241b", "573a26", "7c4a2a", "b98d56", "a9a49e", "8a3a1c")
)
EYES = tuple(linear(code) for code in ("3b2314", "5a3a1e", "6b6a35", "4f7a86", "3d6f9e"))
LIPSTICKS = tuple(linear(code) for code in ("b02a3a", "8a1f3f", "c8566b", "6d2430"))
CLOTHES = tuple(
    linear(code)
    for code in (
        "20242c", "e8e6e0", "7a1f24", "2f4a7a", "3f6b45", "c9a23a",
        "8a8d91", "5a3f6e", "c46a3a", "2a7f86", "d8a3ad", "4a3a2c",
    )
)  # fmt: skip
