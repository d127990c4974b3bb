import os
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alsnb.imaging.mice import read_mice
from alsnb.lessons.mice import figures, study, tables
from alsnb.models.layered import LAYERED

needs_mice = pytest.mark.skipif(not os.environ.get("ALSNB_MICE"), reason="ALSNB_MICE names no data")


def make_mice(gap, seed=0):
    """Thirty-two invented mice of four strains whose volumes differ by so many SDs."""
    rng = np.random.default_rng(seed)
    names = pd.Index([f"m{n}" for n in range(32)])
    classes = pd.Series(np.repeat(range(4), 8), names, name="class")
    shift = gap * np.eye(4)[classes]
    sex = pd.DataFrame({"sex": np.tile([0.0, 1.0], 16)}, names)
    return SimpleNamespace(
        source=study.MISSING,
        sources={
            study.SEX: sex,
            study.CONNECTIVITY: pd.DataFrame(rng.normal(size=(32, 6)), names),
            study.MORPHOLOGY: pd.DataFrame(rng.normal(size=(32, 4)) + shift, names),
        },
        classes=classes,
        names=("a", "b", "c", "d"),
        n_edges=15,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("store")))
        mice = make_mice(6.0)
        predictions = study.predict(mice, 1, seed=1)
        permuted = study.permute(mice, 1, 9, seed=1)
    return SimpleNamespace(mice=mice, predictions=predictions, permuted=permuted)


def test_each_mouse_is_predicted_once_a_round_by_every_network(told):
    rounds = told.predictions
    assert set(rounds["model"]) == set(study.TITLES)
    assert (rounds.groupby(["model", "patient", "repeat"]).size() == 4).all()
    assert rounds.groupby("model")["patient"].nunique().eq(32).all()
    assert sorted(rounds["fold"].unique()) == list(range(study.N_FOLDS))


def test_a_strain_that_shows_is_found_and_one_that_does_not_is_not(told):
    judged = study.judge(told.predictions, told.permuted).set_index("model")
    assert judged.loc[study.MORPHOLOGY, "estimate"] > 0.9
    assert judged.loc[study.MORPHOLOGY, "p_value"] == 0.1  # the least that nine allow
    assert judged.loc[study.SEX, "estimate"] <= 0.45
    assert judged.loc[study.CONNECTIVITY, "p_value"] > 0.1
    assert judged["chance"].between(0.1, 0.4).all()
    assert (judged["highest"] < 0.6).all()


def test_permutations_are_the_same_however_many_follow(told, monkeypatch, tmp_path):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    few = study.permute(told.mice, 1, 2, seed=1)
    pd.testing.assert_frame_equal(few, told.permuted[told.permuted["permutation"] < 2])


def test_recalls_and_matrices_count_every_mouse(told):
    rounds = study.first_round(told.predictions)
    recalls = study.make_recalls(rounds, told.mice.names)
    assert list(recalls["class"][:5]) == ["all", *told.mice.names]
    assert (recalls.loc[recalls["class"] == "all", "n_patients"] == 32).all()
    matrices = study.lay_out(rounds, told.mice.names)
    assert list(matrices) == list(study.TITLES)
    for matrix in matrices.values():
        assert list(matrix.sum(axis=1)) == [8] * 4
    right = np.trace(matrices[LAYERED].to_numpy())
    whole = recalls[(recalls["model"] == LAYERED) & (recalls["class"] == "all")]
    assert whole["n_right"].item() == right


def test_noise_makes_the_strain_harder_and_leaves_the_sex(told):
    noisy = study.add_noise(told.mice, 2.0, seed=3)
    assert noisy.sources[study.SEX] is told.mice.sources[study.SEX]
    spread = noisy.sources[study.MORPHOLOGY].std() / told.mice.sources[study.MORPHOLOGY].std()
    assert (spread > 1.3).all()


def test_without_mice_everything_is_empty_and_says_so(monkeypatch, tmp_path):
    monkeypatch.delenv("ALSNB_MICE", raising=False)
    monkeypatch.setattr("alsnb.imaging.mice.data_folder", lambda: tmp_path)
    mice = study.open_mice("")
    assert "alsnb fetch mice" in mice.source.title
    assert not mice.source.is_real
    predictions = study.predict(mice, 2, seed=1)
    permuted = study.permute(mice, 2, 5, seed=1)
    judged = study.judge(predictions, permuted)
    rounds = study.first_round(predictions)
    shown = {
        "strains": tables.show_strains(study.count_strains(mice)),
        "sources": tables.show_sources(study.describe_sources(mice)),
        "judged": tables.show_judged(judged),
        "recalls": tables.show_recalls(study.make_recalls(rounds, mice.names)),
        "scores": tables.show_scores(study.score_all(predictions, 10, seed=1)),
    }
    assert all(table.empty and len(table.columns) for table in shown.values())
    assert study.lay_out(rounds, mice.names) == {}
    assert figures.describe_permuted(permuted, judged, 0.25) == figures.NONE
    assert figures.describe_confusions({}) == figures.NONE


@needs_mice
def test_what_the_networks_read_of_real_mice():
    mice = study.open_mice(os.environ["ALSNB_MICE"])
    assert list(study.count_strains(mice)["n_patients"]) == [8] * 4
    assert list(study.count_strains(mice)["n_females"]) == [4] * 4
    assert {name: table.shape for name, table in mice.sources.items()} == {
        study.SEX: (32, 1),
        study.CONNECTIVITY: (32, 332),
        study.MORPHOLOGY: (32, 332),
    }
    release = read_mice(os.environ["ALSNB_MICE"])
    strength = np.log1p(release.connectomes.sum(axis=2))
    np.testing.assert_allclose(mice.sources[study.CONNECTIVITY], strength)
    np.testing.assert_allclose(np.exp(mice.sources[study.MORPHOLOGY]).sum(axis=1), 1)
