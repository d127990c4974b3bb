import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from proact_builder import draw_clean, make_clean, make_patients, make_study, visit

from alsnb.cohort import select_cohort
from alsnb.lessons.cohort import figures, study, tables
from alsnb.outcomes import SlopeSettings, slopes_of


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
AGES = [{"age": age, "male": 1.0} for age in (50, 60, 70)]


@pytest.fixture(scope="module")
def three_groups():
    rows = patients_with(COMES, 12) + patients_with(LEAVES, 9, start=101)
    rows += patients_with(DROPS_OUT, 7, start=201)
    death = [{"subject_id": s, "died": 1.0, "death_day": 200.0} for s in range(201, 208)]
    people = [{"subject_id": s, "age": 50 + s % 5} for s in (*range(1, 13), *range(201, 208))]
    return make_study(make_clean(alsfrs=rows, death=death, demographics=people))


@pytest.fixture(scope="module")
def drawn():
    return make_study(draw_clean(3, 300), rule="challenge")


@pytest.fixture(scope="module")
def real():
    return make_study(draw_clean(3, 300), rule="challenge", kind="user")


# --- descriptions ------------------------------------------------------------------------


def test_table_1_stands_beside_what_is_printed():
    table = study.tabulate_cohort(make_study(make_patients(4, demographics=AGES)))
    lines = table.set_index("variable")
    age = lines.loc["Age, years"]
    assert (age["value"], age["low"], age["high"]) == (60, 55, 65)
    assert (age["n_known"], age["observed"]) == (3, 0.75)
    assert (age["published_value"], age["published_low"], age["published_high"]) == (55, 46, 63)
    assert (age["published_n_known"], age["published_observed"]) == (2581, 0.884)
    assert age["difference"] == 5
    assert lines.loc["Onset: limb", "published_value"] == 0.678
    words = tables.tabulate_description(table).set_index("Variable")
    assert words.loc["Age, years"].to_dict() == {
        "Published: known": "2,581 (88.4%)",
        "Published": "55 (46 to 63)",
        "This run: known": "3 (75.0%)",
        "This run": "60 (55 to 65)",
        "Difference": "5",
    }
    assert words.loc["Men", "Difference"] == "36.6 points"
    assert words.loc["Height, cm", "This run"] == "none known"


def test_what_is_known_of_few_is_withheld_in_words_too():
    few = make_study(make_patients(20, demographics=AGES), kind="user")
    words = tables.tabulate_description(study.tabulate_cohort(few)).set_index("Variable")
    assert list(words.loc["Age, years", ["This run: known", "This run"]]) == ["withheld"] * 2


def test_the_excluded_are_those_with_a_questionnaire_and_no_slope(drawn):
    n_asked = drawn.clean.frames["alsfrs"]["subject_id"].nunique()
    table = study.tabulate_excluded(drawn)
    line = table.set_index("variable").loc["Men"]
    n_excluded = n_asked - len(drawn.cohort.patients)
    assert line["n_known"] == pytest.approx(line["observed"] * n_excluded)
    # where nothing is printed there is no column for it
    words = tables.tabulate_description(table)
    assert list(words.columns) == ["Variable", "This run: known", "This run"]


def test_cohorts_side_by_side_keep_the_lines_that_only_one_has(drawn):
    whole, revised = study.tabulate_cohort(drawn), study.tabulate_revised(drawn)
    own = "ALSFRS-R total at first"
    assert revised.set_index("variable").loc[own, "observed"] == 1
    joined = tables.join_descriptions({"All": whole, "Revised": revised}).set_index("Variable")
    assert list(joined.index) == [*whole["variable"], own]
    assert joined.loc[own, "All"] == "not asked of all"


def test_a_flow_that_few_real_patients_remain_of_does_not_say_how_many(drawn):
    flow = study.shown_flow(make_study(make_patients(3), kind="user"))
    assert flow[["excluded", "remaining"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(study.shown_flow(drawn), drawn.cohort.flow)


def test_no_subject_is_in_a_frame_or_a_representation(real):
    subjects = {str(subject) for subject in real.cohort.patients.index}
    made = [
        study.shown_flow(real),
        study.tabulate_cohort(real),
        study.tabulate_excluded(real),
        study.tabulate_revised(real),
        study.compare_rules(real),
        study.compare_groups(real),
        study.vary_definition(real),
    ]
    for frame in made:
        assert frame.index.name != "subject_id"
        assert "subject_id" not in frame
    texts = [repr(real), repr(real.cohort), repr(real.sequences), repr(real.clean)]
    assert not any(subject in text.split() for text in texts for subject in subjects)
    assert all(len(text) < 300 for text in texts)


# --- rules and definitions -----------------------------------------------------------------


def test_rules_are_compared_by_size_and_slope(drawn):
    table = study.compare_rules(drawn).set_index(["scale", "rule"])
    assert len(table) == 4
    for (scale, rule), row in table.iterrows():
        settings = SlopeSettings(scale=scale, rule=rule)
        slope = slopes_of(drawn.clean.frames["alsfrs"], settings)["slope"].dropna()
        assert row["n_patients"] == len(slope) == len(select_cohort(drawn.clean, settings).patients)
        assert row["mean"] == pytest.approx(slope.mean())
        assert row["sd"] == pytest.approx(slope.std())
        assert row["share_fast"] == pytest.approx((slope < -1.126).mean())
    assert table.loc[("ALSFRS", "paper"), "published"] == 2921
    assert table.loc[("ALSFRS-R", "paper"), "published"] == 1473


def test_a_cohort_of_few_real_patients_has_no_summary():
    table = study.compare_rules(make_study(make_patients(4), kind="user"))
    assert table.iloc[0].drop(["scale", "rule", "published"]).isna().all()
    assert table.iloc[2]["n_patients"] == 0


def test_only_months_of_thirty_days_put_a_visit_on_the_bound(three_groups):
    moved = study.vary_definition(three_groups).set_index("definition")["n_moved"]
    # the visits of days 90 and 360 now end the window and the year for all twelve
    assert moved["month of 30 days, bounds the other way"] == 12
    for name in ("as in this study", "a bound belongs to what comes after it", "month of 30 days"):
        assert moved[name] == 0
    assert moved["window of 91 days"] == 0


def test_a_change_that_moves_fewer_than_five_real_patients_is_not_told():
    rows = patients_with((0, 120, 400), 12) + patients_with((0, 120, 362), 3, start=101)
    clean = make_clean(alsfrs=rows)
    told, real = (
        study.vary_definition(make_study(clean, kind=kind)).set_index("definition")
        for kind in ("simulated", "user")
    )
    row = "month of 30 days"
    assert told.loc[row, "n_patients"] - told.loc["as in this study", "n_patients"] == 3
    assert real.loc[row].isna().all()
    assert real.loc["as in this study", "n_patients"] == 12
    words = tables.shown(real.reset_index(), tables.DEFINITIONS).set_index("Definition")
    assert (words.loc[row] == "withheld").all()


# --- bars of the slope ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_no_bar_lies_on_both_sides_of_the_threshold(seed):
    one = make_study(draw_clean(seed, n_patients=150))
    bars = study.slopes_by_speed(one, width=2.0)
    assert (bars["n_patients"] >= 5).all()
    assert bars.groupby("group")["share"].sum().to_numpy() == pytest.approx(1)
    threshold = -1.126
    fast = bars["fast"].astype(bool)
    assert (bars.loc[fast, "high"] <= threshold + 1e-9).all()
    slope = one.cohort.patients["slope"]
    mine = bars[bars["group"] == study.BY_PAPER]
    assert mine["n_patients"].sum() == len(slope)
    assert mine.loc[mine["fast"].astype(bool), "n_patients"].sum() <= (slope < threshold).sum()
    shares = study.shares_fast(bars)
    assert list(shares.index) == list(bars["group"].unique())
    assert shares[study.BY_PAPER] == pytest.approx(mine.loc[fast, "share"].sum())


def test_groups_of_fewer_than_five_have_no_bars():
    bars = study.slopes_by_speed(make_study(make_clean(alsfrs=patients_with(COMES, 3))))
    assert bars.empty
    assert study.shares_fast(bars).empty


def test_the_first_group_is_drawn_as_bars_whose_area_is_one():
    bars = pd.DataFrame(
        {
            "group": ["A", "A", "B"],
            "low": [-2.0, -1.0, -3.0],
            "high": [-1.0, 0.5, 1.0],
            "n_patients": [5, 15, 9],
            "share": [0.25, 0.75, 1.0],
            "fast": [True, False, False],
        }
    )
    ax = figures.plot_speeds(bars)
    assert sum(bar.get_width() * bar.get_height() for bar in ax.patches[:2]) == pytest.approx(1)
    words = figures.describe_speeds(bars)
    assert "A: 20 patients" in words
    assert "25% fast" in words
    figures.plot_speeds(bars.iloc[:0])
    assert "Too few patients" in figures.describe_speeds(bars.iloc[:0])
    pyplot.close("all")


# --- those with a slope and those without --------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", ["paper", "challenge"])
def test_groups_agree_with_the_cohorts_whatever_the_study_s_own_rule(seed, rule):
    clean = draw_clean(seed)
    groups = study._group_patients(make_study(clean, rule=rule))
    by_paper = select_cohort(clean, SlopeSettings()).patients.index
    by_either = select_cohort(clean, SlopeSettings(rule="challenge")).patients.index
    assert set(groups.index[groups == study.BY_PAPER]) == set(by_paper)
    assert set(groups.index[groups != study.NO_SLOPE]) == set(by_either)


def test_three_groups_are_compared_by_hand(three_groups):
    sizes = study._group_patients(three_groups).value_counts().to_dict()
    assert sizes == {study.BY_PAPER: 12, study.BY_CHALLENGE: 9, study.NO_SLOPE: 7}
    means = study.compare_groups(three_groups).set_index(["measure", "group"])["estimate"]
    # nobody with a slope by the paper's rule died within the year
    dead = means["Reported dead within 12 months"]
    assert (dead[study.BY_PAPER], dead[study.NO_SLOPE]) == (0, 1)
    early, month = means["Points lost per month, months 0 to 3"], 365.24 / 12
    assert early[study.NO_SLOPE] == pytest.approx(1 / (30 / month))
    assert early[study.BY_PAPER] == pytest.approx(1 / (90 / month))


def test_what_is_known_of_fewer_than_five_real_patients_is_not_told():
    rows = patients_with(COMES, 12) + patients_with(DROPS_OUT, 7, start=201)
    people = [{"subject_id": subject, "age": 50} for subject in (1, 2, 3, *range(201, 208))]
    clean = make_clean(alsfrs=rows, demographics=people)
    told, real = (
        study.compare_groups(make_study(clean, kind=kind)).set_index(["measure", "group"])
        for kind in ("simulated", "user")
    )
    few = ("Age, years", study.BY_PAPER)
    assert told.loc[few, "n_known"] == 3
    assert real.loc[few, ["n_known", "estimate", "low", "high"]].isna().all()
    assert "withheld or unknown" in tables.tabulate_groups(real.reset_index()).to_string()


def test_gaps_are_differences_and_leave_out_what_is_not_told(three_groups):
    frame = study.compare_groups(three_groups)
    gaps = study.subtract_groups(frame)
    raw, values = gaps.set_index("label")["raw"], frame.set_index(["measure", "group"])["estimate"]
    age = values["Age, years"]
    assert raw["Age, years"] == pytest.approx(age[study.NO_SLOPE] - age[study.BY_PAPER])
    # all of them lost as much, so there is no standard deviation to measure a gap in
    assert "Points lost per month, months 0 to 3" not in raw
    assert tables.say_gap(gaps, "First FVC, % of normal") == "not told, for too few patients"
    assert "95 % interval" in tables.say_gap(gaps, "Age, years")


def test_the_truth_of_a_twin_counts_those_who_left_as_well(three_groups, tmp_path):
    subjects = [*range(1, 13), *range(101, 110), *range(201, 208)]
    death = [200.0 if subject > 200 else np.nan for subject in subjects]
    truth = pd.DataFrame({"subject_id": subjects, "death_day": death})
    truth.to_csv(tmp_path / "patients.csv", index=False)
    course = pd.DataFrame(
        {"subject_id": np.tile(subjects, 2), "month": np.repeat([3, 12], len(subjects))}
    )
    for domain in study.POINTS:
        course[f"lost_{domain}"] = np.where(course["month"] == 12, 100.0, 0.0)
    course.to_parquet(tmp_path / "course.parquet")
    courses = study.true_courses(three_groups, tmp_path)
    assert courses["estimate"].to_numpy() == pytest.approx([40 / 9] * 3)
    assert courses.loc[study.NO_SLOPE, "dead"] == 1
    assert courses.loc[study.BY_PAPER, "dead"] == 0
    assert tables.say_courses(courses)["left"].startswith("4.44")
    # of real patients nothing is known
    assert study.true_courses(three_groups, None).empty


# --- what an error is worth ----------------------------------------------------------------


def test_the_error_of_the_mean_is_the_standard_deviation():
    one = make_study(draw_clean(1, n_patients=200))
    yardsticks = study.measure_yardsticks(one, n_resamples=200)
    row = yardsticks.set_index(["scale", "rule"]).loc[("ALSFRS", "paper")]
    assert row["estimate"] == pytest.approx(one.cohort.patients["slope"].std(ddof=0))
    assert row["low"] < row["estimate"] < row["high"]
    assert row["same_skill"] == pytest.approx(row["estimate"] * np.sqrt(1 - 0.462**2))
    prices = study.price_rules(yardsticks)
    assert prices["r2"] == pytest.approx(0.462**2)
    assert prices["published"] == pytest.approx(0.042)
    assert prices["gap"] == pytest.approx(abs(prices["paper"] - prices["challenge"]))
    assert study.price_rules(yardsticks[yardsticks["rule"] == "paper"]) == {}
