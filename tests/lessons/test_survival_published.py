from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from proact_builder import draw_clean

from alsnb.cohort import select_cohort
from alsnb.lessons.survival_published import figures, study, tables
from alsnb.lessons.survival_published.study import FAST, SLOW
from alsnb.outcomes import SlopeSettings
from alsnb.report.style import use_style

# lifelines calls pandas in ways that a later pandas will not take; ours calls it quietly
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:lifelines")


@pytest.fixture(autouse=True)
def close_figures():
    use_style()
    yield
    pyplot.close("all")


def prepare(clean, kind="simulated"):
    """As much of a prepared release as the analysis looks at."""
    cohort = select_cohort(clean, SlopeSettings())
    return SimpleNamespace(source=replace(clean.source, kind=kind), clean=clean, cohort=cohort)


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
    cuts = study.find_cuts(predictions)
    training = predictions[predictions["split"] == "train"]
    n_fast = (training["observed"] < cuts["printed"]).sum()
    assert cuts["printed"] == -1.126
    assert (study.split_groups(predictions, "train", cuts["quantile"]) == FAST).sum() == n_fast


def test_every_set_is_compared_at_either_cut(drawn):
    times, predictions = drawn
    frame = study.compare_sets(predictions, times, n_resamples=200, is_real=False)
    assert len(frame) == 6
    sizes = frame["n_fast"] + frame["n_slow"]
    assert sizes.to_list() == [200] * 6
    row = frame[(frame["set"] == "resubstitution") & (frame["cut"] == "quantile")].iloc[0]
    assert row["estimate"] > 1
    assert row["p_value"] < 0.05
    assert row["days"] < 0
    assert len(tables.show_comparison(frame)) == 6
    outcome, words = tables.read_test(frame, "resubstitution", "quantile")
    assert (outcome, words["verdict"]) == ("ratio", "survive differently")
    assert "of 200" in tables.count_fast(frame)


def test_comparisons_of_real_patients_are_rounded_or_withheld(drawn):
    times, predictions = drawn
    frame = study.compare_sets(predictions, times, n_resamples=200, is_real=True)
    counts = frame[list(study.COUNTS)]
    assert ((counts % 5 == 0) | counts.isna()).all(axis=None)
    few = predictions.copy()
    few.loc[few["split"] == "test", "predicted"] = 0.0
    few.loc[few.index[few["split"] == "test"][:3], "predicted"] = -2.0
    frame = study.compare_sets(few, times, n_resamples=200, is_real=True)
    hidden = frame[frame["set"] == "test"].drop(columns=["set", "cut", "threshold"])
    assert hidden.isna().all(axis=None)
    assert "withheld" in tables.show_comparison(frame).to_string()
    assert "too few to be told" in tables.count_fast(frame)
    assert tables.read_test(frame, "test", "printed")[0] == "nothing"


def test_resubstitution_is_priced_and_honest_predictions_cost_nothing(drawn):
    times, predictions = drawn
    prices = study.price_resubstitution(predictions, times, n_resamples=200)
    price = prices.set_index("cut").loc["quantile"]
    assert price["estimate"] == pytest.approx(price["own"] / price["out_of_fold"])
    assert price["low"] <= price["estimate"] <= price["high"]
    same = predictions.copy()
    honest = same.loc[same["split"] == "train", "predicted"].to_numpy()
    same.loc[same["split"] == "resubstitution", "predicted"] = honest
    free = study.price_resubstitution(same, times, n_resamples=200)
    assert free[["estimate", "low", "high"]].to_numpy() == pytest.approx(1.0)
    assert tables.read_price(prices, "quantile")[0] in ("inside", "above", "below")
    assert len(tables.show_prices(prices)) == 2


def test_a_price_that_cannot_be_worked_out_is_said(drawn):
    times, predictions = drawn
    nobody = predictions.assign(predicted=0.0)
    prices = study.price_resubstitution(nobody, times, n_resamples=200)
    assert tables.read_price(prices, "printed")[0] == "nothing"
    assert "not defined" in tables.show_prices(prices).to_string()


def test_panels_have_curves_and_titles(drawn):
    times, predictions = drawn
    compared = study.compare_sets(predictions, times, n_resamples=200, is_real=False)
    for name, panels in study.PANELS.items():
        curves = study.draw_panels(predictions, times, name, is_real=False)
        curves = tables.title_panels(curves, compared)
        titles = tables.list_titles(panels, compared)
        assert len(titles) == len(panels)
        assert set(curves["panel"]) == set(titles)


# --- slope and death ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_cells_hold_five_and_do_not_tell_who_is_left_out(seed):
    times, groups = draw_times(seed)
    slope = pd.Series(np.where(groups == FAST, -1.3, -0.4), index=times.index)
    slope += np.random.default_rng(seed).normal(0, 0.2, len(slope))
    cells = study.count_cells(times, slope)
    assert (cells["n_patients"] >= 5).all()
    left_out = times["event"].sum() - cells["n_patients"].sum()
    assert left_out == 0 or left_out >= 5
    averages = study.average_by_slope(times, slope)
    assert averages["n_patients"].sum() == times["event"].sum()
    assert averages["slope"].is_monotonic_increasing


def test_too_few_deaths_have_no_average():
    times = make_times([400, 500, 600], [1, 1, 1])
    assert study.average_by_slope(times, pd.Series([-1.0, -0.5, 0.0])).empty


def test_printed_numbers_stand_beside_ours_with_a_verdict(drawn):
    prepared = prepare(draw_clean(3, n_patients=250))
    times = study.follow(prepared)
    described = study.describe(prepared, times)
    correlations = study.correlate_slope(prepared, times, None, n_resamples=200)
    assert correlations["whom"].to_list() == ["dead", "dead", "all"]
    compared = study.compare_sets(drawn[1], drawn[0], n_resamples=200, is_real=False)
    beside = study.compare_to_published(described, correlations, compared)
    assert beside["published"].to_list() == pytest.approx([458, 458 / 2921, 0.2, 0.005, 0.005])
    assert beside["estimate"].iloc[0] == times["event"].sum()
    assert tables.show_published(beside)["Verdict"].notna().all()
    assert len(tables.show_slope(correlations)) == 3
    alive = study.compare_censoring(prepared, times, None)
    assert len(tables.read_censoring(alive, 24)) == 2
    assert tables.show_censoring(alive)["Month"].to_list() == list(study.AT_MONTHS)
    assert len(tables.show_account(study.account(prepared))) == 7
    assert tables.show_times(described).iloc[0, 1] == f"{len(times):,}"


def test_numbers_at_risk_of_real_patients_are_rounded_to_fives():
    prepared = prepare(draw_clean(3, n_patients=250), kind="user")
    alive = study.compare_censoring(prepared, study.follow(prepared), None)
    assert (alive["at_risk"].dropna() % 5 == 0).all()


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
    columns = ["label", "published", "estimate", "low", "high"]
    beside = pd.DataFrame([row], columns=columns).assign(difference=np.nan)
    assert tables.show_published(beside)["Verdict"].item() == verdict


# --- figures -----------------------------------------------------------------------------


def some_curves():
    return pd.DataFrame(
        {
            "panel": "Test",
            "group": ["fast"] * 3 + ["medium-slow"] * 3,
            "months": [0.0, 12.0, 18.0] * 2,
            "survival": [1.0, 1.0, 0.6, 1.0, 1.0, 0.8],
            "low": [1.0, 1.0, 0.4, 1.0, 1.0, 0.7],
            "high": [1.0, 1.0, 0.8, 1.0, 1.0, 0.9],
            "at_risk": [30, 30, 12, 1300, 1300, 500],
        }
    )


def some_deaths():
    cells = pd.DataFrame(
        {
            "slope": [-1.0, -0.5],
            "months": [12.0, 14.0],
            "width": 0.25,
            "height": 2.0,
            "n_patients": [5, 9],
        }
    )
    averages = pd.DataFrame(
        {
            "slope": [-1.1, -0.4],
            "estimate": [16.0, 21.5],
            "low": [15.0, 19.0],
            "high": [17.0, 24.0],
            "n_patients": [20, 21],
        }
    )
    return cells, averages


def written_in(ax):
    return [text.get_text() for text in ax.texts]


def test_numbers_at_risk_stand_below_the_curves():
    ax = figures.plot_panels(some_curves(), ["Test"]).axes[0]
    assert {"30", "12", "1,300", "500", "\N{EN DASH}"} <= set(written_in(ax))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["fast (30)", "medium-slow (1,300)"]


def test_a_group_that_is_too_small_is_said_to_be():
    curves = some_curves().query("group == 'medium-slow'")
    ax = figures.plot_panels(curves, ["Test"]).axes[0]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0] == "fast (fewer than five)"
    assert "not drawn" in figures.describe_panels(curves, ["Test"])


def test_panels_without_curves_are_drawn_empty():
    figure = figures.plot_panels(some_curves(), ["Test", "Nobody"])
    assert len(figure.axes) == 2
    words = figures.describe_panels(some_curves(), ["Test", "Nobody"])
    assert "fast with 60% alive at month 18 (40% to 80%)" in words
    assert "Nobody: fast with fewer than five patients, not drawn" in words


def test_figure_5_has_slope_and_death_above_the_curves():
    cells, averages = some_deaths()
    figure = figures.plot_figure_5(cells, averages, some_curves(), ["Test"])
    assert len(figure.axes) == 2
    assert figure.axes[0].get_ylabel() == "Months to death"
    words = figures.describe_figure_5(cells, averages, some_curves(), ["Test"])
    assert "of 41 dead" in words
    assert "16.0 months (15.0 to 17.0)" in words


def test_too_few_deaths_are_said_to_be():
    cells, averages = (frame.iloc[:0] for frame in some_deaths())
    ax = figures.plot_figure_5(cells, averages, some_curves(), ["Test"]).axes[0]
    assert "too few deaths to be drawn" in written_in(ax)
    words = figures.describe_figure_5(cells, averages, some_curves(), ["Test"])
    assert "too few deaths" in words
