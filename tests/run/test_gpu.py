import os
import select
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from aip.compute.computing import computing
from aip.errors import BadInput
from aip.run import gpu
from aip.run.gpu import granted as gpu_of

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(gpu.__file__).parents[2])}

TAKE = """
import sys
from pathlib import Path
from aip.run.gpu import one_of

folder, *gpus = sys.argv[1:]
with one_of(gpus, Path(folder)) as index:
    print(gpus[index], index, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def job(tmp_path):
    """Start a process that takes a GPU and keeps it until its input ends."""
    with ExitStack() as stack:

        def start(*gpus):
            process = subprocess.Popen(
                [sys.executable, "-c", TAKE, tmp_path, *gpus],
                env=ENVIRONMENT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield start


def taken(process):
    return process.stdout.readline().strip()


def test_no_two_jobs_have_one_gpu(job):
    first = job("GPU-a", "GPU-b")
    assert taken(first) == "GPU-a 0"
    second = job("GPU-a", "GPU-b")
    assert taken(second) == "GPU-b 1"


def test_jobs_that_start_at_once_each_have_one_of_their_own(job):
    names = [f"GPU-{i}" for i in range(4)]
    assert sorted(taken(process).split()[0] for process in [job(*names) for _ in names]) == names


def test_a_gpu_is_the_same_under_whatever_number_it_is_seen(job):
    assert taken(job("GPU-a", "GPU-b")) == "GPU-a 0"
    assert taken(job("GPU-b", "GPU-a")) == "GPU-b 0"  # CUDA_VISIBLE_DEVICES=1,0
    assert taken(job("GPU-c")) == "GPU-c 0"  # another's number 0, as SLURM gives them


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, None])
def test_a_job_waits_for_a_gpu_until_one_is_free_however_its_job_ends(job, ending):
    first = job("GPU-a")
    assert taken(first) == "GPU-a 0"
    second = job("GPU-a")
    said, _, _ = select.select([second.stdout], [], [], 3 * gpu.AGAIN)
    assert not said
    if ending is None:
        first.stdin.close()
    else:
        first.send_signal(ending)
    assert taken(second) == "GPU-a 0"
    assert first.wait() == (0 if ending is None else -ending)


@pytest.fixture
def shared(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "SHARED", tmp_path)
    return tmp_path


def test_runs_whose_temporary_folders_differ_share_their_lock_files(tmp_path):
    found = set()
    for temporary in (tmp_path / "one", tmp_path / "other"):
        temporary.mkdir()
        run = subprocess.run(
            [sys.executable, "-c", "from aip.run import gpu; print(gpu.locks())"],
            env={**ENVIRONMENT, "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found.add(run.stdout)
    assert len(found) == 1


@pytest.mark.usefixtures("shared")
def test_lock_files_are_in_a_folder_of_the_users_own():
    folder = gpu.locks()
    assert gpu.locks() == folder
    assert str(os.getuid()) in folder.name
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("shared")
@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_another_users_folder_of_lock_files_is_refused():
    os.chown(gpu.locks(), 1234, 1234)
    with pytest.raises(BadInput, match="belongs to another user"):
        gpu.locks()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize(
    ("resources", "said"), [({}, ""), ({"gpu": 0}, ""), ({"gpu": 1}, "none can be seen")]
)
def test_a_job_without_a_gpu_computes_on_the_processor_and_says_so_where_it_asked_for_one(
    resources, said, caplog
):
    assert gpu.names() == []
    asked = SimpleNamespace(resources=resources)
    with computing(gpu_of(asked), 1, [{"precision": "tfloat32"}]) as device:
        assert device.type == "cpu"
    assert (said in caplog.text) if said else not caplog.text


@pytest.mark.parametrize("put", ["symlink_to", "touch", "open to all"])
def test_a_folder_of_lock_files_that_another_may_have_put_there_is_refused(shared, put):
    place = shared / f"aip-gpus-{os.getuid()}"
    (shared / "mine").mkdir()
    if put == "symlink_to":
        place.symlink_to(shared / "mine")
    elif put == "touch":
        place.touch()
    else:
        place.mkdir()
        place.chmod(0o777)
    with pytest.raises(BadInput, match=f"{place}: (found a link or a file|others can write)"):
        gpu.locks()


def test_a_lock_is_not_taken_behind_a_link(tmp_path):
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "GPU-a").symlink_to(tmp_path / "precious")
    with pytest.raises(BadInput, match="GPU-a: no lock can be taken there"):
        gpu.one_of(["GPU-a"], tmp_path).__enter__()
    assert (tmp_path / "precious").read_text() == "kept"


@pytest.fixture
def granted(tmp_path, monkeypatch):
    """A job that is granted a GPU, on a machine that seems to have one."""
    monkeypatch.setattr(gpu, "names", lambda: ["GPU-a"])
    monkeypatch.setattr(gpu, "locks", lambda: tmp_path)
    monkeypatch.setattr("aip.compute.computing.describe", lambda _: "NVIDIA A")
    monkeypatch.setattr("torch.cuda.set_device", lambda _: None)
    monkeypatch.setattr("torch.use_deterministic_algorithms", lambda **_: None)
    filled = torch.utils.deterministic.fill_uninitialized_memory
    yield SimpleNamespace(resources={"gpu": 1})
    torch.utils.deterministic.fill_uninitialized_memory = filled


# As PyTorch says it of its own allocator, of CUDA's, of cuBLAS's and of cuDNN's.
RAN_OUT = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    RuntimeError("CUDA error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
]


@pytest.mark.parametrize("error", RAN_OUT)
def test_a_job_whose_gpu_runs_out_of_memory_says_what_to_do_in_one_sentence(error, granted, caplog):
    said = "^NVIDIA A: its memory ran out; expected a GPU with more of it free, or none .*gpu=0"
    with pytest.raises(BadInput, match=said), computing(gpu_of(granted), 1, []):
        raise error
    assert str(error) in caplog.text


def test_a_gpu_without_memory_even_to_start_is_said_alike(granted, monkeypatch):
    def full(_):
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr("torch.cuda.set_device", full)
    with pytest.raises(BadInput, match="its memory ran out"), computing(gpu_of(granted), 1, []):
        pytest.fail("the work began")


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), ValueError("out of memory")])
def test_another_error_of_a_job_on_a_gpu_stays_what_it_is(error, granted):
    with pytest.raises(type(error), match=str(error)), computing(gpu_of(granted), 1, []):
        raise error


@pytest.mark.parametrize(
    ("precisions", "expected"),
    [
        (["tfloat32"], True),
        (["tfloat32", "tfloat32"], True),
        (["tfloat32", "float32"], False),
        (["auto"], False),
        (["bfloat16"], False),
        ([], False),
    ],
)
def test_convolutions_multiply_in_tensorfloat_32_only_where_all_nets_have_it(precisions, expected):
    with computing(
        gpu_of(SimpleNamespace(resources={})), 1, [{"precision": p} for p in precisions]
    ):
        assert torch.backends.cudnn.allow_tf32 == expected
        assert not torch.backends.cuda.matmul.allow_tf32
    with computing(gpu_of(SimpleNamespace(resources={})), 1, []):
        assert not torch.backends.cudnn.allow_tf32
