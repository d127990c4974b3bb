"""What older releases and contests wrote, and the twin no longer does, is still understood.

The files of a tidy twin are written anew in the older way; cleaned, they are the same.
"""

import numpy as np
import pandas as pd
import pytest

from alsnb.cleaning.release import clean_release
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.properties import describe_absent
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.schema import lab_tests, tables_of

EVERY = 7
"""One row in so many is rewritten."""


@pytest.fixture(scope="module")
def tidy(tmp_path_factory):
    """Return the texts of every file of a tidy release, and its clean tables."""
    folder = tmp_path_factory.mktemp("tidy")
    write_release(draw_world(150, seed=3), folder, tidy=True)
    texts = {
        name: pd.read_csv(folder / table.files["2022"], dtype=str, keep_default_na=False)
        for name, table in tables_of("2022").items()
    }
    return texts, clean_release(read_release(folder))


def reread(tidy, table, change, folder):
    """Return what was read and cleaned after a change of one table."""
    for name, frame in (tidy[0] | {table: change(tidy[0][table].copy())}).items():
        frame.to_csv(folder / tables_of("2022")[name].files["2022"], index=False)
    raw = read_release(folder)
    return raw, clean_release(raw)


def assert_same(found, right, table, but=()):
    kept = [name for name in right.frames[table] if name not in ("row", *but)]
    pd.testing.assert_frame_equal(found.frames[table][kept], right.frames[table][kept])


def lost(raw, table):
    return raw.failures.loc[raw.failures["table"] == table, "cells"].sum()


def some(frame, column):
    """Return the places of some rows that have a value in a column."""
    return np.flatnonzero(frame[column] != "")[::EVERY]


@pytest.mark.parametrize("table", ["fvc", "svc"])
@pytest.mark.parametrize("text", [". 0", "X.XX", "%"])
def test_text_in_the_litres_is_no_number_and_nothing_else_moves(tidy, tmp_path, table, text):
    def change(frame):
        frame.loc[some(frame, "Subject_Liters_Trial_1"), "Subject_Liters_Trial_1"] = text
        return frame

    raw, clean = reread(tidy, table, change, tmp_path)
    spoiled = len(some(tidy[0][table], "Subject_Liters_Trial_1"))
    assert lost(raw, table) == spoiled > 0
    both = tidy[1].frames[table].merge(clean.frames[table], on=["subject_id", "day"])
    # a session of which nothing else was written is gone
    assert 0 <= len(tidy[1].frames[table]) - len(both) <= spoiled
    differs = both["litres_y"].notna() & ((both["litres_x"] - both["litres_y"]).abs() > 0.05)
    # of three attempts the largest may be gone, and then the next is a little smaller
    assert (both["litres_y"][differs] < both["litres_x"][differs]).all()
    assert differs.sum() <= spoiled


def test_nd_in_the_pressure_is_no_number(tidy, tmp_path):
    def change(frame):
        frame.loc[some(frame, "Blood_Pressure_Systolic"), "Blood_Pressure_Systolic"] = "ND"
        return frame

    raw, clean = reread(tidy, "vitals", change, tmp_path)
    spoiled = len(some(tidy[0]["vitals"], "Blood_Pressure_Systolic"))
    assert lost(raw, "vitals") == spoiled > 0
    gone = tidy[1].frames["vitals"]["systolic"].notna() & clean.frames["vitals"]["systolic"].isna()
    assert 0 < gone.sum() <= spoiled
    assert_same(clean, tidy[1], "vitals", but=["systolic"])


@pytest.mark.parametrize(
    ("column", "label"),
    [("Height_Units", "cm"), ("Height_Units", "CM"), ("Weight_Units", "kg"), ("Weight_Units", "2")],
)
def test_any_label_of_a_unit_is_understood(tidy, tmp_path, column, label):
    def change(frame):
        frame.loc[some(frame, column), column] = label
        return frame

    _, clean = reread(tidy, "vitals", change, tmp_path)
    assert_same(clean, tidy[1], "vitals")


@pytest.mark.parametrize("table", ["death", "riluzole"])
def test_a_footer_belongs_to_nobody(tidy, tmp_path, table):
    def change(frame):
        footer = [f"({len(frame)} row(s) affected)", *[""] * (frame.shape[1] - 1)]
        return pd.concat([frame, pd.DataFrame([footer], columns=frame.columns)])

    raw, clean = reread(tidy, table, change, tmp_path)
    audit = raw.audit[raw.audit["table"] == table].set_index("rule")
    rows = audit.loc["footer or no subject", ["rows_before", "rows_after"]]
    assert rows["rows_before"] - rows["rows_after"] == 1
    assert_same(clean, tidy[1], table)


@pytest.mark.parametrize("ethnicity", ["Unknown", ""])
def test_a_second_row_of_a_subject_adds_nobody(tidy, tmp_path, ethnicity):
    def change(frame):
        return pd.concat([frame, frame.iloc[::EVERY].assign(Ethnicity=ethnicity)])

    _, clean = reread(tidy, "demographics", change, tmp_path)
    assert_same(clean, tidy[1], "demographics")


@pytest.mark.parametrize("words", [{"Male": "M", "Female": "F"}, {"Male": "1", "Female": "2"}])
def test_sex_in_any_writing(tidy, tmp_path, words):
    def change(frame):
        return frame.assign(Sex=frame["Sex"].replace(words))

    _, clean = reread(tidy, "demographics", change, tmp_path)
    assert_same(clean, tidy[1], "demographics")


def test_zeros_in_the_flags_of_race_are_no_race(tidy, tmp_path):
    def change(frame):
        flags = [c for c in frame if c.startswith("Race_") and not c.endswith("Specify")]
        asked = (frame[flags] == "1").any(axis=1)
        zeros = frame[flags].replace("", "0").where(asked, "")
        return frame.assign(**{name: zeros[name] for name in flags})

    _, clean = reread(tidy, "demographics", change, tmp_path)
    assert_same(clean, tidy[1], "demographics", but=["caucasian"])
    found, right = (c.frames["demographics"]["caucasian"] for c in (clean, tidy[1]))
    assert (found[right.notna()] == right.dropna()).all()
    # of a subject whose race is ticked as unknown a zero says that it is not this one
    assert set(found[right.isna()].dropna()) <= {0}


def in_labels(number):
    """Return a change that writes every test in its label of this number, by its factor."""

    def change(frame):
        result = pd.to_numeric(frame["Test_Result"], errors="coerce")
        for test in lab_tests().values():
            factors = {label: f for label, f in test.factors.items() if f}
            own = result.notna() & (frame["Test_Name"] == test.name)
            if factors and own.any():
                label, factor = list(factors.items())[number % len(factors)]
                frame.loc[own, "Test_Result"] = (result[own] / factor).map(repr)
                frame.loc[own, "Test_Unit"] = label.upper() if number % 2 else label
        return frame

    return change


MOST_LABELS = max(len(test.factors) for test in lab_tests().values())


@pytest.mark.parametrize("number", range(MOST_LABELS))
def test_every_label_of_the_catalogue_is_converted(tidy, tmp_path, number):
    _, clean = reread(tidy, "labs", in_labels(number), tmp_path)
    key = ["subject_id", "day", "measure"]
    found, right = (c.frames["labs"][[*key, "value"]] for c in (clean, tidy[1]))
    assert len(found) == len(right)
    both = right.merge(found, on=key, suffixes=("", "_found"))
    np.testing.assert_allclose(both["value_found"], both["value"], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "number"),
    [("-", np.nan), ("A", np.nan), ("<4", 4.0), ("4,5", 4.5), ("4750,000", 4_750_000.0)],
)
def test_any_test_may_hold_a_dash_a_word_a_limit_or_a_comma(tidy, tmp_path, text, number):
    def change(frame):
        sodium = np.flatnonzero(frame["Test_Name"] == "Sodium")[::EVERY]
        frame.iloc[sodium, frame.columns.get_loc("Test_Result")] = text
        return frame

    _, clean = reread(tidy, "labs", change, tmp_path)
    changed = len(np.flatnonzero(tidy[0]["labs"]["Test_Name"] == "Sodium")[::EVERY])
    gone = len(tidy[1].frames["labs"]) - len(clean.frames["labs"])
    # none of these is a plausible sodium, so each is left out, by a rule that says so
    assert gone == changed > 0
    audit = clean.audit[clean.audit["table"] == "labs"].set_index("rule")
    left_out = audit["rows_before"] - audit["rows_after"]
    rule = {"-": "dash instead of a result", "A": "result not a number"}.get(
        text, "outside the plausible range"
    )
    assert left_out[rule] >= changed
    assert np.isnan(number) or not lab_tests()["sodium"].low <= number <= lab_tests()["sodium"].high


def test_every_table_with_an_absent_dialect_is_tested_here():
    tested = {"fvc", "svc", "vitals", "death", "riluzole", "demographics", "labs"}
    assert set(describe_absent()["table"]) == tested
