import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["NO_PROXY"] = "127.0.0.1,localhost"  # where the servers of the tests are

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from aip.album.heads import write_heads
from aip.album.index import Instance
from aip.download import web
from aip.recognise.recogniser import Recogniser
from aip.store.provenance import Provenance
from standins.flickr import Flickr
from standins.sections import FOUND
from standins.server import Server

torch.set_num_threads(1)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """Take what a process of pytest-xdist found."""
    found = getattr(node, "workeroutput", {}).get("sections", {})
    node.config.stash.setdefault(FOUND, {}).update(found)


def pytest_terminal_summary(terminalreporter, config) -> None:
    for title, lines in config.stash.get(FOUND, {}).items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture
def provenance() -> Callable[..., Provenance]:
    """Make a provenance: provenance(definition, seed)."""

    def make(definition: Mapping | None = None, seed: int = 1) -> Provenance:
        return Provenance(dict(definition or {}), "f" * 24, seed)

    return make


@pytest.fixture
def linear() -> Callable[..., Recogniser]:
    """Make a recogniser whose features are the pixels: linear(identities, size)."""

    def make(identities: int = 4, size: int = 8, seed: int = 0, scale: float = 0.05) -> Recogniser:
        rng = np.random.default_rng(seed)
        weight = torch.from_numpy(rng.standard_normal((identities, 3 * size * size)) * scale)
        bias = torch.from_numpy(rng.standard_normal(identities))
        names = np.array([f"person{i}" for i in range(identities)])
        return Recogniser(nn.Flatten(), weight, bias, names, (size, size))

    return make


@pytest.fixture
def heads_file(tmp_path: Path, provenance) -> Callable[..., Path]:
    """Write a heads file, one photo per head.

    heads_file([(identity, subset, split), ...]) gives each head random pixels about its
    identity's colour and a native size of its own; ``grey`` holds the numbers of grey ones.
    """

    def make(
        rows: list[tuple[str, str, int | None]], name: str = "heads", grey: tuple[int, ...] = ()
    ) -> Path:
        folder = tmp_path / f"{name}-photos"
        folder.mkdir()
        index = []
        for number, (identity, subset, split) in enumerate(rows, start=1):
            rng = np.random.default_rng(number)
            height, width = 20 + number % 5, 24 + number % 3
            tint = np.random.default_rng(zlib.crc32(identity.encode())).integers(40, 216, 3)
            pixels = np.clip(tint + rng.integers(-40, 40, (height, width, 3)), 0, 255)
            if number in grey:
                pixels[:] = pixels[..., :1]
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
            box = (0, 0, width, height)
            index.append(Instance("p", f"{number}.png", *box, identity, subset, split))
        path = tmp_path / f"{name}.h5"
        write_heads(
            path,
            index,
            tmp_path / "index.csv",
            lambda i: folder / i.photo,
            None,
            provenance(),
            lambda _: None,
        )
        return path

    return make


@pytest.fixture(scope="session")
def write_annotation() -> Callable[[Path], dict[str, str]]:
    """Write an annotation in PIPA's format, 44 heads of 12 people, and return its checksums.

    Photos are shared by heads, three boxes have a negative corner, and the one of line 15, of
    identity 10 in val, lies wholly outside its photo. Of ``day`` there are only two people.
    """
    people = {"1": range(1, 5), "2": range(10, 14), "3": range(20, 23), "0": range(30, 31)}

    def make(folder: Path) -> dict[str, str]:
        rows = []
        for subset, identities in people.items():
            for identity in identities:
                for n in range(3 if subset == "1" else 4):
                    photo = 5000 + 10 * identity + n // 2 + 3 * (n == 2)
                    box = (7 * n, 3 * identity % 20, 20 + n, 24 + identity % 5)
                    rows.append([identity % 3 + 70, photo, *box, identity, subset])
        rows[2][2], rows[14][2], rows[20][3] = -6, -40, -5
        rows[11][:2] = rows[0][:2]  # far apart in the list
        folder.mkdir(parents=True, exist_ok=True)
        files = {"all_data.txt": rows}
        for name, number in (("val", "2"), ("test", "3")):
            heads = [(i, row) for i, row in enumerate(rows) if row[-1] == number]
            halves = {
                "original": [[*row, i % 2] for i, row in heads],
                "album": [[*row, i // 2 % 2] for i, row in heads],
                "time": [[*row, 1 - i // 2 % 2] for i, row in reversed(heads)],
                "day": [[*row, i % 2] for i, row in heads if row[6] % 10 < 2],
            }
            files |= {f"split_{name}_{split}.txt": lines for split, lines in halves.items()}
        checksums = {}
        for name, lines in files.items():
            text = "".join(" ".join(map(str, line)) + "\n" for line in lines)
            (folder / name).write_text(text)
            checksums[name] = hashlib.sha256(text.encode()).hexdigest()
        return checksums

    return make


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    """Serve files on this machine; see `standins.server.Server`."""
    _hurry(monkeypatch)
    with Server() as server:
        yield server


@pytest.fixture
def flickr_server(monkeypatch) -> Iterator[Callable[..., Flickr]]:
    """Serve photos as Flickr does: flickr_server({photo: {(width, height): file}})."""
    _hurry(monkeypatch)
    with ExitStack() as stack:
        yield lambda photos: stack.enter_context(Flickr(photos))


def _hurry(monkeypatch) -> None:
    monkeypatch.setattr(web, "BACK_OFF", 0.001)
    monkeypatch.setattr(web, "BUSY", 0.001)
