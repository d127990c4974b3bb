"""Contrasts between sets of scores, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from alsnb.evaluation.contrasts import compare_pairs, find_falls, without_meaningless


def _scores(rows):
    columns = ["model", "metric", "estimate", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def test_a_fall_is_test_minus_cross_validation_with_both_errors():
    cv = _scores([["mean", "r2", 0, -0.1, 0.1], ["ridge", "r2", 0.24, 0.21, 0.27]])
    test = _scores([["mean", "r2", 0, -0.1, 0.1], ["ridge", "r2", 0.19, 0.15, 0.23]])
    falls = find_falls(cv, test)
    assert falls["model"].tolist() == ["ridge"]
    row = falls.iloc[0]
    assert (row["cv"], row["test"]) == (0.24, 0.19)
    assert row["estimate"] == pytest.approx(-0.05)
    # half widths of 0.03 and 0.04 make one of 0.05
    assert row["low"] == pytest.approx(-0.10)
    assert row["high"] == pytest.approx(0.00)


def test_a_model_of_one_side_only_has_no_fall():
    cv = _scores([["ridge", "r2", 0.2, 0.1, 0.3]])
    test = _scores([["ridge", "r2", 0.2, 0.1, 0.3], ["stack", "r2", 0.2, 0.1, 0.3]])
    assert find_falls(cv, test)["model"].tolist() == ["ridge"]


def test_what_means_nothing_of_the_mean_is_left_out_and_nothing_else():
    rows = [["mean", "pcc", -0.01, -0.1, 0.1], ["mean", "r2", 0.0, -0.1, 0.1]]
    rows += [["ridge", "pcc", 0.4, 0.3, 0.5]]
    kept = without_meaningless(_scores(rows))["estimate"]
    assert np.isnan(kept[0])
    assert kept[1:].tolist() == [0.0, 0.4]


def test_each_model_is_compared_with_its_own_reference():
    observed = np.arange(20.0)
    models = {"a": observed, "a_plus": observed, "b": observed + 1, "b_plus": observed}
    frames = [
        pd.DataFrame(
            {"patient": range(20), "model": name, "observed": observed, "predicted": values}
        )
        for name, values in models.items()
    ]
    frame = pd.concat(frames, ignore_index=True).assign(split="test", repeat=0, fold=0)
    gaps = compare_pairs(frame, {"a_plus": "a", "b_plus": "b"}, ["mse"], 100)
    assert gaps["model"].tolist() == ["a_plus", "b_plus"]
    assert gaps["reference"].tolist() == ["a", "b"]
    assert gaps["estimate"].tolist() == [0.0, -1.0]
