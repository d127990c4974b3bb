"""Run all epochs of a training in TensorFlow, as one program.

Everything here handles tensors. Python runs it once, when
:class:`alsnb.models.training.Trainer` compiles it for a new shape.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from alsnb.models.backend import threefry_dropout
from alsnb.models.weights import split_weights

ADAM_FIRST_DECAY, ADAM_SECOND_DECAY, ADAM_EPSILON = 0.9, 0.999, 1e-7


class Network(NamedTuple):
    """What the compiled program is made for: a Keras model and the loss of each patient."""

    model: Any
    loss: Callable[[Any, Any], Any]


class Learner(NamedTuple):
    """What a mini-batch changes: weights (one vector), other variables, moments of Adam.

    ``mean`` is the average of the weights over the last steps; it is what is judged and kept.
    """

    weights: Any
    mean: Any
    others: list
    first: Any
    second: Any
    n_steps: Any


class Run(NamedTuple):
    """What an epoch changes: the learner, the best weights so far and the losses."""

    learner: Learner
    best: tuple[Any, list]
    lowest: Any
    best_epoch: Any
    epoch: Any
    losses: Any


def run_epochs(network: Network, data: dict, weights: Any, others: list) -> Run:
    """Train from given initial weights until the epochs or the patience end; return the last state.

    Parameters
    ----------
    network : Network
        What is trained.
    data : dict of tensors
        ``inputs`` and ``target`` of the training patients, what
        :func:`alsnb.models.batches.make_batches` gives, ``rates``, the learning rate of each
        epoch, ``averaging``, and ``decay``, the weight decay of each weight.
    weights : tensor of shape (n_weights,)
        The initial trainable weights, end to end: a step of Adam is one operation then,
        instead of one for each layer.
    others : list of tensors
        The variables that are not trained.
    """
    import tensorflow as tf

    zeros = tf.zeros_like(weights)
    run = Run(
        learner=Learner(weights, weights, others, zeros, zeros, tf.constant(0.0)),
        best=(weights, others),
        lowest=tf.constant(float("inf")),
        best_epoch=tf.constant(0),
        epoch=tf.constant(0),
        losses=tf.zeros((tf.shape(data["batches"])[0], 2)),
    )
    with threefry_dropout():
        return tf.while_loop(
            lambda run: _goes_on(data, run), lambda run: (_epoch(network, data, run),), (run,)
        )[0]


def _goes_on(data: dict, run: Run) -> Any:
    """Tell whether another epoch is worth running."""
    import tensorflow as tf

    finite = tf.reduce_all(tf.math.is_finite(run.losses[:, 0]))
    patient = run.epoch - run.best_epoch <= data["patience"]
    return finite & patient & (run.epoch < data["n_epochs"])


def _epoch(network: Network, data: dict, run: Run) -> Run:
    """Go once through the mini-batches, then judge the weights."""
    import tensorflow as tf

    learner, training_loss = _learn(network, data, run)
    # Without validation patients every epoch is the best.
    loss, better = tf.constant(float("nan")), tf.constant(True)
    if data["validation"].shape[0]:
        loss = _validation_loss(network, data, learner)
        better = loss < run.lowest
    newest = (learner.mean, learner.others)
    pair = tf.stack([training_loss, loss])
    return Run(
        learner=learner,
        best=tf.nest.map_structure(functools.partial(tf.where, better), newest, run.best),
        lowest=tf.where(better, loss, run.lowest),
        best_epoch=tf.where(better, run.epoch, run.best_epoch),
        epoch=run.epoch + 1,
        losses=tf.tensor_scatter_nd_update(run.losses, [[run.epoch]], [pair]),
    )


def _learn(network: Network, data: dict, run: Run) -> tuple[Learner, Any]:
    """Learn from every mini-batch of the epoch and return the mean of their losses."""
    import tensorflow as tf

    def step(number: Any, total: Any, learner: Learner) -> tuple:
        batch = *_take(data, data["batches"][run.epoch, number]), data["in_batch"][number]
        loss, gradient, others = _gradient(network, learner, batch)
        learner = learner._replace(others=others)
        learner = _adam(learner, gradient, data["rates"][run.epoch], data["decay"])
        learner = _average(learner, data["averaging"])
        return number + 1, total + loss, learner

    _, total, learner = tf.while_loop(
        lambda number, *_: number < data["n_batches"],
        step,
        (tf.constant(0), tf.constant(0.0), run.learner),
    )
    return learner, total / tf.cast(data["n_batches"], tf.float32)


def _validation_loss(network: Network, data: dict, learner: Learner) -> Any:
    inputs, target = _take(data, data["validation"])
    kept = learner._replace(weights=learner.mean)
    predicted, *_ = _call(network, kept, inputs, training=False)
    return _weighted_mean(network.loss(target, predicted), data["in_validation"])


def _gradient(network: Network, learner: Learner, batch: tuple) -> tuple:
    """Return the loss of a mini-batch, its gradient and the other variables after it."""
    import tensorflow as tf

    inputs, target, counted = batch
    with tf.GradientTape() as tape:
        tape.watch(learner.weights)
        predicted, others, penalties = _call(network, learner, inputs, training=True)
        loss = _weighted_mean(network.loss(target, predicted), counted)
        objective = tf.add_n([loss, *penalties])
    return loss, tape.gradient(objective, learner.weights), others


def _call(network: Network, learner: Learner, inputs: Any, *, training: bool) -> tuple:
    """Return the predictions, the other variables after them and the layers' penalties."""
    model = network.model
    trainable = split_weights(learner.weights, model.trainable_variables)
    return model.stateless_call(
        trainable, learner.others, inputs, training=training, return_losses=True
    )


def _adam(learner: Learner, gradient: Any, rate: Any, decay: Any) -> Learner:
    """Change the weights by one step of Adam (Kingma & Ba 2015) with decoupled decay."""
    import tensorflow as tf

    n_steps = learner.n_steps + 1
    first = learner.first + (1 - ADAM_FIRST_DECAY) * (gradient - learner.first)
    second = learner.second + (1 - ADAM_SECOND_DECAY) * (gradient**2 - learner.second)
    scale = rate * tf.sqrt(1 - ADAM_SECOND_DECAY**n_steps) / (1 - ADAM_FIRST_DECAY**n_steps)
    shrunk = learner.weights * (1 - rate * decay)
    weights = shrunk - scale * first / (tf.sqrt(second) + ADAM_EPSILON)
    return Learner(weights, learner.mean, learner.others, first, second, n_steps)


def _average(learner: Learner, averaging: Any) -> Learner:
    """Move the mean of the weights towards the newest, with none of them lost at the start."""
    import tensorflow as tf

    # Early on a shorter average, or the initial weights would weigh for long.
    kept = tf.minimum(averaging, learner.n_steps / (learner.n_steps + 10))
    return learner._replace(mean=kept * learner.mean + (1 - kept) * learner.weights)


def _take(data: dict, rows: Any) -> tuple:
    """Return the inputs and the target of some rows."""
    import tensorflow as tf

    return tf.nest.map_structure(
        lambda tensor: tf.gather(tensor, rows), (data["inputs"], data["target"])
    )


def _weighted_mean(losses: Any, weights: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)
