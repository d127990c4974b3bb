import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.evaluation.permuted import permutation_p


def test_the_p_value_counts_the_observed_score_too():
    assert permutation_p(0.9, np.array([0.1, 0.2, 0.95])) == 2 / 4
    assert permutation_p(1.0, np.zeros(99)) == 1 / 100
    assert permutation_p(0.0, np.ones(9)) == 1.0


def test_equal_shares_count_whatever_their_last_bit():
    assert permutation_p(0.1 + 0.2, np.array([0.3])) == 1.0
    assert permutation_p(0.3, np.array([0.1 + 0.2])) == 1.0


def test_under_no_effect_it_keeps_its_level():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 33, (2_000, 20)) / 32
    p = np.array([permutation_p(row[0], row[1:]) for row in scores])
    assert (p <= 0.05).mean() <= 0.065
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(("score", "others"), [(0.5, []), (np.nan, [0.1]), (0.5, [np.nan])])
def test_without_scores_there_is_no_p_value(score, others):
    with pytest.raises(BadInput, match="Permute the classes"):
        permutation_p(score, np.array(others, float))
