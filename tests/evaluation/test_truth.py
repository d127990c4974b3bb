"""What a prediction loses against the oracle, by hand and by drawing outcomes."""

import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.evaluation.probabilities import ranked_scores
from alsnb.evaluation.truth import (
    EXCESS,
    calibrate_against_truth,
    excess_log_loss,
    excess_rps,
    lost_accuracy,
)

TRUE = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
SAID = np.array([[0.25, 0.5, 0.25], [0.2, 0.5, 0.3]])


def test_losses_worked_out_by_hand():
    # cumulative differences -.25 -.25 and 0 .2
    assert excess_rps(SAID, TRUE) == pytest.approx((0.0625 + 0.0625 + 0 + 0.04) / 4)
    first = 0.5 * np.log(0.5 / 0.25)
    second = 0.3 * np.log(0.3 / 0.5) + 0.5 * np.log(0.5 / 0.3)
    assert excess_log_loss(SAID, TRUE) == pytest.approx((first + second) / 2)
    # the second patient's likeliest class has .5, the one called .3
    assert lost_accuracy(SAID, TRUE) == pytest.approx((0 + 0.2) / 2)


@pytest.mark.parametrize("name", EXCESS)
def test_the_oracle_loses_nothing(name):
    assert EXCESS[name](TRUE, TRUE) == 0


def test_it_is_what_drawn_outcomes_give():
    rng = np.random.default_rng(0)
    true, said = rng.dirichlet([1, 2, 1], 300), rng.dirichlet([2, 2, 2], 300)
    losses = []
    for _ in range(400):
        drawn = (rng.random((300, 1)) > np.cumsum(true, axis=1)[:, :2]).sum(axis=1)
        seen = np.eye(3)[drawn]
        losses.append((ranked_scores(seen, said) - ranked_scores(seen, true)).mean())
    assert np.mean(losses) == pytest.approx(excess_rps(said, true), abs=0.003)


def test_bins_worked_out_by_hand():
    said, true = np.array([0.1, 0.2, 0.6, 0.8]), np.array([0.0, 0.2, 0.5, 0.7])
    np.testing.assert_allclose(calibrate_against_truth(said, true, 2), [[0.15, 0.1], [0.7, 0.6]])
    same = calibrate_against_truth(np.full(4, 0.3), true, 2)
    np.testing.assert_allclose(same[~np.isnan(same[:, 0])], [[0.3, 0.35]])
    with pytest.raises(BadInput, match="at least 9"):
        calibrate_against_truth(said, true, 9)


def test_what_is_no_probability_is_refused():
    with pytest.raises(BadInput, match="adding up"):
        excess_rps(SAID * 2, TRUE)
    with pytest.raises(BadInput, match="same patients"):
        lost_accuracy(SAID[:1], TRUE)
