"""How much faster is our compiled loop than Keras ``fit``, at equal validation loss?"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import KFold

from alsnb.models.backend import import_keras
from alsnb.models.batches import TrainingSettings
from alsnb.models.cnn import CNNSettings, make_cnn
from alsnb.models.ffnn import FFNNSettings, make_ffnn
from alsnb.models.rnn import RNNSettings, make_rnn
from alsnb.models.training import Trainer

N_PATIENTS, N_FEATURES, N_FOLDS = 2190, 30, 5
TRAINED = {"n_epochs": 60, "batch_size": 32, "validation_share": 0.0, "weight_decay": 0.0}
SHAPE = {"features": N_FEATURES, "visits": [11, 5]}


@dataclass(frozen=True)
class Case:
    """A network, its name in the results and how many times faster ours must be."""

    title: str
    make: Callable[[], Any]
    settings: TrainingSettings
    aim: float


FFNN, CNN, RNN = FFNNSettings(**TRAINED), CNNSettings(**TRAINED), RNNSettings(**TRAINED)

CASES = {
    "ffnn": Case("feed-forward", lambda: make_ffnn(N_FEATURES, FFNN), FFNN, aim=12),
    "cnn": Case("convolutional", lambda: make_cnn(SHAPE, CNN), CNN, aim=6),
    "rnn": Case("recurrent", lambda: make_rnn(SHAPE, RNN), RNN, aim=6),
}


def make_patients(seed=0):
    """Return standardised inputs and a target of which they explain a fifth, as in PRO-ACT."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(N_PATIENTS, N_FEATURES))
    visits = rng.normal(size=(N_PATIENTS, 11, 1)) + 0.5 * rng.normal(size=(N_PATIENTS, 11, 5))
    signal = features[:, 0] + np.tanh(features[:, 1] * features[:, 2])
    signal += visits[:, 0, 4] - visits[:, 0, 0]
    target = signal / signal.std() * 0.45 + rng.normal(size=N_PATIENTS) * 0.9
    inputs = {"features": features.astype("float32"), "visits": visits.astype("float32")}
    return inputs, target.astype("float32")


def take(case, inputs, patients):
    """Return what the network of a case reads of some patients."""
    taken = {name: values[patients] for name, values in inputs.items()}
    return taken["features"] if case.settings is FFNN else taken


def cross_validate_ours(case, inputs, target, folds):
    trainer = Trainer(case.make())
    losses = []
    for number, (train, held_out) in enumerate(folds):
        training = trainer.fit(take(case, inputs, train), target[train], case.settings, seed=number)
        predicted = trainer.predict(training.weights, take(case, inputs, held_out))[:, 0]
        losses.append(np.mean((predicted - target[held_out]) ** 2))
    return losses


def cross_validate_keras(case, inputs, target, folds):
    keras, settings = import_keras(), case.settings
    losses = []
    for number, (train, held_out) in enumerate(folds):
        keras.utils.set_random_seed(number)
        model = case.make()
        model.compile(keras.optimizers.Adam(settings.learning_rate), loss="mse")
        model.fit(
            take(case, inputs, train),
            target[train],
            batch_size=settings.batch_size,
            epochs=settings.n_epochs,
            verbose=0,
        )
        predicted = model.predict(take(case, inputs, held_out), verbose=0)[:, 0]
        losses.append(np.mean((predicted - target[held_out]) ** 2))
    return losses


def measure(names=tuple(CASES)):
    """Cross-validate the same networks with both, compilation included.

    Returns
    -------
    list of dict
        ``name``, ``ratio`` (Keras seconds per second of ours, higher is better), ``aim`` and
        ``detail`` (a sentence with the seconds and the losses), one for each network.
    """
    import_keras()  # neither side pays for the import
    return [compare(CASES[name]) for name in names]


def compare(case):
    inputs, target = make_patients()
    folds = list(KFold(N_FOLDS, shuffle=True, random_state=0).split(target))
    seconds, losses = {}, {}
    for name, cross_validate in (("ours", cross_validate_ours), ("keras", cross_validate_keras)):
        start = time.perf_counter()
        losses[name] = cross_validate(case, inputs, target, folds)
        seconds[name] = time.perf_counter() - start
    difference = np.subtract(losses["ours"], losses["keras"])
    spread = difference.std(ddof=1) / N_FOLDS**0.5
    return {
        "name": f"5-fold cross-validation of the {case.title} network",
        "ratio": round(seconds["keras"] / seconds["ours"], 2),
        "aim": case.aim,
        "better": "higher",
        "detail": (
            f"ours {seconds['ours']:.1f} s, Keras fit {seconds['keras']:.1f} s; validation loss "
            f"{np.mean(losses['ours']):.3f} and {np.mean(losses['keras']):.3f}, difference over "
            f"folds {difference.mean():+.3f} (standard error {spread:.3f})"
        ),
    }


if __name__ == "__main__":
    for row in measure():
        print(row)
