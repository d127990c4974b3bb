"""Aggregates over all subjects and over the files as they were written, by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alsnb.study.as_written import measure_written, subjects_with_age
from alsnb.study.everybody import measure_everybody

YEAR = 365.25


def make_study(*, is_real=False):
    """Four subjects: one dies early, one late, one is seen for long, one briefly."""
    visits = {"subject_id": [1, 1, 2, 2, 3, 3, 3, 4], "day": [0, 60, 0, 900, 0, 90, 800, 0]}
    total = [40.0, 38.0, 30.0, 20.0, 36.0, 33.0, 12.0, 39.0]
    alsfrs = pd.DataFrame(visits | {"total": total, "total_revised": np.nan})
    capacity = pd.DataFrame({"subject_id": [1, 2, 3], "day": [0, 0, 0], "percent": [70, 90, 60.0]})
    frames = {
        "alsfrs": alsfrs,
        "fvc": capacity,
        "svc": capacity.iloc[:0],
        "vitals": pd.DataFrame(
            {
                "subject_id": [1, 2, 3, 4],
                "day": [0, 0, 100, 0],
                "systolic": [120.0, np.nan, 130.0, 140.0],
                "pulse": 70.0,
                "weight": 70.0,
                "height": 170.0,
            }
        ),
        "demographics": pd.DataFrame(
            {"subject_id": [1, 2, 3, 4], "age": [75.0, 35.0, 60.0, np.nan], "male": 1.0}
        ),
        "history": pd.DataFrame(
            {
                "subject_id": [1, 2, 3, 4],
                "onset_day": [-200.0, -800.0, -400.0, np.nan],
                "diagnosis_day": [-100.0, -100.0, -50.0, -10.0],
                "site": ["bulbar", "limb", "limb", None],
            }
        ),
        "riluzole": pd.DataFrame({"subject_id": [1, 2, 3], "riluzole": [1.0, 0.0, 1.0]}),
        "death": pd.DataFrame(
            {"subject_id": [1, 2], "died": [1.0, 1.0], "death_day": [100.0, 1000.0]}
        ),
        "family": pd.DataFrame({"subject_id": [2]}),
    }
    return SimpleNamespace(
        clean=SimpleNamespace(frames=frames), source=SimpleNamespace(n_patients=5, is_real=is_real)
    )


@pytest.fixture(scope="module")
def found():
    return measure_everybody(make_study())


def test_coverage_is_of_all_subjects_of_the_release(found):
    assert found["known_sex_age"] == 3 / 5
    assert found["known_onset"] == found["known_diagnosis"] == 3 / 5
    assert found["age_given_onset"] == found["site_given_diagnosis"] == 1
    assert found["window_pressure"] == 2 / 5
    assert found["window_weight"] == 3 / 5


def test_totals_are_of_each_subject_and_slopes_of_their_visits(found):
    assert found["best_total_mean"] == np.mean([40, 30, 36, 39])
    assert found["worst_total_mean"] == np.mean([38, 20, 12, 39])
    # of the first 92 days: two points in 60 days, three in 90
    assert found["early_mean"] == pytest.approx(-np.mean([2 / 60, 3 / 90]) * 30.4367, rel=1e-4)


def test_the_dead_and_those_seen_later_are_known(found):
    # 300 and 1,800 days after the onset; the third was seen 1,200 days after it
    assert found["dead_since_onset_mean"] == 1050
    assert found["dead_year_1"] == 1 / 3
    assert found["dead_year_2"] == found["dead_year_3"] == found["dead_year_4"] == 0


def test_complete_cases_by_class(found):
    assert found["complete_cases"] == found["complete_known"] == 3
    assert found["complete_short"] == 1 / 3
    assert found["complete_riluzole"] == 2 / 3
    assert found["bulbar_short"] == found["old_short"] == found["low_fvc_short"] == 1
    assert found["bulbar_others"] == 0
    assert found["low_fvc_others"] == 1 / 2
    assert found["diagnosed_soon_short"] == 1
    assert found["complete_young"] == 1 / 3


def test_nothing_is_told_of_one_to_four_real_patients():
    found = measure_everybody(make_study(is_real=True))
    # that nobody of three or four has something is not told either: it is known of each of them
    assert [name for name, value in found.items() if not np.isnan(value)] == []


def make_raw(**frames):
    return SimpleNamespace(frames=frames)


def test_cells_of_spirometry_are_counted_before_cleaning():
    columns = ["subject_liters_trial_1", "subject_liters_trial_2", "pct_of_normal_trial_1"]
    columns += ["subject_normal", "forced_vital_capacity_units"]
    fvc = pd.DataFrame([[3.0, np.nan, 80, np.nan, "Liters"], [2.5] + [None] * 4], columns=columns)
    found = measure_written(make_raw(fvc=fvc))
    assert found == {
        "fvc_litres": 1,
        "fvc_litres_2": 0,
        "fvc_percent": 0.5,
        "fvc_normal": 0,
        "fvc_unit": 0.5,
    }


def test_units_and_texts_of_the_laboratory_are_told_by_test():
    results = ["3", "4", "5", "6", "-", "<5", "1,200", "Normal"]
    labs = pd.DataFrame(
        {
            "measure": ["a", "a", "b", "b", "a", "b", "b", "b"],
            "test_result": results,
            "test_unit": ["U/L", "IU/L", "g/L", "%", "U/L", "g/L", "g/L", None],
        }
    ).astype("category")
    found = measure_written(make_raw(labs=labs))
    assert found["labs_several_units"] == 1  # b; U/L and IU/L are the same
    assert found["labs_with_dash"] == found["labs_with_limit"] == found["labs_commas"] == 1
    assert found["labs_dashes"] == 1 / 8


def test_an_age_that_is_not_written_is_none():
    people = pd.DataFrame({"subject_id": [1, 2], "age": [50.0, np.nan], "date_of_birth": -20000})
    assert list(subjects_with_age(make_raw(demographics=people))) == [1]
    assert len(subjects_with_age(make_raw())) == 0
