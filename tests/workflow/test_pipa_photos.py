"""A small study of PIPA's lines with photos from a folder, as crops, and from Flickr."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import yaml

from aip.album.annotation import Annotation
from aip.store.state import read_state
from standins.flickr import KEY, Flickr
from standins.pipa import SIZE, crop, cut, photos
from standins.server import Cut, Server, Status

ANNOTATION = os.environ.get("AIP_PIPA")
GOAL = "results/smoke/games/table4/equilibrium.json"


def point(workflow, **changes):
    """Have the workflow download from elsewhere."""
    path = workflow.folder / "resources/downloads.yaml"
    places = yaml.safe_load(path.read_text())
    for name, change in changes.items():
        places[name] |= change
    path.write_text(yaml.safe_dump(places))


@pytest.fixture(scope="module")
def pipa(tmp_path_factory, write_annotation):
    """Lines of the annotation, the real one where it is at hand, and their photos."""
    folder = tmp_path_factory.mktemp("pipa")
    if ANNOTATION:
        checksums = cut(Path(ANNOTATION), folder / "annotation")
    else:
        checksums = write_annotation(folder / "annotation")
    return folder, checksums, photos(folder / "annotation", folder / "rendered")


@pytest.fixture(scope="module")
def gone(pipa):
    """The head whose photo is not to be had: the last of val that is attacked."""
    folder, _, _ = pipa
    annotation = Annotation(folder / "annotation/all_data.txt")
    split = annotation.read_split(folder / "annotation/split_val_original.txt", "val")
    number = max(n for n, s in split.items() if s == 1)
    return number, annotation.instances[number - 1]


@pytest.fixture(scope="module")
def study(make_workflow, pipa):
    def make(**album):
        workflow = make_workflow()
        folder, checksums, _ = pipa
        point(workflow, pipa={"sha256": checksums})

        def change(config):
            config["album"] = {"source": "pipa", "annotation": str(folder / "annotation"), **album}
            config["attacked"] = {"heads": 16, "shard_size": 8}
            config["games"] = {
                "table4": {"user": ["none", "gaman"], "recogniser": ["proc", "blur"]}
            }

        workflow.edit(change)
        return workflow

    return make


def jpeg(photo):
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=90)
    return file.getvalue()


@pytest.fixture(scope="module")
def archive(study, pipa, gone):
    workflow = study(photos="archive", root="photos")
    for instance, photo in pipa[2].items():
        folder = workflow.folder / "photos" / instance.subset
        folder.mkdir(parents=True, exist_ok=True)
        if instance.photo != gone[1].photo:
            (folder / f"{instance.photoset}_{instance.photo}.jpg").write_bytes(jpeg(photo))
    workflow.run(GOAL)
    return workflow.folder / "results/smoke"


@pytest.fixture(scope="module")
def crops(study, pipa, gone):
    workflow = study(photos="crops", root="crops")
    (workflow.folder / "crops").mkdir()
    for number, (instance, photo) in enumerate(pipa[2].items(), start=1):
        if number != gone[0]:
            head = crop(instance, photo) if clips(instance) else photo.crop((0, 0, 9, 9))
            head.save(workflow.folder / f"crops/{number}.jpg", "PNG")
    workflow.run(GOAL)
    return workflow.folder / "results/smoke"


def clips(instance):
    return instance.xmin + instance.width > 0 and instance.ymin + instance.height > 0


@pytest.fixture(scope="module")
def flickr(study, pipa, gone):
    """The study with everything from servers of this machine, which fail now and then."""
    workflow = study(photos="flickr", annotation=None)
    folder, _, drawn = pipa
    served = {i.photo: {SIZE: jpeg(photo)} for i, photo in drawn.items() if i != gone[1]}
    served.pop(gone[1].photo, None)
    with pytest.MonkeyPatch.context() as patch, Server() as server, Flickr(served) as flickr:
        for path in (folder / "annotation").iterdir():
            server.files[f"/{path.name}"] = path.read_bytes()
        first, second, third, *_ = served
        flickr.faults = {
            f"sizes/{first}": [Status(429, {"Retry-After": "1"}), Status(500)],
            f"/{second}_{SIZE[0]}x{SIZE[1]}.jpg": [Cut(2000), Status(503)],
            f"sizes/{third}": [Status(502)],
        }
        server.faults = {"/all_data.txt": [Cut(100), Status(500)]}
        point(workflow, pipa={"url": f"{server.url}/"}, flickr=flickr.remote)
        patch.delenv("FLICKR_API_KEY", raising=False)
        refused = workflow.fails("results/smoke/heads.json")
        patch.setenv("FLICKR_API_KEY", KEY)
        workflow.run(GOAL)
        yield workflow, refused, flickr


@pytest.mark.parametrize("way", ["archive", "crops", "flickr"])
def test_a_game_has_a_value(way, request):
    found = request.getfixturevalue(way)
    results = found[0].folder / "results/smoke" if way == "flickr" else found
    equilibrium = json.loads((results / "games/table4/equilibrium.json").read_text())
    assert 0 <= equilibrium["value"] <= 1
    assert equilibrium["exploitability"] < 1e-9
    with h5py.File(results / "cells/none/proc.h5") as cell:
        assert cell.attrs["recognition_rate"] > 0  # these people can be told apart


def test_the_same_photos_give_the_same_study(archive, flickr):
    other = flickr[0].folder / "results/smoke"
    assert (archive / "album/index.csv").read_bytes() == (other / "album/index.csv").read_bytes()
    net, same = (read_state(results / "recognisers/small/net.pt") for results in (archive, other))
    assert net.keys() == same.keys()
    assert all(torch.equal(net[name], same[name]) for name in net)
    for cell in ("none/proc", "gaman/blur"):
        with (
            h5py.File(archive / f"cells/{cell}.h5") as a,
            h5py.File(other / f"cells/{cell}.h5") as b,
        ):
            assert np.array_equal(a["scores"][()], b["scores"][()])


def test_a_crop_is_the_head_that_the_photo_shows(archive, crops, pipa):
    """But for JPEG's losses, which the archive's photos have."""
    from aip.album.heads import open_heads

    with open_heads(archive / "heads.h5") as heads, open_heads(crops / "heads.h5") as cropped:
        sizes = {}
        for found in (heads, cropped):
            of = zip(found.identity, found.images, strict=True)
            sizes[id(found)] = sorted((str(who), image.shape) for who, image in of)
        outside = [i for i in pipa[2] if i.subset in ("train", "val") and not clips(i)]
        assert len(cropped.id) == len(heads.id) + len(outside)
        if not outside:
            assert sizes[id(heads)] == sizes[id(cropped)]


@pytest.mark.parametrize("way", ["archive", "crops", "flickr"])
def test_what_is_gone_is_named_and_counted(way, request, gone):
    found = request.getfixturevalue(way)
    results = found[0].folder / "results/smoke" if way == "flickr" else found
    with (results / "album/missing.csv").open() as file:
        reasons = {line["photo"]: line["reason"] for line in csv.DictReader(file)}
    number, instance = gone
    said = {
        "archive": "its photo is not in photos",
        "crops": "its crop is not in crops",
        "flickr": "there is no such photo",
    }[way]
    assert said in reasons[str(number) if way == "crops" else instance.photo]
    assert json.loads((results / "heads.json").read_text())["missing"]["heads"] >= 1


def test_without_a_key_the_run_says_how_to_get_one_and_the_other_ways(flickr):
    _, refused, _ = flickr
    for part in ("FLICKR_API_KEY", "https://www.flickr.com/services/api/keys/", "archive", "crops"):
        assert part in refused


def test_the_key_is_in_no_file(flickr):
    workflow, _, server = flickr
    assert any(KEY.encode() in request.body for request in server.requests)
    assert not any(KEY in request.path for request in server.requests)
    files = [path for path in workflow.folder.rglob("*") if path.is_file()]
    assert len(files) > 50
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


def test_each_photo_came_whole_once(flickr):
    _, _, server = flickr
    counts = {name: n for name, n in server.whole().items() if name.endswith(".jpg")}
    workflow, _, _ = flickr
    with (workflow.folder / "results/smoke/album/index.csv").open() as file:
        photos = {line["photo"] for line in csv.DictReader(file)}
    assert counts == {f"/{photo}_{SIZE[0]}x{SIZE[1]}.jpg": 1 for photo in photos}


@pytest.mark.skipif(not ANNOTATION, reason="AIP_PIPA does not name the folder of PIPA's annotation")
def test_the_whole_annotation_is_downloaded_and_counted(make_workflow):
    workflow = make_workflow("configs/pipa.yaml")
    with Server() as server:
        for path in Path(ANNOTATION).iterdir():
            server.files[f"/{path.name}"] = path.read_bytes()
        server.files["/split_val_day.txt"] += b"\n"
        point(workflow, pipa={"url": f"{server.url}/"})
        command = [sys.executable, "-m", "aip.commands.cli", "album", "configs/pipa.yaml", "--json"]
        environment = {**os.environ, "PYTHONPATH": str(workflow.folder / "src")}

        def album():
            return subprocess.run(
                command, cwd=workflow.folder, env=environment, capture_output=True, text=True
            )

        refused = album()
        assert refused.returncode == 1
        assert "split_val_day.txt: expected the sha256 770596f6" in refused.stderr
        aside = workflow.folder / "results/downloads/pipa/split_val_day.txt.rejected"
        assert aside.exists()
        assert not aside.with_name("split_val_day.txt").exists()
        server.files["/split_val_day.txt"] = (Path(ANNOTATION) / "split_val_day.txt").read_bytes()
        done = album()
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["annotation"]["heads"], found["annotation"]["negative_corner"]) == (63_188, 2_251)
    assert len(found["annotation"]["splits"]) == 8
