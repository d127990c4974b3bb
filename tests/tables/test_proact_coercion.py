import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsnb.tables.proact.cells import Cells
from alsnb.tables.proact.coercion import (
    LARGEST,
    PROBLEMS,
    Coerced,
    categories,
    has_decimal_commas,
    identifiers,
    log_of_failures,
    number_of,
    numbers,
)
from alsnb.tables.proact.schema import MISSING_MARKERS
from alsnb.tables.proact.subjects import TEXT_FROM, names_of, tidied, written


def cells_of(values):
    texts = list(dict.fromkeys(values))
    return Cells(np.array([texts.index(value) for value in values], dtype=np.int32), texts)


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), (" 3.50 ", 3.5), ("+4", 4), ("-12", -12), ("1e2", 100), (".5", 0.5), ("7.", 7)],
)
def test_the_usual_spellings_of_a_number_are_read(text, value):
    assert number_of(text) == (value, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ND", "number"),
        (". 0", "number"),
        ("X.XX", "number"),
        ("%5", "number"),
        ("(70)", "number"),
        ("1 000", "number"),
        ("0x1F", "number"),
        ("1_000", "number"),
        ("True", "number"),
        ("\u0663", "number"),
        ("3,4", "comma"),
        ("229,000", "comma"),
        ("1,229,000.5", "comma"),
        ("2011-03-05", "date"),
        ("3/5/2011", "date"),
        ("05.03.11", "date"),
        ("5-Mar-2011", "date"),
        ("2011-03-05T10:00", "date"),
        ("=1+1", "formula"),
        ("@SUM(A1)", "formula"),
        ("1e13", "large"),
        ("-1e999", "large"),
        ("inf", "large"),
        ("-Infinity", "large"),
        ("9" * 500, "large"),
    ],
)
def test_what_is_no_number_is_lost_under_the_name_of_its_problem(text, problem):
    value, found = number_of(text)
    assert math.isnan(value)
    assert found == problem


@pytest.mark.parametrize("marker", MISSING_MARKERS)
def test_a_missing_marker_is_no_failure_in_either_case(marker):
    for text in (marker, marker.upper(), f" {marker} "):
        value, problem = number_of(text)
        assert math.isnan(value)
        assert problem == ""


@given(st.text())
def test_any_text_is_a_number_in_range_or_missing_or_has_a_problem(text):
    value, problem = number_of(text)
    assert problem in {"", *PROBLEMS}
    if problem or text.strip().lower() in MISSING_MARKERS:
        assert math.isnan(value)
    else:
        assert abs(value) <= LARGEST


@given(st.floats(min_value=-1e11, max_value=1e11))
def test_every_number_that_python_writes_is_read_back(value):
    assert number_of(repr(value)) == (value, "")


@given(st.integers(0, 10**18 - 1))
def test_an_identifier_is_read_as_integer_float_and_with_blanks(identifier):
    texts = [
        str(identifier),
        f"{identifier}.0",
        f" {identifier} ",
        f"+{identifier}.",
        f"0{identifier}",
    ]
    texts = texts if identifier < 10**17 else texts[:4]
    assert identifiers(texts).tolist() == [identifier] * len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        ".",
        "NA",
        "null",
        "9.88E+08",
        "9,88e+08",
        "1E+09",
        "#N/A",
        "#REF!",
        "Subject ID",
    ],
)
def test_what_is_no_identifier_is_minus_one(text):
    assert identifiers([text]).tolist() == [-1]


@pytest.mark.parametrize(
    "text", ["-5", "12.5", "1e5", "12E07", "P12", "1" * 19, "12 3", "\u0661", "a-b", "subject 1"]
)
def test_any_other_text_names_a_subject(text):
    assert identifiers([text])[0] >= TEXT_FROM


@given(st.text())
def test_any_text_names_a_subject_or_none_whatever_blanks_stand_around_it(text):
    number = identifiers([text])[0]
    assert number >= -1
    assert identifiers([f" {text}\t", text.replace(" ", "  ")]).tolist() == [number] * 2


@given(st.lists(st.text(st.characters(categories=["L", "N", "Pd"]), min_size=1), unique=True))
def test_texts_that_differ_name_different_subjects_unless_they_are_one_number(texts):
    texts = [text for text in texts if tidied(text) == text and identifiers([text])[0] >= TEXT_FROM]
    texts = [text for text in texts if not text.isascii() or not text.isdigit()]
    assert len(set(identifiers(texts))) == len(texts)


@given(st.integers(0, 10**18 - 1), st.integers(0, 5), st.sampled_from(["", ".", ".0", ".000"]))
def test_a_whole_number_names_itself_however_a_spreadsheet_writes_it(number, zeros, end):
    assert identifiers([f"+{'0' * zeros}{number}{end}"]).tolist() == [number]


@given(st.integers(10**10, 10**18 - 1))
def test_a_long_number_with_an_exponent_is_itself_if_no_digit_is_lost_and_none_otherwise(number):
    digits = str(number)
    whole = f"{digits[0]}.{digits[1:]}E+{len(digits) - 1:02d}"
    rounded = f"{digits[0]}.{digits[1:3]}E+{len(digits) - 1:02d}"
    assert identifiers([whole, rounded]).tolist() == [-1 if number % 10 == 0 else number, -1]


@given(st.lists(st.text(max_size=8), max_size=20))
def test_subjects_are_written_as_in_the_files_but_for_blanks_and_zeros(texts):
    numbers = identifiers(texts)
    known = numbers >= 0
    names = names_of(numbers, texts)
    back = written(numbers[known], names)
    assert identifiers([str(text) for text in back]).tolist() == numbers[known].tolist()
    kept = [
        tidied(text) for text, number in zip(texts, numbers, strict=True) if number >= TEXT_FROM
    ]
    assert {name.lstrip("+0") for name in names.values()} == {name.lstrip("+0") for name in kept}


def test_commas_are_decimal_where_nothing_else_is_possible():
    assert has_decimal_commas(["3,4", "5"])
    assert has_decimal_commas(["3,4", "229,000"])
    assert has_decimal_commas(["0,125", "3,125"])
    assert has_decimal_commas(["3,125"], elsewhere=True)


def test_commas_are_not_decimal_beside_points_or_like_those_of_thousands():
    assert not has_decimal_commas(["3,4", "5.1"])
    assert not has_decimal_commas(["229,000", "1,500", "987"])
    assert not has_decimal_commas(["1,229,000", "3,4"])
    assert not has_decimal_commas(["3", "words, and words"])
    assert not has_decimal_commas(["3,125", "5.1"], elsewhere=True)


@given(st.lists(st.integers(1_000, 999_999), min_size=1))
def test_whole_numbers_with_commas_of_thousands_are_never_read_as_decimals(values):
    texts = [f"{value:,}" for value in values]
    assert not has_decimal_commas(texts)
    assert numbers(texts).problems == ["comma"] * len(texts)


def test_decimal_commas_are_read_when_asked_for():
    assert numbers(["3,4", "-,5", "7"], decimal_comma=True).values.tolist() == [3.4, -0.5, 7]


def test_texts_that_differ_only_in_blanks_are_one_category_and_markers_are_missing():
    found = categories(cells_of([" kg", "kg ", "", "NA", "-", "two\nlines"]))
    assert list(found.categories) == ["kg", "two lines"]
    assert found.codes.tolist() == [0, 0, -1, -1, -1, 1]


def test_a_dash_stays_a_text_where_the_cleaning_counts_it():
    found = categories(cells_of(["-", " - ", "", "12"]), keep_dash=True)
    assert list(found.categories) == ["-", "12"]
    assert found.codes.tolist() == [0, 0, -1, 1]


@given(st.lists(st.text(max_size=6), max_size=20))
def test_categories_hold_the_stripped_text_of_every_cell_that_is_not_missing(values):
    found = categories(cells_of(values))
    for value, code in zip(values, found.codes, strict=True):
        if value.strip().lower() in MISSING_MARKERS:
            assert code == -1
        else:
            assert found.categories[code].split() == value.split()


WHERE = {"table": "vitals", "file": "v.csv", "column": "Pulse"}


def log_of(values, subjects):
    cells = cells_of(values)
    return log_of_failures(cells, numbers(cells.texts), np.array(subjects), **WHERE)


def test_failures_are_counted_by_problem_and_no_cell_that_was_read_is_among_them():
    entries = log_of(["70", "ND", "ND", "=1", "", "71"], range(6))
    assert [(entry["problem"], entry["cells"]) for entry in entries] == [
        (PROBLEMS["number"], 2),
        (PROBLEMS["formula"], 1),
    ]


def test_a_text_is_shown_only_if_five_subjects_share_it():
    assert log_of(["ND"] * 5, range(5))[0]["commonest"] == "ND"
    assert log_of(["ND"] * 5, [1, 1, 1, 1, 2])[0]["commonest"] == ""
    assert log_of(["ND"] * 4, range(4))[0]["commonest"] == ""


def test_a_long_text_is_shown_by_its_start():
    assert len(log_of(["long " * 50] * 5, range(5))[0]["commonest"]) <= 40


def test_texts_that_no_cell_holds_are_not_counted():
    cells = Cells(np.zeros(3, dtype=np.int32), ["70", "ND"])
    coerced = Coerced(np.array([70.0, np.nan]), ["", "number"])
    assert log_of_failures(cells, coerced, np.arange(3), **WHERE) == []
