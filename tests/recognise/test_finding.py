"""Landmarks that a recogniser finds in what is published, and heads in which it finds no face."""

import json
from typing import NamedTuple

import h5py
import numpy as np
import pytest
import torch

from aip.album.heads import open_heads
from aip.errors import BadInput
from aip.perturb.artifact import write_perturbations
from aip.recognise import finder
from aip.recognise.augment import with_margin
from aip.recognise.batch import score_heads
from aip.recognise.building import build_recogniser
from aip.recognise.cell import write_cell
from aip.recognise.features import write_features
from aip.recognise.finding import Finding, aligned, inputs_of
from aip.recognise.landmarks import write_landmarks, write_landmarks_card
from aip.recognise.material import Material
from aip.recognise.nets.building import build
from aip.recognise.recogniser import Recogniser, as_tensor, to_input
from aip.recognise.scoring import processed, summed_scores
from aip.recognise.template import arcface
from aip.store.checksums import Damaged
from aip.store.state import write_state

INPUT = (12, 12)
FACE = np.array(arcface((1, 1)))
ROWS = [(f"t{i % 2}", "train", None) for i in range(6)] + [
    (f"person{i % 4}", "val", split) for split in (0, 1) for i in range(8)
]


def find(heads):
    """Find a face in heads that are not too dark: where it is follows from how bright they are."""
    found = np.full((len(heads), 5, 2), np.nan)
    for points, head in zip(found, heads, strict=True):
        height, width = head.shape[:2]
        if bright(head):
            points[:] = FACE * (width, height) + head.mean() / 50
    return found


def bright(head):
    return head.mean() > 127


@pytest.fixture
def heads(heads_file):
    with open_heads(heads_file(ROWS)) as opened:
        yield opened


@pytest.fixture
def recogniser(linear):
    made = linear(4, 12)
    made.template = arcface(INPUT)
    return made


class Faces(NamedTuple):
    scores: np.ndarray
    landmarks: np.ndarray


def test_a_finder_looks_at_heads_with_a_margin_and_takes_the_surest_face():
    first, second = np.arange(20.0).reshape(2, 5, 2)
    shown = []

    def detector(images):
        shown.extend(images)
        return [
            Faces(np.array([0.9, 0.6]), np.stack([first, second])),
            Faces(np.zeros(0), np.zeros((0, 5, 2))),
        ]

    rng = np.random.default_rng(0)
    given = [rng.integers(0, 256, (h, w, 3), dtype=np.uint8) for h, w in ((40, 20), (8, 12))]
    found = finder.find(detector, given)
    assert np.array_equal(found[0], first - (5, 10) - 0.5)
    assert np.isnan(found[1]).all()
    assert [image.shape for image in shown] == [(60, 30, 3), (12, 18, 3)]
    assert np.array_equal(shown[0][10:50, 5:25], given[0])
    assert (shown[0][:10, 5:25] == given[0][:1]).all()


def test_a_recogniser_with_a_template_sees_what_it_finds_and_others_see_the_head(
    heads, recogniser, linear
):
    images = [heads.images[i] for i in range(10)]
    for miss in (False, True):
        seen = inputs_of(recogniser, images, INPUT, Finding(find, miss))
        for image, points, shown in zip(images, find(images), seen, strict=True):
            if bright(image):
                assert torch.equal(shown, recogniser.view(as_tensor(image), points)[0])
                assert not torch.equal(shown, to_input(image, INPUT))
            else:
                assert shown is None if miss else torch.equal(shown, to_input(image, INPUT))
    for other, finding in ((linear(4, 12), Finding(find, miss=True)), (recogniser, None)):
        seen = inputs_of(other, images, INPUT, finding)
        assert all(map(torch.equal, seen, [to_input(image, INPUT) for image in images]))
    assert 0 < sum(map(bright, images)) < 10


def test_copies_in_which_no_face_is_found_are_left_out_of_the_sum(heads, recogniser):
    numbers = heads.id[heads.where("val", split=1)]
    images, copies = [heads.images[int(n) - 1] for n in numbers], (("O", 2), ("C", 3), ("N", 2))
    found = summed_scores(
        recogniser, images, numbers, copies, 3, lambda _: None, Finding(find, miss=True)
    )
    lost = 0
    for image, number, scores in zip(images, numbers, found, strict=True):
        drawn = list(processed(image, int(number), copies, 3))
        looked_at = [(copy, weight) for copy, weight in drawn if bright(copy)]
        lost += not looked_at
        if not looked_at:
            assert (scores == -np.inf).all()
            continue
        inputs = [recogniser.view(as_tensor(c), find([c])[0]) for c, _ in looked_at]
        each = recogniser(torch.cat(inputs)).numpy()
        expected = (each * np.array([[weight] for _, weight in looked_at])).sum(0)
        assert scores == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert 0 < lost < len(numbers)


@pytest.mark.parametrize("miss", [True, False])
def test_a_cell_counts_heads_without_a_face_as_not_recognised(
    heads, recogniser, miss, tmp_path, provenance
):
    recogniser.identities = np.unique(heads.identity[heads.where("val")])
    positions = heads.where("val", split=1)
    shard, cell = tmp_path / "shard.h5", tmp_path / "cell.h5"
    write_perturbations(shard, heads, positions, [], provenance({"method": "none"}), print)
    given = [shard], heads, [recogniser], (("O", 1),), provenance({}), lambda _: None
    write_cell(cell, *given, Finding(find, miss))
    is_bright = np.array([bright(heads.images[int(i)]) for i in positions])
    with h5py.File(cell) as file:
        found, predicted, label = (file[key][()] for key in ("found", "predicted", "label"))
        scores, rate = file["scores"][()], file.attrs["recognition_rate"]
    assert np.array_equal(found, is_bright if miss else np.ones_like(is_bright))
    assert np.array_equal(np.isfinite(scores).all(1), found)
    assert (predicted[~found] == -1).all()
    assert np.array_equal(predicted[found], scores[found].argmax(1))
    assert rate == (predicted == label).mean()
    write_cell(cell, *given)
    with h5py.File(cell) as file:
        assert "found" not in file


def test_clean_heads_are_enrolled_by_their_landmarks_and_lessons_by_what_is_found(
    heads_file, write_lesson, tmp_path, provenance
):
    path, landmarks = heads_file(ROWS), tmp_path / "landmarks.h5"
    with open_heads(path) as heads:
        write_landmarks(landmarks, heads, find, provenance(), lambda _: None)
        published = [255 - heads.images[7], 255 - heads.images[8]]
    lesson = write_lesson("lesson", [8, 9], published)
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.AdaptiveAvgPool2d(1))
    seen = []

    def features(_, images):
        seen.append(images.clone())
        return torch.zeros(len(images), 2)

    definition = {
        "arch": "resnet18",
        "feature_layer": None,
        "input_size": [32, 32],
        "precision": "float32",
        "template": arcface((32, 32)),
    }
    write_state(tmp_path / "net.pt", build("resnet18", None).state_dict(), "f" * 24)
    with pytest.MonkeyPatch.context() as patched, open_heads(path, landmarks) as heads:
        patched.setattr(Recogniser, "features", features)
        write_features(
            tmp_path / "features.h5",
            heads,
            "val",
            [lesson],
            tmp_path / "net.pt",
            definition,
            provenance(),
            lambda _: lambda _: None,
            find=find,
        )
        eyes = Recogniser(net, *[torch.zeros(0, 1)] * 2, np.array([], str), (32, 32))
        eyes.template = arcface((32, 32))
        images = [*(heads.images[i] for i in range(6, 22)), *published]
        expected = [aligned(eyes, image, find([image])[0]) for image in images]
    assert torch.equal(torch.cat(seen)[:18], torch.stack(expected))


def test_a_net_learns_heads_by_their_landmarks_with_a_margin(heads_file, tmp_path, provenance):
    path, landmarks = heads_file(ROWS), tmp_path / "landmarks.h5"
    with open_heads(path) as heads:
        write_landmarks(landmarks, heads, find, provenance(), lambda _: None)
    definition = {"input_size": [48, 40], "template": arcface((48, 40))}
    with open_heads(path, landmarks) as heads:
        material = Material(heads, [], definition, 1)
        assert material.augmented(np.arange(3), 1).shape == (3, 3, 48, 40)
        shown = material.plain(np.arange(6)).float()
        eyes = Recogniser(torch.nn.Flatten(), *[torch.zeros(0, 1)] * 2, np.array([]), (48, 40))
        eyes.template = definition["template"]
        found = [i for i in range(6) if bright(heads.images[i])]
        for i in found:
            expected = aligned(eyes, heads.images[i], heads.landmarks[i])
            assert (shown[i] - expected).abs().max() <= 0.5 + 1e-3
        assert with_margin((48, 40)) == (54, 44)
        assert found


def test_landmarks_are_written_with_how_many_faces_were_found(heads_file, tmp_path, provenance):
    path, landmarks, card = heads_file(ROWS), tmp_path / "landmarks.h5", tmp_path / "card.json"
    told = []
    with open_heads(path) as heads:
        write_landmarks(landmarks, heads, find, provenance(), told.append)
        is_bright = np.array([bright(heads.images[i]) for i in range(len(ROWS))])
        expected = find([heads.images[i] for i in range(len(ROWS))])
    write_landmarks_card(card, landmarks, provenance())
    assert sum(told) == len(ROWS)
    with open_heads(path, landmarks) as heads:
        assert np.array_equal(heads.landmarks, expected, equal_nan=True)
    said = json.loads(card.read_text())
    assert (said["heads"], said["found"]) == (len(ROWS), is_bright.sum())
    assert said["subsets"]["train"] == {"heads": 6, "found": is_bright[:6].sum()}


def test_the_landmarks_of_other_heads_are_refused(heads_file, tmp_path, provenance):
    landmarks = tmp_path / "landmarks.h5"
    with open_heads(heads_file(ROWS)) as heads:
        write_landmarks(landmarks, heads, find, provenance(), lambda _: None)
    with (
        pytest.raises(Damaged, match="holds the landmarks of 22 heads, expected 21"),
        open_heads(heads_file(ROWS[1:], "fewer"), landmarks),
    ):
        pass


def test_one_can_build_such_a_recogniser_and_score_with_it_without_a_study(heads):
    chosen = heads.where("val")
    images, who = [heads.images[int(i)] for i in chosen], heads.identity[chosen]
    given = {"input_size": INPUT, "template": arcface(INPUT), "landmarks": find(images)}
    built = build_recogniser(torch.nn.Flatten(), images, who, **given)
    pairs = zip(images, given["landmarks"], strict=True)
    inputs = torch.stack([aligned(built, *pair) for pair in pairs])
    assert np.array_equal(built.identities[built(inputs).argmax(1)], who)
    head = next(image for image in images if bright(image))
    x = torch.from_numpy(head).permute(2, 0, 1)[None]
    once = built(aligned(built, head, find([head])[0])[None])
    assert torch.allclose(score_heads(built, x, "O2", find=find), 2 * once)
    assert (score_heads(built, x // 3, find=find, miss=True) == -torch.inf).all()
    with pytest.raises(BadInput, match="find: found None, expected what finds landmarks"):
        score_heads(built, x)
    for lacking in ("template", "landmarks"):
        with pytest.raises(BadInput, match=f"{lacking}: found None, expected both"):
            build_recogniser(torch.nn.Flatten(), images, who, **{**given, lacking: None})
