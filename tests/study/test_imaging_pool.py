"""Patients by the thousand, without a file: who they are, and what studies are cut from them."""

import numpy as np
import pytest

from alsnb.features.imaging import (
    clinical_inputs,
    connectivity_inputs,
    frugal_inputs,
    log_progression,
    morphology_inputs,
    reduced_inputs,
)
from alsnb.study import imaging_pool
from alsnb.study.imaging_pool import MODELS, draw_pool
from alsnb.synthetic.imaging.draw import draw_imaging_cohort
from alsnb.synthetic.imaging.frames import as_frames

CUTS = (25.0, 50.0)


@pytest.fixture(scope="module")
def pools(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("store")))
        yield {world: draw_pool(400, world=world, seed=3, cuts=CUTS) for world in ("none", "large")}


def test_measures_are_those_of_a_whole_cohort(pools):
    cohort = draw_imaging_cohort(400, 0, seed=8, deceased_only=True)
    frames = as_frames(cohort)
    edges = connectivity_inputs(frames.connectomes, frames.labels, cohort.people.index)
    shape = morphology_inputs(frames.morphology)
    expected = {
        "clinical": log_progression(clinical_inputs(frames.clinical)),
        "frugal": frugal_inputs(shape, edges),
        "reduced": reduced_inputs(shape, edges),
    }
    for source, table in expected.items():
        drawn, other = pools["none"].of(source), table.to_numpy()
        assert list(pools["none"].table.filter(regex=f"^{source}:")) == [
            f"{source}:{name}" for name in table
        ]
        error = other.std(axis=0) * np.sqrt(2 / 400)
        assert (abs(drawn.mean(axis=0) - other.mean(axis=0)) <= 4.5 * error + 1e-12).all()


def test_worlds_hold_the_same_people_with_other_brains(pools):
    none, large = pools["none"], pools["large"]
    assert np.array_equal(none.of("clinical"), large.of("clinical"))
    assert np.array_equal(none.classes(CUTS), large.classes(CUTS))
    assert not np.array_equal(none.of("reduced"), large.of("reduced"))


def test_oracles_agree_where_anatomy_says_nothing(pools):
    for world, same in (("none", True), ("large", False)):
        table = pools[world].table
        by = [
            table.filter(regex=f"truth:oracle_{who}_").to_numpy() for who in ("clinical", "anatomy")
        ]
        assert np.allclose(by[0].sum(axis=1), 1)
        assert np.allclose(*by) == same


def test_studies_are_cut_in_order_and_keep_the_papers_share(pools):
    pool = pools["none"]
    found = pool.studies(135, CUTS)
    assert found.classes.shape == (2, 135)
    assert found.n_learnt == 103
    assert tuple(found.inputs) == MODELS
    assert found.inputs["majority"].shape == (2, 135, 0)
    assert np.array_equal(found.inputs["combined"][1], pool.inputs()["combined"][135:270])
    # the clinical inputs come first, as a permutation test needs
    assert np.array_equal(found.inputs["combined"][..., :8], found.inputs["clinical"])
    assert pool.studies(135, CUTS, most=1).classes.shape == (1, 135)


def test_chunks_do_not_show(monkeypatch, tmp_path):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    monkeypatch.setattr(imaging_pool, "_AT_ONCE", 30)
    how = {"world": "none", "seed": 3, "cuts": CUTS, "deceased_only": False}
    fewer, more = (draw_pool(n, **how).table for n in (30, 40))
    assert fewer.equals(more[:30])
    assert not more[30:].reset_index(drop=True).equals(more[:10])


def test_without_error_the_same_bodies_are_measured_more_sharply(monkeypatch, tmp_path):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    how = {"world": "none", "seed": 3, "cuts": CUTS}
    spread = [
        draw_pool(200, error_scale=scale, **how).of("reduced").std(axis=0)[:6].mean()
        for scale in (0.0, 1.0, 3.0)
    ]
    assert spread[0] < spread[1] < spread[2]
