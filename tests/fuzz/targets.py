"""What is fuzzed: each target gives bytes to one door of the program and checks the answer."""

import io
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import TypeVar

import numpy as np

from aip.album.annotation import Annotation
from aip.album.boxes import read_boxes
from aip.album.index import read_index, write_index
from aip.album.missing import read_missing, write_missing
from aip.album.photo import read_photo, read_size
from aip.commands.cli import main
from aip.download.gone import Gone
from aip.errors import BadInput
from aip.game.table import read_table, write_table
from aip.process import letters
from aip.process.notation import parse
from aip.study.fingerprints import Study
from aip.study.overlay import read_study

T = TypeVar("T")
SECONDS = 20  # after which an example hangs; each takes milliseconds
LONGEST = 2_000  # characters of a sentence


class HangError(BaseException):
    """An example that did not end."""


@contextmanager
def watched() -> Iterator[None]:
    """End what hangs."""

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise HangError(f"no answer after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def attempt(read: Callable[[], T], *names: str) -> T | None:
    """Return what is read, or None where it is refused in a sentence that has one of the names."""
    with watched():
        try:
            return read()
        except BadInput as error:
            check_sentence(str(error), *names)
            return None


def check_sentence(sentence: str, *names: str) -> None:
    assert sentence.isprintable(), repr(sentence)
    assert len(sentence) <= LONGEST, sentence[:LONGEST]
    assert any(name in sentence for name in names), sentence


def command(*arguments: str | Path) -> tuple[int, str]:
    """Run ``aip``; return its exit code and what it printed, or the sentence after an error."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    with watched(), redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    out.seek(0)
    printed = out.read()
    if code == 0:
        for line in err.getvalue().splitlines():  # what a table is taken for
            assert line.isprintable()
            assert "called r1" in line or "no rate is above 1" in line
        return code, printed
    assert (code, printed) == (1, "")
    assert err.getvalue().startswith("error: ")
    sentence = err.getvalue().removeprefix("error: ")
    assert sentence.endswith("\n")
    return code, sentence[:-1]


def only(folder: Path, *names: str) -> None:
    """Check that a folder holds these files and none that is half written."""
    assert {path.name for path in folder.iterdir()} == set(names)


def photo(content: bytes, folder: Path) -> None:
    """A photo, as heads are cut from it."""
    path = folder / "photo.jpg"
    path.write_bytes(content)
    size = attempt(lambda: read_size(path), str(path))
    pixels = attempt(lambda: read_photo(path), str(path))
    if pixels is not None:
        assert pixels.dtype == np.uint8
        assert size is not None
        assert pixels.shape == (size[1], size[0], 3)


def table(content: bytes, folder: Path) -> None:
    """A payoff table, as ``aip solve`` and ``aip compare`` take it."""
    path = folder / "table.csv"
    path.write_bytes(content)
    found = attempt(lambda: read_table(path), str(path))
    code, printed = command("solve", "--json", path)
    if found is None:
        assert code == 1
        check_sentence(printed, str(path))
        assert command("compare", path, path)[0] == 1
        return
    assert found.rates.shape == (len(set(found.user)), len(set(found.recogniser)))
    assert ((found.rates >= 0) & (found.rates <= 1)).all()
    assert not np.signbit(found.rates).any()
    assert command("solve", path)[0] == code
    assert command("compare", path, path)[0] == code
    if code == 0:
        solved = json.loads(printed)
        user = np.array([solved["user"][name] for name in found.user])
        # Whatever is answered, the mixture keeps what it guarantees.
        assert (user @ found.rates * 100 <= solved["value"] + 1e-6).all()
    if found.counts is not None:
        write_table(path, found)
        again = read_table(path)
        assert (again.user, again.recogniser) == (found.user, found.recogniser)
        assert np.array_equal(again.rates, found.rates)
        assert again.counts is not None
        assert np.array_equal(again.counts.intervals, found.counts.intervals)


def names(content: bytes, folder: Path) -> None:
    """The names that ``aip compare`` matches strategies by."""
    path, beside = folder / "table.csv", folder / "names.yaml"
    path.write_text("user,proc,blur\nnone,80,70\ngaman,10,20\n")
    beside.write_bytes(content)
    code, printed = command("compare", "--json", "--names", beside, path, path)
    if code:
        check_sentence(printed, str(beside), "do not match")


def index(content: bytes, folder: Path) -> None:
    """An album's index."""
    path = folder / "index.csv"
    path.write_bytes(content)
    found = attempt(lambda: read_index(path), str(path))
    if found is not None:
        write_index(path, found)
        assert read_index(path) == found
    only(folder, "index.csv")


def missing(content: bytes, folder: Path) -> None:
    """What an album misses."""
    path = folder / "missing.csv"
    path.write_bytes(content)
    found = attempt(lambda: read_missing(path), str(path))
    if found is not None:
        write_missing(path, found)
        assert read_missing(path) == found
    only(folder, "missing.csv")


def gone(content: bytes, folder: Path) -> None:
    """The photos that are gone; a line that was torn is taken back, no other."""
    path = folder / "gone.csv"
    path.write_bytes(content)
    found = attempt(lambda: Gone(path), str(path))
    if found is None:
        return
    reasons = dict(found.reasons)
    found.add("71", "a reason\nof two lines")
    assert Gone(path).reasons == {**reasons, "71": "a reason of two lines"}
    found.sort()
    assert Gone(path).reasons == {**reasons, "71": "a reason of two lines"}
    only(folder, "gone.csv")


def boxes(content: bytes, folder: Path) -> None:
    """The head boxes of a folder's photos."""
    path = folder / "boxes.csv"
    path.write_bytes(content)
    for line in attempt(lambda: read_boxes(path), str(path)) or []:
        assert all(abs(side) < 10**9 for side in line.box)


def annotation(content: bytes, folder: Path) -> None:
    """PIPA's list of heads and a split of it, one after the other with a line ``---`` between."""
    listed, _, split = content.partition(b"---\n")
    paths = folder / "all_data.txt", folder / "split_val_original.txt"
    paths[0].write_bytes(listed)
    paths[1].write_bytes(split)
    found = attempt(lambda: Annotation(paths[0]), str(paths[0]))
    splits = found and attempt(lambda: found.read_split(paths[1], "val"), str(paths[1]))
    if found is None or splits is None:
        return
    assert set(splits.values()) <= {0, 1}
    album = found.album(splits)
    assert {n for n, head in album.items() if head.subset == "val"} == set(splits)
    halves = [{album[n].identity for n, half in splits.items() if half == k} for k in (0, 1)]
    assert halves[0] == halves[1]


def config(content: bytes, folder: Path) -> None:
    """A study's config, laid over the default one."""
    path = folder / "study.yaml"
    path.write_bytes(content)
    study = attempt(lambda: planned(path), "config", str(path), "album")
    if study is None:
        code, printed = command("status", path)
        assert code == 1
        check_sentence(printed, "config", str(path), "album")


def planned(path: Path) -> Study:
    """Read a study and ask of it all that the Snakefile does before a job runs."""
    study = read_study([path])
    assert study.album_made["fingerprint"]
    assert study.heads_made["fingerprint"]
    for recogniser in study.recognisers:
        assert study.features_made(recogniser)["fingerprint"]
        assert study.curve_made(recogniser)["fingerprint"]
    for user in study.user_strategies:
        assert study.sheet_made(user)["fingerprint"]
    assert study.attacked_heads
    assert study.summary_made["fingerprint"]
    return study


def process(content: bytes, folder: Path) -> None:  # noqa: ARG001
    """A processing string."""
    text = content.decode(errors="replace")
    copies = attempt(lambda: parse(text, "config: key"), "config: key")
    if copies is None:
        return
    assert parse("_".join(f"{kind}{count}" for kind, count in copies), "again") == copies
    assert len({letters(kind) for kind, _ in copies}) == len(copies)
    assert all(1 <= count <= 9999 for _, count in copies)


TARGETS = {
    target.__name__: target
    for target in (photo, table, names, index, missing, gone, boxes, annotation, config, process)
}
