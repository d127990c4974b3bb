"""Fewer features, complete cases and the revised scale: who learns and who is tested."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.fits.inputs import make_inputs
from alsnb.lessons.ablations import study, tables
from alsnb.lessons.ablations.fits import fit_ranked
from alsnb.lessons.ablations.study import COMPLETE, FEW, FIVE, IMPUTED
from alsnb.schema import MODEL, OBSERVED, PREDICTED, PREDICTIONS, REPEAT
from alsnb.splits import hold_out, make_folds
from alsnb.study.search import PROBLEM, search
from alsnb.study.task import SlopeTask

SMALL = {"hidden_sizes": (4, 4, 4), "n_epochs": 2, "batch_size": 64}
EFFORT = study.EFFORTS["smoke"]
HOW = {"n_seeds": 2, "seed": 3}
SPLIT = {"n_folds": 2, "seed": 3, "test_share": 0.25}


def make_small_task(n_patients=120, seed=0):
    """Return a task with the five features and one more; a quarter lacks the slope of FVC."""
    rng = np.random.default_rng(seed)
    patients = pd.Index(np.arange(n_patients) + 1000, name="subject_id")
    names = [*FIVE, "age"]
    columns = [*names, "log_onset_delta", *VISIT_COLUMNS]
    cells = rng.normal(size=(n_patients, len(columns)))
    predictors = pd.DataFrame(cells, index=patients, columns=columns)
    target = predictors["onset_delta"] + 0.3 * pd.Series(rng.normal(size=n_patients), patients)
    predictors.loc[patients[::4], "slope_fvc"] = np.nan
    split = hold_out(patients, share=0.25, seed=seed)
    return SlopeTask(
        predictors=predictors,
        target=target.rename("slope"),
        split=split,
        folds=make_folds(split.train, n_folds=2, seed=seed, strata=target.loc[split.train]),
        features=tuple(names),
        questionnaire_features=FIVE[2:],
    )


@pytest.fixture(scope="module")
def task():
    return make_small_task()


@pytest.fixture
def one_small_trial(monkeypatch):
    """Let every search try one network that trains in a moment."""

    def small(task, network, *, n_trials, seed, fixed):
        return search(task, network, n_trials=1, seed=seed, fixed=SMALL | fixed, n_jobs=1)

    monkeypatch.setattr(study, "search", small)


def test_the_feed_forward_network_gets_five_features_and_the_others_four(task):
    tasks = study.few_tasks(task)
    assert tasks["ffnn"].features == FIVE
    assert tasks["cnn"].features == tasks["rnn"].features == FIVE[:4]


def test_with_few_features_nothing_of_the_questionnaire_is_left_out(task):
    assert task.questionnaire_features
    assert study.few_tasks(task)["cnn"].questionnaire_features == ()


def test_the_five_that_rank_highest_are_found_on_training_patients_only(task):
    best = study.best_features(task, 3)
    assert best[0] == "onset_delta"
    target = task.target.copy()
    target.loc[task.split.test] = 1e3 * task.predictors.loc[task.split.test, "age"]
    changed = dataclasses.replace(task, target=target)
    assert study.best_features(changed, 3) == best
    with pytest.raises(BadInput, match="five"):
        study.choose_five(task, "mine")


def test_complete_cases_share_their_test_patients_and_nobody_is_on_both_sides(task):
    tasks = study._complete_case_tasks(task, **SPLIT)
    imputed, complete = tasks[IMPUTED], tasks[COMPLETE]
    assert imputed.split.test.equals(complete.split.test)
    n_cases = int(task.predictors[list(FIVE)].notna().all(axis=1).sum())
    assert len(complete.split.test) == int(np.ceil(n_cases / 4))
    assert len(complete.split.train) == n_cases - len(complete.split.test)
    assert len(imputed.split.train) == len(task.target) - len(complete.split.test)
    for one in tasks.values():
        assert not set(one.split.train) & set(one.split.test)
        assert sorted(p for fold in one.folds for p in fold.test) == sorted(one.split.train)
    learners = complete.predictors.loc[complete.split.train, list(FIVE)]
    assert learners.notna().all(axis=None)


def test_without_a_complete_case_the_table_says_what_is_missing(task):
    empty = dataclasses.replace(task, predictors=task.predictors.assign(slope_fvc=np.nan))
    trained = study.train_both(empty, EFFORT, seed=3, test_share=0.25)
    assert "complete cases" in trained.problem
    table = study.make_table4(trained, 200)
    assert set(table[MODEL]) == {IMPUTED, COMPLETE}
    assert table["estimate"].isna().all()
    assert (table[PROBLEM] == trained.problem).all()
    assert study.compare_both(trained, 200).empty
    counts = study.count_patients(empty, trained)
    assert counts["n_patients"].tolist() == [120, 0, 0, 0, 0]


@pytest.mark.slow
@pytest.mark.usefixtures("one_small_trial")
def test_few_features_are_searched_trained_and_set_beside_the_printed_table(task):
    tasks = study.few_tasks(task)
    found = study.search_each(tasks, n_trials=1, seed=3)
    assert all(one.best.n_features is None for one in found.values())
    few = study.predict_few(tasks, found, **HOW)
    assert set(few[MODEL]) == set(FEW.values())
    table = study.make_table(few, "table3", 200)
    printed = table[table["metric"].isin(["rmsd", "pcc"])]
    assert printed["published"].notna().all()
    assert np.allclose(printed["difference"], printed["estimate"] - printed["published"])
    assert table[table["metric"] == "r2"]["published"].isna().all()
    spread = study.spread_of(few, "table3")
    # the patients, and with them the spread of their slopes, are the same from every seed
    moves = spread["metric"] != "sd_observed"
    assert (spread.loc[moves, "estimate"] > 0).all()
    assert spread.loc[~moves, "estimate"].eq(0).all()
    assert spread[["published", "low", "difference"]].isna().all(axis=None)
    assert spread[[MODEL, "metric"]].equals(table[[MODEL, "metric"]])
    settings = tables.tabulate_searches(found, tables.TITLES)
    assert "n_filters" in set(settings["setting"])
    losses = pd.DataFrame(
        [
            ["ffnn_few", "ffnn", "pcc", -0.04, -0.06, -0.02],
            ["cnn_few", "cnn", "pcc", -0.01, -0.03, 0.01],
            ["rnn_few", "rnn", "pcc", 0.02, -0.01, 0.05],
        ],
        columns=[MODEL, "reference", "metric", "estimate", "low", "high"],
    )
    match = study.match_statements(table, losses).set_index("statement")
    assert match.loc["PCC drops in", "here"] == "FFNN, CNN"
    assert not match.loc["PCC drops in", "holds"]
    assert match.loc["PCC drops least in", "here"] == "RNN"
    assert match.loc["PCC drops most in", "here"] == "FFNN"
    assert match.iloc[3]["here"] == "FFNN"
    assert match.iloc[3]["holds"] is None
    errors = table[table["metric"] == "rmsd"].set_index(MODEL)["estimate"]
    best = errors.idxmin().removesuffix("_few").upper()
    assert match.loc["Best of the three by RMSD", "here"].startswith(best)
    words = tables.tabulate_statements(match.reset_index())
    assert words["Verdict"].iloc[3] == "no printed test"


@pytest.mark.slow
@pytest.mark.usefixtures("one_small_trial")
def test_both_ways_of_training_are_compared_on_the_same_patients(task):
    trained = study.train_both(task, EFFORT, seed=3, test_share=0.25)
    assert not trained.problem
    table = study.make_table4(trained, 200)
    assert (table[PROBLEM] == "").all()
    assert set(study.compare_both(trained, 200)[MODEL]) == {COMPLETE}


def predictions_of(models, n_patients=60, seed=0):
    rng = np.random.default_rng(seed)
    observed = rng.normal(size=n_patients)
    rows = {"patient": np.arange(n_patients), "split": "test", REPEAT: 0, "fold": 0}
    frames = [
        pd.DataFrame(rows | {OBSERVED: observed}).assign(
            **{MODEL: model, PREDICTED: 0.4 * observed + noise * rng.normal(size=n_patients)}
        )
        for model, noise in models.items()
    ]
    return pd.concat(frames, ignore_index=True)[list(PREDICTIONS)]


def test_an_interval_of_separate_samples_is_wider_than_a_paired_one():
    predictions = predictions_of({"ffnn": 0.3, "ffnn_few": 0.3})
    shared = predictions[predictions[MODEL] == "ffnn"][PREDICTED].to_numpy()
    rows = predictions[MODEL] == "ffnn_few"
    predictions.loc[rows, PREDICTED] = 0.95 * shared + 0.05 * predictions.loc[rows, PREDICTED]
    widths = study.compare_widths(predictions, 200)
    apart, paired = widths["high"] - widths["low"]
    assert apart > 2 * paired
    assert widths["estimate"].iloc[0] == widths["estimate"].iloc[1]
    assert study.read_widths(widths)["times"] == apart / paired


@pytest.mark.slow
@pytest.mark.slow
def test_one_more_feature_is_worth_what_it_brings(task):
    curve = study.score_counts(task, FIVE, n_trees=20, n_resamples=200, seed=3)
    assert (curve["low"] <= curve["high"]).all()
    for learner in ("boosting", "forest"):
        assert curve.loc[curve["learner"] == learner, "n_features"].tolist() == list(study.COUNTS)
    marks = curve[~curve["learner"].isin(["boosting", "forest"])]
    assert marks["learner"].tolist() == [study.YARDSTICK_FIVE, "onset"]
    assert marks["n_features"].tolist() == [5, 1]
    assert set(tables.tabulate_counts(curve)["Learner"]) == set(tables.LEARNER_TITLES.values())


def test_one_column_of_signal_is_worth_what_a_line_makes_of_it():
    # the slope is a tenth signal and the rest noise: a forest of small leaves follows the noise
    rng = np.random.default_rng(0)
    patients = pd.Index(np.arange(900), name="subject_id")
    signal = pd.Series(rng.normal(size=900), patients)
    target = (0.4 * signal + rng.normal(size=900)).rename("slope")
    table = pd.DataFrame({"onset_delta": signal, "age": rng.normal(size=900)}, index=patients)
    folds = make_folds(patients, n_folds=3, seed=0, strata=target)
    inputs = make_inputs(table, target, folds)
    how = {"n_features": 1, "n_trees": 20, "seed": 0}
    found = {}
    for learner in ("boosting", "forest"):
        rows = fit_ranked(inputs, learner, **how)
        errors = (rows[OBSERVED] - rows[PREDICTED]) ** 2
        found[learner] = 1 - errors.mean() / target.var()
    # what a line could explain is 0.16 / 1.16
    assert found["boosting"] > 0.09
    assert found["forest"] < found["boosting"] - 0.05


def test_the_fewest_features_that_come_near_the_best_are_named():
    rows = [
        ["boosting", n, r2] for n, r2 in zip((1, 2, 5, 10), (0.1, 0.25, 0.26, 0.24), strict=True)
    ]
    rows += [["forest", 1, 0.02], [study.YARDSTICK_FIVE, 5, 0.3], ["onset", 1, 0.12]]
    curve = pd.DataFrame(rows, columns=["learner", "n_features", "estimate"])
    assert study.measure_curve(curve) == {
        "one": 0.1,
        "best": 0.26,
        "n_best": 5,
        "n_enough": 2,
        "line": 0.12,
        "forest_one": 0.02,
        "five": 0.3,
        "few": 0.26,
    }


def test_a_step_moves_by_more_than_the_luck_of_both_its_ends():
    rows = [["all", 0.20, 0.17, 0.23], ["fewer", 0.21, 0.17, 0.25], ["theirs", 0.10, 0.06, 0.14]]
    rows += [["revised", 0.10, 0.07, 0.13]]
    scores = pd.DataFrame(rows, columns=[MODEL, "estimate", "low", "high"]).assign(metric="r2")
    steps = study.find_steps(scores).set_index(MODEL)
    # half-widths of 0.03 and 0.04 add up to 0.05 in squares
    assert steps.loc["fewer"].tolist() == pytest.approx([0.01, -0.04, 0.06])
    assert steps.loc["theirs", "high"] < 0


@pytest.mark.slow
@pytest.mark.usefixtures("one_small_trial")
def test_as_many_learn_with_gaps_filled_and_those_with_gaps_are_tested(task):
    trained = study.train_both(task, EFFORT, seed=3, test_share=0.25)
    as_many = study.train_on_as_many(trained, seed=3)
    cases = trained.tasks[COMPLETE].split
    assert sorted(as_many["patient"]) == sorted(cases.test)
    alone = study.compare_filling(trained, as_many, 200)
    assert set(alone[MODEL]) == {COMPLETE}
    on_gaps = study.predict_gaps(trained, seed=3, test_share=0.25)
    lacking = task.predictors.index[task.predictors["slope_fvc"].isna()]
    assert set(on_gaps["patient"]) <= set(lacking)
    assert set(study.compare_on_gaps(on_gaps, 200)[MODEL]) == {COMPLETE}


def test_without_patients_with_gaps_nothing_is_compared():
    none = pd.DataFrame(columns=PREDICTIONS)
    assert study.compare_on_gaps(none, 200).empty


def test_each_step_to_the_revised_scale_changes_one_thing(task):
    shared = task.target.index[:70]
    revised = dataclasses.replace(
        task, predictors=task.predictors.loc[shared], target=1.2 * task.target.loc[shared]
    )
    sizes = {"n_folds": 2, "n_trees": 20, "n_resamples": 200}
    steps = study.score_steps(task, revised, **sizes, seed=3)
    sizes = steps.drop_duplicates(MODEL).set_index(MODEL)["n_patients"]
    assert sizes.to_dict() == {"all": 120, "fewer": 70, "theirs": 70, "revised": 70}
    by_step = steps.pivot_table(index=MODEL, columns="metric", values="estimate")
    # a target in other units is explained as well as before
    assert by_step.loc["revised", "r2"] == pytest.approx(by_step.loc["theirs", "r2"], abs=1e-6)
    assert by_step.loc["revised", "rmsd"] == pytest.approx(1.2 * by_step.loc["theirs", "rmsd"])
    assert tables.tabulate_steps(steps)["Patients"].tolist() == ["120", "70", "70", "70"]
