from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from proact_builder import draw_clean, make_patients, make_study
from sklearn.linear_model import LinearRegression

from alsnb.features.summaries import SUMMARIES
from alsnb.fits.inputs import make_inputs
from alsnb.lessons.features import figures, fits, study, tables
from alsnb.published import TOP_FIVE
from alsnb.splits import make_folds
from alsnb.study.proact import on_scale
from alsnb.vocabulary import EARLY_SLOPE


@pytest.fixture(scope="module")
def drawn():
    """A study of drawn patients; the challenge's rule keeps most of them."""
    return make_study(draw_clean(3, 300), rule="challenge")


@pytest.fixture(scope="module")
def real():
    return make_study(draw_clean(3, 300), rule="challenge", kind="user")


# --- what there is -----------------------------------------------------------------------


def test_counts_by_table_add_up(drawn):
    counts = study.count_by_table(drawn).set_index("table")
    assert counts.loc["all", "n_features"] == len(drawn.catalogue) == drawn.features.shape[1]
    assert counts.loc["all", "n_kept"] == drawn.catalogue["kept"].sum()
    assert (counts["in_paper_kept"] <= counts["n_kept"]).all()
    assert set(tables.BY_TABLE) == {"table", *counts.columns}


def test_both_scales_are_counted_with_what_is_printed(drawn):
    counts = study.count_both_scales(drawn)
    assert list(counts["scale"]) == ["ALSFRS", "ALSFRS", "ALSFRS-R", "ALSFRS-R"]
    assert list(counts["published"].dropna()) == [274, 204]
    whole, of_paper = counts.iloc[0], counts.iloc[1]
    assert whole["n_features"] == drawn.features.shape[1]
    assert whole["n_kept"] == (drawn.features.isna().mean() <= 0.3).sum()
    assert of_paper["n_kept"] < whole["n_kept"]
    words = tables.shown(counts, tables.COUNTS)
    assert list(words["Published"]) == ["not printed", "274", "not printed", "204"]
    assert list(words["Difference"].iloc[[0, 2]]) == ["", ""]


def test_a_study_on_its_own_scale_stays_as_it_is(drawn):
    assert on_scale(drawn, "ALSFRS") is drawn
    other = on_scale(drawn, "ALSFRS-R")
    assert other.cohort.settings.rule == drawn.cohort.settings.rule
    assert "first_r1_dyspnea" in other.features


def test_a_measure_has_a_row_per_summary(drawn):
    rows = study.features_of_measure(drawn, "fvc")
    assert list(rows["name"]) == [f"{summary}_fvc" for summary in SUMMARIES]


def test_more_may_be_missing_the_more_features_are_left(drawn):
    counts = study.count_kept(drawn)
    assert counts["n_kept"].is_monotonic_increasing
    at_limit = counts.set_index("limit").loc[0.3, "n_kept"]
    assert at_limit == drawn.catalogue["kept"].sum()


# --- what is missing ---------------------------------------------------------------------


def test_measures_are_listed_from_the_least_missing_on(drawn):
    missing = study.missing_measures(drawn, most=0.6)
    assert missing["missing"].is_monotonic_increasing
    assert (missing["missing"] <= 0.6).all()
    assert (missing["missing_slope"] >= missing["missing"]).all()
    title = drawn.catalogue.set_index("name").loc["first_fvc", "title"].removeprefix("First ")
    fvc = study.missing_measures(drawn, most=1).set_index("title").loc[title]
    assert fvc["missing"] == drawn.features["first_fvc"].isna().mean()
    assert fvc["missing_slope"] == drawn.features["slope_fvc"].isna().mean()


def test_shares_of_real_patients_do_not_tell_of_few(real):
    shown = study.shown_catalogue(real).set_index("name")["missing"]
    n_missing, n_patients = real.features.isna().sum(), len(real.features)
    few = n_missing.between(1, 4) | (n_patients - n_missing).between(1, 4)
    assert few.any()
    assert shown[few].isna().all()
    assert shown[~few].notna().all()
    four = make_study(make_patients(4, demographics=[{"age": 50.0}]), kind="user")
    assert study.shown_catalogue(four)["missing"].isna().all()


def test_measures_that_go_missing_together_are_correlated():
    weights = [{"day": 0, "weight": 70.0, "pulse": 60.0} for _ in range(6)]
    litres = [{"day": 0, "litres": 3.0} for _ in range(9)]
    table = study.missing_pairs(make_study(make_patients(12, vitals=weights, fvc=litres)))
    np.testing.assert_allclose(table, table.T)
    assert table.loc["weight", "pulse"] == pytest.approx(1)
    assert table.loc["weight", "fvc"] == pytest.approx(1 / np.sqrt(3))
    assert "alsfrs total" not in table
    order = list(table.index)
    assert abs(order.index("weight") - order.index("pulse")) == 1
    assert not table.index.str.contains("_").any()


def test_trials_are_looked_up_where_the_truth_is_known(tmp_path):
    one = make_study(make_patients(5, fvc=[{"day": 0, "litres": 3.0} for _ in range(2)]))
    truth = pd.DataFrame({"subject_id": [1, 2, 3, 4, 5, 99], "trial": [7, 7, 8, 8, 8, 9]})
    truth.to_csv(tmp_path / "patients.csv", index=False)
    blocks = study.missing_in_trials(one, tmp_path)
    assert list(blocks.columns) == [9, 8]
    assert blocks.loc["fvc"].tolist() == [1, 0]
    assert study.share_of_extremes(blocks) == 1
    unknown = study.missing_in_trials(one, None)
    assert unknown.empty
    assert study.share_of_extremes(unknown) == 0


# --- what is alike, and what goes with the slope -------------------------------------------


def test_measures_that_are_alike_are_correlated_both_ways(drawn):
    alike = study.correlate_measures(drawn)
    np.testing.assert_allclose(alike, alike.T)
    np.testing.assert_allclose(np.diag(alike), 1)


def test_a_repeated_feature_counts_as_alike():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 400))
    features = pd.DataFrame({"a": one, "b": -one, "c": two})
    catalogue = pd.DataFrame({"name": ["a", "b", "c"], "kept": True})
    repeated = study.measure_redundancy(SimpleNamespace(features=features, catalogue=catalogue))
    assert repeated == {"share_alike": pytest.approx(2 / 3), "n_components": 2}


def test_correlations_with_the_slope_come_with_intervals(drawn):
    strongest = study.correlate_with_slope(drawn, 200, n_features=5)
    assert len(strongest) == 5
    assert strongest["estimate"].abs().is_monotonic_decreasing
    assert strongest["estimate"].between(strongest["low"], strongest["high"]).all()
    pcc = drawn.features[strongest["name"].iloc[0]].corr(drawn.cohort.patients["slope"])
    assert strongest["estimate"].iloc[0] == pytest.approx(pcc)


def test_the_paper_s_five_features_are_found_here(drawn):
    ranks = study.rank_published(drawn, 200)
    assert list(ranks["name"]) == list(TOP_FIVE.values())
    words = tables.shown(ranks, tables.RANKS)
    assert (ranks["rank"].isna() == (words["Rank here"] == "discarded")).all()


def test_no_subject_is_in_a_frame(real):
    made = [
        study.shown_catalogue(real),
        study.missing_measures(real),
        study.missing_pairs(real),
        study.correlate_with_slope(real, 200),
        study.average_sequences(real),
    ]
    for frame in made:
        assert frame.index.name != "subject_id"
        assert "subject_id" not in frame


# --- sequences ---------------------------------------------------------------------------


def test_sequences_are_averaged_over_those_who_have_the_visit(drawn):
    frame = study.average_sequences(drawn)
    mask, values = drawn.sequences.mask, drawn.sequences.values
    assert frame["share"].iloc[0] == 1
    second = values[mask[:, 1], 0, 1]
    assert frame["Speech"].iloc[1] == round(np.nanmean(second), 2)


def test_a_share_that_tells_of_fewer_than_five_real_patients_is_not_told():
    mask = np.zeros((40, 5), dtype=bool)
    mask[:, 0], mask[:38, 1], mask[:20, 2], mask[:17, 3] = True, True, True, True
    sequences = SimpleNamespace(mask=mask)
    told = study._shares_of_visits(sequences, is_real=False)
    real = study._shares_of_visits(sequences, is_real=True)
    np.testing.assert_array_equal(np.isnan(told), [False, False, False, False, True])
    np.testing.assert_array_equal(np.isnan(real), [False, True, False, True, True])


# --- models that see more than they may ------------------------------------------------------


def test_the_target_stays_while_the_window_grows(drawn):
    honest, later = study._features_until(drawn, 3), study._features_until(drawn, 9)
    pd.testing.assert_frame_equal(honest, drawn.features)
    assert later.index.equals(honest.index)
    assert (later["maximum_alsfrs_total"] >= honest["maximum_alsfrs_total"]).all()
    assert later.notna().sum().sum() > honest.notna().sum().sum()


def test_a_model_trained_on_later_features_predicts_from_early_ones():
    later = pd.DataFrame({"x": [0.0, 1.0, 2.0]})
    both = pd.concat([later * 0 + 5, later.add_prefix(fits.LATER)], axis=1)
    model = fits._TrainedOnLater(LinearRegression()).fit(both, 2 * later["x"])
    np.testing.assert_allclose(model.predict(both), [10.0, 10.0, 10.0])


def test_every_window_is_predicted_by_both_models_in_both_uses(monkeypatch, drawn):
    calls = []

    def remember(inputs, model, *, size, seed):
        assert size == (7 if model == "forest" else 0)
        calls.append(sum(name.startswith(fits.LATER) for name in inputs.features))
        facts = {"patient": inputs.target.index, "model": model, "observed": inputs.target}
        return pd.DataFrame(facts).assign(split="train", repeat=0, fold=0, predicted=0.0)

    monkeypatch.setattr(study, "cross_validate_reference", remember)
    monkeypatch.setattr(study, "cross_validate_on_later", remember)
    predictions = study.predict_with_windows(drawn, n_trees=7, n_folds=2, seed=0)
    assert set(predictions["model"]) == set(study.TITLES)
    sizes = predictions.groupby(["model", "months", "use"]).size()
    assert len(sizes) == 2 * 4 * 2
    assert (sizes == len(drawn.cohort.patients)).all()
    assert (calls.count(0), len(calls)) == (2 * 4, 2 * 4 + 2 * 3)


@pytest.mark.parametrize(("model", "size"), [(EARLY_SLOPE, 0), ("forest", 3)])
def test_trained_on_the_same_window_a_model_is_the_same(drawn, model, size):
    columns = ["slope_alsfrs_total", "first_alsfrs_total"]
    honest, slope = drawn.features[columns], drawn.cohort.patients["slope"]
    both = pd.concat([honest, honest.add_prefix(fits.LATER)], axis=1)
    folds = make_folds(honest.index, n_folds=2, seed=0, strata=slope)
    how = {"model": model, "size": size, "seed": 4}
    one = study.cross_validate_reference(make_inputs(honest, slope, folds), **how)
    other = fits.cross_validate_on_later(make_inputs(both, slope, folds), **how)
    pd.testing.assert_frame_equal(one, other)


@pytest.fixture(scope="module")
def two_windows():
    """Predictions of each window: as published perfect after nine months, in use worthless."""
    rng = np.random.default_rng(1)
    observed, noise = rng.normal(size=(2, 60))
    facts = {"patient": np.arange(60), "split": "train", "repeat": 0, "fold": 0}
    frames = []
    for model in study.TITLES:
        for months in study.WINDOWS:
            for use in study.USES:
                known = months / 9 if use == study.IN_STUDY else 0.1
                frame = pd.DataFrame(facts | {"model": model, "months": months, "use": use})
                predicted = known * observed + 0.2 * (1 - known) * noise
                frames.append(frame.assign(observed=observed, predicted=predicted))
    return pd.concat(frames, ignore_index=True)


def test_windows_are_scored_apart_and_compared_in_pairs(two_windows):
    scores = study.score_windows(two_windows, 200)
    prices = study.price_windows(two_windows, 200)
    assert len(scores) == 2 * 4 * 2 * 3
    assert len(prices) == 2 * 3 * 2 * 3
    order = scores[["model", "use", "months"]].drop_duplicates()
    assert list(order["model"].unique()) == list(study.TITLES)
    assert list(order["use"].iloc[[0, -1]]) == list(study.USES)
    assert list(order["months"].iloc[:4]) == list(study.WINDOWS)
    key = ["model", "use", "months", "metric"]
    table = scores.set_index(key)["estimate"]
    for row in prices.to_dict("records"):
        place = (row["model"], row["use"])
        gap = table[(*place, row["months"], row["metric"])] - table[(*place, 3, row["metric"])]
        assert row["estimate"] == pytest.approx(gap)
    words = tables.tabulate_windows(prices, ("r2",))
    assert list(words.columns) == ["Model", "Tested", "Trained on", "R²"]
    assert len(words) == 12
    assert study.label_windows(scores, "r2")["label"].nunique() == 4
    r2 = study.forest_r2(scores)
    assert study.explained(r2[study.IN_STUDY, 9]) == "100%"
    assert study.explained({"estimate": -0.1}).startswith("less than nothing")


# --- figures -----------------------------------------------------------------------------


@pytest.fixture
def _closing():
    yield
    pyplot.close("all")


@pytest.mark.usefixtures("_closing")
def test_missing_shares_are_drawn_also_where_one_is_withheld():
    frame = pd.DataFrame(
        {"title": list("abc"), "missing": [0.1, np.nan, 0.4], "missing_slope": [0.35, 0.2, 0.5]}
    )
    ax = figures.plot_missing(frame)
    assert len(ax.get_yticks()) == 3
    words = figures.describe_missing(frame)
    assert "3 measures" in words
    assert "1 are missing in at most 30%; 1 of these" in words
    assert "c (40%)" in words


@pytest.mark.usefixtures("_closing")
@pytest.mark.parametrize("low", [0.0, -0.5])
def test_a_heatmap_is_drawn_or_said_to_be_unknown(low):
    frame = pd.DataFrame([[1.0, low], [0.0, 0.97]], index=["a", "b"], columns=["x", "y"])
    figures.plot_blocks(frame, label="share", columns=low == 0)
    assert "2 rows and 2 columns. 50%" in figures.describe_blocks(frame, "Share")
    figures.plot_blocks(pd.DataFrame())
    words = figures.describe_blocks(pd.DataFrame(), "Share")
    assert words == "Share: not known for these patients."


@pytest.mark.usefixtures("_closing")
def test_sequences_are_drawn_with_visits_that_nobody_has():
    frame = pd.DataFrame(
        {
            "visit": [1, 2, 3],
            "month": [0.0, 1.0, np.nan],
            "share": [1.0, np.nan, np.nan],
            "Speech": [3.5, 3.0, np.nan],
            "Walking": [2.0, 1.0, np.nan],
        }
    )
    ax = figures.plot_sequence(frame)
    heads = [tick.get_text() for tick in ax.get_xticklabels()]
    assert "100% have it" in heads[0]
    assert "nan" not in " ".join(heads)
    words = figures.describe_sequence(frame)
    assert "mean item 2.75" in words
    assert "nan" not in words


@pytest.mark.usefixtures("_closing")
def test_windows_are_a_line_for_each_label():
    frame = pd.DataFrame(
        {
            "label": ["m", "m", "n", "n"],
            "months": [3, 9, 3, 9],
            "estimate": [0.1, 0.7, 0.1, -0.2],
            "low": [0.0, 0.6, 0.0, -0.3],
            "high": [0.2, 0.8, 0.2, -0.1],
        }
    )
    ax = figures.plot_windows(frame, ylabel="R²")
    assert len(ax.get_legend().get_texts()) == 2
    words = figures.describe_windows(frame, "R²")
    assert "m: 0.10 with 3 months, 0.70 with 9 months" in words
