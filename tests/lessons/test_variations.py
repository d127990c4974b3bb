"""Fewer features, complete cases and the revised scale: who learns, who is tested, what is said."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.lessons.ablations import fewer_lesson, imputing_lesson, revised_lesson, variations
from alsnb.lessons.ablations.variations import COMPLETE, FEW, FIVE, IMPUTED
from alsnb.schema import MODEL, OBSERVED, PREDICTED, PREDICTIONS, REPEAT
from alsnb.splits import hold_out, make_folds
from alsnb.study.search import PROBLEM, search
from alsnb.study.task import Task

SMALL = {"hidden_sizes": (4, 4, 4), "n_epochs": 2, "batch_size": 64}
SETTINGS = {"profile": "smoke", "seed": 3}


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
    return Task(
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

    monkeypatch.setattr(variations, "search", small)


def test_the_feed_forward_network_gets_five_features_and_the_others_four(task):
    assert variations.few_features(task, "ffnn").features == FIVE
    assert variations.few_features(task, "rnn").features == FIVE[:4]


def test_with_few_features_nothing_of_the_questionnaire_is_left_out(task):
    assert task.questionnaire_features
    assert variations.few_features(task, "cnn").questionnaire_features == ()


def test_the_five_that_rank_highest_are_found_on_training_patients_only(task):
    best = variations.best_features(task, 3)
    assert best[0] == "onset_delta"
    target = task.target.copy()
    target.loc[task.split.test] = 1e3 * task.predictors.loc[task.split.test, "age"]
    changed = dataclasses.replace(task, target=target)
    assert variations.best_features(changed, 3) == best
    with pytest.raises(BadInput, match="five"):
        fewer_lesson.choose_five(task, "mine")


def test_complete_cases_share_their_test_patients_and_nobody_is_on_both_sides(task):
    tasks = variations.complete_case_tasks(task, test_share=0.25, **SETTINGS)
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
    trained = imputing_lesson.train_both(empty, test_share=0.25, **SETTINGS)
    assert "complete cases" in trained.problem
    table = imputing_lesson.make_table4(trained, "smoke")
    assert set(table[MODEL]) == {IMPUTED, COMPLETE}
    assert table["estimate"].isna().all()
    assert (table[PROBLEM] == trained.problem).all()
    differences = imputing_lesson.compare_both(trained, "smoke")
    assert "nothing to compare" in imputing_lesson.word_both(differences, trained)
    counts = imputing_lesson.count_patients(empty, trained)
    assert counts["n_patients"].tolist() == [120, 0, 0, 0, 0]


@pytest.mark.usefixtures("one_small_trial")
def test_few_features_are_searched_trained_and_set_beside_the_printed_table(task):
    found = variations.search_few(task, **SETTINGS)
    assert all(one.best.n_features is None for one in found.values())
    few = variations.predict_few(task, found, **SETTINGS)
    assert set(few[MODEL]) == set(FEW.values())
    table = variations.make_table(few, "table3", "smoke")
    printed = table[table["metric"].isin(["rmsd", "pcc"])]
    assert printed["published"].notna().all()
    assert np.allclose(printed["difference"], printed["estimate"] - printed["published"])
    assert table[table["metric"] == "r2"]["published"].isna().all()
    spread = variations.spread_of(few, table)
    assert spread["estimate"].notna().any()
    assert spread.shape == table.shape
    settings = variations.tabulate_searches(found, variations.TITLES)
    assert "n_filters" in set(settings["setting"])


@pytest.mark.usefixtures("one_small_trial")
def test_both_ways_of_training_are_compared_on_the_same_patients(task):
    trained = imputing_lesson.train_both(task, test_share=0.25, **SETTINGS)
    assert not trained.problem
    table = imputing_lesson.make_table4(trained, "smoke")
    assert (table[PROBLEM] == "").all()
    differences = imputing_lesson.compare_both(trained, "smoke")
    assert set(differences[MODEL]) == {COMPLETE}
    assert "points per month" in imputing_lesson.word_both(differences, trained)


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
    widths = fewer_lesson.compare_widths(predictions, "smoke")
    apart, paired = widths["high"] - widths["low"]
    assert apart > 2 * paired
    assert widths["estimate"].iloc[0] == widths["estimate"].iloc[1]
    assert "times as wide" in fewer_lesson.word_widths(widths)


def test_one_more_feature_is_worth_what_it_brings(task):
    curve = fewer_lesson.score_counts(task, **SETTINGS)
    assert curve["n_features"].tolist() == list(fewer_lesson.COUNTS)
    assert (curve["low"] <= curve["high"]).all()
    assert "One feature alone" in fewer_lesson.word_counts(curve)


def test_each_step_to_the_revised_scale_changes_one_thing(task):
    shared = task.target.index[:70]
    revised = dataclasses.replace(
        task, predictors=task.predictors.loc[shared], target=1.2 * task.target.loc[shared]
    )
    steps = revised_lesson.score_steps(task, revised, **SETTINGS)
    sizes = steps.drop_duplicates(MODEL).set_index(MODEL)["n_patients"]
    assert sizes.to_dict() == {"all": 120, "fewer": 70, "theirs": 70, "revised": 70}
    by_step = steps.pivot_table(index=MODEL, columns="metric", values="estimate")
    # a target in other units is explained as well as before
    assert by_step.loc["revised", "r2"] == pytest.approx(by_step.loc["theirs", "r2"], abs=1e-6)
    assert by_step.loc["revised", "rmsd"] == pytest.approx(1.2 * by_step.loc["theirs", "rmsd"])
    assert "R² moves by" in revised_lesson.word_steps(steps)
    assert len(revised_lesson.tabulate_steps(steps)) == 4
