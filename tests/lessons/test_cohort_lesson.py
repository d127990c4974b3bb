import types
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from proact_builder import draw_clean, make_clean, visit

from alsnb.cohort import select_cohort
from alsnb.lessons.cohort import cohort_lesson as lesson
from alsnb.lessons.cohort import cohort_selection as selection
from alsnb.lessons.cohort.describe import compare_rules
from alsnb.outcomes import SlopeSettings
from alsnb.study.describe import describe_patients


def make_study(clean, kind="simulated", **settings):
    """As much of a study as the lesson looks at."""
    source = replace(clean.source, kind=kind)
    cohort = select_cohort(clean, SlopeSettings(**settings))
    return types.SimpleNamespace(source=source, clean=clean, cohort=cohort)


def patients_with(days, n_patients, start=1):
    """Patients seen on the same days, each losing a tenth of a level per visit."""
    return [
        visit(subject, day, level=3 - 0.1 * number - 0.01 * (subject % 7))
        for subject in range(start, start + n_patients)
        for number, day in enumerate(days)
    ]


COMES = (0, 90, 120, 360, 400)
LEAVES = (0, 60, 120, 300)
DROPS_OUT = (0, 30)


@pytest.fixture
def three_groups():
    rows = patients_with(COMES, 12) + patients_with(LEAVES, 9, start=101)
    rows += patients_with(DROPS_OUT, 7, start=201)
    death = [{"subject_id": s, "died": 1.0, "death_day": 200.0} for s in range(201, 208)]
    people = [{"subject_id": s, "age": 50 + s % 5} for s in (*range(1, 13), *range(201, 208))]
    return make_clean(alsfrs=rows, death=death, demographics=people)


def test_groups_are_by_either_rule_by_the_challenge_only_and_neither(three_groups):
    groups = selection.group_patients(make_study(three_groups))
    assert groups.value_counts().to_dict() == {
        selection.BY_PAPER: 12,
        selection.BY_CHALLENGE: 9,
        selection.NO_SLOPE: 7,
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", ["paper", "challenge"])
def test_groups_agree_with_the_cohorts_whatever_the_study_s_own_rule(seed, rule):
    clean = draw_clean(seed)
    groups = selection.group_patients(make_study(clean, rule=rule))
    by_paper = select_cohort(clean, SlopeSettings()).patients.index
    by_either = select_cohort(clean, SlopeSettings(rule="challenge")).patients.index
    assert set(groups.index[groups == selection.BY_PAPER]) == set(by_paper)
    assert set(groups.index[groups != selection.NO_SLOPE]) == set(by_either)


def test_nobody_with_a_slope_by_the_paper_died_within_the_year(three_groups):
    frame = selection.compare_groups(make_study(three_groups)).set_index(["measure", "group"])
    dead = frame.loc["Reported dead within 12 months", "estimate"]
    assert dead[selection.BY_PAPER] == 0
    assert dead[selection.NO_SLOPE] == 1


def test_the_early_loss_of_a_group_is_worked_by_hand(three_groups):
    frame = selection.compare_groups(make_study(three_groups)).set_index(["measure", "group"])
    early = frame.loc["Points lost per month, months 0 to 3", "estimate"]
    month = 365.24 / 12
    assert early[selection.NO_SLOPE] == pytest.approx(1 / (30 / month))
    assert early[selection.BY_PAPER] == pytest.approx(1 / (90 / month))


def test_what_is_known_of_fewer_than_five_real_patients_is_not_told():
    rows = patients_with(COMES, 12) + patients_with(DROPS_OUT, 7, start=201)
    people = [{"subject_id": subject, "age": 50} for subject in (1, 2, 3, *range(201, 208))]
    clean = make_clean(alsfrs=rows, demographics=people)
    told, real = (
        selection.compare_groups(make_study(clean, kind)).set_index(["measure", "group"])
        for kind in ("simulated", "user")
    )
    few = ("Age, years", selection.BY_PAPER)
    assert told.loc[few, "n_known"] == 3
    assert real.loc[few, ["n_known", "estimate", "low", "high"]].isna().all()
    words = selection.word_groups(real.reset_index())
    assert "withheld or unknown" in words.to_string()


def test_gaps_are_differences_and_leave_out_what_is_not_told(three_groups):
    frame = selection.compare_groups(make_study(three_groups))
    gaps = selection.subtract_groups(frame).set_index("label")
    values = frame.set_index(["measure", "group"])["estimate"]
    raw = values["Age, years", selection.NO_SLOPE] - values["Age, years", selection.BY_PAPER]
    assert gaps.loc["Age, years", "raw"] == pytest.approx(raw)
    # all of them lost as much, so there is no standard deviation to measure a gap in
    assert "Points lost per month, months 0 to 3" not in gaps.index
    assert "First FVC, % of normal" not in gaps.index
    words = selection.say_gap(gaps.reset_index(), "First FVC, % of normal")
    assert words == "not told, for too few patients"
    assert "95 % interval" in selection.say_gap(gaps.reset_index(), "Age, years")


def test_the_truth_is_empty_for_real_patients(three_groups):
    courses = selection.true_courses(make_study(three_groups, "user"), None)
    assert courses.empty
    assert "nobody knows" in selection.word_truth(courses)


def test_the_truth_of_a_twin_counts_those_who_left_as_well(three_groups, tmp_path):
    subjects = [*range(1, 13), *range(101, 110), *range(201, 208)]
    death = [200.0 if subject > 200 else np.nan for subject in subjects]
    truth = pd.DataFrame({"subject_id": subjects, "death_day": death})
    truth.to_csv(tmp_path / "patients.csv", index=False)
    course = pd.DataFrame(
        {"subject_id": np.tile(subjects, 2), "month": np.repeat([3, 12], len(subjects))}
    )
    for domain in selection.POINTS:
        course[f"lost_{domain}"] = np.where(course["month"] == 12, 100.0, 0.0)
    course.to_parquet(tmp_path / "course.parquet")
    courses = selection.true_courses(make_study(three_groups), tmp_path).set_index("group")
    assert courses["estimate"].to_numpy() == pytest.approx([40 / 9] * 3)
    assert courses.loc[selection.NO_SLOPE, "dead"] == 1
    assert courses.loc[selection.BY_PAPER, "dead"] == 0
    assert "100% die" in selection.word_truth(courses.reset_index())


def test_only_months_of_thirty_days_put_a_visit_on_the_bound(three_groups):
    frame = lesson.vary_definition(make_study(three_groups)).set_index("definition")
    assert frame.loc["as in this study", "n_moved"] == 0
    assert frame.loc["a bound belongs to what comes after it", "n_moved"] == 0
    assert frame.loc["window of 91 days", "n_moved"] == 0
    assert frame.loc["month of 30 days", "n_moved"] == 0
    # the visits of days 90 and 360 now end the window and the year for all twelve
    assert frame.loc["month of 30 days, bounds the other way", "n_moved"] == 12


def test_a_change_that_moves_fewer_than_five_real_patients_is_not_told():
    rows = patients_with((0, 120, 400), 12) + patients_with((0, 120, 362), 3, start=101)
    clean = make_clean(alsfrs=rows)
    told, real = (
        lesson.vary_definition(make_study(clean, kind)).set_index("definition")
        for kind in ("simulated", "user")
    )
    row = "month of 30 days"
    assert told.loc[row, "n_patients"] - told.loc["as in this study", "n_patients"] == 3
    assert real.loc[row].isna().all()
    assert real.loc["as in this study", "n_patients"] == 12
    assert "withheld" in lesson.word_definitions(real.reset_index()).to_string()


@pytest.mark.parametrize("seed", range(4))
def test_no_bar_lies_on_both_sides_of_the_threshold(seed):
    study = make_study(draw_clean(seed, n_patients=150))
    bars = lesson.slopes_by_speed(study, width=2.0)
    assert (bars["n_patients"] >= 5).all()
    assert bars.groupby("group")["share"].sum().to_numpy() == pytest.approx(1)
    threshold = -1.126
    fast = bars["fast"].astype(bool)
    assert (bars.loc[fast, "high"] <= threshold + 1e-9).all()
    slope = study.cohort.patients["slope"]
    mine = bars[bars["group"] == selection.BY_PAPER]
    assert mine["n_patients"].sum() == len(slope)
    assert mine.loc[mine["fast"].astype(bool), "n_patients"].sum() <= (slope < threshold).sum()
    assert "of those with a slope" in lesson.word_speeds(bars)


def test_groups_of_fewer_than_five_have_no_bars(three_groups):
    rows = patients_with(COMES, 3)
    assert lesson.slopes_by_speed(make_study(make_clean(alsfrs=rows))).empty


def test_the_error_of_the_mean_is_the_standard_deviation():
    study = make_study(draw_clean(1, n_patients=200))
    yardsticks = lesson.measure_yardsticks(study, "smoke").set_index(["scale", "rule"])
    slope = study.cohort.patients["slope"]
    row = yardsticks.loc[("ALSFRS", "paper")]
    assert row["estimate"] == pytest.approx(slope.std(ddof=0))
    assert row["low"] < row["estimate"] < row["high"]
    assert row["same_skill"] == pytest.approx(row["estimate"] * np.sqrt(1 - 0.462**2))
    words = lesson.word_skill(yardsticks.reset_index())
    assert "21% of the variance" in words
    assert "0.042 apart" in words
    assert len(lesson.word_yardsticks(yardsticks.reset_index())) == len(yardsticks)


def test_cohorts_side_by_side_keep_the_lines_that_only_one_has():
    features = pd.DataFrame(
        {
            name: np.arange(8.0) % 2
            for name in (
                "age",
                "male",
                "height",
                "caucasian",
                "first_weight",
                "onset_delta",
                "site_limb",
                "site_bulbar",
                "site_both",
                "site_other",
                "first_alsfrs_total",
                "riluzole",
            )
        }
    )
    whole = describe_patients(features, is_real=False)
    joined = lesson.join_descriptions({"All": whole, "Fewer": whole.iloc[:3]})
    assert list(joined["Variable"]) == list(whole["variable"])
    assert (joined["Fewer"].iloc[3:] == "not asked of all").all()


def test_words_of_rules_hold_what_is_printed(three_groups):
    words = lesson.word_rules(compare_rules(make_study(three_groups)))
    assert list(words["Published"]) == ["2,921", "not printed", "1,473", "not printed"]
    assert words["Difference"].iloc[0] == "\N{MINUS SIGN}2,909"


def test_words_of_steps_name_the_largest():
    flow = pd.DataFrame(
        {
            "step": ["in", "with a", "with b", "with c"],
            "excluded": [0, 5, 1000, 7],
            "remaining": [0, 0, 0, 0],
        }
    )
    assert lesson.word_steps(flow) == "1,000 for want of b; 7 for want of c"
    assert lesson.word_steps(flow.assign(excluded=0)) == "nobody drops out"
