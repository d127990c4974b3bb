"""Tell classes of patients apart with the networks that predict a slope.

For two classes the same layers end in one number, whose logistic function is a probability; for
more they end in a number for each class, whose softmax are probabilities.
"""

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import refuse
from alsnb.models.averaged import AveragedNetworks, untrained
from alsnb.models.backend import import_keras
from alsnb.models.batches import TrainingSettings
from alsnb.models.training import Trainer


def binary_cross_entropy(observed: Any, logit: Any) -> Any:
    """Return each patient's cross-entropy between a class, 0 or 1, and a logit."""
    import tensorflow as tf

    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=observed, logits=logit)
    return tf.reduce_mean(entropy, axis=-1)


def cross_entropy(observed: Any, logits: Any) -> Any:
    """Return each patient's cross-entropy between its class, one of k columns, and k logits."""
    import tensorflow as tf

    return tf.nn.softmax_cross_entropy_with_logits(labels=observed, logits=logits)


class NetworkClassifier(ClassifierMixin, AveragedNetworks):
    """Classify with the mean probability of networks trained from different seeds.

    Parameters and attributes are those of :class:`alsnb.models.averaged.AveragedNetworks`; the
    loss is cross-entropy. The one output of ``make_network`` is taken for a logit; for more than
    two classes, its last layer is replaced.
    """

    _loss = staticmethod(binary_cross_entropy)
    _description = "classifier.json"
    _learnt = ("labels_", "shape_")

    @property
    def classes_(self) -> np.ndarray:
        """The classes, sorted, shape (n_classes,); probabilities are in this order."""
        check_is_fitted(self, "labels_")
        return np.array(self.labels_)

    def fit(self, X: Any, y: Any) -> Self:
        """Train the networks to tell classes of any type apart, as a regression is trained.

        Raises
        ------
        BadInput
            If there are not two classes or more, an input is not finite or a training diverges.
        """
        inputs = self._inputs(X, reset=True)
        y = np.asarray(y)
        classes = np.unique(y)
        _check_several(classes, len(y))
        self.labels_ = classes.tolist()
        is_class = y[:, None] == classes  # (n_patients, n_classes)
        return self._fit_networks(inputs, is_class[:, 1] if len(classes) == 2 else is_class)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, averaged over the networks.

        Of shape (n_patients, n_classes), in the order of ``classes_``; rows add up to 1.
        """
        if len(self.classes_) == 2:
            second = expit(self.outputs(X)).mean(axis=0)
            return np.column_stack([1 - second, second])
        inputs, trainer = self._inputs(X, reset=False), self._trainer()
        logits = np.array([trainer.predict(weights, inputs) for weights in self.weights_])
        return softmax(logits.astype("float64"), axis=2).mean(axis=0)

    def predict(self, X: Any) -> np.ndarray:
        """Return the more probable class of each patient."""
        return np.take(self.classes_, self.predict_proba(X).argmax(axis=1))

    def _trainer(self) -> Trainer:
        if len(self.labels_) == 2:
            return super()._trainer()
        settings, shape = untrained(self._settings()), json.dumps(self.shape_)
        return _shared_trainer(self.make_network, shape, settings, len(self.labels_))


@functools.lru_cache(maxsize=16)
def _shared_trainer(
    make_network: Callable, shape: str, settings: TrainingSettings, n_classes: int
) -> Trainer:
    """Return the one trainer of an architecture whose last layer has an output per class."""
    keras, body = import_keras(), make_network(json.loads(shape), settings)
    logits = keras.layers.Dense(n_classes)(body.layers[-1].input)  # (n_patients, n_classes)
    return Trainer(keras.Model(body.input, logits), cross_entropy)


class ClassProbability(RegressorMixin, BaseEstimator):
    """Let ``predict`` of a classifier give probabilities.

    Cross-validation here asks every model for one number per patient. With a target of 0 and
    1 that number is the probability of 1, say of a fast decline; of more classes it asks for
    the probability of each.

    Parameters
    ----------
    classifier : estimator
        With ``fit`` and ``predict_proba``, or a pipeline that ends in one. It is cloned.
    classes : sequence of int, optional
        The classes whose probabilities are given; by default that of 1 alone.
    """

    def __init__(self, classifier: Any, classes: Sequence[int] | None = None):
        self.classifier = classifier
        self.classes = classes

    def fit(self, X: Any, y: Any) -> Self:
        """Fit a clone of the classifier on classes given as whole numbers of any type."""
        self.classifier_ = clone(self.classifier).fit(X, np.asarray(y, dtype=int))
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the probability of class 1, (n_patients,), or of each, (n_patients, n_classes)."""
        check_is_fitted(self, "classifier_")
        learnt = list(self.classifier_.classes_)
        probabilities = np.asarray(self.classifier_.predict_proba(X))
        # patients to learn from among whom nobody is of a class teach that nobody is
        nobody = np.zeros(len(probabilities))
        columns = [
            probabilities[:, learnt.index(one)] if one in learnt else nobody
            for one in (self.classes or [1])
        ]
        return np.column_stack(columns) if self.classes else columns[0]


def _check_several(classes: np.ndarray, n_patients: int) -> None:
    if len(classes) < 2:
        raise refuse(
            "the classes to tell apart",
            expected="training patients of two classes or more",
            found=f"{len(classes)} among {n_patients} patients",
            remedy="Move the threshold between the classes, or stratify the folds by class.",
        )
