"""Networks trained together are those trained alone, and what is learnt is learnt from training."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax

from alsnb.checks import BadInput
from alsnb.models.boltzmann import pretrain_layers
from alsnb.models.layered import LAYERED, LayeredSettings, train_layered
from alsnb.models.stacked import ACTIVATIONS, Adam, StackSettings, gradient, predict_logits
from alsnb.models.together import AT_ONCE, OTHER, TRAIN, VALIDATION, scale, train_together

SETTINGS = StackSettings(hidden_sizes=(8, 4), n_epochs=15, patience=5, learning_rate=0.01)
N_PATIENTS, N_TRAIN, N_WATCHED = 40, 24, 6


UNEVEN = np.full((2, N_PATIENTS), TRAIN)
UNEVEN[0, :1] = UNEVEN[1, :2] = VALIDATION


def make_data(n_networks=3, n_inputs=5, seed=0):
    rng = np.random.default_rng(seed)
    classes = np.arange(N_PATIENTS) % 3
    inputs = rng.normal(size=(N_PATIENTS, n_inputs)) + classes[:, None]
    parts = np.full((n_networks, N_PATIENTS), OTHER)
    for own in parts:
        order = rng.permutation(N_PATIENTS)
        own[order[:N_TRAIN]] = TRAIN
        own[order[N_TRAIN : N_TRAIN + N_WATCHED]] = VALIDATION
    return inputs, classes, parts


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_is_that_of_finite_differences(activation):
    rng = np.random.default_rng(1)
    shapes = [(2, 3, 4), (2, 1, 4), (2, 4, 5), (2, 1, 5), (2, 5, 3), (2, 1, 3)]
    weights = [rng.normal(size=shape) for shape in shapes]
    inputs = rng.normal(size=(2, 7, 3))
    wanted = np.eye(3)[rng.integers(0, 3, (2, 7))]
    ones = [np.ones((2, 7, size)) for size in (4, 5)]

    def loss():
        logits = predict_logits(weights, inputs, activation)
        return -(log_softmax(logits, axis=2) * wanted).sum(axis=2).mean(axis=1)

    found = gradient(weights, inputs, wanted, activation, ones)
    for weight, slope in zip(weights, found, strict=True):
        place = (1, *(size // 2 for size in weight.shape[1:]))
        weight[place] += 1e-6
        above = loss()
        weight[place] -= 2e-6
        below = loss()
        weight[place] += 1e-6
        assert slope[place] == pytest.approx((above - below)[1] / 2e-6, abs=1e-6)
        # another network's weight changes nothing for this one
        assert above[0] == below[0]


def test_the_first_step_of_adam_by_hand():
    kernel, bias = np.full((1, 2, 1), 2.0, "float32"), np.full((1, 1, 1), 2.0, "float32")
    settings = StackSettings(learning_rate=0.1, weight_decay=0.5)
    Adam([kernel, bias], settings).step(
        [kernel, bias], [np.array([[[3.0], [-1.0]]], "float32"), np.array([[[4.0]]], "float32")]
    )
    # a first step is as long as the learning rate, whatever the gradient; only kernels decay
    np.testing.assert_allclose(kernel.ravel(), [2 * 0.95 - 0.1, 2 * 0.95 + 0.1], rtol=1e-5)
    np.testing.assert_allclose(bias.ravel(), [1.9], rtol=1e-5)


def test_a_network_is_the_same_alone_and_among_others():
    inputs, classes, parts = make_data(AT_ONCE + 2)
    many = train_together(inputs, classes, parts, SETTINGS, seed=3)
    few = train_together(inputs, classes, parts[:2], SETTINGS, seed=3)
    np.testing.assert_allclose(few.probabilities, many.probabilities[:2], atol=1e-5)
    np.testing.assert_array_equal(few.best_epochs, many.best_epochs[:2])
    assert many.probabilities.shape == (AT_ONCE + 2, N_PATIENTS, 3)
    np.testing.assert_allclose(many.probabilities.sum(axis=2), 1, atol=1e-5)
    assert np.unique(many.probabilities[:, 0, 0]).size == AT_ONCE + 2


def test_it_learns_and_a_shuffled_target_teaches_nothing():
    inputs, classes, parts = make_data(6)
    inputs = inputs + 2 * classes[:, None]
    settings = replace(SETTINGS, n_epochs=60, patience=20, dropout_rate=0.0)
    held_out = parts == OTHER

    def accuracy(target):
        found = train_together(inputs, target, parts, settings, seed=1).probabilities
        return (found.argmax(axis=2) == target)[held_out].mean()

    assert accuracy(classes) > 0.7
    assert accuracy(np.random.default_rng(2).permutation(classes)) < 0.6


def test_held_out_patients_teach_nothing():
    inputs, classes, parts = make_data()
    first = train_together(inputs, classes, parts, SETTINGS, seed=1)
    some = parts[0] == OTHER
    others = inputs.copy()
    others[some] = 1e6
    relabelled = np.where(some, (classes + 1) % 3, classes)
    again = train_together(others, relabelled, parts[:1], SETTINGS, seed=1)
    np.testing.assert_allclose(
        again.probabilities[0][~some], first.probabilities[0][~some], atol=1e-6
    )


def test_the_best_epoch_is_kept_not_the_last():
    inputs, classes, parts = make_data(4)
    # what cannot be learnt is overfitted, so that stopping matters
    classes = np.random.default_rng(1).permutation(classes)
    settings = replace(SETTINGS, n_epochs=80, patience=8, dropout_rate=0.0)
    found = train_together(inputs, classes, parts, settings, seed=1)
    assert (found.best_epochs < 79 - 8).all()
    watched = parts == VALIDATION
    of_class = np.take_along_axis(found.probabilities, classes[None, :, None], axis=2)[:, :, 0]
    losses = (-np.log(of_class) * watched).sum(axis=1) / watched.sum(axis=1)
    np.testing.assert_allclose(losses, found.validation_losses, rtol=1e-4)


def test_scaling_by_hand():
    inputs = np.array([[0.0, 5.0, 1.0], [2.0, 5.0, np.nan], [9.0, 7.0, 3.0], [4.0, 5.0, 0.0]])
    found = scale(inputs, np.array([[0, 1]]), least_present=0.5)[0]
    # mean 1 and SD 1 of the first two; 9 is clipped; a constant is 0; a gap is the mean
    np.testing.assert_allclose(found[:, 0], [-1, 1, 3, 3])
    assert not found[:, 1].any()
    assert not found[:, 2].any()
    rare = scale(inputs, np.array([[0, 1]]), least_present=0.6)[0]
    assert not rare[:, 0].any()


def test_the_layered_network_is_fed_by_the_others():
    inputs, classes, parts = make_data(5)
    noise = np.random.default_rng(5).normal(size=inputs.shape)
    settings = LayeredSettings(source=SETTINGS, layered=SETTINGS, least_present={})
    found = train_layered({"signal": inputs, "noise": noise}, classes, parts, settings, seed=1)
    assert list(found) == ["signal", "noise", LAYERED]
    said = np.concatenate([found[name].probabilities for name in ("signal", "noise")], axis=2)
    alone = train_together(said, classes, parts, SETTINGS, seed=[1, 2])
    np.testing.assert_array_equal(alone.probabilities, found[LAYERED].probabilities)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"inputs": np.ones((7, 2))}, "Align both"),
        ({"classes": np.zeros(3, int)}, "a class for each of 40"),
        ({"parts": np.full((2, N_PATIENTS), OTHER)}, "to learn from"),
        (
            {"parts": np.array([[TRAIN] * 39 + [VALIDATION], [TRAIN] * 38 + [VALIDATION] * 2])},
            "as many",
        ),
        ({"inputs": np.full((N_PATIENTS, 2), np.inf)}, "80 infinite"),
        ({"settings": replace(SETTINGS, activation="gelu")}, "activation.*'relu'"),
    ],
)
def test_what_cannot_be_trained_is_refused(change, expected):
    inputs, classes, parts = make_data()
    given = {"inputs": inputs, "classes": classes, "parts": parts, "settings": SETTINGS} | change
    with pytest.raises(BadInput, match=expected):
        train_together(**given, seed=0)


def test_a_boltzmann_machine_learns_to_give_back_what_it_reads():
    rng = np.random.default_rng(0)
    hidden = rng.integers(0, 2, (2, 60, 2))
    inputs = (hidden @ rng.normal(size=(2, 2, 8))).astype("float32")
    inputs = (inputs - inputs.mean(axis=1, keepdims=True)) / inputs.std(axis=1, keepdims=True)
    shapes = [(2, 8, 6), (2, 1, 6), (2, 6, 4), (2, 1, 4), (2, 4, 3), (2, 1, 3)]
    weights = [0.1 * rng.normal(size=shape).astype("float32") for shape in shapes]
    before = [weight.copy() for weight in weights]
    rngs = [np.random.default_rng(seed) for seed in (1, 2)]
    how = {"n_epochs": 60, "rate": 0.05, "batch_size": 20, "rngs": rngs}
    errors = pretrain_layers(weights, inputs, **how)
    assert errors.shape == (2, 60, 2)
    assert (errors[0, -5:].mean(axis=0) < 0.7 * errors[0, :3].mean(axis=0)).all()
    assert all((one != two).all() for one, two in zip(weights[:4], before[:4], strict=True))
    assert all((one == two).all() for one, two in zip(weights[4:], before[4:], strict=True))


def test_pretraining_is_an_option_that_changes_the_start():
    inputs, classes, parts = make_data(AT_ONCE + 1)
    belief = replace(SETTINGS, activation="sigmoid", pretraining_epochs=3)
    found = train_together(inputs, classes, parts, belief, seed=1)
    plain = train_together(inputs, classes, parts, replace(belief, pretraining_epochs=0), seed=1)
    assert (found.probabilities != plain.probabilities).any()
    alone = train_together(inputs, classes, parts[:1], belief, seed=1)
    np.testing.assert_allclose(alone.probabilities[0], found.probabilities[0], atol=1e-5)
