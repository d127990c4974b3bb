"""Tell two classes of patients apart with the networks that predict a slope.

The same layers end in one number, whose logistic function is a probability.
"""

from typing import Any, Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import refuse
from alsnb.models.averaged import AveragedNetworks


def binary_cross_entropy(observed: Any, logit: Any) -> Any:
    """Return each patient's cross-entropy between a class, 0 or 1, and a logit."""
    import tensorflow as tf

    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=observed, logits=logit)
    return tf.reduce_mean(entropy, axis=-1)


class NetworkClassifier(ClassifierMixin, AveragedNetworks):
    """Classify with the mean probability of networks trained from different seeds.

    Architecture, training and arguments are those of
    :class:`alsnb.models.network.NetworkRegressor`; the loss is binary cross-entropy.

    Parameters
    ----------
    settings : TrainingSettings
        Architecture and training, by default ``FFNNSettings()``.
    make_network : callable
        Takes the shape of the inputs and the settings, returns a Keras model with one output,
        which is taken for a logit.
    n_networks : int
        How many networks are averaged.
    seed : int
        Decides everything random.

    Attributes
    ----------
    weights_, trainings_
        As in :class:`alsnb.models.averaged.AveragedNetworks`.
    """

    _loss = staticmethod(binary_cross_entropy)
    _description = "classifier.json"
    _learnt = ("labels_", "shape_")

    @property
    def classes_(self) -> np.ndarray:
        """The two classes, sorted, shape (2,); probabilities are in this order."""
        check_is_fitted(self, "labels_")
        return np.array(self.labels_)

    def fit(self, X: Any, y: Any) -> Self:
        """Train the networks.

        Parameters
        ----------
        X : DataFrame, array, tuple or dict of arrays
            Patients along the first axis.
        y : array of shape (n_patients,)
            Two classes, of any type.

        Returns
        -------
        NetworkClassifier
            Itself.

        Raises
        ------
        BadInput
            If there are not two classes, an input is not finite or a training diverges.
        """
        inputs = self._inputs(X, reset=True)
        y = np.asarray(y)
        classes = np.unique(y)
        _check_two(classes, len(y))
        self.labels_ = classes.tolist()
        return self._fit_networks(inputs, y == classes[1])

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, averaged over the networks.

        Parameters
        ----------
        X : DataFrame, array, tuple or dict of arrays
            Patients along the first axis.

        Returns
        -------
        array of shape (n_patients, 2)
            In the order of ``classes_``; rows add up to 1.
        """
        second = expit(self.outputs(X)).mean(axis=0)
        return np.column_stack([1 - second, second])

    def predict(self, X: Any) -> np.ndarray:
        """Return the more probable class of each patient."""
        return np.take(self.classes_, self.predict_proba(X).argmax(axis=1))


class ClassProbability(RegressorMixin, BaseEstimator):
    """Let ``predict`` of a classifier give the probability of class 1.

    Cross-validation here asks every model for one number per patient. With a target of 0 and
    1 that number is the probability of 1, say of a fast decline.

    Parameters
    ----------
    classifier : estimator
        With ``fit`` and ``predict_proba``, or a pipeline that ends in one. It is cloned.
    """

    def __init__(self, classifier: Any):
        self.classifier = classifier

    def fit(self, X: Any, y: Any) -> Self:
        """Fit a clone of the classifier on classes given as 0 and 1, numbers of any type."""
        self.classifier_ = clone(self.classifier).fit(X, np.asarray(y, dtype=int))
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the probability of class 1, shape (n_patients,)."""
        check_is_fitted(self, "classifier_")
        classes = list(self.classifier_.classes_)
        probabilities = np.asarray(self.classifier_.predict_proba(X))
        # patients to learn from among whom nobody is of class 1 teach that nobody is
        return probabilities[:, classes.index(1)] if 1 in classes else np.zeros(len(X))


def _check_two(classes: np.ndarray, n_patients: int) -> None:
    if len(classes) != 2:
        raise refuse(
            "the classes to tell apart",
            expected="training patients of two classes",
            found=f"{len(classes)} among {n_patients} patients",
            remedy="Move the threshold between the classes, or stratify the folds by class.",
        )
