"""What the comparison says follows from predictions alone, and its words from its numbers."""

import numpy as np
import pandas as pd
import pytest

from alsnb.evaluation import repeated
from alsnb.lessons.baselines import baseline_lesson
from alsnb.lessons.comparison import choosing, comparison_quality, comparison_words, repeated_fits
from alsnb.lessons.comparison import figures as drawing
from alsnb.published import read_published
from alsnb.schema import PREDICTIONS
from alsnb.splits import hold_out, make_folds
from alsnb.study import ceiling
from alsnb.study import compare as comparison
from alsnb.study.references import MEMBERS, TITLES
from alsnb.study.task import Task

MODELS = [name for name in TITLES if name not in ("carried", "oracle")]
N_PATIENTS = 300


def draw_predictions(
    noises: dict[str, float], *, n_repeats: int = 2, n_folds: int = 1, seed: int = 0
) -> pd.DataFrame:
    """Return predictions that are what is knowable plus noise of the model's own size."""
    rng = np.random.default_rng(seed)
    known = rng.standard_normal(N_PATIENTS) * 0.3 - 0.7
    observed = known + 0.4 * rng.standard_normal(N_PATIENTS)
    frames = []
    for repeat in range(n_repeats):
        fold = rng.permutation(N_PATIENTS) % n_folds
        for model, noise in noises.items():
            predicted = known + noise * rng.standard_normal(N_PATIENTS)
            if model == "mean":
                predicted = np.full(N_PATIENTS, -0.7)
            columns = {"patient": np.arange(N_PATIENTS), "model": model, "split": "test"}
            columns |= {"repeat": repeat, "fold": fold, "observed": observed}
            frames.append(pd.DataFrame(columns | {"predicted": predicted}))
    return pd.concat(frames, ignore_index=True)[list(PREDICTIONS)]


@pytest.fixture(scope="module")
def test_rows():
    noises = dict.fromkeys(MODELS, 0.2) | {"early_slope": 0.9, "ffnn": 0.02, "onset": 0.6}
    return draw_predictions(noises)


def test_table2_sets_each_printed_number_beside_ours(test_rows):
    table = comparison.make_table2(test_rows, "smoke")
    printed = read_published()["paper_a"]["table2"]
    row = table[(table["model"] == "ffnn_cnn") & (table["metric"] == "rmsd")].iloc[0]
    assert row["published"] == printed["FFNN+CNN"]["rmsd"]
    assert [row["published_low"], row["published_high"]] == printed["FFNN+CNN"]["rmsd_ci"]
    assert row["difference"] == pytest.approx(row["estimate"] - row["published"])
    own = table[~table["model"].isin(comparison.PRINTED)]
    assert own[["published", "difference"]].isna().all(axis=None)
    assert list(table["model"].unique()) == MODELS
    assert list(table.columns[-4:]) == ["estimate", "low", "high", "difference"]


def test_only_the_first_seed_is_the_result(test_rows):
    spoiled = test_rows.assign(
        predicted=test_rows["predicted"].where(test_rows["repeat"] == 0, 9.0)
    )
    pd.testing.assert_frame_equal(
        comparison.score_models(spoiled, "smoke"), comparison.score_models(test_rows, "smoke")
    )


def test_what_printed_numbers_imply_is_worked_out():
    table = pd.DataFrame(
        [
            {"model": model, "metric": metric, "estimate": value}
            for model in (*comparison.PRINTED, *comparison.QUOTED)
            for metric, value in (("rmsd", 0.6), ("pcc", 0.6))
        ]
    )
    row = comparison.explain_table2(table).set_index("model").loc["bart"]
    assert row["explained_here"] == pytest.approx(0.36)
    assert row["sd_here"] == pytest.approx(0.6 / 0.8)
    assert row["explained"] == pytest.approx(0.472**2)
    assert row["patients"] == "of a third study"


def test_the_family_of_pairs_is_adjusted_together(test_rows):
    pairs = comparison.compare_networks(test_rows, "smoke")
    assert len(pairs) == 6 * len(comparison.PAIRED)
    for _, rows in pairs.groupby("metric"):
        worst = rows["p_value"].min()
        assert rows["p_holm"].min() == pytest.approx(min(1.0, 6 * worst))


def test_words_of_a_family_follow_its_numbers(test_rows):
    text = comparison_words.word_family(comparison.compare_with_forest(test_rows, "book"))
    better, worse, _ = text.split(";")
    assert "FFNN" in better
    assert "Line on the early slope" in worse
    assert "adjusted for 12 comparisons" in text


def test_words_of_equal_models_claim_nothing():
    rows = draw_predictions(dict.fromkeys(("forest", "ffnn", "cnn"), 0.0))
    text = comparison_words.word_family(comparison.compare_with_forest(rows, "smoke"))
    assert "better than the random forest: none; worse: none" in text


def test_words_of_pairs_count_those_that_differ(test_rows):
    little = comparison.compare_with_little(test_rows, "book")
    assert comparison_words.word_pairs(little).startswith("Of 8 pairs, 8 differ")


def test_spread_over_seeds_is_nothing_for_equal_seeds(test_rows):
    once = test_rows[test_rows["repeat"] == 0]
    both = pd.concat([once, once.assign(repeat=1)], ignore_index=True)
    spread = comparison.spread_over_seeds(both)
    defined = spread["sd"].dropna()
    np.testing.assert_allclose(defined, 0.0, atol=1e-12)
    assert comparison_words.word_seeds(comparison.spread_over_seeds(once)).startswith("With a")


# --- the ceiling ---------------------------------------------------------------------------


def best_guess(rows: pd.DataFrame) -> pd.Series:
    own = rows[(rows["model"] == "ffnn") & (rows["repeat"] == 0)]
    return own.set_index("patient")["observed"] * 0.99


def test_nothing_beats_an_oracle_that_knows_nearly_all(test_rows):
    below = ceiling.measure_ceiling(test_rows, best_guess(test_rows), "smoke")
    r2 = below[below["metric"] == "r2"]
    assert (r2["high"] < 0).all()
    assert (r2["share_of_oracle"] < 1).all()
    assert ceiling.word_ceiling(below).startswith("No model lies above it")


def test_patients_without_an_oracle_are_left_out(test_rows):
    oracle = best_guess(test_rows)
    oracle.iloc[:40] = np.nan
    rows = ceiling.with_oracle(test_rows, oracle)
    assert rows.groupby("model")["patient"].nunique().eq(N_PATIENTS - 40).all()


def test_real_patients_have_no_ceiling(test_rows):
    below = ceiling.measure_ceiling(test_rows, None, "smoke")
    assert below.empty
    assert "no truth" in ceiling.word_ceiling(below)
    assert ceiling.word_table(below).empty
    assert "0 models" in drawing.describe_ceiling(below, TITLES)
    drawing.plot_ceiling(below, TITLES)
    quality = comparison_quality.check_quality(test_rows, below, "smoke")
    assert "oracle" not in " ".join(quality["demand"])


def test_demands_that_are_missed_are_named():
    noises = {"forest": 0.02, "early_slope": 0.9, "onset": 0.2, "ffnn_cnn": 0.05}
    rows = draw_predictions(noises | {"ffnn": 0.05, "cnn": 0.6, "rnn": 0.05})
    quality = comparison_quality.check_quality(
        rows, ceiling.measure_ceiling(rows, best_guess(rows), "smoke"), "smoke"
    )
    missed = quality[~quality["held"].astype(bool)]
    assert set(missed["model"]) == {"cnn"}
    assert "CNN" in comparison_quality.word_quality(quality)
    assert len(drawing.tabulate_quality(quality, TITLES)) == len(quality)


# --- repeats and splits -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def repeats():
    noises = {"onset": 0.6, "forest": 0.2, "ffnn": 0.2, "cnn": 0.3, "rnn": 0.3}
    return draw_predictions(noises, n_repeats=2, n_folds=5, seed=1)


def test_the_corrected_interval_is_worked_out_by_hand():
    mean, low, high = repeated.correct_interval(np.array([1.0, 2.0, 3.0]), 0.25)
    half = 4.30265 * np.sqrt((1 / 3 + 0.25) * 1.0)
    assert [mean, low, high] == pytest.approx([2.0, 2.0 - half, 2.0 + half], abs=1e-4)


def test_one_fold_has_no_corrected_interval():
    mean, low, high = repeated.correct_interval(np.array([0.5]), 0.25)
    assert mean == 0.5
    assert np.isnan([low, high]).all()


def test_the_corrected_interval_is_wider_than_that_of_independent_folds(repeats):
    over = repeated.compare_repeated(repeats, "smoke")
    onset = over[(over["model"] == "onset") & (over["metric"] == "r2")].iloc[0]
    assert onset["corrected_high"] < 0
    assert onset["corrected_low"] < onset["fold_mean"] < onset["corrected_high"]
    assert onset["fold_mean"] == pytest.approx(onset["estimate"], abs=0.15)


def test_drawn_test_sets_hold_the_difference_on_all_patients(repeats):
    table = repeated.draw_test_sets(repeats, share=0.25, profile="smoke", seed=0)
    row = table.set_index("model").loc["onset"]
    assert row["n_patients"] == 75
    assert row["low"] < row["estimate"] < row["high"]
    assert row["ahead"] == 0
    wide = repeats[repeats["repeat"] == 0].pivot_table(
        index=["patient", "observed"], columns="model", values="predicted"
    )
    observed = wide.index.get_level_values("observed").to_numpy()
    error = ((wide.T - observed) ** 2).mean(axis=1) / np.var(observed)
    assert row["estimate"] == pytest.approx(error["forest"] - error["onset"])
    assert "75 patients" in repeated.word_test_sets(table)
    assert len(repeated.word_set_table(table)) == 4


def test_both_designs_hold_the_models_they_share(repeats, test_rows):
    over = repeated.compare_repeated(repeats, "smoke")
    gaps = comparison.compare_with_forest(test_rows, "smoke")
    both = repeated.beside_split(gaps, over, TITLES)
    assert both.groupby("design")["label"].nunique().tolist() == [4, 4]
    drawing.plot_both_designs(both)
    assert "FFNN" in drawing.describe_both_designs(both, "R²")


def make_line_task(n_patients: int = 120) -> Task:
    """Return a task whose slopes follow the time since onset."""
    rng = np.random.default_rng(4)
    keys = pd.Index(np.arange(n_patients), name="subject_id")
    names = ["slope_alsfrs_total", "log_onset_delta", "a"]
    table = pd.DataFrame(rng.standard_normal((n_patients, 3)), index=keys, columns=names)
    target = (0.5 * table["log_onset_delta"] + 0.3 * rng.standard_normal(n_patients)).rename(
        "slope"
    )
    split = hold_out(keys, share=0.25, seed=1)
    folds = make_folds(split.train, n_folds=2, seed=1, strata=target.loc[split.train])
    return Task(
        predictors=table,
        target=target,
        split=split,
        folds=folds,
        features=("slope_alsfrs_total", "a"),
        questionnaire_features=(),
    )


def test_random_splits_are_compared_and_summed_up(monkeypatch):
    monkeypatch.setattr(repeated_fits, "n_cores", lambda: 1)
    splits = repeated_fits.try_splits(make_line_task(), profile="smoke", seed=0)
    assert sorted(splits["split"].unique()) == [1, 2, 3]
    assert set(splits["model"]) == {"onset", "ridge"}
    summary = repeated.summarize_splits(splits)
    assert (summary["lowest"] <= summary["mean"]).all()
    assert (summary["n_splits"] == 3).all()
    assert "of 3 splits" in repeated.word_splits(summary)
    each = splits.assign(label=splits["model"])
    drawing.plot_splits(each)
    assert "3 random splits" in drawing.describe_splits(each, "Difference")


# --- choosing after looking --------------------------------------------------------------------


def test_choosing_among_equal_models_gains_where_one_looks_and_nowhere_else():
    rows = draw_predictions(dict.fromkeys(MEMBERS, 0.25), seed=3)
    halvings = choosing.choose_after_looking(rows, profile="book", seed=0)
    assert (halvings["seen"] >= 0).all()
    look = choosing.measure_look(halvings).set_index("label")["estimate"]
    assert look["Where it was chosen"] > look["In the other half"]
    assert look["What the look is worth"] > 0
    assert "1,000 halvings" in choosing.word_look(halvings)


def test_there_are_as_many_ensembles_as_sets_of_two_or_more():
    assert len(choosing.list_candidates(MEMBERS)) == 2**7 - 7 - 1
    assert len(choosing.list_candidates(("ffnn", "cnn", "rnn"))) == 4


# --- the lesson on baselines ---------------------------------------------------------------------


def test_the_early_slope_is_carried_and_its_gaps_take_the_training_mean():
    task = make_line_task()
    task.predictors.loc[task.split.test[:5], "slope_alsfrs_total"] = np.nan
    rows = pd.DataFrame({"patient": task.split.test, "model": "mean", "split": "test"})
    rows = rows.assign(repeat=0, fold=0, observed=0.0, predicted=0.0)[list(PREDICTIONS)]
    both = baseline_lesson.add_carried(rows, task)
    carried = both[both["model"] == "carried"].set_index("patient")["predicted"]
    expected = task.predictors["slope_alsfrs_total"].loc[task.split.test[5:]]
    np.testing.assert_array_equal(carried.loc[task.split.test[5:]], expected)
    np.testing.assert_allclose(
        carried.loc[task.split.test[:5]], task.target.loc[task.split.train].mean()
    )


def test_the_mean_has_no_correlation(test_rows):
    noisy = test_rows.assign(split="train")
    scores = baseline_lesson.score_references(noisy, "smoke")
    own = scores[scores["model"] == "mean"].set_index("metric")
    assert np.isnan(own.loc["pcc", "estimate"])
    assert np.isfinite(own.loc["rmsd", "estimate"])
    assert "In R²" in baseline_lesson.word_ladder(scores)
    quoted = baseline_lesson.beside_quoted(scores)
    assert list(quoted["model"].unique()) == ["forest", "bart"]


def test_an_easier_half_has_the_lower_rmsd_of_the_same_model(test_rows):
    groups = pd.Series(
        np.where(np.arange(N_PATIENTS) % 2, baseline_lesson.LONG, baseline_lesson.SHORT)
    )
    calm = test_rows["patient"].map(groups) == baseline_lesson.LONG
    squeezed = test_rows.assign(
        observed=test_rows["observed"].where(~calm, -0.7 + 0.2 * (test_rows["observed"] + 0.7)),
        predicted=test_rows["predicted"].where(~calm, -0.7 + 0.2 * (test_rows["predicted"] + 0.7)),
    )
    gaps = baseline_lesson.compare_halves(squeezed, groups, "smoke").set_index(["model", "metric"])
    assert gaps.loc[("forest", "rmsd"), "high"] < 0
    assert gaps.loc[("mean", "rmsd"), "high"] < 0
    assert abs(gaps.loc[("forest", "r2"), "estimate"]) < 0.2
    assert "would beat a forest" in baseline_lesson.word_halves(gaps.reset_index())
    assert len(baseline_lesson.score_halves(squeezed, groups, "smoke")) == 12


def test_timings_carry_a_spread_in_their_own_shape():
    times = pd.DataFrame(
        {
            "model": ["linear", "forest", "ffnn"],
            "published": np.nan,
            "estimate": [0.001, 1.0, 2.0],
            "low": [0.001, 1.0, 2.0],
            "high": [0.002, 3.0, 2.1],
            "difference": np.nan,
            "ratio": [1.0, 1000.0, 2000.0],
        }
    )
    spread = baseline_lesson.spread_of_times(times)
    assert list(spread.columns) == list(times.columns)
    assert spread["estimate"].tolist() == pytest.approx([0.001, 2.0, 1.0])
    shown = baseline_lesson.word_times(times)
    assert shown["Fastest"].tolist() == ["1.0 ms", "1.0 s", "2.0 s"]


def test_tables_have_a_row_for_every_model(test_rows):
    table = comparison.make_table2(test_rows, "smoke")
    assert drawing.tabulate_table2(table, TITLES)["Model"].tolist() == [TITLES[m] for m in MODELS]
    assert len(drawing.tabulate_explained(comparison.explain_table2(table), TITLES)) == 24
    pairs = comparison.compare_networks(test_rows, "smoke")
    assert len(drawing.tabulate_pairs(pairs, TITLES)) == 6
    assert len(drawing.tabulate_seeds(comparison.spread_over_seeds(test_rows), TITLES)) == len(
        MODELS
    )
    assert "printed for the networks" in comparison_words.word_match(table)
    assert "Random forest" in comparison_words.word_choice(
        test_rows[test_rows["model"].isin(["forest", "onset"]) & (test_rows["repeat"] == 0)]
    )
