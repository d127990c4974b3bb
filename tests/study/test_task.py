import dataclasses

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.models.space import FIXED, describe_space, draw_recipes
from alsnb.outcomes import SlopeSettings
from alsnb.study.proact import prepare
from alsnb.study.task import LOG_ONSET, make_task
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.write import write_release


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin")
    world = draw_world(400, seed=5)
    write_release(world, folder / "release", release="2022", truth=folder / "truth")
    return folder


@pytest.fixture(scope="module")
def study(folders):
    return prepare(folders / "release")


@pytest.fixture(scope="module")
def task(study, folders):
    return make_task(study, n_folds=2, seed=1, truth=folders / "truth")


def test_a_quarter_is_held_out_and_the_folds_divide_the_others(task, study):
    n_patients = len(study.cohort.patients)
    assert len(task.split.test) == int(np.ceil(n_patients / 4))
    assert set(task.split.train) | set(task.split.test) == set(study.cohort.patients.index)
    held_out = [patient for fold in task.folds for patient in fold.test]
    assert sorted(held_out) == sorted(task.split.train)
    inputs = task.inputs(held_out=False)
    assert inputs.fold_of.index.equals(task.split.train)
    assert inputs.target.equals(task.target.loc[task.split.train])
    (split,) = task.inputs(held_out=True).folds()
    assert split.train.equals(task.split.train)


def test_features_are_those_of_the_paper_and_their_means(task, study):
    known = study.catalogue.set_index("name").loc[list(task.features)]
    assert (known["in_paper"] | (known["summary"] == "mean")).all()
    assert {"onset_delta", "mean_q9_climbing", "slope_fvc"} <= set(task.features)
    assert not {"last_bmi", "mean_bmi", "active", LOG_ONSET} & set(task.features)
    assert "last_alsfrs_total" in task.questionnaire_features
    assert not {"slope_fvc", "onset_delta"} & set(task.questionnaire_features)


def test_predictors_hold_the_questionnaires_as_the_sequences_do(task, study):
    cells = task.predictors[list(VISIT_COLUMNS)].to_numpy().reshape(-1, 11, 5)
    assert np.array_equal(cells, study.sequences.values, equal_nan=True)
    assert np.isfinite(task.predictors[LOG_ONSET].dropna()).all()


def test_the_oracle_is_known_for_the_slope_that_it_is_for(task, study, folders):
    assert task.oracle.index.equals(task.target.index)
    revised = prepare(folders / "release", slope=SlopeSettings(scale="ALSFRS-R"))
    settings = {"n_folds": 2, "seed": 1}
    assert make_task(revised, truth=folders / "truth", **settings).oracle is None
    assert make_task(study, **settings).oracle is None


def test_what_stands_in_a_task_is_not_printed(task):
    assert str(task.split.train[0]) not in repr(task)


def test_fewer_features_can_be_offered(task):
    reduced = task.with_features(["onset_delta", "last_alsfrs_total"])
    assert reduced.questionnaire_features == ("last_alsfrs_total",)
    with pytest.raises(BadInput, match="shoe_size"):
        task.with_features(["shoe_size"])


def test_too_few_patients_are_refused_in_a_sentence(study):
    patients = study.cohort.patients[:9]
    few = dataclasses.replace(
        study,
        cohort=dataclasses.replace(study.cohort, patients=patients),
        features=study.features[:9],
    )
    with pytest.raises(BadInput, match="at least 10 patients to learn from"):
        make_task(few, n_folds=5, seed=1)


def test_a_longer_search_begins_with_the_recipes_of_a_shorter_one():
    short, long = (draw_recipes("cnn", n, seed=3) for n in (2, 5))
    assert long[:2] == short
    assert len({repr(recipe) for recipe in long}) == 5


def test_fixing_a_setting_leaves_the_others_as_they_were():
    free, fixed = (
        pd.DataFrame([recipe.flat() for recipe in draw_recipes("rnn", 6, seed=3, fixed=given)])
        for given in (None, {"n_features": 7})
    )
    assert (fixed["n_features"] == 7).all()
    pd.testing.assert_frame_equal(free.drop(columns="n_features"), fixed.drop(columns="n_features"))


@pytest.mark.parametrize("network", ["ffnn", "cnn", "rnn"])
def test_recipes_stay_within_the_space_and_reach_all_of_it(network):
    recipes = draw_recipes(network, 200, seed=0)
    for name, values in describe_space(network).items():
        found = {getattr(r, name, None) or getattr(r.network, name, None) for r in recipes}
        assert found == set(values), name
    assert all(getattr(r.network, name) == v for r in recipes for name, v in FIXED.items())


def test_an_unknown_setting_or_no_trial_is_refused():
    with pytest.raises(BadInput, match="fixed setting"):
        draw_recipes("ffnn", 1, seed=0, fixed={"depth": 3})
    with pytest.raises(BadInput, match="at least one configuration"):
        draw_recipes("ffnn", 0, seed=0)
    with pytest.raises(BadInput, match="network"):
        draw_recipes("transformer", 1, seed=0)
