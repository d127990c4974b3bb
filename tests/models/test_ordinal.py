"""Proportional odds beside statsmodels and beside numbers worked out by hand."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import expit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from alsnb.checks import BadInput
from alsnb.models.ordinal import OrdinalRegression, _loss


def draw(n=400, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3))
    latent = X @ [1.0, -0.5, 0.0] + rng.logistic(size=n)
    return X, np.digitize(latent, [-1.0, 0.5])


def test_without_a_penalty_it_is_the_model_of_statsmodels():
    X, y = draw()
    ours = OrdinalRegression(penalty=0.0).fit(X, y)
    theirs = OrderedModel(y, X, distr="logit").fit(method="bfgs", disp=False, gtol=1e-8)
    np.testing.assert_allclose(ours.coefficients_, theirs.params[:3], atol=1e-4)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict(X), atol=1e-4)


def test_without_inputs_that_matter_it_gives_the_shares():
    y = np.repeat([0, 1, 2], [2, 5, 3])
    found = OrdinalRegression().fit(np.zeros((10, 1)), y)
    np.testing.assert_allclose(found.predict_proba(np.zeros((1, 1))), [[0.2, 0.5, 0.3]], atol=1e-5)
    np.testing.assert_allclose(expit(found.thresholds_), [0.2, 0.7], atol=1e-5)


def test_the_gradient_is_that_of_the_loss():
    X, y = draw(60)
    free = np.array([-0.4, 0.2, 0.3, -0.1, 0.6])
    loss, slope = (lambda x, part=part: _loss(x, X, y, 2, 1.5)[part] for part in (0, 1))
    assert check_grad(loss, slope, free) < 1e-4


def test_a_penalty_draws_towards_the_shares_and_classes_may_be_words():
    X, y = draw()
    names = np.array(["a_short", "b_medium", "c_long"])[y]
    free, held = (OrdinalRegression(penalty).fit(X, names) for penalty in (0.0, 1e6))
    assert np.abs(held.coefficients_).max() < 1e-2 < np.abs(free.coefficients_).max()
    assert list(free.classes_) == ["a_short", "b_medium", "c_long"]
    assert set(free.predict(X)) <= set(names)
    assert (np.diff(free.thresholds_) > 0).all()


def test_what_cannot_be_learnt_from_is_refused():
    with pytest.raises(BadInput, match="1 classes"):
        OrdinalRegression().fit(np.zeros((3, 1)), [1, 1, 1])
    with pytest.raises(BadInput, match="1 gaps"):
        OrdinalRegression().fit([[0.0], [np.nan]], [0, 1])
