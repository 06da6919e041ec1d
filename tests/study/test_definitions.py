"""What a config says of recognisers that know, families, tables and short forms."""

import copy
from pathlib import Path

import pytest
import yaml

from aip.errors import BadInput
from aip.study.fingerprints import Study

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
CONFIG = {
    "study": "tiny",
    "album": {"source": "synthetic", "val_identities": 5, "heads_per_identity": 7},
    "recognisers": {
        "small": {"arch": "resnet18", "input_size": 64},
        "face": {"arch": "mobilefacenet"},
        "retaught": {"base": "small", "knows": ["gaman-small", "blur"]},
        "tuned": {"base": "small", "knows": ["gaman-small"], "learns": "net"},
    },
    "user_strategies": {
        "blur": {"method": "blur"},
        "gaman": {"method": "gaman", "against": {"each": ["small", "face"]}, "steps": 7},
        "both": {"method": "gaman", "against": ["small", "face"]},
        "after": {"method": "gaman", "against": "retaught"},
    },
    "recogniser_strategies": {
        "proc": {"recogniser": {"each": ["small", "face", "retaught"]}, "process": "OB_1"},
        "one": {"recogniser": "small", "process": "O1"},
    },
    "games": {"g": {"user": ["gaman", "both"], "recogniser": ["proc"]}},
    "tables": {
        "methods": {"user": ["gaman"], "recogniser": ["proc-small", "proc-face"]},
        "transfer": {"user": ["gaman-small", "blur"], "recogniser": ["proc"]},
    },
}


@pytest.fixture
def study(tmp_path):
    def make(**changed) -> Study:
        config = copy.deepcopy(CONFIG)
        for key, value in changed.items():
            *path, last = key.split("__")
            place = config
            for part in path:
                place = place.setdefault(part, {})
            place[last] = value
        return Study(config, SCHEMA, ROOT / "workflow/scripts", tmp_path / "cache")

    return make


def test_a_family_has_a_member_for_each_recogniser(study):
    found = study()
    assert set(found.user_strategies) == {"blur", "gaman-small", "gaman-face", "both", "after"}
    assert found.user_strategies["gaman-face"]["against"] == ["face"]
    assert found.user_strategies["gaman-face"]["steps"] == 7
    assert found.user_strategies["both"]["against"] == ["small", "face"]
    assert set(found.recogniser_strategies) == {"proc-small", "proc-face", "proc-retaught", "one"}
    assert found.recogniser_strategies["proc-face"] == {
        "recogniser": "face",
        "process": [("O", 1), ("B", 1)],
    }
    assert found.games["g"] == {
        "user": ["gaman-small", "gaman-face", "both"],
        "recogniser": ["proc-small", "proc-face", "proc-retaught"],
        "outside": [],
        "rank": 1,
        "folds": None,
        "against": {"processings": 1, "nets": 2, "learnt": 1},
        "charge": None,
    }


def test_a_family_outside_a_game_stands_for_its_members(study):
    found = study(games__g={"user": ["both"], "recogniser": ["one"], "outside": ["proc"]}).games
    assert found["g"]["outside"] == ["proc-small", "proc-face", "proc-retaught"]


def test_a_net_that_was_trained_further_is_one_more_net(study):
    tuned = {"recogniser": "tuned", "process": "O1"}
    played = {"user": ["both"], "recogniser": ["proc", "tuned"]}
    found = study(recogniser_strategies__tuned=tuned, games__g=played).games["g"]
    assert found["against"] == {"processings": 2, "nets": 3, "learnt": 2}


def test_a_family_in_a_table_plays_its_member_against_each_column(study):
    tables = study().tables
    assert tables["methods"]["cells"] == [["gaman-small", "gaman-face"]]
    assert tables["transfer"]["cells"] == [["gaman-small"] * 3, ["blur"] * 3]
    assert tables["transfer"]["recogniser"] == ["proc-small", "proc-face", "proc-retaught"]


def test_a_recogniser_that_knows_has_its_bases_net_or_one_of_its_own(study):
    found = study()
    assert [found.net_owner(name) for name in ("small", "retaught", "tuned")] == [
        "small",
        "small",
        "tuned",
    ]
    assert found.recogniser("retaught")["arch"] == "resnet18"
    assert found.recogniser("tuned")["input_size"] == [64, 64]
    assert found.recogniser("face")["input_size"] == [112, 96]
    assert found.known("retaught") == ["gaman-small", "blur"]
    assert found.net_made("retaught")["fingerprint"] == found.net_made("small")["fingerprint"]
    assert found.net_made("tuned")["fingerprint"] != found.net_made("small")["fingerprint"]


def test_what_a_recogniser_learns_from_changes_it_and_what_perturbs_against_it(study):
    before, after = study(), study(user_strategies__blur__sigma=0.3)
    assert (
        before.recogniser_made("retaught", "0-1")["fingerprint"]
        != after.recogniser_made("retaught", "0-1")["fingerprint"]
    )
    assert (
        before.user_made("after", "0-1")["fingerprint"]
        != after.user_made("after", "0-1")["fingerprint"]
    )
    assert (
        before.recogniser_made("tuned", "0-1")["fingerprint"]
        == after.recogniser_made("tuned", "0-1")["fingerprint"]
    )
    assert (
        before.user_made("both", "0-1")["fingerprint"]
        == after.user_made("both", "0-1")["fingerprint"]
    )


def test_another_classifier_is_taught_on_the_same_net_and_features(study):
    before, after = study(), study(recognisers__small__classifier="cosine")
    assert "classifier" not in before.recogniser("small")
    assert after.recogniser("retaught")["classifier"] == "cosine"
    for name in ("small", "tuned"):  # the heads that tune a net attack the classifier
        for made in ("net_made", "features_made", "train_features_made"):
            one, other = (getattr(each, made)(name)["fingerprint"] for each in (before, after))
            assert (one == other) is (name == "small")
    for made, arguments in (
        ("recogniser_made", ("small", "0-1")),
        ("teacher_made", ("small",)),
        ("user_made", ("gaman-small", "0-1")),
        ("cell_made", ("blur", "one")),
    ):
        one, other = (getattr(each, made)(*arguments)["fingerprint"] for each in (before, after))
        assert one != other
    default = study(recognisers__small__classifier="svm").cell_made("blur", "one")
    assert default == before.cell_made("blur", "one")


def test_a_sheet_shows_whom_its_strategy_is_against_or_one_that_knows_none(study):
    found = study()
    assert [found.seen_by(user) for user in ("both", "after")] == ["small", "retaught"]
    assert "base" not in CONFIG["recognisers"][found.seen_by("blur")]


def test_tuning_settings_are_those_of_the_base_unless_given(study):
    found = study(
        recognisers__small__training={"epochs": 9, "batch_size": 8},
        recognisers__tuned__training={"epochs": "2"},  # as the command line gives it
    )
    training = found.recogniser("tuned")["training"]
    assert (training["epochs"], training["batch_size"]) == (2, 8)


def test_training_has_the_keys_of_its_schedule(study):
    keys = {"drop_every", "drop_by"}
    cycle = study().recogniser("small")["training"]
    assert cycle["schedule"] == "one-cycle"
    assert not keys & set(cycle)
    steps = study(recognisers__small__training={"schedule": "step", "drop_every": 7})
    training = steps.recogniser("small")["training"]
    assert (training["drop_every"], training["drop_by"]) == (7, 0.1)


def test_tuning_may_have_another_schedule_than_the_base(study):
    stepwise = {"schedule": "step", "drop_every": 7, "drop_by": 0.5}
    tuned = study(
        recognisers__small__training=stepwise, recognisers__tuned__training={"drop_every": 3}
    ).recogniser("tuned")["training"]
    assert (tuned["schedule"], tuned["drop_every"], tuned["drop_by"]) == ("step", 3, 0.5)
    back = study(
        recognisers__small__training=stepwise,
        recognisers__tuned__training={"schedule": "one-cycle"},
    ).recogniser("tuned")["training"]
    assert not {"drop_every", "drop_by"} & set(back)
    there = study(recognisers__tuned__training={"schedule": "step"}).recogniser("tuned")["training"]
    assert (there["drop_every"], there["drop_by"]) == (50, 0.1)


def test_shards_of_what_recognisers_learn_from(study):
    found = study(attacked={"shard_size": 12, "heads": 3})
    assert [s[1:] for s in found.shards("attacked").values()] == [(0, 3)]
    assert [s[1:] for s in found.shards("enrolled").values()] == [(0, 12), (12, 20)]
    assert list(found.shards("train").values())[-1][1:] == (1392, 1400)


def test_the_authors_short_form_is_read_as_they_mean_it(study):
    found = study(
        user_strategies__blur={"method": "gaman", "against": "small", "i_conf": "0.5_100_1000"}
    )
    strategy = found.user_strategies["blur"]
    assert "i_conf" not in strategy
    assert (strategy["step_size"], strategy["steps"], strategy["epsilon"]) == (0.5, 100, 1000)
    assert strategy["step_rule"] == "paper"


def test_paths_may_hold_environment_variables(study, monkeypatch):
    monkeypatch.setenv("WEIGHTS_FOLDER", "/some/where")
    found = study(recognisers__face__weights="$WEIGHTS_FOLDER/face.pt")
    assert found.recogniser("face")["weights"] == "/some/where/face.pt"
    monkeypatch.delenv("WEIGHTS_FOLDER")
    with pytest.raises(BadInput, match="variable WEIGHTS_FOLDER is not set"):
        study(recognisers__face__weights="$WEIGHTS_FOLDER/face.pt")


CAFFE = {"arch": "caffe:googlenet", "mean": "$MEANS/mean.npy", "weights": "$MEANS/net.caffemodel"}


def test_only_nets_of_caffes_have_a_mean_and_its_content_counts(study, monkeypatch, tmp_path):
    monkeypatch.setenv("MEANS", str(tmp_path))
    (tmp_path / "net.caffemodel").write_bytes(b"weights")
    (tmp_path / "mean.npy").write_bytes(b"mean")
    found = study(recognisers__authors=CAFFE)
    assert found.recogniser("authors")["mean"] == str(tmp_path / "mean.npy")
    without = study(recognisers__authors={**CAFFE, "mean": None}).recogniser("authors")
    assert without["mean"] is None
    assert "mean" not in found.recogniser("small").keys() | found.recogniser("tuned").keys()
    knowing = study(
        recognisers__tuned={"base": "authors", "knows": ["blur"]}, recognisers__authors=CAFFE
    )
    assert knowing.recogniser("tuned")["mean"] == str(tmp_path / "mean.npy")
    before = {name: found.net_made(name)["fingerprint"] for name in ("small", "authors")}
    for file in ("mean.npy", "net.caffemodel"):
        (tmp_path / file).write_bytes(b"another")
        after = study(recognisers__authors=CAFFE)
        assert after.net_made("small")["fingerprint"] == before["small"]
        assert after.net_made("authors")["fingerprint"] != before["authors"]
        before["authors"] = after.net_made("authors")["fingerprint"]
    (tmp_path / "mean.npy").unlink()
    with pytest.raises(BadInput, match=r"recognisers\.authors\.mean: no such file: .*/mean\.npy"):
        study(recognisers__authors=CAFFE).net_made("authors")["fingerprint"]
    monkeypatch.delenv("MEANS")
    with pytest.raises(BadInput, match=r"authors\.mean: .* variable MEANS is not set"):
        study(recognisers__authors={**CAFFE, "weights": None})


GAMAN = {"method": "gaman", "against": "small"}


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("recognisers__small", {}, "recognisers.small: the key 'arch' is missing, or a 'base'"),
        ("recognisers__small__knows", ["blur"], "the key 'knows' has no meaning without a 'base'"),
        ("recognisers__tuned__arch", "vgg16", "the key 'arch' is that of its base, small"),
        ("recognisers__tuned__mean", "m.npy", "the key 'mean' is that of its base, small"),
        ("recognisers__small__mean", "m.npy", "the key 'mean' has no meaning for resnet18; only"),
        ("recognisers__tuned__base", "smal", "unknown recogniser 'smal'; did you mean 'small'"),
        ("recognisers__tuned__base", "retaught", "tuned.base: retaught has a base itself"),
        ("recognisers__tuned", {"base": "small"}, "the key 'knows' is missing"),
        ("recognisers__tuned__knows", ["gamn"], "unknown user strategy 'gamn'"),
        ("recognisers__tuned__learns", "all", "found 'all', expected one of svm, net"),
        ("recognisers__retaught__training", {"epochs": 1}, "'training' has no meaning where only"),
        (
            "recognisers__small__training",
            {"drop_every": 5},
            "small.training: the key 'drop_every' has no meaning without 'schedule: step'",
        ),
        (
            "recognisers__tuned__training",
            {"drop_by": 0.5},
            "tuned.training: the key 'drop_by' has no meaning without 'schedule: step'",
        ),
        (
            "recognisers__small__training",
            {"schedule": "step", "drop_by": 1},
            "training.drop_by: found 1, expected less than 1",
        ),
        (
            "recognisers__small__training",
            {"schedule": "steps"},
            "training.schedule: found 'steps', expected one of one-cycle, step",
        ),
        ("recognisers__retaught__knows", ["after"], "retaught → retaught"),
        ("user_strategies__gaman__against", {"each": []}, "expected {each: [recognisers]}"),
        ("user_strategies__gaman__against", {"every": ["small"]}, "expected {each: [recognisers]}"),
        ("user_strategies__gaman__against", {"each": ["face", "face"]}, "'face' is there twice"),
        ("user_strategies__gaman__against", {"each": [3]}, "found 3, expected a recogniser's name"),
        ("user_strategies__gaman-face", GAMAN, "the name 'gaman-face' is taken twice"),
        ("user_strategies__both__against", ["small", "smal"], "unknown recogniser 'smal'"),
        ("user_strategies__both__against", ["small", "small"], "against: 'small' is there twice"),
        ("user_strategies__both__against", [], "against: found [], expected string or array"),
        ("games__g__user", ["gaman", "gaman-face"], "games.g.user: 'gaman-face' is there twice"),
        ("tables__methods__user", ["gamn"], "tables.methods.user: unknown user strategy 'gamn'"),
        ("tables__methods__recogniser", ["two"], "unknown recogniser strategy 'two'"),
        (
            "tables__methods__recogniser",
            ["proc"],
            "the family 'gaman' has no member against retaught, which answers in column",
        ),
        ("user_strategies__both__i_conf", 11001000, "i_conf: found 11001000, expected string"),
        ("user_strategies__both__i_conf", "1_100", "found '1_100', expected step size, steps and"),
        ("user_strategies__both__i_conf", "1_0_5", "each above 0"),
        ("user_strategies__both__i_conf", "1_100001_5", "steps: found 100001, expected at most 1"),
        ("user_strategies__both__i_conf", "1_1_1000001", "epsilon: found 1e+06, expected at mo"),
        (
            "user_strategies__both",
            {**GAMAN, "i_conf": "1_100_1000", "steps": 3},
            "the key 'steps' is given twice, once in i_conf",
        ),
        ("recognisers__face__input_size", 112, "mobilefacenet: found 112, expected [112, 96]"),
        (
            "recognisers__small__arch",
            "caffe:vgg16",
            "input_size of caffe:vgg16: found 64, expected [224, 224], the only one",
        ),
        ("user_strategies__blur__target", "Ada", "the key 'target' has no meaning for blur"),
        (
            "user_strategies__both",
            {**GAMAN, "against": "small", "ensemble": "balanced"},
            "both.ensemble: found one recogniser in against, expected several",
        ),
        (
            "user_strategies__both",
            {"method": "deepfool", "against": ["small", "face"], "ensemble": "balanced"},
            "the key 'ensemble' has no meaning for deepfool",
        ),
    ],
)
def test_definitions_that_do_not_agree_are_named(study, key, value, sentence):
    with pytest.raises(BadInput) as caught:
        study(**{key: value})
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("config: ")


def test_the_mean_over_nets_is_what_it_is_without_the_key(study):
    two = {**GAMAN, "against": ["small", "face"]}
    plain, mean, balanced = (
        study(user_strategies__both={**two, **more}).user_strategies["both"]
        for more in ({}, {"ensemble": "mean"}, {"ensemble": "balanced"})
    )
    assert mean == plain
    assert balanced == {**plain, "ensemble": "balanced"}


AUTHORS = {
    "source": "authors",
    "arch": "caffe:googlenet",
    "weights": "nugu_train/g/_iter_1.caffemodel",
    "svm": "nugu_svm/g/model0",
}


def test_the_authors_recogniser_is_as_they_released_it(study):
    album = {"source": "authors"}
    found = study(album=album, recognisers__g=AUTHORS)
    assert found.recogniser("g")["training"]["epochs"] == 0
    assert found.recogniser("g")["svm"] == "nugu_svm/g/model0"
    assert found.is_released("g", "net")
    assert found.is_released("g", "svm")
    assert not found.is_released("small", "net")
    retaught = {"base": "g", "knows": ["blur"]}
    knowing = study(album=album, recognisers__g=AUTHORS, recognisers__k=retaught)
    assert "svm" not in knowing.recogniser("k")
    assert knowing.recogniser("k")["weights"] == AUTHORS["weights"]
    assert not knowing.is_released("k", "net")
    assert not knowing.is_released("k", "svm")
    # No head teaches the net, so it is the same whatever the album.
    others = study(album={"source": "pipa"}, recognisers__g=AUTHORS)
    assert others.net_made("g")["fingerprint"] == found.net_made("g")["fingerprint"]
    for whole in (
        lambda s: s.features_made("g")["fingerprint"],
        lambda s: s.teacher_made("g")["fingerprint"],
    ):
        assert whole(others) != whole(found)
    assert (
        others.recogniser_made("g", "0-1")["fingerprint"]
        != found.recogniser_made("g", "0-1")["fingerprint"]
    )


def test_the_release_counts_where_something_comes_from_it_and_nowhere_else(study, tmp_path):
    assert not study().needs_release
    archive = tmp_path / "data.tar.gz"
    archive.write_bytes(b"one")
    authors = {"archive": str(archive)}
    one = study(album={"source": "pipa"}, recognisers__g=AUTHORS, authors=authors)
    before = {name: one.net_made(name)["fingerprint"] for name in ("g", "small")}
    assert one.needs_release
    assert one.release.archive == str(archive)
    archive.write_bytes(b"another")
    two = study(album={"source": "pipa"}, recognisers__g=AUTHORS, authors=authors)
    assert two.net_made("g")["fingerprint"] != before["g"]
    assert two.net_made("small")["fingerprint"] == before["small"]
    album = study(album={"source": "authors"}, authors=authors).album_made["fingerprint"]
    archive.write_bytes(b"a third")
    assert study(album={"source": "authors"}, authors=authors).album_made["fingerprint"] != album


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"recognisers__g": AUTHORS | {"arch": "googlenet"}}, "'googlenet', expected a net of Caf"),
        ({"recognisers__g": AUTHORS | {"weights": None}}, "the key 'weights' is missing"),
        ({"recognisers__g": AUTHORS | {"svm": "../model0"}}, r"svm: found '\.\./model0', expected"),
        ({"recognisers__g": AUTHORS | {"mean": "m.npy"}}, "'mean' has no meaning for a net of the"),
        ({"recognisers__g": AUTHORS | {"training": {}}}, "'training' has no meaning for a net of"),
        ({"recognisers__g": AUTHORS | {"weights": "/w.caffemodel"}}, "expected a path in the rel"),
        ({"album": CONFIG["album"]}, "expected album.source pipa or authors, found synthetic"),
        ({"attacked": {"direction": "both"}}, "expected attacked.direction 0-1, found both"),
        ({"attacked": {"direction": "1-0"}}, "expected attacked.direction 0-1, found 1-0"),
        ({"recognisers__small__svm": "model0"}, "'svm' has no meaning without 'source: authors'"),
        (
            {"recognisers__g": AUTHORS | {"classifier": "cosine"}},
            r"g\.classifier: found cosine, expected svm, as the key 'svm' names an SVM of the auth",
        ),
    ],
)
def test_a_wrong_recogniser_of_the_authors_is_refused(study, changed, said):
    with pytest.raises(BadInput, match=said):
        study(**({"album": {"source": "authors"}, "recognisers__g": AUTHORS} | changed))


def test_a_release_that_is_not_there_is_named(study):
    with pytest.raises(BadInput, match=r"authors\.archive: no such file or folder: no/data"):
        study(album={"source": "authors"}, authors={"archive": "no/data.tar.gz"})


def test_studies_share_the_release_if_it_is_the_same(study, tmp_path):
    archive = tmp_path / "data.tar.gz"
    archive.write_bytes(b"one")
    asked = {"album": {"source": "authors"}, "authors": {"archive": str(archive)}}
    one, other = study(**asked), study(**asked, seed=7, recognisers__g=AUTHORS)
    assert one.release.card == other.release.card
    assert one.release_made["fingerprint"] == other.release_made["fingerprint"]
    checked = study(**asked | {"authors": {"archive": str(archive), "sha256": "0" * 64}})
    assert checked.album_made["fingerprint"] == one.album_made["fingerprint"]
    archive.write_bytes(b"another")
    assert study(**asked).release.card != one.release.card


def test_a_strategy_is_at_native_size_unless_it_steps_as_the_authors_do(study):
    def at(**more):
        return study(user_strategies__one={"method": "gaman", "against": "small", **more})

    found = {
        key: at(**more).user_strategies["one"]["at"]
        for key, more in {
            "default": {},
            "input": {"at": "input"},
            "i_conf": {"i_conf": "1_100_1000"},
            "paper": {"step_rule": "paper"},
            "relative": {"i_conf": "1_100_1000", "step_rule": "relative"},
        }.items()
    }
    assert found == {
        "default": "native",
        "input": "input",
        "i_conf": "input",
        "paper": "input",
        "relative": "native",
    }
    assert "at" not in study().user_strategies["blur"]
    for more in ({"step_rule": "paper"}, {"i_conf": "1_100_1000"}):
        with pytest.raises(BadInput, match=r"one.at: found native, expected input, where the auth"):
            at(at="native", **more)
    with pytest.raises(BadInput, match="the key 'at' has no meaning for blur"):
        study(user_strategies__blur__at="input")
