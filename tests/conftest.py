import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from aip import web
from aip.album.index import Instance
from aip.artifacts import Provenance
from aip.heads import write_heads
from aip.recognise.recogniser import Recogniser
from standins.flickr import Flickr
from standins.server import Server

torch.set_num_threads(1)


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
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
