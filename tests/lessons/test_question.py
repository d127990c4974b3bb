"""The course of the scale is told in aggregates that rest on enough people."""

import pytest
from proact_builder import draw_clean, make_study

from alsnb.lessons.question import study as question


@pytest.fixture(scope="module")
def study():
    return make_study(draw_clean(0, 200), rule="challenge")


def test_the_items_lose_what_the_total_loses(study):
    items = question.describe_items(study)
    patients = study.cohort.patients
    lost = (patients["total_t1"] - patients["total_t2"]).mean()
    assert items["lost"].sum() == pytest.approx(lost, abs=0.1)


def test_no_month_of_the_course_has_fewer_than_five_patients(study):
    course = question.course_by_site(study)
    assert (course["n_patients"] >= 5).all()
    assert (course["low"] <= course["high"]).all()


def test_declines_are_told_in_two_ways_with_intervals(study):
    declines = question.compare_declines(study)
    assert (declines["low"] < declines["estimate"]).all()
    assert declines["n_patients"].is_monotonic_decreasing


def test_the_early_slope_is_set_beside_the_later_one_and_beside_the_truth(study, tmp_path):
    slope = study.cohort.patients["slope"]
    observed = study.features["slope_alsfrs_total"]
    early = question.early_and_later(study)
    assert early["observed"] == pytest.approx(slope.corr(observed), abs=1e-12)
    assert not question.is_known(early["true"])
    # a truth in which the early rate is the later slope with its sign turned
    truth = (-slope).rename("rate").rename_axis("subject_id").reset_index()
    truth.to_csv(tmp_path / "patients.csv", index=False)
    early = question.early_and_later(study, tmp_path)
    assert early["true"] == pytest.approx(1.0)
    assert not question.as_weak(early)
    assert question.as_weak({"observed": 0.18, "true": 0.19})


def test_no_correlation_of_few_patients(study):
    few = study.cohort.patients["slope"].head(question.ENOUGH - 1)
    assert not question.is_known(question._correlation(few, few))
