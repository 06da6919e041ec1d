import os
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from liblinear.liblinearutil import predict, save_model, train

from aip.errors import BadInput
from aip.recognise import liblinear
from aip.recognise.classifier import rate
from aip.recognise.liblinear import read_liblinear, to_svm, widen

NAMES = {12: "Zoë", -3: "Ada", 7: "Bob", 0: "Eve", 5: "Cem"}
# LIBLINEAR's own numbers of its solvers.
SOLVERS = {
    "L2R_L2LOSS_SVC_DUAL": 1,
    "L2R_L2LOSS_SVC": 2,
    "L2R_L1LOSS_SVC_DUAL": 3,
    "MCSVM_CS": 4,
    "L1R_L2LOSS_SVC": 5,
}
DIMENSION = 6


def clusters(labels: list[int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    y = rng.permutation(np.repeat(labels, 12))
    centres = {label: rng.standard_normal(DIMENSION) for label in labels}
    x = np.stack([centres[label] for label in y]) + 0.7 * rng.standard_normal((len(y), DIMENSION))
    return x, y


def taught(path: Path, count: int, solver: str, bias: float):
    """Have LIBLINEAR teach and write a model; return it with what it was taught."""
    x, y = clusters(list(NAMES)[:count])
    model = train(y, x, f"-s {SOLVERS[solver]} -c 1 -B {bias} -q")
    save_model(str(path), model)
    return model, x, y


@pytest.mark.parametrize(
    ("solver", "count", "bias"), list(product(SOLVERS, (2, 5), (-1, 1, 2.5))), ids=str
)
def test_scores_are_liblinears_own_decision_values(tmp_path, solver, count, bias):
    model, x, y = taught(tmp_path / "model0", count, solver, bias)
    _, _, values = predict(y, x, model, "-q")
    order = model.get_labels()
    assert order != sorted(order)
    read = read_liblinear(tmp_path / "model0")
    assert read.labels.tolist() == order
    assert (read.bias.any(), read.weight.dtype) == (bias >= 0, np.float32)
    identities = [NAMES[label] for label in order]
    svm = to_svm(read, NAMES, identities, DIMENSION)
    assert svm.identities.tolist() == sorted(identities)
    scores = x @ svm.weight.astype(float).T + svm.bias
    values = np.array(values)
    if values.shape[1] == 1:  # of the first label against the second
        values = np.concatenate([values, -values], 1)
    for column, label in enumerate(order):
        mine = scores[:, svm.identities.tolist().index(NAMES[label])]
        assert mine == pytest.approx(values[:, column], abs=1e-5 * np.abs(values).max())


def test_the_rate_is_liblinears_accuracy(tmp_path):
    model, x, y = taught(tmp_path / "model0", 5, "L2R_L2LOSS_SVC_DUAL", 1)
    _, (accuracy, *_), _ = predict(y, x, model, "-q")
    svm = to_svm(read_liblinear(tmp_path / "model0"), NAMES, list(NAMES.values()), DIMENSION)
    found = rate(svm, x.astype(np.float32), np.array([NAMES[label] for label in y]))
    assert 50 < accuracy < 100  # else labels or weights could be of anyone
    assert 100 * found == pytest.approx(accuracy)


MODEL = """solver_type L2R_L2LOSS_SVC_DUAL
nr_class 3
label 12 -3 7
nr_feature 2
bias 1
w
1 2 3
4 5 6
7 8 9
"""


@pytest.fixture
def read(tmp_path):
    def run(text: str | bytes):
        path = tmp_path / "model0"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_liblinear(path)

    return run


def test_rows_of_the_file_are_columns_of_the_weights(read):
    found = read(MODEL)
    assert found.labels.tolist() == [12, -3, 7]
    assert found.weight.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert found.bias.tolist() == [7, 8, 9]
    assert read(MODEL.replace("bias 1", "bias 0.5")).bias.tolist() == [3.5, 4, 4.5]
    # LIBLINEAR ends its lines in a space.
    assert read(MODEL.replace("\n", " \n") + "\n").weight.tolist() == found.weight.tolist()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "L2R_L2LOSS_SVC_DUAL",
            "L2R_LR",
            "line 1: solver_type: found 'L2R_LR', expected one of L2R",
        ),
        ("L2R_L2LOSS_SVC_DUAL", "L2R_L2LOSS_SVR", "solver_type: found 'L2R_L2LOSS_SVR', expected"),
        ("nr_class 3", "nr_class 1", "line 2: nr_class: found '1', expected a whole number of at"),
        ("nr_class 3", "nr_class x", "line 2: nr_class: found 'x', expected a whole number"),
        ("nr_class 3", "nr_class 4", "line 3: label: found '12 -3 7', expected 4 whole numbers"),
        ("12 -3 7", "12 -3 12", "line 3: label: found '12 -3 12', expected 3 whole numbers that"),
        ("12 -3 7", "12 -3 7.5", "line 3: label: found '12 -3 7.5', expected whole numbers"),
        ("label 12 -3 7\n", "", "not a model of LIBLINEAR to classify with; it has no label"),
        ("nr_feature 2", "nr_feature 0", "line 4: nr_feature: found '0', expected"),
        ("nr_feature 2", "nr_feature 1", "line 9: found more than 2 lines of weights"),
        ("nr_feature 2", "nr_feature 3", "cut short: found 3 lines of weights, expected 4"),
        ("bias 1", "bias one", "line 5: bias: found 'one', expected a number"),
        ("bias 1", "bias nan", "line 5: bias: found 'nan', expected a number"),
        ("bias 1", "bias -1", "line 9: found more than 2 lines of weights"),
        ("bias 1", "bias 1\nrho 1", "line 6: found 'rho', expected a model of LIBLINEAR"),
        ("bias 1", "bias 1\nbias 1", "line 6: found 'bias', expected a model of LIBLINEAR"),
        ("w\n", "", "line 6: found '1', expected a model of LIBLINEAR"),
        ("4 5 6", "4 5", "line 8: found 2 weights, expected 3"),
        ("4 5 6", "4 5 6 7", "line 8: found 4 weights, expected 3"),
        ("4 5 6", "4 5 six", "line 8: found what is not a number"),
        ("4 5 6", "4 nan 6", "line 8: found a weight that is not finite"),
        ("4 5 6", "4 -inf 6", "line 8: found a weight that is not finite"),
        ("7 8 9\n", "", "cut short: found 2 lines of weights, expected 3"),
        ("7 8 9\n", "7 8 9\n1 1 1\n", "line 10: found more than 3 lines of weights"),
        ("4 5 6", "4 ü 6", "not a text file of LIBLINEAR"),
        (MODEL, "", "not a model of LIBLINEAR to classify with; it has no solver_type"),
        ("nr_feature 2", "nr_feature 2147483647", "cut short: it is too small for the 2147483648"),
        ("nr_feature 2", f"nr_feature {2**62}", "line 4: nr_feature: found '4611686018427387904'"),
        ("nr_feature 2", f"nr_feature {'1' * 5000}", "line 4: nr_feature: found '111"),
        ("nr_class 3", f"nr_class {10**30}", "line 2: nr_class: found '1000"),
        ("12 -3 7", f"12 -3 {2**70}", "line 3: label: found '12 -3 1180591620717411303424'"),
        ("12 -3 7", f"12 -3 {2**31}", "expected whole numbers below 2147483648"),
        ("12 -3 7", "12 -3 1_0", "line 3: label: found '12 -3 1_0', expected whole numbers"),
        ("4 5 6", "4 5_0 6", "line 8: found what is not a number"),
        ("4 5 6", "4 1e300 6", "found a weight or a bias that float32 cannot hold"),
        ("bias 1", "bias 1e300", "found a weight or a bias that float32 cannot hold"),
        ("bias 1", "bias 1_0", "line 5: bias: found '1_0', expected a number"),
    ],
)
def test_what_is_wrong_with_a_model_is_said_with_its_line(read, old, new, sentence):
    assert old in MODEL
    with pytest.raises(BadInput) as caught:
        read(MODEL.replace(old, new))
    assert sentence in str(caught.value)
    assert "model0" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_classes_have_one_column_unless_the_solver_keeps_both(read):
    two = MODEL.replace("nr_class 3", "nr_class 2").replace("12 -3 7", "12 -3")
    with pytest.raises(BadInput, match="line 7: found 3 weights, expected 1"):
        read(two)
    with pytest.raises(BadInput, match="line 7: found 3 weights, expected 2"):
        read(two.replace("L2R_L2LOSS_SVC_DUAL", "MCSVM_CS"))


def test_a_file_without_lines_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "model0"
    path.touch()
    os.truncate(path, liblinear.LARGEST)  # of zeros, which take no room on the disk
    with pytest.raises(BadInput, match=r"model0, line 1: found more than 4,194,304 characters"):
        read_liblinear(path)
    os.truncate(path, liblinear.LARGEST + 1)
    with pytest.raises(BadInput, match=r"model0: a model of LIBLINEAR has 2,147,483,649 bytes"):
        read_liblinear(path)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_in_its_place_is_named(tmp_path, make):
    make(tmp_path / "model0")
    with pytest.raises(BadInput, match=r"model0: found (a folder|no plain file), expected a model"):
        read_liblinear(tmp_path / "model0")


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(BadInput, match="gone: the SVM is missing"):
        read_liblinear(tmp_path / "gone")


KNOWN = ["Ada", "Bob", "Zoë"]


@pytest.mark.parametrize(
    ("names", "identities", "dimension", "sentence"),
    [
        (NAMES, KNOWN, 3, "nr_feature: found 2, but the net gives 3 features"),
        (NAMES, KNOWN[:2], 2, "nr_class: found 3 labels, expected one for each of 2 identities"),
        (NAMES, [*KNOWN, "Eve"], 2, "found 3 labels, expected one for each of 4 identities"),
        (NAMES, ["Ada", "Bob", "Eve"], 2, "label 12 is that of no identity to be recognised"),
        ({12: "Zoë", 7: "Bob"}, KNOWN, 2, "label -3 is that of no identity to be recognised"),
        ({12: "Ada", -3: "Ada", 7: "Bob"}, KNOWN, 2, "two labels are of one identity"),
    ],
)
def test_a_model_of_others_is_refused(read, names, identities, dimension, sentence):
    with pytest.raises(BadInput) as caught:
        to_svm(read(MODEL), names, identities, dimension)
    assert sentence in str(caught.value)
    assert "model0: " in str(caught.value)


def test_last_features_that_were_never_seen_count_for_nothing(tmp_path):
    """LIBLINEAR counts features to the last that is not 0 in some head."""
    x, y = clusters(list(NAMES))
    x[:, -2:] = 0
    model = train(y, x, "-s 1 -c 1 -q")
    save_model(str(tmp_path / "model0"), model)
    read = read_liblinear(tmp_path / "model0")
    assert read.weight.shape == (5, DIMENSION - 2)
    found = widen(read, x.astype(np.float32))
    assert found.weight.shape == (5, DIMENSION)
    assert not found.weight[:, -2:].any()
    svm = to_svm(found, NAMES, NAMES.values(), DIMENSION)
    unseen = x + np.array([0, 0, 0, 0, 3, -3])  # which LIBLINEAR does not look at
    _, _, values = predict(y, unseen, model, "-q")
    order = [svm.identities.tolist().index(NAMES[label]) for label in model.get_labels()]
    scores = (unseen @ svm.weight.astype(float).T + svm.bias)[:, order]
    assert scores == pytest.approx(np.array(values), abs=1e-5)


def test_a_model_that_was_taught_other_features_stays_as_it_is(tmp_path):
    _, x, _ = taught(tmp_path / "model0", 5, "L2R_L2LOSS_SVC_DUAL", -1)
    read = read_liblinear(tmp_path / "model0")
    more = np.concatenate([x, np.ones((len(x), 1))], axis=1).astype(np.float32)
    for features in (more, x[:, :-1].astype(np.float32)):
        assert widen(read, features).weight.shape == (5, DIMENSION)
