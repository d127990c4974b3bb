"""The chapter on other worlds: folds of trials, verdicts, and models among people."""

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.lessons.worlds import study, tables
from alsnb.study.attainable import best_learner, measure_attainable, simulate_cohort
from alsnb.study.people import REAL, measure_recalibration, open_people, score_transfer, transfer
from alsnb.synthetic.parameters import read_parameters
from alsnb.synthetic.worlds import WORLDS
from alsnb.tables.dream_standin import make_stand_in


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort("persistent", 320, n_futures=5, seed=5)


def test_a_cohort_has_slope_oracle_and_trial_of_everybody(cohort):
    assert list(cohort.features.index) == list(cohort.slope.index) == list(cohort.trial.index)
    assert set(cohort.slope.index) <= set(cohort.oracle.index)
    assert "S" not in repr(cohort.slope.index[0])
    assert repr(cohort) == f"WorldCohort(persistent, {len(cohort.slope)} patients)"


def test_learners_see_the_sizes_that_were_asked_for(cohort):
    how = {"n_patients": 320, "n_trees": 5, "n_resamples": 50, "seed": 5}
    scores = measure_attainable(cohort, sizes=[40, 60], **how)
    counts = scores.groupby("n_training")["model"].nunique()
    assert counts.to_dict() == {0: 1, 40: 4, 60: 4}
    best = best_learner(scores)
    assert best["n_training"] == 60
    assert best["estimate"] == scores.loc[scores["n_training"] == 60, "estimate"].max()
    with pytest.raises(BadInput, match="at least one above 0"):
        measure_attainable(cohort, sizes=[], **how)


def test_no_trial_is_on_both_sides_of_a_fold():
    trial = pd.Series([0, 0, 0, 1, 1, 2, 3, 3], index=list("abcdefgh"))
    folds = study._trial_folds(trial, 3)
    assert sorted(key for fold in folds for key in fold.test) == list("abcdefgh")
    for fold in folds:
        assert not set(trial[fold.train]) & set(trial[fold.test])


def test_every_conclusion_names_parameters_of_the_twin_and_chapters_that_exist():
    nothing = pd.DataFrame({"conclusion": [], "holds": []})
    traced = study.trace_conclusions(nothing, pd.DataFrame())
    named = {name for cell in traced["parameters"] for name in cell.split(", ")}
    assert named <= set(read_parameters())
    assert set(tables.WORDS) < set(traced["conclusion"])
    assert set(traced["real"]) == {"not here", "cannot be asked"}


def test_a_conclusion_is_counted_over_worlds_and_asked_of_people():
    answers = pd.DataFrame(
        {"conclusion": "early_slope", "world": WORLDS, "holds": [True, False, True, True]}
    )
    real = pd.DataFrame({"conclusion": ["early_slope"], "holds": [False]})
    row = study.trace_conclusions(answers, real).set_index("conclusion").loc["early_slope"]
    assert (row["n_holds"], row["n_worlds"], row["real"]) == (3, 4, "no")
    assert tables.agreement(answers)["same"] == 0


def test_models_travel_both_ways_and_a_line_corrects_them(cohort):
    people = make_stand_in()
    predictions = transfer({"persistent": cohort}, people, seed=1)
    n_test, n_all = int(people.official_test.sum()), len(people.slope)
    sizes = predictions.groupby(["learnt_from", "tested_on"]).size().to_dict()
    assert sizes == {
        (REAL, REAL): n_test,
        (REAL, "persistent"): len(cohort.slope),
        ("persistent", REAL): n_test,
        ("persistent", "training"): n_all - n_test,
    }
    scores = score_transfer(predictions, 20)
    assert "training" not in set(scores["tested_on"])
    how = {"sizes": (50, 200), "n_draws": 10, "seed": 1}
    found = measure_recalibration(predictions, people, **how)
    assert found.groupby("learnt_from")["n_training"].apply(list).to_dict() == {
        REAL: [50, 200],
        "persistent": [50, 200],
    }
    assert (found["low"] <= found["high"]).all()


def test_a_line_puts_a_shifted_and_shrunken_model_right():
    rng = np.random.default_rng(0)
    people = make_stand_in()
    slope = people.slope
    told = pd.DataFrame({"observed": slope, "predicted": 5 + 0.1 * slope, "patient": slope.index})
    test = people.official_test.to_numpy()
    told["learnt_from"], told["tested_on"] = "trials", np.where(test, REAL, "training")
    found = measure_recalibration(told, people, sizes=(50,), n_draws=5, seed=int(rng.integers(9)))
    assert found.loc[found["learnt_from"] == "trials", "estimate"].iloc[0] == pytest.approx(1)


def test_without_the_table_nothing_is_said_of_people(cohort, monkeypatch, tmp_path):
    monkeypatch.delenv("ALSNB_DREAM2012", raising=False)
    monkeypatch.setattr("alsnb.tables.dream.data_folder", lambda: tmp_path)
    assert open_people() is None
    moved = study.move_models({"persistent": cohort}, None, study.EFFORTS["smoke"], seed=1)
    assert moved.scores.empty
    assert moved.answers.empty
    shown = tables.show_transfer(moved.scores)
    assert "not here" in shown.iloc[0, 0]
