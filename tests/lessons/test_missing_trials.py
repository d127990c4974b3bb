"""Trials, clusters and groups are what the chapter says of them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.evaluation.calibration import calibration_in_the_large
from alsnb.lessons.missing_trials import study, tables
from alsnb.schema import PREDICTIONS
from alsnb.splits import Fold


def predictions_of(observed, predicted, model="native"):
    n = len(observed)
    columns = {"patient": np.arange(n), "model": model, "split": "train", "repeat": 0, "fold": 0}
    frame = pd.DataFrame(columns | {"observed": observed, "predicted": predicted})
    return frame[list(PREDICTIONS)]


def test_calibration_in_the_large_is_a_mean_with_students_interval():
    frame = predictions_of([1.0, 2.0, 3.0, 9.0], [0.0, 2.0, 2.0, 9.0])
    groups = pd.Series(["a", "a", "a", "b"])
    table = calibration_in_the_large(frame, groups).set_index("group")
    # errors 1, 0 and 1: mean 2/3, SD 0.577, and a t of 4.303 for two degrees of freedom
    assert table.loc["a", "estimate"] == pytest.approx(2 / 3)
    assert table.loc["a", "high"] - 2 / 3 == pytest.approx(4.3027 * 0.57735 / np.sqrt(3), rel=1e-4)
    assert table.loc["b", "n_patients"] == 1
    assert np.isnan(table.loc["b", "low"])
    with pytest.raises(BadInput, match="more than once"):
        calibration_in_the_large(pd.concat([frame, frame.assign(repeat=1)]), groups)


def test_each_group_is_held_out_once_and_small_ones_together():
    groups = pd.Series(["a"] * 40 + ["b"] * 40 + ["c"] * 3 + ["d"] * 4)
    merged = study.merge_small(groups)
    assert merged.value_counts().to_dict() == {"a": 40, "b": 40, study.SMALL: 7}
    folds = study._group_folds(merged)
    assert len(folds) == 3
    assert sorted(key for fold in folds for key in fold.test) == list(range(87))
    for fold in folds:
        assert set(merged[fold.test]).isdisjoint(merged[fold.train])


def test_patients_with_the_same_gaps_are_one_cluster():
    rng = np.random.default_rng(1)
    features = pd.DataFrame(rng.normal(size=(90, 4)), columns=["last_a", "slope_a", "last_b", "c"])
    features.loc[:29, ["last_a", "slope_a"]] = np.nan
    features.loc[30:59, "last_b"] = np.nan
    features.loc[60:89, "slope_a"] = np.nan  # one of two summaries does not count
    catalogue = pd.DataFrame({"name": list(features), "measure": ["a", "a", "b", "c"]})
    prepared = SimpleNamespace(features=features, catalogue=catalogue)
    task = SimpleNamespace(split=Fold(0, 0, features.index, features.index[:0]))
    clusters = study.find_clusters(prepared, task, seed=1)
    truth = pd.Series(np.repeat([0, 1, 2], 30))
    assert study.agreement(truth, clusters) == pytest.approx(1)
    assert np.isnan(study.agreement(None, clusters))


def test_no_trial_is_known_of_real_patients():
    assert study.find_trials(None, None) is None


def test_groups_cover_everybody():
    predictors = pd.DataFrame(
        {
            "male": [1, 0, np.nan, 1],
            "age": [49.9, 50, 65, np.nan],
            "site_limb": [1, 0, 0, np.nan],
            "site_bulbar": [0, 1, 0, np.nan],
            "onset_delta": [-100, -400, -900, np.nan],
        }
    )
    task = SimpleNamespace(
        predictors=predictors, split=Fold(0, 0, predictors.index, predictors.index[:0])
    )
    groups = study.group_patients(task)
    assert groups["Sex"].tolist() == ["men", "women", study.UNKNOWN, "men"]
    assert groups["Age"].tolist() == ["under 50", "50 to 64", "65 or older", study.UNKNOWN]
    assert groups["Site of onset"].tolist() == ["limb", "bulbar", "both or other", study.UNKNOWN]
    assert groups["Onset before time zero"].tolist() == [
        *("under one year", "one to two years", "longer", study.UNKNOWN)
    ]


@pytest.fixture(scope="module")
def subgroups():
    rng = np.random.default_rng(2)
    observed = rng.normal(-0.7, 0.5, 103)
    predicted = observed + rng.normal(0, 0.2, 103)
    predicted[:50] += 0.3
    groups = pd.Series(["fast"] * 50 + ["others"] * 50 + [study.UNKNOWN] * 3)
    return study.score_subgroups(predictions_of(observed, predicted), {"Kind": groups}, 50)


def test_a_group_that_is_off_is_found_and_a_small_one_has_no_score(subgroups):
    far = study.farthest(subgroups)
    assert far["group"] == "fast"
    assert far["estimate"] == pytest.approx(-0.3, abs=0.1)
    small = subgroups[subgroups["group"] == study.UNKNOWN]
    assert small["n_patients"].tolist() == [3]
    assert small["estimate"].isna().all()
    fair = subgroups[subgroups["group"] == "others"]
    assert study.farthest(fair) is None


def test_the_table_of_groups_says_what_is_withheld(subgroups):
    hidden = subgroups.assign(n_patients=subgroups["n_patients"].mask(subgroups["n_patients"] < 5))
    shown = tables.tabulate_subgroups(hidden)
    assert shown["Patients"].tolist() == ["50", "50", "withheld"]
    assert shown.loc[2, ["RMSD", "R²", "Calibration in the large"]].tolist() == ["", "", ""]


def test_without_a_second_group_there_is_nothing_to_compare():
    empty = study.predict_groups(None, [], pd.Series(["one"] * 9), None, seed=1)
    assert study.compare_designs(empty, 10).empty
    assert study.level_of_groups(empty, pd.Series(dtype=object)).empty
