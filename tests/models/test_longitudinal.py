"""Models of repeated visits agree with statsmodels, with hand-worked cases, and do not leak."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from alsnb.checks import BadInput
from alsnb.features.questionnaire import ITEMS, N_VISITS, VISIT_COLUMNS
from alsnb.models.longitudinal import (
    VisitsRegressor,
    make_anchored,
    make_d50,
    make_mixed,
    read_visits,
)
from alsnb.models.mixed import MixedLine, fit_mixed_line

MAKERS = {"anchored": make_anchored, "mixed": make_mixed, "d50": make_d50}


def draw_visits(n=150, seed=0, noise=1.2):
    """Return months, totals with gaps, and the true level and rate of each patient."""
    rng = np.random.default_rng(seed)
    spread = np.array([[20.0, 1.0], [1.0, 0.25]])
    true = rng.multivariate_normal([30.0, -0.8], spread, size=n)
    months = np.sort(rng.uniform(0, 3, (n, N_VISITS)), axis=1)
    months[:, 0] = 0.0
    values = true[:, :1] + true[:, 1:] * months + rng.normal(0, noise, months.shape)
    sizes = rng.integers(1, N_VISITS + 1, n)
    values[np.arange(N_VISITS) >= sizes[:, None]] = np.nan
    return months, values, true


def table_of(months, points, onset_months):
    """Return predictors whose visits have these totals; the last visit is copied behind it."""
    cells = np.zeros((len(points), len(ITEMS) + 1, N_VISITS))
    for patient, row in enumerate(points):
        known = np.flatnonzero(~np.isnan(row))
        place = np.minimum(np.arange(N_VISITS), len(known) - 1)
        cells[patient, : len(ITEMS)] = row[known][place] / len(ITEMS)
        cells[patient, -1] = months[patient, known][place]
    frame = pd.DataFrame(cells.reshape(len(points), -1), columns=list(VISIT_COLUMNS))
    frame["onset_delta"] = -30.4 * onset_months
    frame["log_onset_delta"] = np.log(30.4 * onset_months)
    return frame


@pytest.fixture(scope="module")
def patients():
    rng = np.random.default_rng(5)
    months, values, true = draw_visits(n=200, seed=5)
    onset = (40 - np.clip(true[:, 0], 5, 38)) / np.clip(-true[:, 1], 0.1, None)
    slope = pd.Series(true[:, 1] + rng.normal(0, 0.1, len(true)))
    return table_of(months, values, np.clip(onset, 1, 90)), slope


def test_the_estimates_are_those_of_statsmodels():
    from statsmodels.regression.mixed_linear_model import MixedLM

    months, values, _ = draw_visits(n=90)
    ours = fit_mixed_line(months, values)
    patient, visit = np.nonzero(~np.isnan(values))
    design = np.column_stack([np.ones(len(patient)), months[patient, visit]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MixedLM(values[patient, visit], design, patient, exog_re=design)
        theirs = model.fit(reml=True, method="powell")
    np.testing.assert_allclose(ours.mean, theirs.fe_params, rtol=5e-3)
    np.testing.assert_allclose(ours.noise, theirs.scale, rtol=1e-2)
    np.testing.assert_allclose(ours.spread, theirs.cov_re, rtol=0.02, atol=0.02)
    moved = np.array([theirs.random_effects[one] for one in range(len(values))])
    np.testing.assert_allclose(ours.predict(months, values), ours.mean + moved, atol=0.05)


def test_a_patient_is_shrunken_as_worked_out_by_hand():
    # one visit at time zero, 4 points above the mean: of the variance of 9 + 3, 9 is the patient's
    line = MixedLine(mean=np.array([30.0, -1.0]), spread=np.diag([9.0, 0.0]), noise=3.0)
    found = line.predict(np.zeros((1, 1)), np.array([[34.0]]))
    np.testing.assert_allclose(found, [[33.0, -1.0]])
    nobody = line.predict(np.zeros((1, 2)), np.full((1, 2), np.nan))
    np.testing.assert_allclose(nobody, [[30.0, -1.0]])


def test_without_a_spread_of_the_rates_everybody_has_the_same():
    rng = np.random.default_rng(2)
    months = np.tile(np.arange(4.0), (300, 1))
    values = 30 - months + rng.normal(0, 2, (300, 1)) + rng.normal(0, 1, months.shape)
    line = fit_mixed_line(months, values)
    np.testing.assert_allclose(line.mean, [30, -1], atol=0.3)
    assert line.spread[1, 1] < 0.02
    np.testing.assert_allclose(line.spread[0, 0], 4, rtol=0.25)
    np.testing.assert_allclose(line.noise, 1, rtol=0.15)


def test_shrinking_beats_a_line_through_each_patients_visits():
    months, values, true = draw_visits(n=400, seed=3)
    rates = fit_mixed_line(months, values).predict(months, values)[:, 1]
    enough = (~np.isnan(values)).sum(axis=1) >= 2
    own = [
        np.polyfit(m[~np.isnan(v)], v[~np.isnan(v)], 1)[0]
        for m, v in zip(months[enough], values[enough], strict=True)
    ]
    error = np.mean((rates[enough] - true[enough, 1]) ** 2)
    assert error < 0.5 * np.mean((own - true[enough, 1]) ** 2)


def test_copies_of_the_last_visit_are_no_visits():
    months = np.array([[0.0, 1.0, 2.0, 3.0, 4.0]])
    table = table_of(months, np.array([[30.0, 28.0, np.nan, np.nan, np.nan]]), np.array([12.0]))
    found, points = read_visits(table)
    np.testing.assert_allclose(points, [[30.0, 28.0, np.nan, np.nan, np.nan]])
    np.testing.assert_allclose(found[0, :2], [0.0, 1.0])
    table["visit1_q1_speech"] = np.nan
    assert np.isnan(read_visits(table)[1][0, 0])


@pytest.mark.parametrize("name", MAKERS)
def test_each_model_predicts_better_than_the_mean(name, patients):
    table, slope = patients
    model = clone(MAKERS[name]()).fit(table[:120], slope[:120])
    error = np.mean((model.predict(table[120:]) - slope[120:]) ** 2)
    assert error < 0.9 * slope[120:].var()


@pytest.mark.parametrize("name", MAKERS)
def test_a_patient_is_predicted_alike_in_whatever_company(name, patients):
    table, slope = patients
    model = MAKERS[name]().fit(table[:120], slope[:120])
    alone = model.predict(table[120:121])
    others = table[120:].copy()
    others.iloc[1:, :] = others.iloc[1:, :] * 0.5
    np.testing.assert_allclose(model.predict(others)[:1], alone)


@pytest.mark.parametrize("name", MAKERS)
def test_gaps_are_no_obstacle(name, patients):
    table, slope = patients
    gappy = table.copy()
    gappy.loc[::7, ["onset_delta", "log_onset_delta"]] = np.nan
    gappy.loc[::9, "visit1_q1_speech"] = np.nan
    gappy.loc[::11, list(VISIT_COLUMNS[:5])] = np.nan
    model = MAKERS[name]().fit(gappy[:120], slope[:120])
    assert np.isfinite(model.predict(gappy[120:])).all()


def test_the_anchor_tells_the_rate_of_one_visit():
    # without an anchor a single visit says nothing about the rate
    months = np.zeros((60, 1))
    rng = np.random.default_rng(1)
    onset, slope = rng.uniform(6, 60, 60), -rng.uniform(0.2, 1.0, 60)
    points = np.clip(40 + onset[:, None] * slope[:, None], 1, 39)
    table = table_of(months, points, onset)
    model = make_anchored().fit(table[:40], slope[:40])
    assert np.corrcoef(model.predict(table[40:]), slope[40:])[0, 1] > 0.7


def test_what_cannot_be_fitted_is_refused(patients):
    table, slope = patients
    with pytest.raises(BadInput, match="curve"):
        VisitsRegressor("circle").fit(table, slope)
    with pytest.raises(BadInput, match="visit1"):
        make_anchored().fit(table[["onset_delta"]], slope)
    empty = table.assign(visit1_q1_speech=np.nan)
    for visit in range(1, N_VISITS + 1):
        empty[f"visit{visit}_q1_speech"] = np.nan
    with pytest.raises(BadInput, match="ten items"):
        make_mixed().fit(empty, slope)
