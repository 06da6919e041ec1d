import numpy as np
import pytest

from aip.album.faces import HEADER, Face, PhotoFaces, read_faces, write_faces
from aip.errors import BadInput

POINTS = ((3.5, 4.0), (8.25, 4.5), (6.0, 7.0), (4.0, 9.5), (8.0, 9.75))


def face(*box, turned=0, **facts):
    return Face(box, 0.875, POINTS, turned, **facts)


FOUND = [
    PhotoFaces("Ada", "1.jpg", (face(-3.5, 2, 10, 12, likeness=-0.25, prominence=3.5),), 0, "one"),
    PhotoFaces("Ada", "=2.jpg", (), None, "none"),
    PhotoFaces(
        "Bob", "1.jpg", (face(1, 2, 30, 40, turned=90), face(5, 5, 9, 9, turned=90)), 1, "so, so"
    ),
    PhotoFaces("Bob", "2.jpg", (face(1, 2, 3, 4), face(2, 2, 3, 4)), None, "who knows"),
]


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "faces.csv"
    write_faces(path, FOUND)
    assert read_faces(path) == FOUND
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[21] for line in lines[1:5]] == ["yes", "no", "no", "yes"]
    assert lines[2].startswith("Ada,'=2.jpg,,")
    assert lines[1].startswith("Ada,1.jpg,1,-3.5,2,10,12,0.875,3.5,4,8.25,4.5,")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text.replace("person,", "who,"), "line 1: expected the header person,"),
        (lambda text: text.replace(",0.875,", ",high,", 1), "line 2: expected a face's box"),
        (lambda text: text.replace("10,12,", "0,12,"), "line 2: expected a face's box"),
        (lambda text: text.replace(",90,", ",45,"), r"line 4: .* turn \(0, 90, 180 or 270\)"),
        (lambda text: text.replace("Ada,1.jpg,", "Ada,", 1), "line 2: expected 23 fields"),
    ],
)
def test_another_table_is_refused(tmp_path, change, sentence):
    path = tmp_path / "faces.csv"
    write_faces(path, FOUND)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(BadInput, match=sentence):
        read_faces(path)


def test_every_column_has_one_meaning():
    assert len(set(HEADER)) == len(HEADER) == 23


def test_the_head_is_larger_than_the_face_by_the_medians_of_real_heads():
    # left − 0.20 w, top − 0.19 h, right + 0.18 w, bottom + 0.01 h
    assert face(100, 200, 50, 100).head() == (90, 181, 69, 120)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_head_on_its_side_is_the_upright_one_turned(turns):
    upright = np.zeros((400, 500), int)
    upright[200:300, 100:150] = 1  # the face
    x, y, width, height = face(100, 200, 50, 100).head()
    upright[y : y + height, x : x + width] += 1
    lying = np.rot90(upright, -turns)

    def box(where):
        rows, columns = np.nonzero(where)
        (left, top), (right, bottom) = (f([columns, rows], 1).tolist() for f in (np.min, np.max))
        return left, top, right + 1 - left, bottom + 1 - top

    assert face(*box(lying == 2), turned=90 * turns).head() == box(lying > 0)
