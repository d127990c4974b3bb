"""The tables with one row per subject, and a whole release, worked by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from raw_frames import arbitrary_frame, count, raw_frame

from alsnb.cleaning.audit import make_audit
from alsnb.cleaning.release import RULES, clean_release, describe_rules, empty_raw_frame
from alsnb.cleaning.settings import CleaningSettings
from alsnb.cleaning.small_tables import (
    clean_death,
    clean_el_escorial,
    clean_family,
    clean_riluzole,
    clean_treatment,
)
from alsnb.cleaning.subjects import clean_demographics, clean_history
from alsnb.tables.proact.schema import tables
from alsnb.tables.source import Source

NAN = np.nan


def people(table, **columns):
    """Make rows of as many subjects, unless their ids are given."""
    n = len(next(iter(columns.values())))
    return raw_frame(table, **({"subject_id": range(1, n + 1)} | columns))


def test_a_blank_age_is_computed_from_the_day_of_birth():
    raw = people(
        "demographics", age=[NAN, 60, NAN, 130], date_of_birth=[-50 * 365.25, -1e4, 3, NAN]
    )
    clean, audit = clean_demographics(raw)
    np.testing.assert_array_equal(clean["age"], [50, 60, NAN, NAN])
    assert count(audit, "age from the day of birth") == (0, 2, 2)
    assert count(audit, "age impossible") == (0, 2, 2)
    clean, _ = clean_demographics(raw, CleaningSettings(age_from_birth_day=False))
    np.testing.assert_array_equal(clean["age"], [NAN, 60, NAN, NAN])


def test_sex_and_ethnicity_are_read_in_every_writing():
    raw = people(
        "demographics",
        sex=["Male", "female", "M", "F", "1", "2", "?", None],
        ethnicity=["Hispanic or Latino", "Non-Hispanic or Latino", "Unknown", *[None] * 5],
    )
    clean, audit = clean_demographics(raw)
    np.testing.assert_array_equal(clean["male"], [1, 0, 1, 0, 1, 0, NAN, NAN])
    np.testing.assert_array_equal(clean["hispanic"], [1, 0, *[NAN] * 6])
    assert count(audit, "sex not readable") == (0, 1, 1)


def test_race_becomes_caucasian_or_not():
    raw = people(
        "demographics",
        race_caucasian=[1, NAN, 0, NAN, NAN, 1],
        race_asian=[NAN, 1, NAN, NAN, NAN, 1],
        race_unknown=[NAN, NAN, NAN, 1, NAN, NAN],
    )
    clean, _ = clean_demographics(raw)
    np.testing.assert_array_equal(clean["caucasian"], [1, 0, 0, NAN, NAN, 1])
    race = clean["race"].astype(object).where(clean["race"].notna(), None)
    assert race.tolist() == ["Caucasian", "Asian", None, "Unknown", None, "Several"]


def test_the_rows_of_a_subject_become_one():
    raw = people(
        "demographics",
        subject_id=[7, 7, 7, 3],
        age=[NAN, 50, 50, 40],
        ethnicity=["Unknown", "Hispanic or Latino", "Hispanic or Latino", None],
    )
    clean, audit = clean_demographics(raw)
    assert clean["subject_id"].tolist() == [3, 7]
    assert clean["age"].tolist() == [40, 50]
    assert clean["row"].tolist() == [4, 1]
    assert count(audit, "exact copy") == (1, 0, 1)
    assert count(audit, "filled from another row") == (0, 2, 1)
    assert count(audit, "another row of the subject") == (1, 0, 1)


def test_a_history_spread_over_rows_is_put_together():
    raw = people(
        "history",
        subject_id=[5, 5, 5, 5],
        onset_delta=[NAN, -700, -800, NAN],
        diagnosis_delta=[NAN, NAN, NAN, -300],
        symptom=["WEAKNESS", None, None, "Cramps"],
        site_of_onset=[None, "Onset: Bulbar", None, None],
    )
    clean, audit = clean_history(raw)
    assert clean.astype(object).to_numpy().tolist() == [[5, -800, -300, "bulbar", "weakness", 1]]
    assert count(audit, "several onsets") == (0, 1, 1)
    assert count(audit, "filled from another row") == (0, 3, 1)
    assert count(audit, "another row of the subject") == (3, 0, 1)
    clean, _ = clean_history(raw, CleaningSettings(several_onsets="first"))
    assert clean["onset_day"].tolist() == [-700]


def test_an_impossible_history_is_missing():
    raw = people(
        "history", onset_delta=[10, 0, -500, -90_000], diagnosis_delta=[-100, 5, -100, NAN]
    )
    clean, audit = clean_history(raw)
    np.testing.assert_array_equal(clean["onset_day"], [NAN, -500])
    np.testing.assert_array_equal(clean["diagnosis_day"], [-100, -100])
    assert count(audit, "onset not before the baseline") == (0, 3, 3)
    assert count(audit, "diagnosis after the baseline") == (0, 1, 1)
    assert count(audit, "nothing known") == (2, 0, 2)


def test_a_recent_onset_is_kept_and_counted():
    clean, audit = clean_history(people("history", onset_delta=[-16, -31]))
    assert clean["onset_day"].tolist() == [-16, -31]
    assert count(audit, "onset within 30 days") == (0, 0, 1)


@pytest.mark.parametrize(("choice", "days"), [("missing", [-100, NAN]), ("swap", [-400, -100])])
def test_an_onset_after_the_diagnosis_is_dealt_with(choice, days):
    raw = people("history", onset_delta=[-100], diagnosis_delta=[-400])
    clean, audit = clean_history(raw, CleaningSettings(onset_after_diagnosis=choice))
    np.testing.assert_array_equal(clean[["onset_day", "diagnosis_day"]].to_numpy()[0], days)
    assert count(audit, "onset later than diagnosis")[2] == 1


def test_the_site_is_read_from_text_and_flags():
    raw = people(
        "history",
        onset_delta=[-9] * 8,
        site_of_onset=["Onset: Limb and Bulbar", "Onset: Spine", "3", *[None] * 5],
        site_of_onset_bulbar=[NAN, NAN, NAN, 1, 0, 1, NAN, 0],
        site_of_onset_limb=[NAN, NAN, NAN, 0, 1, 1, NAN, 0],
    )
    clean, _ = clean_history(raw)
    expected = ["both", "other", "limb", "bulbar", "limb", "both"]
    assert clean["site"].tolist()[:6] == expected
    assert clean["site"].isna().tolist()[6:] == [True, True]


def test_a_symptom_not_on_the_list_is_other():
    raw = people("history", symptom=["weakness", "GAIT_CHANGES", "a name and a date"])
    assert clean_history(raw)[0]["symptom"].tolist() == ["weakness", "gait changes", "other"]


def test_a_blank_answer_is_not_a_no():
    raw = people(
        "riluzole", subject_id=[1, 1, 2, 3], subject_used_riluzole=["Yes", "No", None, "No"]
    )
    clean, audit = clean_riluzole(raw)
    assert clean.to_numpy().tolist() == [[1, 1, 1], [3, 0, 4]]
    assert count(audit, "answer missing") == (1, 0, 1)
    assert count(audit, "another row of the subject") == (1, 0, 1)


def test_arms_are_read_in_any_case():
    clean, _ = clean_treatment(people("treatment", study_arm=["Active", "PLACEBO", "?"]))
    assert clean["active"].tolist() == [1, 0]


def test_levels_are_ordered():
    texts = ["Definite", "probable laboratory-supported", "Possible", "Perhaps"]
    clean, audit = clean_el_escorial(people("el_escorial", el_escorial=texts))
    assert clean["level"].tolist() == ["Definite", "Probable Laboratory Supported", "Possible"]
    assert clean["level"].max() == "Definite"
    assert count(audit, "answer missing") == (1, 0, 1)


def test_one_relative_with_als_decides():
    raw = people(
        "family",
        subject_id=[1, 1, 2, 3, 4],
        neurological_disease=["DAT", "ALS", "STROKE-NOS", None, None],
        mother=[1, NAN, NAN, 1, NAN],
    )
    clean, audit = clean_family(raw)
    assert clean.to_numpy().tolist() == [[1, 1, 2], [2, 0, 3], [3, 0, 4], [4, 0, 5]]
    assert count(audit, "another row of the subject") == (1, 0, 1)


def test_deaths_are_events_with_and_without_a_day():
    raw = people(
        "death",
        subject_id=[1, 1, 2, 3, 4, 5, 6, 7, 7],
        subject_died=["Yes", "Yes", "Yes", "No", None, None, "Yes", "No", "Yes"],
        death_days=[300, 200, NAN, 50, 90, NAN, -4, NAN, NAN],
    )
    clean, audit = clean_death(raw)
    assert clean["subject_id"].tolist() == [1, 2, 3, 4, 6, 7]
    assert clean["died"].tolist() == [1, 1, 0, 1, 1, 1]
    np.testing.assert_array_equal(clean["death_day"], [200, NAN, NAN, 90, NAN, NAN])
    assert clean["row"].tolist() == [2, 3, 4, 5, 7, 9]
    assert count(audit, "answer missing") == (1, 0, 1)
    assert count(audit, "day beside a No") == (0, 1, 1)
    assert count(audit, "day impossible") == (0, 1, 1)
    assert count(audit, "Yes from the day") == (0, 1, 1)
    assert count(audit, "another row of the subject") == (2, 0, 2)
    assert count(audit, "Yes without a day") == (0, 0, 3)


def make_raw(frames, reading=()):
    """Make what reading hands over, of frames and of its part of the audit."""
    source = Source(name="proact", kind="simulated", title="no patients", n_patients=9, sha256="0")
    audit = make_audit(list(reading))
    return SimpleNamespace(source=source, frames=frames, audit=audit, names={})


def test_the_audit_of_a_release_is_one_chain_from_the_file_on():
    frames = {name: arbitrary_frame(name, 30, 1) for name in ("alsfrs", "death", "vitals")}
    reading = [("alsfrs", "footer or no subject", 33, 31, 0, 0), ("alsfrs", "broken", 31, 30, 0, 0)]
    clean = clean_release(make_raw(frames, reading))
    used = [name for name, table in tables().items() if table.used]
    assert list(clean.frames) == used
    assert clean.audit["table"].unique().tolist() == ["alsfrs", "vitals", "death"]
    assert clean.audit["rule"].tolist()[:3] == ["footer or no subject", "broken", "day missing"]
    for name, lines in clean.audit.groupby("table"):
        assert lines["rows_before"].tolist()[1:] == lines["rows_after"].tolist()[:-1]
        assert lines["rows_after"].iloc[-1] == len(clean.frames[name])
    assert "subject_id" not in repr(clean)


def test_a_table_that_is_missing_is_empty_with_the_same_columns():
    without = clean_release(make_raw({}))
    filled = clean_release(
        make_raw({name: arbitrary_frame(name, 30, 2) for name in without.frames})
    )
    assert without.audit.empty
    for name, frame in without.frames.items():
        assert frame.empty
        expected = filled.frames[name].dtypes.drop("symptom", errors="ignore")
        pd.testing.assert_series_equal(frame.dtypes.drop("symptom", errors="ignore"), expected)


def test_deaths_end_the_visits_of_a_release():
    visits = raw_frame("vitals", vital_signs_delta=[0, 30, 60], pulse=[70, 71, 72])
    death = raw_frame("death", subject_died=["Yes"], death_days=[30])
    raw = make_raw({"vitals": visits, "death": death})
    assert clean_release(raw).frames["vitals"]["day"].tolist() == [0, 30]
    kept = clean_release(raw, CleaningSettings(truncate_after_death=False))
    assert kept.frames["vitals"]["day"].tolist() == [0, 30, 60]


def test_every_rule_has_a_reason_and_no_share_above_one():
    rules = describe_rules()
    assert len(rules) == len(RULES)
    assert rules["reason"].str.len().min() > 5
    assert rules["expected"].dropna().between(0, 1).all()
    assert not rules["reason"].str.contains(r"\.$").any()


@pytest.mark.parametrize("table", [name for name, table in tables().items() if table.used])
def test_an_empty_raw_frame_has_the_columns_of_the_table(table):
    frame = empty_raw_frame(table)
    assert set(frame) >= {"row", *(column.key for column in tables()[table].columns)}
