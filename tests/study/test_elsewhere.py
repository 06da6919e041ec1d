"""Files that other programs published: what is missing is said at once, what changes counts."""

from pathlib import Path

import pytest
import yaml
from PIL import Image

from aip.album import source
from aip.errors import BadInput
from aip.study.fingerprints import Study

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
ALBUM = {
    "source": "synthetic",
    "train_identities": 2,
    "val_identities": 2,
    "heads_per_identity": 4,
}
CONFIG = {
    "study": "tiny",
    "album": ALBUM,
    "recognisers": {"small": {"arch": "resnet18"}},
    "user_strategies": {"none": {"method": "none"}, "theirs": {"method": "files"}},
    "recogniser_strategies": {"proc": {"recogniser": "small", "process": "O1"}},
    "games": {"table": {"user": ["none", "theirs"], "recogniser": ["proc"]}},
}


@pytest.fixture
def study(tmp_path):
    def make(root: str = "theirs", **changed) -> Study:
        config = yaml.safe_load(yaml.safe_dump({**CONFIG, **changed}))
        config["user_strategies"]["theirs"]["root"] = str(tmp_path / root)
        return Study(config, SCHEMA, ROOT / "workflow/scripts", tmp_path / "cache")

    return make


@pytest.fixture
def numbers(study, tmp_path) -> dict[str, list[int]]:
    """Return the numbers of the heads by what they are for, and write a file for each."""
    (tmp_path / "theirs").mkdir()
    found: dict[str, list[int]] = {}
    bare = {"games": {"table": {"user": ["none"], "recogniser": ["proc"]}}}
    resolved = study(**bare).album
    preview = source(resolved, tmp_path).preview(1)
    for number, instance in enumerate(preview.instances, start=1):
        kind = {0: "enrolled", 1: "attacked", None: "train"}[instance.split]
        found.setdefault(kind, []).append(number)
        write(tmp_path / "theirs", number, number)
    return found


def write(root: Path, number: int, colour: int) -> None:
    Image.new("RGB", (9, 9), (colour, 0, 0)).save(root / f"{number:06d}.png")


def rows(study: Study) -> list[str]:
    return [study.user_made(user, "0-1")["fingerprint"] for user in ("none", "theirs")]


def test_a_changed_file_of_an_attacked_head_makes_that_row_again(study, numbers, tmp_path):
    none, theirs = rows(study())
    write(tmp_path / "theirs", numbers["attacked"][0], 200)
    again = rows(study())
    assert again[0] == none
    assert again[1] != theirs


def test_other_files_and_the_name_of_the_folder_make_nothing_again(study, numbers, tmp_path):
    before = rows(study())
    write(tmp_path / "theirs", numbers["enrolled"][0], 200)
    write(tmp_path / "theirs", numbers["train"][0], 200)
    (tmp_path / "theirs/notes.txt").write_text("hello")
    assert rows(study()) == before
    first = tmp_path / "theirs" / f"{numbers['attacked'][0]:06d}.png"
    first.rename(first.with_name(f"{first.stem}_cloaked.png"))
    (tmp_path / "theirs").rename(tmp_path / "moved")
    assert rows(study("moved")) == before


def test_lessons_follow_from_the_files_of_their_heads(study, numbers, tmp_path):
    def lesson(purpose: str) -> str:
        return study().lesson_made("theirs", purpose, "0-1")["fingerprint"]

    before = [lesson("enrolled"), lesson("train")]
    write(tmp_path / "theirs", numbers["enrolled"][0], 200)
    assert lesson("enrolled") != before[0]
    assert lesson("train") == before[1]


def test_an_attacked_head_without_a_file_is_named_before_anything_runs(study, numbers, tmp_path):
    missing = numbers["attacked"][1]
    (tmp_path / f"theirs/{missing:06d}.png").unlink()
    with pytest.raises(
        BadInput, match=r"^config: user_strategies.theirs.root: expected a file for "
    ):
        study()
    with pytest.raises(BadInput, match=rf"found none for head {missing} \({missing:06d}.png\)$"):
        study()


@pytest.mark.parametrize("knows", [["theirs"], {"game": "table"}])
@pytest.mark.parametrize(("learns", "lacking"), [("svm", "enrolled"), ("net", "train")])
def test_a_recogniser_that_learns_from_files_needs_those_of_its_heads(
    study, numbers, tmp_path, learns, lacking, knows
):
    taught = {
        "small": {"arch": "resnet18"},
        "aware": {"base": "small", "knows": knows, "learns": learns},
    }
    study(recognisers=taught)
    missing = numbers[lacking][0]
    (tmp_path / f"theirs/{missing:06d}.png").unlink()
    study()
    said = f"{lacking} heads that recognisers learn from in .*, found none for head {missing} "
    with pytest.raises(BadInput, match=said):
        study(recognisers=taught)


def test_a_column_that_enrols_what_is_published_needs_the_files_of_enrolled_heads(
    study, numbers, tmp_path
):
    missing = numbers["enrolled"][1]
    (tmp_path / f"theirs/{missing:06d}.png").unlink()
    scraper = {"recogniser": "small", "process": "O1", "enrols": "published"}
    assert study().games
    columns = {"proc": CONFIG["recogniser_strategies"]["proc"], "scraper": scraper}
    for changed in (
        {"games": {"table": {"user": ["none", "theirs"], "recogniser": ["scraper"]}}},
        {"games": {}, "tables": {"t": {"user": ["theirs"], "recogniser": ["scraper"]}}},
    ):
        with pytest.raises(BadInput, match=rf"found none for head {missing} "):
            study(recogniser_strategies=columns, **changed)


def test_a_folder_that_is_not_there_is_said(study):
    with pytest.raises(BadInput, match=r"theirs.root: found .*missing', which is not there"):
        study("missing")


def test_files_of_no_head_are_warned_of(study, numbers, tmp_path):
    assert len(numbers) == 3
    assert not study().warnings
    (tmp_path / "theirs/index.csv").write_text("head\n")
    write(tmp_path / "theirs", 999, 3)
    (tmp_path / "theirs/notes.txt").write_text("hello")
    (warning,) = study().warnings
    assert warning.endswith("not used, since they are of no head: 000999.png, notes.txt")


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("against", {"game": "table"}, "the key 'against' has no meaning for files"),
        ("epsilon", 3, "the key 'epsilon' has no meaning for files"),
        ("holds", "faces", "expected one of heads, photos"),
    ],
)
def test_keys_without_a_meaning_are_refused(study, key, value, said):
    strategies = {**CONFIG["user_strategies"], "theirs": {"method": "files", key: value}}
    with pytest.raises(BadInput, match=said):
        study(user_strategies=strategies)


@pytest.mark.usefixtures("numbers")
def test_it_cannot_respond_in_a_growth(study):
    growth = {"g": {"start": "table", "rounds": 1, "user": {"method": "files"}}}
    with pytest.raises(BadInput, match=r"growth.g.user.method: found 'files', which perturbs"):
        study(growth=growth)


def test_a_root_is_needed_and_may_name_a_variable(study, numbers, tmp_path, monkeypatch):
    assert len(numbers) == 3
    config = yaml.safe_load(yaml.safe_dump(CONFIG))
    with pytest.raises(BadInput, match=r"theirs: the key 'root' is missing; files needs a folder"):
        Study(config, SCHEMA, ROOT / "workflow/scripts", tmp_path / "cache")
    config["user_strategies"]["theirs"]["root"] = "$PUBLISHED/theirs"
    monkeypatch.setenv("PUBLISHED", str(tmp_path))
    found = Study(config, SCHEMA, ROOT / "workflow/scripts", tmp_path / "cache")
    assert rows(found) == rows(study())
