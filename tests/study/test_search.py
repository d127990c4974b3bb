"""The search: what it may depend on, what it must survive, and how it goes on."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.compute import contents
from alsnb.compute.sharing import SCHEDULER_VARIABLE
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.fits import networks as network_fits
from alsnb.models.space import draw_recipes
from alsnb.splits import Fold, hold_out, make_folds
from alsnb.study import search as searching
from alsnb.study.search import search
from alsnb.study.task import SlopeTask

SMALL = {"hidden_sizes": (4, 4, 4), "n_epochs": 2, "ranking": "pearson", "batch_size": 64}
SMALL |= {"activation": "relu", "dropout_rate": 0.1}
"""Settings of small networks that all share one compiled program."""


def make_small_task(*, n_patients=80, n_folds=2, n_features=6, seed=0):
    """Return a task whose target is the first two features and a little noise."""
    rng = np.random.default_rng(seed)
    patients = pd.Index(np.arange(n_patients) + 1000, name="subject_id")
    names = [f"x{number}" for number in range(n_features)]
    columns = [*names, *VISIT_COLUMNS]
    cells = rng.normal(size=(n_patients, len(columns)))
    predictors = pd.DataFrame(cells, index=patients, columns=columns)
    noise = pd.Series(rng.normal(0, 0.2, n_patients), index=patients)
    target = (predictors["x0"] + predictors["x1"] + noise).rename("slope")
    split = hold_out(patients, share=0.25, seed=seed)
    return SlopeTask(
        predictors=predictors,
        target=target,
        split=split,
        folds=make_folds(split.train, n_folds=n_folds, seed=seed),
        features=tuple(names),
        questionnaire_features=(names[-1],),
    )


def small(task, network="ffnn", *, n_trials=2, seed=0, n_jobs=1, **fixed):
    return search(task, network, n_trials=n_trials, seed=seed, fixed=SMALL | fixed, n_jobs=n_jobs)


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """Go to an empty store, where everything is computed again."""
    number = iter(range(9))
    return lambda: monkeypatch.setenv("ALSNB_STORE", str(tmp_path / f"store{next(number)}"))


def equal(one, other):
    pd.testing.assert_frame_equal(one.trials, other.trials, check_exact=True)
    return one.best == other.best


# --- what a search depends on ------------------------------------------------------------


def test_the_best_mean_correlation_is_chosen_and_one_row_says_so():
    found = small(make_small_task(), n_trials=3)
    assert list(found.trials["trial"]) == [0, 1, 2]
    assert found.trials["chosen"].sum() == 1
    best = found.trials["pcc"].idxmax()
    assert found.trials.loc[best, "chosen"]
    assert found.best == found.recipes[best]
    assert (found.trials["problem"] == "").all()
    assert found.trials["pcc"].between(-1, 1).all()
    assert (found.trials["rmsd"] > 0).all()


@pytest.mark.slow
def test_trials_are_the_same_here_in_two_processes_and_on_a_cluster(
    elsewhere, two_workers, monkeypatch
):
    # a forest ranks, whose result is stored by the trial that needs it first
    task, how = make_small_task(), {"network": "cnn", "ranking": "forest"}
    alone = small(task, **how)
    elsewhere()
    shared = small(task, **how, n_jobs=2)
    elsewhere()
    monkeypatch.setenv(SCHEDULER_VARIABLE, two_workers)
    remote = small(task, **how)
    assert equal(alone, shared)
    assert equal(alone, remote)


def test_a_longer_search_begins_with_what_a_shorter_one_found_and_computes_the_rest():
    task = make_small_task()
    short = small(task, n_trials=2)
    assert kept_trials() == 2
    long = small(task, n_trials=4)
    assert kept_trials() == 4
    columns = [name for name in short.trials if name != "chosen"]
    pd.testing.assert_frame_equal(short.trials[columns], long.trials[columns].head(2))
    assert long.recipes[:2] == short.recipes


def kept_trials():
    return int((contents.entries()["name"] == "fit_trial").sum())


def test_another_seed_is_another_search():
    task = make_small_task()
    first, second = small(task), small(task, seed=1)
    assert first.recipes != second.recipes
    assert kept_trials() == 4


@pytest.mark.parametrize("network", ["ffnn", "cnn"])
def test_rows_of_held_out_patients_change_nothing(network, elsewhere):
    task = make_small_task()
    before = small(task, network, n_trials=1)
    predictors, target = task.predictors.copy(), task.target.copy()
    predictors.loc[task.split.test] = 1e3
    target.loc[task.split.test] = -1e3
    elsewhere()
    changed = dataclasses.replace(task, predictors=predictors, target=target)
    after = small(changed, network, n_trials=1)
    assert equal(before, after)


def test_a_permuted_target_leaves_no_correlation():
    task = make_small_task(n_patients=240)
    permuted = task.target.sample(frac=1, random_state=1).to_numpy()
    nonsense = dataclasses.replace(task, target=pd.Series(permuted, index=task.target.index))
    learning = {"n_epochs": 60, "hidden_sizes": (16, 16, 16), "learning_rate": 3e-3}
    signal, none = (small(t, n_trials=1, **learning) for t in (task, nonsense))
    assert signal.trials["pcc"].item() > 0.7
    assert abs(none.trials["pcc"].item()) < 0.35


# --- what a search survives ---------------------------------------------------------------


def test_an_interrupted_search_goes_on_where_it_stopped(monkeypatch):
    said = []

    def interrupt(text):
        said.append(text)
        if len(said) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(searching, "report", interrupt)
    with pytest.raises(KeyboardInterrupt):
        small(make_small_task(), n_trials=4)
    assert kept_trials() == 2
    found = small(make_small_task(), n_trials=4)
    assert kept_trials() == 4
    assert len(said) == 6
    assert said[-1] == f"search FFNN: 4 of 4, best PCC so far {found.trials['pcc'].max():.3f}"


def test_a_configuration_that_diverges_has_a_sentence_and_the_others_go_on(monkeypatch):
    recipes = draw_recipes("ffnn", 3, seed=0, fixed=SMALL)
    recipes[1] = recipes[1].with_settings(learning_rate=1e30, n_epochs=20)
    monkeypatch.setattr(searching, "draw_recipes", lambda *_, **__: recipes)
    trials = small(make_small_task(), n_trials=3).trials
    assert list(trials["problem"] == "") == [True, False, True]
    assert "fold 0: training of the network: expected a finite loss" in trials["problem"][1]
    assert np.isnan(trials["pcc"][1])
    assert not trials["chosen"][1]


def test_a_search_of_which_every_trial_fails_is_refused():
    with pytest.raises(BadInput, match=r"The search for the FFNN: .* none of 2; the first failed"):
        small(make_small_task(), learning_rate=1e30, n_epochs=20)


def with_target(task, patients, value):
    target = task.target.copy()
    target.loc[patients] = value
    return dataclasses.replace(task, target=target)


def test_a_fold_whose_patients_to_learn_from_do_not_differ_is_named():
    task = make_small_task(n_folds=2)
    flat = with_target(task, task.folds[0].train, -0.5)
    with pytest.raises(BadInput, match=r"fold 0: .*one value for all 30"):
        small(flat)


def test_a_fold_whose_held_out_patients_do_not_differ_is_named():
    task = make_small_task(n_folds=3)
    flat = with_target(task, task.folds[1].test, -0.5)
    with pytest.raises(BadInput, match=r"fold 1: .*observed slopes.*all the same"):
        small(flat)


def test_a_feature_that_is_constant_in_training_costs_nothing():
    task = make_small_task()
    predictors = task.predictors.assign(x2=1.0)
    predictors.loc[task.folds[0].test[:5], "x3"] = np.nan
    found = small(dataclasses.replace(task, predictors=predictors))
    assert (found.trials["problem"] == "").all()


def test_features_that_are_all_constant_are_a_sentence():
    task = make_small_task()
    constant = dict.fromkeys(task.features, 1.0)
    with pytest.raises(BadInput, match=r"a varying column"):
        small(dataclasses.replace(task, predictors=task.predictors.assign(**constant)))


def test_more_features_than_there_are_is_all_of_them():
    task = make_small_task()
    every, more = small(task, n_trials=1, n_features=6), small(task, n_trials=1, n_features=80)
    assert every.trials["pcc"].item() == more.trials["pcc"].item()


def test_fewer_patients_than_folds_are_a_sentence():
    task = make_small_task(n_patients=8)
    alone = [
        Fold(0, n, task.split.train.drop(key), task.split.train[n : n + 1])
        for n, key in enumerate(task.split.train)
    ]
    with pytest.raises(BadInput, match=r"fold 0: .*at least two"):
        small(dataclasses.replace(task, folds=alone))


def test_no_patients_at_all_are_a_sentence():
    task = make_small_task()
    nobody = Fold(0, 0, task.split.train[:0], task.split.test)
    with pytest.raises(BadInput, match=r"patients to learn from"):
        small(dataclasses.replace(task, split=nobody, folds=[]))


def test_what_went_wrong_with_the_machine_is_not_stored(monkeypatch):
    def no_room(*_, **__):
        raise BadInput("no room") from OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(network_fits, "predict_fold", no_room)
        with pytest.raises(BadInput, match=r"no room"):
            small(make_small_task())
    assert kept_trials() == 0
    assert (small(make_small_task()).trials["problem"] == "").all()
