"""Recognisers that align heads, as a config asks for them, and what follows from them."""

import pytest

from aip.errors import BadInput
from aip.recognise.template import arcface
from standins import tiny

TEMPLATE = [[60.0, 80.0], [164.0, 80.0], [112.0, 130.0], [72.0, 180.0], [152.0, 180.0]]


@pytest.fixture
def detector(tmp_path):
    path = tmp_path / "detector.onnx"
    path.write_bytes(b"a net")
    return str(path)


@pytest.fixture
def study(tmp_path, detector):
    def make(aligned=None, **changes):
        added = {"recognisers__face": {"arch": "resnet18", "crop": "aligned", **(aligned or {})}}
        columns = {"recogniser_strategies__face": {"recogniser": "face", "process": "O1"}}
        return tiny.study(tmp_path, **{**added, **columns, "detector": detector, **changes})

    return make


def test_a_recogniser_that_sees_heads_is_defined_as_before(tmp_path):
    plain = tiny.study(tmp_path)
    said = tiny.study(tmp_path, recognisers__small__crop="head", detector="nowhere.onnx")
    assert plain.recognisers == said.recognisers
    assert not {"crop", "template"} & plain.recognisers["small"].keys()
    assert "not_found" not in plain.recogniser_strategies["proc"]
    assert plain.detector is None


def test_the_template_is_arcfaces_or_that_which_is_given(study):
    assert study().recognisers["face"]["template"] == arcface((224, 224))
    assert study({"template": TEMPLATE}).recognisers["face"]["template"] == TEMPLATE
    assert study({"input_size": [112, 96]}).recognisers["face"]["template"] == arcface((112, 96))


def test_an_adversarially_trained_recogniser_sees_what_its_base_sees(study):
    found = study(recognisers__wise={"base": "face", "knows": ["ga"]})
    for key in ("crop", "template"):
        assert found.recognisers["wise"][key] == found.recognisers["face"][key]
    assert found.aligns("wise")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recognisers__small__template": TEMPLATE}, "small: the key 'template' has no meaning"),
        ({"recognisers__face__template": TEMPLATE[:4]}, "face.template: found .* at least 5"),
        ({"recognisers__face__template": [[300, 4], *TEMPLATE[1:]]}, "x 300, y 4, which does not"),
        ({"recognisers__face__template": [[9, 9]] * 5}, "face.template: found 5 places"),
        ({"recognisers__face__input_size": [112, 20]}, "face.template: .* does not fit an input"),
        (
            {"recognisers__wise": {"base": "face", "knows": ["ga"], "crop": "aligned"}},
            "wise: the key 'crop' is that of its base",
        ),
        (
            {"recogniser_strategies__proc__not_found": "miss"},
            "proc: the key 'not_found' has no meaning for small",
        ),
        (
            {"user_strategies__at": {"method": "ga", "against": ["small", "face"], "at": "input"}},
            "at.at: found input, expected native against face",
        ),
        (
            {"user_strategies__at": {"method": "ga", "against": "face", "i_conf": "1_9_1000"}},
            "at.at: found input, expected native against face",
        ),
    ],
)
def test_what_does_not_fit_is_refused(study, changes, said):
    with pytest.raises(BadInput, match=said):
        study(**changes)


def test_a_detector_that_is_not_there_is_named(study):
    found = study(detector="nowhere.onnx")
    with pytest.raises(BadInput, match=r"config: detector: no such file: nowhere.onnx"):
        found.landmarks_made  # noqa: B018


def prints(study):
    """The fingerprints of what a study of small alone has, too."""
    return [
        study.heads_made,
        study.net_made("small"),
        study.features_made("small"),
        study.recogniser_made("small", "0-1"),
        study.user_made("none", "0-1"),
        study.user_made("ga", "0-1"),
        study.cell_made("ga", "proc"),
        study.table_made("game"),
        study.sheet_made("ga"),
    ]


def test_adding_a_recogniser_that_aligns_leaves_all_else_untouched(study, tmp_path):
    assert prints(study()) == prints(tiny.study(tmp_path))


def test_another_detector_makes_again_what_looks_for_faces_and_its_net_only_if_it_is_taught(
    study, detector
):
    def made(found):
        return {
            "landmarks": found.landmarks_made,
            "features": found.features_made("face"),
            "svm": found.recogniser_made("face", "0-1"),
            "cell": found.cell_made("none", "face"),
            "perturbed": found.user_made("against", "0-1"),
            "net": found.net_made("face"),
            "kept": found.net_made("kept"),
        }

    def read():
        user = {"method": "ga", "against": "face"}
        kept = {"arch": "resnet18", "crop": "aligned", "training": {"epochs": 0}}
        return study(user_strategies__against=user, recognisers__kept=kept)

    before = read()
    first, others = made(before), prints(before)
    with open(detector, "ab") as file:  # noqa: PTH123
        file.write(b", taught again")
    after = read()
    second = made(after)
    assert prints(after) == others
    assert [key for key in first if first[key] == second[key]] == ["kept"]


def test_what_looks_for_faces_follows_from_the_code_that_finds_them(study):
    found, finder = study(user_strategies__against={"method": "ga", "against": "face"}), "finder"
    finder = "aip.recognise.finder"
    assert finder in found.landmarks_made["code"]
    assert finder in found.cell_made("none", "face")["code"]
    assert finder in found.features_made("face")["code"]
    assert finder not in found.cell_made("none", "proc")["code"]
    assert finder not in found.features_made("small")["code"]
    assert finder not in found.user_made("against", "0-1")["code"]


def test_a_column_that_does_not_look_at_what_it_finds_no_face_in_is_another_column(study):
    column = {"recogniser": "face", "process": "O1", "not_found": "miss"}
    found = study(recogniser_strategies__strict=column)
    assert found.recogniser_strategies["strict"]["not_found"] == "miss"
    cells = [found.cell_made("none", name)["fingerprint"] for name in ("face", "strict")]
    assert cells[0] != cells[1]
