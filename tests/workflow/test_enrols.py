"""A whole run in which some columns enrol what the user publishes."""

import h5py
import numpy as np
import pytest

STUDY = """
study: smoke
album: {train_identities: 3, val_identities: 3, heads_per_identity: 4}
head_size: [32, 32]
recognisers:
  small: {arch: mobilefacenet, input_size: null, classifier: cosine, training: {epochs: 0}}
user_strategies:
  gaman: {steps: 2}
recogniser_strategies:
  passport: {recogniser: small, process: N2}
  scraper: {recogniser: small, process: N2, enrols: published}
  street: {recogniser: small, process: N2, enrols: published, probe: clean}
  everything: {recogniser: small, process: N2, enrols: both}
games:
  table4:
    user: [none, gaman]
    recogniser: [passport, scraper, street, everything]
    payoff: {measure: verify, fmr: 0.2}
    folds: 2
"""
COLUMNS = ("passport", "scraper", "street", "everything")


@pytest.fixture(scope="module")
def scraping(make_workflow):
    workflow = make_workflow("configs/scraping.yaml")
    (workflow.folder / workflow.configfile).write_text(STUDY)
    workflow.run()
    return workflow


@pytest.fixture(scope="module")
def results(scraping):
    return scraping.folder / "results/smoke"


def column(path, name):
    with h5py.File(path) as file:
        return file[name][()]


def cosines(probes, entries):
    probes, entries = (
        each.astype(np.float64) / np.linalg.norm(each.astype(np.float64), axis=1, keepdims=True)
        for each in (probes, entries)
    )
    return probes @ entries.T


def test_who_changes_nothing_is_seen_alike_whatever_is_enrolled(results):
    clean, *others = (column(results / f"cells/none/{name}.h5", "scores") for name in COLUMNS)
    # A net rounds differently for a head in another batch.
    for each in others:
        assert each == pytest.approx(clean, abs=1e-4)
    impostors = column(results / "impostors/passport.h5", "scores")
    for name in COLUMNS[1:]:
        found = column(results / f"impostors/{name}/none.h5", "scores")
        assert found == pytest.approx(impostors, abs=1e-4)


def test_a_gallery_holds_the_published_heads_or_both(results):
    folder = results / "recognisers/small/enrolled/gaman"
    with h5py.File(folder / "features.h5") as file:
        features, split, clean = (file[key][()] for key in ("features", "split", "clean"))
        identity = file["identity"].asstr()[()]
    lessons = column(results / "lessons/gaman/enrolled/000000-000005.h5", "id")
    assert (~clean).sum() == len(lessons) == 6
    for name, taught in (("published", ~clean), ("both", (split == 0))):
        expected = cosines(features[taught], features[taught])
        entries = column(folder / f"svm-{name}.h5", "entries")
        order = np.argsort(identity[taught], kind="stable")
        assert entries @ entries.T == pytest.approx(expected[np.ix_(order, order)], abs=1e-5)
    assert len(column(folder / "svm-both.h5", "entries")) == 12


def test_a_street_camera_sees_clean_heads_beside_a_scraped_gallery(results):
    scores = {name: column(results / f"cells/gaman/{name}.h5", "scores") for name in COLUMNS}
    assert len({each.tobytes() for each in scores.values()}) == 4
    assert (scores["everything"] >= scores["scraper"] - 1e-6).all()  # it has all that one has
    assert (scores["everything"] >= scores["passport"] - 1e-6).all()
    published = column(results / "perturbations/gaman/000000-000005.h5", "id")
    assert np.array_equal(column(results / "cells/gaman/street.h5", "id"), published)


def test_the_user_perturbs_the_enrolled_heads_against_a_gallery_of_clean_ones(results):
    assert not (results / "lessons/gaman/train").exists()
    files = {path.name for path in (results / "recognisers/small/enrolled").rglob("*.h5")}
    assert files == {"features.h5", "svm-published.h5", "svm-both.h5"}
    said = (results / "games/table4/table.md").read_text()
    assert "1 net, no adversarially trained recogniser, enrolment of clean heads and of wh" in said


def test_another_user_strategy_makes_what_follows_from_it_alone(scraping):
    assert scraping.plan() == set()
    path = scraping.folder / scraping.configfile
    try:
        scraping.edit(lambda c: c["user_strategies"]["gaman"].update(epsilon=500))
        planned = scraping.plan()
        assert {name for name in planned if not name.startswith(("games", "report", "costs"))} == {
            *(f"perturbations/gaman/000000-000005.{kind}" for kind in ("h5", "json")),
            *(f"lessons/gaman/enrolled/000000-000005.{kind}" for kind in ("h5", "json")),
            "recognisers/small/enrolled/gaman/features.h5",
            *(f"recognisers/small/enrolled/gaman/svm-{e}.h5" for e in ("published", "both")),
            *(f"recognisers/small/enrolled/gaman/card-{e}.json" for e in ("published", "both")),
            *(f"cells/gaman/{name}.h5" for name in COLUMNS),
            *(f"impostors/{name}/gaman.h5" for name in COLUMNS[1:]),
        }
        scraping.edit(lambda c: c["recogniser_strategies"]["street"].update(probe="published"))
        scraping.edit(lambda c: c["user_strategies"]["gaman"].pop("epsilon"))
        planned = scraping.plan()
        assert {name for name in planned if not name.startswith(("games", "report", "costs"))} == {
            *(f"cells/{user}/street.h5" for user in ("none", "gaman")),
            *(f"impostors/street/{user}.h5" for user in ("none", "gaman")),
        }
    finally:
        path.write_text(STUDY)
