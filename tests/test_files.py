import subprocess
import sys
from pathlib import Path

import pytest

from aip.files import alone, whole, whole_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_under_its_name_only_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole(path) as beside:
        beside.write_text("whole")
        assert not path.exists()
        assert beside.parent == path.parent  # a rename within one file system
    assert path.read_text() == "whole"
    assert names(path.parent) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), whole(path) as beside:  # noqa: PT012
        beside.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_block_that_writes_nothing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), whole(path):
        pass
    assert path.read_text() == "old"


def test_what_a_killed_process_left_is_written_over(tmp_path):
    path = tmp_path / "a.txt"
    with whole(path) as beside:
        leftover = beside
        beside.write_text("new")
    leftover.write_text("left by a killed process, and longer")
    with whole(path) as beside:
        assert beside == leftover
        beside.write_text("newer")
    assert path.read_text() == "newer"
    assert names(tmp_path) == ["a.txt"]


def test_a_whole_folder_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    (path / "old").touch()
    with whole_folder(path) as beside:
        (beside / "new").touch()
        assert names(path) == ["old"]
    assert names(path) == ["new"]
    assert names(tmp_path) == ["photos"]


def test_an_exception_leaves_the_old_folder_and_nothing_else(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(ValueError), whole_folder(path) as beside:  # noqa: PT012
        (beside / "new").touch()
        raise ValueError
    assert names(path) == ["old"]
    assert names(tmp_path) == ["photos"]


def test_a_folder_starts_empty_after_a_killed_process(tmp_path):
    path = tmp_path / "photos"
    with whole_folder(path) as beside:
        leftover = beside
    leftover.mkdir()
    (leftover / "half").touch()
    with whole_folder(path) as beside:
        assert names(beside) == []


def test_whoever_is_alone_in_a_folder_keeps_others_waiting(tmp_path):
    """Six processes that would each lose the others' counts, if they were there together."""
    code = (
        "import sys, time; from pathlib import Path; from aip.files import alone\n"
        "folder = Path(sys.argv[1])\n"
        "for _ in range(5):\n"
        "    with alone(folder):\n"
        "        count = int((folder / 'count').read_text())\n"
        "        time.sleep(0.005)\n"
        "        (folder / 'count').write_text(str(count + 1))\n"
    )
    (tmp_path / "count").write_text("0")
    command = [sys.executable, "-c", code, str(tmp_path)]
    runs = [subprocess.Popen(command) for _ in range(6)]
    assert [run.wait(60) for run in runs] == [0] * 6
    assert (tmp_path / "count").read_text() == "30"
    assert [path.name for path in tmp_path.iterdir()] == ["count"]


def test_an_error_leaves_the_folder_to_others(tmp_path):
    with pytest.raises(OSError, match="why"), alone(tmp_path):
        raise OSError("why")
    with alone(tmp_path):
        pass
