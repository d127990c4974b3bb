"""Spirometry and vital signs, worked by hand."""

import numpy as np
import pytest
from raw_frames import count, raw_frame

from alsnb.cleaning.settings import CleaningSettings
from alsnb.cleaning.spirometry import clean_fvc, clean_svc
from alsnb.cleaning.vitals import clean_vitals

NAN = np.nan


def fvc(**columns):
    """Make sessions on days 0, 10, ..., of litres and percents by their trial."""
    n = len(next(iter(columns.values())))
    names = {
        "litres": "subject_liters_trial_1",
        "litres_2": "subject_liters_trial_2",
        "litres_3": "subject_liters_trial_3",
        "percent": "pct_of_normal_trial_1",
        "percent_2": "pct_of_normal_trial_2",
        "normal": "subject_normal",
        "unit": "forced_vital_capacity_units",
        "day": "forced_vital_capacity_delta",
    }
    columns = {"day": [10 * at for at in range(n)]} | columns
    return raw_frame("fvc", **{names[name]: values for name, values in columns.items()})


def of(clean, *columns):
    return [tuple(row) for row in clean[list(columns)].round(6).to_numpy()]


@pytest.mark.parametrize(("trials", "litres"), [("maximum", 3.0), ("mean", 2.5), ("first", 2.0)])
def test_the_trials_of_a_session_become_one_value(trials, litres):
    raw = fvc(litres=[NAN], litres_2=[2.0], litres_3=[3.0])
    clean, _ = clean_fvc(raw, CleaningSettings(trials=trials))
    assert clean["litres"].tolist() == [litres]


def test_any_two_of_litres_percent_and_normal_give_the_third():
    raw = fvc(litres=[NAN, 3.0, 3.0], percent=[75, NAN, 75], normal=[4.0, 4.0, NAN])
    clean, audit = clean_fvc(raw)
    assert of(clean, "litres", "percent", "normal") == [(3, 75, 4)] * 3
    for rule in ("litres from percent", "percent from litres", "normal from litres and percent"):
        assert count(audit, rule) == (0, 1, 1)
    clean, _ = clean_fvc(raw, CleaningSettings(litres_from_percent=False))
    assert clean["litres"].isna().sum() == 1


def test_litres_beyond_the_plausible_are_not_computed():
    clean, _ = clean_fvc(fvc(percent=[170], normal=[7.0]))
    assert clean["litres"].isna().all()


def test_a_proportion_is_multiplied_by_100():
    clean, audit = clean_fvc(fvc(percent=[0.85, 85, 1.2]))
    assert clean["percent"].round(6).tolist() == [85, 85, 120]
    assert count(audit, "percent is a proportion") == (0, 2, 1)


def test_percent_among_litres_is_moved():
    raw = fvc(litres=[82, 82], normal=[4.0, 4.0], unit=[None, "Percent Predicted"])
    clean, audit = clean_fvc(raw)
    assert of(clean, "litres", "percent") == [(3.28, 82), (3.28, 82)]
    assert count(audit, "litres are percent") == (0, 2, 1)
    assert count(audit, "unit says percent") == (0, 2, 1)


def test_a_percent_that_is_there_is_not_overwritten():
    clean, _ = clean_fvc(fvc(litres=[82], percent=[80]))
    assert of(clean, "percent") == [(80,)]


def test_millilitres_become_litres():
    clean, audit = clean_fvc(fvc(litres=[3200]))
    assert clean["litres"].tolist() == [3.2]
    assert count(audit, "litres are millilitres") == (0, 1, 1)


def test_impossible_values_are_missing_and_rows_with_nothing_dropped():
    raw = fvc(litres=[9.0, 3.0, NAN], percent=[NAN, 300, NAN], normal=[4.0, 82, 4.0])
    clean, audit = clean_fvc(raw)
    assert of(clean, "litres") == [(3.0,)]
    assert np.isnan(clean[["percent", "normal"]].to_numpy()).all()
    assert count(audit, "litres impossible") == (0, 1, 1)
    assert count(audit, "percent impossible") == (0, 1, 1)
    assert count(audit, "normal impossible") == (0, 1, 1)
    assert count(audit, "nothing measured") == (2, 0, 1)


def test_the_largest_session_of_a_day_is_kept():
    raw = fvc(litres=[3.0, NAN, 3.4, 3.0], percent=[NAN, 99, NAN, NAN], day=[0, 0, 0, 0])
    clean, audit = clean_fvc(raw)
    assert clean[["litres", "row"]].to_numpy().tolist() == [[3.4, 3]]
    assert count(audit, "exact copy") == (1, 0, 1)
    assert count(audit, "same day, another value") == (2, 0, 1)


def test_slow_spirometry_is_cleaned_the_same_way():
    raw = raw_frame(
        "svc",
        slow_vital_capacity_delta=[5, NAN],
        subject_liters_trial_1=[2.0, 2.0],
        subject_liters_trial_2=[2.5, 2.0],
        subject_normal=[5.0, 5.0],
    )
    clean, audit = clean_svc(raw)
    assert of(clean, "day", "litres", "percent") == [(5, 2.5, 50)]
    assert count(audit, "day missing") == (1, 0, 1)
    assert (audit["table"] == "svc").all()


def vitals(**columns):
    """Make visits of as many subjects, by the names of the clean table."""
    n = len(next(iter(columns.values())))
    names = {"systolic": "blood_pressure_systolic", "diastolic": "blood_pressure_diastolic"}
    columns = {"subject_id": range(n), "vital_signs_delta": [0] * n, "pulse": [70] * n} | columns
    return raw_frame("vitals", **{names.get(name, name): new for name, new in columns.items()})


def test_inches_and_metres_become_centimetres():
    raw = vitals(
        height=[70, 70, 1.78, 178, 70, 1.0], height_units=["Inches", None, None, "cm", "cm", None]
    )
    clean, audit = clean_vitals(raw)
    np.testing.assert_allclose(clean["height"], [177.8, 177.8, 178, 178, NAN, NAN])
    assert count(audit, "inches with a label") == (0, 1, 1)
    assert count(audit, "inches without a label") == (0, 1, 1)
    assert count(audit, "metres") == (0, 1, 1)
    assert count(audit, "height impossible") == (0, 2, 2)


def test_pounds_become_kilograms():
    raw = vitals(weight=[150, 210, 210, 180, 70], weight_units=["Pounds", None, "kg", None, "2"])
    clean, audit = clean_vitals(raw)
    expected = [150 * 0.453592, 210 * 0.453592, NAN, 180, 70]
    np.testing.assert_allclose(clean["weight"], expected)
    assert count(audit, "pounds with a label") == (0, 1, 1)
    assert count(audit, "pounds without a label") == (0, 1, 1)
    assert count(audit, "weight impossible") == (0, 1, 1)


def test_without_guessing_of_units_only_labels_count():
    raw = vitals(height=[70, 70], height_units=[None, "inches"], weight=[210, 20])
    clean, _ = clean_vitals(raw, CleaningSettings(unlabelled_units=False))
    np.testing.assert_allclose(clean["height"], [NAN, 177.8])
    assert clean["weight"].isna().all()
    clean, _ = clean_vitals(vitals(weight=[160]), CleaningSettings(pounds_above=150))
    np.testing.assert_allclose(clean["weight"], 160 * 0.453592)


def test_fahrenheit_becomes_celsius():
    clean, audit = clean_vitals(vitals(temperature=[98.6, 37, 45]))
    np.testing.assert_allclose(clean["temperature"], [37, 37, NAN])
    assert count(audit, "Fahrenheit") == (0, 1, 1)
    assert count(audit, "temperature impossible") == (0, 1, 1)


def test_impossible_signs_are_missing():
    raw = vitals(systolic=[300, 120], diastolic=[80, 10], pulse=[70, 300])
    raw = raw.assign(respiratory_rate=[200.0, 16.0])
    clean, audit = clean_vitals(raw)
    assert count(audit, "pressure impossible") == (0, 2, 2)
    assert count(audit, "pulse impossible") == (0, 1, 1)
    assert count(audit, "respiratory rate impossible") == (0, 1, 1)
    np.testing.assert_array_equal(clean["systolic"], [NAN, 120])


def test_a_blank_pressure_is_taken_from_supine_then_standing():
    raw = vitals(
        systolic=[110, NAN, NAN],
        supine_bp_systolic=[120, 121, NAN],
        standing_bp_systolic=[130, 131, 132],
        baseline_weight=[NAN, 80, NAN],
    )
    clean, audit = clean_vitals(raw)
    assert clean["systolic"].tolist() == [110, 121, 132]
    np.testing.assert_array_equal(clean["weight"], [NAN, 80, NAN])
    assert count(audit, "filled from another posture") == (0, 3, 2)
    kept, _ = clean_vitals(raw, CleaningSettings(fill_pressure_from_posture=False))
    np.testing.assert_array_equal(kept["systolic"], [110, NAN, NAN])


def test_the_rows_of_a_day_become_one():
    raw = vitals(
        subject_id=[1, 1, 1, 1],
        pulse=[70, 72, 72, NAN],
        weight=[NAN, 80, 80, NAN],
        systolic=[NAN, NAN, NAN, 120],
    )
    clean, audit = clean_vitals(raw)
    assert clean[["pulse", "weight", "systolic", "row"]].to_numpy().tolist() == [[72, 80, 120, 2]]
    assert count(audit, "exact copy") == (1, 0, 1)
    assert count(audit, "same day, filled from another row") == (0, 1, 1)
    assert count(audit, "same day, another row") == (2, 0, 1)
    first, _ = clean_vitals(raw, CleaningSettings(conflicting_days="first"))
    assert first[["pulse", "weight", "row"]].to_numpy().tolist() == [[70, 80, 1]]


def test_the_median_of_the_heights_so_far_is_carried_forward_and_never_back():
    raw = vitals(
        subject_id=[1, 1, 1, 1, 2],
        vital_signs_delta=[-5, 0, 30, 60, 0],
        height=[NAN, 170, 180, NAN, NAN],
        weight=[69, 70, NAN, 77, 80],
    )
    clean, audit = clean_vitals(raw)
    np.testing.assert_array_equal(clean["height"], [NAN, 170, 175, 175, NAN])
    np.testing.assert_allclose(clean["bmi"], [NAN, 70 / 1.70**2, NAN, 77 / 1.75**2, NAN])
    assert count(audit, "height of the subject") == (0, 2, 1)


def test_a_row_without_any_sign_is_dropped():
    clean, audit = clean_vitals(vitals(pulse=[NAN, 70]))
    assert len(clean) == 1
    assert count(audit, "nothing measured") == (1, 0, 1)
