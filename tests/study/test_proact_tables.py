import numpy as np
import pandas as pd
import pytest
from proact_builder import draw_clean, make_clean, make_study, visit

from alsnb.checks import BadInput
from alsnb.lessons.cohort import describe as tables
from alsnb.lessons.features import describe_features as feature_tables
from alsnb.outcomes import SlopeSettings, slopes_of
from alsnb.published import read_published
from alsnb.report.flow import merge_small_steps


def make_patients(n_patients, **rows):
    """A study whose patients have a slope of -1; rows of other tables by patient number."""
    alsfrs = [
        visit(subject, day, total=30 - day / 30)
        for subject in range(1, n_patients + 1)
        for day in (0, 120, 420)
    ]
    by_table = {
        table: [{"subject_id": subject} | row for subject, row in enumerate(values, 1)]
        for table, values in rows.items()
    }
    return make_clean(alsfrs=alsfrs, **by_table)


def ages(values):
    return [{"age": age, "male": 1.0} for age in values]


@pytest.fixture(scope="module")
def study():
    return make_study(draw_clean(3, 300), rule="challenge")


@pytest.fixture(scope="module")
def real():
    return make_study(draw_clean(3, 300), rule="challenge", kind="user")


def test_table_1_stands_beside_what_is_printed():
    study = make_study(make_patients(4, demographics=ages([50, 60, 70])))
    table = tables.describe_cohort(study).set_index("variable")
    age = table.loc["Age, years"]
    assert (age["value"], age["low"], age["high"]) == (60, 55, 65)
    assert (age["n_known"], age["observed"]) == (3, 0.75)
    assert (age["published_value"], age["published_low"], age["published_high"]) == (55, 46, 63)
    assert (age["published_n_known"], age["published_observed"]) == (2581, 0.884)
    assert age["difference"] == 5
    assert table.loc["Men", "value"] == 1
    assert table.loc["Onset: limb", "published_value"] == 0.678


def test_every_line_of_the_printed_table_is_there():
    named = {variable.published for variable in tables.VARIABLES}
    assert named == set(read_published()["paper_a"]["table1"])


def test_days_from_onset_are_positive_as_in_print():
    study = make_study(make_patients(1, history=[{"onset_day": -500}]))
    table = tables.describe_cohort(study).set_index("variable")
    assert table.loc["Days from onset to time zero", "value"] == 500


def test_the_table_in_words():
    study = make_study(make_patients(4, demographics=ages([50, 60, 70])))
    words = tables.word_description(tables.describe_cohort(study)).set_index("Variable")
    assert words.loc["Age, years"].to_dict() == {
        "Published: known": "2,581 (88.4%)",
        "Published": "55 (46 to 63)",
        "This run: known": "3 (75.0%)",
        "This run": "60 (55 to 65)",
        "Difference": "5",
    }
    assert words.loc["Men", "Difference"] == "36.6 points"
    assert words.loc["Height, cm", "This run"] == "none known"


def test_where_nothing_is_printed_there_is_no_column_for_it(study):
    words = tables.word_description(tables.describe_excluded(study))
    assert list(words.columns) == ["Variable", "This run: known", "This run"]


def test_the_excluded_are_those_with_a_questionnaire_and_no_slope(study):
    n_asked = study.clean.frames["alsfrs"]["subject_id"].nunique()
    table = tables.describe_excluded(study).set_index("variable")
    line = table.loc["Men"]
    n_excluded = n_asked - len(study.cohort.patients)
    assert line["n_known"] == pytest.approx(line["observed"] * n_excluded)


def test_the_revised_cohort_has_a_total_of_its_own(study):
    table = tables.describe_revised_cohort(study).set_index("variable")
    assert table.loc["ALSFRS-R total at first", "observed"] == 1


@pytest.mark.parametrize(
    ("n_men", "withheld"), [(0, False), (1, True), (4, True), (5, False), (16, True), (20, False)]
)
def test_a_small_number_of_real_patients_is_withheld(n_men, withheld):
    men = [{"age": 50.0, "male": float(number < n_men)} for number in range(20)]
    clean = make_patients(20, demographics=men)
    real = tables.describe_cohort(make_study(clean, kind="user")).set_index("variable")
    assert np.isnan(real.loc["Men", "value"]) == withheld
    simulated = tables.describe_cohort(make_study(clean)).set_index("variable")
    assert simulated.loc["Men", "value"] == n_men / 20


def test_a_small_number_with_something_known_is_withheld():
    study = make_study(make_patients(20, demographics=ages([50, 60, 70])), kind="user")
    line = tables.describe_cohort(study).set_index("variable").loc["Age, years"]
    assert line[["n_known", "observed", "value", "low", "high", "difference"]].isna().all()
    words = tables.word_description(tables.describe_cohort(study)).set_index("Variable")
    assert words.loc["Age, years", "This run"] == "withheld"


def test_a_step_at_which_few_drop_out_is_joined_with_the_next():
    flow = pd.DataFrame(
        {"step": list("abcde"), "excluded": [0, 10, 2, 3, 0], "remaining": [30, 20, 18, 15, 15]}
    )
    joined = merge_small_steps(flow)
    assert joined["step"].tolist() == ["a", "b", "c, and d", "e"]
    assert joined["excluded"].tolist() == [0, 10, 5, 0]
    assert joined["remaining"].tolist() == [30, 20, 15, 15]


@pytest.mark.parametrize("seed", range(30))
def test_joined_steps_tell_of_nobody(seed):
    rng = np.random.default_rng(seed)
    excluded = np.r_[0, rng.integers(0, 9, rng.integers(1, 7))]
    flow = pd.DataFrame({"step": [f"step {i}" for i in range(len(excluded))]})
    flow = flow.assign(excluded=excluded, remaining=100 - np.cumsum(excluded))
    joined = merge_small_steps(flow)
    assert not joined["excluded"].between(1, 4).any()
    if len(joined) > 1:
        assert joined["excluded"].sum() == flow["excluded"].sum()
    assert (joined["remaining"].diff().iloc[1:] == -joined["excluded"].iloc[1:]).all()


def test_a_flow_that_few_real_patients_remain_of_does_not_say_how_many():
    flow = tables.shown_flow(make_study(make_patients(3), kind="user"))
    assert flow[["excluded", "remaining"]].isna().all(axis=None)


def test_nothing_is_known_of_fewer_than_five_real_patients():
    study = make_study(make_patients(4, demographics=ages([50, 60, 70, 80])), kind="user")
    table = tables.describe_cohort(study)
    assert table[["value", "low", "high"]].isna().all(axis=None)
    assert not table["n_known"].between(1, 4).any()
    assert feature_tables.shown_catalogue(study)["missing"].isna().all()


def test_the_flow_of_simulated_patients_is_shown_as_it_is(study):
    pd.testing.assert_frame_equal(tables.shown_flow(study), study.cohort.flow)
    assert tables.shown_flow(study, "paper")["step"].str.contains("12 months").any()


def test_bars_hold_five_patients_or_more(real):
    bars = tables.slope_bars(real)
    assert bars["n_patients"].min() >= 5
    assert bars["n_patients"].sum() == len(real.cohort.patients)
    assert tables.slope_bars(make_study(make_patients(4), kind="user")).empty


def test_rules_are_compared_by_size_and_slope(study):
    table = tables.compare_rules(study).set_index(["scale", "rule"])
    assert len(table) == 4
    for (scale, rule), row in table.iterrows():
        settings = SlopeSettings(scale=scale, rule=rule)
        slope = slopes_of(study.clean.frames["alsfrs"], settings)["slope"].dropna()
        assert row["n_patients"] == len(slope)
        assert row["mean"] == pytest.approx(slope.mean())
        assert row["sd"] == pytest.approx(slope.std())
        assert row["share_fast"] == pytest.approx((slope < -1.126).mean())
    assert table.loc[("ALSFRS", "paper"), "published"] == 2921
    assert table.loc[("ALSFRS-R", "paper"), "published"] == 1473


def test_a_cohort_of_few_real_patients_has_no_summary():
    table = tables.compare_rules(make_study(make_patients(4), kind="user"))
    row = table.iloc[0]
    assert row.drop(["scale", "rule", "published"]).isna().all()
    assert table.iloc[2]["n_patients"] == 0


def test_features_are_counted_beside_what_is_printed(study):
    counts = feature_tables.count_features(study).set_index("which")
    assert counts.loc["all", "n_features"] == study.features.shape[1]
    kept = study.features.isna().mean() <= 0.3
    assert counts.loc["all", "n_kept"] == kept.sum()
    assert counts.loc["of the paper", "published"] == 274
    assert counts.loc["of the paper", "n_kept"] < counts.loc["all", "n_kept"]


def test_the_share_missing_is_told_by_measure(study):
    table = feature_tables.missing_by_measure(study).set_index("measure")
    assert table["n_features"].sum() == study.features.shape[1]
    assert table.loc["fvc", "missing"] == study.features["first_fvc"].isna().mean()
    assert table.loc["fvc", "missing_slope"] == study.features["slope_fvc"].isna().mean()
    assert np.isnan(table.loc["age", "missing_slope"])
    assert table.loc["sodium", "title"] == "sodium"


def test_shares_of_real_patients_do_not_tell_of_few(real):
    shown = feature_tables.shown_catalogue(real).set_index("name")["missing"]
    n_missing = real.features.isna().sum()
    n_patients = len(real.features)
    few = n_missing.between(1, 4) | (n_patients - n_missing).between(1, 4)
    assert few.any()
    assert shown[few].isna().all()
    assert shown[~few].notna().all()


def test_measures_that_go_missing_together_are_correlated():
    weights = [{"day": 0, "weight": 70.0, "pulse": 60.0} for _ in range(6)]
    litres = [{"day": 0, "litres": 3.0} for _ in range(9)]
    study = make_study(make_patients(12, vitals=weights, fvc=litres))
    table = feature_tables.missing_together(study)
    assert table.loc["weight", "pulse"] == pytest.approx(1)
    assert table.loc["weight", "fvc"] == pytest.approx(1 / np.sqrt(3))
    assert list(table.index) == list(table.columns)
    assert "alsfrs_total" not in table
    order = list(table.index)
    assert abs(order.index("weight") - order.index("pulse")) == 1


def test_shares_missing_by_trial():
    litres = [{"day": 0, "litres": 3.0} for _ in range(2)]
    study = make_study(make_patients(5, fvc=litres))
    trials = pd.Series([7, 7, 8, 8, 8, 9], index=[1, 2, 3, 4, 5, 99])
    table = feature_tables.missing_by_trial(study, trials)
    assert list(table.index) == [8, 7]
    assert table["fvc"].tolist() == [1, 0]


def test_the_strongest_features_are_those_most_correlated_with_the_slope(study):
    best = feature_tables.strongest_features(study, 10)
    assert len(best) == 10
    assert (best["pcc"].abs().diff().iloc[1:] <= 0).all()
    first = study.features[best.loc[0, "name"]]
    assert best.loc[0, "pcc"] == pytest.approx(first.corr(study.cohort.patients["slope"]))
    table = feature_tables.correlate_features(study, list(best["name"]))
    assert table.shape == (10, 10)
    np.testing.assert_allclose(np.diag(table), 1)


def test_a_feature_that_does_not_exist_is_named(study):
    with pytest.raises(BadInput, match="last_shoe_size"):
        feature_tables.correlate_features(study, ["age", "last_shoe_size"])


def test_no_subject_is_in_a_frame_or_a_representation(real):
    subjects = {str(subject) for subject in real.cohort.patients.index}
    made = [
        tables.describe_cohort(real),
        tables.describe_excluded(real),
        tables.compare_rules(real),
        tables.describe_revised_cohort(real),
        tables.shown_flow(real),
        tables.slope_bars(real),
        feature_tables.shown_catalogue(real),
        feature_tables.missing_by_measure(real),
        feature_tables.missing_together(real),
        feature_tables.strongest_features(real),
    ]
    for frame in made:
        assert frame.index.name != "subject_id"
        assert "subject_id" not in frame
    texts = [repr(real), repr(real.cohort), repr(real.sequences), repr(real.clean)]
    assert not any(subject in text.split() for text in texts for subject in subjects)
    assert all(len(text) < 300 for text in texts)


def test_a_withheld_site_cannot_be_told_from_the_others():
    sites = ["limb"] * 20 + ["bulbar"] * 12 + ["other"] * 9 + ["both"] * 2
    history = [{"site": site, "onset_day": -300.0} for site in sites]
    real = tables.describe_cohort(make_study(make_patients(43, history=history), kind="user"))
    shares = real.set_index("variable")["value"]
    assert shares[["Onset: both", "Onset: other"]].isna().all()
    assert shares[["Onset: limb", "Onset: bulbar"]].notna().all()


def test_the_interval_of_a_median_is_that_of_the_ranks():
    six = pd.Series([3.0, 1.0, 6.0, 2.0, 5.0, 4.0])
    assert tables.interval_of_median(six) == (1.0, 6.0)
    assert np.isnan(tables.interval_of_median(six[:5])).all()


def test_the_interval_of_a_median_holds_it_as_often_as_it_says():
    rng = np.random.default_rng(0)
    drawn = (tables.interval_of_median(pd.Series(rng.exponential(size=80))) for _ in range(800))
    held = np.mean([low <= np.log(2) <= high for low, high in drawn])
    assert 0.94 <= held <= 0.985
