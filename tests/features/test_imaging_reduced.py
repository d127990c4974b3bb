"""A brain in eleven numbers, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.features.imaging import CORTEX, log_progression, reduced_inputs


def brain(**changes):
    regions = [region for part in CORTEX.values() for region in part]
    names = [f"{side}_{region}_thickness_mm" for side in ("lh", "rh") for region in regions]
    names += [
        f"{side}-{v}_log_share"
        for side in ("Left", "Right")
        for v in ("Lateral-Ventricle", "Pallidum")
    ]
    return pd.DataFrame([dict.fromkeys(names, 2.0) | changes])


EDGES = pd.DataFrame(
    [
        {
            "lh_precentral - rh_paracentral": 4.0,
            "lh_precentral - rh_precentral": 2.0,
            "lh_precentral - rh_precuneus": 5.0,
            "lh_precuneus - rh_precuneus": 1.0,
            "lh_cuneus - lh_precentral": 100.0,
        }
    ]
)


def test_numbers_by_hand():
    morphology = brain(
        lh_precentral_thickness_mm=3.0,
        **{"Left-Pallidum_log_share": -6.0, "Right-Pallidum_log_share": -8.0},
    )
    found = reduced_inputs(morphology, EDGES).iloc[0]
    assert len(found) == 11
    assert found["thickness_motor"] == pytest.approx((3 + 2 + 2 + 2) / 4)
    assert found["thickness_occipital"] == 2.0
    assert found["pallidum"] == -7.0
    assert found["connections_motor"] == 3.0
    assert found["connections_between"] == 5.0
    # the cuneus is no part of the precuneus, whatever its name ends with
    assert found["connections_early"] == 1.0


def test_no_region_counts_in_two_parts():
    regions = [region for part in CORTEX.values() for region in part]
    assert len(regions) == len(set(regions))


def test_a_measure_that_is_missing_is_named():
    with pytest.raises(BadInput, match="rh_lingual_thickness_mm"):
        reduced_inputs(brain().drop(columns="rh_lingual_thickness_mm"), EDGES)


def test_the_log_of_the_progression_has_a_floor_and_keeps_gaps():
    inputs = pd.DataFrame({"progression": [1.0, 0.0, -0.3, np.nan], "fvc": [1.0, 2.0, 3.0, 4.0]})
    found = log_progression(inputs)
    assert found["progression"].tolist()[:3] == pytest.approx([0.0, np.log(0.05), np.log(0.05)])
    assert np.isnan(found["progression"][3])
    assert found["fvc"].equals(inputs["fvc"])
