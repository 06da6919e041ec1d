"""What a column enrols and looks at: what a config may ask for, and what it changes."""

import pytest

from aip.errors import BadInput
from aip.study.artifacts import made

SCRAPER = {"recogniser": "small", "process": "B5", "enrols": "published"}


def test_a_column_that_enrols_clean_heads_is_as_it_was(growing):
    said = {"recogniser": "small", "process": "B5", "enrols": "clean", "probe": "published"}
    plain, same = growing(), growing(recogniser_strategies__blur=said)
    assert same.recogniser_strategies["blur"] == {"recogniser": "small", "process": [("B", 5)]}
    assert plain.cell_made("gaman", "blur") == same.cell_made("gaman", "blur")
    assert plain.games == same.games
    assert not plain.enrols_published


def test_a_column_that_enrols_published_heads_has_a_classifier_for_each_user(growing):
    plain, found = growing(), growing(recogniser_strategies__blur=SCRAPER)
    for same in ("proc", "crop"):
        assert plain.cell_made("gaman", same) == found.cell_made("gaman", same)
    of = {user: found.enrolled_made("small", user, "published", "0-1") for user in ("ga", "gaman")}
    assert of["ga"]["fingerprint"] != of["gaman"]["fingerprint"]
    both = found.enrolled_made("small", "ga", "both", "0-1")
    assert both["fingerprint"] != of["ga"]["fingerprint"]
    other = growing(recogniser_strategies__blur=SCRAPER, user_strategies__ga__steps=3)
    for user in ("ga", "gaman"):
        changed = other.cell_made(user, "blur") != found.cell_made(user, "blur")
        assert changed is (user == "ga")
        assert (other.impostors_made(user, "blur") != found.impostors_made(user, "blur")) is changed
    folder = ("recognisers", "small", "enrolled", "ga")
    assert made(found, (*folder, "svm-published.h5")) == of["ga"]
    assert made(found, (*folder, "card-reverse-both.json")) == found.enrolled_made(
        "small", "ga", "both", "1-0"
    )
    assert made(found, (*folder, "svm-clean.h5")) is None
    assert made(found, (*folder, "features.h5")) == found.enrolled_features_made("small", "ga")
    assert made(found, ("impostors", "blur", "ga.h5")) == found.impostors_made("ga", "blur")
    assert made(found, ("impostors", "blur.h5")) is None
    shard = next(iter(found.shards("enrolled")))
    lesson = found.lesson_made("ga", "enrolled", "0-1")
    assert made(found, ("lessons", "ga", "enrolled", f"{shard}.h5")) == lesson
    assert made(plain, ("lessons", "ga", "enrolled", f"{shard}.h5")) is None


def test_a_game_says_what_else_is_enrolled(growing):
    found = growing(recogniser_strategies__blur=SCRAPER)
    assert found.games["start"]["against"]["enrolled"] == ["published"]
    assert "enrolled" not in growing().games["start"]["against"]


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (
            {"recogniser": "small", "process": "B5", "probe": "clean"},
            "config: recogniser_strategies.blur.probe: found clean, expected published where clean "
            "heads are enrolled",
        ),
        (
            {**SCRAPER, "recogniser": "knowing"},
            "config: recogniser_strategies.blur.enrols: found published, expected clean, since the "
            "recogniser 'knowing' has enrolled what it knows",
        ),
        (
            {**SCRAPER, "enrols": "stolen"},
            "config: recogniser_strategies.blur.enrols: found 'stolen', expected one of clean, pub",
        ),
    ],
)
def test_what_a_column_cannot_enrol_is_named(growing, column, sentence):
    with pytest.raises(BadInput) as caught:
        growing(recogniser_strategies__blur=column)
    assert str(caught.value).startswith(sentence)
