"""No count of one to four patients can be worked out from what passes the gate."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsnb import disclosure
from alsnb.disclosure import (
    inner,
    slope_histogram,
    tell_count,
    tell_share,
    tell_shares,
    withhold_rows,
)

FEW = disclosure.SMALLEST_COUNT


def parts(counts):
    return pd.DataFrame({"n": np.array(counts, float), "mean": np.arange(len(counts)) + 0.5})


# --- single numbers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "whole", "told"),
    [
        (0, 90, 0),
        (1, 90, None),
        (4, 90, None),
        (5, 90, 5),
        (86, 90, None),
        (85, 90, 85),
        (90, 90, 90),
        (4, 4, None),
        (0, 3, None),
        (0, 0, 0),
    ],
)
def test_a_count_is_told_if_neither_it_nor_its_rest_is_small(n, whole, told):
    found = tell_count(n, whole, is_real=True)
    assert np.isnan(found) if told is None else found == told
    assert tell_count(n, whole, is_real=False) == n


def test_a_share_is_of_those_in_whom_it_is_known():
    flags = pd.Series([1.0] * 6 + [0.0] * 6 + [np.nan] * 8)
    assert tell_share(flags, is_real=True) == 0.5
    assert np.isnan(tell_share(flags[2:11], is_real=True)), "three lack it"
    assert tell_share(flags[2:9], is_real=False) == 4 / 7
    assert np.isnan(tell_share(flags[:0], is_real=True))


def test_of_shares_none_gives_one_to_four_patients_away():
    counts = {
        "most": (90, 100),
        "a few less": (87, 100),
        "half": (50, 100),
        "three": (3, 100),
        "all but two": (98, 100),
        "none": (0, 100),
        "all": (100, 100),
        "of four": (0, 4),
        "of nobody": (0, 0),
        "near the cohort": (38, 60),
    }
    told = tell_shares(counts, is_real=True, told=[40])
    assert {name: share for name, share in told.items() if not np.isnan(share)} == {
        "most": 0.9,
        "half": 0.5,
        "none": 0.0,
        "all": 1.0,
    }
    free = tell_shares(counts, is_real=False)
    assert free["three"] == 0.03
    assert np.isnan(free["of nobody"])


def test_ends_are_those_of_the_fifth():
    values = pd.Series([*np.arange(20.0), np.nan], index=list("abcdefghijklmnopqrstu"))
    found = inner(values)
    assert found.min() == 4.0
    assert found.max() == 15.0
    assert found[values.between(4, 15)].equals(values[values.between(4, 15)])
    assert np.isnan(found["u"])
    assert inner(values[:7]).tolist() == [3.0] * 7
    assert inner(values[:0]).empty


@given(st.lists(st.floats(-50, 50), min_size=FEW, max_size=60), st.floats(60, 1e6))
def test_nothing_told_of_the_ends_hangs_on_the_four_beyond_the_fifth(values, far):
    values = pd.Series(sorted(values))
    moved = values.copy()
    moved[: min(FEW - 1, (len(values) - 1) // 2)] -= far
    moved[len(values) - min(FEW - 1, (len(values) - 1) // 2) :] += far
    pd.testing.assert_series_equal(inner(values), inner(moved))
    pd.testing.assert_frame_equal(slope_histogram(values), slope_histogram(moved))


@given(st.lists(st.floats(-9, 4), min_size=1, max_size=80))
def test_every_bar_holds_five_and_all_are_in_one(values):
    bars = slope_histogram(pd.Series(values))
    assert bars["n_patients"].sum() == len(values)
    assert (bars["n_patients"] >= FEW).all() or len(bars) == 1
    assert (bars["low"] < bars["high"]).all()


# --- tables ----------------------------------------------------------------------------------


def test_what_rests_on_a_small_count_goes_with_it():
    frame = parts([9, 3, 7])
    found = withhold_rows(frame, ["n"], ["n", "mean"])
    assert found["n"].isna().tolist() == [False, True, False]
    assert found["mean"].isna().tolist() == [False, True, False]
    assert withhold_rows(frame, ["n"])["mean"].notna().all()


def test_what_a_known_whole_lacks_is_not_told():
    frame = parts([90, 87, 85, 0])
    assert withhold_rows(frame, ["n"], whole=[90])["n"].isna().tolist() == [
        False,
        True,
        False,
        False,
    ]
    rows = pd.DataFrame({"rows": [20, 20, 20], "subjects": [20, 18, 12]})
    found = withhold_rows(rows, ["subjects"], within={"subjects": ["rows"]})
    assert found["subjects"].isna().tolist() == [False, True, False]


def test_groups_within_each_other_never_differ_by_a_few():
    found = withhold_rows(parts([182, 179, 182, 90, 88, 84]), ["n"], rows="nested")["n"]
    assert found.dropna().tolist() == [182, 182, 90, 84]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_who_knows_the_total_of_parts_learns_no_small_one(counts):
    """The attacker subtracts what is shown from the total, and spreads the rest in every way."""
    shown = withhold_rows(parts(counts), ["n"], rows="parts")["n"]
    hidden = np.array(counts)[shown.isna()]
    assert all(n == 0 or n >= FEW for n in shown.dropna())
    if not len(hidden):
        return
    rest, others = sum(counts) - shown.sum(), len(hidden) - 1
    most = rest - others
    is_everything = shown.dropna().eq(0).all()
    assert is_everything or (others and most >= FEW), "some hidden part can be told"
    assert (hidden <= most).all()


@given(
    st.lists(st.integers(5, 200), min_size=1, max_size=6),
    st.lists(st.integers(1, 200), min_size=1, max_size=6),
)
def test_no_two_told_counts_of_nested_groups_lie_near_each_other(whole, counts):
    shown = withhold_rows(parts(counts), ["n"], whole=whole, rows="nested")["n"].dropna()
    told = [*shown, *whole]
    gaps = {abs(a - b) for a in shown for b in told}
    assert not gaps & {1, 2, 3, 4}
    assert not set(shown) & {1, 2, 3, 4}


def test_a_table_loses_the_numbers_of_a_row_whose_count_is_small():
    frame = pd.DataFrame(
        {"group": ["a 1", "b 2"], "n": [3, 9], "mean": [1.5, 2.5], "published_mean": [1.0, 2.0]}
    )
    found = disclosure.withhold_small(frame, ["n"])
    assert found["n"].tolist() == ["fewer than 5", 9]
    assert np.isnan(found["mean"][0])
    assert found["mean"][1] == 2.5
    assert found["published_mean"].tolist() == [1.0, 2.0]
    assert found["group"].tolist() == ["a 1", "b 2"]
    assert disclosure.withhold_small(frame, ["n"], besides=["mean"])["mean"].notna().all()
    words = pd.DataFrame(
        {"Group": ["a 1", "b 2"], "Mean": ["1.5 (0 to 3)", "2.5"], "Published": ["1", "2"]}
    )
    held = disclosure.withhold_words(words, pd.Series([True, False]))
    assert held.values.tolist() == [["a 1", "withheld", "1"], ["b 2", "2.5", "2"]]
