"""Average several networks trained from different seeds, as one scikit-learn regressor."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin

from alsnb.checks import refuse
from alsnb.models.averaged import AveragedNetworks
from alsnb.models.weights import last_bias


class NetworkRegressor(RegressorMixin, AveragedNetworks):
    """Predict with the average of networks trained from different seeds.

    Each network has its own initial weights, inner validation patients, mini-batches and
    dropout. The target is standardised on the training patients and predictions are in its
    own unit again; over the training patients, their mean is that of the target. The compiled
    training program is shared by all regressors of the same architecture, so the folds of a
    cross-validation compile once.

    Parameters and attributes are those of :class:`alsnb.models.averaged.AveragedNetworks`, and
    ``target_mean_`` and ``target_scale_``, the mean and the standard deviation of the target among
    the training patients.

    References
    ----------
    Pancotti et al., Scientific Reports 2022;12:13738.
    """

    _description = "regressor.json"
    _learnt = ("target_mean_", "target_scale_", "shape_")

    def fit(self, X: Any, y: Any) -> Self:
        """Train the networks on patients along the first axis of every input, and return itself.

        Raises
        ------
        BadInput
            If an input is not finite, the target is the same for all patients or a training
            diverges.
        """
        inputs = self._inputs(X, reset=True)
        y = np.asarray(y, dtype="float64")
        _check_varies(y)
        self.target_mean_, self.target_scale_ = float(y.mean()), float(y.std())
        self._fit_networks(inputs, (y - self.target_mean_) / self.target_scale_)
        self.weights_ = [self._levelled(weights, inputs) for weights in self.weights_]
        return self

    def _levelled(self, weights: list[np.ndarray], inputs: Any) -> list[np.ndarray]:
        """Return the weights with the last bias such that the training patients' mean is met.

        It is the least-squares estimate of that bias, given all other weights. Training only comes
        near it, as dropout is on then and off in prediction; how near is a matter of the seed.
        """
        trainer = self._trainer()
        place = last_bias(trainer.model)
        if place is None:
            return weights
        levelled = list(weights)
        levelled[place] = weights[place] - trainer.predict(weights, inputs).mean(axis=0)
        return levelled

    def predict_each(self, X: Any) -> np.ndarray:
        """Return each network's predictions, (n_networks, n_patients), in the target's unit."""
        outputs = self.outputs(X)
        return self.target_mean_ + self.target_scale_ * outputs

    def predict(self, X: Any) -> np.ndarray:
        """Predict with the average of the networks; see :meth:`predict_each`."""
        return self.predict_each(X).mean(axis=0)


def _check_varies(target: np.ndarray) -> None:
    # A missing target is refused by the training.
    if len(target) and np.ptp(target) == 0:
        raise refuse(
            "the target",
            expected="training patients who differ in it",
            found=f"one value for all {len(target)}",
            remedy="There is nothing to learn: take more patients, or other folds.",
        )
