"""Survival depends on clinical state, and on anatomy by as much as is asked for."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from alsnb.checks import BadInput
from alsnb.synthetic.imaging.draw import draw_imaging_cohort
from alsnb.synthetic.imaging.parameters import WORLDS, imaging_parameters
from alsnb.synthetic.imaging.patients import draw_patients
from alsnb.synthetic.imaging.spread import draw_extent
from alsnb.synthetic.imaging.survival import (
    class_of,
    class_probabilities,
    draw_survival,
    expected_log_months,
)


def draw(world, n=8_000, seed=0, **changes):
    p, rng = imaging_parameters(world, **changes), np.random.default_rng(seed)
    patients = draw_patients(n, p, rng)
    return pd.concat([patients, draw_survival(patients, p, rng)], axis=1), p


def test_probabilities_of_one_patient_worked_out_by_hand():
    p = imaging_parameters("none", survival_log_sd=0.5)
    patient = pd.DataFrame(
        {
            "onset_to_scan_months": [20.0],
            "expected_log_months": [np.log(40.0)],
            "spread_z": [0.0],
            "follow_up_months": [40.0],
        }
    )

    def below(months):
        return norm.cdf((np.log(months) - np.log(40)) / 0.5)

    alive = 1 - below(20)
    short, medium = (below(25) - below(20)) / alive, (below(50) - below(25)) / alive
    found = class_probabilities(patient, p, know_anatomy=False)
    np.testing.assert_allclose(found, [[short, medium, 1 - short - medium]])
    dead = below(60) - below(20)
    short, medium = (below(25) - below(20)) / dead, (below(50) - below(25)) / dead
    found = class_probabilities(patient, p, know_anatomy=False, known_dead=True)
    np.testing.assert_allclose(found, [[short, medium, 1 - short - medium]])


def test_who_is_scanned_late_can_no_longer_be_a_short_survivor():
    patients, p = draw("none")
    chances = class_probabilities(patients, p, know_anatomy=False)
    late = patients["onset_to_scan_months"] >= 25
    assert (chances[late, 0] == 0).all()
    assert (patients["survival_months"] > patients["onset_to_scan_months"]).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("known_dead", [False, True])
@pytest.mark.parametrize("know_anatomy", [False, True])
def test_the_oracle_is_calibrated(world, known_dead, know_anatomy):
    patients, p = draw(world)
    if known_dead:
        patients = patients[patients["died"] == "yes"]
    chances = class_probabilities(patients, p, know_anatomy=know_anatomy, known_dead=known_dead)
    true = class_of(patients["survival_months"].to_numpy())
    for one in range(3):
        error = chances[:, one].mean() - (true == one).mean()
        assert abs(error) < 4 * np.sqrt(0.25 / len(true))
    best = chances.argmax(axis=1)
    assert chances.max(axis=1).mean() == pytest.approx((best == true).mean(), abs=0.02)


def test_anatomy_says_nothing_in_the_default_world_and_more_in_larger_ones():
    gains, clinical = {}, {}
    for world in WORLDS:
        patients, p = draw(world)
        true = class_of(patients["survival_months"].to_numpy())
        right = [
            (class_probabilities(patients, p, know_anatomy=know).argmax(axis=1) == true).mean()
            for know in (False, True)
        ]
        clinical[world], gains[world] = right[0], right[1] - right[0]
    assert gains["none"] == 0
    assert 0.04 < gains["small"] < gains["large"] - 0.04
    # the clinical state is worth the same in every world
    assert max(clinical.values()) - min(clinical.values()) < 0.02


def test_the_spread_is_no_shadow_of_the_clinical_state_in_the_default_world():
    patients, _ = draw("none")
    scores = patients[["rate_z", "delay_z", "burden_z", "onset_to_scan_months", "survival_months"]]
    assert scores.corrwith(patients["spread_z"]).abs().max() < 0.05
    worse, _ = draw("large")
    log = np.log(worse["survival_months"]) - worse["expected_log_months"]
    assert np.corrcoef(log, worse["spread_z"])[0, 1] < -0.8


def test_images_depend_on_what_models_read_and_on_the_spread_alone():
    patients, p = draw("none", n=200)
    extent = draw_extent(patients, p)
    hidden = ["rate_z", "burden_z", "delay_z", "survival_months", "expected_log_months", "rate"]
    shuffled = patients.assign(
        **{name: patients[name].sample(frac=1, random_state=1).to_numpy() for name in hidden}
    )
    np.testing.assert_array_equal(extent, draw_extent(shuffled, p))
    faster = patients.assign(alsfrs_r_total=patients["alsfrs_r_total"] - 5)
    assert (draw_extent(faster, p) > extent).all()


def test_the_scanner_says_when_a_patient_came_only_if_asked_to():
    def months_apart(**changes):
        people = draw_imaging_cohort(
            300, 0, seed=3, parameters=imaging_parameters(**changes)
        ).people
        means = people.groupby("scanner")["scan_month"].mean()
        assert 0.5 < (people["scanner"] == "A").mean() < 0.7
        return means["B"] - means["A"]

    assert abs(months_apart()) < 8
    assert months_apart(scanner_follows_calendar=True) > 30


def test_faster_decline_older_age_and_bulbar_onset_shorten_survival():
    patients, p = draw("none", n=1)
    base = expected_log_months(patients, p)
    for change in (
        {"rate_z": patients["rate_z"] + 1},
        {"age_at_onset_years": patients["age_at_onset_years"] + 10},
        {"delay_z": patients["delay_z"] - 1},
        {"fvc_percent": patients["fvc_percent"] - 20},
        {"el_escorial": "definite"},
    ):
        assert expected_log_months(patients.assign(**change), p) <= base
    sites = [patients.assign(site_of_onset=site) for site in ("bulbar", "arm")]
    bulbar, arm = (expected_log_months(one, p) for one in sites)
    assert bulbar < arm


def test_the_dead_of_a_study_with_an_end_survived_less_long_than_everybody():
    patients, _ = draw("none")
    dead = patients["died"] == "yes"
    assert 0.6 < dead.mean() < 0.95
    assert patients["survival_months"][dead].mean() < 0.9 * patients["survival_months"].mean()
    censored = patients[~dead]
    last = censored["onset_to_scan_months"] + censored["follow_up_months"]
    np.testing.assert_allclose(censored["onset_to_death_or_censoring_months"], last)
    cohort = draw_imaging_cohort(40, 0, seed=1, deceased_only=True)
    assert (cohort.people["died"] == "yes").all()
    assert len(cohort.people) == 40


@pytest.mark.parametrize("cutoffs", [(), (50, 25), (0, 25), (25, 25)])
def test_cutoffs_that_do_not_ascend_are_refused(cutoffs):
    patients, p = draw("none", n=3)
    with pytest.raises(BadInput, match=r"cut-offs.*ascending"):
        class_probabilities(patients, p, cutoffs, know_anatomy=False)
