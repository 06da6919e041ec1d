"""What holds on a GPU; skipped where there is none."""

from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import torch

from aip.album.heads import open_heads
from aip.compute.computing import computing
from aip.perturb.artifact import write_perturbations
from aip.perturb.gaman import margin
from aip.perturb.problem import Problem
from aip.process import KINDS
from aip.recognise.building import build_recogniser
from aip.recognise.recogniser import Recogniser
from aip.recognise.scoring import summed_scores
from aip.recognise.training import train
from aip.run.gpu import granted as gpu_of
from aip.store.hdf5 import ImageReader

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU can be seen")

STRATEGY = {
    "method": "gaman",
    "steps": 5,
    "step_size": 0.2,
    "step_rule": "relative",
    "epsilon": 1000,
    "robust_to": [("O", 1), ("T", 1), ("N", 1), ("B", 1), ("C", 1)],
}
ROWS = [("t0", "train", None), ("t1", "train", None)] * 8 + [
    (f"person{i % 4}", "val", split) for split in (0, 1) for i in range(20)
]


@pytest.fixture
def device():
    asked = SimpleNamespace(resources={"gpu": 1})
    with computing(gpu_of(asked), 1, [{"precision": "float32"}]) as found:
        assert found.type == "cuda"
        yield found
    torch.use_deterministic_algorithms(mode=False)


@pytest.fixture
def heads(heads_file):
    with open_heads(heads_file(ROWS)) as found:
        yield found


@pytest.fixture
def convnet():
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, stride=2), torch.nn.ReLU(), torch.nn.Flatten()
    )
    weight = torch.from_numpy(np.random.default_rng(0).standard_normal((4, 392))) / 100
    names = np.array([f"person{i}" for i in range(4)])
    return Recogniser(net, weight, torch.zeros(4), names, (16, 16))


@pytest.fixture
def published(heads, convnet, provenance, tmp_path):
    def make(device, threads=1):
        path = tmp_path / "p.h5"
        against, positions = [convnet.to(device)], heads.where("val")
        write_perturbations(
            path, heads, positions, against, provenance(STRATEGY), lambda _: None, threads
        )
        with h5py.File(path) as file:
            reader = ImageReader(file["images"])
            return [reader[i] for i in range(len(reader))], file["last_loss"][()]

    return make


def test_no_result_depends_on_how_many_blocks_are_worked_on_at_once(device, published):
    images, losses = published(device)
    for threads in (1, 2, 3, 8):
        again, found = published(device, threads)
        assert all(map(np.array_equal, images, again))
        assert found.tobytes() == losses.tobytes()


def test_a_gpu_publishes_what_the_processor_does_but_for_rounding(device, published):
    images, losses = published(torch.device("cpu"))
    again, found = published(device)
    assert found == pytest.approx(losses, rel=1e-2, abs=1e-2)
    apart = [np.abs(a.astype(int) - b) for a, b in zip(images, again, strict=True)]
    assert max(each.max() for each in apart) <= 2
    assert np.mean([(each > 0).mean() for each in apart]) < 0.01


def test_a_gpu_scores_as_the_processor_does_but_for_rounding(device, heads, convnet):
    numbers = heads.id[heads.where("val")]
    images = {i: heads.images[int(n)] for i, n in enumerate(heads.positions(numbers))}
    copies = tuple((kind, 2) for kind in KINDS)
    found, expected = (
        summed_scores(convnet.to(where), images, numbers, copies, 1, lambda _: None)
        for where in (device, torch.device("cpu"))
    )
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4 * np.abs(expected).max())


def test_no_step_waits_for_the_gpu(device, convnet):
    x = torch.rand(3, 3, 16, 16, device=device) * 255
    kinds = [kind for kind in KINDS if kind != "J"]  # JPEG is coded on the processor
    problem = Problem(
        x=x,
        y=torch.tensor([0, 1, 2], device=device),
        grey=torch.tensor([False, True, False], device=device),
        against=(convnet.to(device),),
        robust_to=tuple((kind, 1) for kind in kinds),
        ids=np.array([1, 2, 3]),
        seed=1,
        diversity=0.5,
    )
    r = torch.zeros_like(x)
    problem.gradient(margin, r, 0)  # which brings the constants there
    torch.cuda.set_sync_debug_mode("error")
    try:
        problem.gradient(margin, r, 1)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_net_that_was_taught_on_a_gpu_is_given_on_the_processor(device, heads):
    settings = {
        "epochs": 1,
        "batch_size": 8,
        "lanes": 2,
        "schedule": "one-cycle",
        "learning_rate": 0.01,
        "weight_decay": 0.0005,
        "label_smoothing": 0.1,
        "validation": 0,
    }
    definition = {"arch": "resnet18", "weights": None, "input_size": [32, 32]}
    definition |= {"precision": "float32", "training": settings}
    curve = []
    net = train(heads, [], None, definition, 1, 2, curve.append, device)
    assert {tensor.device.type for tensor in net.state_dict().values()} == {"cpu"}
    assert np.isfinite(curve[0].loss)


def test_a_recogniser_is_built_where_its_net_is(device):
    heads = [np.full((9, 9, 3), value, np.uint8) for value in (50, 200)]
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.Flatten()).to(device)
    found = build_recogniser(net, heads, ["ann", "bob"], input_size=(8, 8))
    assert found.device.type == "cuda"
    shown = torch.full((1, 3, 8, 8), 200.0, device=device)
    assert found.identities[found(shown).argmax(1).cpu()] == "bob"
