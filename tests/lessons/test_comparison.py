"""What the comparison and the baselines say follows from predictions alone."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alsnb.evaluation import ceiling, repeated
from alsnb.evaluation.repeats import spread_over_seeds
from alsnb.lessons.baselines import study as baselines
from alsnb.lessons.baselines.tables import tabulate_times
from alsnb.lessons.comparison import figures, study, tables
from alsnb.published import read_published
from alsnb.report import say
from alsnb.report.scores import tabulate_groups
from alsnb.schema import PREDICTIONS
from alsnb.splits import hold_out, make_folds
from alsnb.study import compare
from alsnb.study.references import MEMBERS
from alsnb.study.task import SlopeTask
from alsnb.vocabulary import MODEL_TITLES, PAIRED

MODELS = [name for name in MODEL_TITLES if name not in ("carried", "oracle")]
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
    table = compare.make_table2(test_rows, 200)
    printed = read_published()["paper_a"]["table2"]
    row = table[(table["model"] == "ffnn_cnn") & (table["metric"] == "rmsd")].iloc[0]
    assert row["published"] == printed["FFNN+CNN"]["rmsd"]
    assert [row["published_low"], row["published_high"]] == printed["FFNN+CNN"]["rmsd_ci"]
    assert row["difference"] == pytest.approx(row["estimate"] - row["published"])
    own = table[~table["model"].isin(compare.PRINTED)]
    assert own[["published", "difference"]].isna().all(axis=None)
    assert list(table["model"].unique()) == MODELS
    assert list(table.columns[-4:]) == ["estimate", "low", "high", "difference"]


def test_only_the_first_seed_is_the_result(test_rows):
    spoiled = test_rows.assign(
        predicted=test_rows["predicted"].where(test_rows["repeat"] == 0, 9.0)
    )
    pd.testing.assert_frame_equal(
        compare.score_models(spoiled, 200), compare.score_models(test_rows, 200)
    )


def test_what_printed_numbers_imply_is_worked_out():
    table = pd.DataFrame(
        [
            {"model": model, "metric": metric, "estimate": value}
            for model in (*compare.PRINTED, *compare.QUOTED)
            for metric, value in (("rmsd", 0.6), ("pcc", 0.6))
        ]
    )
    row = study.explain_table2(table).set_index("model").loc["bart"]
    assert row["explained_here"] == pytest.approx(0.36)
    assert row["sd_here"] == pytest.approx(0.6 / 0.8)
    assert row["explained"] == pytest.approx(0.472**2)
    assert row["patients"] == "of a third study"


def test_the_family_of_pairs_is_adjusted_together(test_rows):
    pairs = study.compare_networks(test_rows, 200)
    assert len(pairs) == 6 * len(PAIRED)
    for _, rows in pairs.groupby("metric"):
        worst = rows["p_value"].min()
        assert rows["p_holm"].min() == pytest.approx(min(1.0, 6 * worst))


def test_the_words_of_a_family_follow_its_numbers(test_rows):
    words = say.family(compare.compare_with_forest(test_rows, 2000))
    assert "FFNN" in words["better"]
    assert "Line on the early slope" in words["worse"]
    assert words["n"] == test_rows["model"].nunique() - 1


def test_of_equal_models_none_is_better_or_worse():
    rows = draw_predictions(dict.fromkeys(("forest", "ffnn", "cnn"), 0.0))
    words = say.family(compare.compare_with_forest(rows, 200))
    assert (words["better"], words["worse"]) == ("none", "none")


def test_pairs_that_differ_are_counted_and_named(test_rows):
    found = study.name_differing(study.compare_with_little(test_rows, 2000))
    assert (found["n"], found["differing"]) == (8, 8)
    assert "FFNN against Line on log onset delta (better)" in found["named"]


def test_spread_over_seeds_is_nothing_for_equal_seeds(test_rows):
    once = test_rows[test_rows["repeat"] == 0]
    both = pd.concat([once, once.assign(repeat=1)], ignore_index=True)
    spread = spread_over_seeds(both)
    defined = spread["sd"].dropna()
    np.testing.assert_allclose(defined, 0.0, atol=1e-12)
    assert study.find_restless(spread_over_seeds(once)) == {}
    assert study.find_restless(spread_over_seeds(test_rows))["n_seeds"] == 2


# --- the ceiling ---------------------------------------------------------------------------


def best_guess(rows: pd.DataFrame) -> pd.Series:
    own = rows[(rows["model"] == "ffnn") & (rows["repeat"] == 0)]
    return own.set_index("patient")["observed"] * 0.99


def test_nothing_beats_an_oracle_that_knows_nearly_all(test_rows):
    below = ceiling.measure_ceiling(test_rows, best_guess(test_rows), 200)
    r2 = below[below["metric"] == "r2"]
    assert (r2["high"] < 0).all()
    assert (r2["share_of_oracle"] < 1).all()
    assert study.find_nearest(below)["above"] == 0
    assert study.find_nearest(below)["model"] == "FFNN"


def test_patients_without_an_oracle_are_left_out(test_rows):
    oracle = best_guess(test_rows)
    oracle.iloc[:40] = np.nan
    rows = ceiling.with_oracle(test_rows, oracle)
    assert rows.groupby("model")["patient"].nunique().eq(N_PATIENTS - 40).all()


def test_real_patients_have_no_ceiling(test_rows):
    below = ceiling.measure_ceiling(test_rows, None, 200)
    assert below.empty
    assert study.find_nearest(below) == {}
    assert tables.tabulate_ceiling(below).empty
    assert "0 models" in figures.describe_ceiling(below)
    figures.plot_ceiling(below)
    quality = study.check_quality(test_rows, below, 200)
    assert "oracle" not in " ".join(quality["demand"])


def test_demands_that_are_missed_are_named():
    noises = {"forest": 0.02, "early_slope": 0.9, "onset": 0.2, "ffnn_cnn": 0.05}
    rows = draw_predictions(noises | {"ffnn": 0.05, "cnn": 0.6, "rnn": 0.05})
    quality = study.check_quality(rows, ceiling.measure_ceiling(rows, best_guess(rows), 200), 200)
    missed = quality[~quality["held"].astype(bool)]
    assert set(missed["model"]) == {"cnn"}
    assert "CNN" in study.count_met(quality)["missed"]
    assert len(tables.tabulate_quality(quality)) == len(quality)


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
    over = repeated.compare_repeated(repeats, "forest", 200)
    onset = over[(over["model"] == "onset") & (over["metric"] == "r2")].iloc[0]
    assert onset["corrected_high"] < 0
    assert onset["corrected_low"] < onset["fold_mean"] < onset["corrected_high"]
    assert onset["fold_mean"] == pytest.approx(onset["estimate"], abs=0.15)


def test_drawn_test_sets_hold_the_difference_on_all_patients(repeats):
    table = repeated.draw_test_sets(repeats, "forest", share=0.25, n_sets=50, seed=0)
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
    assert [one["model"] for one in study.list_ahead(table)] == ["FFNN", "CNN", "RNN"]
    assert len(tables.tabulate_sets(table)) == 4


def test_both_designs_hold_the_models_they_share(repeats, test_rows):
    over = repeated.compare_repeated(repeats, "forest", 200)
    gaps = compare.compare_with_forest(test_rows, 200)
    both = study.beside_split(gaps, over)
    assert both.groupby("design")["label"].nunique().tolist() == [4, 4]
    figures.plot_both_designs(both)
    assert "FFNN" in figures.describe_both_designs(both, "R²")


def make_line_task(n_patients: int = 120) -> SlopeTask:
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
    return SlopeTask(
        predictors=table,
        target=target,
        split=split,
        folds=folds,
        features=("slope_alsfrs_total", "a"),
        questionnaire_features=(),
    )


def test_random_splits_are_compared_and_summed_up(monkeypatch):
    monkeypatch.setattr(study, "n_cores", lambda: 1)
    splits = study.try_splits(make_line_task(), study.EFFORTS["smoke"], seed=0)
    assert sorted(splits["split"].unique()) == [1, 2, 3]
    assert set(splits["model"]) == {"onset", "ridge"}
    summary = study.summarize_splits(splits)
    assert (summary["lowest"] <= summary["mean"]).all()
    assert (summary["n_splits"] == 3).all()
    assert splits.groupby("split")["forest"].std().eq(0).all()
    each = splits.assign(label=splits["model"])
    figures.plot_splits(each)
    assert "3 random splits" in figures.describe_splits(each, "Difference")


# --- choosing after looking --------------------------------------------------------------------


def test_choosing_among_equal_models_gains_where_one_looks_and_nowhere_else():
    rows = draw_predictions(dict.fromkeys(MEMBERS, 0.25), seed=3)
    halvings = study.choose_after_looking(rows, n_halvings=1000, seed=0)
    assert (halvings["seen"] >= 0).all()
    looks = study.measure_looks({"Pool": halvings}).set_index("label")["estimate"]
    assert looks["Pool: where it was chosen"] > looks["Pool: in the other half"]
    assert looks["Pool: what the look is worth"] > 0
    assert study.name_chosen(halvings)["n"] == "1,000"


# --- the lesson on baselines ---------------------------------------------------------------------


def test_the_early_slope_is_carried_and_its_gaps_take_the_training_mean():
    task = make_line_task()
    task.predictors.loc[task.split.test[:5], "slope_alsfrs_total"] = np.nan
    rows = pd.DataFrame({"patient": task.split.test, "model": "mean", "split": "test"})
    rows = rows.assign(repeat=0, fold=0, observed=0.0, predicted=0.0)[list(PREDICTIONS)]
    both = baselines.add_carried(rows, task)
    carried = both[both["model"] == "carried"].set_index("patient")["predicted"]
    expected = task.predictors["slope_alsfrs_total"].loc[task.split.test[5:]]
    np.testing.assert_array_equal(carried.loc[task.split.test[5:]], expected)
    np.testing.assert_allclose(
        carried.loc[task.split.test[:5]], task.target.loc[task.split.train].mean()
    )


def test_the_mean_has_no_correlation(test_rows):
    noisy = test_rows.assign(split="train")
    scores = baselines.score_references(noisy, 200)
    own = scores[scores["model"] == "mean"].set_index("metric")
    assert np.isnan(own.loc["pcc", "estimate"])
    assert np.isfinite(own.loc["rmsd", "estimate"])
    rungs = baselines.find_rungs(scores, "{model}: {r2}")
    assert rungs["lines"].startswith("line on the early slope: ")
    assert rungs["best"] == "FFNN"
    quoted = baselines.beside_quoted(scores)
    assert list(quoted["model"].unique()) == ["forest", "bart"]


def test_an_easier_half_has_the_lower_rmsd_of_the_same_model(test_rows):
    groups = pd.Series(np.where(np.arange(N_PATIENTS) % 2, baselines.LONG, baselines.SHORT))
    calm = test_rows["patient"].map(groups) == baselines.LONG
    squeezed = test_rows.assign(
        observed=test_rows["observed"].where(~calm, -0.7 + 0.2 * (test_rows["observed"] + 0.7)),
        predicted=test_rows["predicted"].where(~calm, -0.7 + 0.2 * (test_rows["predicted"] + 0.7)),
    )
    gaps = baselines.compare_halves(squeezed, groups, 200).set_index(["model", "metric"])
    assert gaps.loc[("forest", "rmsd"), "high"] < 0
    assert gaps.loc[("mean", "rmsd"), "high"] < 0
    assert abs(gaps.loc[("forest", "r2"), "estimate"]) < 0.2
    assert baselines.spell_halves(gaps.reset_index())["misleads"]
    assert len(baselines.score_halves(squeezed, groups, 200)) == 12


@pytest.mark.parametrize("known", [0, 1, 8])
def test_without_the_time_since_onset_there_are_no_halves(test_rows, known):
    patients = pd.Index(test_rows["patient"].unique())
    onset = pd.Series(np.nan, index=patients)
    onset.iloc[:known] = np.arange(known)
    task = SimpleNamespace(
        predictors=onset.to_frame("log_onset_delta"), split=SimpleNamespace(test=patients)
    )
    groups = baselines.group_by_illness(task)
    assert groups.empty
    assert baselines.compare_halves(test_rows, groups, 50).empty
    assert tabulate_groups(baselines.score_halves(test_rows, groups, 50)).empty
    task.predictors.iloc[:20, 0] = np.arange(20.0)
    assert baselines.group_by_illness(task).value_counts().to_dict() == {
        baselines.LONG: 10,
        baselines.SHORT: 10,
    }


def test_a_constant_has_no_correlation_in_any_fold_and_is_compared_all_the_same(repeats):
    both = repeats[repeats["model"].isin(["forest", "onset"])]
    both = both.assign(predicted=both["predicted"].mask(both["model"] == "onset", -0.7))
    over = repeated.compare_repeated(both, "forest", 20).set_index("metric")
    assert np.isnan(over.loc["pcc", "fold_mean"])
    assert np.isfinite(over.loc["rmsd", "fold_mean"])


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
    spread = baselines.spread_of_times(times)
    assert list(spread.columns) == list(times.columns)
    assert spread["estimate"].tolist() == pytest.approx([0.001, 2.0, 1.0])
    shown = tabulate_times(times)
    assert shown["Fastest"].tolist() == ["1.0 ms", "1.0 s", "2.0 s"]


def test_tables_have_a_row_for_every_model(test_rows):
    table = compare.make_table2(test_rows, 200)
    titles = [MODEL_TITLES[name] for name in MODELS]
    assert tables.tabulate_table2(table)["Model"].tolist() == titles
    assert len(tables.tabulate_explained(study.explain_table2(table))) == 24
    assert len(tables.tabulate_pairs(study.compare_networks(test_rows, 200))) == 6
    assert tables.tabulate_seeds(spread_over_seeds(test_rows))["Model"].tolist() == titles
    assert study.count_inside(table)["n"] == 8
    few = test_rows[test_rows["model"].isin(["forest", "onset"]) & (test_rows["repeat"] == 0)]
    assert study.find_best(few)["best"] == "Random forest"


# --- fresh patients, and the price of a search ---------------------------------------------------


def test_without_fresh_patients_there_is_nothing_to_say():
    none = study.predict_on_fresh(None, study.EFFORTS["smoke"], seed=0)
    gaps = study.compare_on_fresh(none, 200)
    wrong = study.count_wrong(none, gaps, n_patients=40, n_sets=5, seed=0)
    assert none.empty
    assert gaps.empty
    assert wrong.empty
    assert study.spell_wrong(wrong) == {}
    assert study.check_on_fresh(None, none, 200).empty
    assert study.count_met(study.check_on_fresh(None, none, 200))["n"] == 0
    assert tables.tabulate_wrong(wrong).empty
    task = make_line_task()
    how = {"release": "2022", "mess": True, "n_patients": 100, "seed": 0}
    assert study.draw_fresh_patients(task, is_real=True, **how) is None


def test_the_split_is_held_against_fresh_patients(test_rows):
    fresh = draw_predictions(dict.fromkeys(MODELS, 0.2) | {"forest": 0.3}, seed=5)
    split = compare.compare_with_forest(
        draw_predictions(dict.fromkeys(MODELS, 0.3) | {"forest": 0.2}, seed=6), 200
    )
    wrong = study.count_wrong(fresh, split, n_patients=60, n_sets=100, seed=0)
    words = study.spell_wrong(wrong)
    ahead = wrong.set_index("model")["estimate"] > 0
    assert ahead["ffnn"]
    assert words["n_wrong"] == ((wrong["split"] > 0) != (wrong["estimate"] > 0)).sum()
    assert "FFNN" in words["wrong"]
    assert words["n_patients"] == "60"


@pytest.mark.parametrize(
    ("noises", "side"),
    [
        ({"ffnn": 0.02, "forest": 0.5}, "above"),
        ({"ffnn": 0.5, "forest": 0.02}, "below"),
        ({"ffnn": 0.2, "forest": 0.2}, "neither"),
    ],
)
def test_the_verdict_is_on_the_side_of_the_interval(noises, side):
    rows = draw_predictions(dict.fromkeys(("onset", "cnn"), 0.9) | noises, seed=3)
    found = study.judge(rows, 500)
    assert found["side"] == side
    assert (found["network"], found["other"]) == ("FFNN", "random forest")
    assert found["n"] == "300"


def test_the_dearest_search_and_its_gain_are_named():
    prices = pd.DataFrame(
        {
            "model": ["ffnn", "ffnn", "cnn", "cnn"],
            "n_trials": [1, 40, 1, 40],
            "seen": [0.40, 0.46, 0.40, 0.50],
            "unseen": [0.40, 0.45, 0.40, 0.39],
            "price": [0.00, 0.01, 0.00, 0.11],
        }
    )
    words = study.spell_price(prices)
    assert (words["model"], words["n_trials"], words["price"]) == ("CNN", 40, "0.110")
    # the chosen trial reaches 0.39 in the fold left out, one drawn blindly 0.40
    assert (words["gain"], words["direction"]) == ("0.010", "more")


def test_where_both_criteria_choose_the_same_nothing_parts():
    rows = [
        {"model": model, "criterion": criterion, "trial": trial, "estimate": r2}
        for model, criterion, trial, r2 in (
            ("ffnn", "pcc", 3, 0.20),
            ("ffnn", "rmsd", 3, 0.20),
            ("cnn", "pcc", 1, 0.20),
            ("cnn", "rmsd", 5, 0.23),
        )
    ]
    words = study.spell_criteria(pd.DataFrame(rows))
    assert (words["n"], words["n_same"], words["model"]) == (2, 1, "CNN")
    assert words["gap"] == "0.030"
    assert "gap" not in study.spell_criteria(pd.DataFrame(rows[:2]))
