"""The questionnaires, worked by hand."""

import numpy as np
import pandas as pd
import pytest
from raw_frames import count, raw_frame

from alsnb.cleaning.alsfrs import RAW_ITEMS, clean_alsfrs
from alsnb.cleaning.settings import CleaningSettings

ITEMS = {name: raw for name, raw in RAW_ITEMS.items() if name not in ("cutting_with",)}
Q = {name: raw for name, raw in ITEMS.items() if not raw.startswith("r_")}
R = {name: raw for name, raw in ITEMS.items() if raw.startswith("r_")}
B = "q5b_cutting_with_gastrostomy"


def visits(n=1, **columns):
    """Make ``n`` questionnaires on days 0, 10, ... with a 3 everywhere and no revised item."""
    columns = {raw: [3.0] * n for raw in Q.values()} | columns
    return raw_frame("alsfrs", **({"alsfrs_delta": [10.0 * at for at in range(n)]} | columns))


def test_a_row_without_a_day_is_counted():
    clean, audit = clean_alsfrs(visits(3, alsfrs_delta=[np.nan, 0, 5]))
    assert clean["day"].tolist() == [0, 5]
    assert clean["row"].tolist() == [2, 3]
    assert count(audit, "day missing") == (1, 0, 1)


def test_a_day_beyond_a_lifetime_is_dropped():
    clean, audit = clean_alsfrs(visits(4, alsfrs_delta=[40_001, -np.inf, 40_000, -40_000]))
    assert clean["day"].tolist() == [-40_000, 40_000]
    assert count(audit, "day impossible") == (2, 0, 1)


def test_a_screening_visit_is_kept_unless_the_settings_drop_it():
    raw = visits(2, alsfrs_delta=[-3, 0])
    assert clean_alsfrs(raw)[0]["day"].tolist() == [-3, 0]
    clean, audit = clean_alsfrs(raw, CleaningSettings(screening_visits=False))
    assert clean["day"].tolist() == [0]
    assert count(audit, "before the baseline") == (1, 0, 1)


def test_a_visit_after_death_is_dropped_and_one_on_the_day_kept():
    deaths = pd.DataFrame({"subject_id": [1], "died": [1.0], "death_day": [10.0], "row": [1]})
    raw = visits(3)
    clean, audit = clean_alsfrs(raw, deaths=deaths)
    assert clean["day"].tolist() == [0, 10]
    assert count(audit, "after death") == (1, 0, 1)
    kept, _ = clean_alsfrs(raw, CleaningSettings(truncate_after_death=False), deaths)
    assert len(kept) == 3


def test_an_exact_copy_is_dropped_and_other_answers_are_another_rule():
    raw = visits(3, alsfrs_delta=[0, 0, 0], q1_speech=[3, 3, 2])
    clean, audit = clean_alsfrs(raw)
    assert clean["row"].tolist() == [1]
    assert count(audit, "exact copy") == (1, 0, 1)
    assert count(audit, "same day, other answers") == (1, 0, 1)


def test_of_a_day_the_most_complete_row_is_kept_then_the_first():
    raw = visits(
        3, alsfrs_delta=[0, 0, 0], q1_speech=[np.nan, 2, 1], alsfrs_total=[29, np.nan, np.nan]
    )
    raw = raw.assign(alsfrs_r_total=[np.nan, 30.0, 30.0])
    assert clean_alsfrs(raw)[0]["row"].tolist() == [2]
    first = CleaningSettings(conflicting_days="first")
    assert clean_alsfrs(raw, first)[0]["row"].tolist() == [1]


def test_a_row_of_no_use_does_not_displace_a_useful_one():
    raw = visits(2, alsfrs_delta=[0, 0], q1_speech=[np.nan, np.nan], alsfrs_total=[np.nan, 28])
    clean, audit = clean_alsfrs(raw)
    assert clean["total"].tolist() == [28]
    assert count(audit, "neither a total nor all items") == (1, 0, 1)


def test_an_item_outside_0_to_4_is_missing_and_the_stored_total_trusted():
    raw = visits(2, q1_speech=[5, -1], alsfrs_total=[30, np.nan])
    clean, audit = clean_alsfrs(raw)
    assert clean["speech"].isna().tolist() == [True]
    assert clean["total"].tolist() == [30]
    assert count(audit, "item outside 0 to 4") == (0, 2, 1)


def test_a_total_above_the_maximum_is_summed_again_or_missing():
    raw = visits(2, alsfrs_total=[44, 41], alsfrs_r_total=[np.nan, 20], q1_speech=[3, np.nan])
    clean, audit = clean_alsfrs(raw)
    assert clean["total"].tolist()[0] == 30
    assert np.isnan(clean["total"][1])
    assert count(audit, "stored total out of range") == (0, 2, 1)
    assert count(audit, "total summed from its items") == (0, 1, 1)


def test_a_total_that_differs_from_its_items_is_replaced():
    raw = visits(2, alsfrs_total=[29, 30])
    clean, audit = clean_alsfrs(raw)
    assert clean["total"].tolist() == [30, 30]
    assert count(audit, "total differs from its items") == (0, 1, 1)
    kept, _ = clean_alsfrs(raw, CleaningSettings(recompute_totals=False))
    assert kept["total"].tolist() == [29, 30]


def test_fractional_items_are_kept():
    clean, _ = clean_alsfrs(visits(1, q1_speech=[2.5]))
    assert clean["total"].tolist() == [29.5]


@pytest.mark.parametrize(
    ("both", "cutting", "total"), [("5a", 1, 28), ("5b", 2, 29), ("higher", 2, 29)]
)
def test_of_two_answers_to_item_5_one_counts(both, cutting, total):
    raw = visits(1, q5a_cutting_without_gastrostomy=[1], **{B: [2]})
    clean, audit = clean_alsfrs(raw, CleaningSettings(both_cuttings=both))
    assert clean[["cutting", "total", "gastrostomy"]].to_numpy().tolist() == [[cutting, total, 1]]
    assert count(audit, "5a and 5b both answered") == (0, 1, 1)


def test_the_gastrostomy_is_flagged_by_the_answer_to_5b():
    raw = visits(
        3,
        q5a_cutting_without_gastrostomy=[3, np.nan, np.nan],
        alsfrs_total=[30, 30, 27],
        **{B: [np.nan, 3, np.nan]},
    )
    clean, _ = clean_alsfrs(raw)
    np.testing.assert_array_equal(clean["gastrostomy"], [0, 1, np.nan])
    np.testing.assert_array_equal(clean["cutting"], [3, 3, np.nan])
    assert clean["total"].tolist() == [30, 30, 27]


def revised(tenth, dyspnea, **columns):
    """Make one questionnaire with both respiratory parts."""
    parts = {"r_1_dyspnea": [dyspnea], "r_2_orthopnea": [4.0]}
    parts["r_3_respiratory_insufficiency"] = [3.0]
    return visits(1, q10_respiratory=[tenth], **parts, **columns)


def test_dyspnea_stands_for_item_10_where_that_is_blank():
    clean, audit = clean_alsfrs(revised(np.nan, 2.0))
    assert clean["respiratory"].tolist() == [2]
    assert clean["total"].tolist() == [29]
    assert clean["total_revised"].tolist() == [27 + 2 + 4 + 3]
    assert count(audit, "dyspnea stands for item 10") == (0, 1, 1)


def test_item_10_and_dyspnea_are_never_added():
    clean, audit = clean_alsfrs(revised(1.0, 2.0))
    assert clean["respiratory"].tolist() == [1]
    assert clean["total"].tolist() == [28]
    assert clean["total_revised"].tolist() == [36]
    assert count(audit, "dyspnea stands for item 10") == (0, 0, 0)


def test_the_mean_of_the_revised_items_can_stand_for_item_10():
    clean, _ = clean_alsfrs(revised(np.nan, 2.0), CleaningSettings(respiratory_from="mean"))
    assert clean["respiratory"].tolist() == [3]
    assert clean["total"].tolist() == [30]


def test_the_revised_total_is_recomputed_from_twelve_items_or_trusted():
    clean, audit = clean_alsfrs(revised(np.nan, 2.0, alsfrs_r_total=[40]))
    assert clean["total_revised"].tolist() == [36]
    assert count(audit, "revised total differs from its items") == (0, 1, 1)
    clean, audit = clean_alsfrs(revised(np.nan, 2.0, alsfrs_r_total=[40], q1_speech=[np.nan]))
    assert clean["total_revised"].tolist() == [40]
    assert clean["total"].isna().all()


def test_where_the_revised_scale_was_not_asked_its_total_is_missing():
    clean, audit = clean_alsfrs(visits(1))
    assert clean["total_revised"].isna().all()
    assert count(audit, "revised total summed from its items") == (0, 0, 0)
