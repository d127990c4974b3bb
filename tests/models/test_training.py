import dataclasses
import logging
import os
import subprocess
import sys

import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.models.training import (
    Trainer,
    TrainingSettings,
    draw_weights,
    import_keras,
    make_batches,
)

keras = import_keras()

QUICK = TrainingSettings(n_epochs=3, batch_size=16, patience=3, validation_share=0.25)
ONE_FULL_BATCH = TrainingSettings(
    n_epochs=1, batch_size=64, validation_share=0.0, learning_rate=0.01
)


def table(n_patients=64, n_features=4, *, seed=0):
    """A target that is a line plus noise."""
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n_patients, n_features)).astype("float32")
    return inputs, inputs[:, 0] - inputs[:, 1] + rng.normal(size=n_patients)


def perceptron(n_features=4, dropout_rate=0.0):
    features = keras.layers.Input((n_features,))
    hidden = keras.layers.Dense(8, activation="tanh")(features)
    hidden = keras.layers.Dropout(dropout_rate)(hidden)
    return keras.Model(features, keras.layers.Dense(1)(hidden))


@pytest.fixture(scope="module")
def trainer():
    return Trainer(perceptron(dropout_rate=0.2))


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(("n_patients", "weight_decay"), [(64, 0.0), (50, 0.0), (50, 0.3)])
def test_full_batch_epochs_equal_keras_adam(n_patients, weight_decay):
    inputs, target = table(n_patients)
    model = perceptron()
    trainer = Trainer(model)
    settings = dataclasses.replace(ONE_FULL_BATCH, n_epochs=3, weight_decay=weight_decay)
    ours = trainer.fit(inputs, target, settings, seed=5)

    start = draw_weights(
        model, trainer.built_weights, seed=np.random.SeedSequence(5).generate_state(4)[2]
    )
    trainer.put_weights(start)
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, loss="mse")
    losses = [model.train_on_batch(inputs, target[:, None]) for _ in range(3)]

    for weight, reference in zip(ours.weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(weight, reference, atol=1e-5)
    np.testing.assert_allclose(ours.training_losses[0], losses[0], rtol=1e-5)


def test_first_step_of_adam_is_the_learning_rate_against_the_gradient():
    line = keras.layers.Input((1,))
    trainer = Trainer(keras.Model(line, keras.layers.Dense(1, kernel_initializer="zeros")(line)))
    training = trainer.fit(np.array([[1.0], [3.0]]), [2.0, 4.0], ONE_FULL_BATCH, seed=0)
    np.testing.assert_allclose(training.weights[0], [[0.01]], rtol=1e-5)
    np.testing.assert_allclose(training.weights[1], [0.01], rtol=1e-5)
    np.testing.assert_allclose(training.training_losses, [(4 + 16) / 2])


def test_early_stopping_keeps_the_best_weights(trainer):
    inputs, target = table(80)
    settings = dataclasses.replace(QUICK, n_epochs=60, patience=4, learning_rate=0.05)
    training = trainer.fit(inputs, target, settings, seed=1)
    losses = training.validation_losses
    assert len(losses) < 60
    assert training.best_epoch == np.argmin(losses) == len(losses) - 1 - settings.patience

    seeds = np.random.SeedSequence(1).generate_state(4)
    inner = make_batches(80, settings, seeds=seeds[:2])["validation"][:20]
    error = trainer.predict(training.weights, inputs[inner])[:, 0] - target[inner]
    np.testing.assert_allclose(np.mean(error**2), losses.min(), rtol=1e-4)


def test_without_validation_patients_the_last_epoch_is_kept(trainer):
    settings = dataclasses.replace(QUICK, validation_share=0.0)
    training = trainer.fit(*table(), settings, seed=1)
    assert training.best_epoch == 2
    assert np.isnan(training.validation_losses).all()


def test_folds_seeds_and_rates_share_one_compilation():
    trainer = Trainer(perceptron())
    for n_patients in (100, 101, 102):
        for seed in (0, 1):
            settings = dataclasses.replace(
                QUICK, learning_rate=0.01 + seed, n_epochs=2 + seed, patience=1 + seed
            )
            trainer.fit(*table(n_patients), settings, seed=seed)
    assert trainer.n_traces == 1


def test_same_seed_gives_the_same_weights_and_another_seed_others(trainer):
    first, again, other = (trainer.fit(*table(), QUICK, seed=seed) for seed in (3, 3, 4))
    assert same(first.weights[:4], again.weights[:4])
    assert np.array_equal(first.validation_losses, again.validation_losses)
    assert not same(first.weights[:4], other.weights[:4])


def test_training_does_not_change_the_model(trainer):
    before = trainer.model.get_weights()
    trainer.fit(*table(), QUICK, seed=0)
    assert same(before, trainer.model.get_weights())


def test_weights_can_be_put_in_the_model(trainer):
    inputs, target = table()
    training = trainer.fit(inputs, target, QUICK, seed=0)
    expected = trainer.predict(training.weights, inputs)
    model = trainer.put_weights(training.weights)
    np.testing.assert_allclose(model(inputs), expected, atol=1e-6)


def test_dropout_is_active_in_training_and_off_in_prediction():
    inputs, target = table()
    still, noisy = (Trainer(perceptron(dropout_rate=rate)) for rate in (0.0, 0.5))
    losses = [
        trainer.fit(inputs, target, QUICK, seed=0).training_losses for trainer in (still, noisy)
    ]
    assert not np.allclose(*losses)
    weights = noisy.fit(inputs, target, QUICK, seed=0).weights
    assert np.array_equal(noisy.predict(weights, inputs), noisy.predict(weights, inputs))


def test_every_random_initializer_is_drawn_again():
    visits = keras.layers.Input((5, 3))
    model = keras.Model(visits, keras.layers.Dense(1)(keras.layers.LSTM(4)(visits)))
    built = Trainer(model).built_weights
    first, again, other = (draw_weights(model, built, seed=seed) for seed in (0, 0, 1))
    assert same(first, again)
    changed = [not np.array_equal(a, b) for a, b in zip(first, other, strict=True)]
    assert changed[:5] == [True, True, False, True, False]  # biases stay as built
    np.testing.assert_allclose(first[1] @ first[1].T, np.eye(4), atol=1e-5)  # orthogonal


def several_inputs():
    visits = keras.layers.Input((5, 3), name="visits")
    static = keras.layers.Input((2,), name="static")
    course = keras.layers.GRU(4, dropout=0.2)(visits)
    course = keras.layers.BatchNormalization()(course)
    joined = keras.layers.Concatenate()([course, static])
    return keras.Model({"visits": visits, "static": static}, keras.layers.Dense(2)(joined))


def test_several_inputs_outputs_and_batch_statistics():
    rng = np.random.default_rng(0)
    inputs = {"visits": rng.normal(size=(70, 5, 3)), "static": rng.normal(size=(70, 2))}
    trainer = Trainer(several_inputs())
    training = trainer.fit(inputs, rng.normal(size=(70, 2)), QUICK, seed=0)
    assert trainer.predict(training.weights, inputs).shape == (70, 2)
    names = [variable.name for variable in trainer.model.non_trainable_variables]
    moving_mean = training.weights[len(trainer.model.trainable_variables) :][
        names.index("moving_mean")
    ]
    assert (moving_mean != 0).all()


def test_batches_hold_each_learning_patient_once_per_epoch():
    batches = make_batches(70, QUICK, seeds=np.array([0, 1]))
    counted = batches["in_batch"] == 1
    inner = set(batches["validation"][batches["in_validation"] == 1])
    assert len(inner) == round(0.25 * 70)
    for epoch in range(QUICK.n_epochs):
        rows = batches["batches"][epoch][counted]
        assert sorted(rows) == sorted(set(range(70)) - inner)
    assert not np.array_equal(batches["batches"][0], batches["batches"][1])
    assert not inner & set(batches["batches"][: QUICK.n_epochs].ravel())


def test_rows_after_the_padding_do_not_count():
    inputs, target = table(64)
    trainer = Trainer(perceptron())
    exact = trainer.fit(inputs, target, ONE_FULL_BATCH, seed=0)
    twice = dataclasses.replace(ONE_FULL_BATCH, batch_size=100)
    padded = trainer.fit(inputs, target, twice, seed=0)
    for a, b in zip(exact.weights, padded.weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_diverging_training_says_so(trainer):
    settings = dataclasses.replace(QUICK, learning_rate=1e30, n_epochs=20)
    with pytest.raises(BadInput, match=r"finite loss.*Lower learning_rate \(now 1e\+30\)"):
        trainer.fit(*table(), settings, seed=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda inputs, target: (np.where(inputs > 2, np.nan, inputs), target),
            "an input.*missing",
        ),
        (lambda inputs, target: (inputs, target / 0), "the target.*infinite"),
        (lambda inputs, target: (inputs[1:], target), "as many as targets; found 63"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_unusable_inputs_are_refused(trainer, change, message):
    with pytest.raises(BadInput, match=message):
        trainer.fit(*change(*table()), QUICK, seed=0)


@pytest.mark.parametrize(
    "change", [{"validation_share": 1.0}, {"n_epochs": 0}, {"batch_size": 0}, {"patience": 0}]
)
def test_unusable_settings_are_refused(trainer, change):
    with pytest.raises(BadInput, match=next(iter(change))):
        trainer.fit(*table(), dataclasses.replace(QUICK, **change), seed=0)


def test_nothing_is_written_to_stderr_in_a_fresh_process():
    script = """
import numpy as np
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.network import NetworkRegressor
inputs = np.random.default_rng(0).normal(size=(70, 3))
regressor = NetworkRegressor(FFNNSettings(n_epochs=2), n_networks=1)
regressor.fit(inputs, inputs[:, 0]).predict(inputs)
"""
    hidden = {"TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_compiling_for_many_shapes_warns_nobody(caplog):
    import tensorflow as tf

    program = tf.function(lambda tensor: tensor + 1)
    for n_rows in range(1, 9):
        program(tf.zeros(n_rows))
    assert not logging.getLogger("tensorflow").isEnabledFor(logging.WARNING)
    assert not caplog.records


def test_importing_the_module_does_not_import_tensorflow():
    script = "import sys, alsnb.models.network; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
