"""Commas in laboratory results are read in one way for the column of a test."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from alsnb.cleaning.commas import settle_commas
from alsnb.cleaning.laboratory_results import read_results


def read(*columns):
    """Return the numbers of some tests, each given by its results as written."""
    texts = [text for column in columns for text in column]
    test = np.repeat(np.arange(len(columns)), list(map(len, columns)))
    each = {name: values.to_numpy() for name, values in read_results(texts).items()}
    settled = settle_commas(each, test, np.zeros(len(test), int), texts)
    assert not (settled["thousands"] & settled["decimal_comma"]).any()
    return [settled["number"][test == one].tolist() for one in range(len(columns))]


def test_a_test_with_decimal_commas_has_no_commas_of_thousands():
    assert read(["4,1", "4,125", "3,9"]) == [[4.1, 4.125, 3.9]]
    assert read(["4,1", "<4,125", "3,9"]) == [[4.1, 4.125, 3.9]]


def test_commas_of_thousands_stay_where_nothing_speaks_for_decimals():
    assert read(["229,000", "310,000"]) == [[229_000, 310_000]]
    assert read(["229,000", "230.5"], ["4,1", "4,2"]) == [[229_000, 230.5], [4.1, 4.2]]


def test_each_test_is_judged_by_itself():
    found = read(["4,1", "4,125", "3.9"], ["229,000", "231000", "198,000"], ["7.35"])
    assert found == [[4.1, 4.125, 3.9], [229_000, 231_000, 198_000], [7.35]]


def test_a_single_slip_does_not_turn_thousands_into_decimals():
    assert read(["229,000", "231000", "22,9", "198,000", "205000"], ["7.3"])[0] == [
        229_000,
        231_000,
        22.9,
        198_000,
        205_000,
    ]


def test_a_table_without_any_point_has_decimal_commas_everywhere():
    assert read(["4,1"], ["3,125", "2,250"]) == [[4.1], [3.125, 2.25]]


@given(st.lists(st.integers(3_000, 5_999), min_size=3, unique=True), st.booleans())
def test_decimals_with_commas_are_read_as_those_with_points(values, has_points):
    numbers = [value / 1000 for value in values]
    written = [f"{number:.3f}".replace(".", ",") for number in numbers]
    others = ["4,55"] + (["4.2"] if has_points else [])
    assert read([*written, *others])[0][: len(numbers)] == numbers


@given(st.lists(st.integers(100_000, 400_000), min_size=3, unique=True))
def test_thousands_with_commas_are_read_as_those_without(values):
    written = [f"{value:,}" for value in values]
    assert read([*written, "251000"], ["4,5", "4.5"])[0][:-1] == values


def test_texts_that_are_no_numbers_stay_none():
    assert np.isnan(read(["4,1", "a,b", "3,125", ""])[0]).tolist() == [False, True, False, True]
    assert pd.isna(read(["a"])[0][0])
