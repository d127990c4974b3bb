"""Laboratory results, worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_frames import arbitrary_frame, count, raw_labs

from alsnb.cleaning import laboratory
from alsnb.cleaning.laboratory import clean_labs
from alsnb.cleaning.laboratory_results import GRADES, read_number, read_results
from alsnb.cleaning.settings import CleaningSettings

ONE = (0, 1, 1)
DROPPED = (1, 0, 1)

PUT_RIGHT = [
    ("sodium", "140", "mmol/L", 140, None),
    ("sodium", "140", "MMOL/L", 140, None),
    ("sodium", "140", None, 140, None),
    ("sodium", "140", "??", 140, None),
    ("creatinine", "0.8", "mg/dL", 70.72, "unit converted"),
    ("hemoglobin", "9", "mmol/L", 144.99, "unit converted"),
    ("platelets", "229,000", "per mm3", 229, "unit converted"),
    ("platelets", "229,000", "10E9/L", 229, "comma of thousands"),
    ("platelets", "229000", "10E9/L", 229, "blood cells by powers of ten"),
    ("platelets", "0.229", None, 229, "blood cells by powers of ten"),
    ("platelets", "2290", "10E9/L", 229, "blood cells by powers of ten"),
    ("red_cells", "4.7", "10E12/L", 4.7, None),
    ("red_cells", "4700", "10E9/L", 4.7, "unit converted"),
    ("red_cells", "47000", "10E9/L", 4.7, "blood cells by powers of ten"),
    ("red_cells", "4700000", "10E9/L", 4.7, "blood cells by powers of ten"),
    ("red_cells", "4.7e9", "10E9/L", 4.7, "blood cells by powers of ten"),
    ("red_cells", "4.7e-05", "10E9/L", 4.7, "blood cells by powers of ten"),
    ("white_cells", "6,900", "10E9/L", 6.9, "comma of thousands"),
    ("hematocrit", "0.42", "%", 42, "hematocrit as a fraction"),
    ("hematocrit", "0.42", "V/V", 42, "hematocrit as a fraction"),
    ("hematocrit", "42", "V/V", 42, None),
    ("potassium", "43", "mmol/L", 4.3, "potassium above 20"),
    ("calcium", "9.4", "mmol/L", 2.35, "calcium above 5"),
    ("calcium", "9.4", "mg/dL", 2.35, "unit converted"),
    ("mean_corpuscular_hemoglobin_concentration", "33", None, 330, "cell hemoglobin in g/dL"),
    ("mean_corpuscular_hemoglobin_concentration", "33", "g/dL", 330, "unit converted"),
    ("mean_corpuscular_hemoglobin_concentration", "330", "g/L", 330, None),
    ("urea_nitrogen", "5,4", "mmol/L", 5.4, "decimal comma"),
    ("urine_protein", "Trace", None, 0.5, "word to grade"),
    ("urine_protein", "Negative", "mg/dL", 0, "word to grade"),
    ("urine_blood", "Very Large", None, 4, "word to grade"),
    ("urine_ketones", "2+", None, 2, "word to grade"),
    ("urine_colour", "AMBER", None, 3, "word to grade"),
    ("urine_ph", "6", None, 6, None),
]


@pytest.mark.parametrize(("measure", "text", "unit", "value", "rule"), PUT_RIGHT)
def test_a_result_is_put_right(measure, text, unit, value, rule):
    clean, audit = clean_labs(raw_labs((measure, text, unit)))
    assert clean["measure"].tolist() == [measure]
    assert clean["value"].tolist() == pytest.approx([value], rel=1e-12)
    if rule:
        assert count(audit, rule) == ONE
    else:
        assert audit["values_changed"].sum() == 0


LOST = [
    ("sodium", "-", "mmol/L", "dash instead of a result"),
    ("urine_protein", "-", None, "dash instead of a result"),
    ("sodium", None, "mmol/L", "result missing"),
    ("sodium", "Normal", "mmol/L", "result not a number"),
    ("sodium", "inf", "mmol/L", "result not a number"),
    ("urine_protein", "A", None, "result not a number"),
    ("urine_protein", "30", None, "result not a number"),
    ("red_cells", "500", "10E9/L", "red cells of 500"),
    ("white_cells", "6.9", None, "white cells without a unit"),
    ("protein", "72", None, "protein without a unit"),
    ("albumin", "60", "%", "unit cannot be converted"),
    ("neutrophils", "4.1", "10E9/L", "unit cannot be converted"),
    ("platelets", "230", "g/L", "unit cannot be converted"),
    ("glucose", "0", "mmol/L", "zero glucose or creatinine"),
    ("creatinine", "0.00", "umol/L", "zero glucose or creatinine"),
    ("sodium", "14", "mmol/L", "outside the plausible range"),
    ("sodium", "14", None, "unit unknown"),
    ("sodium", "14", "??", "unit unknown"),
    ("thyroid_stimulating_hormone", "90", "mIU/L", "outside the plausible range"),
]


@pytest.mark.parametrize(("measure", "text", "unit", "rule"), LOST)
def test_a_result_is_dropped(measure, text, unit, rule):
    clean, audit = clean_labs(raw_labs((measure, text, unit)))
    assert clean.empty
    assert count(audit, rule) == DROPPED
    assert audit["values_changed"].sum() == 0


@pytest.mark.parametrize(("text", "value"), [("<0.2", 0.2), ("> 5", 5), ("<=1,5", 1.5)])
def test_a_limit_keeps_its_number_and_is_censored(text, value):
    raw = raw_labs(("c_reactive_protein", text, "mg/L"), ("sodium", "140", "mmol/L"))
    clean, audit = clean_labs(raw)
    assert clean["value"].tolist() == [value, 140]
    assert clean["censored"].tolist() == [True, False]
    assert count(audit, "beyond a limit of detection") == ONE
    clean, audit = clean_labs(raw, CleaningSettings(censored_results="drop"))
    assert clean["value"].tolist() == [140]
    assert count(audit, "censored result") == DROPPED


def test_same_day_results_become_one():
    raw = raw_labs(
        ("red_cells", "500", "10E9/L", 0),
        ("red_cells", "4.7", "10E12/L", 0),
        ("red_cells", "4.70", "10E12/L", 0),
        ("red_cells", "4.7", "10E12/L", 0),
        ("red_cells", "4.8", "10E12/L", 0),
        ("sodium", "140", "mmol/L", 0),
    )
    clean, audit = clean_labs(raw)
    assert clean["row"].tolist() == [2, 6]
    assert clean["value"].tolist() == [4.7, 140]
    for rule in (
        "exact copy",
        "red cells of 500",
        "same day, same result",
        "same day, another result",
    ):
        assert count(audit, rule) == DROPPED


def test_days_are_checked_and_may_be_fractions():
    days = [np.nan, 1e9, -np.inf, 2.5, 1.5, 2.5]
    raw = raw_labs(*(("sodium", str(140 + at), "mmol/L", day) for at, day in enumerate(days)))
    clean, audit = clean_labs(raw)
    assert clean["day"].tolist() == [1.5, 2.5]
    assert clean["value"].tolist() == [144, 143]
    assert count(audit, "day missing") == DROPPED
    assert count(audit, "day impossible") == (2, 0, 1)


def test_switches_of_the_laboratory():
    white = raw_labs(("white_cells", "6.9", None, 0), ("white_cells", "6900", None, 1))
    clean, _ = clean_labs(white, CleaningSettings(unitless_white_cells="rescale"))
    assert clean["value"].tolist() == [6.9, 6.9]
    bare = raw_labs(("sodium", "140", None), ("thyroid_stimulating_hormone", "2", None))
    clean, audit = clean_labs(bare, CleaningSettings(unlabelled_units=False))
    assert clean["value"].tolist() == [2]
    assert count(audit, "unit unknown") == DROPPED
    cells = raw_labs(("red_cells", "47000", "10E9/L"))
    clean, _ = clean_labs(cells, CleaningSettings(rescale_blood_cells=False))
    assert clean.empty


@pytest.mark.parametrize("seed", range(4))
def test_large_tables_are_cleaned_in_blocks_with_the_same_result(seed, monkeypatch):
    raw = arbitrary_frame("labs", 400, seed)
    clean, audit = clean_labs(raw)
    monkeypatch.setattr(laboratory, "BLOCK_ROWS", 7)
    monkeypatch.setattr(laboratory, "MOST_BITS", 0)
    again, same = clean_labs(raw)
    assert clean.equals(again)
    assert audit.equals(same)


@given(number=st.floats(-1e12, 1e12), sign=st.sampled_from("<>≤≥"))
def test_any_number_is_read_back(number, sign):
    assert read_results([repr(number)])["number"].tolist() == [number]
    assert read_number(f"{sign} {number!r}") == (number, True, False, False)


@given(number=st.integers(1_000, 10**12))
def test_thousands_are_read_back(number):
    assert read_number(f"{number:,}") == (number, False, True, False)


@given(whole=st.integers(0, 10**6), decimals=st.text("0123456789", min_size=1, max_size=2))
def test_a_decimal_comma_is_read_as_a_point(whole, decimals):
    expected = float(f"{whole}.{decimals}")
    assert read_number(f"{whole},{decimals}") == (expected, False, False, True)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=12))
def test_any_text_is_a_finite_number_or_none(text):
    read = read_results([text])
    number = read["number"].iloc[0]
    assert np.isnan(number) or np.isfinite(number)
    if read["limit"].iloc[0] or read["thousands"].iloc[0] or read["decimal_comma"].iloc[0]:
        assert np.isfinite(number)
    if read["dash"].iloc[0]:
        assert np.isnan(number)


def test_words_of_a_dipstick_are_graded_in_any_case():
    words = [(word, grade) for grade, named in GRADES.items() for word in named]
    texts, grades = zip(*words, strict=True)
    assert read_results(texts)["grade"].tolist() == list(grades)
    assert read_results([text.upper() for text in texts])["grade"].tolist() == list(grades)


def test_a_comma_after_zero_is_a_decimal_point():
    assert read_number("0,125") == (0.125, False, False, True)
    assert read_number("4750,000") == (4_750_000, False, True, False)
    assert np.isnan(read_number("1,2,3")[0])
