"""Train a Keras model by one compiled loop over epochs and mini-batches.

Keras ``fit`` returns to Python after every batch, which costs far more than the arithmetic
of a small network. Here the whole training is one compiled program (:mod:`alsnb.models.loop`).
Everything that may differ between folds and seeds (patients, initial weights, batches,
learning rate, number of epochs) is an input of that program, so it is compiled once per
network and table size.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from alsnb.checks import refuse
from alsnb.models.backend import import_keras
from alsnb.models.batches import TrainingSettings, check_inputs, make_batches, make_rates, pad_rows
from alsnb.models.loop import Network, Run, run_epochs
from alsnb.models.weights import (
    draw_weights,
    join_weights,
    list_variables,
    seed_dropout,
    split_weights,
)


@dataclass(frozen=True)
class Training:
    """What one training gave.

    ``weights`` are those kept, first the trainable, then the other variables of the model, reached
    after ``best_epoch`` (from 0). ``training_losses`` and ``validation_losses`` (n_epochs_run,) are
    the mean loss of each epoch's batches, and the loss of the inner validation patients after that
    epoch (NaN if there are none). Lower is better.
    """

    weights: list[np.ndarray]
    best_epoch: int
    training_losses: np.ndarray
    validation_losses: np.ndarray


def mean_squared_error(observed: Any, predicted: Any) -> Any:
    """Return each patient's squared error, averaged over the outputs."""
    import tensorflow as tf

    return tf.reduce_mean(tf.square(observed - predicted), axis=-1)


class Trainer:
    """Train one Keras model as often as needed with a program compiled once per shape.

    ``n_traces`` counts how often it was compiled; ``built_weights`` are those the model was built
    with, first the trainable, then the other variables.

    Parameters
    ----------
    model : keras.Model
        A built model; its inputs may be one array, a tuple or a dict of arrays. Its output
        has the shape (n_patients, n_outputs).
    loss : callable
        Takes the observed and predicted tensors, (n_patients, n_outputs) each, and returns
        the loss of each patient, (n_patients,). Penalties of the layers are added.
    """

    def __init__(self, model: Any, loss: Callable[[Any, Any], Any] = mean_squared_error):
        import_keras()
        import tensorflow as tf

        self.model = model
        self.n_traces = 0
        self.built_weights = [variable.numpy() for variable in list_variables(model)]
        self._loss = loss
        self._program = tf.function(self._train, jit_compile=True, autograph=False)
        self._forward = tf.function(self._predict, autograph=False)

    def fit(
        self, inputs: Any, target: Any, settings: TrainingSettings, *, seed: int | list[int]
    ) -> Training:
        """Train the model from new initial weights, and return those kept and the losses.

        Inputs are one array, a tuple or a dict of arrays, patients along the first axis; the target
        is (n_patients,) or (n_patients, n_outputs). The seed decides initial weights, inner split,
        mini-batches and dropout. Refused if a value is missing or infinite, arrays differ in
        length, or the loss does not stay finite.
        """
        import tensorflow as tf

        target = np.asarray(target, dtype="float32")
        target = target.reshape(len(target), -1)
        inputs = check_inputs(inputs, n_patients=len(target))
        check_inputs(target, what="the target")
        *batch_seeds, weight_seed, dropout_seed = np.random.SeedSequence(seed).generate_state(4)
        weights = draw_weights(self.model, self.built_weights, seed=weight_seed)
        trainable, others = self._halves(weights)
        data = {
            "inputs": tf.nest.map_structure(pad_rows, inputs),
            "target": pad_rows(target),
            "rates": make_rates(settings),
            "averaging": np.float32(settings.averaging),
            "decay": self.decay_kernels(settings.weight_decay),
            **make_batches(len(target), settings, seeds=batch_seeds),
        }
        arguments = (data, join_weights(trainable), seed_dropout(others, seed=dropout_seed))
        run = self._program(*tf.nest.map_structure(tf.constant, arguments))
        return self._finished(run, settings)

    def predict(self, weights: list[np.ndarray], inputs: Any) -> np.ndarray:
        """Return the model's output, (n_patients, n_outputs), with given weights, dropout off."""
        import tensorflow as tf

        arguments = tf.nest.map_structure(tf.constant, (weights, check_inputs(inputs)))
        # One program for any number of patients: one made for a number rounds otherwise, and
        # which numbers had one would depend on what this process has predicted before.
        shapes = (arguments[0], tf.nest.map_structure(_any_number_of_patients, arguments[1]))
        return self._forward.get_concrete_function(*shapes)(*arguments).numpy()

    def put_weights(self, weights: list[np.ndarray]) -> Any:
        """Put weights in the model and return the model, e.g. to save or explain it."""
        for variable, weight in zip(list_variables(self.model), weights, strict=True):
            variable.assign(weight)
        return self.model

    def decay_kernels(self, weight_decay: float) -> np.ndarray:
        """Return the decay of each trainable weight, end to end: zero for all but kernels."""
        # By name, since the biases of a GRU are no vector.
        return join_weights(
            [
                np.full(variable.shape, weight_decay * variable.name.endswith("kernel"), "float32")
                for variable in self.model.trainable_variables
            ]
        )

    def _train(self, data: dict, weights: Any, others: list) -> Run:
        # Python runs this only when TensorFlow has to compile it.
        self.n_traces += 1
        return run_epochs(Network(self.model, self._loss), data, weights, others)

    def _predict(self, weights: list, inputs: Any) -> Any:
        trainable, others = self._halves(weights)
        return self.model.stateless_call(trainable, others, inputs, training=False)[0]

    def _halves(self, weights: list) -> tuple[list, list]:
        """Return the trainable weights and the other variables."""
        n_trainable = len(self.model.trainable_variables)
        return weights[:n_trainable], weights[n_trainable:]

    def _finished(self, run: Run, settings: TrainingSettings) -> Training:
        """Return what was learnt, or refuse a training that diverged."""
        losses = run.losses.numpy()[: int(run.epoch)]
        if not np.isfinite(losses[:, 0]).all():
            raise refuse(
                "training of the network",
                expected="a finite loss in every epoch",
                found=f"{losses[-1, 0]} in epoch {len(losses) - 1}",
                remedy=f"Lower learning_rate (now {settings.learning_rate}) or check the scaling.",
            )
        weights, others = run.best
        kept = [*split_weights(weights, self.model.trainable_variables), *others]
        return Training(
            weights=[tensor.numpy() for tensor in kept],
            best_epoch=int(run.best_epoch),
            training_losses=losses[:, 0],
            validation_losses=losses[:, 1],
        )


def _any_number_of_patients(values: Any) -> Any:
    import tensorflow as tf

    return tf.TensorSpec((None, *values.shape[1:]), values.dtype)
