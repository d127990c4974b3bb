from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.utils import concordance_index
from proact_builder import draw_clean, make_clean, visit
from scipy import stats

from alsnb.checks import BadInput
from alsnb.cohort import select_cohort
from alsnb.lessons.survival_published import survival_lesson as lesson
from alsnb.lessons.survival_published import survival_slope as slopes
from alsnb.lessons.survival_published import survival_words as words
from alsnb.lessons.survival_published.survival_models import predict_own_patients
from alsnb.models.baselines import make_forest, make_mean
from alsnb.outcomes import SlopeSettings
from alsnb.survival import curves as statistics
from alsnb.survival import times as clock
from alsnb.survival.curves import FAST, GROUPS, SLOW

# lifelines calls pandas in ways that a later pandas will not take; ours calls it quietly
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:lifelines")


class OnlyWhatIsNeeded:
    """As much of a study as the analysis looks at."""

    def __init__(self, clean, kind="simulated", **settings):
        self.source = replace(clean.source, kind=kind)
        self.clean = clean
        self.cohort = select_cohort(clean, SlopeSettings(**settings))


def make_times(days, died):
    return pd.DataFrame({"duration_days": np.array(days, float), "event": np.array(died, bool)})


def draw_times(seed, n_patients=300):
    """Times with many ties, half of them censored, and two groups that differ."""
    rng = np.random.default_rng(seed)
    fast = rng.random(n_patients) < 0.3
    life = rng.exponential(np.where(fast, 100, 400)).round() + 366
    followed = rng.integers(370, 900, n_patients)
    times = make_times(np.minimum(life, followed), life <= followed)
    times.index = pd.Index(rng.permutation(10_000)[:n_patients], name="subject_id")
    return times, pd.Series(np.where(fast, FAST, SLOW), index=times.index)


SIX = make_times([10, 20, 20, 30, 40, 50], [1, 1, 0, 0, 1, 0])


# --- times -------------------------------------------------------------------------------


@pytest.fixture
def every_end():
    """A patient for each way in which a time can end, all seen from day 5 to day 405."""
    rows = [
        visit(subject, day, level=3 - day / 1000)
        for subject in range(1, 8)
        for day in (5, 95, 125, 405)
    ]
    death = [
        {"subject_id": 1, "died": 1.0, "death_day": 505.0},
        {"subject_id": 2, "died": 1.0},
        {"subject_id": 3, "died": 1.0, "death_day": 5.0},
        {"subject_id": 4, "died": 1.0, "death_day": 300.0},
        {"subject_id": 5, "died": 0.0},
        {"subject_id": 7, "died": 1.0, "death_day": 405.0},
    ]
    return make_clean(alsfrs=rows, death=death)


def test_each_way_in_which_a_time_can_end_is_counted_once(every_end):
    study = OnlyWhatIsNeeded(every_end)
    times = clock.survival_times(study)
    assert times["duration_days"].to_list() == [500, 400, 400, 400, 400, 400, 400]
    assert times["event"].to_list() == [True, False, False, False, False, False, True]
    table = clock.account_times(study).set_index("end")["n_patients"]
    assert table.to_list() == [2, 1, 1, 1, 1, 1, 7]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", ["paper", "challenge"])
def test_times_are_above_zero_and_the_account_adds_up(seed, rule):
    study = OnlyWhatIsNeeded(draw_clean(seed, n_patients=150), rule=rule)
    times = clock.survival_times(study)
    assert times.index.equals(study.cohort.patients.index)
    assert (times["duration_days"] > 0).all()
    table = clock.account_times(study)
    assert table["n_patients"].iloc[:-1].sum() == len(times)
    assert table["n_patients"].iloc[0] == times["event"].sum()
    if rule == "paper":
        assert (times["duration_days"] > 365).all()
        described = clock.describe_times(study, times).set_index("quantity")["value"]
        assert described["Deaths within 12 months"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_account_of_real_patients_has_no_small_count(seed):
    study = OnlyWhatIsNeeded(draw_clean(seed, n_patients=120), kind="user")
    table = clock.account_times(study)
    assert not table["n_patients"].iloc[:-1].between(1, 4).any()
    assert table["n_patients"].iloc[:-1].sum() == len(study.cohort.patients)


def test_a_small_count_is_joined_to_another_than_the_deaths():
    rows = pd.DataFrame(
        {
            "end": [clock.DIED, "b", "c", "d"],
            "counts_as": ["x", "y", "y", "y"],
            "n_patients": [6, 3, 40, 0],
        }
    )
    pooled = clock.pool_small(rows)
    assert pooled["n_patients"].to_list() == [6, 0, 43]
    assert pooled["end"].iloc[-1] == "b; or c"


# --- curves and tests --------------------------------------------------------------------


def test_the_curve_of_six_patients_is_worked_by_hand():
    at = statistics.survival_at(SIX, np.array([0.0, 10, 19, 20, 30, 40, 60]))
    expected = [1, 5 / 6, 5 / 6, 2 / 3, 2 / 3, 1 / 3, 1 / 3]
    assert at["survival"].to_numpy() == pytest.approx(expected)
    assert at["at_risk"].to_list() == [6, 5, 5, 3, 2, 1, 0]


def test_the_restricted_mean_of_six_patients_is_worked_by_hand():
    days, died = SIX["duration_days"].to_numpy(), SIX["event"].to_numpy()
    by_hand = 10 + 10 * 5 / 6 + 20 * 2 / 3 + 10 / 3
    assert statistics.restricted_mean(days, died, 50.0) == pytest.approx(by_hand)
    assert statistics.restricted_mean(days, died, 25.0) == pytest.approx(10 + 10 * 5 / 6 + 10 / 3)


def test_the_log_rank_statistic_of_a_tiny_case_is_worked_by_hand():
    times = make_times([1, 2, 3, 4], [1, 1, 1, 1])
    groups = pd.Series([FAST, FAST, SLOW, SLOW])
    # expected deaths of the fast: 2/4 on day 1 and 1/3 on day 2, then none are left
    variance = 1 / 4 + 2 / 9
    statistic = (2 - 1 / 2 - 1 / 3) ** 2 / variance
    test = statistics.logrank(times, groups)
    assert test["statistic"].item() == pytest.approx(statistic)
    assert test["p_value"].item() == pytest.approx(stats.chi2.sf(statistic, 1))


@pytest.mark.parametrize("seed", range(3))
def test_the_log_rank_test_agrees_with_that_of_scipy(seed):
    times, groups = draw_times(seed)
    samples = []
    for group in GROUPS:
        rows = times[groups == group]
        event = rows["event"]
        samples.append(
            stats.CensoredData(
                rows.loc[event, "duration_days"], right=rows.loc[~event, "duration_days"]
            )
        )
    theirs = stats.logrank(*samples)
    assert statistics.logrank(times, groups)["p_value"].item() == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_real", [False, True])
def test_curves_never_rise_and_their_bands_hold_them(seed, is_real):
    times, groups = draw_times(seed)
    curves = statistics.kaplan_meier(times, groups, is_real=is_real)
    for group, rows in curves.groupby("group"):
        assert rows["survival"].iloc[0] == 1
        assert (rows["survival"].diff().dropna() <= 0).all()
        assert (rows["at_risk"].diff().dropna() <= 0).all()
        assert (rows["at_risk"] >= 5).all()
        assert (rows["low"] <= rows["survival"]).all()
        assert (rows["survival"] <= rows["high"]).all()
        own = times[groups == group]
        exact = KaplanMeierFitter().fit(own["duration_days"], own["event"])
        assert rows["survival"].to_numpy() == pytest.approx(
            exact.survival_function_at_times(rows["days"]).to_numpy()
        )


@pytest.mark.parametrize("seed", range(5))
def test_between_two_points_of_real_patients_nobody_leaves_or_five_do(seed):
    times, groups = draw_times(seed, n_patients=120)
    curves = statistics.kaplan_meier(times, groups, is_real=True)
    for group, rows in curves.groupby("group"):
        for died in (True, False):
            own = times[(groups == group) & (times["event"] == died)]
            beyond = [int((own["duration_days"] > day).sum()) for day in rows["days"]]
            steps = -np.diff([*beyond, 0])
            assert ((steps == 0) | (steps >= 5)).all()
        assert (rows["at_risk"] % 5 == 0).all()


def test_a_group_of_four_has_no_curve():
    times, groups = draw_times(0)
    groups[:] = SLOW
    groups.iloc[:4] = FAST
    assert set(statistics.kaplan_meier(times, groups)["group"]) == {SLOW}
    groups[:] = FAST
    assert statistics.logrank(times, groups).isna().all(axis=None)
    assert statistics.hazard_ratio(times, groups).isna().all(axis=None)


@pytest.mark.parametrize("seed", range(3))
def test_hazard_ratios_agree_with_those_of_lifelines(seed):
    times, groups = draw_times(seed)
    is_fast = (groups == FAST).to_numpy()
    mine = statistics.log_hazard_ratio(
        times["duration_days"].to_numpy(), times["event"].to_numpy(), is_fast
    )
    fitted = CoxPHFitter().fit(times.assign(fast=is_fast.astype(float)), "duration_days", "event")
    assert mine == pytest.approx(fitted.params_["fast"], abs=1e-3)
    row = statistics.hazard_ratio(times, groups).iloc[0]
    assert row["estimate"] == pytest.approx(np.exp(mine), rel=1e-3)
    assert row["low"] < row["estimate"] < row["high"]


@pytest.mark.parametrize("seed", range(3))
def test_restricted_means_agree_with_those_of_lifelines(seed):
    times, groups = draw_times(seed)
    both = []
    for group in GROUPS:
        rows = times[groups == group]
        fitted = KaplanMeierFitter().fit(rows["duration_days"], rows["event"])
        # all deaths are on whole days, so the area is a sum over days
        both.append(fitted.survival_function_at_times(np.arange(700.0)).sum())
    frame = statistics.difference_in_means(times, groups, until=700.0, n_resamples=50)
    row = frame.iloc[0]
    assert row["estimate"] == pytest.approx(both[0] - both[1])
    assert row["low"] < row["estimate"] < row["high"]


def test_groups_of_other_patients_are_refused():
    times, groups = draw_times(0)
    with pytest.raises(BadInput, match="groups of patients"):
        statistics.logrank(times, groups.iloc[::-1])


# --- predictions -------------------------------------------------------------------------


def draw_predictions(seed, times, groups):
    """Predictions whose own patients are predicted better than others; 200 train, others test."""
    rng = np.random.default_rng(seed)
    observed = np.where(groups == FAST, -1.4, -0.5) + rng.normal(0, 0.2, len(times))
    frames = []
    for split, noise in (("resubstitution", 0.1), ("train", 0.3), ("test", 0.3)):
        own = slice(200, None) if split == "test" else slice(0, 200)
        predicted = 0.6 * observed[own] - 0.3 + rng.normal(0, noise, len(observed[own]))
        facts = {"patient": times.index[own], "model": "ffnn", "split": split, "repeat": 0}
        frames.append(
            pd.DataFrame(facts).assign(fold=0, observed=observed[own], predicted=predicted)
        )
    return pd.concat(frames, ignore_index=True)


@pytest.fixture
def drawn():
    times, groups = draw_times(1, n_patients=400)
    return times, draw_predictions(1, times, groups)


def test_the_quantile_calls_as_many_training_patients_fast_as_are(drawn):
    _, predictions = drawn
    cuts = lesson.find_cuts(predictions)
    training = predictions[predictions["split"] == "train"]
    n_fast = (training["observed"] < cuts["printed"]).sum()
    assert cuts["printed"] == -1.126
    assert (lesson.split_groups(predictions, "train", cuts["quantile"]) == FAST).sum() == n_fast


def test_every_set_is_compared_at_either_cut(drawn):
    times, predictions = drawn
    frame = lesson.compare_sets(predictions, times, profile="smoke", is_real=False)
    assert len(frame) == 6
    sizes = frame["n_fast"] + frame["n_slow"]
    assert sizes.to_list() == [200] * 6
    row = frame[(frame["set"] == "resubstitution") & (frame["cut"] == "quantile")].iloc[0]
    assert row["estimate"] > 1
    assert row["p_value"] < 0.05
    assert row["days"] < 0
    shown = words.word_comparison(frame)
    assert len(shown) == 6
    assert "survive differently" in words.say_test(frame, "resubstitution", "quantile")
    assert "of 200" in words.say_small(frame)


def test_comparisons_of_real_patients_are_rounded_or_withheld(drawn):
    times, predictions = drawn
    frame = lesson.compare_sets(predictions, times, profile="smoke", is_real=True)
    counts = frame[list(lesson.COUNTS)]
    assert ((counts % 5 == 0) | counts.isna()).all(axis=None)
    few = predictions.copy()
    few.loc[few["split"] == "test", "predicted"] = 0.0
    few.loc[few.index[few["split"] == "test"][:3], "predicted"] = -2.0
    frame = lesson.compare_sets(few, times, profile="smoke", is_real=True)
    hidden = frame[frame["set"] == "test"].drop(columns=["set", "cut", "threshold"])
    assert hidden.isna().all(axis=None)
    assert "withheld" in words.word_comparison(frame).to_string()
    assert "too few to be told" in words.say_small(frame)


def test_resubstitution_is_priced_and_honest_predictions_cost_nothing(drawn):
    times, predictions = drawn
    prices = lesson.price_resubstitution(predictions, times, profile="smoke")
    price = prices.set_index("cut").loc["quantile"]
    assert price["estimate"] == pytest.approx(price["own"] / price["out_of_fold"])
    assert price["low"] <= price["estimate"] <= price["high"]
    same = predictions.copy()
    honest = same.loc[same["split"] == "train", "predicted"].to_numpy()
    same.loc[same["split"] == "resubstitution", "predicted"] = honest
    free = lesson.price_resubstitution(same, times, profile="smoke")
    assert free[["estimate", "low", "high"]].to_numpy() == pytest.approx(1.0)
    assert "95 % interval" in words.say_price(prices, "quantile")
    assert len(words.word_prices(prices)) == 2


def test_a_price_that_cannot_be_worked_out_is_said(drawn):
    times, predictions = drawn
    nobody = predictions.assign(predicted=0.0)
    prices = lesson.price_resubstitution(nobody, times, profile="smoke")
    assert "cannot be compared" in words.say_price(prices, "printed")
    assert "not defined" in words.word_prices(prices).to_string()


def test_panels_have_curves_and_titles(drawn):
    times, predictions = drawn
    compared = lesson.compare_sets(predictions, times, profile="smoke", is_real=False)
    for name, panels in lesson.PANELS.items():
        curves = lesson.draw_panels(predictions, times, name, is_real=False)
        curves = words.title_panels(curves, compared)
        titles = words.list_titles(curves, compared, panels)
        assert len(titles) == len(panels)
        assert set(curves["panel"]) == set(titles)


def test_a_forest_predicts_its_own_patients_better_than_chance():
    rng = np.random.default_rng(0)
    predictors = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc"))
    target = pd.Series(rng.normal(size=60))
    make_model = make_forest(0, 20)
    frame = predict_own_patients(make_model, predictors, target, name="forest", seed=0)
    assert set(frame["split"]) == {"resubstitution"}
    assert frame["patient"].to_list() == list(range(60))
    assert np.corrcoef(frame["observed"], frame["predicted"])[0, 1] > 0.5
    plain = predict_own_patients(make_mean(), predictors, target, name="mean", seed=0)
    assert plain["predicted"].to_numpy() == pytest.approx(target.mean())


# --- slope and death ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_cells_hold_five_and_do_not_tell_who_is_left_out(seed):
    times, groups = draw_times(seed)
    slope = pd.Series(np.where(groups == FAST, -1.3, -0.4), index=times.index)
    slope += np.random.default_rng(seed).normal(0, 0.2, len(slope))
    cells = slopes.count_cells(times, slope)
    assert (cells["n_patients"] >= 5).all()
    left_out = times["event"].sum() - cells["n_patients"].sum()
    assert left_out == 0 or left_out >= 5
    averages = slopes.average_by_slope(times, slope)
    assert averages["n_patients"].sum() == times["event"].sum()
    assert averages["slope"].is_monotonic_increasing


def test_too_few_deaths_have_no_average():
    times = make_times([400, 500, 600], [1, 1, 1])
    assert slopes.average_by_slope(times, pd.Series([-1.0, -0.5, 0.0])).empty


@pytest.mark.parametrize("seed", range(3))
def test_drawn_concordances_lie_around_that_of_lifelines(seed):
    times, groups = draw_times(seed)
    predicted = np.where(groups == FAST, -1.0, -0.5)
    days, died = times["duration_days"].to_numpy(), times["event"].to_numpy()
    drawn = slopes.draw_concordance(days, died, predicted, n_resamples=300, seed=seed)
    expected = concordance_index(days, predicted, died)
    assert drawn.mean() == pytest.approx(expected, abs=0.01)


def test_printed_numbers_stand_beside_ours_with_a_verdict(drawn):
    study = OnlyWhatIsNeeded(draw_clean(3, n_patients=250))
    times = clock.survival_times(study)
    correlations = slopes.correlate_slope(study, times, None, profile="smoke")
    assert correlations["whom"].to_list() == ["dead", "dead", "all"]
    compared = lesson.compare_sets(drawn[1], drawn[0], profile="smoke", is_real=False)
    beside = lesson.compare_to_published(study, times, correlations, compared)
    assert beside["published"].to_list() == pytest.approx([458, 458 / 2921, 0.2, 0.005, 0.005])
    shown = words.word_published(beside)
    assert shown["Verdict"].notna().all()
    assert len(words.word_slope(correlations)) == 3
    alive = lesson.compare_censoring(study, times, None)
    assert "live on" in words.say_censoring(alive, 24)
    assert words.word_censoring(alive)["Month"].to_list() == list(lesson.AT_MONTHS)
    assert len(words.word_account(clock.account_times(study))) == 7


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (("Share", 0.2, 0.3, 0.25, 0.35), "below our interval"),
        (("Share", 0.2, 0.1, 0.05, 0.15), "above our interval"),
        (("Share", 0.2, 0.2, 0.1, 0.3), "inside our interval"),
        (("Deaths", 458, 100, np.nan, np.nan), "goes with the size of the cohort"),
        (("Log-rank p, test", 0.005, 0.001, np.nan, np.nan), "below the bound, too"),
        (("Log-rank p, test", 0.005, 0.2, np.nan, np.nan), "not below the bound"),
        (("Log-rank p, test", 0.005, np.nan, np.nan, np.nan), "cannot be worked out here"),
    ],
)
def test_verdicts_follow_from_the_numbers(row, verdict):
    assert words.judge(*row) == verdict
