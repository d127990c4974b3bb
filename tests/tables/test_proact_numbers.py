"""Columns that are split as numbers hold what reading their texts gives."""

import csv
from io import StringIO

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsnb.tables.proact.cells import Cells, Numbers
from alsnb.tables.proact.coercion import numbers
from alsnb.tables.proact.content import Content
from alsnb.tables.proact.splitting import split

PLAIN = ["1", "-2.5", "0.1", "", "NA", "nan", ".5", "5.", "1e3", " 7 ", "-0", "1e12", "null", "N/A"]
NO_NUMBERS = [
    "x",
    "1,5",
    "inf",
    "-Infinity",
    "nAn",
    "nan(1)",
    "-nan",
    "2e12",
    "1e400",
    "+3",
    "0x1F",
    "1_0",
    "=1+1",
    "2020-01-01",
    "5\n",
    "1 2",
    "\u0661",
    "true",
    "#N/A",
    "1e00",
]
SURE_NO_NUMBERS = sorted(set(NO_NUMBERS) - {"1e00", "+3"})


def columns_of(cells, separator=",", as_numbers=(1,)):
    """Return the columns of a table with these cells behind a subject and before a text."""
    rows = [(f"{at + 1}", cell, "a") for at, cell in enumerate(cells)]
    text = StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    body = pa.py_buffer(text.getvalue().encode())
    content = Content(body=body, separator=separator, places={"subject_id": 0}, width=3)
    return split(content, [0, 1, 2], "table.csv", as_numbers=as_numbers).columns


def values_of(column):
    return (
        column.spread(numbers(column.texts).values) if isinstance(column, Cells) else column.values
    )


def test_plain_numbers_and_missing_ones_come_as_numbers():
    found = columns_of(PLAIN)
    assert isinstance(found[1], Numbers)
    np.testing.assert_array_equal(found[1].values, values_of(columns_of(PLAIN, as_numbers=())[1]))
    assert isinstance(found[0], Cells)
    assert isinstance(found[2], Cells)


@pytest.mark.parametrize("odd", SURE_NO_NUMBERS)
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_column_with_anything_else_stays_text(odd, separator):
    cells = [*PLAIN, odd, *PLAIN]
    found = columns_of(cells, separator)[1]
    assert isinstance(found, Cells)
    assert [found.texts[code] for code in found.codes] == cells


def test_of_several_columns_only_the_odd_ones_stay_text():
    rows = "1,2,x\n2,3,4\n3,1e13,5\n4,5,6\n".replace("1e13", "7")
    content = Content(
        body=pa.py_buffer(rows.encode()), separator=",", places={"subject_id": 0}, width=3
    )
    columns = split(content, [0, 1, 2], "table.csv", as_numbers=[1, 2]).columns
    assert [type(columns[place]) for place in range(3)] == [Cells, Numbers, Cells]


@given(st.lists(st.sampled_from(PLAIN * 3 + NO_NUMBERS) | st.floats().map(repr), min_size=1))
def test_any_cells_give_the_numbers_that_their_texts_stand_for(cells):
    found = values_of(columns_of(cells)[1])
    expected = values_of(columns_of(cells, as_numbers=())[1])
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
