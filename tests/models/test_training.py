import dataclasses

import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.models.backend import import_keras
from alsnb.models.batches import TrainingSettings, make_batches
from alsnb.models.rnn import RNNSettings, make_rnn
from alsnb.models.training import Trainer
from alsnb.models.weights import draw_weights

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


# Trainings of one batch size on up to 64 patients share a program, so these compile seldom.
@pytest.fixture(scope="module")
def trainer():
    return Trainer(perceptron(dropout_rate=0.2))


@pytest.fixture(scope="module")
def trainer_without_dropout():
    return Trainer(perceptron())


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(("n_patients", "weight_decay"), [(64, 0.0), (50, 0.0), (50, 0.3)])
def test_full_batch_epochs_equal_keras_adam(trainer_without_dropout, n_patients, weight_decay):
    trainer, reference = trainer_without_dropout, perceptron()
    inputs, target = table(n_patients)
    settings = dataclasses.replace(ONE_FULL_BATCH, n_epochs=3, weight_decay=weight_decay)
    ours = trainer.fit(inputs, target, settings, seed=5)

    seed = np.random.SeedSequence(5).generate_state(4)[2]
    reference.set_weights(draw_weights(trainer.model, trainer.built_weights, seed=seed))
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    reference.compile(optimizer, loss="mse", run_eagerly=True)
    losses = [reference.train_on_batch(inputs, target[:, None]) for _ in range(3)]

    for weight, expected in zip(ours.weights, reference.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, atol=1e-5)
    np.testing.assert_allclose(ours.training_losses[0], losses[0], rtol=1e-5)


def test_first_step_of_adam_is_the_learning_rate_against_the_gradient():
    line = keras.layers.Input((1,))
    trainer = Trainer(keras.Model(line, keras.layers.Dense(1, kernel_initializer="zeros")(line)))
    training = trainer.fit(np.array([[1.0], [3.0]]), [2.0, 4.0], ONE_FULL_BATCH, seed=0)
    np.testing.assert_allclose(training.weights[0], [[0.01]], rtol=1e-5)
    np.testing.assert_allclose(training.weights[1], [0.01], rtol=1e-5)
    np.testing.assert_allclose(training.training_losses, [(4 + 16) / 2])


def test_the_weights_kept_are_an_average_of_those_of_the_steps():
    line = keras.layers.Input((1,))
    trainer = Trainer(keras.Model(line, keras.layers.Dense(1, kernel_initializer="zeros")(line)))
    data = np.array([[1.0], [3.0]]), [2.0, 4.0]
    steps = [
        trainer.fit(*data, dataclasses.replace(ONE_FULL_BATCH, n_epochs=n), seed=0).weights
        for n in (1, 2, 3)
    ]
    settings = dataclasses.replace(ONE_FULL_BATCH, n_epochs=3, averaging=0.99)
    kept = trainer.fit(*data, settings, seed=0).weights
    for place, weight in enumerate(kept):
        mean = np.zeros_like(weight)
        for number, step in enumerate(steps, start=1):
            share = number / (number + 10)
            mean = share * mean + (1 - share) * step[place]
        np.testing.assert_allclose(weight, mean, rtol=1e-5)


def test_a_schedule_and_an_average_need_no_other_program(trainer):
    trainer.fit(*table(), QUICK, seed=0)
    n_traces = trainer.n_traces
    settings = dataclasses.replace(QUICK, schedule="cosine", averaging=0.9)
    trainer.fit(*table(), settings, seed=0)
    assert trainer.n_traces == n_traces


def test_early_stopping_keeps_the_best_weights(trainer):
    inputs, target = table(64)
    settings = dataclasses.replace(QUICK, n_epochs=60, patience=4, learning_rate=0.05)
    training = trainer.fit(inputs, target, settings, seed=1)
    losses = training.validation_losses
    assert len(losses) < 60
    assert training.best_epoch == np.argmin(losses) == len(losses) - 1 - settings.patience

    seeds = np.random.SeedSequence(1).generate_state(4)
    inner = make_batches(64, settings, seeds=seeds[:2])["validation"][:16]
    error = trainer.predict(training.weights, inputs[inner])[:, 0] - target[inner]
    np.testing.assert_allclose(np.mean(error**2), losses.min(), rtol=1e-4)


def test_without_validation_patients_the_last_epoch_is_kept(trainer):
    settings = dataclasses.replace(QUICK, validation_share=0.0)
    training = trainer.fit(*table(), settings, seed=1)
    assert training.best_epoch == 2
    assert np.isnan(training.validation_losses).all()


def test_folds_seeds_and_rates_share_one_compilation(trainer):
    trainer.fit(*table(60), QUICK, seed=0)
    n_traces = trainer.n_traces
    for n_patients in (61, 62):
        for seed in (0, 1):
            settings = dataclasses.replace(
                QUICK, learning_rate=0.01 + seed, n_epochs=2 + seed, patience=1 + seed
            )
            trainer.fit(*table(n_patients), settings, seed=seed)
    assert trainer.n_traces == n_traces
    trainer.fit(*table(65), QUICK, seed=0)
    assert trainer.n_traces == n_traces + 1


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


def test_a_prediction_does_not_depend_on_what_was_predicted_before():
    # Folds of unlike size fall to processes as they come: each must predict as if alone.
    shape = {"visits": (11, 5), "features": 6}
    rng = np.random.default_rng(0)
    first, other = (
        {"visits": rng.random((n, 11, 5)), "features": rng.random((n, 6))} for n in (894, 896)
    )
    alone, used = (Trainer(make_rnn(shape, RNNSettings())) for _ in range(2))
    # Biases begin as zeros, which hide in what order they are added.
    weights = [rng.normal(size=each.shape).astype("float32") for each in alone.built_weights]
    used.predict(weights, other)
    assert np.array_equal(used.predict(weights, first), alone.predict(weights, first))


def test_dropout_is_active_in_training_and_off_in_prediction(trainer, trainer_without_dropout):
    inputs, target = table()
    noisy, still = (
        each.fit(inputs, target, QUICK, seed=0) for each in (trainer, trainer_without_dropout)
    )
    assert not np.allclose(noisy.training_losses, still.training_losses)
    again = trainer.predict(noisy.weights, inputs)
    assert np.array_equal(trainer.predict(noisy.weights, inputs), again)
    # The rate does not matter to a prediction: the other model gives the same.
    np.testing.assert_allclose(
        trainer_without_dropout.predict(noisy.weights[:4], inputs), again, atol=1e-6
    )


def several_inputs():
    visits = keras.layers.Input((5, 3), name="visits")
    static = keras.layers.Input((2,), name="static")
    course = keras.layers.GRU(4, dropout=0.2)(visits)
    course = keras.layers.BatchNormalization()(course)
    joined = keras.layers.Concatenate()([course, static])
    return keras.Model({"visits": visits, "static": static}, keras.layers.Dense(2)(joined))


def test_several_inputs_outputs_and_batch_statistics():
    rng = np.random.default_rng(0)
    inputs = {"visits": rng.normal(size=(60, 5, 3)), "static": rng.normal(size=(60, 2))}
    trainer = Trainer(several_inputs())
    training = trainer.fit(inputs, rng.normal(size=(60, 2)), QUICK, seed=0)
    assert trainer.predict(training.weights, inputs).shape == (60, 2)
    names = [variable.name for variable in trainer.model.non_trainable_variables]
    moving_mean = training.weights[len(trainer.model.trainable_variables) :][
        names.index("moving_mean")
    ]
    assert (moving_mean != 0).all()


def test_padding_of_a_batch_does_not_count(trainer_without_dropout):
    settings = dataclasses.replace(ONE_FULL_BATCH, batch_size=100)
    exact, padded = (
        trainer_without_dropout.fit(*table(64), each, seed=0) for each in (ONE_FULL_BATCH, settings)
    )
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
