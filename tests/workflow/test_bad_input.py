"""What a run says of bad input: one sentence, where and what, and an exit code that is not zero."""

import re
import shutil

import pytest
from PIL import Image

from aip.store.checksums import checksums_file, said_fingerprint, write_checksums


@pytest.fixture
def people(make_workflow):
    """A study over a folder of people, small enough to break quickly."""
    workflow = make_workflow()
    root = workflow.folder / "people"
    for person, photos in (("ann", 4), ("ben", 4), ("cat", 2), ("dan", 2)):
        (root / person).mkdir(parents=True)
        for number in range(photos):
            colour = (40 * number + 20, len(person) * 30, 90)
            Image.new("RGB", (64, 64), colour).save(root / person / f"{number}.jpg")
    workflow.edit(
        lambda c: c.update(
            album={"source": "folder", "root": "people", "box": [8, 8, 48, 48], "val_min_photos": 4}
        )
    )
    return workflow


HEADS = "results/smoke/heads.h5"


def test_a_checkout_whose_path_no_job_could_run_from_is_refused(make_workflow, tmp_path):
    moved = make_workflow().copy(tmp_path / "a {b}")
    said = moved.fails("--dry-run")
    assert "a {b}': found ' ' in the path, expected none of these characters" in said


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda photo: photo.write_bytes(b""), "can be read at ann/1.jpg (an empty file); mend"),
        (lambda photo: photo.write_text("hello"), "can be read at ann/1.jpg (other content); mend"),
        (
            lambda photo: photo.write_bytes(photo.read_bytes()[:400]),
            "error: heads: people/ann/1.jpg: the photo cannot be decoded",
        ),
    ],
    ids=["empty", "text", "truncated"],
)
def test_a_photo_that_cannot_be_read_is_named(people, spoil, sentence):
    spoil(people.folder / "people/ann/1.jpg")
    assert sentence in people.fails(HEADS)
    assert not (people.folder / HEADS).exists()


def rewrite(people, change) -> None:
    """Change the album's index, as if it had been written so."""
    people.run("results/smoke/album/index.csv")
    index = people.folder / "results/smoke/album/index.csv"
    fingerprint = said_fingerprint(checksums_file(index))
    index.write_text(change(index.read_text()))
    write_checksums(index, fingerprint)


def test_a_photo_that_went_missing_is_named(people):
    rewrite(people, lambda text: text.replace("ann,3.jpg", "ann,9.jpg"))
    assert "people/ann/9.jpg: the photo is missing" in people.fails(HEADS)


def test_a_box_outside_its_photo_is_named(people):
    people.edit(lambda c: c["album"].update(box=[100, 8, 48, 48]))
    output = people.fails(HEADS)
    assert "album/index.csv, line 2: the head box x 100–148, y 8–56 lies wholly outside" in output
    assert "64 wide and 64 high" in output


def test_a_box_without_area_is_said_before_anything_runs(people):
    people.edit(lambda c: c["album"].update(box=[8, 8, 0, 48]))
    assert "config: album.box: found [8, 8, 0, 48], expected" in people.fails(HEADS)
    assert not (people.folder / "results").exists()


def test_an_identity_in_one_split_only_is_named(people):
    def without_a_split(text: str) -> str:
        lines = text.splitlines(keepends=True)
        return "".join(n for n in lines if not (n.startswith("ann") and n.endswith(",1\n")))

    rewrite(people, without_a_split)
    output = people.fails(HEADS)
    assert "identity ann has 2 heads in split 0 and none in split 1" in output


def test_fewer_than_two_identities_are_said(people):
    shutil.rmtree(people.folder / "people/ben")
    said = people.fails(HEADS)
    assert "found 1 identities to recognise, in val and test; expected at least two" in said


def test_a_root_that_is_not_there_is_named(people):
    people.edit(lambda c: c["album"].update(root="nobody"))
    assert "album root nobody: no such folder" in people.fails(HEADS)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda c: c["user_strategies"]["gaman"].update(epsilonn=3),
            "config: user_strategies.gaman: unknown key 'epsilonn'; did you mean 'epsilon'?",
        ),
        (
            lambda c: c["user_strategies"]["gaman"].update(epsilon=-3),
            "config: user_strategies.gaman.epsilon: found -3, expected more than 0",
        ),
        (
            lambda c: c["user_strategies"]["gaman"].update(method="gamann"),
            "config: user_strategies.gaman: unknown method 'gamann'; did you mean 'gaman'?",
        ),
        (
            lambda c: c["user_strategies"]["gaman"].update(against="large"),
            "config: user_strategies.gaman: unknown recogniser 'large'",
        ),
        (
            lambda c: c.update(recogniser_strategies={"blur": {"process": "X5"}}),
            "config: recogniser_strategies.blur.process: unknown processing 'X5'",
        ),
        (
            lambda c: c["games"]["table4"]["user"].append("gamam"),
            "config: games.table4.user: unknown user strategy 'gamam'; did you mean 'gaman'?",
        ),
    ],
    ids=["key", "epsilon", "method", "recogniser", "process", "strategy"],
)
def test_a_wrong_config_is_said_before_anything_runs(make_workflow, change, sentence):
    workflow = make_workflow()
    workflow.edit(change)
    assert sentence in workflow.fails()
    assert not (workflow.folder / "results").exists()


def test_a_truncated_artifact_is_named_with_the_way_to_rebuild_it(study):
    shard = study.folder / "results/smoke/perturbations/gaman/000000-000006.h5"
    shard.write_bytes(shard.read_bytes()[:1000])
    output = study.fails("--force", "results/smoke/cells/gaman/blur.h5")
    name = "results/smoke/perturbations/gaman/000000-000006.h5"
    assert f"error: cell gaman blur: {name}: not a whole HDF5 artifact" in output
    rebuild = f"snakemake --cores 1 --configfile configs/smoke.yaml --force {name}"
    assert len(re.findall(f"; rebuild it alone with: .*{rebuild}\n", output)) >= 1


@pytest.mark.parametrize(("cores", "retries"), [(1, 0), (2, 1)])
def test_independent_work_goes_on_and_the_next_run_mends(study, finished, cores, retries):
    shard = study.folder / "results/smoke/perturbations/gaman/000000-000006.h5"
    content = shard.read_bytes()
    shard.write_bytes(content[:1000])
    gaman, none = (
        [f"results/smoke/cells/{user}/{name}.h5" for name in ("blur", "proc")]
        for user in ("gaman", "none")
    )
    for target in (*gaman, *none):
        (study.folder / target).unlink()
    output = study.fails("--keep-going", "--retries", str(retries), *gaman, *none, cores=cores)
    # Both who read it say so, and neither is in the way of others.
    assert set(re.findall("error: (cell .*): results.*not a whole HDF5", output)) == {
        "cell gaman blur",
        "cell gaman proc",
    }
    assert not any((study.folder / target).exists() for target in gaman)
    assert all((study.folder / target).exists() for target in none)
    study.run(*gaman)
    found, expected = study.datasets("cells/gaman"), finished.datasets("cells/gaman")
    assert found.keys() == expected.keys()
    assert all((found[name] == expected[name]).all() for name in expected)
