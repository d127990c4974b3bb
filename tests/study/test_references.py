"""References learn from training patients of the task alone, and mixtures from out-of-fold rows."""

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.effort import EFFORTS
from alsnb.fits.references import REFERENCES, WITHOUT_SEED, make_reference
from alsnb.schema import PREDICTIONS
from alsnb.splits import hold_out, make_folds
from alsnb.study import reference_search, references
from alsnb.study.task import SlopeTask
from alsnb.vocabulary import MODEL_TITLES

SETTINGS = {"effort": EFFORTS["smoke"], "seed": 3}


def make_small_task(n_patients: int = 160, seed: int = 0) -> SlopeTask:
    """Return a task in which two columns carry what there is to be learnt."""
    rng = np.random.default_rng(seed)
    keys = pd.Index(np.arange(n_patients) + 1000, name="subject_id")
    names = ["slope_alsfrs_total", "a", "b", "c", "log_onset_delta"]
    table = pd.DataFrame(rng.standard_normal((n_patients, 5)), index=keys, columns=names)
    noise = 0.4 * rng.standard_normal(n_patients)
    target = (table["log_onset_delta"] * 0.4 + table["a"] * 0.4 + noise).rename("slope")
    table.loc[keys[::9], "a"] = np.nan
    split = hold_out(keys, share=0.25, seed=seed)
    folds = make_folds(split.train, n_folds=2, seed=seed, strata=target.loc[split.train])
    return SlopeTask(
        predictors=table.assign(visit1_q1_speech=4.0),
        target=target,
        split=split,
        folds=folds,
        features=("slope_alsfrs_total", "a", "b", "c"),
        questionnaire_features=(),
    )


def folds_of(task: SlopeTask) -> pd.Series:
    return task.inputs(held_out=False, parts=False).fold_of[0]


def pretend_networks(
    task: SlopeTask, *, n_seeds: int, seed: int, **_: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return predictions that no network made, in the shape of those that one makes."""
    rng = np.random.default_rng(seed)
    fold_of = folds_of(task)
    train = pd.DataFrame(
        {"patient": fold_of.index, "split": "train", "repeat": 0, "fold": fold_of.to_numpy()}
    )
    test = pd.concat(
        [
            pd.DataFrame({"patient": task.split.test, "split": "test", "repeat": repeat, "fold": 0})
            for repeat in range(n_seeds)
        ]
    )
    frames = []
    for rows in (train, test):
        observed = rows["patient"].map(task.target)
        parts = [
            rows.assign(model=model, observed=observed, predicted=0.5 * observed + noise)
            for model in ("ffnn", "cnn", "rnn")
            for noise in [0.3 * rng.standard_normal(len(rows))]
        ]
        frames.append(pd.concat(parts, ignore_index=True)[list(PREDICTIONS)])
    return frames[0], frames[1]


@pytest.fixture(scope="module")
def task():
    return make_small_task()


@pytest.fixture(scope="module")
def predicted(task, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("store")))
        return references.predict_references(task, **SETTINGS)


@pytest.fixture(scope="module")
def everything(task, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("store")))
        patch.setattr(references, "predict_networks", pretend_networks)
        return references.predict_all(task, **SETTINGS)


def test_every_reference_predicts_every_patient_once_and_from_every_seed(task, predicted):
    out_of_fold, test = predicted
    n_seeds = EFFORTS["smoke"].n_seeds
    assert list(out_of_fold["model"].unique()) == list(REFERENCES)
    for model in REFERENCES:
        own = out_of_fold[out_of_fold["model"] == model]
        assert sorted(own["patient"]) == sorted(task.split.train)
        held_out = test[test["model"] == model]
        assert len(held_out) == n_seeds * len(task.split.test)
        assert set(held_out["patient"]) == set(task.split.test)


def test_models_without_chance_are_the_same_from_every_seed(predicted):
    _, test = predicted
    wide = test.pivot_table(index=["model", "patient"], columns="repeat", values="predicted")
    same = np.isclose(wide[0], wide[1]).reshape(len(REFERENCES), -1).all(axis=1)
    names = wide.index.get_level_values("model").unique()
    # boosting has chance in it only where the search has it try a share of the features
    assert set(names[same]) - {"boosting"} == set(WITHOUT_SEED)


def test_folds_are_those_of_the_task(task, predicted):
    out_of_fold, _ = predicted
    ridge = out_of_fold[out_of_fold["model"] == "ridge"].set_index("patient")["fold"]
    pd.testing.assert_series_equal(
        ridge.sort_index(), folds_of(task).sort_index(), check_names=False
    )


def test_slopes_of_held_out_patients_do_not_move_any_prediction(task, predicted, monkeypatch):
    monkeypatch.setattr(references, "REFERENCES", ("mean", "onset", "ridge"))
    target = task.target.copy()
    target.loc[task.split.test] += 5.0
    other = SlopeTask(**{**vars(task), "target": target})
    moved = references.predict_references(other, **SETTINGS)
    for before, after in zip(predicted, moved, strict=True):
        kept = before[before["model"].isin(after["model"].unique())]
        keys = ["model", "repeat", "fold", "patient"]
        before_rows, after_rows = (
            rows.sort_values(keys)["predicted"].to_numpy() for rows in (kept, after)
        )
        np.testing.assert_array_equal(before_rows, after_rows)


def test_lines_look_at_their_own_column_alone(task, predicted, monkeypatch):
    monkeypatch.setattr(references, "REFERENCES", ("early_slope", "onset"))
    noise = np.random.default_rng(5).standard_normal(len(task.target))
    other = SlopeTask(**{**vars(task), "predictors": task.predictors.assign(a=noise, b=noise)})
    moved = references.predict_references(other, **SETTINGS)[1]
    before = predicted[1]
    for model in ("early_slope", "onset"):
        first, second = (
            rows[rows["model"] == model].sort_values(["repeat", "patient"])["predicted"].to_numpy()
            for rows in (before, moved)
        )
        np.testing.assert_array_equal(first, second)


def test_the_settings_of_forest_and_boosting_are_those_with_the_highest_mean_correlation(
    task, monkeypatch, tmp_path
):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    for model in reference_search.SPACES:
        found = reference_search.search_reference(task, model, seed=3, effort=EFFORTS["smoke"])
        trials = found.trials
        assert trials["chosen"].sum() == 1
        assert trials.loc[trials["chosen"], "pcc"].item() == trials["pcc"].max()
        best = trials[trials["chosen"]].iloc[0]
        assert {name: best[name] for name in found.best} == found.best


@pytest.mark.parametrize("model", list(reference_search.SPACES))
def test_a_longer_search_of_a_reference_begins_like_a_shorter_and_tries_nothing_twice(model):
    few, many = (reference_search.draw_settings(model, n, seed=1) for n in (3, 12))
    assert many[:3] == few
    assert len({tuple(one.items()) for one in many}) == len(many) == 12
    others = reference_search.draw_settings(model, 12, seed=2)
    assert others != many
    values = reference_search.SPACES[model]
    assert all(value in values[name] for one in many for name, value in one.items())


def test_chosen_settings_reach_the_model():
    make = make_reference("boosting", ["a"], settings={"n_trees": 7, "max_leaf_nodes": 3})
    boosting = make(seed=5)[-1]
    assert (boosting.max_iter, boosting.max_leaf_nodes, boosting.random_state) == (7, 3, 5)
    forest = make_reference("forest", ["a"], 11, {"min_samples_leaf": 20})(seed=5)[-1]
    assert (forest.n_estimators, forest.min_samples_leaf) == (11, 20)


def test_a_name_that_is_no_reference_is_refused():
    with pytest.raises(BadInput, match="The model"):
        make_reference("no_model", ["a"])


def test_mixtures_are_made_for_the_same_patients_and_seeds(task, everything):
    out_of_fold, test = everything
    for model in ("average", "stack"):
        assert sorted(out_of_fold.loc[out_of_fold["model"] == model, "patient"]) == sorted(
            task.split.train
        )
        own = test[test["model"] == model]
        assert own.groupby("repeat")["patient"].nunique().tolist() == [len(task.split.test)] * 2
    assert set(test["model"]) <= set(MODEL_TITLES)


def test_the_average_is_the_mean_of_the_seven(everything):
    _, test = everything
    wide = test[test["repeat"] == 0].pivot_table(
        index="patient", columns="model", values="predicted"
    )
    np.testing.assert_allclose(wide["average"], wide[list(references.MEMBERS)].mean(axis=1))


def test_weights_do_not_know_the_held_out_patients(everything):
    out_of_fold, test = everything
    members = [frame[frame["model"].isin(references.MEMBERS)] for frame in (out_of_fold, test)]
    shifted = members[1].assign(observed=members[1]["observed"] + 3.0)
    first = references.add_mixtures(*members)[1]
    second = references.add_mixtures(members[0], shifted)[1]
    stacks = [
        rows.loc[rows["model"] == "stack", "predicted"].to_numpy() for rows in (first, second)
    ]
    np.testing.assert_allclose(*stacks)
    weights = references.weigh_members(out_of_fold)
    assert weights["weight"].sum() == pytest.approx(1.0)
    assert list(weights["model"]) == list(references.MEMBERS)
