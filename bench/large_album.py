"""A large album of noise for bench/memory.py, in files such as the jobs of a study make."""

from pathlib import Path

import h5py
import numpy as np
import torch
from PIL import Image

from aip.album.index import Instance, write_index
from aip.album.missing import write_missing
from aip.recognise.nets.building import build, dimension
from aip.recognise.svm import Svm, write_svm
from aip.store.hdf5 import write_column
from aip.store.provenance import Provenance

ARCH = "squeezenet1_1"
PHOTO = (480, 640)
HEADS_PER_PHOTO = 4
PROVENANCE = Provenance({}, "", 1)


class Album:
    """A folder with what a study of so many heads and people would have made.

    Parameters
    ----------
    folder : Path
    heads : int
    people : int
        The number of identities of the SVM.
    features : int
        The number of features per head that the SVM is fitted to.
    strategies : int
        User strategies in a game.
    shard : int
        Heads per shard.
    """

    def __init__(
        self, folder: Path, heads: int, people: int, features: int, strategies: int, shard: int
    ) -> None:
        self.folder, self.heads, self.people = folder, heads, people
        self.features, self.strategies, self.shard = features, strategies, shard
        self.rng = np.random.default_rng(1)

    def __truediv__(self, name: str) -> str:
        return str(self.folder / name)

    def photos(self) -> None:
        """Write photos and their index: two of four heads enrol, two are attacked."""
        shown = self.folder / "photo.jpg"
        pixels = self.rng.integers(0, 256, (*PHOTO, 3), np.uint8)
        Image.fromarray(pixels).save(shown, quality=90)
        (self.folder / "photos" / "all").mkdir(parents=True)
        index = []
        for number in range(self.heads):
            photo, place = divmod(number, HEADS_PER_PHOTO)
            if place == 0:
                (self.folder / "photos" / "all" / f"{photo}.jpg").hardlink_to(shown)
            height, width = self.rng.integers(80, 200, 2).tolist()
            who, subset, split = f"p{photo % self.people}", "val", place % 2
            if number >= self.heads - 4:  # two people for the train subset
                who, subset, split = f"t{place % 2}", "train", None
            box = (40 * place, 30 * place, width, height)
            index.append(Instance("all", f"{photo}.jpg", *box, who, subset, split))
        write_index(self.folder / "index.csv", index)
        write_missing(self.folder / "missing.csv", [])

    def taught(self) -> None:
        """Write the same heads as those of the train subset."""
        with h5py.File(self / "heads.h5") as heads, h5py.File(self / "taught.h5", "w") as file:
            for name in ("images", "id", "grey", "identity"):
                heads.copy(name, file)
            write_column(file, "subset", np.full(self.heads, "train"))
            write_column(file, "split", np.full(self.heads, -1, np.int8))

    def shards(self) -> list[str]:
        """Write the unperturbed heads as the published heads of each user strategy of a game."""
        first = self.folder / "published" / "user0"
        first.mkdir(parents=True)
        paths = []
        with h5py.File(self / "heads.h5") as heads:
            offset, shape = (heads[f"images/{name}"][()] for name in ("offset", "shape"))
            for start in range(0, self.heads - 4, self.shard):
                stop = min(start + self.shard, self.heads - 4)
                paths.append(f"{start:06d}-{stop - 1:06d}.h5")
                pixels = heads["images/pixels"][offset[start] : offset[stop]]
                with h5py.File(first / paths[-1], "w") as file:
                    images = file.create_group("images")
                    write_column(images, "pixels", pixels)
                    write_column(images, "offset", offset[start : stop + 1] - offset[start])
                    write_column(images, "shape", shape[start:stop])
                    write_column(file, "id", np.arange(start + 1, stop + 1))
                    for name in ("norm", "unpublished", "l2", "linf", "psnr", "ssim"):
                        write_column(file, name, np.ones(stop - start, np.float32))
        for user in range(1, self.strategies):
            first.with_name(f"user{user}").symlink_to(first)
        return paths

    def recogniser(self) -> None:
        """Write a net, an SVM of all people, a learning curve, and a large net's features."""
        net = build(ARCH, weights=None)
        torch.save(net.state_dict(), self / "net.pt")
        names = np.array([f"p{number}" for number in range(self.people)])
        weight = self.rng.standard_normal((self.people, dimension(net, [64, 64])), np.float32)
        write_svm(self.folder / "known.h5", Svm(weight, weight[:, 0], names, True), PROVENANCE)
        taught = Svm(weight[:2], weight[:2, 0], np.array(["t0", "t1"]), True)
        write_svm(self.folder / "taught-svm.h5", taught, PROVENANCE)
        (self.folder / "curve.csv").touch()
        with h5py.File(self / "features.h5", "w") as file:
            file.attrs.update({"seconds": 0.0, "precision": "float32", "device": "cpu"})
            write_column(
                file, "identity", names[np.arange(self.heads) // HEADS_PER_PHOTO % self.people]
            )
            write_column(file, "split", (np.arange(self.heads) % 2).astype(np.int8))
            write_column(file, "clean", np.ones(self.heads, bool))
            for name, width in (("features", self.features), ("pixels", 768)):
                column = file.create_dataset(
                    name, (self.heads, width), np.float32, chunks=(16, width), fletcher32=True
                )
                for start in range(0, self.heads, 1000):
                    rows = min(1000, self.heads - start)
                    column[start : start + rows] = self.rng.random((rows, width), np.float32)

    def benchmarks(self) -> None:
        """Write the benchmarks of a game's jobs."""
        folder = self.folder / "benchmarks" / "cell"
        for user in range(self.strategies):
            (folder / f"user{user}").mkdir(parents=True)
            for response in range(self.strategies):
                line = "s\tmax_rss\tcpu_time\n2.5\t400.0\t2.2\n"
                (folder / f"user{user}" / f"response{response}.tsv").write_text(line)
