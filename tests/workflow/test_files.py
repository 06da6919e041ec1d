"""Heads go out as files, and come back as another program's: the same cells, to the bit."""

import csv
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from standins import checkout
from workflow.test_only_what_changed import TABLE4, row

SAME = ("scores", "predicted", "label", "id")


def heads(study, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `aip heads` of the copy."""
    return subprocess.run(
        [sys.executable, "-m", "aip.commands.cli", "heads", study.configfile, *arguments],
        cwd=study.folder,
        env=checkout.environment(**checkout.library(study.folder)),
        capture_output=True,
        text=True,
        check=False,
    )


def export(study, *arguments: str) -> None:
    done = heads(study, *arguments)
    assert done.returncode == 0, done.stderr


def take(study, **keys) -> None:
    """Add a user strategy that takes files, and a row of it to the game."""

    def add(config):
        config["user_strategies"]["theirs"] = {"method": "files", **keys}
        config["games"]["table4"]["user"].append("theirs")

    study.edit(add)


@pytest.mark.parametrize(("user", "holds"), [("gaman", "heads"), ("none", "photos")])
def test_what_was_published_comes_back_as_the_same_cells(study, user, holds):
    what = ["--photos"] if holds == "photos" else ["--published", user]
    export(study, "--to", "theirs", *what)
    take(study, root="theirs", holds=holds)
    assert study.plan() == row("theirs") | TABLE4
    study.run("results/smoke/cells/theirs/proc.h5", "results/smoke/cells/theirs/blur.h5")
    cells = study.datasets("cells")
    for name in ("proc", "blur"):
        for key in SAME:
            ours, theirs = cells[f"{user}/{name}.h5/{key}"], cells[f"theirs/{name}.h5/{key}"]
            assert np.array_equal(ours, theirs), (name, key)
    published = study.datasets("perturbations")
    for key in ("images/pixels", "l2", "linf", "psnr", "ssim"):
        ours = [v for path, v in published.items() if path.startswith(f"{user}/") and key in path]
        theirs = [v for path, v in published.items() if path.startswith("theirs/") and key in path]
        assert len(ours) == len(theirs) == 2
        assert all(map(np.array_equal, ours, theirs)), key


def test_a_changed_file_makes_its_row_again_and_a_moved_folder_makes_nothing(study):
    export(study, "--published", "gaman", "--to", "theirs")
    take(study, root="theirs")
    study.run()
    (study.folder / "theirs").rename(study.folder / "moved")
    study.edit(lambda c: c["user_strategies"]["theirs"].update(root="moved"))
    assert study.plan() == set()
    name = sorted((study.folder / "moved").glob("*.png"))[0]
    picture = np.array(Image.open(name))
    picture[0, 0] ^= 1
    Image.fromarray(picture).save(name)
    assert study.plan() == row("theirs") | TABLE4


def test_heads_are_written_with_an_index_of_whose_they_are(study):
    export(study, "--to", "clean", "--of", "attacked", "enrolled", "train")
    with (study.folder / "clean/index.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 18 * 4
    assert [int(line["head"]) for line in rows] == list(range(1, 73))
    stored = study.datasets("")
    pixels, shape = stored["heads.h5/images/pixels"], stored["heads.h5/images/shape"]
    read = [np.asarray(Image.open(study.folder / "clean" / line["file"])) for line in rows]
    assert np.array_equal(np.concatenate([picture.ravel() for picture in read]), pixels)
    sizes = [(int(line["file_height"]), int(line["file_width"])) for line in rows]
    assert sizes == [picture.shape[:2] for picture in read] == [tuple(s) for s in shape]
    identities = stored["heads.h5/identity"]
    assert [line["identity"].encode() for line in rows] == identities.tolist()


def test_a_folder_that_is_there_and_a_stale_study_are_refused(study):
    (study.folder / "there").mkdir()
    done = heads(study, "--to", "there")
    assert done.returncode == 1
    assert "found 'there', expected a folder that is not there yet" in done.stderr
    study.edit(lambda c: c["user_strategies"]["gaman"].update(epsilon=500))
    done = heads(study, "--to", "new", "--published", "gaman")
    assert done.returncode == 1
    assert "was made from something else than the config asks for" in done.stderr
    assert not (study.folder / "new").exists()


def test_files_that_do_not_fit_are_named(study):
    export(study, "--to", "theirs")
    take(study, root="theirs")
    first, second, *_ = sorted((study.folder / "theirs").glob("*.png"))
    kept = first.read_bytes()
    target = "results/smoke/cells/theirs/proc.h5"
    first.unlink()
    said = study.fails("--dry-run", target)
    assert (
        "config: user_strategies.theirs.root: expected a file for each of 12 attacked heads" in said
    )
    assert f"found none for head {int(first.stem)} ({first.name})" in said
    first.write_bytes(second.read_bytes())
    size = Image.open(second).size
    if size == Image.open(second).size:
        Image.open(second).resize((size[0] + 1, size[1])).save(second)
    said = study.fails("--keep-going", target)
    assert f"head {int(second.stem)}: theirs/{second.name}: found" in said
    assert kept != first.read_bytes()
