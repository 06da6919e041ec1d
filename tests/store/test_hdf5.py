import json
import random
import re
import resource
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from aip.errors import BadInput
from aip.store.checksums import Damaged
from aip.store.hdf5 import (
    ImageReader,
    ImageWriter,
    RowWriter,
    read_all,
    read_text,
    reading,
    write_column,
    writing,
)

H5DUMP = shutil.which("h5dump") or "/usr/bin/h5dump"


def ragged(seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = [(3, 5), (1, 1), (40, 7), (8, 8)]
    return [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in shapes]


@pytest.fixture
def artifact(tmp_path, provenance):
    path = tmp_path / "a.h5"
    with writing(path, provenance({"epsilon": 1000}, seed=7)) as file:
        writer = ImageWriter(file.create_group("images"))
        writer.append(ragged())
        writer.close()
        write_column(file, "numbers", np.arange(1000))
        write_column(file, "names", ["Ada", "Zoë", "李"])
    return path


@pytest.mark.parametrize("parts", [(4,), (1, 1, 2), (0, 3, 0, 1)])
def test_ragged_images_come_back_however_they_were_appended(tmp_path, provenance, parts):
    images, path = ragged(), tmp_path / "a.h5"
    with writing(path, provenance()) as file:
        writer = ImageWriter(file.create_group("images"))
        rest = list(images)
        for part in parts:
            writer.append(rest[:part])
            del rest[:part]
        writer.close()
    with reading(path) as file:
        reader = ImageReader(file["images"])
        assert len(reader) == 4
        for number in (2, 0, 3, 1):
            assert np.array_equal(reader[number], images[number])
            assert reader[number].dtype == np.uint8


@pytest.mark.parametrize("parts", [(40,), (1, 0, 30, 9), (16, 16, 8)])
def test_rows_come_back_however_they_were_appended_and_are_checksummed(tmp_path, provenance, parts):
    rows = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
    path = tmp_path / "a.h5"
    with writing(path, provenance()) as file:
        writer = RowWriter(file, "rows", 40)
        for stop, count in zip(np.cumsum(parts), parts, strict=True):
            writer.append(rows[stop - count : stop])
    with reading(path) as file:
        assert file["rows"].dtype == np.float32
        assert file["rows"].fletcher32
        assert np.array_equal(file["rows"], rows)


def test_no_images_are_a_valid_group(tmp_path, provenance):
    path = tmp_path / "a.h5"
    with writing(path, provenance()) as file:
        writer = ImageWriter(file.create_group("images"))
        writer.append([])
        writer.close()
        write_column(file, "none", np.zeros(0, np.float32))
    with reading(path) as file:
        assert len(ImageReader(file["images"])) == 0
        assert file["none"][()].shape == (0,)


def test_text_comes_back(artifact):
    with reading(artifact) as file:
        assert read_text(file, "names").tolist() == ["Ada", "Zoë", "李"]


def test_the_file_says_where_it_comes_from(artifact):
    with h5py.File(artifact) as file:
        attributes = dict(file.attrs)
    assert json.loads(attributes["definition"]) == {"epsilon": 1000}
    assert attributes["fingerprint"] == "f" * 24
    assert attributes["seed"] == 7
    assert attributes["seconds"] >= 0
    versions = json.loads(attributes["versions"])
    assert versions["numpy"] == np.__version__
    assert versions["h5py"] == h5py.__version__
    assert "git_commit" in attributes


def test_an_error_while_writing_leaves_no_file(tmp_path, provenance):
    with pytest.raises(RuntimeError), writing(tmp_path / "a.h5", provenance()) as file:  # noqa: PT012
        write_column(file, "numbers", np.arange(5))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not shutil.which(H5DUMP), reason="h5dump is not installed (package hdf5-tools)")
def test_h5dump_reads_every_dataset_without_a_plugin(artifact):
    done = subprocess.run([H5DUMP, artifact], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "rror" not in done.stderr
    pixels = ragged()[0].reshape(-1)[:5]
    assert f"(0): {', '.join(map(str, pixels))}" in done.stdout
    for name in ("pixels", "offset", "shape", "numbers", "names"):
        assert f'DATASET "{name}"' in done.stdout


def contents(path) -> tuple:
    with reading(path) as file:
        images = ImageReader(file["images"])
        pixels = tuple(
            (image.shape, image.tobytes()) for image in map(images.__getitem__, range(4))
        )
        numbers = file["numbers"][()]
        return pixels, numbers.dtype, numbers.tobytes(), read_text(file, "names").tolist()


def refused(path) -> str:
    with pytest.raises(Damaged) as caught, reading(path) as file:  # noqa: PT012
        ImageReader(file["images"])[2]
        file["numbers"][()]
        read_text(file, "names")
    return str(caught.value)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_file_that_is_cut_short_is_named_as_damaged(artifact, share):
    whole = artifact.read_bytes()
    artifact.write_bytes(whole[: int(len(whole) * share)])
    assert refused(artifact).startswith(f"{artifact}: not a whole HDF5 artifact (")


@pytest.mark.parametrize("content", [b"", b"not an artifact", b"PK\x03\x04" * 500])
def test_a_file_that_is_not_hdf5_is_named_as_damaged(artifact, content):
    artifact.write_bytes(content)
    assert refused(artifact).startswith(f"{artifact}: not a whole HDF5 artifact (")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"no\.h5: the file is missing"), reading(tmp_path / "no.h5"):
        pass


@pytest.mark.parametrize(
    "dataset", ["images/pixels", "numbers", "names", "images/offset", "images/shape"]
)
def test_a_flipped_byte_in_a_dataset_is_found_by_its_checksum(artifact, dataset):
    with h5py.File(artifact) as file:
        stored = file[dataset]
        assert stored.fletcher32
        where = stored.id.get_chunk_info(0).byte_offset
    content = bytearray(artifact.read_bytes())
    content[where + 5] ^= 0x40
    artifact.write_bytes(content)
    assert refused(artifact).startswith(f"{artifact}: not a whole HDF5 artifact (")


def test_no_flipped_bit_is_read_as_something_else(artifact):
    """Of every byte one bit, but of the provenance's text, which nothing is computed from."""
    content, read = artifact.read_bytes(), contents(artifact)
    rng = np.random.default_rng(3)
    where = rng.permutation(np.flatnonzero(np.frombuffer(content, np.uint8)))[:1500]
    found = 0
    for position in where:
        spoilt = bytearray(content)
        spoilt[position] ^= 1 << int(rng.integers(8))
        artifact.write_bytes(spoilt)
        try:
            assert contents(artifact) == read, position
        except Damaged:
            found += 1
    assert found > 0.8 * len(where)


def test_all_of_an_artifact_is_read_for_its_checksums(artifact):
    read_all(artifact)
    with h5py.File(artifact) as file:
        where = file["images/pixels"].id.get_chunk_info(0).byte_offset
    content = bytearray(artifact.read_bytes())
    content[where] ^= 1
    artifact.write_bytes(content)
    with pytest.raises(Damaged, match="not a whole HDF5 artifact"):
        read_all(artifact)


def test_no_flipped_bit_ends_in_another_error(artifact):
    content, draws = artifact.read_bytes(), random.Random(2)
    structure = [match.start() for match in re.finditer(b"OHDR|OCHK|FRHP|FHDB", content)]
    found = 0
    for _ in range(300):
        spoilt = bytearray(content)
        spoilt[draws.choice(structure) + draws.randrange(60)] ^= 1 << draws.randrange(8)
        artifact.write_bytes(spoilt)
        try:
            read_all(artifact)
        except Damaged:
            found += 1
    assert found > 100


def external_data(file, other):
    file.create_dataset("x", (4,), "u1", external=[(str(other), 0, 4)])


def virtual_data(file, other):
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource(str(other), "x", (4,))
    file.create_virtual_dataset("x", layout)


def external_link(file, other):
    file.create_group("images")["x"] = h5py.ExternalLink(str(other), "/x")


def soft_link(file, other):  # noqa: ARG001
    file["x"] = h5py.SoftLink("/images")


@pytest.mark.parametrize("refer", [external_data, virtual_data, external_link, soft_link])
def test_what_lies_outside_an_artifact_is_not_read(tmp_path, refer):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.arange(4, dtype="u1")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        refer(file, tmp_path / "other.h5")
    for read in (read_all, lambda path: reading(path).__enter__()):
        with pytest.raises(Damaged, match=r"a\.h5: not a whole HDF5 artifact \(.*x (is a|lie)"):
            read(tmp_path / "a.h5")


def test_a_group_within_itself_ends(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("images")["again"] = file["/"]
    read_all(tmp_path / "a.h5")


def test_a_file_that_cannot_be_read_now_is_not_taken_for_a_damaged_one(artifact):
    few = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, few[1]))
    try:
        with pytest.raises(BadInput) as caught, reading(artifact):
            pytest.fail("it was opened")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, few)
    assert str(caught.value) == f"{artifact}: cannot be read: Too many open files"
    assert not isinstance(caught.value, Damaged)


def test_an_artifact_without_its_columns_is_refused_and_a_mistake_of_the_program_is_not(artifact):
    with pytest.raises(Damaged, match="not a whole HDF5 artifact"), reading(artifact) as file:
        file["no such column"]
    with pytest.raises(KeyError, match="mistake"), reading(artifact):
        raise KeyError("mistake")


FILL = """
import sys
from pathlib import Path
import numpy as np
from aip.store.hdf5 import ImageWriter, write_column, writing
from aip.store.provenance import Provenance
from aip.errors import BadInput

path, images, numbers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
try:
    with writing(path, Provenance({}, "f", 1)) as file:
        writer = ImageWriter(file.create_group("images"))
        for _ in range(images):
            writer.append([np.full((100, 100, 3), 7, np.uint8)])
        writer.close()
        for column in range(numbers):
            write_column(file, f"column {column}", np.arange(1000))
except BadInput as error:
    print(error)
"""


@pytest.mark.parametrize("size", ["30k", "100k", "250k"])
@pytest.mark.parametrize(("images", "numbers"), [(0, 400), (100, 400), (15, 20)])
def test_a_full_disk_ends_in_one_sentence_and_no_crash(tmp_path, size, images, numbers):
    options = ["-t", "tmpfs", "-o", f"size={size}", "aip-tests", str(tmp_path)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here: that takes root")
    try:
        path = tmp_path / "a.h5"
        command = [sys.executable, "-c", FILL, path, str(images), str(numbers)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout == f"{path}: cannot be written: No space left on device\n"
        assert (done.returncode, done.stderr) == (0, "")
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)
