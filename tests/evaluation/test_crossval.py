import functools

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from alsnb.checks import BadInput
from alsnb.evaluation.crossval import cross_validate, learning_curve, predict_held_out
from alsnb.schema import PREDICTIONS
from alsnb.splits import Fold, make_folds


class RandomLine(RegressorMixin, BaseEstimator):
    """Predict the training mean plus noise drawn from its seed."""

    def __init__(self, seed=0, width=1.0):
        self.seed = seed
        self.width = width

    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return self

    def predict(self, X):
        return self.mean_ + self.width * np.random.default_rng(self.seed).normal(size=len(X))


class Broken(RandomLine):
    """Fail on purpose, in one of several ways."""

    def __init__(self, how="raise"):
        self.how = how

    def predict(self, X):
        if self.how == "raise":
            raise RuntimeError("no memory left")
        values = {"diverge": np.full(len(X), np.nan), "shape": np.zeros((len(X), 2))}
        return values[self.how]


def make_table(seed=0, n_patients=60, n_features=4):
    rng = np.random.default_rng(seed)
    patients = pd.Index([f"p{number:03d}" for number in range(n_patients)], name="patient")
    features = pd.DataFrame(rng.normal(size=(n_patients, n_features)), index=patients)
    features.columns = [f"x{number}" for number in range(n_features)]
    target = features["x0"] - 0.5 * features["x1"] + rng.normal(0, 0.3, n_patients)
    return features, target.rename("slope")


def make_ridge():
    return make_pipeline(StandardScaler(), Ridge())


def test_cross_validation_predicts_each_patient_once_per_repeat():
    features, target = make_table()
    folds = make_folds(features.index, n_folds=5, n_repeats=2, seed=0)
    predictions = cross_validate(Ridge(), features, target, folds, name="ridge")
    assert tuple(predictions.columns) == PREDICTIONS
    assert set(predictions["split"]) == {"train"}
    assert set(predictions["model"]) == {"ridge"}
    for _, rows in predictions.groupby("repeat"):
        assert sorted(rows["patient"]) == list(features.index)
        assert rows["fold"].nunique() == 5
    observed = target.loc[predictions["patient"]].to_numpy()
    np.testing.assert_array_equal(predictions["observed"], observed)


def test_predictions_agree_with_scikit_learn():
    features, target = make_table()
    splitter = KFold(4, shuffle=True, random_state=0)
    folds = [
        Fold(0, number, features.index[train], features.index[test])
        for number, (train, test) in enumerate(splitter.split(features))
    ]
    ours = cross_validate(make_ridge(), features, target, folds, name="ridge")
    theirs = cross_val_predict(make_ridge(), features, target, cv=splitter)
    ours = ours.set_index("patient").loc[features.index, "predicted"]
    np.testing.assert_allclose(ours, theirs)


def test_one_and_two_processes_give_the_same_frame():
    features, target = make_table(n_patients=200, n_features=30)
    folds = make_folds(features.index, n_folds=3, n_repeats=2, seed=1)
    # a function defined in place, which plain pickle could not send to a process
    settings = {"name": "line", "seed": 7}
    for make_model in (lambda seed: RandomLine(seed), make_ridge, LinearRegression()):
        alone = cross_validate(make_model, features, target, folds, **settings)
        shared = cross_validate(make_model, features, target, folds, n_jobs=2, **settings)
        pd.testing.assert_frame_equal(alone, shared, check_exact=True)


@pytest.mark.parametrize(
    "make_model",
    [Ridge(alpha=2.0), lambda: Ridge(alpha=2.0), functools.partial(Ridge, alpha=2.0)],
    ids=["estimator", "function", "partial"],
)
def test_what_a_model_can_be_made_from(make_model):
    features, target = make_table()
    folds = make_folds(features.index, n_folds=3, seed=0)
    predictions = cross_validate(make_model, features, target, folds, name="ridge")
    expected = Ridge(alpha=2.0).fit(features.loc[folds[0].train], target.loc[folds[0].train])
    found = predictions.query("fold == 0")["predicted"]
    np.testing.assert_allclose(found, expected.predict(features.loc[folds[0].test]))


def test_a_class_is_called_and_never_given_a_seed_it_does_not_name():
    features, target = make_table()
    folds = make_folds(features.index, n_folds=3, seed=0)
    by_class = cross_validate(Ridge, features, target, folds, name="ridge", seed=50)
    by_estimator = cross_validate(Ridge(), features, target, folds, name="ridge")
    pd.testing.assert_frame_equal(by_class, by_estimator)


def test_the_estimator_given_is_left_unfitted():
    features, target = make_table()
    model = Ridge()
    cross_validate(
        model, features, target, make_folds(features.index, n_folds=2, seed=0), name="ridge"
    )
    assert not hasattr(model, "coef_")


def test_repeats_are_made_with_other_seeds():
    features, target = make_table()
    settings = {"train": features.index[:40], "test": features.index[40:], "n_repeats": 2}

    def predict(make_model, seed=0):
        frame = predict_held_out(make_model, features, target, name="line", seed=seed, **settings)
        return [rows["predicted"].to_numpy() for _, rows in frame.groupby("repeat")]

    first, second = predict(RandomLine)
    assert (first != second).all()
    np.testing.assert_array_equal((first, second), predict(RandomLine))
    np.testing.assert_array_equal(predict(RandomLine, seed=1)[0], second)
    np.testing.assert_array_equal(*predict(RandomLine(3)))


def test_held_out_predictions():
    features, target = make_table()
    train, test = features.index[20:], features.index[:20]
    predictions = predict_held_out(
        Ridge(), features, target, train=train, test=test, name="ridge", n_repeats=3
    )
    assert tuple(predictions.columns) == PREDICTIONS
    assert set(predictions["split"]) == {"test"}
    assert set(predictions["fold"]) == {0}
    assert list(predictions["repeat"].unique()) == [0, 1, 2]
    expected = Ridge().fit(features.loc[train], target.loc[train]).predict(features.loc[test])
    for _, rows in predictions.groupby("repeat"):
        assert list(rows["patient"]) == list(test)
        np.testing.assert_allclose(rows["predicted"], expected)


def test_predictions_in_one_column_are_accepted():
    features, target = make_table()
    train, test = features.index[20:], features.index[:20]

    class Column(RandomLine):
        def predict(self, X):
            return super().predict(X)[:, None]

    settings = {"train": train, "test": test, "name": "line"}
    flat = predict_held_out(RandomLine, features, target, **settings)
    column = predict_held_out(Column, features, target, **settings)
    pd.testing.assert_frame_equal(flat, column)


class SeenPatients(BaseEstimator):
    """Predict how many patients were seen, and note which."""

    seen = []

    def fit(self, X, y):
        self.seen.append(set(X.index))
        self.n_ = len(X)
        return self

    def predict(self, X):
        return np.full(len(X), float(self.n_))


def test_learning_curve_grows_nested_sets():
    features, target = make_table()
    train, test = features.index[:50], features.index[50:]
    SeenPatients.seen.clear()
    calls = []
    settings = {"train": train, "test": test, "n_repeats": 2, "seed": 0, "name": "count"}
    curve = learning_curve(
        SeenPatients,
        features,
        target,
        sizes=[5, 20, 50],
        progress=lambda *call: calls.append(call),
        **settings,
    )
    assert tuple(curve.columns) == (*PREDICTIONS, "n_training")
    assert (curve["predicted"] == curve["n_training"]).all()
    assert curve.groupby(["n_training", "repeat"]).size().tolist() == [10] * 6
    first, second = SeenPatients.seen[:3], SeenPatients.seen[3:]
    for small, middle, whole in (first, second):
        assert small < middle < whole == set(train)
    assert first[0] != second[0]
    assert [call[:2] for call in calls] == [(done, 6) for done in range(1, 7)]
    fewer = learning_curve(SeenPatients, features, target, sizes=[20], **settings)
    again = curve[curve["n_training"] == 20].reset_index(drop=True)
    pd.testing.assert_frame_equal(fewer, again)


def test_progress_counts_folds():
    features, target = make_table()
    folds = make_folds(features.index, n_folds=3, seed=0)
    calls = []
    cross_validate(
        Ridge(), features, target, folds, name="ridge", progress=lambda *call: calls.append(call)
    )
    assert [call[:2] for call in calls] == [(1, 3), (2, 3), (3, 3)]
    assert calls[1][2] == "ridge: repeat 0, fold 1, 40 training patients"


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("raise", "found RuntimeError: no memory left"),
        ("diverge", "expected finite predictions; found 20 of 20"),
        ("shape", r"one prediction for each of 20 patients; found the shape \(20, 2\)"),
    ],
)
def test_a_failing_model_is_named_with_its_fold(how, sentence):
    features, target = make_table()
    folds = make_folds(features.index, n_folds=3, seed=0)
    with pytest.raises(BadInput, match=f"Model 'net' in repeat 0, fold 0: .*{sentence}"):
        cross_validate(Broken(how), features, target, folds, name="net")


def test_the_first_failing_fold_is_named_by_any_number_of_processes():
    features, target = make_table()
    folds = make_folds(features.index, n_folds=3, seed=0)
    with pytest.raises(BadInput, match=r"repeat 0, fold 0: .*no memory left"):
        cross_validate(Broken(), features, target, folds, name="net", n_jobs=2)


def test_inputs_that_do_not_fit_each_other_are_refused():
    features, target = make_table()
    keys = features.index
    folds = make_folds(keys, n_folds=3, seed=0)

    def run(features=features, target=target, folds=folds):
        cross_validate(DummyRegressor(), features, target, folds, name="mean")

    with pytest.raises(BadInput, match="same keys in the same order"):
        run(target=target.iloc[::-1])
    with pytest.raises(BadInput, match="61 rows of 60 patients"):
        run(features=pd.concat([features, features.iloc[:1]]))
    with pytest.raises(BadInput, match=r"target: expected a finite value .* found 1 missing"):
        run(target=target.where(target.index != "p003"))
    with pytest.raises(BadInput, match="folds: expected at least one"):
        run(folds=[])
    with pytest.raises(BadInput, match="held-out patients that all have features; found 1"):
        run(folds=[Fold(0, 0, keys[1:], pd.Index(["q"]))])
    with pytest.raises(BadInput, match="training patients that all have features"):
        run(folds=[Fold(0, 0, keys[:0], keys[:1])])
    with pytest.raises(BadInput, match="no patient both learnt from and predicted; found 2"):
        run(folds=[Fold(0, 0, keys[:12], keys[10:])])


@pytest.mark.parametrize("sizes", [[0, 5], [51], []])
def test_sizes_out_of_range_are_refused(sizes):
    features, target = make_table()
    with pytest.raises(BadInput, match="numbers from 1 to 50"):
        learning_curve(
            Ridge(),
            features,
            target,
            **{"train": features.index[:50], "test": features.index[50:], "sizes": sizes},
            **{"n_repeats": 1, "seed": 0, "name": "ridge"},
        )
