import numpy as np
import pandas as pd
import pytest
from proact_builder import draw_clean, make_clean, visit

from alsnb.cohort import select_cohort
from alsnb.outcomes import SlopeSettings, slopes_of


def one_of_each():
    """A patient for each way into the cohort or out of it."""
    followed_up = [visit(1, 0), visit(1, 120), visit(1, 400, level=1)]
    by_challenge_only = [visit(2, 0), visit(2, 120), visit(2, 300, level=1)]
    no_total = [visit(3, 0, total=np.nan)]
    window_only = [visit(4, 0), visit(4, 60)]
    same_visit = [visit(5, 0), visit(5, 400)]
    one_later_visit = [visit(6, 0), visit(6, 120)]
    rows = followed_up + by_challenge_only + no_total + window_only + same_visit + one_later_visit
    return make_clean(alsfrs=rows, demographics=[{"subject_id": 7, "age": 50}])


def test_each_step_of_the_paper_counts_who_drops_out():
    cohort = select_cohort(one_of_each())
    assert cohort.flow.to_dict("list") == {
        "step": [
            "in the release",
            "with an ALSFRS questionnaire",
            "with one that has a day and an ALSFRS total",
            "with a visit in the first 3 months",
            "with a visit after 3 months",
            "with a visit after 12 months",
            "with two different visits to join by a slope",
        ],
        "excluded": [0, 1, 1, 0, 1, 2, 1],
        "remaining": [7, 6, 5, 5, 4, 2, 1],
    }
    assert list(cohort.patients.index) == [1]


def test_the_challenge_asks_for_no_visit_after_the_year():
    cohort = select_cohort(one_of_each(), SlopeSettings(rule="challenge"))
    assert not cohort.flow["step"].str.contains("12 months").any()
    assert list(cohort.flow["remaining"]) == [7, 6, 5, 5, 4, 2]
    assert list(cohort.patients.index) == [1, 2]


def test_the_revised_scale_needs_its_own_totals():
    rows = [visit(1, 0, total_revised=44), visit(1, 120, total_revised=40)]
    rows += [visit(1, 400, total_revised=30), visit(2, 0), visit(2, 120), visit(2, 400)]
    cohort = select_cohort(make_clean(alsfrs=rows), SlopeSettings(scale="ALSFRS-R"))
    assert list(cohort.patients.index) == [1]
    assert list(cohort.flow["remaining"]) == [2, 2, 1, 1, 1, 1, 1]


def test_subjects_of_tables_that_are_only_counted_are_in_the_release():
    clean = one_of_each()
    more = type(clean.source)(**vars(clean.source) | {"n_patients": 12})
    cohort = select_cohort(type(clean)(source=more, frames=clean.frames, audit=clean.audit))
    assert list(cohort.flow["remaining"][:2]) == [12, 6]
    assert cohort.flow["excluded"][1] == 6


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rule", ["paper", "challenge"])
def test_nobody_is_lost_between_steps(seed, rule):
    clean = draw_clean(seed)
    settings = SlopeSettings(rule=rule)
    cohort = select_cohort(clean, settings)
    flow = cohort.flow
    np.testing.assert_array_equal(
        flow["remaining"].to_numpy()[1:],
        (flow["remaining"].shift() - flow["excluded"]).to_numpy()[1:],
    )
    assert (flow["excluded"] >= 0).all()
    assert flow["excluded"][0] == 0
    assert flow["remaining"].iloc[-1] == len(cohort.patients)
    slopes = slopes_of(clean.frames["alsfrs"], settings)
    assert cohort.patients["slope"].notna().all()
    pd.testing.assert_frame_equal(cohort.patients, slopes[slopes["slope"].notna()])


def test_a_release_without_questionnaires_has_an_empty_cohort():
    cohort = select_cohort(make_clean(demographics=[{"subject_id": 1, "age": 50}]))
    assert len(cohort.patients) == 0
    assert list(cohort.flow["remaining"]) == [1, 0, 0, 0, 0, 0, 0]
