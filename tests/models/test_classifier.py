import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from alsnb.checks import BadInput
from alsnb.evaluation.crossval import cross_validate
from alsnb.models.classifier import ClassProbability, NetworkClassifier
from alsnb.models.cnn import CNNSettings, make_cnn
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.network import NetworkRegressor
from alsnb.splits import make_folds

SETTINGS = FFNNSettings(hidden_sizes=(8, 8, 8), n_epochs=30, batch_size=16, learning_rate=0.01)


def patients(n_patients=120, *, seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n_patients, 4))
    fast = inputs[:, 0] * 2 + rng.normal(size=n_patients) > 1
    return inputs, np.where(fast, "fast", "slow")


def classifier(**changes):
    return NetworkClassifier(**{"settings": SETTINGS, "n_networks": 2} | changes)


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(*patients())


def test_probabilities_rank_patients_and_add_up_to_one(fitted):
    inputs, classes = patients(seed=1)
    probability = fitted.predict_proba(inputs)
    assert probability.shape == (120, 2)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert list(fitted.classes_) == ["fast", "slow"]
    assert roc_auc_score(classes == "fast", probability[:, 0]) > 0.85


def test_mean_probability_is_near_the_share_of_the_class():
    inputs, classes = patients(600)
    probability = classifier().fit(inputs, classes).predict_proba(inputs)[:, 0]
    assert abs(probability.mean() - (classes == "fast").mean()) < 0.08


def test_predicted_class_is_the_more_probable_and_score_is_accuracy(fitted):
    inputs, classes = patients(seed=1)
    predicted = fitted.predict(inputs)
    assert set(predicted) == {"fast", "slow"}
    assert np.array_equal(predicted == "fast", fitted.predict_proba(inputs)[:, 0] > 0.5)
    assert fitted.score(inputs, classes) == np.mean(predicted == classes)


def test_probabilities_are_averaged_not_logits(fitted):
    inputs, _ = patients()
    each = 1 / (1 + np.exp(-fitted.outputs(inputs)))
    assert each.shape == (2, 120)
    np.testing.assert_allclose(fitted.predict_proba(inputs)[:, 1], each.mean(axis=0))


def test_names_of_the_classes_do_not_matter(fitted):
    inputs, classes = patients()
    numbers = classifier().fit(inputs, (classes == "slow").astype(float))
    assert np.array_equal(numbers.predict_proba(inputs), fitted.predict_proba(inputs))


def test_saved_classifier_predicts_the_same(fitted, tmp_path):
    inputs, _ = patients()
    fitted.save(tmp_path)
    loaded = NetworkClassifier.load(tmp_path)
    assert np.array_equal(loaded.predict_proba(inputs), fitted.predict_proba(inputs))
    assert np.array_equal(loaded.predict(inputs), fitted.predict(inputs))
    with pytest.raises(BadInput, match=r"written by NetworkRegressor\.save"):
        NetworkRegressor.load(tmp_path)


def test_a_network_that_reads_visits_classifies_too():
    rng = np.random.default_rng(0)
    inputs = {"features": rng.normal(size=(80, 2)), "visits": rng.normal(size=(80, 11, 5))}
    fast = inputs["features"][:, 0] + inputs["visits"][:, 0, 0] > 0
    settings = CNNSettings(
        n_filters=(4, 4), hidden_sizes=(8,), n_epochs=60, learning_rate=0.01, dropout_rate=0.0
    )
    both = classifier(settings=settings, make_network=make_cnn, n_networks=1).fit(inputs, fast)
    assert roc_auc_score(fast, both.predict_proba(inputs)[:, 1]) > 0.8
    assert both.predict(inputs).dtype == bool


@pytest.mark.parametrize("classes", [["slow"] * 120, ["fast", "slow", "both"] * 40])
def test_other_than_two_classes_are_refused(classes):
    inputs, _ = patients()
    with pytest.raises(BadInput, match=r"two classes; found \d among 120"):
        classifier().fit(inputs, classes)
    with pytest.raises(BadInput, match="Move the threshold"):
        ClassProbability(LogisticRegression()).fit(inputs, classes)


def test_probability_of_the_second_class_can_be_cross_validated(fitted):
    inputs, classes = patients()
    frame = pd.DataFrame(inputs, columns=list("abcd"))
    target = pd.Series(classes == "fast", dtype=float)
    folds = make_folds(frame.index, n_folds=2, seed=0)
    model = ClassProbability(make_pipeline(StandardScaler(), classifier(n_networks=1)))
    predicted = cross_validate(model, frame, target, folds, name="fast")
    assert predicted["predicted"].between(0, 1).all()
    assert roc_auc_score(predicted["observed"], predicted["predicted"]) > 0.75
