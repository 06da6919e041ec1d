"""Contact sheets of the faces in an album's photos, and which is each photo's person's."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from aip.album.faces import Face, PhotoFaces
from aip.album.photo import read_photo
from aip.errors import printable
from aip.store.files import whole

ACROSS, DOWN = 4, 5  # photos on a page
PHOTOS = ACROSS * DOWN
TILE, CAPTION, GAP, LEGEND = (400, 300), 38, 10, 32  # pixels
LARGER = 1.5  # a small photo is enlarged by at most this factor
# Told apart by colour-blind eyes, and by their widths in pixels.
CHOSEN, OTHER = ("#e69f00", 3), ("#56b4e9", 1)
DOUBT = "#d55e00"
DOT = 2  # pixels from a landmark's centre to its edge
DOTTED = 24  # pixels across, from which on a face has landmarks that do not hide it


def said(photos: Sequence[PhotoFaces]) -> list[str]:
    """Say how many faces were found, and why which of them are the people's; one line each."""
    faces = sum(len(photo.faces) for photo in photos)
    having = sum(bool(photo.faces) for photo in photos)
    turned = sum(any(face.turned for face in photo.faces) for photo in photos)
    whose = Counter((photo.chosen is None, photo.why) for photo in photos)
    return [
        f"Faces found: {faces:,}, in {having:,} of {len(photos):,} photos, of which {turned:,} "
        "had to be turned",
        *(
            f"  {count:,}: {'no face taken, since ' if nobody else 'taken, '}{why}"
            for (nobody, why), count in sorted(
                whose.items(), key=lambda item: (item[0][0], -item[1])
            )
        ),
    ]


def in_doubt_first(photos: Sequence[PhotoFaces]) -> list[PhotoFaces]:
    """Order photos so that those are first in which no face, and then one of several, is chosen."""
    return sorted(photos, key=lambda photo: (photo.chosen is not None, len(photo.faces) < 2))


def draw_pages(stem: Path, photos: Sequence[PhotoFaces], root: Path, pages: int) -> list[Path]:
    """Draw contact sheets as JPEG, those photos first in which it is least sure who is who.

    A chosen face's box and landmarks, and the box of its head, are orange and thick; those of other
    faces are blue and thin.

    Parameters
    ----------
    stem : Path
        Pages are this with ``-1.jpg`` and so on; other pages that are there are removed.
    photos : sequence of PhotoFaces
    root : Path
        The folder of people.
    pages : int
        How many to draw, at most.

    Returns
    -------
    list of Path

    Raises
    ------
    BadInput
        A photo cannot be read.
    """
    ordered = in_doubt_first(photos)
    parts = [ordered[start : start + PHOTOS] for start in range(0, len(ordered), PHOTOS)][:pages]
    paths = [stem.with_name(f"{stem.name}-{number}.jpg") for number in range(1, len(parts) + 1)]
    for path, part in zip(paths, parts, strict=True):
        with whole(path) as beside:
            _page(part, root).save(beside, format="JPEG", quality=88)
    for left in set(stem.parent.glob(f"{stem.name}-*.jpg")) - set(paths):
        left.unlink()
    return paths


def _page(photos: Sequence[PhotoFaces], root: Path) -> Image.Image:
    across, down = min(ACROSS, len(photos)), -(-len(photos) // ACROSS)
    width, height = TILE[0] + GAP, TILE[1] + CAPTION + GAP
    page = Image.new("RGB", (across * width + GAP, LEGEND + down * height + GAP), "white")
    draw, x = ImageDraw.Draw(page), GAP
    for (colour, thick), text in ((CHOSEN, "the person's face and head"), (OTHER, "another face")):
        draw.rectangle((x, 8, x + 12, LEGEND - 6), outline=colour, width=thick)
        draw.text((x + 18, 9), text, "black", _font())
        x += LEGEND + round(_font().getlength(text))
    for number, photo in enumerate(photos):
        row, column = divmod(number, ACROSS)
        page.paste(_tile(photo, root), (GAP + column * width, LEGEND + row * height))
    return page


def _tile(photo: PhotoFaces, root: Path) -> Image.Image:
    """Draw a photo, its faces, its name, and why which face was chosen."""
    tile = Image.new("RGB", (TILE[0], TILE[1] + CAPTION), "white")
    image = Image.fromarray(read_photo(root / photo.person / photo.photo))
    factor = min(TILE[0] / image.width, TILE[1] / image.height, LARGER)
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    image = image.resize(size, Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    for number, face in enumerate(photo.faces):
        if number != photo.chosen:
            _face(draw, face, factor, *OTHER)
    if photo.chosen is not None:
        _face(draw, photo.faces[photo.chosen], factor, *CHOSEN)
        x, y, width, height = (side * factor for side in photo.faces[photo.chosen].head())
        draw.rectangle((x, y, x + width, y + height), outline=CHOSEN[0], width=1)
    tile.paste(image, ((TILE[0] - size[0]) // 2, (TILE[1] - size[1]) // 2))
    text, name = ImageDraw.Draw(tile), printable(f"{photo.person}/{photo.photo}")
    why = f"✗ {photo.why}" if photo.chosen is None else f"✓ {photo.why}"
    text.text((0, TILE[1] + 3), _short(name), "black", _font())
    text.text((0, TILE[1] + 20), _short(why), DOUBT if photo.chosen is None else "#444", _font())
    return tile


def _face(draw: ImageDraw.ImageDraw, face: Face, factor: float, colour: str, width: int) -> None:
    x, y, across, down = (side * factor for side in face.box)
    draw.rectangle((x, y, x + across, y + down), outline=colour, width=width)
    for point in face.landmarks if across >= DOTTED else ():
        x, y = (side * factor for side in point)
        draw.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), fill=colour, outline="black")


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(findfont("DejaVu Sans"), 12)


def _short(text: str) -> str:
    """Cut a text off where the tile ends."""
    if _font().getlength(text) <= TILE[0]:
        return text
    while _font().getlength(f"{text}…") > TILE[0]:
        text = text[:-1]
    return f"{text}…"
