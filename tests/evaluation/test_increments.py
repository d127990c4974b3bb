"""Tests of an increment, worked out by hand and held to statsmodels."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from alsnb.checks import BadInput
from alsnb.evaluation.increments import (
    intervals_of_means,
    mcnemar_p_values,
    permutation_p_values,
    permute_beyond,
    rate_of,
    smallest_detected,
)


def test_mcnemar_by_hand_and_as_statsmodels_has_it():
    # five won and none lost: twice 1 in 32
    won, lost = np.array([5, 0, 3, 7, 0]), np.array([0, 5, 3, 2, 0])
    found = mcnemar_p_values(won, lost)
    assert found[0] == found[1] == pytest.approx(2 / 32)
    assert found[2] == found[4] == 1.0
    for w, o, p in zip(won, lost, found, strict=True):
        assert p == pytest.approx(mcnemar([[0, w], [o, 0]], exact=True).pvalue)


def test_an_interval_of_equal_differences_has_no_width():
    low, high = intervals_of_means(np.full((2, 10), 0.3), n_resamples=50, seed=0)
    assert np.allclose(low, 0.3)
    assert np.allclose(high, 0.3)


def test_an_interval_is_about_two_standard_errors_to_either_side():
    differences = np.random.default_rng(1).normal(0.5, 1.0, (3, 400))
    low, high = intervals_of_means(differences, n_resamples=4_000, seed=0)
    error = differences.std(axis=1, ddof=1) / 20
    assert np.allclose(high - low, 2 * 1.96 * error, rtol=0.1)
    assert np.allclose((high + low) / 2, differences.mean(axis=1), atol=0.02)


def test_the_permutation_p_value_counts_the_gain_itself():
    permuted = np.array([[0.1, 0.2, 0.3], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3]])
    found = permutation_p_values(np.array([0.4, 0.2, 0.0]), permuted)
    assert found.tolist() == [1 / 4, 3 / 4, 1.0]


def test_what_is_left_is_permuted_and_what_is_explained_stays():
    rng = np.random.default_rng(3)
    known = rng.standard_normal((30, 2))
    explained = known @ np.array([[1.0, 0.0], [2.0, -1.0]]) + 5
    left = rng.standard_normal((30, 2))
    moved = permute_beyond(explained + left, known, 4, np.random.default_rng(0))
    design = np.column_stack([np.ones(30), known])
    fitted = design @ np.linalg.lstsq(design, explained + left, rcond=None)[0]
    residuals = explained + left - fitted
    for one in moved:
        # the same residuals in another order, both columns of a patient together
        again = one - fitted
        order = np.argsort(again[:, 0])
        assert np.allclose(again[order], residuals[np.argsort(residuals[:, 0])])
    # what the known inputs explain to the last digit has nothing to permute
    same = permute_beyond(explained, known, 1, np.random.default_rng(0))
    assert np.allclose(same[0], explained)


def test_gaps_are_no_numbers_to_permute():
    gap = np.array([[1.0], [np.nan], [2.0]])
    with pytest.raises(BadInput, match="1 gaps"):
        permute_beyond(gap, np.ones((3, 1)), 2, np.random.default_rng(0))


def test_a_rate_has_wilsons_interval():
    found = rate_of(np.array([True] * 20 + [False] * 380))
    assert found["estimate"] == 0.05
    # by hand: centre (20 + 1.92) / (400 + 3.84), half width 0.0216
    assert found["low"] == pytest.approx(0.0326, abs=2e-4)
    assert found["high"] == pytest.approx(0.0760, abs=2e-4)
    assert found["n_studies"] == 400


def test_the_smallest_size_is_the_one_from_which_power_stays():
    rates = pd.DataFrame({"n": [80, 500, 135, 1000], "estimate": [0.9, 0.85, 0.3, 0.95]})
    assert smallest_detected(rates, "n") == 500
    assert np.isnan(smallest_detected(rates, "n", power=0.99))
