import io
import os
import stat
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from aip.download import package
from aip.download.package import Package
from aip.errors import BadInput

NPM = Package("npm", "@who/nets", "1.2.3")
PYPI = Package("pypi", "nets", "1.2.3")


def tgz(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def wheel(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def client(tmp_path, monkeypatch):
    """Put a client in the place of npm or pip that does what a test says, and keeps its words."""

    program, words = tmp_path / "npm", tmp_path / "words"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    pip = [str(program), *package.CLIENTS["pypi"][3:]]
    monkeypatch.setitem(package.CLIENTS, "pypi", pip)

    def install(does: str, archive: bytes = b"") -> Path:
        (tmp_path / "archive").write_bytes(archive)
        does = does.replace("ARCHIVE", str(tmp_path / "archive"))
        program.write_text(f'#!/bin/sh\necho "$@" > {words}\n{does}\n')
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
        return words

    return install


def read(source: Package, *files: str) -> dict[str, bytes]:
    with source.unpacked(files) as found:
        return {file: path.read_bytes() for file, path in found.items()}


def test_files_come_out_of_what_npm_packs_and_none_of_its_scripts_is_run(client):
    members = {"package/package.json": b"{}", "package/a/net.json": b"[]", "package/net.bin": b"1"}
    words = client("cp ARCHIVE who-nets-1.2.3.tgz", tgz(members))
    assert read(NPM, "a/net.json", "net.bin") == {"a/net.json": b"[]", "net.bin": b"1"}
    said = words.read_text().split()
    assert said[0] == "pack"
    assert "--ignore-scripts" in said
    assert said[-1] == "@who/nets@1.2.3"


def test_files_come_out_of_a_wheel_and_a_source_distribution_is_never_asked_for(client):
    words = client("cp ARCHIVE nets-1.2.3-py3-none-any.whl", wheel({"nets/net.onnx": b"net"}))
    assert read(PYPI, "nets/net.onnx") == {"nets/net.onnx": b"net"}
    said = words.read_text().split()
    assert {"--no-deps", "--only-binary=:all:"} <= set(said)
    assert said[-1] == "nets==1.2.3"


def test_nothing_is_left_of_a_package(client):
    client("cp ARCHIVE who-nets-1.2.3.tgz", tgz({"package/net.bin": b"1"}))
    with NPM.unpacked(["net.bin"]) as found:
        path = found["net.bin"]
    assert not path.parent.parent.exists()


@pytest.mark.parametrize(
    ("source", "file", "archive"),
    [
        (NPM, "who-nets-1.2.3.tgz", tgz({"package/other.bin": b"1"})),
        (PYPI, "nets-1.2.3-py3-none-any.whl", wheel({"nets/other.bin": b"1"})),
    ],
)
def test_a_package_without_the_file_is_named(client, source, file, archive):
    client(f"cp ARCHIVE {file}", archive)
    with pytest.raises(BadInput, match=rf"^{source} lacks the file a/net\.bin$"):
        read(source, "a/net.bin")


@pytest.mark.parametrize(
    ("source", "file", "archive", "sentence"),
    [
        (NPM, "n.tgz", tgz({"../net.bin": b"1"}), r"n\.tgz: refused; .* a path that leaves"),
        (NPM, "n.tgz", tgz({"package/net.bin": bytes(9999)})[:-90], r"n\.tgz: cannot be unpacked"),
        (PYPI, "n.whl", wheel({"net.bin": b"1"})[:-9], r"n\.whl: cannot be unpacked"),
        (PYPI, "n.whl", b"<html>", r"n\.whl: cannot be unpacked: File is not a zip file"),
    ],
)
def test_an_archive_that_is_not_as_it_should_be_is_refused(client, source, file, archive, sentence):
    client(f"cp ARCHIVE {file}", archive)
    with pytest.raises(BadInput, match=sentence):
        read(source, "net.bin")


NPM_SAYS = """npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error errno ENOTFOUND
npm error network request to a://b/c failed, reason: getaddrinfo ENOTFOUND b
npm error network This is a problem related to network connectivity."""
PIP_SAYS = """WARNING: Location '/a' is ignored: it is neither a file nor a directory.
ERROR: Could not find a version that satisfies the requirement nets==1.2.3 (from versions: none)
ERROR: No matching distribution found for nets==1.2.3"""


@pytest.mark.parametrize(
    ("source", "says", "sentence"),
    [
        (NPM, NPM_SAYS, r"npm cannot fetch it \(network request to .* ENOTFOUND b\)$"),
        (PYPI, PIP_SAYS, r"pip cannot fetch it \(Could not find a version .*: none\)\)$"),
        (PYPI, "python: No module named pip", r"pip cannot fetch it \(python: No module named pip"),
        (NPM, "", r"npm cannot fetch it \(it does not say why\)$"),
    ],
)
def test_what_the_client_says_becomes_one_sentence(client, source, says, sentence):
    client(f"cat >&2 <<'END'\n{says}\nEND\nexit 1")
    with pytest.raises(BadInput, match=f"^{source}: {sentence}"):
        read(source, "net.bin")


def test_a_client_that_brings_nothing_is_no_success(client):
    client("exit 0")
    with pytest.raises(BadInput, match="npm cannot fetch it"):
        read(NPM, "net.bin")


def test_a_client_that_is_not_installed_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="is fetched by npm, which is not installed here"):
        read(NPM, "net.bin")


def test_pip_is_that_of_this_python():
    assert package.CLIENTS["pypi"][:3] == [sys.executable, "-m", "pip"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"registry": "npm", "name": "nets"}, "expected registry, name, version, found"),
        ("nets", "expected registry, name, version, found 'nets'"),
        ({"registry": "nmp", "name": "n", "version": "1"}, "'nmp'; did you mean 'npm'"),
    ],
)
def test_a_package_that_is_not_described_is_refused(given, sentence):
    with pytest.raises(BadInput, match=sentence):
        Package.read(given, where="list: nets")
