"""The authors' release, from its archive to a game: Caffe's GoogLeNet and LIBLINEAR's SVM."""

import json
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
import torch
import yaml
from liblinear.liblinearutil import predict, save_model, train
from PIL import Image

from aip.album.annotation import Annotation
from aip.recognise.recogniser import to_input
from standins.caffe import NETS
from standins.pipa import crop, cut, photos
from standins.server import Server

ANNOTATION = os.environ.get("AIP_PIPA")
GOAL = "results/smoke/games/table4/equilibrium.json"
WEIGHTS, SVM = "nugu_train/googlenet_train/_iter_9.caffemodel", "nugu_svm/googlenet_train/model0"
# Blue, green and red, another than ImageNet's.
MEAN = np.array([90.0, 110.0, 130.0])


@dataclass
class Released:
    """What was released, and what Caffe (as OpenCV has it) and LIBLINEAR make of it.

    Attributes
    ----------
    archive : Path
    split : dict
        Instance number → 0 or 1.
    identity : dict
        Instance number → identity, of train and val.
    scores : dict
        Instance number → LIBLINEAR's decision value of each identity.
    """

    archive: Path
    split: dict[int, int]
    identity: dict[int, str]
    scores: dict[int, dict[str, float]]


@pytest.fixture(scope="module")
def released(tmp_path_factory, write_annotation):
    folder = tmp_path_factory.mktemp("authors")
    plain, data = folder / "plain", folder / "data"
    if ANNOTATION:
        cut(Path(ANNOTATION), plain)
    else:
        write_annotation(plain)
    annotation = Annotation(plain / "all_data.txt")
    split = annotation.read_split(plain / "split_val_original.txt", "val")
    identity = {
        number: instance.identity
        for number, instance in enumerate(annotation.instances, start=1)
        if instance.subset in ("train", "val")
    }
    (data / "annotations/splits").mkdir(parents=True)
    shutil.copy(plain / "all_data.txt", data / "annotations/index.txt")
    splits = data / "annotations/splits/split_val_original.txt"
    shutil.copy(plain / "split_val_original.txt", splits)
    # Labels in another order than the identities'.
    labels = {who: n for n, who in enumerate(sorted({identity[n] for n in split}, reverse=True))}
    lines = [f"{line} {labels[line.split()[6]]}\n" for line in splits.read_text().splitlines()]
    splits.with_suffix(".orderedids.txt").write_text("".join(lines))
    (data / "head_crop").mkdir()
    drawn = photos(plain, folder / "rendered")
    for number, instance in enumerate(annotation.instances, start=1):
        inside = min(instance.xmin + instance.width, instance.ymin + instance.height) > 0
        head = crop(instance, drawn[instance]) if inside else Image.new("RGB", (20, 30))
        head.save(data / f"head_crop/{number}.jpg", quality=95)
    noise = np.random.default_rng(1).uniform(-9, 9, (3, 128, 256))
    shades = MEAN[:, None, None] + np.concatenate([noise, -noise], axis=1)
    np.save(data / "ilsvrc_2012_mean.npy", shades.astype(np.float32))
    for name in (WEIGHTS, SVM):
        (data / name).parent.mkdir(parents=True)
    googlenet = NETS["googlenet"]()
    googlenet.write(data / WEIGHTS)
    prototxt = folder / "deploy.prototxt"
    prototxt.write_text(googlenet.prototxt())
    cv2.setNumThreads(1)
    net = cv2.dnn.readNetFromCaffe(str(prototxt), str(data / WEIGHTS))
    features = {n: seen(net, googlenet, data / f"head_crop/{n}.jpg") for n in split}
    enrolled = [n for n, half in split.items() if half == 0]
    machine = train(
        [labels[identity[n]] for n in enrolled], [features[n] for n in enrolled], "-s 1 -c 1 -q"
    )
    save_model(str(data / SVM), machine)
    _, _, values = predict([], [features[n] for n in split], machine, "-q")
    who = {label: name for name, label in labels.items()}
    names = [who[label] for label in machine.get_labels()]
    scores = {n: dict(zip(names, v, strict=True)) for n, v in zip(split, values, strict=True)}
    archive = folder / "data.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(data, "data")
    return Released(archive, split, identity, scores)


def seen(net, described, path):
    """Return Caffe's features of a head: resized, blue, green and red, less the mean."""
    head = to_input(np.asarray(Image.open(path)), (described.size, described.size)).numpy()
    net.setInput((head[::-1] - MEAN[:, None, None]).astype(np.float32)[None])
    return net.forward(described.features).reshape(-1).tolist()


def use_the_authors(config):
    kinds = ("translate", "noise", "crop", "tnbc")
    config["album"] = {"source": "authors"}
    config["head_size"] = None
    config["attacked"] = {"heads": 10, "shard_size": 5}
    google = {"source": "authors", "arch": "caffe:googlenet", "weights": WEIGHTS, "svm": SVM}
    config["recognisers"] = {"small": None, "google": google | {"precision": "float32"}}
    config["user_strategies"] = dict.fromkeys(f"gaman-{kind}" for kind in ("T", "N", "B", "C"))
    config["user_strategies"] |= {
        "gaman-TNBC": None,
        "gaman": {"against": "google", "steps": 3, "step_size": 0.4},
    }
    config["recogniser_strategies"] = dict.fromkeys(kinds) | {
        kind: {"recogniser": "google"} for kind in ("proc", "blur")
    }
    config["games"] = {"table4": {"user": ["none", "gaman"], "recogniser": ["proc", "blur"]}}


@pytest.fixture(scope="module")
def run(make_workflow, released):
    """The study, the release downloaded from a server of this machine."""
    workflow = make_workflow()
    workflow.edit(use_the_authors)
    downloads = workflow.folder / "resources/downloads.yaml"
    places = yaml.safe_load(downloads.read_text())
    with Server() as server:
        server.files["/joon/data.tar.gz"] = released.archive.read_bytes()
        places["authors"]["url"] = f"{server.url}/joon/data.tar.gz"
        downloads.write_text(yaml.safe_dump(places))
        workflow.run(GOAL)
        yield workflow, server


def cell(workflow, name):
    with h5py.File(workflow.folder / f"results/smoke/cells/{name}.h5") as file:
        names = file["identities"].asstr()[()]
        return file["id"][()], file["scores"][()], names, file["label"][()]


def margins(workflow, name):
    """Return by how much each head's own identity leads, or trails, the strongest other."""
    _, scores, _, labels = cell(workflow, name)
    rows = np.arange(len(labels))
    own = scores[rows, labels].copy()
    scores[rows, labels] = -np.inf
    return own - scores.max(axis=1)


def test_the_game_has_a_value(run):
    workflow, _ = run
    equilibrium = json.loads((workflow.folder / GOAL).read_text())
    assert 0 <= equilibrium["value"] <= 1
    assert equilibrium["exploitability"] < 1e-9
    assert (margins(workflow, "gaman/proc") < margins(workflow, "none/proc")).all()


def test_scores_are_those_of_caffe_and_liblinear(run, released):
    workflow, _ = run
    ids, scores, names, _ = cell(workflow, "none/proc")
    with h5py.File(workflow.folder / "results/smoke/heads.h5") as heads:
        subset, split = heads["subset"].asstr()[()], heads["split"][()]
    # Heads are the crops of train and val, in their order.
    numbers = list(released.identity)
    of_val = [n for n, name in zip(numbers, subset, strict=True) if name == "val"]
    assert of_val == sorted(released.split)
    assert len(ids) == min(10, list(released.split.values()).count(1))
    for id_, row in zip(ids, scores, strict=True):
        number = numbers[id_ - 1]
        assert split[id_ - 1] == released.split[number] == 1
        expected = np.array([released.scores[number][name] for name in names])
        assert np.abs(row - expected).max() < 1e-3 * np.abs(expected).max()


def test_the_card_says_what_liblinear_recognises_of_split_1(run, released):
    workflow, _ = run
    card = json.loads((workflow.folder / "results/smoke/recognisers/google/card.json").read_text())
    scored = [n for n, half in released.split.items() if half == 1]
    right = [
        max(released.scores[n], key=released.scores[n].get) == released.identity[n] for n in scored
    ]
    assert card["recognition_rate"] == pytest.approx(np.mean(right))
    assert np.mean(right) > card["chance"]
    assert card["svm_converged"] is None
    assert (card["feature_dimension"], card["input_size"], card["epochs"]) == (1024, [224, 224], 0)


def test_the_net_keeps_the_mean_of_the_release(run):
    workflow, _ = run
    net = torch.load(workflow.folder / "results/smoke/recognisers/google/net.pt", weights_only=True)
    assert net["mean"].tolist() == pytest.approx(MEAN[::-1].tolist(), abs=1e-4)


def test_nothing_is_left_to_do_and_the_archive_came_once(run):
    workflow, server = run
    assert workflow.plan(GOAL) == set()
    assert server.names() == ["/joon/data.tar.gz"]


def test_weights_that_the_release_does_not_have_are_named_with_those_that_it_has(run, tmp_path):
    other = run[0].copy(tmp_path / "other")
    wrong = "nugu_train/googlenet/_iter_1.caffemodel"
    other.edit(lambda config: config["recognisers"]["google"].update(weights=wrong))
    said = other.fails("results/smoke/recognisers/google/net.pt")
    assert f"{wrong}: the release has no such file; it has {WEIGHTS}" in said
