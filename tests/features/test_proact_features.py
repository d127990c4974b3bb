import numpy as np
import pandas as pd
import pytest
from proact_builder import LONGITUDINAL, draw_clean, in_order, make_clean, visit, with_frames

from alsnb.cohort import select_cohort
from alsnb.features.catalogue import measures
from alsnb.features.proact import derive_features
from alsnb.features.sequences import make_sequences
from alsnb.features.summaries import SUMMARIES, FeatureSettings
from alsnb.outcomes import DAYS_PER_MONTH, SlopeSettings

CHALLENGE = SlopeSettings(rule="challenge")
LATER = [visit(1, 120), visit(1, 400, level=1)]


def features_of(settings=None, cohort_settings=None, **tables):
    """The features of patient 1, whose questionnaires are followed by two later ones."""
    alsfrs = tables.pop("alsfrs", [visit(1, 0)])
    clean = make_clean(alsfrs=[*alsfrs, *LATER], **tables)
    features, _ = derive_features(clean, select_cohort(clean, cohort_settings), settings)
    return features.loc[1]


def at(days, **columns):
    """Rows of patient 1 by day, a list of values per column."""
    values = zip(*columns.values(), strict=True)
    return [
        {"subject_id": 1, "day": day} | dict(zip(columns, row, strict=True))
        for day, row in zip(days, values, strict=True)
    ]


def test_capacity_by_hand():
    found = features_of(fvc=at([0, 30, 91, 92], litres=[4.0, 3.0, 3.4, 1.0]))
    assert found["minimum_fvc"] == 3.0
    assert found["maximum_fvc"] == 4.0
    assert found["median_fvc"] == 3.4
    assert found["first_fvc"] == 4.0
    assert found["last_fvc"] == 3.4
    assert found["mean_fvc"] == pytest.approx(10.4 / 3)
    assert found["sd_fvc"] == pytest.approx(np.std([4, 3, 3.4], ddof=1))
    assert found["slope_fvc"] == pytest.approx(-0.6 / (91 / DAYS_PER_MONTH))


def test_days_count_from_the_first_questionnaire():
    pulse = at([0, 10, 101, 102], pulse=[50.0, 60.0, 70.0, 80.0])
    found = features_of(alsfrs=[visit(1, 10)], vitals=pulse)
    assert (found["first_pulse"], found["last_pulse"]) == (60, 70)


def test_screening_counts_if_asked_for():
    vitals = at([-31, -30, -7, 0], weight=[80.0, 79.0, 78.0, 77.0])
    assert features_of(vitals=vitals)["first_weight"] == 77
    found = features_of(FeatureSettings(from_screening=True), vitals=vitals)
    assert found["first_weight"] == 79
    assert found["slope_weight"] == pytest.approx(-2 / (30 / DAYS_PER_MONTH))


@pytest.mark.parametrize(("strict", "last"), [(True, 2.0), (False, 3.0)])
def test_a_measurement_exactly_on_the_bound_is_treated_like_a_visit(strict, last):
    settings = SlopeSettings(strict=strict, days_per_month=30)
    found = features_of(None, settings, svc=at([0, 90], litres=[3.0, 2.0]))
    assert found["last_svc"] == last


def test_a_value_that_is_missing_does_not_count():
    found = features_of(vitals=at([0, 7, 14], pulse=[np.nan, 66.0, np.nan]))
    assert (found["first_pulse"], found["last_pulse"]) == (66, 66)
    assert np.isnan(found["slope_pulse"])


def test_laboratory_tests_are_told_apart():
    labs = at(
        [0, 0, 30, 30, 300],
        measure=["sodium", "creatinine", "sodium", "urine_protein", "sodium"],
        value=[140.0, 70.0, 142.0, 0.5, 100.0],
    )
    found = features_of(labs=labs)
    assert found["median_sodium"] == 141
    assert found["last_creatinine"] == 70
    assert found["maximum_urine_protein"] == 0.5
    assert np.isnan(found["first_potassium"])


def test_facts_by_hand():
    found = features_of(
        alsfrs=[visit(1, 14)],
        demographics=[{"subject_id": 1, "age": 61.5, "male": 1, "caucasian": 0}],
        history=[{"subject_id": 1, "onset_day": -400, "diagnosis_day": -100, "site": "bulbar"}],
        vitals=at([0, 14], height=[172.0, 172.0]),
        riluzole=[{"subject_id": 1, "riluzole": 0}],
        treatment=[{"subject_id": 1, "active": 1}],
        family=[{"subject_id": 1, "family_als": 1}],
        el_escorial=[{"subject_id": 1, "level": "Probable"}],
    )
    facts = {
        "age": 61.5,
        "male": 1,
        "caucasian": 0,
        "onset_delta": -414,
        "diagnosis_delta": -114,
        "site_bulbar": 1,
        "site_limb": 0,
        "site_both": 0,
        "site_other": 0,
        "height": 172,
        "riluzole": 0,
        "active": 1,
        "family_als": 1,
        "el_escorial": 4,
    }
    assert found[list(facts)].to_dict() == facts


def test_a_fact_nobody_wrote_down_is_missing():
    found = features_of(history=[{"subject_id": 1, "onset_day": -400}])
    assert found["onset_delta"] == -400
    names = ["site_limb", "site_bulbar", "riluzole", "male", "height", "el_escorial", "active"]
    assert found[names].isna().all()


def test_a_diagnosis_after_the_window_is_not_known_in_it():
    history = {"subject_id": 1, "onset_day": -400, "diagnosis_day": 80}
    assert features_of(history=[history])["diagnosis_delta"] == 80
    assert np.isnan(features_of(history=[history | {"diagnosis_day": 100}])["diagnosis_delta"])


def test_the_revised_scale_brings_its_own_features():
    rows = [
        visit(1, day, total_revised=total, dyspnea=3, orthopnea=2, insufficiency=1)
        for day, total in [(0, 40), (60, 38), (120, 36), (400, 20)]
    ]
    clean = make_clean(alsfrs=rows)
    revised = select_cohort(clean, SlopeSettings(scale="ALSFRS-R"))
    features, _ = derive_features(clean, revised)
    assert features.loc[1, "last_alsfrs_r_total"] == 38
    assert features.loc[1, ["last_r1_dyspnea", "last_r2_orthopnea"]].tolist() == [3, 2]
    original, _ = derive_features(clean, select_cohort(clean))
    assert "last_alsfrs_r_total" not in original
    assert set(original) < set(features)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", ["ALSFRS", "ALSFRS-R"])
def test_every_summary_agrees_with_a_group_by(seed, scale):
    clean = draw_clean(seed)
    cohort = select_cohort(clean, SlopeSettings(rule="challenge", scale=scale))
    features, _ = derive_features(clean, cohort)
    assert features.index.equals(cohort.patients.index)
    zero = cohort.patients["time_zero_day"]
    for measure in measures(scale):
        frame = clean.frames[measure.table]
        if measure.table == "labs":
            frame = frame[frame["measure"] == measure.name]
        months = (frame["day"] - frame["subject_id"].map(zero)) / DAYS_PER_MONTH
        seen = frame[(months >= 0) & (months <= 3)].dropna(subset=measure.value)
        by = seen.groupby("subject_id")[measure.value]
        plain = by.agg(["min", "max", "median", "std", "first", "last", "mean"])
        days = seen.groupby("subject_id")["day"].agg(lambda day: day.iloc[-1] - day.iloc[0])
        plain["slope"] = (plain["last"] - plain["first"]) / (days / DAYS_PER_MONTH).replace(
            0, np.nan
        )
        plain = plain.rename(columns={"min": "minimum", "max": "maximum", "std": "sd"})
        expected = plain.reindex(features.index)[list(SUMMARIES)].to_numpy(dtype=float)
        found = features[[f"{summary}_{measure.name}" for summary in SUMMARIES]].to_numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=measure.name)


def later_changed(clean, cohort, rng, how):
    """The same tables with what lies after each patient's window altered or taken away."""
    end = cohort.patients["time_zero_day"] + 3 * DAYS_PER_MONTH
    changed = {}
    for table in LONGITUDINAL:
        frame = clean.frames[table].copy()
        later = (frame["day"] > frame["subject_id"].map(end)).to_numpy()
        if how == "deleted":
            frame = frame[~later]
        elif how == "shifted":
            frame.loc[later, "day"] += rng.integers(1, 900, later.sum())
        elif how == "added":
            frame = pd.concat([frame, frame[later].assign(day=frame["day"][later] + 0.5)])
        else:
            for column in frame.select_dtypes("float").columns.difference(["day"]):
                frame.loc[later, column] = rng.normal(1e3, 1e3, later.sum())
        changed[table] = in_order(frame)
    death = clean.frames["death"].assign(died=1.0, death_day=rng.integers(100, 900))
    return with_frames(clean, **changed, death=death)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("how", ["altered", "shifted", "added", "deleted"])
def test_nothing_after_the_window_is_seen(seed, how):
    clean = draw_clean(seed)
    cohort = select_cohort(clean, CHALLENGE)
    assert len(cohort.patients) > 10
    other = later_changed(clean, cohort, np.random.default_rng(seed), how)
    features, _ = derive_features(clean, cohort)
    pd.testing.assert_frame_equal(derive_features(other, cohort)[0], features)
    first, second = make_sequences(clean, cohort), make_sequences(other, cohort)
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.mask, second.mask)


@pytest.mark.parametrize("seed", range(3))
def test_a_patient_is_derived_without_regard_to_the_others(seed):
    clean = draw_clean(seed)
    cohort = select_cohort(clean, CHALLENGE)
    features, _ = derive_features(clean, cohort)
    some = cohort.patients.iloc[::3]
    fewer = type(cohort)(settings=cohort.settings, patients=some, flow=cohort.flow)
    alone, _ = derive_features(clean, fewer)
    pd.testing.assert_frame_equal(alone, features.loc[some.index])


def test_tables_in_another_order_give_the_same_features():
    clean = draw_clean(1)
    cohort = select_cohort(clean, CHALLENGE)
    rng = np.random.default_rng(1)
    mixed = {name: frame.iloc[rng.permutation(len(frame))] for name, frame in clean.frames.items()}
    before = {name: frame.copy() for name, frame in mixed.items()}
    found, _ = derive_features(with_frames(clean, **mixed), cohort)
    pd.testing.assert_frame_equal(found, derive_features(clean, cohort)[0])
    for name, frame in mixed.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_an_empty_cohort_has_every_feature_and_no_patient():
    clean = make_clean(alsfrs=[visit(1, 0)])
    features, catalogue = derive_features(clean, select_cohort(clean))
    assert len(features) == 0
    assert list(features) == list(catalogue["name"])
    assert not catalogue["kept"].any()
