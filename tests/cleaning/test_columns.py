"""What columns without an index find is what pandas finds in the plain way."""

import numpy as np
import pandas as pd
import pytest

from alsnb.cleaning.columns import (
    Columns,
    codes_of,
    columns_of,
    fill,
    finish,
    first_values,
    in_order,
    is_copy,
    is_repeat,
    starts_of,
    twins_of,
    within,
)

KEY = ("subject_id", "day")


def drawn(seed, n=300):
    """Return a raw table with many same days, several zeros and several missing values."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "row": rng.permutation(n).astype(np.int32) + 1,
            "subject_id": rng.integers(1, 12, n),
            "day": rng.choice([0.0, -0.0, 7.0, 30.0], n),
            "value": rng.choice([np.nan, 1.0, 2.0, -0.0, 0.0], n),
            "unit": pd.Categorical(rng.choice(["kg", "lb", None], n)),
        }
    )
    return frame, columns_of(frame)


@pytest.mark.parametrize("seed", range(4))
def test_rows_come_in_the_order_of_the_file(seed):
    frame, columns = drawn(seed)
    plain = frame.sort_values("row")
    assert len(columns) == len(frame)
    assert set(columns.names) == set(frame)
    for name in frame:
        assert pd.Series(columns[name]).equals(plain[name].reset_index(drop=True))


def test_columns_can_be_chosen_and_renamed():
    frame, _ = drawn(0)
    columns = columns_of(frame.rename(columns={"value": "Weight"}), {"weight": "Weight"})
    assert columns.names == ("subject_id", "row", "weight")


@pytest.mark.parametrize("seed", range(4))
def test_copies_are_those_that_pandas_finds(seed):
    frame, columns = drawn(seed)
    plain = frame.sort_values("row")
    expected = plain.duplicated(["subject_id", "day", "value", "unit"]).to_numpy()
    assert is_copy(columns, KEY, ["value", "unit"]).tolist() == expected.tolist()
    assert expected.any()


@pytest.mark.parametrize("seed", range(4))
def test_copies_are_found_in_a_wider_table_by_place(seed):
    _, columns = drawn(seed)
    rows = np.flatnonzero(columns["value"] > 0)
    some = columns.assign(place=np.arange(len(columns))).take(rows)
    expected = is_copy(some, KEY, ["value", "unit"])
    assert is_copy(some, KEY, ["value", "unit"], wide=columns).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_of_rows_with_a_key_the_preferred_one_that_stands_first_is_left(seed):
    frame, columns = drawn(seed)
    plain = frame.sort_values("row").reset_index(drop=True)
    prefer = columns.count(["value", "unit"])
    plain["prefer"] = prefer
    best = plain.sort_values("prefer", ascending=False, kind="stable").drop_duplicates([*KEY])
    repeats = is_repeat(columns, KEY, prefer)
    assert np.flatnonzero(~repeats).tolist() == sorted(best.index)


@pytest.mark.parametrize("seed", range(4))
def test_twins_are_all_rows_whose_key_occurs_again(seed):
    frame, columns = drawn(seed, n=40)
    plain = frame.sort_values("row").reset_index(drop=True)
    rows, group = twins_of(columns, KEY)
    assert sorted(rows) == np.flatnonzero(plain.duplicated([*KEY], keep=False)).tolist()
    assert (np.diff(group) >= 0).all()
    keys = plain.loc[rows].groupby(group)[[*KEY]].nunique()
    assert (keys == 1).all(axis=None)


@pytest.mark.parametrize("seed", range(4))
def test_rows_are_ordered_by_subject_and_day_and_ties_stay(seed):
    frame, columns = drawn(seed)
    plain = frame.sort_values("row").sort_values([*KEY], kind="stable")
    found = finish(columns, ["subject_id", "day", "value", "row"])
    assert found["row"].tolist() == plain["row"].tolist()
    again = in_order(found["subject_id"].to_numpy(), found["day"].to_numpy())
    assert again.tolist() == list(range(len(found)))
    by_subject = in_order(columns["subject_id"])
    expected = np.argsort(columns["subject_id"], kind="stable")
    assert by_subject.tolist() == expected.tolist()


def test_a_table_without_a_row_has_no_twin_no_copy_and_no_repeat():
    _, columns = drawn(0, n=0)
    assert [len(found) for found in twins_of(columns, KEY)] == [0, 0]
    assert is_copy(columns, KEY, ["value"]).tolist() == []
    assert is_repeat(columns, KEY, np.empty(0)).tolist() == []
    assert starts_of(np.empty(0, int)).tolist() == []
    assert first_values(np.empty(0), np.empty(0, int)).tolist() == []


def test_the_first_value_of_a_group_is_the_first_that_is_there():
    values = np.array([np.nan, 2.0, 3.0, np.nan, 5.0])
    starts = starts_of(np.array([0, 0, 0, 1, 2]))
    assert starts.tolist() == [0, 3, 4]
    np.testing.assert_array_equal(first_values(values, starts), [2.0, np.nan, 5.0])


def test_both_zeros_and_all_missing_values_have_the_same_code():
    other = np.array([np.nan], dtype=float).view(np.int64) ^ 1
    values = np.concatenate([[0.0, -0.0, np.nan], other.view(float)])
    codes = codes_of(values).view(np.int64)
    assert codes[0] == codes[1]
    assert codes[2] == codes[3]
    unit = pd.Categorical(["kg", None, "kg", None])
    assert codes_of(unit).tolist() == [0, -1, 0, -1]


def test_columns_are_counted_filled_and_bounded_value_by_value():
    columns = Columns({"a": np.array([1.0, np.nan, 9.0]), "b": np.array([np.nan, np.nan, 3.0])})
    assert columns.count(["a", "b"]).tolist() == [1, 0, 2]
    assert columns.matrix(["a", "b"]).shape == (2, 3)
    np.testing.assert_array_equal(fill(columns["b"], columns["a"]), [1, np.nan, 3])
    np.testing.assert_array_equal(within(columns["a"], 2, None), [np.nan, np.nan, 9])
    np.testing.assert_array_equal(within(columns["a"], None, 5), [1, np.nan, np.nan])
    assert within(columns["a"], 0, 10) is columns["a"]
