"""Drawn predictions are as good as they are said to be, and intervals keep their promise."""

import numpy as np
import pytest

from alsnb.evaluation.scores import r2
from alsnb.lessons.scores import fits, study

TRUTH = {"r2_a": 0.2, "r2_b": 0.1}


def test_each_model_explains_its_share_and_is_calibrated():
    drawn = study.draw_predictions(100_000, seed=0, **TRUTH)
    for model, share in {fits.A: 0.2, fits.B: 0.1}.items():
        rows = drawn[drawn["model"] == model]
        assert r2(rows["observed"], rows["predicted"]) == pytest.approx(share, abs=0.01)
        assert np.polyfit(rows["predicted"], rows["observed"], 1)[0] == pytest.approx(1, abs=0.03)


def test_most_intervals_hold_the_truth():
    found = study.cover((200,), n_sets=30, seed=0, **TRUTH)
    assert list(found["score"]) == ["rmsd", "pcc", "difference"]
    assert found["coverage"].between(0.8, 1).all()


def test_the_paired_difference_is_b_minus_a():
    rows = study.separate_or_paired(study.draw_predictions(500, seed=1, **TRUTH), 200)
    assert rows["estimate"][2] == pytest.approx(rows["estimate"][1] - rows["estimate"][0])
    width = rows["high"] - rows["low"]
    assert width[2] < width[:2].min()


def test_the_constant_error_that_explains_a_printed_one():
    # sqrt(0.5^2 * (1 - 0.6^2) + 0.3^2) = 0.5
    model = {"pcc": 0.6, "rmsd": 0.5}
    assert study.bias_that_explains(model, 0.5) == pytest.approx(0.3)
    assert study.bias_that_explains({"pcc": 0.6, "rmsd": 0.3}, 0.5) == 0
