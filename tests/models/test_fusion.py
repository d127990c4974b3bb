"""Fusion: who is learnt from by which network, and what late and stacked fusion are."""

import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.models import fusion
from alsnb.models.fusion import EARLY, LATE, STACKED, deal_folds, train_fused
from alsnb.models.layered import LAYERED, LayeredSettings
from alsnb.models.stacked import StackSettings
from alsnb.models.together import OTHER, TRAIN, VALIDATION, train_together

QUICK = StackSettings(hidden_sizes=(4,), n_epochs=4, patience=3)
SETTINGS = LayeredSettings(source=QUICK, layered=QUICK)


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(0)
    classes = np.arange(40) % 3
    sources = {name: rng.standard_normal((40, 3)) + classes[:, None] for name in ("one", "two")}
    parts = np.full((2, 40), OTHER)
    for own in parts:
        order = rng.permutation(40)
        own[order[:22]], own[order[22:30]] = TRAIN, VALIDATION
    return sources, classes, parts


def test_folds_share_the_training_patients_and_classes(case):
    _, classes, parts = case
    folds = deal_folds(classes, parts, 4, seed=1)
    assert ((folds >= 0) == (parts == TRAIN)).all()
    for own in folds:
        sizes = np.bincount(own[own >= 0])
        assert sizes.tolist() == [6, 6, 5, 5]
        for fold in range(4):
            assert np.bincount(classes[own == fold], minlength=3).max() <= 3
    with pytest.raises(BadInput, match="30 folds of 22"):
        deal_folds(classes, parts, 30, seed=1)


def test_no_out_of_fold_probability_comes_from_who_has_learnt_from_the_patient(case, monkeypatch):
    sources, classes, parts = case
    learnt = []

    def watch(inputs, classes, parts, settings, **how):
        learnt.append(parts == TRAIN)
        return train_together(inputs, classes, parts, settings, **how)

    monkeypatch.setattr(fusion, "train_together", watch)
    found = train_fused(sources, classes, parts, SETTINGS, n_folds=2, seed=1)
    # two folds of two sources, then early and stacked
    assert len(learnt) == 6
    for number in range(4):
        in_fold = found.folds == number // 2
        assert not (learnt[number] & in_fold).any()
        assert (learnt[number] | in_fold | (parts != TRAIN)).all()
    for own in learnt[4:]:
        assert (own == (parts == TRAIN)).all()


def test_what_the_fusions_are(case):
    sources, classes, parts = case
    found = train_fused(sources, classes, parts, SETTINGS, n_folds=2, seed=1)
    assert list(found.said) == ["one", "two", EARLY, LATE, LAYERED, STACKED]
    mean = (found.said["one"] + found.said["two"]) / 2
    np.testing.assert_allclose(found.said[LATE], mean)
    for chances in found.said.values():
        assert chances.shape == (2, 40, 3)
        np.testing.assert_allclose(chances.sum(axis=2), 1, rtol=1e-5)
    others = parts != TRAIN
    for name, chances in found.out_of_fold.items():
        np.testing.assert_array_equal(chances[others], found.said[name][others])
        assert (chances[~others] != found.said[name][~others]).any()


def test_held_out_patients_teach_nothing(case):
    sources, classes, parts = case
    first = train_fused(sources, classes, parts[:1], SETTINGS, n_folds=2, seed=1)
    held = parts[0] == OTHER
    one = np.flatnonzero(held)[0]
    changed = {name: values.copy() for name, values in sources.items()}
    for values in changed.values():
        values[held & (np.arange(40) != one)] = 50.0
    other_classes = np.where(held, (classes + 1) % 3, classes)
    second = train_fused(changed, other_classes, parts[:1], SETTINGS, n_folds=2, seed=1)
    for name, chances in first.said.items():
        np.testing.assert_allclose(second.said[name][0, one], chances[0, one], rtol=1e-5)
        np.testing.assert_allclose(second.said[name][0, ~held], chances[0, ~held], rtol=1e-5)
