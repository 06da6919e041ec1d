import json

import h5py
import numpy as np
import pytest
import torch
from torch import nn

from aip.album.heads import open_heads
from aip.errors import BadInput
from aip.perturb import method
from aip.perturb.artifact import OF_A_METHOD, write_perturbation_card, write_perturbations
from aip.perturb.epsilon import input_epsilon
from aip.perturb.perceptibility import perceptibility
from aip.perturb.problem import Outcome
from aip.perturb.publish import publish
from aip.perturb.steps import Steps
from aip.recognise.recogniser import Recogniser
from aip.store.hdf5 import ImageReader

BAR = {"bar_top": 0.5, "bar_height": 0.5, "bar_width": 1}
ROWS = [("t0", "train", None), ("t1", "train", None)] + [
    (f"person{i % 4}", "val", split) for split in (0, 1) for i in range(20)
]
SEEN = ("norm", "l2", "linf", "psnr", "ssim")
STRATEGY = {
    "method": "gaman",
    "steps": 3,
    "step_size": 0.4,
    "step_rule": "relative",
    "epsilon": 1000,
    "robust_to": [("O", 1), ("T", 1), ("N", 1), ("B", 1), ("C", 1)],
}


@pytest.fixture
def heads(heads_file):
    with open_heads(heads_file(ROWS, grey=(24, 30))) as found:
        yield found


@pytest.fixture
def crafted(tmp_path, heads, provenance):
    def make(positions, recogniser, definition=STRATEGY, name="p.h5", seed=1, threads=1):
        told = []
        write_perturbations(
            tmp_path / name,
            heads,
            np.array(positions, dtype=np.int64),
            recogniser if isinstance(recogniser, list) else [recogniser] if recogniser else [],
            provenance(definition, seed),
            told.append,
            threads,
        )
        assert sum(told) == len(positions)
        with h5py.File(tmp_path / name) as file:
            reader = ImageReader(file["images"])
            columns = {k: file[k][()] for k in ("id", *OF_A_METHOD, *SEEN)}
            return columns | {"images": [reader[i] for i in range(len(reader))]}

    return make


@pytest.fixture(scope="module")
def convnet():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
    )
    weight = torch.from_numpy(np.random.default_rng(0).standard_normal((4, 64)))
    names = np.array([f"person{i}" for i in range(4)])
    return Recogniser(net, weight, torch.zeros(4), names, (16, 16))


def test_epsilon_keeps_its_root_mean_square_per_value_at_every_input_size():
    for size in (32, 64, 112, 224, 227):
        epsilon = input_epsilon(1000, (size, size))
        assert (epsilon**2 / (3 * size**2)) == pytest.approx(1000**2 / (3 * 224**2))
    assert input_epsilon(1000, (224, 224)) == 1000


def test_a_perturbation_of_native_size_is_added_clipped_and_rounded():
    head = np.array([[[0, 100, 255], [10, 20, 30]], [[1, 1, 1], [2, 2, 2]]], np.uint8)
    r = np.zeros((2, 2, 3), np.float32)
    r[0] = [[-5, 0.4, 9], [0.6, -0.6, 225.4]]
    found = publish(head, torch.from_numpy(r).permute(2, 0, 1))
    assert found.dtype == np.uint8
    assert found.tolist() == [[[0, 100, 255], [11, 19, 255]], [[1, 1, 1], [2, 2, 2]]]


def test_a_perturbation_is_resized_to_the_heads_native_size():
    head = np.full((30, 20, 3), 100, np.uint8)
    r = torch.zeros(3, 10, 10)
    r[0], r[1, :5] = 7, -8
    found = publish(head, r)
    assert found.shape == (30, 20, 3)
    assert (found[..., 0] == 107).all()
    assert (found[..., 2] == 100).all()
    assert (found[:13, :, 1] == 92).all()
    assert (found[17:, :, 1] == 100).all()


def test_a_perturbation_file_holds_images_at_native_size_norms_and_losses(crafted, convnet, heads):
    positions = heads.where("val", split=1)[:5]
    found = crafted(positions, convnet)
    epsilon = 1000 * 16 / 224
    assert found["id"].tolist() == heads.id[positions].tolist()
    for image, position in zip(found["images"], positions, strict=True):
        original = heads.images[position]
        assert image.shape == original.shape
        assert image.dtype == np.uint8
        assert not np.array_equal(image, original)
    assert (found["norm"] <= epsilon * (1 + 1e-5)).all()
    assert (found["norm"] > epsilon / 10).all()
    assert found["norm"].dtype == np.float32
    assert (found["last_loss"] < found["first_loss"]).all()


def test_the_losses_start_at_that_of_the_unperturbed_head(crafted, linear, heads):
    positions = heads.where("val", split=1)[:3]
    recogniser = linear(4, 16)
    found = crafted(positions, recogniser, {**STRATEGY, "robust_to": [("O", 1)]})
    for loss, position in zip(found["first_loss"], positions, strict=True):
        image = torch.from_numpy(heads.images[position]).permute(2, 0, 1)[None].float()
        resized = torch.nn.functional.interpolate(
            image, (16, 16), mode="bilinear", align_corners=False, antialias=True
        )
        scores = recogniser(resized)[0].numpy()
        label = int(heads.identity[position].removeprefix("person"))
        expected = scores[label] - np.delete(scores, label).max()
        assert loss == pytest.approx(expected, abs=1e-3)


def test_a_head_is_perturbed_alike_whoever_else_is_perturbed(crafted, convnet, heads):
    positions = heads.where("val", split=1)  # 20: a whole block and a part of one
    together = crafted(positions, convnet)
    for chosen in ([3], [19, 3, 7], list(range(19, -1, -1)), list(range(2, 20))):
        found = crafted(positions[chosen], convnet, name="other.h5")
        for i, k in enumerate(chosen):
            assert np.array_equal(found["images"][i], together["images"][k])
            assert found["norm"][i] == together["norm"][k]
            assert found["last_loss"][i] == together["last_loss"][k]


@pytest.mark.parametrize("definition", [STRATEGY, {"method": "blur", "sigma": 0.1}])
def test_heads_are_perturbed_alike_however_many_blocks_are_worked_on_at_once(
    crafted, convnet, heads, definition
):
    positions = heads.where("val")  # 40: two whole blocks and a part of one
    against = convnet if "steps" in definition else None
    one = crafted(positions, against, definition)
    for threads in (2, 3, 8):
        found = crafted(positions, against, definition, name="other.h5", threads=threads)
        assert found.keys() == one.keys()
        for name in found.keys() - {"images"}:
            assert found[name].tobytes() == one[name].tobytes()
        assert all(map(np.array_equal, found["images"], one["images"]))


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError(), RuntimeError("CUDNN_STATUS_ALLOC_FAILED")]
)
def test_a_block_that_does_not_fit_into_memory_is_an_error_that_says_so(
    error, crafted, convnet, heads, monkeypatch, tmp_path
):
    def large(_, /):
        raise error

    monkeypatch.setattr("aip.perturb.strategy.method", lambda _: large)
    for threads in (1, 4):
        with pytest.raises(BadInput, match="cpu: 16 heads at once do not fit into its memory"):
            crafted(heads.where("val"), convnet, threads=threads)
    assert not (tmp_path / "p.h5").exists()


def test_the_seed_of_the_study_changes_what_is_drawn(crafted, convnet, heads):
    positions = heads.where("val", split=1)[:2]
    first, again, other = (crafted(positions, convnet, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first["images"][0], again["images"][0])
    assert not np.array_equal(first["images"][0], other["images"][0])


def test_a_grey_head_is_published_grey(crafted, convnet, heads):
    positions = np.flatnonzero(heads.grey)
    assert heads.id[positions].tolist() == [24, 30]
    for image in crafted(positions, convnet)["images"]:
        assert np.ptp(image.astype(int), axis=2).max() == 0


def test_a_shard_without_heads_is_a_valid_file(crafted, convnet):
    found = crafted([], convnet)
    assert found["images"] == []
    assert all(len(found[k]) == 0 for k in ("id", "first_loss", "last_loss", *SEEN))
    assert found["norm"].dtype == np.float32


def test_at_native_size_every_head_has_the_root_mean_square_of_epsilon(crafted, convnet, heads):
    positions = heads.where("val", split=1)[:5]
    found = crafted(positions, convnet, {**STRATEGY, "at": "native", "robust_to": [("O", 1)]})
    epsilon = 1000 * 16 / 224
    assert len({image.shape for image in found["images"]}) == 5
    assert (found["norm"] <= epsilon * (1 + 1e-5)).all()
    on_the_sphere = found["norm"] > epsilon * 0.999
    assert on_the_sphere.sum() >= 3
    for k in np.flatnonzero(on_the_sphere):
        image, position, l2 = found["images"][k], positions[k], found["l2"][k]
        change = image.astype(float) - heads.images[position]
        assert l2 == pytest.approx(np.linalg.norm(change), rel=1e-6)
        # Rounding to 8 bits adds up to 1/12 per value to the square of the radius, 1000 / 224 wide.
        assert l2 == pytest.approx(1000 / 224 * np.sqrt(image.size / 3), rel=0.05)


def test_none_publishes_the_exact_heads_with_no_norm_and_no_loss(crafted, heads):
    positions = heads.where("val", split=1)
    found = crafted(positions, None, {"method": "none"})
    for image, position in zip(found["images"], positions, strict=True):
        assert np.array_equal(image, heads.images[position])
    assert found["norm"].tolist() == [0] * 20
    assert np.isnan(found["first_loss"]).all()
    assert np.isnan(found["last_loss"]).all()


def test_the_norm_of_a_method_without_a_recogniser_is_scaled_to_the_reference_input(
    crafted, heads, monkeypatch
):
    def brighter(head):
        return (head + 2).astype(np.uint8)  # no head here is near 255

    monkeypatch.setattr("aip.perturb.artifact.blind_method", lambda _: brighter)
    found = crafted(heads.where("val", split=1)[:4], None, {"method": "none"})
    assert found["norm"].tolist() == pytest.approx([2 * np.sqrt(3) * 224] * 4, rel=1e-6)


def test_the_card_of_a_shard_holds_its_means(crafted, convnet, heads, tmp_path, provenance):
    found = crafted(heads.where("val", split=1)[:5], convnet)
    write_perturbation_card(tmp_path / "card.json", tmp_path / "p.h5", provenance())
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["heads"] == 5
    for name in ("first_loss", "last_loss", *SEEN):
        assert card[f"mean_{name}"] == pytest.approx(found[name].mean(), rel=1e-5)


@pytest.mark.parametrize("count", [0, 3])
def test_the_card_of_a_shard_without_losses_says_so(crafted, heads, tmp_path, provenance, count):
    crafted(heads.where("val", split=1)[:count], None, {"method": "none"})
    write_perturbation_card(tmp_path / "card.json", tmp_path / "p.h5", provenance())
    card = json.loads((tmp_path / "card.json").read_text())
    assert (card["heads"], card["mean_last_loss"]) == (count, None)
    nothing = {"norm": 0, "l2": 0, "linf": 0, "psnr": None, "ssim": 1}
    for name, mean in nothing.items():
        assert card[f"mean_{name}"] == (mean if count else None)
    assert "Infinity" not in (tmp_path / "card.json").read_text()


def test_a_shard_says_how_visible_each_head_is(crafted, convnet, heads):
    positions = heads.where("val", split=1)  # 20: a whole block and a part of one
    for recogniser, definition in ((convnet, STRATEGY), (None, {"method": "blur", "sigma": 0.1})):
        found = crafted(positions, recogniser, definition)
        for i, position in enumerate(positions):
            clean = heads.images[position]
            expected = perceptibility(clean, found["images"][i])
            assert 0 < expected.ssim < 1
            for name, value in expected._asdict().items():
                assert found[name].dtype == np.float32
                assert found[name][i] == np.float32(value)


def test_a_method_is_handed_the_keys_that_its_function_names(crafted, convnet, heads, monkeypatch):
    positions, told = heads.where("val", split=1)[:2], {}

    def own_loop(problem, *, steps, epsilon, decay):
        told.update(steps=steps, epsilon=epsilon, decay=decay)
        return method("gaman")(problem, Steps(steps, 0.1, epsilon))

    monkeypatch.setattr("aip.perturb.strategy.method", lambda _: own_loop)
    crafted(positions, convnet, {**STRATEGY, "decay": 0.9})
    epsilon = pytest.approx(1000 * 16 / 224)
    assert told == {"steps": 3, "epsilon": epsilon, "decay": 0.9}

    def shared_loop(problem, steps, *, decay):
        told.update(steps=steps, decay=decay)
        return method("gaman")(problem, steps)

    monkeypatch.setattr("aip.perturb.strategy.method", lambda _: shared_loop)
    crafted(positions, convnet, {**STRATEGY, "decay": 0.8, "step_rule": "paper"})
    assert (told["steps"], told["decay"]) == (Steps(3, 0.4, 1000, "paper"), 0.8)
    found = crafted(positions, None, {"method": "eye-bar"} | BAR)
    for image, position in zip(found["images"], positions, strict=True):
        expected = heads.images[position].copy()
        expected[round(0.5 * len(expected)) :] = 0
        assert np.array_equal(image, expected)


ONCE = {**STRATEGY, "robust_to": [("O", 1)]}


@pytest.fixture
def given(monkeypatch):
    """The problems and epsilons that a method is given, which then does nothing."""
    seen = []

    def still(problem, *, epsilon):
        seen.append((problem, epsilon))
        nothing = torch.zeros(len(problem.x))
        return Outcome(torch.zeros_like(problem.x), nothing, nothing)

    monkeypatch.setattr("aip.perturb.strategy.method", lambda _: still)
    return seen


def resized(heads, position, size):
    image = torch.from_numpy(heads.images[position]).permute(2, 0, 1)[None].float()
    return torch.nn.functional.interpolate(
        image, size, mode="bilinear", align_corners=False, antialias=True
    )[0]


@pytest.mark.parametrize("sizes", [(8, 16), (16, 8)])
def test_against_several_recognisers_the_canvas_is_the_largest_of_their_inputs(
    crafted, linear, heads, given, sizes
):
    positions = heads.where("val", split=1)[:5]
    crafted(positions, [linear(4, size, seed=size) for size in sizes], ONCE)
    ((problem, epsilon),) = given
    assert epsilon == pytest.approx(1000 * 16 / 224)
    assert [r.input_size[0] for r in problem.against] == [*sizes]
    assert problem.x.shape[1:] == (3, 16, 16)
    for i, position in enumerate(positions):
        assert torch.allclose(problem.x[i], resized(heads, position, (16, 16)), atol=1e-3)
        assert problem.y[i] == int(heads.identity[position].removeprefix("person"))
        assert problem.ids[i] == heads.id[position]


def test_the_largest_input_is_that_of_the_most_pixels(crafted, linear, heads, given):
    tall, square = linear(4, 16), linear(4, 12)
    tall.input_size = (20, 6)  # a longer side, and fewer pixels than 12 × 12
    tall.weight.data = tall.weight.data[:, : 3 * 20 * 6]
    crafted(heads.where("val", split=1)[:2], [tall, square], ONCE)
    assert given[0][0].x.shape[2:] == (12, 12)


def test_two_recognisers_are_both_attacked(crafted, linear, convnet, heads):
    positions, small = heads.where("val", split=1)[:6], linear(4, 8, seed=5)

    def recognised(recogniser, images, k):
        own = torch.from_numpy(images[k]).permute(2, 0, 1)[None].float()
        inputs = torch.nn.functional.interpolate(
            own, recogniser.input_size, mode="bilinear", align_corners=False, antialias=True
        )
        scores = recogniser(inputs)[0]
        label = int(heads.identity[positions[k]].removeprefix("person"))
        return scores[label] - torch.cat([scores[:label], scores[label + 1 :]]).max()

    found = crafted(positions, [small, convnet], ONCE)["images"]
    clean = [heads.images[i] for i in positions]
    for recogniser in (small, convnet):
        pairs = [
            (recognised(recogniser, found, k), recognised(recogniser, clean, k)) for k in range(6)
        ]
        assert np.mean([float(after - before) for after, before in pairs]) < 0


@pytest.mark.parametrize(
    ("rule", "epsilon"), [("paper", 1000), ("relative", 1000 * 16 / 224), (None, 1000 * 16 / 224)]
)
def test_epsilon_is_the_papers_own_where_the_step_rule_is(
    crafted, linear, heads, given, rule, epsilon
):
    strategy = {k: v for k, v in ONCE.items() if k != "step_rule"}
    strategy |= {} if rule is None else {"step_rule": rule}
    crafted(heads.where("val", split=1)[:2], linear(4, 16), strategy)
    assert given[0][1] == pytest.approx(epsilon)


@pytest.mark.parametrize(("diversity", "expected"), [(0.25, 0.25), (None, 0.0)])
def test_input_diversity_is_the_problems(crafted, linear, heads, given, diversity, expected):
    strategy = ONCE | ({} if diversity is None else {"input_diversity": diversity})
    crafted(heads.where("val", split=1)[:2], linear(4, 16), strategy)
    assert given[0][0].diversity == expected


def test_input_diversity_changes_what_is_published(crafted, convnet, heads):
    positions = heads.where("val", split=1)[:2]
    without, none, some = (
        crafted(positions, convnet, ONCE | more)["images"][0]
        for more in ({}, {"input_diversity": 0.0}, {"input_diversity": 1.0})
    )
    assert np.array_equal(without, none)
    assert not np.array_equal(without, some)


def least_likely(heads, positions, recogniser):
    """Return the label of each head's lowest score that is not its own, and of its lowest."""
    for i in positions:
        scores = recogniser(resized(heads, i, (16, 16))[None])[0].tolist()
        own = int(heads.identity[i].removeprefix("person"))
        order = sorted(range(4), key=scores.__getitem__)
        yield next(k for k in order if k != own), order[0]


@pytest.mark.parametrize("seed", [0, 3])
def test_the_least_likely_target_has_the_lowest_clean_score_of_the_others(
    crafted, linear, heads, given, seed
):
    positions, recogniser = heads.where("val", split=1), linear(4, 16, seed=seed)
    crafted(positions, recogniser, ONCE | {"target": "least-likely"})
    found = torch.cat([problem.target for problem, _ in given]).tolist()
    expected, lowest = zip(*least_likely(heads, positions, recogniser), strict=True)
    assert found[: len(expected)] == list(expected)  # blocks are filled up
    assert len(set(expected)) > 1
    assert expected != lowest  # some head's own identity has the lowest score
    crafted(positions[:2], recogniser, ONCE | {"target": None})
    assert given[-1][0].target is None


def test_a_target_is_that_identity_and_least_likely_for_its_own_heads(
    crafted, linear, heads, given
):
    positions, recogniser = heads.where("val", split=1)[:8], linear(4, 16, seed=3)
    crafted(positions, recogniser, ONCE | {"target": "person2"})
    own = heads.identity[positions] == "person2"
    assert own.sum() == 2
    least = [other for other, _ in least_likely(heads, positions, recogniser)]
    assert given[0][0].target[:8].tolist() == np.where(own, least, 2).tolist()


def test_an_unknown_target_is_named_with_those_who_are_known(crafted, linear, heads):
    expected = r"unknown target 'person9'; did you mean 'person\d'\? expected one of person0, perso"
    with pytest.raises(BadInput, match=expected) as caught:
        crafted(heads.where("val", split=1)[:2], linear(4, 16), ONCE | {"target": "person9"})
    assert "\n" not in str(caught.value)


def test_unpublished_says_whether_the_perturbed_input_itself_is_recognised(
    crafted, convnet, heads, monkeypatch
):
    positions, drawn = heads.where("val", split=1), []

    def noisy(problem, *, epsilon):  # noqa: ARG001
        rng = np.random.default_rng(len(drawn))
        r = torch.from_numpy(rng.normal(0, 60, problem.x.shape).astype(np.float32))
        drawn.append(r)
        return Outcome(r, torch.ones(len(r)), torch.zeros(len(r)))

    monkeypatch.setattr("aip.perturb.strategy.method", lambda _: noisy)
    found = crafted(positions, convnet, ONCE)["unpublished"]
    expected = [
        int(convnet((resized(heads, position, (16, 16)) + r)[None])[0].argmax())
        == int(heads.identity[position].removeprefix("person"))
        for position, r in zip(positions, torch.cat(drawn), strict=False)
    ]
    assert found.dtype == np.float32
    assert found.tolist() == [float(right) for right in expected]
    assert 0 < sum(expected) < len(expected)
    none = crafted(positions[:2], None, {"method": "none"})["unpublished"]
    assert np.isnan(none).all()
