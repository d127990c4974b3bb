"""Signed values are added by measure, noise is counted, and shuffling finds what matters."""

import numpy as np
import pandas as pd
import pytest

from alsnb.features.catalogue import described
from alsnb.fits.importance import rank_by_permutation
from alsnb.fits.inputs import make_inputs
from alsnb.splits import Fold
from alsnb.study.importance import count_false, noise_of, sum_by_measure


def test_opposite_signs_of_one_measure_cancel():
    values = pd.DataFrame({"first_a": [1.0, 2, 3, 4, 5], "last_a": [2.0, 1, 4, 3, 5], "b": 1.0})
    shap = np.column_stack([[1.0, -1, 1, -1, 1], [-1.0, 1, -1, 1, -0.5], [0.2] * 5])
    table = sum_by_measure(shap, values, {"first_a": "a", "last_a": "a"}, n_resamples=50)
    a = table.set_index("measure").loc["a"]
    # only the last patient has something left: 0.5 of 5 patients, of a total of 1 and 0.9
    assert a["estimate"] == pytest.approx(0.1)
    assert a["apart"] == pytest.approx(1.9)
    assert a["cancelled"] == pytest.approx(1 - 0.1 / 1.9)
    assert a["low"] <= a["estimate"] <= a["high"]
    assert a["n_inputs"] == 2
    assert table["measure"].tolist() == ["b", "a"]
    assert np.isnan(table.set_index("measure").loc["b", "direction"])


def test_the_direction_is_that_of_the_last_value():
    rng = np.random.default_rng(1)
    values = pd.DataFrame(rng.normal(size=(60, 2)), columns=["first_a", "last_a"])
    shap = np.column_stack([-0.2 * values["first_a"], 0.9 * values["last_a"]])
    table = sum_by_measure(shap, values, {"first_a": "a", "last_a": "a"}, n_resamples=20)
    assert table.loc[0, "direction"] > 0.8


def test_changes_of_what_does_not_follow_the_course_are_noise():
    catalogue = described("ALSFRS")
    noise = noise_of(catalogue)
    for name in ("slope_diastolic", "sd_albumin", "slope_glucose", "slope_respiratory_rate"):
        assert name in noise
    for name in ("slope_fvc", "slope_weight", "sd_creatinine", "slope_alsfrs_total", "age"):
        assert name not in noise
    assert "last_diastolic" not in noise
    assert "slope_q1_speech" not in noise


def test_false_ones_are_counted_among_the_first():
    counted = count_false({"one": list("abcd"), "other": list("dcba")}, ["d"], k=2)
    counted = counted.set_index("ranking")
    assert counted["n_false"].to_dict() == {"one": 0, "other": 1}
    assert counted["chance"].tolist() == [0.25, 0.25]
    assert counted["first_false"].to_dict() == {"one": 4, "other": 1}


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    rng = np.random.default_rng(3)
    n = 300
    common = rng.normal(size=n)
    table = pd.DataFrame({f"x{k}": common + 0.1 * rng.normal(size=n) for k in range(3)})
    table["noise"] = rng.normal(size=n)
    target = pd.Series(common + 0.3 * rng.normal(size=n))
    split = Fold(0, 0, table.index[:200], table.index[200:])
    inputs = make_inputs(table, target, [split])
    measures = {f"x{k}": "x" for k in range(3)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("store")))
        return rank_by_permutation(inputs, measures, n_trees=40, n_repeats=3, seed=1)


def test_shuffling_noise_costs_nothing_and_siblings_hide_each_other(ranked):
    by_kind = {kind: rows.set_index("name") for kind, rows in ranked.groupby("kind")}
    cost, together = by_kind["feature"]["permutation"], by_kind["measure"]
    assert abs(cost["noise"]) < 0.05 * cost.drop("noise").max()
    assert by_kind["feature"]["impurity"].sum() == pytest.approx(1)
    assert together.loc["x", "permutation"] > cost.drop("noise").sum()
    assert together.loc["x", "n_features"] == 3
    assert together.loc["noise", "permutation"] == pytest.approx(cost["noise"])
