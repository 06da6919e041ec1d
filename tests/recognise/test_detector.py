import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from aip.album.photo import read_photo
from aip.errors import BadInput
from aip.recognise.detector import Detector
from aip.recognise.upright import find_upright
from standins.marks import HEIGHT, POINTS, WIDTH, Marks, box, photo
from standins.onnx_files import model

WEIGHTS, FACES = (os.environ.get(name) for name in ("AIP_CENTERFACE", "AIP_FACES"))
needs_weights = pytest.mark.skipif(
    WEIGHTS is None or FACES is None,
    reason="AIP_CENTERFACE and AIP_FACES name no detector and no faces",
)


@pytest.fixture(scope="module")
def detector():
    return Detector(Marks())


def test_faces_are_where_the_maps_say_the_highest_score_first(detector):
    (faces,) = detector([photo(320, 256, [(15, 20, 200), (50, 30, 250)])])
    assert faces.boxes.tolist() == [box(50, 30), box(15, 20)]
    assert np.allclose(faces.scores, [250 / 255, 200 / 255])
    x0, y0 = faces.boxes[0, :2]
    assert np.allclose(faces.landmarks[0], [(x0 + x * WIDTH, y0 + y * HEIGHT) for y, x in POINTS])
    assert {array.dtype for array in faces} == {np.dtype(np.float32)}


def test_half_a_score_is_no_face_and_nor_is_a_mark_upside_down(detector):
    upside_down = photo(320, 256, [(15, 20, 250)])[::-1]
    for image in (photo(320, 256, [(15, 20, 127)]), np.ascontiguousarray(upside_down)):
        (faces,) = detector([image])
        assert faces.boxes.shape == (0, 4)
        assert faces.landmarks.shape == (0, 5, 2)


def test_of_boxes_that_overlap_by_more_than_three_tenths_the_best_is_left(detector):
    # Two boxes of width 48 at distance d share 48 − d of 48 + d pixels.
    for squares, left in ((5, 1), (6, 1), (7, 2)):
        shared = (WIDTH - 4 * squares) / (WIDTH + 4 * squares)
        assert (shared <= 0.3) == (left == 2)
        (faces,) = detector([photo(320, 256, [(15, 20, 200), (15 + squares, 20, 250)])])
        assert len(faces.scores) == left
        assert faces.boxes[0].tolist() == box(15 + squares, 20)


def test_what_is_found_in_an_image_does_not_depend_on_the_others(detector):
    images = [
        photo(320, 256, [(15, 20, 200), (50, 30, 250)]),
        photo(256, 320, [(15, 20, 200)]),
        photo(320, 256),
        photo(300, 250, [(15, 20, 200)]),
    ]
    for image, faces in zip(images, detector(images), strict=True):
        (alone,) = detector([image])
        assert all(map(np.array_equal, faces, alone))


@pytest.mark.parametrize(("width", "height", "factor"), [(3840, 2880, 2), (128, 96, 0.5)])
def test_large_photos_are_reduced_and_small_ones_enlarged(detector, width, height, factor):
    middle = photo(round(width / factor), round(height / factor), [(20, 22, 250)])
    x = (np.arange(width) / factor).astype(int)
    y = (np.arange(height) / factor).astype(int)
    (faces,) = detector([middle[y][:, x]])
    assert faces.boxes.tolist() == [[side * factor for side in box(20, 22)]]


def test_a_face_in_the_filled_up_edge_is_none(detector):
    (faces,) = detector([photo(300, 260, [(15, 65, 250)])])
    assert not len(faces.scores)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_photo_on_its_side_or_head_is_tried_upright_and_its_faces_turned_back(detector, turns):
    upright = photo(320, 256, [(15, 20, 200), (50, 30, 250)])
    lying = np.ascontiguousarray(np.rot90(upright, -turns))
    faces, turned = find_upright(detector, lying)
    assert turned == 90 * turns
    # Where the pixels of each box, and the nearest one to its nose, went.
    where = np.arange(upright.shape[0] * upright.shape[1]).reshape(upright.shape[:2])
    went = np.rot90(where, -turns)
    for number, (column, row) in enumerate([(50, 30), (15, 20)]):
        x0, y0, x1, y1 = map(int, box(column, row))
        rows, columns = np.nonzero(np.isin(went, where[max(y0, 0) : y1, max(x0, 0) : x1]))
        corners = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert faces.boxes[number].tolist() == corners
        nose = where[round(y0 + 0.6 * HEIGHT - 0.5), round(x0 + 0.5 * WIDTH - 0.5)]
        (y,), (x,) = np.nonzero(went == nose)
        assert np.abs(faces.landmarks[number, 2] - [x + 0.5, y + 0.5]).max() <= 1


def test_a_photo_without_a_face_any_way_round_has_none(detector):
    faces, turned = find_upright(detector, photo(320, 256))
    assert (len(faces.scores), turned) == (0, 0)


def test_a_net_that_finds_no_faces_is_refused(tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(model([helper.make_node("Relu", ["x"], ["y"])]), path)
    with pytest.raises(BadInput, match=r"net.onnx: found a net that gives \[\(1, 3, 64, 64\)\] .*"):
        Detector.load(path)


@needs_weights
def test_the_faces_of_real_photos_are_found_where_they_are():
    detector = Detector.load(Path(WEIGHTS))
    paths = sorted(Path(FACES).glob("*/*_0001.jpg"))[::40]
    photos = [read_photo(path) for path in paths]
    found = detector(photos)
    for image, faces in zip(photos, found, strict=True):
        assert all(map(np.array_equal, faces, detector([image])[0]))
    # LFW's faces are in the middle of 250 pixels, the eyes above the nose and that above the mouth.
    nearest = []
    for faces in found:
        away = np.linalg.norm((faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2 - 125, axis=1)
        nearest.append((away.min(), faces.landmarks[away.argmin()]))
    assert max(away for away, _ in nearest) < 30
    points = np.array([landmarks for _, landmarks in nearest])
    assert (points[:, :2, 1].max(1) < points[:, 2, 1]).all()
    assert (points[:, 2, 1] < points[:, 3:, 1].min(1)).all()
    assert (points[:, 0, 0] < points[:, 1, 0]).all()
