"""Regressions on many studies at once, and what is tested in each."""

import numpy as np
import pytest

from alsnb.fits.increments import Fresh, Studies, find_increments, gather_studies, score_studies


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))


def draw(n_studies=6, n=90, worth=0.0, seed=0):
    """Draw studies in which one clinical input tells the class, and one of MRI by its worth."""
    rng = np.random.default_rng(seed)
    clinical = rng.standard_normal((n_studies, n, 1))
    mri = rng.standard_normal((n_studies, n, 1))
    latent = clinical[..., 0] + worth * mri[..., 0] + 0.7 * rng.standard_normal((n_studies, n))
    return {
        "majority": clinical[..., :0],
        "clinical": clinical,
        "combined": np.concatenate([clinical, mri], axis=2),
    }, np.digitize(latent, [-0.6, 0.6])


def studies(n_learnt=60, **how):
    inputs, classes = draw(**how)
    return Studies(inputs=inputs, classes=classes, n_learnt=n_learnt)


def test_studies_share_nobody_and_keep_their_order():
    inputs = {"clinical": np.arange(11.0)[:, None], "none": np.zeros((11, 0))}
    found = gather_studies(inputs, np.arange(11) % 3, n_patients=3, n_learnt=2)
    assert found.inputs["clinical"][..., 0].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert found.inputs["none"].shape == (3, 3, 0)
    assert found.classes.tolist() == [[0, 1, 2]] * 3
    assert "3 of 3 patients" in repr(found)


def test_the_largest_class_is_called_by_who_reads_nothing():
    scores = score_studies(studies())
    own = scores[scores["model"] == "majority"].set_index("study")["accuracy"]
    every = studies()
    for number, classes in enumerate(every.classes):
        largest = np.bincount(classes[:60]).argmax()
        assert own[number] == pytest.approx((classes[60:] == largest).mean())


def test_patients_held_out_teach_nothing():
    every = studies(worth=1.0)
    before = score_studies(every)
    inputs = {name: table.copy() for name, table in every.inputs.items()}
    fresh = Fresh(inputs={n: t[0] for n, t in every.inputs.items()}, classes=every.classes[0])
    on_fresh = score_studies(every, fresh)
    for table in inputs.values():
        table[:, 60:] = 99.0
    altered = Studies(inputs=inputs, classes=every.classes, n_learnt=60)
    assert score_studies(altered, fresh).equals(on_fresh)
    assert not score_studies(altered).equals(before)


def test_mri_that_tells_something_is_found_and_mri_that_tells_nothing_is_not():
    how = {"n_resamples": 200, "n_permutations": 39, "seed": 0}
    worthy = find_increments(studies(worth=1.5), **how)
    assert (worthy["p_permuted"] == 1 / 40).all()
    assert (worthy["gain"] > 0).all()
    assert (worthy["low"] <= worthy["gain"]).all()
    assert (worthy["gain"] <= worthy["high"]).all()
    worthless = find_increments(studies(n_studies=40), **how)
    assert worthless["p_permuted"].min() < 0.5 < worthless["p_permuted"].max()
    assert 0.3 < worthless["p_permuted"].mean() < 0.7
    assert (worthless["p_permuted"] < 0.05).mean() <= 0.15


def test_counts_agree_with_the_accuracies():
    every = studies(worth=0.5)
    found = find_increments(every, n_resamples=20, n_permutations=0, seed=0)
    scores = score_studies(every).pivot_table("accuracy", "study", "model")
    gained = (found["n_won"] - found["n_lost"]) / 30
    assert np.allclose(gained, scores["combined"] - scores["clinical"])
    assert found["p_permuted"].isna().all()
    rps = score_studies(every).pivot_table("rps", "study", "model")
    assert np.allclose(found["gain"], rps["clinical"] - rps["combined"])
