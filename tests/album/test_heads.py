import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from aip.album.heads import attacked, chosen, crop, open_heads, write_heads, write_heads_card
from aip.album.index import Instance
from aip.errors import BadInput

PHOTO = np.arange(10 * 12 * 3, dtype=np.uint8).reshape(10, 12, 3)


def instance(xmin: int, ymin: int, width: int, height: int, photo: str = "b.jpg") -> Instance:
    return Instance("a", photo, xmin, ymin, width, height, "Ada", "val", 0)


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ((2, 3, 4, 5), (3, 8), (2, 6)),
        ((0, 0, 12, 10), (0, 10), (0, 12)),
        ((-3, -2, 5, 6), (0, 4), (0, 2)),  # a negative corner takes its part of the width away
        ((9, 7, 50, 50), (7, 10), (9, 12)),
        ((-5, -5, 100, 100), (0, 10), (0, 12)),
        ((11, 9, 1, 1), (9, 10), (11, 12)),
    ],
)
def test_a_crop_is_the_box_clipped_to_the_photo(box, rows, columns):
    expected = PHOTO[rows[0] : rows[1], columns[0] : columns[1]]
    assert np.array_equal(crop(PHOTO, instance(*box), "index.csv, line 2"), expected)


@pytest.mark.parametrize(
    "box", [(12, 0, 4, 4), (0, 10, 4, 4), (-4, 0, 4, 4), (0, -9, 3, 9), (-50, -50, 10, 10)]
)
def test_a_box_wholly_outside_is_refused_by_line_photo_and_size(box):
    with pytest.raises(BadInput) as caught:
        crop(PHOTO, instance(*box), "index.csv, line 7")
    message = str(caught.value)
    assert message.startswith("index.csv, line 7: ")
    assert "a/b.jpg" in message
    assert "12 wide and 10 high" in message


@pytest.fixture
def write(tmp_path, provenance):
    def make(index, size=None):
        path, told = tmp_path / "heads.h5", []
        write_heads(
            path,
            index,
            tmp_path / "index.csv",
            lambda i: tmp_path / i.photo,
            size,
            provenance(),
            told.append,
        )
        assert sum(told) == len(index)
        return path

    return make


def save(path, pixels) -> np.ndarray:
    Image.fromarray(pixels).save(path)
    return pixels


def test_heads_are_numbered_by_the_line_of_the_index_and_keep_native_sizes(tmp_path, write):
    rng = np.random.default_rng(0)
    a, b = (
        save(tmp_path / name, rng.integers(0, 256, (9, 14, 3), dtype=np.uint8))
        for name in ("a.png", "b.png")
    )
    index = [
        Instance("s", "a.png", 1, 2, 3, 4, "Ada", "val", 0),
        Instance("s", "a.png", 5, 0, 6, 5, "Zoë", "train", None),
        Instance("s", "b.png", 0, 0, 14, 9, "Ada", "val", 1),
        Instance("s", "a.png", -1, -1, 3, 3, "Eve", "test", 1),
    ]
    with open_heads(write(index)) as heads:
        assert heads.id.tolist() == [1, 2, 3, 4]
        assert heads.identity.tolist() == ["Ada", "Zoë", "Ada", "Eve"]
        assert heads.subset.tolist() == ["val", "train", "val", "test"]
        assert heads.split.tolist() == [0, -1, 1, 1]
        for number, expected in enumerate((a[2:6, 1:4], a[:5, 5:11], b, a[:2, :2])):
            assert np.array_equal(heads.images[number], expected)
        assert heads.where("val").tolist() == [0, 2]
        assert heads.where("val", split=1).tolist() == [2]
        assert heads.where("train").tolist() == [1]


def test_a_head_is_grey_when_the_crop_is_even_if_the_photo_is_not(tmp_path, write):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 3), dtype=np.uint8)
    pixels[:, :8] = pixels[:, :8, :1]
    pixels[3, 8:] = [10, 10, 11]
    save(tmp_path / "a.png", pixels)
    index = [
        Instance("s", "a.png", x, 0, 8, height, "Ada", "val", 0)
        for x, height in ((0, 8), (1, 8), (8, 8))
    ]
    with open_heads(write(index)) as heads:
        assert heads.grey.tolist() == [True, False, False]


def test_the_size_of_the_study_is_height_and_width_and_resizes_bilinearly(tmp_path, write):
    ramp = np.repeat(np.arange(0, 200, 10, dtype=np.uint8)[None, :, None], 3, axis=2)
    save(tmp_path / "a.png", np.repeat(ramp, 30, axis=0))
    index = [Instance("s", "a.png", 0, 0, 20, 30, "Ada", "val", 0)]
    with open_heads(write(index, size=(15, 10))) as heads:
        head = heads.images[0]
        assert head.shape == (15, 10, 3)
        assert heads.grey[0]
        # Halving with a triangle filter keeps a ramp a ramp, away from the edges.
        assert np.ptp(head, axis=0).max() == 0
        assert head[0, 1:-1, 0].tolist() == [25, 45, 65, 85, 105, 125, 145, 165]


def test_a_missing_photo_is_named_and_no_heads_are_left(tmp_path, write):
    with pytest.raises(BadInput, match=r"gone\.png: the photo is missing"):
        write([instance(0, 0, 2, 2, "gone.png")])
    assert list(tmp_path.iterdir()) == []


def test_all_photos_that_cannot_be_used_are_named_at_once(tmp_path, write):
    save(tmp_path / "a.png", PHOTO)
    (tmp_path / "torn.png").write_bytes((tmp_path / "a.png").read_bytes()[:-30])
    names = [f"gone-{n}.png" for n in range(10)]
    boxes = [instance(0, 0, 2, 2, name) for name in ("a.png", "torn.png", *names)]
    with pytest.raises(BadInput) as caught:
        write([*boxes, instance(40, 0, 2, 2, "a.png")])
    sentence = str(caught.value)
    assert sentence.startswith("12 photos cannot be used: ")
    assert "torn.png: the photo cannot be decoded" in sentence
    assert "gone-0.png: the photo is missing" in sentence
    assert sentence.endswith("; and 2 more")
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "torn.png"}


def test_a_box_outside_is_reported_with_its_line_in_the_index(tmp_path, write):
    save(tmp_path / "a.png", PHOTO)
    index = [instance(0, 0, 2, 2, "a.png"), instance(40, 0, 2, 2, "a.png")]
    with pytest.raises(BadInput, match=r"index\.csv, line 3: .* a/a\.png"):
        write(index)


ROWS = [("t0", "train", None), ("t1", "train", None)] + [
    (f"person{i}", "val", split) for i in range(6) for split in (0, 1, 1, 1, 0)[: 3 + i % 3]
]


def test_the_attacked_are_all_of_split_1_and_no_other(heads_file):
    with open_heads(heads_file(ROWS)) as heads:
        order = attacked(heads, "val", 1, seed=1)
        assert sorted(order) == heads.where("val", split=1).tolist()
        assert set(heads.split[order]) == {1}


@pytest.mark.parametrize("enrolled", [0, 1])
def test_the_split_that_does_not_enrol_is_attacked(heads_file, enrolled):
    with open_heads(heads_file(ROWS)) as heads:
        found = chosen(heads, "val", "attacked", enrolled, seed=1)
        assert sorted(found) == heads.where("val", split=1 - enrolled).tolist()
        taught = chosen(heads, "val", "enrolled", enrolled, seed=1)
        assert taught.tolist() == heads.where("val", split=enrolled).tolist()
        assert chosen(heads, "val", "train", enrolled, seed=1).tolist() == [0, 1]


def test_any_first_part_of_the_attacked_is_even_over_the_identities(heads_file):
    with open_heads(heads_file(ROWS)) as heads:
        order = attacked(heads, "val", 1, seed=1)
        available = Counter(heads.identity[order])
        for n in range(1, len(order) + 1):
            count = Counter(heads.identity[order[:n]])
            most = max(count.values())
            assert all(count[i] >= min(most - 1, available[i]) for i in available)


def test_the_order_is_drawn(heads_file):
    with open_heads(heads_file(ROWS)) as heads:
        orders = {tuple(attacked(heads, "val", 1, seed)) for seed in range(8)}
        firsts = {order[0] for order in orders}
    assert len(orders) == 8
    assert len(firsts) > 2


def test_which_head_of_an_identity_comes_first_does_not_depend_on_the_others(heads_file):
    with open_heads(heads_file(ROWS)) as heads:
        order = heads.id[attacked(heads, "val", 1, seed=1)]
        # Others who also are recognised; the numbers of the heads stay.
        more = heads_file([*ROWS, *[("new", "val", s) for s in (0, 1, 1, 1)]], "more")
        with open_heads(more) as with_more:
            longer = with_more.id[attacked(with_more, "val", 1, seed=1)]
        assert [i for i in longer if i <= len(ROWS)] == order.tolist()


def test_the_card_counts_the_heads(tmp_path, heads_file, provenance):
    missing = {"photos": 3, "heads": 4, "identities": 1}
    left_out = {"a folder without photos": {"Nobody": 1}}
    heads = heads_file(ROWS, grey=(1, 5))
    write_heads_card(tmp_path / "card.json", heads, provenance(), missing, left_out)
    card = json.loads((tmp_path / "card.json").read_text())
    of_val = [split for _, subset, split in ROWS if subset == "val"]
    assert card["heads"] == len(ROWS)
    assert card["missing"] == missing
    assert card["left_out"] == left_out
    assert card["subsets"] == {
        "train": {"identities": 2, "heads": 2, "enrolled": 0, "scored": 0},
        "val": {
            "identities": 6,
            "heads": len(of_val),
            "enrolled": of_val.count(0),
            "scored": of_val.count(1),
        },
    }
    assert card["grey"] == 2
    numbers = range(1, len(ROWS) + 1)
    heights, widths = ([low + n % k for n in numbers] for low, k in ((20, 5), (24, 3)))
    assert card["median_size"] == [np.median(heights), np.median(widths)]
    assert card["fingerprint"] == "f" * 24


def test_heads_are_found_by_their_numbers(heads_file):
    with open_heads(heads_file(ROWS)) as heads:
        numbers = np.array([7, 1, len(ROWS)])
        assert heads.id[heads.positions(numbers)].tolist() == numbers.tolist()
        for number in (0, len(ROWS) + 1):
            expected = rf"^found head {number}, expected one from 1 to {len(ROWS)}$"
            with pytest.raises(BadInput, match=expected):
                heads.positions(np.array([3, number]))
