import os
import subprocess
from pathlib import Path

import h5py
import pytest

from standins import conda

ENVIRONMENT = Path(__file__).parents[2] / "envs/aip.yaml"

NONE = "results/smoke/perturbations/none/000000-000006.h5"

IMPORT_ALL = """
import importlib, pkgutil, aip
for module in pkgutil.walk_packages(aip.__path__, "aip."):
    importlib.import_module(module.name)
"""


@pytest.mark.skipif(bool(conda.missing(ENVIRONMENT)), reason=conda.missing(ENVIRONMENT))
def test_jobs_run_in_the_environment_that_conda_makes_of_its_file(make_workflow, tmp_path):
    path = f"{conda.install(tmp_path / 'conda')}:{os.environ['PATH']}"
    workflow = make_workflow()
    asked = ("results/smoke/heads.h5", NONE, "--software-deployment-method", "conda")
    done = workflow.snakemake(*asked, PATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    (environment,) = workflow.folder.glob(".snakemake/conda/*/bin/python")
    prefix = environment.parents[1]
    packages = {found.name for found in prefix.glob("lib/python*/site-packages/*")}
    assert "torch" in packages
    assert not packages & {"snakemake", "aip", "pytest"}
    # A job could still find what its environment lacks in that of the Snakemake that runs it.
    alone = [environment, "-c", IMPORT_ALL]
    library = {**os.environ, "PYTHONPATH": str(workflow.folder / "src")}
    subprocess.run(alone, env=library, check=True)
    scripts = [line for line in (prefix / "started").read_text().splitlines() if ".py'" in line]
    for script in ("album", "heads", "perturb"):
        assert any(f"{script}.py" in line for line in scripts), scripts
    with h5py.File(workflow.folder / NONE) as file:
        assert len(file["id"]) == 7
