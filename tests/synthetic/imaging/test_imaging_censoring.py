"""What is seen of simulated patients until a day, and what is true of them."""

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from scipy.stats import norm

from alsnb.checks import BadInput
from alsnb.synthetic.imaging.censoring import (
    DIED,
    FROM_ONSET,
    FROM_SCAN,
    draw_patients_with_survival,
    known_classes,
    see_until,
    true_survival,
)
from alsnb.synthetic.imaging.draw import draw_imaging_cohort
from alsnb.synthetic.imaging.parameters import imaging_parameters

PATIENTS = pd.DataFrame(
    {
        "onset_to_scan_months": [10.0, 20.0, 20.0, 5.0],
        "survival_months": [16.0, 60.0, 80.0, 9.0],
        "scan_month": [0.0, 2.0, 10.0, 50.0],
    },
    index=["a", "b", "c", "d"],
)


def test_follow_up_worked_out_by_hand():
    seen = see_until(PATIENTS, 30.0)
    # d was scanned after that day; a died 6 months after the scan; b and c live
    assert list(seen.index) == ["a", "b", "c"]
    assert seen[FROM_SCAN].tolist() == [6.0, 28.0, 20.0]
    assert seen[FROM_ONSET].tolist() == [16.0, 48.0, 40.0]
    assert seen[DIED].tolist() == [True, False, False]
    later = see_until(PATIENTS, 100.0)
    assert later[FROM_ONSET].tolist() == [16.0, 60.0, 80.0, 9.0]
    assert later[DIED].all()
    with pytest.raises(BadInput, match="after the first scan"):
        see_until(PATIENTS, 0.0)


def test_classes_are_known_of_the_dead_and_of_those_beyond_the_last_cut():
    seen = see_until(PATIENTS, 30.0)
    assert known_classes(seen, (25, 50), FROM_ONSET).tolist()[0] == 0
    assert known_classes(seen, (25, 50), FROM_ONSET).isna().tolist() == [False, True, True]
    assert known_classes(seen, (12, 24), FROM_SCAN).fillna(-1).tolist() == [0, 2, -1]


def test_follow_up_to_the_end_of_the_study_is_that_of_the_cohort():
    cohort = draw_imaging_cohort(60, 0, seed=3)
    p = cohort.parameters
    seen = see_until(cohort.patients, p["recruitment_months"] + p["closing_months"])
    stated = cohort.patients["onset_to_death_or_censoring_months"]
    np.testing.assert_allclose(seen[FROM_ONSET], stated)
    assert (seen[DIED] == (cohort.patients["died"] == "yes")).all()
    assert 0 < seen[DIED].mean() < 1


def test_later_days_censor_fewer():
    patients = draw_patients_with_survival(2_000, imaging_parameters(), seed=1)
    shares = [see_until(patients, month)[DIED].mean() for month in (40, 96, 500)]
    assert shares == sorted(shares)
    assert shares[-1] > 0.99


def test_the_chance_of_one_patient_worked_out_by_hand():
    p = imaging_parameters("none", survival_log_sd=0.5)
    patient = pd.DataFrame(
        {"onset_to_scan_months": [20.0], "expected_log_months": [np.log(40)], "spread_z": [0.0]}
    )
    found = true_survival(patient, p, [0, 12], know_anatomy=False)
    alive = norm.sf((np.log([20, 32]) - np.log(40)) / 0.5)
    np.testing.assert_allclose(found, [[1, alive[1] / alive[0]]])


@pytest.mark.parametrize("world", ["none", "large"])
def test_the_oracle_agrees_with_the_curve_of_those_who_are_censored(world):
    p = imaging_parameters(world)
    patients = draw_patients_with_survival(6_000, p, seed=2)
    seen = see_until(patients, 96.0)
    curve = KaplanMeierFitter().fit(seen[FROM_SCAN], seen[DIED])
    months = [6, 12, 24, 36]
    for know in (False, True):
        chances = true_survival(patients.loc[seen.index], p, months, know_anatomy=know)
        stated = curve.survival_function_at_times(months).to_numpy()
        np.testing.assert_allclose(chances.mean(axis=0), stated, atol=0.025)
        assert (np.diff(chances, axis=1) <= 0).all()
