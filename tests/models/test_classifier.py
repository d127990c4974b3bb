import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from alsnb.checks import BadInput
from alsnb.evaluation.crossval import cross_validate
from alsnb.evaluation.probabilities import score_probabilities
from alsnb.models.architectures import find_architecture
from alsnb.models.classifier import ClassProbability, NetworkClassifier
from alsnb.models.cnn import CNNSettings, make_cnn
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.network import NetworkRegressor
from alsnb.schema import PREDICTIONS
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


def test_a_single_class_is_refused():
    inputs, _ = patients()
    with pytest.raises(BadInput, match=r"two classes or more; found 1 among 120"):
        classifier().fit(inputs, ["slow"] * 120)


def three_kinds(n_patients=240, *, seed=0):
    """Inputs, and which of the first three is the largest."""
    inputs = np.random.default_rng(seed).normal(size=(n_patients, 4))
    return inputs, np.array(["a", "b", "c"])[inputs[:, :3].argmax(axis=1)]


@pytest.fixture(scope="module")
def fitted_to_three():
    return classifier().fit(*three_kinds())


def test_three_classes_have_probabilities_that_add_up_to_one(fitted_to_three):
    inputs, classes = three_kinds(seed=1)
    probability = fitted_to_three.predict_proba(inputs)
    assert probability.shape == (240, 3)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert list(fitted_to_three.classes_) == ["a", "b", "c"]
    assert fitted_to_three.score(inputs, classes) > 0.75


def test_a_saved_classifier_of_three_predicts_the_same(fitted_to_three, tmp_path):
    inputs, _ = three_kinds()
    fitted_to_three.save(tmp_path)
    loaded = NetworkClassifier.load(tmp_path)
    assert np.array_equal(loaded.predict_proba(inputs), fitted_to_three.predict_proba(inputs))


@pytest.mark.slow
@pytest.mark.parametrize("network", ["cnn", "rnn"])
def test_the_bodies_that_read_visits_tell_three_classes_apart(network):
    rng = np.random.default_rng(0)
    inputs = {"features": rng.normal(size=(60, 2)), "visits": rng.normal(size=(60, 11, 5))}
    architecture = find_architecture(network)
    settings = architecture.settings_class(n_epochs=2)
    three = classifier(settings=settings, make_network=architecture.make_network, n_networks=1)
    probability = three.fit(inputs, np.arange(60) % 3).predict_proba(inputs)
    assert probability.shape == (60, 3)
    np.testing.assert_allclose(probability.sum(axis=1), 1)


@pytest.mark.parametrize("classes", [None, [0, 1, 2]])
def test_a_class_that_nobody_learnt_from_has_no_probability(classes):
    inputs, _ = patients()
    target = np.where(inputs[:, 0] > 0, 2.0, 0.0)
    predicted = ClassProbability(LogisticRegression(), classes).fit(inputs, target).predict(inputs)
    assert predicted.shape == ((120,) if classes is None else (120, 3))
    nobody = predicted if classes is None else predicted[:, 1]
    np.testing.assert_array_equal(nobody, 0)


def test_probabilities_of_three_classes_can_be_cross_validated():
    inputs, classes = three_kinds()
    frame = pd.DataFrame(inputs, columns=list("abcd"))
    target = pd.Series(pd.factorize(classes, sort=True)[0], dtype=float)
    model = ClassProbability(LogisticRegression(), [0, 1, 2])
    folds = make_folds(frame.index, n_folds=2, seed=0)
    predicted = cross_validate(model, frame, target, folds, name="m", classes=[0, 1, 2])
    assert tuple(predicted.columns) == (*PREDICTIONS, "at")
    wide = predicted.pivot_table("observed", "patient", "at")
    np.testing.assert_array_equal(wide.to_numpy().argmax(axis=1), target)
    scores = score_probabilities(predicted, n_resamples=100).set_index("metric")["estimate"]
    assert scores["accuracy"] > 0.9
    with pytest.raises(BadInput, match="2 predictions for each of"):
        cross_validate(model, frame, target, folds, name="m", classes=[0, 1])


def test_probability_of_the_second_class_can_be_cross_validated(fitted):
    inputs, classes = patients()
    frame = pd.DataFrame(inputs, columns=list("abcd"))
    target = pd.Series(classes == "fast", dtype=float)
    folds = make_folds(frame.index, n_folds=2, seed=0)
    model = ClassProbability(make_pipeline(StandardScaler(), classifier(n_networks=1)))
    predicted = cross_validate(model, frame, target, folds, name="fast")
    assert predicted["predicted"].between(0, 1).all()
    assert roc_auc_score(predicted["observed"], predicted["predicted"]) > 0.75
