import dataclasses

import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.models.batches import TrainingSettings, check_inputs, make_batches, make_rates, pad_rows

SETTINGS = TrainingSettings(n_epochs=3, batch_size=16, validation_share=0.25)


@pytest.mark.parametrize("n_patients", [2, 16, 63, 70, 130])
def test_batches_hold_each_learning_patient_once_per_epoch(n_patients):
    batches = make_batches(n_patients, SETTINGS, seeds=[0, 1])
    counted = batches["in_batch"] == 1
    inner = set(batches["validation"][batches["in_validation"] == 1])
    assert len(inner) == round(0.25 * n_patients)
    learning = set(range(n_patients)) - inner
    for epoch in range(SETTINGS.n_epochs):
        assert sorted(batches["batches"][epoch][counted]) == sorted(learning)
    assert set(batches["batches"][: SETTINGS.n_epochs].ravel()) == learning
    assert not counted[batches["n_batches"] :].any()


def test_epochs_differ_and_each_seed_decides_its_part():
    first, order, split = (make_batches(70, SETTINGS, seeds=s) for s in ([0, 1], [0, 2], [3, 1]))
    assert not np.array_equal(first["batches"][0], first["batches"][1])
    assert np.array_equal(first["validation"], order["validation"])
    assert not np.array_equal(first["batches"], order["batches"])
    assert not np.array_equal(first["validation"], split["validation"])


def test_similar_folds_have_the_same_shapes():
    shapes = [
        {name: np.shape(array) for name, array in make_batches(n, SETTINGS, seeds=[0, 1]).items()}
        for n in (65, 100, 128)
    ]
    assert shapes[0] == shapes[1] == shapes[2]


@pytest.mark.parametrize(("n_rows", "padded"), [(0, 64), (1, 64), (64, 64), (65, 128)])
def test_rows_are_padded_with_zeros(n_rows, padded):
    array = pad_rows(np.ones((n_rows, 2), "float32"))
    assert array.shape == (padded, 2)
    assert array.dtype == "float32"
    assert array.sum() == 2 * n_rows


@pytest.mark.parametrize(
    "change", [{"validation_share": 1.0}, {"n_epochs": 0}, {"batch_size": 0}, {"patience": 0}]
)
def test_unusable_settings_are_refused(change):
    with pytest.raises(BadInput, match=next(iter(change))):
        make_batches(64, dataclasses.replace(SETTINGS, **change), seeds=[0, 1])


def test_inputs_keep_their_structure_and_whole_numbers():
    checked = check_inputs({"a": np.ones((2, 3)), "b": (np.ones(2), np.array([1, 2]))})
    assert checked["a"].dtype == checked["b"][0].dtype == "float32"
    assert checked["b"][1].dtype.kind == "i"


def test_the_rate_stays_or_falls_along_half_a_cosine():
    constant = make_rates(TrainingSettings(n_epochs=4, learning_rate=0.5))
    np.testing.assert_allclose(constant[:4], 0.5)
    falling = make_rates(TrainingSettings(n_epochs=4, learning_rate=0.5, schedule="cosine"))
    # in the middle of the epochs: cosine of pi / 8, 3 pi / 8, ...
    expected = 0.25 * (1 + np.cos(np.pi * np.array([1, 3, 5, 7]) / 8))
    np.testing.assert_allclose(falling[:4], expected, rtol=1e-6)
    assert (falling[4:] == 0).all()
    assert len(falling) == len(constant) == 64


def test_an_unknown_schedule_and_a_whole_average_are_refused():
    with pytest.raises(BadInput, match="schedule"):
        make_rates(TrainingSettings(schedule="linear"))
    settings = dataclasses.replace(SETTINGS, averaging=1.0)
    with pytest.raises(BadInput, match="averaging"):
        make_batches(64, settings, seeds=[0, 1])
