"""Times are told as the tables have them, and groups of any number are compared as by lifelines."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test, multivariate_logrank_test
from lifelines.utils import concordance_index
from proact_builder import draw_clean, make_clean, visit
from scipy import stats

from alsnb.checks import BadInput
from alsnb.cohort import select_cohort
from alsnb.outcomes import SlopeSettings
from alsnb.survival import times as clock
from alsnb.survival.concordance import _draw, concordance
from alsnb.survival.curves import difference_in_means, kaplan_meier, restricted_mean, survival_at
from alsnb.survival.hazards import hazard_ratio, log_hazard_ratio, logrank

# lifelines calls pandas in ways that a later pandas will not take; ours calls it quietly
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:lifelines")

FAST, SLOW = GROUPS = ("fast", "medium-slow")


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
    return times, pd.Series(pd.Categorical(np.where(fast, FAST, SLOW), GROUPS), index=times.index)


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
    cohort = select_cohort(every_end, SlopeSettings())
    times = clock.survival_times(every_end, cohort)
    assert times["duration_days"].to_list() == [500, 400, 400, 400, 400, 400, 400]
    assert times["event"].to_list() == [True, False, False, False, False, False, True]
    table = clock.account_times(every_end, cohort, is_real=False).set_index("end")["n_patients"]
    assert table.to_list() == [2, 1, 1, 1, 1, 1, 7]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", ["paper", "challenge"])
def test_times_are_above_zero_and_the_account_adds_up(seed, rule):
    clean = draw_clean(seed, n_patients=150)
    cohort = select_cohort(clean, SlopeSettings(rule=rule))
    times = clock.survival_times(clean, cohort)
    assert times.index.equals(cohort.patients.index)
    assert (times["duration_days"] > 0).all()
    table = clock.account_times(clean, cohort, is_real=False)
    assert table["n_patients"].iloc[:-1].sum() == len(times)
    assert table["n_patients"].iloc[0] == times["event"].sum()
    if rule == "paper":
        assert (times["duration_days"] > 365).all()
        described = clock.describe_times(cohort, times, is_real=False)
        described = described.set_index("quantity")["value"]
        assert described["Deaths within 12 months"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_account_of_real_patients_has_no_small_count(seed):
    clean = draw_clean(seed, n_patients=120)
    cohort = select_cohort(clean, SlopeSettings())
    table = clock.account_times(clean, cohort, is_real=True)
    assert not table["n_patients"].iloc[:-1].between(1, 4).any()
    assert table["n_patients"].iloc[:-1].sum() == len(cohort.patients)


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
    at = survival_at(SIX, np.array([0.0, 10, 19, 20, 30, 40, 60]))
    expected = [1, 5 / 6, 5 / 6, 2 / 3, 2 / 3, 1 / 3, 1 / 3]
    assert at["survival"].to_numpy() == pytest.approx(expected)
    assert at["at_risk"].to_list() == [6, 5, 5, 3, 2, 1, 0]


def test_the_restricted_mean_of_six_patients_is_worked_by_hand():
    days, died = SIX["duration_days"].to_numpy(), SIX["event"].to_numpy()
    by_hand = 10 + 10 * 5 / 6 + 20 * 2 / 3 + 10 / 3
    assert restricted_mean(days, died, 50.0) == pytest.approx(by_hand)
    assert restricted_mean(days, died, 25.0) == pytest.approx(10 + 10 * 5 / 6 + 10 / 3)


def test_the_log_rank_statistic_of_a_tiny_case_is_worked_by_hand():
    times = make_times([1, 2, 3, 4], [1, 1, 1, 1])
    groups = pd.Series([FAST, FAST, SLOW, SLOW])
    # expected deaths of the fast: 2/4 on day 1 and 1/3 on day 2, then none are left
    variance = 1 / 4 + 2 / 9
    statistic = (2 - 1 / 2 - 1 / 3) ** 2 / variance
    test = logrank(times, groups)
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
    assert logrank(times, groups)["p_value"].item() == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_real", [False, True])
def test_curves_never_rise_and_their_bands_hold_them(seed, is_real):
    times, groups = draw_times(seed)
    curves = kaplan_meier(times, groups, is_real=is_real)
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
    curves = kaplan_meier(times, groups, is_real=True)
    for group, rows in curves.groupby("group"):
        for died in (True, False):
            own = times[(groups == group) & (times["event"] == died)]
            beyond = [int((own["duration_days"] > day).sum()) for day in rows["days"]]
            steps = -np.diff([*beyond, 0])
            assert ((steps == 0) | (steps >= 5)).all()
        assert (rows["at_risk"] % 5 == 0).all()


def test_a_group_of_four_has_no_curve():
    times, groups = draw_times(0)
    groups.iloc[:] = SLOW
    groups.iloc[:4] = FAST
    assert set(kaplan_meier(times, groups)["group"]) == {SLOW}
    groups.iloc[:] = FAST
    assert logrank(times, groups).isna().all(axis=None)
    assert hazard_ratio(times, groups)["estimate"].isna().all()


@pytest.mark.parametrize("seed", range(3))
def test_hazard_ratios_agree_with_those_of_lifelines(seed):
    times, groups = draw_times(seed)
    is_fast = (groups == FAST).to_numpy()
    mine = log_hazard_ratio(times["duration_days"].to_numpy(), times["event"].to_numpy(), is_fast)
    fitted = CoxPHFitter().fit(times.assign(fast=is_fast.astype(float)), "duration_days", "event")
    assert mine == pytest.approx(fitted.params_["fast"], abs=1e-3)
    row = hazard_ratio(times, groups).iloc[0]
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
    frame = difference_in_means(times, groups, until=700.0, n_resamples=50)
    row = frame.iloc[0]
    assert row["estimate"] == pytest.approx(both[0] - both[1])
    assert row["low"] < row["estimate"] < row["high"]


def test_groups_of_other_patients_are_refused():
    times, groups = draw_times(0)
    with pytest.raises(BadInput, match="groups of patients"):
        logrank(times, groups.iloc[::-1])


# --- three groups ------------------------------------------------------------------------


def draw_three(seed, n_patients=300):
    """Times of three groups that differ, the last the slowest."""
    times, _ = draw_times(seed, n_patients)
    rng = np.random.default_rng([seed, 3])
    names = rng.choice(["a", "b", "c"], n_patients, p=[0.3, 0.3, 0.4])
    longer = times["duration_days"] + 40 * np.select([names == "b", names == "c"], [1, 2])
    return times.assign(duration_days=longer), pd.Series(names, index=times.index)


@pytest.mark.parametrize("seed", range(3))
def test_three_groups_are_tested_as_by_lifelines(seed):
    times, groups = draw_three(seed)
    theirs = multivariate_logrank_test(times["duration_days"], groups, times["event"])
    ours = logrank(times, groups).iloc[0]
    assert ours["statistic"] == pytest.approx(theirs.test_statistic)
    assert ours["p_value"] == pytest.approx(stats.chi2.sf(theirs.test_statistic, 2))


@pytest.mark.parametrize("seed", range(3))
def test_two_groups_are_tested_to_the_last_digit_as_two_samples(seed):
    times, groups = draw_times(seed)
    one, other = (times[groups == group] for group in GROUPS)
    theirs = logrank_test(
        one["duration_days"], other["duration_days"], one["event"], other["event"]
    )
    assert logrank(times, groups)["statistic"].item() == theirs.test_statistic
    assert logrank(times, groups)["p_value"].item() == theirs.p_value


@pytest.mark.parametrize("reference", ["a", "c"])
def test_hazards_of_three_groups_are_those_of_lifelines(reference):
    times, groups = draw_three(0)
    dummies = pd.get_dummies(groups, dtype=float).drop(columns=reference)
    fitted = CoxPHFitter().fit(times.join(dummies), "duration_days", "event")
    table = hazard_ratio(times, groups, reference=reference)
    assert table["group"].to_list() == list(dummies.columns)
    np.testing.assert_allclose(table["estimate"], np.exp(fitted.params_))
    bounds = np.exp(fitted.confidence_intervals_.to_numpy())
    np.testing.assert_allclose(table[["low", "high"]], bounds)


def test_a_group_without_deaths_has_no_ratio_and_moves_no_other():
    times, groups = draw_three(1)
    times.loc[groups == "b", "event"] = False
    table = hazard_ratio(times, groups).set_index("group")
    assert table.loc["b"].isna().all()
    without = groups != "b"
    alone = hazard_ratio(times[without], groups[without]).set_index("group")
    np.testing.assert_allclose(table.loc["a"], alone.loc["a"])


def test_each_of_three_groups_has_a_curve_and_a_mean():
    times, groups = draw_three(2)
    curves = kaplan_meier(times, groups)
    for group, rows in curves.groupby("group"):
        alone = survival_at(times[groups == group], rows["days"].to_numpy())
        np.testing.assert_array_equal(rows["survival"], alone["survival"])
    assert curves["group"].unique().tolist() == ["a", "b", "c"]
    table = difference_in_means(times, groups, until=700.0, n_resamples=50, reference="b")
    assert table["group"].to_list() == ["a", "c"]
    assert table["estimate"].iloc[0] < table["estimate"].iloc[1]


def test_a_category_without_patients_is_a_group_of_which_nothing_can_be_said():
    times, groups = draw_three(0)
    named = groups.astype(pd.CategoricalDtype(["c", "b", "a", "nobody"]))
    assert logrank(times, named).isna().all(axis=None)
    assert kaplan_meier(times, named)["group"].unique().tolist() == ["c", "b", "a"]
    table = hazard_ratio(times, named, reference="a").set_index("group")
    assert table["estimate"].isna().to_dict() == {"c": False, "b": False, "nobody": True}
    with pytest.raises(BadInput, match="reference group"):
        hazard_ratio(times, groups, reference="d")


# --- concordance -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_drawn_concordances_lie_around_that_of_lifelines(seed):
    times, groups = draw_times(seed)
    predicted = pd.Series(np.where(groups == FAST, -1.0, -0.5), index=times.index)
    estimate, low, high = concordance(times, predicted, n_resamples=300)
    days, died = times["duration_days"].to_numpy(), times["event"].to_numpy()
    drawn = _draw(days, died, predicted.to_numpy(), n_resamples=300, seed=seed)
    assert estimate == concordance_index(days, predicted, died)
    assert drawn.mean() == pytest.approx(estimate, abs=0.01)
    assert low < estimate < high


# --- times that are none -----------------------------------------------------------------

HALVES = pd.Series(["a", "b"] * 3)
FUNCTIONS = {
    "kaplan_meier": lambda times: kaplan_meier(times, HALVES),
    "survival_at": lambda times: survival_at(times, np.array([0.0, 20.0])),
    "difference_in_means": lambda times: difference_in_means(
        times, HALVES, until=40.0, n_resamples=5
    ),
    "logrank": lambda times: logrank(times, HALVES),
    "hazard_ratio": lambda times: hazard_ratio(times, HALVES),
    "concordance": lambda times: concordance(times, pd.Series(range(6)), n_resamples=5),
    "log_hazard_ratio": lambda times: log_hazard_ratio(
        times["duration_days"].to_numpy(), SIX["event"].to_numpy(), (HALVES == "a").to_numpy()
    ),
    "restricted_mean": lambda times: restricted_mean(
        times["duration_days"].to_numpy(), SIX["event"].to_numpy(), 40.0
    ),
}

WITH_ENDS = [name for name in FUNCTIONS if name not in ("log_hazard_ratio", "restricted_mean")]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("day", [np.nan, -1.0, np.inf, -np.inf])
def test_a_time_that_is_none_is_refused(name, day):
    times = SIX.copy()
    times.loc[2, "duration_days"] = day
    expected = "column 'duration_days': expected a number of days.* found 1 of 6 patients without"
    with pytest.raises(BadInput, match=expected):
        FUNCTIONS[name](times)


@pytest.mark.parametrize("name", WITH_ENDS)
@pytest.mark.parametrize("event", [np.nan, 2, "yes", None])
def test_an_end_that_is_none_is_refused(name, event):
    times = SIX.astype({"event": object})
    times.loc[2, "event"] = event
    with pytest.raises(BadInput, match="column 'event': expected True for a death"):
        FUNCTIONS[name](times)


def test_a_time_of_zero_days_is_one():
    times = SIX.copy()
    times.loc[0, "duration_days"] = 0
    for name in FUNCTIONS:
        FUNCTIONS[name](times)


def test_predictions_of_other_patients_cannot_be_ranked():
    for predicted in (pd.Series(range(5)), pd.Series([1.0] * 5 + [np.nan])):
        with pytest.raises(BadInput, match="predictions to be ranked"):
            concordance(SIX, predicted, n_resamples=5)


def test_there_is_no_concordance_if_of_no_two_it_is_known_who_lived_longer():
    """Where all die on one day after which nobody is followed, and where nobody dies."""
    predicted = pd.Series([-1.0, -0.5, 0.0])
    for days, died in (([50, 50, 40], [1, 1, 0]), ([50, 60, 40], [0, 0, 0])):
        assert np.isnan(concordance(make_times(days, died), predicted, n_resamples=5)).all()
    # who is censored on the day of a death outlives the dead
    told = concordance(make_times([50, 50, 40], [1, 0, 0]), predicted, n_resamples=5)
    assert told[0] == 1.0
