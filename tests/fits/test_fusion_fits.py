"""Stored fits of fusions, rivals and corrections, on a few simulated patients without files."""

import numpy as np
import pandas as pd
import pytest

from alsnb.evaluation.probabilities import score_probabilities
from alsnb.features.imaging import clinical_inputs, morphology_inputs
from alsnb.fits.class_rivals import RIVALS, fit_rival
from alsnb.fits.corrected import KEEPING, WAYS, Covariates, correct, fit_corrected
from alsnb.fits.fusion import HELD_OUT, LEARNT, OUT_OF_FOLD, fit_fused
from alsnb.fits.imaging import make_layered_inputs
from alsnb.fits.survival_rivals import Times, fit_cox
from alsnb.models.fusion import FUSIONS, STACKED
from alsnb.models.layered import LayeredSettings
from alsnb.models.stacked import StackSettings
from alsnb.models.together import OTHER, TRAIN, VALIDATION
from alsnb.schema import AT, MODEL, OBSERVED, PATIENT, PREDICTED, REPEAT, SPLIT
from alsnb.splits import sizes_like, split_in_three
from alsnb.synthetic.imaging.draw import draw_imaging_cohort
from alsnb.synthetic.imaging.frames import as_frames
from alsnb.synthetic.imaging.survival import class_of

QUICK = StackSettings(hidden_sizes=(4,), n_epochs=3, patience=2)
CUTS = (25.0, 50.0)


@pytest.fixture(scope="module")
def frames():
    return as_frames(draw_imaging_cohort(60, 0, seed=2, deceased_only=True))


@pytest.fixture(scope="module")
def inputs(frames):
    months = frames.clinical["onset_to_death_or_censoring_months"]
    classes = pd.Series(class_of(months.to_numpy(float), CUTS), frames.clinical.index)
    sizes = sizes_like(len(classes), (83, 20, 32))
    splits = split_in_three(classes.index, sizes=sizes, n_splits=2, seed=1, strata=classes)
    sources = {
        "clinical": clinical_inputs(frames.clinical),
        "morphology": morphology_inputs(frames.morphology).iloc[:, :30],
    }
    return make_layered_inputs(sources, classes, splits)


@pytest.fixture(scope="module")
def covariates(frames):
    numbers = frames.clinical[["age_years"]].assign(head=np.log(frames.morphology["eTIV_mm3"]))
    return Covariates(site=frames.clinical["scanner"].to_numpy(), numbers=numbers.to_numpy(float))


def test_the_frame_says_of_whom_is_spoken(inputs):
    settings = LayeredSettings(source=QUICK, layered=QUICK)
    found = fit_fused(inputs, settings, n_folds=3, seed=1)
    assert set(found[SPLIT]) == {LEARNT, OUT_OF_FOLD, HELD_OUT}
    kinds = {LEARNT: TRAIN, OUT_OF_FOLD: TRAIN, HELD_OUT: OTHER}
    for (split, repeat), rows in found.groupby([SPLIT, REPEAT]):
        there = inputs.classes.index[inputs.parts[repeat] == kinds[split]]
        assert set(rows[PATIENT]) == set(there)
    held = found[found[SPLIT] == HELD_OUT]
    assert list(held[MODEL].unique()) == ["clinical", "morphology", *FUSIONS]
    assert set(found.loc[found[SPLIT] == OUT_OF_FOLD, MODEL]) == {"clinical", "morphology"}
    assert score_probabilities(held, n_resamples=5)["estimate"].notna().all()
    true = held[held[OBSERVED] == 1].drop_duplicates(PATIENT).set_index(PATIENT)[AT]
    assert (true == inputs.classes.loc[true.index]).all()
    pd.testing.assert_frame_equal(found, fit_fused(inputs, settings, n_folds=3, seed=1))
    one = held[(held[MODEL] == STACKED) & (held[REPEAT] == 0)]
    assert one.groupby(PATIENT)[PREDICTED].sum().to_numpy() == pytest.approx(1)


@pytest.mark.parametrize("model", RIVALS)
def test_every_rival_gives_probabilities(inputs, model):
    found = fit_rival(inputs, "clinical", model, name=model, seed=1)
    sums = found.groupby([REPEAT, PATIENT])[PREDICTED].sum()
    assert sums.to_numpy() == pytest.approx(1)
    assert len(sums) == (inputs.parts == OTHER).sum()


def test_cox_knows_that_nobody_dies_before_the_scan(inputs, frames):
    months = frames.clinical["onset_to_death_or_censoring_months"].to_numpy(float)
    to_scan = frames.clinical["onset_to_scan_months"].to_numpy(float)
    times = Times(to_scan=to_scan, from_scan=months - to_scan, died=np.ones(len(months), bool))
    found = fit_cox(inputs, "clinical", times, CUTS, name="cox")
    late = frames.clinical.index[to_scan >= CUTS[0]]
    short = found[(found[AT] == 0) & found[PATIENT].isin(late)]
    assert len(short) > 5
    assert (short[PREDICTED] == 0).all()
    rivals = [fit_rival(inputs, "clinical", "majority", name="majority", seed=1), found]
    scores = score_probabilities(pd.concat(rivals), metrics=["rps"], n_resamples=5)
    by_model = scores.set_index(MODEL)["estimate"]
    assert by_model["cox"] < by_model["majority"]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_correct_gives_probabilities(inputs, covariates, way):
    found = fit_corrected(inputs, "morphology", covariates, way, seed=1)
    assert found[MODEL].unique().tolist() == [way]
    sums = found.groupby([REPEAT, PATIENT])[PREDICTED].sum()
    assert sums.to_numpy() == pytest.approx(1)


def test_only_the_leak_needs_the_class_of_those_held_out(inputs, covariates):
    values, classes = inputs.sources["morphology"], inputs.classes.to_numpy()
    part = inputs.parts[0]
    learnt, held = part <= VALIDATION, part == OTHER
    other = np.where(held, (classes + 1) % 3, classes)
    for way in WAYS:
        teaches = learnt if way in ("uncorrected", "inside") else learnt | held
        before, after = (correct(values, covariates, teaches, way, c) for c in (classes, other))
        assert np.allclose(before[held], after[held]) == (way != KEEPING)


def test_a_study_without_scanners_is_corrected_for_age_alone(inputs, covariates):
    alone = Covariates(site=np.empty(0, str), numbers=covariates.numbers[:, :1])
    everybody = np.ones(len(inputs.classes), bool)
    values = inputs.sources["morphology"]
    found = correct(values, alone, everybody, "inside", inputs.classes.to_numpy())
    age = alone.numbers[:, 0]
    assert abs(np.corrcoef(found[:, 0], age)[0, 1]) < 1e-9
    assert found[:, 0].mean() == pytest.approx(np.nanmean(values[:, 0]))
