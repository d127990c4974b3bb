"""The oracle: better than what can be fitted, and blind to what lies after month 3."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alsnb.outcomes import DAYS_PER_MONTH, SlopeSettings
from alsnb.synthetic.course import ITEMS, ORIGINAL
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.oracle import predict_oracle, true_slopes
from alsnb.synthetic.parameters import read_parameters


@pytest.fixture(scope="module")
def world():
    return draw_world(2000, seed=0)


@pytest.fixture(scope="module")
def cohort(world):
    slopes = true_slopes(world, SlopeSettings())
    return slopes[slopes["slope"].notna()]


@pytest.fixture(scope="module")
def predicted(world):
    return predict_oracle(world, SlopeSettings(), n_futures=60, seed=1)


def explained(truth, prediction):
    """Return R squared of a prediction as it is."""
    return 1 - np.mean((truth - prediction) ** 2) / np.var(truth)


def line(x, y):
    """Return the least-squares line through its own points: flattered, if anything."""
    return np.polyval(np.polyfit(x, y, 1), x)


def early_slopes(world, cohort):
    """Return points per month between the first and the last visit of the first 3 months."""
    visits = world.visits[world.visits["subject_id"].isin(cohort.index)]
    zero = cohort["time_zero_day"].loc[visits["subject_id"]].to_numpy()
    months = (visits["day"] - zero) / DAYS_PER_MONTH
    visits = visits.assign(months=months, total=visits[list(ORIGINAL)].sum(axis=1))
    visits = visits[visits["months"] <= 3].groupby("subject_id")[["months", "total"]]
    first, last = visits.first(), visits.last()
    slope = (last["total"] - first["total"]) / (last["months"] - first["months"])
    return slope.reindex(cohort.index).fillna(slope.mean())


def test_everybody_with_a_slope_is_predicted(cohort, predicted):
    assert predicted.index.equals(cohort.index)
    assert np.isfinite(predicted["oracle_slope"]).all()
    assert predicted["n_futures"].between(0, 60).all()


def test_the_oracle_beats_lines_on_onset_and_on_the_early_slope(world, cohort, predicted):
    slope = cohort["slope"].to_numpy()
    best = explained(slope, predicted["oracle_slope"])
    onset = np.log(world.patients["onset_days"].loc[cohort.index])
    assert best > explained(slope, line(onset, slope)) + 0.05
    assert best > explained(slope, line(early_slopes(world, cohort), slope)) + 0.05
    assert best < 0.6


def test_the_oracle_is_right_on_average(cohort, predicted):
    error = cohort["slope"] - predicted["oracle_slope"]
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error))


def test_the_oracle_does_not_see_visits_after_month_3(world, cohort, predicted):
    visits = world.visits.copy()
    zero = cohort["time_zero_day"].reindex(visits["subject_id"]).to_numpy()
    late = visits["day"] - zero > 3 * DAYS_PER_MONTH
    visits.loc[late, list(ITEMS)] = 2
    again = predict_oracle(replace(world, visits=visits), SlopeSettings(), n_futures=60, seed=1)
    pd.testing.assert_frame_equal(again, predicted)


def test_the_oracle_does_not_see_later_rates_nor_endings(world, predicted):
    patients = world.patients.assign(
        rate_later=0.0, breath_rate_later=0.0, muscle_rate_later=0.0, death_day=5000.0
    )
    patients = patients.assign(leaving_day=4000.0, last_contact_day=4000.0)
    blind = replace(world, patients=patients)
    pd.testing.assert_frame_equal(
        predict_oracle(blind, SlopeSettings(), n_futures=60, seed=1), predicted
    )


def test_the_same_seed_predicts_the_same_and_another_seed_about_the_same(world, predicted):
    again = predict_oracle(world, SlopeSettings(), n_futures=60, seed=1)
    pd.testing.assert_frame_equal(again, predicted)
    other = predict_oracle(world, SlopeSettings(), n_futures=60, seed=2)["oracle_slope"]
    assert not other.equals(predicted["oracle_slope"])
    assert np.corrcoef(other, predicted["oracle_slope"])[0, 1] > 0.85


def test_without_innovation_more_can_be_known(cohort, predicted):
    parameters = read_parameters().altered(innovation_sd=0.0)
    certain = draw_world(2000, seed=0, parameters=parameters)
    slopes = true_slopes(certain, SlopeSettings())["slope"].dropna()
    best = predict_oracle(certain, SlopeSettings(), n_futures=30, seed=1)["oracle_slope"]
    usual = explained(cohort["slope"], predicted["oracle_slope"])
    assert explained(slopes, best) > usual + 0.2


@pytest.mark.parametrize("scale", ["ALSFRS", "ALSFRS-R"])
def test_the_rule_of_the_challenge_has_more_patients(world, scale):
    paper, challenge = (
        predict_oracle(world, SlopeSettings(rule=rule, scale=scale), n_futures=5, seed=0)
        for rule in ("paper", "challenge")
    )
    assert len(challenge) > len(paper) * 1.3
    assert paper.index.isin(challenge.index).all()
    assert np.isfinite(challenge["oracle_slope"]).all()


def test_the_revised_cohort_has_only_patients_who_were_asked_the_revised_items(world):
    revised = true_slopes(world, SlopeSettings(scale="ALSFRS-R"))
    scale = world.trials["scale"].loc[world.patients["trial"].loc[revised.index]]
    assert set(scale) == {"revised", "both"}
