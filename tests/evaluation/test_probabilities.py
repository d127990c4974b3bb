"""Probabilities of k classes are scored as by scikit-learn, with patients as the unit."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as theirs

from alsnb.checks import BadInput
from alsnb.evaluation.calibration import calibration_table
from alsnb.evaluation.classes import score_classes
from alsnb.evaluation.probabilities import compare_probabilities, score_probabilities

FEW = {"n_resamples": 200}
SKLEARN = ["accuracy", "balanced_accuracy", "log_loss", "brier"]


def draw_classes(seed=0, n_patients=120, n_classes=3, n_repeats=1):
    """Probabilities and classes drawn from them, so that they are calibrated."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(n_classes, 0.7), n_patients * n_repeats)
    classes = [rng.choice(n_classes, p=row) for row in probabilities[:n_patients]] * n_repeats
    return np.array(classes), probabilities


def as_frame(classes, probabilities, n_repeats=1):
    n_rows, n_classes = probabilities.shape
    n_patients = n_rows // n_repeats
    return pd.DataFrame(
        {
            "patient": np.repeat(np.tile(np.arange(n_patients), n_repeats), n_classes),
            "model": "m",
            "split": "test",
            "repeat": np.repeat(np.repeat(np.arange(n_repeats), n_patients), n_classes),
            "fold": 0,
            "at": np.tile(np.arange(n_classes), n_rows),
            "observed": (classes[:, None] == np.arange(n_classes)).astype(float).ravel(),
            "predicted": probabilities.ravel(),
        }
    )


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@pytest.mark.parametrize("n_repeats", [1, 3])
def test_scores_are_those_of_scikit_learn(n_classes, n_repeats):
    classes, probabilities = draw_classes(1, n_classes=n_classes, n_repeats=n_repeats)
    frame = as_frame(classes, probabilities, n_repeats)
    scores = score_probabilities(frame, metrics=SKLEARN, **FEW)
    called = probabilities.argmax(axis=1)
    labels = range(n_classes)
    expected = {
        "accuracy": theirs.accuracy_score(classes, called),
        "balanced_accuracy": theirs.balanced_accuracy_score(classes, called),
        "log_loss": theirs.log_loss(classes, probabilities, labels=labels),
        "brier": theirs.brier_score_loss(
            classes, probabilities if n_classes > 2 else probabilities[:, 1], labels=labels
        ),
    }
    assert scores.set_index("metric")["estimate"].to_dict() == pytest.approx(expected)
    assert (scores["low"] <= scores["estimate"]).all()
    assert (scores["estimate"] <= scores["high"]).all()
    assert (scores["n_patients"] == 120).all()


def test_patients_are_the_unit():
    """Repeating every prediction adds no patient, so it narrows no interval."""
    frame = as_frame(*draw_classes(3))
    twice = pd.concat([frame, frame.assign(repeat=1)])
    shuffled = twice.sample(frac=1, random_state=0)
    once = score_probabilities(frame, **FEW)
    pd.testing.assert_frame_equal(once, score_probabilities(shuffled, **FEW))


def test_a_class_that_no_resample_need_hold_has_no_say():
    classes, probabilities = draw_classes(4, n_patients=40)
    classes[:] = np.where(np.arange(40) == 0, 2, classes % 2)
    scores = score_probabilities(as_frame(classes, probabilities), **FEW)
    assert np.isfinite(scores[["estimate", "low", "high"]]).all(axis=None)


def test_each_class_is_calibrated_by_itself():
    frame = as_frame(*draw_classes(5, n_patients=3000))
    table = calibration_table(frame, n_bins=5)
    assert table.groupby("at").size().to_list() == [5, 5, 5]
    np.testing.assert_allclose(table["observed"], table["predicted"], atol=0.06)
    one = frame[frame["at"] == 1].drop(columns="at")
    alone = calibration_table(one, n_bins=5)
    pd.testing.assert_frame_equal(
        table[table["at"] == 1].drop(columns="at").reset_index(drop=True), alone
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: frame.drop(index=4),
        lambda frame: frame.assign(predicted=frame["predicted"] * 0.9),
        lambda frame: frame.assign(observed=1.0),
        lambda frame: frame[frame["at"] == 0],
    ],
)
def test_what_are_no_probabilities_of_classes_is_refused(spoil):
    with pytest.raises(BadInput, match="probability of every class"):
        score_probabilities(spoil(as_frame(*draw_classes())), **FEW)


def test_two_rows_of_one_class_are_refused():
    frame = as_frame(*draw_classes())
    with pytest.raises(BadInput, match="patient, repeat and at"):
        score_probabilities(pd.concat([frame, frame.iloc[:1]]), **FEW)


def test_several_classes_are_not_scored_as_one():
    with pytest.raises(BadInput, match="score_probabilities"):
        score_classes(as_frame(*draw_classes()), threshold=0.0, metrics="auc")


def test_the_ranked_score_counts_how_far_off_a_call_is():
    classes = np.array([0, 0, 2])
    probabilities = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.2, 0.3, 0.5]])
    frame = as_frame(classes, probabilities)
    found = score_probabilities(frame, metrics=["rps"], **FEW)["estimate"].item()
    # one border crossed of two, both crossed, and (0.2^2 + 0.5^2) / 2
    assert found == pytest.approx((0.5 + 1.0 + (0.04 + 0.25) / 2) / 3)


def test_the_ranked_score_of_two_classes_is_briers():
    scores = score_probabilities(as_frame(*draw_classes(6, n_classes=2)), **FEW)
    by_metric = scores.set_index("metric")[["estimate", "low", "high"]]
    np.testing.assert_allclose(by_metric.loc["rps"], by_metric.loc["brier"])


def test_a_difference_is_paired_and_vanishes_between_equals():
    classes, probabilities = draw_classes(7)
    ours = as_frame(classes, probabilities)
    other = as_frame(classes, 0.5 * probabilities + 0.5 / 3).assign(model="flatter")
    same = ours.assign(model="same")
    table = compare_probabilities(pd.concat([ours, other, same]), reference="m", **FEW)
    by_key = table.set_index(["model", "metric"])
    equal = by_key.loc["same", ["estimate", "low", "high"]]
    assert (equal == 0).all(axis=None)
    assert (by_key.loc["same", "p_value"] == 1).all()
    single = score_probabilities(pd.concat([ours, other]), **FEW).set_index(["model", "metric"])
    difference = single.loc["flatter", "estimate"] - single.loc["m", "estimate"]
    assert by_key.loc["flatter", "estimate"].to_dict() == pytest.approx(difference.to_dict())


def test_models_of_other_patients_are_not_compared():
    ours = as_frame(*draw_classes(8))
    fewer = ours[ours["patient"] > 2].assign(model="fewer")
    with pytest.raises(BadInput, match="3 patients with only one"):
        compare_probabilities(pd.concat([ours, fewer]), reference="m", **FEW)
