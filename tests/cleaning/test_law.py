"""Laws that hold for the cleaning of any table, whatever is in it."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_frames import arbitrary_frame

from alsnb.checks import BadInput
from alsnb.cleaning.audit import AUDIT, Audit, make_rules
from alsnb.cleaning.release import CLEAN_BY_SUBJECT, CLEAN_OVER_TIME, RULES
from alsnb.cleaning.settings import CHOICES, CleaningSettings
from alsnb.tables.proact.schema import lab_tests

CLEAN = CLEAN_BY_SUBJECT | CLEAN_OVER_TIME

switches = st.fixed_dictionaries(
    {name: st.sampled_from(values) for name, values in CHOICES.items()}
    | {
        name: st.booleans()
        for name, value in vars(CleaningSettings()).items()
        if isinstance(value, bool)
    }
)
some = given(seed=st.integers(0, 10**6), n=st.integers(0, 60), chosen=switches)
often = settings(max_examples=5, deadline=None, derandomize=True)


@cache
def some_deaths(seed):
    """Return a clean table of a few deaths."""
    return CLEAN["death"](arbitrary_frame("death", 10, seed))[0]


def cleaned(table, raw, chosen, seed):
    """Clean a table, those with visits beside some deaths."""
    deaths = [some_deaths(seed % 8)] if table in CLEAN_OVER_TIME else []
    return CLEAN[table](raw, CleaningSettings(**chosen), *deaths)


@pytest.mark.parametrize("table", CLEAN)
@often
@some
def test_rows_in_are_rows_out_and_rows_the_audit_names(table, seed, n, chosen):
    raw = arbitrary_frame(table, n, seed)
    clean, audit = cleaned(table, raw, chosen, seed)
    dropped = audit["rows_before"] - audit["rows_after"]
    assert list(audit.columns) == list(AUDIT)
    assert audit["rule"].tolist() == [name for place, name in RULES if place == table]
    assert len(raw) == len(clean) + dropped.sum()
    assert audit["rows_before"].tolist()[1:] == audit["rows_after"].tolist()[:-1]
    assert (dropped >= 0).all()
    assert (audit[["values_changed", "patients_touched"]] >= 0).all(axis=None)
    assert (audit["patients_touched"] <= raw["subject_id"].nunique()).all()
    assert clean["row"].is_unique
    assert clean["row"].isin(raw["row"]).all()


@pytest.mark.parametrize("table", CLEAN)
@often
@some
def test_the_order_of_the_rows_changes_nothing(table, seed, n, chosen):
    raw = arbitrary_frame(table, n, seed)
    before = raw.copy(deep=True)
    clean, audit = cleaned(table, raw, chosen, seed)
    again, same_audit = cleaned(table, raw.sample(frac=1, random_state=seed), chosen, seed)
    pd.testing.assert_frame_equal(clean, again)
    pd.testing.assert_frame_equal(audit, same_audit)
    pd.testing.assert_frame_equal(raw, before)


@pytest.mark.parametrize("table", CLEAN)
@often
@some
def test_clean_rows_are_one_per_key_and_in_order(table, seed, n, chosen):
    clean, _ = cleaned(table, arbitrary_frame(table, n, seed), chosen, seed)
    key = [name for name in ("subject_id", "day", "measure") if name in clean]
    assert not clean.duplicated(key).any()
    assert clean[key].equals(clean[key].sort_values(key, ignore_index=True))
    if "day" in clean:
        assert clean["day"].abs().max() <= 40_000 or clean.empty


RANGES = {
    "alsfrs": dict.fromkeys(("speech", "cutting", "respiratory", "dyspnea"), (0, 4))
    | {"total": (0, 40), "total_revised": (0, 48), "gastrostomy": (0, 1)},
    "fvc": {"litres": (0, 8), "percent": (5, 180), "normal": (1.5, 8)},
    "svc": {"litres": (0, 8), "percent": (5, 180), "normal": (1.5, 8)},
    "vitals": {
        "systolic": (60, 240),
        "diastolic": (30, 140),
        "weight": (25, 200),
        "height": (120, 215),
        "temperature": (33, 41.5),
    },
    "demographics": {"age": (16, 95), "male": (0, 1), "caucasian": (0, 1), "hispanic": (0, 1)},
    "history": {"onset_day": (-40_000, -1e-300), "diagnosis_day": (-40_000, 0)},
    "death": {"died": (0, 1), "death_day": (0, 40_000)},
}


@pytest.mark.parametrize("table", RANGES)
@often
@some
def test_clean_values_are_in_range(table, seed, n, chosen):
    clean, _ = cleaned(table, arbitrary_frame(table, n, seed), chosen, seed)
    for name, (low, high) in RANGES[table].items():
        assert (clean[name].isna() | clean[name].between(low, high)).all(), name


@often
@some
def test_clean_results_are_in_the_range_of_their_test(seed, n, chosen):
    clean, _ = cleaned("labs", arbitrary_frame("labs", 4 * n, seed), chosen, seed)
    for measure, test in lab_tests().items():
        values = clean.loc[clean["measure"] == measure, "value"]
        low, high = (0, 4) if test.grades else (test.low, test.high)
        assert values.between(low, high).all(), measure


@often
@some
def test_no_visit_follows_a_death(seed, n, chosen):
    death, _ = CLEAN["death"](arbitrary_frame("death", n, seed))
    raw = arbitrary_frame("vitals", n, seed)
    clean, _ = CLEAN["vitals"](raw, CleaningSettings(), death)
    last = clean["subject_id"].map(death.set_index("subject_id")["death_day"])
    assert not (clean["day"] > last).any()


def make_frame():
    return pd.DataFrame({"subject_id": [1, 1, 2], "a": [1.0, np.nan, 3.0]})


ONE = make_rules("table", {"first": ("why",), "second": ("why",)})


def test_an_audit_counts_rows_values_and_patients():
    audit = Audit(ONE, 3)
    frame = audit.change(make_frame(), {"a": [1.0, np.nan, 4.0]}, "first")
    frame = audit.drop(frame, frame["subject_id"] == 1, "second")
    found = audit.close(frame)
    assert found.to_numpy().tolist() == [
        ["table", "first", 3, 3, 1, 1],
        ["table", "second", 3, 1, 0, 1],
    ]
    assert frame["a"].tolist() == [4.0]


def test_a_row_cannot_leave_beside_the_audit():
    audit = Audit(ONE, 3)
    with pytest.raises(BadInput, match="3 rows; found 2"):
        audit.drop(make_frame().iloc[1:], [False, True], "first")


def test_a_rule_cannot_be_left_out_or_made_up():
    audit = Audit(ONE, 3)
    with pytest.raises(BadInput, match="'second'"):
        audit.enter("second")
    audit.enter("first")
    with pytest.raises(BadInput, match="no rule left"):
        audit.close(make_frame())


def test_a_setting_has_only_its_values():
    with pytest.raises(BadInput, match="both_cuttings"):
        CleaningSettings(both_cuttings="6")
