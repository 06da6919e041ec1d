import numpy as np
import pytest
from PIL import Image

from aip.errors import BadInput
from aip.study import artifacts
from aip.study.fingerprints import Study
from study.test_study import CONFIG, SCHEMA, SCRIPTS

OLD_KEYS = {"source", "root", "box", "boxes", "val_min_photos", "train_min_photos"}


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Make a study of a folder of people: make(album, **recognisers)."""
    monkeypatch.chdir(tmp_path)
    for person in ("ada", "bob"):
        for number in range(4):
            path = tmp_path / "people" / person / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((9, 9, 3), number, np.uint8)).save(path)
    for name in ("one", "two"):
        (tmp_path / f"{name}.onnx").write_text(name)
        (tmp_path / f"{name}.pt").write_text(name)

    def made(seed=1, face="one.pt", detector="one.onnx", **album) -> Study:
        album = {"source": "folder", "root": "people", "val_min_photos": 4, **album}
        net = {"arch": "mobilefacenet", "weights": face, "training": {"epochs": 0}}
        recognisers = {**CONFIG["recognisers"], "face": net}
        changed = {"seed": seed, "album": album, "recognisers": recognisers, "detector": detector}
        config = {**CONFIG, **changed}
        return Study(config, SCHEMA, SCRIPTS, tmp_path / "cache")

    return made


def test_an_album_with_boxes_is_what_it_was(make):
    study = make(box=[1, 2, 3, 4], min_face=99)
    assert study.faces is None
    assert study.album.keys() == OLD_KEYS
    other = make(box=[1, 2, 3, 4], detector="two.onnx", resembles="face")
    assert other.album_made == study.album_made
    assert artifacts.made(study, ("album", "faces.csv")) is None


def test_heads_are_found_where_no_box_is_given_or_where_that_is_asked_for(make):
    found = make(detector="one.onnx")
    asked = make(detector="one.onnx", heads="detect", box=[1, 2, 3, 4], boxes="none.csv")
    assert found.album == asked.album
    assert found.album["heads"] == "detect"
    assert not {"box", "boxes", "detector", "min_face"} & found.album.keys()
    assert found.faces | {"min_face": 20, "resembles": None} == found.faces
    assert artifacts.made(found, ("album", "faces.csv")) == found.faces_made
    assert found.attacked_heads == 4


def test_faces_follow_from_photos_detector_and_recogniser_and_from_no_seed(make, tmp_path):
    def prints(**changed):
        study = make(**{"detector": "one.onnx", "resembles": "face"} | changed)
        assert study.album_made["fingerprint"] not in seen
        return study.faces_made["fingerprint"], seen.add(study.album_made["fingerprint"])

    seen = set()
    first, _ = prints()
    assert prints(seed=2)[0] == first
    changes = [{"detector": "two.onnx"}, {"resembles": None}, {"face": "two.pt"}, {"min_face": 30}]
    found = [prints(**change)[0] for change in changes]
    (tmp_path / "one.onnx").write_text("another")
    found.append(prints()[0])
    (tmp_path / "people/ada/0.png").write_bytes((tmp_path / "people/ada/1.png").read_bytes())
    found.append(prints()[0])
    assert len({first, *found}) == 7


def test_a_recogniser_that_is_taught_on_the_heads_cannot_find_them(make):
    with pytest.raises(BadInput, match=r"album\.resembles: unknown recogniser 'fase'; did you"):
        make(detector="one.onnx", resembles="fase")
    with pytest.raises(BadInput, match=r"album\.resembles: 'small' is taught on the heads that"):
        make(detector="one.onnx", resembles="small")


def test_a_detector_that_is_not_there_is_named(make):
    with pytest.raises(BadInput, match=r"config: detector: no such file: three\.onnx"):
        _ = make(detector="three.onnx").album_made
    with pytest.raises(BadInput, match=r"variable AIP_NO_SUCH_DETECTOR is not set"):
        make(detector="$AIP_NO_SUCH_DETECTOR")
