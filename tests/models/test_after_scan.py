"""Survival after the scan with censoring: by hand, beside lifelines and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from sklearn.linear_model import LogisticRegression

from alsnb.checks import BadInput
from alsnb.models.after_scan import Cox, DiscreteTime, _periods, class_chances
from alsnb.survival.curves import quietly

NOTHING = np.zeros((4, 1))


def draw(n=300, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 2))
    months = rng.exponential(20 * np.exp(-0.7 * X[:, 0]))
    end = rng.uniform(5, 60, n)
    return X, np.minimum(months, end), months <= end


def test_a_life_table_worked_out_by_hand():
    # months 2 (dead), 5 (dead), 3 (censored in the first interval), 12 (alive beyond)
    months, died = np.array([2.0, 5.0, 3.0, 12.0]), np.array([True, True, False, False])
    model = DiscreteTime([4, 8]).fit(NOTHING, months, died)
    # the censored one is half a patient: 1 of 3.5 dies, then 1 of 2
    alive = [1 - 1 / 3.5, (1 - 1 / 3.5) * (1 - 1 / 2)]
    np.testing.assert_allclose(model.survival(NOTHING[:1], [4, 8]), [alive], rtol=1e-5)
    chances = class_chances(model, NOTHING[:1], [4, 8])
    np.testing.assert_allclose(chances, [[1 - alive[0], alive[0] - alive[1], alive[1]]], rtol=1e-5)
    # counted from onset, with a scan at month 4: nobody can be in the first class
    since = class_chances(model, NOTHING[:1], [4, 8], since_onset=np.array([4.0]))
    np.testing.assert_allclose(since, [[0, 1 - alive[0], alive[0]]], rtol=1e-5)


def test_rows_of_patients_and_intervals():
    months, died = np.array([4.0, 4.0, 6.0]), np.array([True, False, False])
    patient, interval, dies, weight = _periods(months, died, np.array([4.0, 8.0]))
    assert patient.tolist() == [0, 1, 2, 2]
    assert interval.tolist() == [0, 0, 0, 1]
    assert dies.tolist() == [1, 0, 0, 0]
    assert weight.tolist() == [1, 1, 1, 0.5]


def test_it_is_a_logistic_regression_on_patients_and_intervals():
    X, months, died = draw()
    edges = np.array([6.0, 12.0, 24.0])
    model = DiscreteTime(edges, penalty=1e-6).fit(X, months, died)
    patient, interval, dies, weight = _periods(months, died, edges)
    design = np.hstack([np.eye(3)[interval], X[patient]])
    theirs = LogisticRegression(C=1e6, fit_intercept=False, tol=1e-10, max_iter=5000)
    theirs.fit(design, dies, sample_weight=weight)
    ours = np.r_[model.intercepts_, model.coefficients_]
    np.testing.assert_allclose(ours, theirs.coef_[0], atol=2e-3)


def test_without_inputs_fine_intervals_give_the_curve_of_kaplan_and_meier():
    _, months, died = draw(600)
    X = np.zeros((600, 1))
    model = DiscreteTime(np.arange(1, 31)).fit(X, months, died)
    curve = KaplanMeierFitter().fit(months, died).survival_function_at_times([6, 12, 24])
    np.testing.assert_allclose(model.survival(X[:1], [6, 12, 24])[0], curve, atol=0.01)


def test_cox_is_that_of_lifelines():
    X, months, died = draw()
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(months=months, died=died)
    with quietly():
        theirs = CoxPHFitter(penalizer=2.0 / len(X)).fit(frame, "months", "died")
    ours = Cox(penalty=2.0).fit(X, months, died)
    # at months of death, as lifelines draws a line between them
    times = np.sort(months[died])[[20, 80, 150]]
    stated = theirs.predict_survival_function(frame[:5], times=times).to_numpy().T
    np.testing.assert_allclose(ours.survival(X[:5], times), stated, rtol=1e-6)
    single = ours.survival(X[:2], times[:2, None])
    np.testing.assert_allclose(single[:, 0], [stated[0, 0], stated[1, 1]], rtol=1e-6)


@pytest.mark.parametrize("model", [DiscreteTime(np.arange(3, 49, 3)), Cox()])
def test_both_find_the_effect_and_probabilities_are_some(model):
    X, months, died = draw(1_500)
    chances = class_chances(model.fit(X, months, died), X, [12, 24])
    assert model.coefficients_[0] == pytest.approx(0.7, abs=0.12)
    assert abs(model.coefficients_[1]) < 0.12
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert (chances >= 0).all()


def test_what_cannot_be_learnt_from_is_refused():
    with pytest.raises(BadInput, match="nobody in one of them"):
        DiscreteTime([10, 20, 30]).fit(NOTHING, np.array([2.0, 5, 3, 12]), np.ones(4))
    with pytest.raises(BadInput, match="1 months"):
        Cox().fit(NOTHING, np.array([2.0, -5, 3, 12]), np.ones(4))
    fitted = DiscreteTime([5, 10]).fit(NOTHING, np.array([2.0, 7, 3, 12]), np.ones(4))
    with pytest.raises(BadInput, match="at most 10"):
        fitted.survival(NOTHING, [11])
