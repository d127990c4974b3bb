"""An attack that recovers nothing proves nothing: first each has to find what is planted."""

import adversary
import numpy as np
import pandas as pd


def test_shares_give_their_parts_away():
    frame = pd.DataFrame({"share": [3 / 182, 0.5, 179 / 182], "percent": [50.0, 300 / 182, 40.0]})
    found = adversary.shares_of_totals(frame, [182])
    assert found == [("share", 0, 182), ("share", 2, 182), ("percent", 1, 182)]
    own = frame.assign(n_patients=[182, 182, 90])
    assert ("share", 0, 182) in adversary.shares_of_own_counts(own, ["n_patients"])
    assert adversary.shares_of_totals(frame.round(2), [182]) == []


def test_subtraction_gives_the_rest_away():
    frame = pd.DataFrame({"rows": [20, 20, 9], "subjects": [18, 20, "fewer than 5"]})
    assert adversary.rests_of_columns(frame, [("subjects", "rows")]) == [("subjects", "rows", 0)]
    assert adversary.rests_of_cells(frame, ["subjects"], [22]) == [
        ("subjects", 0, 22),
        ("subjects", 1, 22),
    ]
    assert adversary.rests_of_totals(frame, "subjects", [41, 50]) == [("subjects", 41)]


def test_a_mean_beside_a_hidden_count_is_found():
    frame = pd.DataFrame({"n": ["fewer than 5", 9], "mean": [0.3, 0.4], "published": [1.0, 2.0]})
    assert adversary.left_beside_hidden(frame, ["n"]) == [("mean", 0)]
    assert adversary.left_beside_hidden(frame.assign(mean=[np.nan, 0.4]), ["n"]) == []


def test_percents_are_read_with_their_digits():
    assert adversary.percents("use riluzole: 98.4% (of 182)", 182) == ["98.4%"]
    assert adversary.percents("1.6 % of them, 12.1%", 182) == ["1.6 %"]
    assert adversary.percents("2% or 98%", 182) == []


def test_a_value_is_found_however_it_is_written():
    text = "from \N{MINUS SIGN}7,331 days to 96.3 years, 151.370"
    assert adversary.find_values(text, {-7331.0, 151.37, 96.31}) == {-7331.0, 151.37}
    assert adversary.find_values("96.31, 1.9", {96.31, 1.94}) == {96.31}
