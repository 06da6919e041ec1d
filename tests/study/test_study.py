import copy
import io
import re
import shutil
import tokenize
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from aip.errors import BadInput
from aip.store.digest import digest
from aip.study import code
from aip.study.fingerprints import Study

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
USER_KEYS = SCHEMA["properties"]["user_strategies"]["additionalProperties"]["properties"]
SCRIPTS = ROOT / "workflow/scripts"


def attack(method, robust_to="O1", against="small", epsilon=1000):
    return {"method": method, "robust_to": robust_to, "against": against, "epsilon": epsilon}


CONFIG = {
    "study": "tiny",
    "album": {"source": "synthetic", "val_identities": 5, "heads_per_identity": 7},
    "recognisers": {"small": {"arch": "resnet18"}, "wide": {"arch": "googlenet"}},
    "user_strategies": {
        "none": {"method": "none"},
        "gaman": attack("gaman"),
        "gaman-B": attack("gaman", "O1_B1"),
        "gaman-T": attack("gaman", ["T1"], "wide"),
        "ga-B": attack("ga", "B2"),
        "bi": attack("bi"),
    },
    "recogniser_strategies": {
        "proc": {"recogniser": "small", "process": "O1"},
        "blur": {"recogniser": "small", "process": "B5"},
        "wide-TB": {"recogniser": "wide", "process": ["T5", "B5"]},
    },
    "games": {
        "large": {"user": ["none", "gaman", "gaman-B"], "recogniser": ["proc", "blur"]},
        "other": {"user": ["ga-B", "bi"], "recogniser": ["wide-TB", "proc"]},
    },
}


@pytest.fixture
def study(tmp_path):
    def make(scripts=SCRIPTS, config=CONFIG, **changed) -> Study:
        """Make a study with keys changed, such as user_strategies__gaman__epsilon."""
        config = copy.deepcopy(config)
        for key, value in changed.items():
            *path, last = key.split("__")
            place = config
            for part in path:
                place = place.setdefault(part, {})
            place[last] = value
        return Study(config, SCHEMA, scripts, tmp_path / "cache")

    return make


def prints(study: Study) -> dict[tuple[str, ...], str]:
    return {
        ("album",): study.album_made["fingerprint"],
        ("heads",): study.heads_made["fingerprint"],
        **{("net", r): study.net_made(r)["fingerprint"] for r in study.recognisers},
        **{
            ("recogniser", r): study.recogniser_made(r, "0-1")["fingerprint"]
            for r in study.recognisers
        },
        **{("curve", r): study.curve_made(r)["fingerprint"] for r in study.recognisers},
        **{("user", u): study.user_made(u, "0-1")["fingerprint"] for u in study.user_strategies},
        **{("sheet", u): study.sheet_made(u)["fingerprint"] for u in study.user_strategies},
        **{
            ("cell", u, r): study.cell_made(u, r)["fingerprint"]
            for u in study.user_strategies
            for r in study.recogniser_strategies
        },
        **{("game", g): study.payoff_made(g)["fingerprint"] for g in study.games},
    }


def changed(before: dict[tuple[str, ...], str], after: Study) -> set[tuple[str, ...]]:
    new = prints(after)
    return {key for key in before.keys() & new.keys() if before[key] != new[key]}


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> dict[tuple[str, ...], str]:
    """Return the fingerprints of the study as it is above."""
    return prints(Study(CONFIG, SCHEMA, SCRIPTS, tmp_path_factory.mktemp("cache")))


def row(*users: str) -> set[tuple[str, ...]]:
    return {
        key
        for user in users
        for key in (
            ("user", user),
            ("sheet", user),
            *(("cell", user, response) for response in CONFIG["recogniser_strategies"]),
        )
    }


def columns(*responses: str) -> set[tuple[str, ...]]:
    return {("cell", u, r) for u in CONFIG["user_strategies"] for r in responses}


LARGE, OTHER = ("game", "large"), ("game", "other")


def test_the_same_study_has_the_same_fingerprints_and_no_two_things_share_one(study, given):
    assert changed(given, study()) == set()
    assert len(set(given.values())) == len(given)


def test_another_epsilon_changes_its_row_and_the_games_that_hold_it(study, given):
    after = study(**{"user_strategies__gaman-B__epsilon": 500})
    assert changed(given, after) == row("gaman-B") | {LARGE}


@pytest.mark.parametrize(
    ("key", "value"), [("steps", 7), ("step_size", 0.3), ("robust_to", "C1"), ("method", "ga")]
)
def test_another_definition_changes_its_row_and_the_games_that_hold_it(study, key, value, given):
    after = study(**{f"user_strategies__bi__{key}": value})
    assert changed(given, after) == row("bi") | {OTHER}


def test_another_process_changes_its_column_and_the_games_that_hold_it(study, given):
    after = study(recogniser_strategies__blur__process="B4")
    assert changed(given, after) == columns("blur") | {LARGE}


def test_another_recogniser_changes_what_knows_of_it(study, given):
    after = study(recognisers__wide__training__epochs=3)
    about = {(what, "wide") for what in ("net", "recogniser", "curve")}
    assert changed(given, after) == about | row("gaman-T") | columns("wide-TB") | {OTHER}


def test_another_seed_changes_all(study, given):
    assert changed(given, study(seed=2)) == set(given)


def test_another_album_changes_all(study, given):
    assert changed(given, study(album__train_identities=9)) == set(given)


def test_another_size_of_the_heads_changes_all_but_the_album(study, given):
    assert changed(given, study(head_size=[32, 32])) == set(given) - {("album",)}


def test_an_epsilon_that_changes_no_8_bit_value_is_warned_of(study):
    assert study().warnings == []
    small = {"user_strategies__gaman__epsilon": 0.031}
    for known in ({"head_size": [224, 224]}, {"user_strategies__gaman__at": "input"}):
        (warning,) = study(**small, **known).warnings
        said = "config: user_strategies.gaman: epsilon 0.031 changes no 8-bit value"
        assert warning.startswith(said)
    # At native sizes that the config does not say, it depends on the heads.
    assert study(**small, head_size=None).warnings == []


def test_a_photo_that_is_there_twice_is_warned_of(study, tmp_path):
    for number, name in enumerate(("ann/1.png", "ann/2.png", "bob/1.png", "bob/2.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("L", (8, 8), 9 * min(number, 2)).save(tmp_path / name)
    found = study(album={"source": "folder", "root": str(tmp_path), "box": [0, 0, 8, 8]})
    said = "album: the same photo is there more than once, and each counts: "
    assert found.warnings == [f"{said}bob/1.png = bob/2.png"]


def test_renaming_a_game_or_the_study_changes_nothing(study, given):
    games = {"renamed": CONFIG["games"]["large"], "other": CONFIG["games"]["other"]}
    after = study(games=games, study="renamed")
    assert changed(given, after) == set()
    assert (
        after.payoff_made("renamed")["fingerprint"] == study().payoff_made("large")["fingerprint"]
    )


def test_another_row_in_a_game_changes_the_game_alone(study, given):
    after = study(games__large__user=["none", "gaman", "gaman-B", "bi"])
    assert changed(given, after) == {LARGE}
    after = study(games__large__user=["gaman", "none", "gaman-B"])
    assert changed(given, after) == {LARGE}


def stages(study: Study, game: str = "large") -> list[str]:
    made = (study.table_made(game), study.equilibrium_made(game), study.payoff_made(game))
    return [each["fingerprint"] for each in made]


@pytest.mark.parametrize(
    ("key", "value"), [("rank", 2), ("folds", 3), ("outside", ["wide-TB"]), ("outside", ["new"])]
)
def test_what_a_guarantee_is_held_to_changes_the_game_alone(study, given, key, value):
    new = {"recogniser_strategies__new": {"recogniser": "small", "process": "C5"}}
    after = study(**{f"games__large__{key}": value}, **new)
    assert changed(given, after) == {LARGE}
    same = [a == b for a, b in zip(stages(study()), stages(after), strict=True)]
    assert same == [key == "folds", False, False]  # folds change no table


def test_an_outside_column_that_changes_changes_its_cells_and_the_game(study):
    outside = {"games__large__outside": ["wide-TB"]}
    before = prints(study(**outside))
    after = study(**outside, **{"recogniser_strategies__wide-TB__process": "T4"})
    assert changed(before, after) == columns("wide-TB") | {LARGE, OTHER}


def test_a_game_says_against_what_it_is_played(study):
    played = ["proc", "blur", "wide-TB"]
    assert study(games__large__recogniser=played).games["large"]["against"] == {
        "processings": 3,
        "nets": 2,
        "learnt": 0,
    }
    both = {"again": {"recogniser": "wide", "process": "B5"}, **CONFIG["recogniser_strategies"]}
    found = study(recogniser_strategies=both, games__large__recogniser=["again", "blur"])
    assert found.games["large"]["against"] == {"processings": 1, "nets": 2, "learnt": 0}


def test_a_rank_or_folds_of_everybody_are_taken(study):
    found = study(games__large__rank=5, games__large__folds=5).games["large"]
    assert (found["rank"], found["folds"]) == (5, 5)
    found = study().games["large"]
    assert (found["rank"], found["folds"], found["outside"]) == (1, None, [])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rank": 0}, "config: games.large.rank: found 0, expected at least 1"),
        (
            {"rank": 6},
            "config: games.large.rank: found 6, expected at most 5, the number of people to "
            "recognise",
        ),
        ({"folds": 1}, "config: games.large.folds: found 1, expected at least 2"),
        (
            {"folds": 6},
            "config: games.large.folds: found 6, expected at most 5, the number of people attacked",
        ),
        (
            {"outside": ["wide-TB", "blur"]},
            "config: games.large.outside: found 'blur', which the game plays (games.large."
            "recogniser), expected recogniser strategies that it does not play",
        ),
        (
            {"outside": ["blurr"]},
            "config: games.large.outside: unknown recogniser strategy 'blurr'; did you mean "
            "'blur'? expected one of blur, proc, wide-TB",
        ),
    ],
)
def test_what_a_guarantee_cannot_be_held_to_is_refused(study, changes, sentence):
    with pytest.raises(BadInput) as caught:
        study(**{f"games__large__{key}": value for key, value in changes.items()})
    assert str(caught.value) == sentence


def test_as_many_people_are_attacked_as_there_are_attacked_heads(study):
    with pytest.raises(
        BadInput, match="found 4, expected at most 3, the number of people attacked"
    ):
        study(attacked__heads=3, games__large__folds=4)
    study(attacked__heads=3, games__large__folds=3)
    study(attacked={"heads": 3, "direction": "both"}, games__large__folds=5)


def test_a_new_strategy_changes_nothing_that_is_there(study, given):
    after = study(
        user_strategies__new=attack("ga"),
        recogniser_strategies__new={"recogniser": "small", "process": "C5"},
    )
    assert changed(given, after) == set()


def test_the_size_of_shards_changes_nothing(study, given):
    assert changed(given, study(attacked__shard_size=3)) == set()


def test_how_many_heads_are_attacked_changes_cells_sheets_and_games_and_no_perturbation(
    study, given
):
    cells = columns(*CONFIG["recogniser_strategies"])
    sheets = {("sheet", user) for user in CONFIG["user_strategies"]}  # their title has means
    assert changed(given, study(attacked__heads=4)) == cells | sheets | {LARGE, OTHER}


def test_a_string_and_a_list_of_processing_mean_the_same(study, given):
    assert changed(given, study(**{"user_strategies__gaman-T__robust_to": "T1"})) == set()
    after = study(**{"recogniser_strategies__wide-TB__process": "T5_B5"})
    assert changed(given, after) == set()


def test_a_default_that_is_written_out_changes_nothing(study, given):
    assert changed(given, study(user_strategies__gaman__steps=100)) == set()


def test_pictures_change_sheets_alone(study, given):
    sheets = {("sheet", user) for user in CONFIG["user_strategies"]}
    assert changed(given, study(pictures__heads=3)) == sheets
    assert changed(given, study(pictures__process="C1")) == sheets


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "\nchanged = True\n")


GAMAN = ("gaman", "gaman-B", "gaman-T")


def test_editing_a_method_changes_the_strategies_of_that_method(study, package):
    before = prints(study())
    edit(package / "perturb" / "gaman.py")
    assert changed(before, study()) == row(*GAMAN) | {LARGE}


def test_editing_a_process_changes_those_who_use_it_on_either_side(study, package):
    before = prints(study())
    edit(package / "process" / "blur.py")
    sheets = {("sheet", user) for user in CONFIG["user_strategies"]}  # their last column is B1
    expected = row("gaman-B", "ga-B") | columns("blur", "wide-TB") | sheets | {LARGE, OTHER}
    assert changed(before, study()) == expected
    before = prints(study())
    edit(package / "process" / "translate.py")
    assert changed(before, study()) == row("gaman-T") | columns("wide-TB") | {OTHER}
    before = prints(study())
    edit(package / "process" / "crop.py")
    assert changed(before, study()) == set()


def test_a_line_in_a_registry_changes_nothing(study, package):
    before = prints(study())
    for lookup in ("album", "perturb", "process", "recognise/nets"):
        path = package / lookup / "__init__.py"
        path.write_text(path.read_text().replace(": Registry = {", ': Registry = {"mine": "mine",'))
        assert '"mine"' in path.read_text()
    assert changed(before, study()) == set()


def test_no_edit_of_plumbing_changes_anything(study, package):
    before = prints(study())
    for room in code.PLUMBING:
        for path in (package / room).rglob("*.py"):
            edit(path)
    for path in package.glob("*.py"):
        edit(path)
    assert changed(before, study()) == set()


def reworded_strings(text: str) -> str:
    """Say "wanted" for "expected" in all strings, which only errors and docstrings say."""
    lines = text.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            for number in range(token.start[0] - 1, token.end[0]):
                lines[number] = re.sub(r"\bexpected (?=[\w{<])", "wanted ", lines[number])
    return "".join(lines)


def test_no_comment_docstring_log_line_or_error_changes_anything(study, package):
    before = prints(study())
    reworded = 0
    for path in package.rglob("*.py"):
        text = path.read_text()
        said = reworded_strings(text)
        said = re.sub(r'(logging\.\w+\(\s*)"', r'\1"Note: ', said)
        reworded += said != text
        path.write_text(f'{said}\n# Said otherwise.\n"""And in words."""\n')
    assert reworded > 40
    assert changed(before, study()) == set()


def test_editing_the_loop_of_the_methods_changes_every_attack(study, package):
    before = prints(study())
    edit(package / "perturb" / "descent.py")
    after = changed(before, study())
    assert row(*GAMAN, "ga-B", "bi") <= after
    assert not after & {("album",), ("heads",), ("net", "small"), ("recogniser", "small")}


def test_editing_the_training_changes_all_from_the_nets_on(study, package):
    before = prints(study())
    edit(package / "recognise" / "training.py")
    kept = {("album",), ("heads",), *row("none") - columns("proc", "blur", "wide-TB")}
    assert changed(before, study()) == set(before) - kept | {("sheet", "none")}


def test_editing_a_net_changes_those_that_have_it(study, package):
    nets = {f"x-{name}": {"arch": f"caffe:{name}"} for name in ("alexnet", "googlenet")}
    config = {**CONFIG, "recognisers": {**CONFIG["recognisers"], **nets}}
    before = prints(study(config=config))
    alexnet, googlenet = ({(w, name) for w in ("net", "recogniser", "curve")} for name in nets)
    edit(package / "recognise" / "nets" / "caffe" / "alexnet.py")
    assert changed(before, study(config=config)) == alexnet
    edit(package / "recognise" / "nets" / "caffe" / "weights.py")
    assert changed(before, study(config=config)) == alexnet | googlenet
    with pytest.raises(BadInput, match="unknown arch 'caffe:vgg19'; did you mean 'caffe:vgg16'"):
        study(recognisers__small={"arch": "caffe:vgg19"})


def test_editing_the_equilibrium_changes_games_alone(study, package):
    before = prints(study())
    edit(package / "game" / "equilibrium.py")
    assert changed(before, study()) == {LARGE, OTHER}


def test_editing_a_script_changes_what_it_makes(study, tmp_path):
    scripts = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, scripts)
    before = prints(study(scripts))
    edit(scripts / "cell.py")
    cells = columns(*CONFIG["recogniser_strategies"])
    assert changed(before, study(scripts)) == cells | {LARGE, OTHER}


def test_the_content_of_a_weights_file_counts_and_a_missing_one_is_named(study, tmp_path):
    weights = tmp_path / "start.pt"
    weights.write_text("some")
    before = prints(study(recognisers__wide__weights=str(weights)))
    weights.write_text("other")
    after = study(recognisers__wide__weights=str(weights))
    about = {(what, "wide") for what in ("net", "recogniser", "curve")}
    assert changed(before, after) == about | row("gaman-T") | columns("wide-TB") | {OTHER}
    weights.unlink()
    with pytest.raises(BadInput, match=r"recognisers\.wide\.weights: no such file: .*start\.pt"):
        study(recognisers__wide__weights=str(weights)).net_made("wide")["fingerprint"]
    published = study(recognisers__wide__weights="IMAGENET1K_V1")  # a name, not a file
    assert published.net_made("wide")["fingerprint"] != study().net_made("wide")["fingerprint"]


def test_all_files_of_weights_of_tensorflow_js_count(study, tmp_path):
    weights = tmp_path / "face.json"
    weights.write_text('[{"paths": ["face.bin"], "weights": []}]')

    def asked():
        face = {"arch": "dlib", "input_size": None, "weights": str(weights)}
        return study(recognisers__wide=face).net_made("wide")["fingerprint"]

    with pytest.raises(BadInput, match=r"face\.bin: no such file, which face\.json names"):
        asked()
    weights.with_suffix(".bin").write_bytes(b"1")
    before = asked()
    assert asked() == before
    weights.with_suffix(".bin").write_bytes(b"2")
    assert asked() != before


def folder_album(root: Path) -> dict:
    for person, count in (("Ada", 5), ("Bob", 4), ("Eve", 3), ("Mallory", 2)):
        (root / person).mkdir(parents=True)
        for number in range(count):
            pixels = np.full((4, 4, 3), number, np.uint8)
            Image.fromarray(pixels).save(root / person / f"{number}.png")
    return {"source": "folder", "root": str(root), "box": [0, 0, 4, 4], "val_min_photos": 4}


def test_keys_of_another_source_are_ignored(study, tmp_path, given):
    plain = study()
    with_more = study(album__root="nowhere", album__box=[1, 2, 3, 4], album__val_min_photos=77)
    assert with_more.album == plain.album
    assert set(plain.album) == {
        "source",
        "train_identities",
        "val_identities",
        "heads_per_identity",
    }
    assert changed(given, with_more) == set()
    album = folder_album(tmp_path / "people")
    found = study(album={**album, "val_identities": 99})
    assert "val_identities" not in found.album
    assert found.album["train_min_photos"] == 2


def test_a_photo_that_changed_changes_all(study, tmp_path):
    album = folder_album(tmp_path / "people")
    before = prints(study(album=album))
    photo = tmp_path / "people" / "Bob" / "1.png"
    Image.fromarray(np.full((4, 4, 3), 99, np.uint8)).save(photo)
    assert changed(before, study(album=album)) == set(before)
    assert study(album=album).photo_folder is None
    assert study().photo_folder == Path("results/tiny/album/photos")


def test_shards_divide_the_attacked_heads_in_order(study):
    # 5 identities with 7 heads each: 3 of each in split 1.
    assert study().shards("attacked") == {"000000-000014": ("0-1", 0, 15)}
    found = study(attacked__shard_size=6)
    assert [s[1:] for s in found.shards("attacked").values()] == [(0, 6), (6, 12), (12, 15)]
    assert list(found.shards("attacked")) == ["000000-000005", "000006-000011", "000012-000014"]
    assert found.attacked_heads == 15
    few = study(attacked={"heads": 7, "shard_size": 6}).shards("attacked")
    assert list(few.values()) == [("0-1", 0, 6), ("0-1", 6, 7)]
    assert study(attacked__heads=1000).attacked_heads == 15


def test_of_both_directions_each_has_shards_of_its_own(study):
    # 5 identities with 7 heads each: 4 of each in split 0, 3 in split 1.
    both = {"direction": "both", "heads": 18, "shard_size": 10}
    found = study(attacked=both)
    assert found.directions == ("0-1", "1-0")
    assert found.shards("attacked") == {
        "000000-000009": ("0-1", 0, 10),
        "000010-000014": ("0-1", 10, 15),
        "reverse-000000-000009": ("1-0", 0, 10),
        "reverse-000010-000017": ("1-0", 10, 18),
    }
    assert found.attacked_heads == 33
    enrolled = [tuple(shard) for shard in found.shards("enrolled").values()]
    assert enrolled == [("0-1", 0, 10), ("0-1", 10, 20), ("1-0", 0, 10), ("1-0", 10, 15)]
    assert list(study(attacked=both | {"direction": "1-0"}).shards("attacked")) == [
        "reverse-000000-000009",
        "reverse-000010-000017",
    ]
    assert {shard.direction for shard in found.shards("train").values()} == {"0-1"}


def test_another_direction_keeps_what_the_first_made(study):
    one, both = study(), study(attacked__direction="both")
    for user in one.user_strategies:
        found = one.user_made(user, "0-1")["fingerprint"]
        assert found == both.user_made(user, "0-1")["fingerprint"]
        assert found != both.user_made(user, "1-0")["fingerprint"]
        assert (
            one.cell_made(user, "wide-TB")["fingerprint"]
            != both.cell_made(user, "wide-TB")["fingerprint"]
        )
    for recogniser in one.recognisers:
        assert one.net_made(recogniser)["fingerprint"] == both.net_made(recogniser)["fingerprint"]
        found = one.recogniser_made(recogniser, "0-1")["fingerprint"]
        assert found == both.recogniser_made(recogniser, "0-1")["fingerprint"]
        assert found != both.recogniser_made(recogniser, "1-0")["fingerprint"]


def test_an_album_without_anyone_to_recognise_is_refused(study, tmp_path):
    album = folder_album(tmp_path / "people") | {"val_min_photos": 30}
    with pytest.raises(BadInput, match="no identity has enough photos to be recognised"):
        study(album=album).shards("attacked")


def test_people_to_teach_are_asked_for_where_a_net_is_taught_and_nowhere_else(study, tmp_path):
    album = folder_album(tmp_path / "people") | {"val_min_photos": 2}
    untaught = {"arch": "resnet18", "training": {"epochs": 0}}
    config = {"album": album, "recognisers__small": untaught, "recognisers__wide": untaught}
    study(**config).check_album()
    config["recognisers__knows"] = {"base": "small", "knows": ["gaman"]}
    study(**config).check_album()  # its SVM alone is taught, on those who are recognised
    config["recognisers__wide"] = {"arch": "resnet18"}
    with pytest.raises(BadInput, match="no identity has enough photos to teach the net"):
        study(**config).check_album()


def test_strategies_are_resolved(study):
    found = study()
    assert found.user_strategies["none"] == {"method": "none"}
    assert found.user_strategies["gaman-B"]["robust_to"] == [("O", 1), ("B", 1)]
    assert found.user_strategies["gaman-B"]["steps"] == 100
    assert found.recogniser_strategies["wide-TB"]["process"] == [("T", 5), ("B", 5)]
    assert found.seen_by("gaman-T") == "wide"
    assert found.seen_by("none") in CONFIG["recognisers"]
    assert found.recogniser("small")["subset"] == found.subset == "val"


def test_a_strategy_has_the_keys_of_its_method_and_no_other(study, given):
    found = study(
        user_strategies__mosaic={"method": "pixelate"},
        user_strategies__coarse={"method": "pixelate", "blocks": 3},
        user_strategies__bar={"method": "eye-bar", "bar_top": 0.5},
    )
    blocks = USER_KEYS["blocks"]["default"]
    assert found.user_strategies["mosaic"] == {"method": "pixelate", "blocks": blocks}
    assert found.user_strategies["coarse"] == {"method": "pixelate", "blocks": 3}
    assert set(found.user_strategies["bar"]) == {"method", "bar_top", "bar_height", "bar_width"}
    assert found.user_strategies["bar"]["bar_top"] == 0.5
    shared = {"method", "against", "steps", "step_size", "epsilon", "robust_to"}
    assert set(found.user_strategies["gaman"]) == shared | {
        "step_rule",
        "target",
        "input_diversity",
        "at",
    }
    assert changed(given, found) == set()
    after = study(user_strategies__mosaic={"method": "pixelate", "blocks": blocks})
    assert changed(prints(found), after) == set()
    assert (
        found.user_made("mosaic", "0-1")["fingerprint"]
        != found.user_made("coarse", "0-1")["fingerprint"]
    )


def test_a_key_is_for_the_methods_that_the_schema_names_and_not_for_those_it_excludes(tmp_path):
    schema = copy.deepcopy(SCHEMA)
    keys = schema["properties"]["user_strategies"]["additionalProperties"]["properties"]
    keys["decay"] = {"methods": ["ga", "bi"], "type": "number", "default": 0.9}
    keys["step_size"]["not_for"] = ["bi"]

    def users(**more):
        config = copy.deepcopy(CONFIG)
        for name, key in more.items():
            config["user_strategies"][name].update(key)
        return Study(config, schema, SCRIPTS, tmp_path / "cache").user_strategies

    found = users()
    assert found["ga-B"]["decay"] == found["bi"]["decay"] == 0.9
    assert "decay" not in found["gaman"]
    assert "step_size" not in found["bi"]
    assert found["ga-B"]["step_size"] == keys["step_size"]["default"]
    assert users(bi={"decay": 0.5})["bi"]["decay"] == 0.5
    for name, key in (("gaman", "decay"), ("bi", "step_size"), ("none", "decay")):
        with pytest.raises(BadInput, match=f"{name}: the key '{key}' has no meaning for {name}"):
            users(**{name: {key: 0.1}})


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "user_strategies__gaman__method",
            "gamann",
            "config: user_strategies.gaman: unknown method 'gamann'; did you mean 'gaman'?",
        ),
        (
            "user_strategies__gaman__against",
            "smal",
            "config: user_strategies.gaman: unknown recogniser 'smal'; did you mean 'small'?",
        ),
        (
            "user_strategies__new",
            {"method": "gaman"},
            "config: user_strategies.new: the key 'against' is missing",
        ),
        (
            "user_strategies__none__epsilon",
            100,
            "config: user_strategies.none: the key 'epsilon' has no meaning for none",
        ),
        (
            "user_strategies__new",
            {"method": "pixelate", "blocks": 4, "sigma": 0.1},
            "config: user_strategies.new: the key 'sigma' has no meaning for pixelate",
        ),
        (
            "user_strategies__new",
            {"method": "blur", "against": "small"},
            "config: user_strategies.new: the key 'against' has no meaning for blur",
        ),
        (
            "user_strategies__gaman__blocks",
            8,
            "config: user_strategies.gaman: the key 'blocks' has no meaning for gaman",
        ),
        (
            "user_strategies__new",
            {"method": "pixelate", "blocks": "many"},
            "config: user_strategies.new.blocks: found 'many', expected integer",
        ),
        (
            "user_strategies__new",
            {"method": "pixellate"},
            "config: user_strategies.new: unknown method 'pixellate'; did you mean 'pixelate'?",
        ),
        (
            "user_strategies__gaman__robust_to",
            "O1_X1",
            "config: user_strategies.gaman.robust_to: unknown processing 'X1'",
        ),
        (
            "recogniser_strategies__blur__process",
            "5B",
            "config: recogniser_strategies.blur.process: unknown processing '5B'",
        ),
        (
            "recogniser_strategies__blur__recogniser",
            "Small",
            "config: recogniser_strategies.blur: unknown recogniser 'Small'; did you mean 'small'?",
        ),
        (
            "games__large__user",
            ["gaman", "gamn"],
            "config: games.large.user: unknown user strategy 'gamn'; did you mean 'gaman'?",
        ),
        (
            "games__large__recogniser",
            ["blurr"],
            "config: games.large.recogniser: unknown recogniser strategy 'blurr'; did you mean",
        ),
        ("user_strategies__bi", None, "config: games.other.user: unknown user strategy 'bi'"),
        ("pictures__process", "B2", "config: pictures.process: found 'B2', expected one draw"),
        ("pictures__process", "B1_C1", "config: pictures.process: found 'B1_C1'"),
        ("album", {"source": "folder", "box": [0, 0, 4, 4]}, "config: album.root is missing"),
    ],
)
def test_names_and_strategies_that_do_not_agree_are_named(study, key, value, sentence):
    with pytest.raises(BadInput) as caught:
        study(**{key: value})
    assert sentence in str(caught.value)


def test_in_a_big_game_each_source_and_each_artifact_is_digested_once(study, monkeypatch):
    """Snakemake asks for a cell's fingerprint job by job, and for all at once in its game's."""
    users = {f"user{i}": attack("gaman", f"{'OTNBC'[i % 5]}{1 + i // 5}") for i in range(100)}
    responses = {
        f"response{i}": {"recogniser": "small", "process": f"{'OTNBC'[i % 5]}{1 + i // 5}"}
        for i in range(100)
    }
    game = {"big": {"user": [*users], "recogniser": [*responses]}}
    big = study(user_strategies=users, recogniser_strategies=responses, games=game)
    sources, digests = Counter(), Counter()

    class Counting(code.Reader):
        def code(self, script, *modules):
            sources[script.name, modules] += 1
            return super().code(script, *modules)

    def count_digest(*parts):
        found = digest(*parts)
        digests[found] += 1
        return found

    monkeypatch.setattr("aip.study.making.Reader", Counting)
    monkeypatch.setattr("aip.study.making.digest", count_digest)
    cells = {
        big.cell_made(user, response)["fingerprint"] for user in users for response in responses
    }
    big.payoff_made("big")["fingerprint"]
    for user in users:
        big.user_made(user, "0-1")["fingerprint"]
    assert len(cells) == 10_000
    assert set(sources.values()) == {1}
    assert {digests[cell] for cell in cells} == {1}
    assert len(sources) <= 20
    assert sum(digests.values()) <= 10_000 + 100 + 10
