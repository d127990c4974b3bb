"""From a simulated cohort to the predictions frame of four networks, without files."""

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.evaluation.calls import call_classes
from alsnb.evaluation.probabilities import score_probabilities
from alsnb.features.imaging import (
    BOUNDS,
    CHARACTERISTICS,
    clinical_inputs,
    connectivity_inputs,
    frugal_inputs,
    morphology_inputs,
)
from alsnb.fits.imaging import fit_layered, make_layered_inputs
from alsnb.models.layered import LAYERED, LayeredSettings
from alsnb.models.stacked import StackSettings
from alsnb.schema import AT, MODEL, OBSERVED, PATIENT, PREDICTED, REPEAT
from alsnb.splits import sizes_like, split_in_three
from alsnb.synthetic.imaging.draw import draw_imaging_cohort
from alsnb.synthetic.imaging.frames import as_frames
from alsnb.synthetic.imaging.survival import class_of

QUICK = StackSettings(hidden_sizes=(4,), n_epochs=3, patience=2)


@pytest.fixture(scope="module")
def frames():
    return as_frames(draw_imaging_cohort(45, 0, seed=2, deceased_only=True))


@pytest.fixture(scope="module")
def classes(frames):
    codes = class_of(frames.clinical["onset_to_death_or_censoring_months"].to_numpy(float))
    names = ["short", "medium", "long"]
    values = pd.Categorical.from_codes(codes, names, ordered=True)
    return pd.Series(values, index=frames.clinical.index)


@pytest.fixture(scope="module")
def sources(frames):
    patients = frames.clinical.index
    return {
        "clinical": clinical_inputs(frames.clinical),
        "connectivity": connectivity_inputs(frames.connectomes, frames.labels, patients),
        "morphology": morphology_inputs(frames.morphology),
    }


def make_splits(classes, n_splits=2):
    sizes = sizes_like(len(classes), (83, 20, 32))
    codes = classes.cat.codes
    return split_in_three(classes.index, sizes=sizes, n_splits=n_splits, seed=1, strata=codes)


def test_four_networks_give_a_frame_of_probabilities(sources, classes, tmp_path, monkeypatch):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    splits = make_splits(classes)
    inputs = make_layered_inputs(sources, classes, splits)
    settings = LayeredSettings(source=QUICK, layered=QUICK)
    found = fit_layered(inputs, settings, seed=1)
    assert list(found[MODEL].unique()) == [*sources, LAYERED]
    assert found.groupby([MODEL, REPEAT, PATIENT])[PREDICTED].sum().to_numpy() == pytest.approx(1)
    for split in splits:
        there = found.loc[(found[REPEAT] == split.number) & (found[MODEL] == LAYERED), PATIENT]
        assert set(there) == set(split.test)
    true = found[found[OBSERVED] == 1].drop_duplicates(PATIENT).set_index(PATIENT)[AT]
    pd.testing.assert_series_equal(
        true.sort_index(),
        classes.cat.codes.loc[true.index].astype(int).sort_index(),
        check_names=False,
        check_dtype=False,
    )
    again = fit_layered(inputs, settings, seed=1)
    pd.testing.assert_frame_equal(found, again)
    one = found[found[REPEAT] == 0]
    assert len(call_classes(one)) == 4 * len(splits[0].test)
    assert score_probabilities(one, n_resamples=10)["estimate"].notna().all()


def test_patients_without_a_source_are_refused(sources, classes):
    short = sources | {"morphology": sources["morphology"].iloc[:-2]}
    with pytest.raises(BadInput, match="without 'morphology'"):
        make_layered_inputs(short, classes, make_splits(classes))


def test_characteristics_worked_out_by_hand():
    clinical = pd.DataFrame(
        {
            "age_years": [61.0, 50.0],
            "onset_to_scan_months": [12.0, 0.0],
            "site_of_onset": ["bulbar", None],
            "diagnostic_delay_months": [9.0, np.nan],
            "alsfrs_r_total": [42.0, 40.0],
            "fvc_percent": [88.0, 100.0],
            "el_escorial": ["definite", "possible"],
            "c9orf72": ["yes", "no"],
            "bvftd": ["no", "no"],
        },
        index=["sub-1", "sub-2"],
    )
    found = clinical_inputs(clinical)
    assert list(found) == list(CHARACTERISTICS)
    assert found.shape[1] == 8
    assert found.loc["sub-1"].tolist() == [60, 1, np.log(10), 0.5, 88, 1, 1, 0]
    # progress over no time is not known, and neither is a site that is missing
    assert found.loc["sub-2", ["bulbar_onset", "diagnostic_delay", "progression"]].isna().all()
    bounds = clinical_inputs(clinical, BOUNDS)
    assert bounds["months_at_scan"].tolist() == [np.log(13), 0]


def test_a_clinical_table_without_a_column_says_which():
    clinical = pd.DataFrame({"site_of_onset": ["arm"]})
    with pytest.raises(BadInput, match=r"'fvc'.*fvc_percent"):
        clinical_inputs(clinical, ["fvc"])
    with pytest.raises(BadInput, match="one of"):
        clinical_inputs(clinical, ["smell"])


def test_the_frugal_rival_has_three_numbers(frames, sources):
    found = frugal_inputs(sources["morphology"], sources["connectivity"])
    one = frames.clinical.index[0]
    both = frames.morphology.loc[one].filter(like="_precentral_thickness").mean()
    assert found.loc[one, "precentral_thickness"] == pytest.approx(both)
    motor = [
        n for n, label in enumerate(frames.labels) if label[3:] in ("precentral", "paracentral")
    ]
    pairs = [np.log1p(frames.connectomes[0, a, b]) for a in motor for b in motor if a < b]
    assert found.loc[one, "motor_connections"] == pytest.approx(np.mean(pairs), rel=1e-5)
    assert sources["morphology"].shape[1] > 68
    assert not sources["morphology"].columns.str.contains("_area_mm2").any()
