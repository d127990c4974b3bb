"""Train a Keras model by one compiled loop over epochs and mini-batches.

Keras ``fit`` returns to Python after every batch, which costs far more than the arithmetic
of a small network. Here the whole training is one compiled program. Everything that may
differ between folds and seeds (patients, initial weights, batches, learning rate, number of
epochs) is an input of that program, so it is compiled once per network and table size.
"""

import contextlib
import functools
import logging
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from alsnb.checks import refuse

ROWS_PADDED_TO = 64
"""Rows and epochs are padded to a multiple of this, so that similar folds share a program."""

ADAM_FIRST_DECAY, ADAM_SECOND_DECAY, ADAM_EPSILON = 0.9, 0.999, 1e-7


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained, whatever its architecture.

    Attributes
    ----------
    learning_rate : float
        Step size of Adam.
    batch_size : int
        Patients per mini-batch; the last batch of an epoch may be smaller.
    n_epochs : int
        Passes over the training patients, at most.
    patience : int
        Stop after this many epochs in a row without a lower validation loss.
    validation_share : float
        Share of the training patients set aside to choose the epoch whose weights are
        kept. With 0 nobody is set aside and the last epoch's weights are kept.
    weight_decay : float
        Share by which each step shrinks the kernels, times the learning rate (decoupled
        from the gradient, as in AdamW); biases are not shrunk.
    """

    learning_rate: float = 1e-3
    batch_size: int = 32
    n_epochs: int = 200
    patience: int = 20
    validation_share: float = 0.2
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Training:
    """What one training gave.

    Attributes
    ----------
    weights : list of arrays
        The weights kept: first the trainable, then the other variables of the model.
    best_epoch : int
        Epoch, from 0, after which these weights were reached.
    training_losses, validation_losses : array of shape (n_epochs_run,)
        Mean loss of each epoch's batches, and the loss of the inner validation patients
        after that epoch (NaN if there are none). Lower is better.
    """

    weights: list[np.ndarray]
    best_epoch: int
    training_losses: np.ndarray
    validation_losses: np.ndarray


class _Learner(NamedTuple):
    """What a mini-batch changes: weights (one vector), other variables, moments of Adam."""

    weights: Any
    others: list
    first: Any
    second: Any
    n_steps: Any


class _Run(NamedTuple):
    """What an epoch changes: the learner, the best weights so far and the losses."""

    learner: _Learner
    best: tuple[Any, list]
    lowest: Any
    best_epoch: Any
    epoch: Any
    losses: Any


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what is written to file descriptor 2 nowhere."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def import_keras() -> Any:
    """Import Keras with its TensorFlow backend, silently, and return the module.

    Returns
    -------
    module
        ``keras``. TensorFlow can be imported after this call without a note either.
    """
    if "tensorflow" not in sys.modules:
        # No setting silences what the C++ side reports before its logging is set up.
        with _silent_stderr():
            import tensorflow  # noqa: F401
    import keras

    # A cross-validation over tables of several sizes compiles several programs by design;
    # TensorFlow would warn of that on stderr.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return keras


@contextlib.contextmanager
def _threefry_dropout() -> Iterator[None]:
    """Let dropout layers that are compiled meanwhile draw with Threefry.

    The default generator is recomputed at every use of the mask in a compiled program, which
    made training twenty times slower.
    """
    import tensorflow as tf

    default = tf.nn.experimental.stateless_dropout
    tf.nn.experimental.stateless_dropout = functools.partial(default, rng_alg="threefry")
    try:
        yield
    finally:
        tf.nn.experimental.stateless_dropout = default


def mean_squared_error(observed: Any, predicted: Any) -> Any:
    """Return each patient's squared error, averaged over the outputs."""
    import tensorflow as tf

    return tf.reduce_mean(tf.square(observed - predicted), axis=-1)


class Trainer:
    """Train one Keras model as often as needed with a program compiled once per shape.

    Parameters
    ----------
    model : keras.Model
        A built model; its inputs may be one array, a tuple or a dict of arrays. Its output
        has the shape (n_patients, n_outputs).
    loss : callable
        Takes the observed and predicted tensors, (n_patients, n_outputs) each, and returns
        the loss of each patient, (n_patients,). Penalties of the layers are added.

    Attributes
    ----------
    n_traces : int
        How often the training program had to be compiled.
    built_weights : list of arrays
        Weights the model was built with: first the trainable, then the other variables.
    """

    def __init__(self, model: Any, loss: Callable[[Any, Any], Any] = mean_squared_error):
        import_keras()
        import tensorflow as tf

        self.model = model
        self.n_traces = 0
        self._loss = loss
        self._n_trainable = len(model.trainable_variables)
        self.built_weights = [variable.numpy() for variable in _variables(model)]
        self._program = tf.function(self._train, jit_compile=True, autograph=False)
        self._forward = tf.function(self._predict, reduce_retracing=True, autograph=False)

    def fit(
        self, inputs: Any, target: Any, settings: TrainingSettings, *, seed: int | list[int]
    ) -> Training:
        """Train the model from new initial weights.

        Parameters
        ----------
        inputs : array, tuple or dict of arrays
            Patients along the first axis of every array.
        target : array of shape (n_patients,) or (n_patients, n_outputs)
            What the network should predict.
        settings : TrainingSettings
            How to train.
        seed : int or list of int
            Decides the initial weights, inner split, mini-batches and dropout.

        Returns
        -------
        Training
            The weights kept and the losses on the way to them.

        Raises
        ------
        BadInput
            If a value is missing or infinite, arrays differ in length, or the loss does
            not stay finite.
        """
        import tensorflow as tf

        target = np.asarray(target, dtype="float32")
        target = target.reshape(len(target), -1)
        inputs = _checked(inputs, len(target))
        _checked(target, len(target), what="the target")
        seeds = np.random.SeedSequence(seed).generate_state(4)
        n_rows = _padded(len(target))
        data = {
            "inputs": tf.nest.map_structure(lambda array: _pad(array, n_rows), inputs),
            "target": _pad(target, n_rows),
            **make_batches(len(target), settings, seeds=seeds[:2]),
        }
        weights = draw_weights(self.model, self.built_weights, seed=seeds[2])
        kernels, others = weights[: self._n_trainable], weights[self._n_trainable :]
        decay = [np.full(w.size, settings.weight_decay * (w.ndim > 1)) for w in kernels]
        run = self._program(
            tf.nest.map_structure(tf.constant, data),
            tf.constant(np.concatenate([w.ravel() for w in kernels])),
            [tf.constant(other) for other in _seed_dropout(others, seed=seeds[3])],
            tf.constant(settings.learning_rate, tf.float32),
            tf.constant(np.concatenate(decay), tf.float32),
        )
        run = tf.nest.map_structure(lambda tensor: tensor.numpy(), run)
        return self._finished(run, settings)

    def predict(self, weights: list[np.ndarray], inputs: Any) -> np.ndarray:
        """Predict with given weights, dropout off.

        Parameters
        ----------
        weights : list of arrays
            As in :class:`Training`.
        inputs : array, tuple or dict of arrays
            Patients along the first axis of every array.

        Returns
        -------
        array of shape (n_patients, n_outputs)
            The model's output.
        """
        import tensorflow as tf

        inputs = _checked(inputs)
        return self._forward(
            tf.nest.map_structure(tf.constant, inputs), [tf.constant(weight) for weight in weights]
        ).numpy()

    def put_weights(self, weights: list[np.ndarray]) -> Any:
        """Put weights in the model and return the model, e.g. to save or explain it."""
        for variable, weight in zip(_variables(self.model), weights, strict=True):
            variable.assign(weight)
        return self.model

    def _predict(self, inputs: Any, weights: list) -> Any:
        kernels, others = weights[: self._n_trainable], weights[self._n_trainable :]
        return self.model.stateless_call(kernels, others, inputs, training=False)[0]

    def _call(self, weights: Any, others: list, inputs: Any, *, training: bool) -> tuple:
        """Call the model with the weights of a vector."""
        import tensorflow as tf

        shapes = [variable.shape for variable in self.model.trainable_variables]
        parts = tf.split(weights, [math.prod(shape) for shape in shapes])
        kernels = [tf.reshape(part, shape) for part, shape in zip(parts, shapes, strict=True)]
        return self.model.stateless_call(
            kernels, others, inputs, training=training, return_losses=True
        )

    def _train(self, data: dict, weights: Any, others: list, rate: Any, decay: Any) -> _Run:
        """Run all epochs; this function is what gets compiled."""
        import tensorflow as tf

        self.n_traces += 1
        zeros = tf.zeros_like(weights)
        run = _Run(
            learner=_Learner(weights, others, zeros, zeros, tf.constant(0.0)),
            best=(weights, others),
            lowest=tf.constant(np.inf, tf.float32),
            best_epoch=tf.constant(0),
            epoch=tf.constant(0),
            losses=tf.zeros((tf.shape(data["batches"])[0], 2)),
        )

        def goes_on(run: _Run) -> Any:
            healthy = tf.reduce_all(tf.math.is_finite(run.losses[:, 0]))
            patient = run.epoch - run.best_epoch <= data["patience"]
            return healthy & patient & (run.epoch < data["n_epochs"])

        with _threefry_dropout():
            return tf.while_loop(
                goes_on, lambda run: (self._epoch(run, data, rate, decay),), (run,)
            )[0]

    def _epoch(self, run: _Run, data: dict, rate: Any, decay: Any) -> _Run:
        """Go once through the mini-batches, then judge the weights."""
        import tensorflow as tf

        def step(number: Any, total: Any, learner: _Learner) -> tuple:
            batch = _take(data, data["batches"][run.epoch, number])
            loss, gradient, others = self._gradient(learner, batch, data["in_batch"][number])
            learner = learner._replace(others=others)
            return number + 1, total + loss, _adam(learner, gradient, rate, decay)

        _, total, learner = tf.while_loop(
            lambda number, *_: number < data["n_batches"],
            step,
            (tf.constant(0), tf.constant(0.0), run.learner),
        )
        inputs, target = _take(data, data["validation"])
        predicted, *_ = self._call(learner.weights, learner.others, inputs, training=False)
        # Nobody in the validation set gives 0 / 0: the loss is NaN and every epoch the best.
        loss = _weighted_mean(self._loss(target, predicted), data["in_validation"])
        better = (loss < run.lowest) | (tf.reduce_sum(data["in_validation"]) == 0)
        pair = tf.stack([total / tf.cast(data["n_batches"], tf.float32), loss])
        return _Run(
            learner=learner,
            best=tf.nest.map_structure(
                lambda new, old: tf.where(better, new, old),
                (learner.weights, learner.others),
                run.best,
            ),
            lowest=tf.where(better, loss, run.lowest),
            best_epoch=tf.where(better, run.epoch, run.best_epoch),
            epoch=run.epoch + 1,
            losses=tf.tensor_scatter_nd_update(run.losses, [[run.epoch]], [pair]),
        )

    def _gradient(self, learner: _Learner, batch: tuple, counted: Any) -> tuple:
        """Return the loss of a mini-batch, its gradient and the other variables after it."""
        import tensorflow as tf

        inputs, target = batch
        with tf.GradientTape() as tape:
            tape.watch(learner.weights)
            predicted, others, penalties = self._call(
                learner.weights, learner.others, inputs, training=True
            )
            loss = _weighted_mean(self._loss(target, predicted), counted)
            objective = tf.add_n([loss, *penalties])
        return loss, tape.gradient(objective, learner.weights), others

    def _finished(self, run: _Run, settings: TrainingSettings) -> Training:
        """Return what was learnt, or refuse a training that diverged."""
        losses = run.losses[: run.epoch]
        if not np.isfinite(losses[:, 0]).all():
            raise refuse(
                "training of the network",
                expected="a finite loss in every epoch",
                found=f"{losses[-1, 0]} in epoch {run.epoch - 1}",
                remedy=f"Lower learning_rate (now {settings.learning_rate}) or check the scaling.",
            )
        shapes = [variable.shape for variable in self.model.trainable_variables]
        ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
        parts = np.split(run.best[0], ends)
        kernels = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        return Training([*kernels, *run.best[1]], int(run.best_epoch), losses[:, 0], losses[:, 1])


def _adam(learner: _Learner, gradient: Any, rate: Any, decay: Any) -> _Learner:
    """Change the weights by one step of Adam (Kingma & Ba 2015) with decoupled decay."""
    import tensorflow as tf

    n_steps = learner.n_steps + 1
    first = learner.first + (1 - ADAM_FIRST_DECAY) * (gradient - learner.first)
    second = learner.second + (1 - ADAM_SECOND_DECAY) * (gradient**2 - learner.second)
    scale = rate * tf.sqrt(1 - ADAM_SECOND_DECAY**n_steps) / (1 - ADAM_FIRST_DECAY**n_steps)
    shrunk = learner.weights * (1 - rate * decay)
    weights = shrunk - scale * first / (tf.sqrt(second) + ADAM_EPSILON)
    return _Learner(weights, learner.others, first, second, n_steps)


def _weighted_mean(losses: Any, weights: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)


def _take(data: dict, rows: Any) -> tuple:
    """Return the inputs and the target of some rows."""
    import tensorflow as tf

    return tf.nest.map_structure(
        lambda array: tf.gather(array, rows), (data["inputs"], data["target"])
    )


def make_batches(n_patients: int, settings: TrainingSettings, *, seeds: np.ndarray) -> dict:
    """Choose the inner validation patients and the mini-batches of every epoch.

    Parameters
    ----------
    n_patients : int
        Number of training patients.
    settings : TrainingSettings
        How to train.
    seeds : array of shape (2,)
        The first decides the split, the second the order of the patients in each epoch.

    Returns
    -------
    dict of arrays
        ``batches`` (n_epochs, n_batches, batch_size) and ``validation`` hold row numbers;
        ``in_batch`` and ``in_validation`` are 1 for rows that count and 0 for padding;
        ``n_epochs``, ``n_batches`` and ``patience`` say where to stop.
    """
    n_rows, size = _padded(n_patients), settings.batch_size
    n_validation = _check_settings(settings, n_patients)
    shuffled = np.random.default_rng(seeds[0]).permutation(n_patients)
    validation, learning = np.split(shuffled, [n_validation])
    rng = np.random.default_rng(seeds[1])
    orders = np.array([rng.permutation(learning) for _ in range(settings.n_epochs)])
    # Padding repeats patients of the same epoch, with no weight in the loss, so that layers
    # with batch statistics see real patients only.
    n_batches = -(-n_rows // size)
    slots = np.resize(np.arange(len(learning)), n_batches * size)
    batches = np.zeros((_padded(settings.n_epochs), n_batches, size), "int32")
    batches[: settings.n_epochs] = orders[:, slots].reshape(-1, n_batches, size)
    counted = (np.arange(n_batches * size) < len(learning)).reshape(n_batches, size)
    return {
        "batches": batches,
        "in_batch": counted.astype("float32"),
        "validation": _pad(validation.astype("int32"), _padded(n_validation)),
        "in_validation": _pad(np.ones(n_validation, "float32"), _padded(n_validation)),
        "n_epochs": np.int32(settings.n_epochs),
        "n_batches": np.int32(-(-len(learning) // size)),
        "patience": np.int32(settings.patience),
    }


def _check_settings(settings: TrainingSettings, n_patients: int) -> int:
    """Refuse settings nothing can be trained with, return the number of validation patients."""
    n_validation = round(settings.validation_share * n_patients)
    wrong = [name for name in ("batch_size", "n_epochs", "patience") if getattr(settings, name) < 1]
    if not 0 <= n_validation < n_patients:
        wrong.append("validation_share")
    if wrong:
        raise refuse(
            "training settings",
            expected=f"{wrong[0]} to leave something to learn from",
            found=f"{getattr(settings, wrong[0])} with {n_patients} patients",
            remedy="Give a count of at least 1, or a share below 1.",
        )
    return n_validation


def draw_weights(model: Any, built_weights: list[np.ndarray], *, seed: int) -> list[np.ndarray]:
    """Draw new initial weights from the model's own initialisers.

    Parameters
    ----------
    model : keras.Model
        The model; it is not changed.
    built_weights : list of arrays
        Weights the model was built with; kept where the initialiser is not random.
    seed : int
        Decides the draw.

    Returns
    -------
    list of arrays
        First the trainable, then the other variables of the model.
    """
    initializers = {
        id(variable): getattr(layer, f"{variable.name.removesuffix(suffix)}_initializer", None)
        for layer in model._flatten_layers()
        for variable in layer.trainable_variables
        for suffix in ("", "_kernel")
    }
    weights = []
    seeds = np.random.SeedSequence(int(seed)).generate_state(len(built_weights)) // 2
    for variable, built, own_seed in zip(_variables(model), built_weights, seeds, strict=True):
        initializer = initializers.get(id(variable))
        if hasattr(initializer, "seed"):
            config = initializer.get_config() | {"seed": int(own_seed)}
            built = np.asarray(type(initializer).from_config(config)(built.shape))
        weights.append(built)
    return weights


def _seed_dropout(others: list[np.ndarray], *, seed: int) -> list[np.ndarray]:
    """Start the model's random generators, its only whole-number variables, at a seed."""
    return [
        np.array([seed // 2, number], other.dtype) if other.dtype.kind in "iu" else other
        for number, other in enumerate(others)
    ]


def _variables(model: Any) -> list:
    return [*model.trainable_variables, *model.non_trainable_variables]


def _padded(n_rows: int) -> int:
    """Return the number of rows after padding, at least one multiple."""
    return max(1, -(-n_rows // ROWS_PADDED_TO)) * ROWS_PADDED_TO


def _pad(array: np.ndarray, n_rows: int) -> np.ndarray:
    """Append rows of zeros."""
    return np.pad(array, [(0, n_rows - len(array))] + [(0, 0)] * (array.ndim - 1))


def _checked(inputs: Any, n_patients: int | None = None, what: str = "an input") -> Any:
    """Return the inputs as float32 (whole numbers unchanged), or refuse them."""
    import tensorflow as tf

    def check(values: Any) -> np.ndarray:
        array = np.asarray(values)
        array = array if array.dtype.kind in "iu" else array.astype("float32")
        if n_patients is not None and len(array) != n_patients:
            raise refuse(
                f"{what} of the network",
                expected=f"{n_patients} patients, as many as targets",
                found=f"{len(array)}",
                remedy="Align both on the same patients.",
            )
        if not np.isfinite(array).all():
            raise refuse(
                f"{what} of the network",
                expected="finite numbers only",
                found=f"{(~np.isfinite(array)).sum()} missing or infinite values",
                remedy="Impute and scale before training.",
            )
        return array

    return tf.nest.map_structure(check, inputs)
