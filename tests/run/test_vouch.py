from pathlib import Path

import pytest
from PIL import Image

from aip.errors import BadInput
from aip.run.vouch import ASKED, hold_to_run
from aip.store.checkout import ROOT
from aip.study.overlay import read_study


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read a study of a folder of people, as a run and each of its jobs does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ASKED, "")  # which a run sets, to be put back
    for person in ("ann", "ben"):
        Path("people", person).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (64, 64)).save(f"people/{person}/{number}.png")
    album = {"source": "folder", "root": "people", "box": [0, 0, 9, 9], "val_min_photos": 2}
    smoke = [ROOT / "configs" / "smoke.yaml"]
    return lambda **settings: read_study(smoke, {"album": album, **settings})


def test_a_job_that_finds_what_its_run_found_goes_on(read):
    hold_to_run(read(), is_main=True)
    hold_to_run(read(), is_main=False)


@pytest.mark.parametrize("changed", ["seed", "photo"])
def test_a_job_that_finds_another_config_or_album_than_its_run_is_refused(read, changed):
    hold_to_run(read(), is_main=True)
    if changed == "photo":
        Image.new("RGB", (64, 64), "red").save("people/ben/1.png")
    study = read(seed=2) if changed == "seed" else read()
    with pytest.raises(BadInput, match="was changed while the run went on; start the run again"):
        hold_to_run(study, is_main=False)
    hold_to_run(study, is_main=True)  # another run is held to its own
