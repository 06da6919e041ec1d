import json

import h5py
import numpy as np
import pytest
from PIL import Image

from aip.recognise.scoring import processed
from aip.show import sprite
from standins.paged import paged

PEOPLE = ["</script><b>", "b", "c"]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads") / "results" / "tiny"
    return paged(folder, ["none", "gaman"], {"proc": "O", "blur": "B"}, PEOPLE, 30, shown=13)


@pytest.fixture(scope="module")
def found(page):
    script = (page.page.parent / "heads/gaman/cells.js").read_text()
    assert script.startswith("aipHeads({")
    assert script.endswith("});\n")
    assert "<" not in script
    return json.loads(script.removeprefix("aipHeads(").removesuffix(");\n"))


def tile(page, name, number):
    path = page.page.parent / f"heads/gaman/{name}.webp"
    top, left = (sprite.SIDE * place for place in divmod(number, sprite.COLUMNS))
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"), float)
    return pixels[top : top + sprite.SIDE, left : left + sprite.SIDE]


@pytest.mark.parametrize("number", [0, 9, 10, 12])
def test_each_head_has_its_place_in_every_sprite(page, found, number):
    clean, published = page.heads[number], page.perturbations[number]
    difference = 128 + 8 * (published.astype(int) - clean)
    kind = found["cells"]["blur"]["seen"]
    assert (found["cells"]["proc"]["kind"], found["cells"]["blur"]["kind"]) == ("O", "B")
    (blurred, _), *_ = processed(published, number + 1, (("B", 2),), 1)
    shown = {
        "clean": clean,
        "published": published,
        "difference": difference.clip(0, 255),
        f"seen-{kind}": blurred,
    }
    for name, expected in shown.items():
        wanted = sprite.thumbnail(expected.astype(np.uint8)).astype(float)
        # The picture is lossy, most of all in colours beside each other.
        assert np.abs(tile(page, name, number) - wanted).mean() < 20, name
        assert abs((tile(page, name, number) - wanted).mean()) < 5, name


def test_outcomes_are_those_of_the_cells(page, found):
    assert found["ids"] == list(range(1, 14))
    for column, cell in found["cells"].items():
        with h5py.File(page.page.parents[1] / f"cells/gaman/{column}.h5") as file:
            scores, label = file["scores"][:13], file["label"][:13]
        assert cell["taken"] == scores.argmax(axis=1).tolist()
        higher = (scores > scores[np.arange(13), label][:, None]).sum(axis=1)
        assert cell["place"] == higher.tolist()
        assert cell["score"] == pytest.approx(scores.max(axis=1) / 2, rel=5e-3)
        assert cell["own"] == pytest.approx(scores[np.arange(13), label] / 2, rel=5e-3)
        assert found["who"] == label.tolist()


def test_how_many_there_are_is_said(page):
    about = json.loads((page.page.parent / "heads/gaman.json").read_text())
    assert (about["heads"], about["shown"], about["devices"]) == (30, 13, ["cpu"])


@pytest.mark.parametrize(("height", "width"), [(10, 20), (200, 50), (72, 72), (1, 300)])
def test_a_thumbnail_keeps_the_shape_and_lies_in_the_middle(height, width):
    image = np.full((height, width, 3), 250, dtype=np.uint8)
    found = sprite.thumbnail(image)
    bright = found[..., 0] > 200
    scale = sprite.SIDE / max(height, width)
    assert bright.any(axis=1).sum() == max(round(height * scale), 1)
    assert bright.any(axis=0).sum() == max(round(width * scale), 1)
    rows = np.flatnonzero(bright.any(axis=1))
    assert abs(rows[0] - (sprite.SIDE - 1 - rows[-1])) <= 1
