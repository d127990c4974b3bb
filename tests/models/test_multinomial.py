"""Many small regressions fitted at once say what scikit-learn says of each."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from alsnb.checks import BadInput
from alsnb.models.multinomial import PENALTY, fit_multinomials


def draw(n_cohorts=4, n=60, p=5, seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(3, [1, 10, 0.1, 1, 1][:p], (n_cohorts, n, p))
    latent = inputs[..., 0] - 3 + 0.5 * rng.standard_normal((n_cohorts, n))
    return inputs, np.digitize(latent, [-0.5, 0.5])


def test_probabilities_are_those_of_scikit_learn():
    inputs, classes = draw()
    ours = fit_multinomials(inputs, classes, 3).predict(inputs)
    for own, observed, said in zip(inputs, classes, ours, strict=True):
        scores = StandardScaler().fit_transform(own)
        theirs = LogisticRegression(C=1 / PENALTY, max_iter=2000, tol=1e-8).fit(scores, observed)
        assert np.allclose(said, theirs.predict_proba(scores), atol=2e-3)


def test_a_cohort_is_fitted_alike_in_any_company():
    inputs, classes = draw()
    together = fit_multinomials(inputs, classes, 3).predict(inputs)
    alone = fit_multinomials(inputs[2:3], classes[2:3], 3).predict(inputs[2:3])
    assert np.allclose(together[2], alone[0], atol=1e-5)


def test_without_inputs_it_says_the_shares_of_the_classes():
    classes = np.array([[0] * 10 + [1] * 30 + [2] * 20])
    said = fit_multinomials(np.zeros((1, 60, 0)), classes, 3).predict(np.zeros((1, 1, 0)))
    assert np.allclose(said[0, 0], [1 / 6, 1 / 2, 1 / 3], atol=2e-3)


def test_a_class_that_nobody_is_of_gets_a_small_probability():
    inputs, classes = draw()
    said = fit_multinomials(inputs, np.minimum(classes, 1), 3).predict(inputs)
    assert np.isfinite(said).all()
    assert said[..., 2].max() < 0.05


def test_a_gap_counts_as_the_mean_of_the_cohort():
    inputs, classes = draw()
    gap = inputs.copy()
    gap[0, 0, 1] = np.nan
    filled = gap.copy()
    filled[0, 0, 1] = np.nanmean(gap[0, :, 1])
    fitted = fit_multinomials(gap, classes, 3)
    assert np.isfinite(fitted.coefficients).all()
    assert np.allclose(fitted.predict(gap), fitted.predict(filled), atol=1e-6)


def test_an_input_that_does_not_vary_changes_nothing():
    inputs, classes = draw()
    constant = np.concatenate([inputs, np.full((*inputs.shape[:2], 1), 7.0)], axis=2)
    with_it = fit_multinomials(constant, classes, 3).predict(constant)
    without = fit_multinomials(inputs, classes, 3).predict(inputs)
    assert np.allclose(with_it, without, atol=1e-4)


@pytest.mark.parametrize(
    ("classes", "penalty", "said"),
    [
        (np.zeros((4, 59), int), 1.0, "Align both"),
        (np.full((4, 60), 3), 1.0, "classes from 0 to 2"),
        (np.zeros((4, 60), int), 0.0, "penalty above 0"),
    ],
)
def test_what_cannot_be_fitted_is_refused(classes, penalty, said):
    inputs, _ = draw()
    with pytest.raises(BadInput, match=said):
        fit_multinomials(inputs, classes, 3, penalty=penalty)
