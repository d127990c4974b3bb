"""The simulated world: same seed same world, invariants, and parameters that matter."""

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.outcomes import SlopeSettings
from alsnb.synthetic.course import (
    DOMAINS,
    ITEMS,
    ORIGINAL,
    REVISED,
    breath_percent_at,
    draw_items,
    muscle_at,
    progress_at,
)
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.oracle import true_slopes
from alsnb.synthetic.parameters import describe_parameters, read_parameters
from alsnb.synthetic.patients import CERTAINTIES, RACES, SITES
from alsnb.synthetic.trials import draw_trials

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module", params=SEEDS)
def world(request):
    return draw_world(1000, seed=request.param)


def of_visits(world, column):
    """Return a patient's value at each visit."""
    return world.patients[column].loc[world.visits["subject_id"]].to_numpy()


def test_the_same_seed_draws_the_same_world():
    one, two = draw_world(300, seed=4), draw_world(300, seed=4)
    pd.testing.assert_frame_equal(one.patients, two.patients)
    pd.testing.assert_frame_equal(one.visits, two.visits)
    pd.testing.assert_frame_equal(one.trials, two.trials)


def test_another_seed_draws_another_world():
    one, two = draw_world(300, seed=4), draw_world(300, seed=5)
    assert set(one.patients.index) != set(two.patients.index)
    assert not one.visits.equals(two.visits)


@pytest.mark.parametrize("n_patients", [30, 100, 500])
def test_small_worlds_have_fewer_trials_and_all_their_patients(n_patients):
    world = draw_world(n_patients)
    assert len(world.patients) == n_patients == world.trials["n_patients"].sum()
    assert world.trials["n_patients"].min() >= 3
    assert len(world.visits) > n_patients


def test_too_small_a_world_is_refused():
    with pytest.raises(BadInput, match="at least 30"):
        draw_world(29)


def test_lists_of_trials_of_different_length_are_refused():
    parameters = read_parameters().altered(trial_panel=[0, 1])
    with pytest.raises(BadInput, match="trial_panel"):
        draw_trials(100, parameters)


def test_every_trial_has_every_switch():
    trials = draw_trials(11_675, read_parameters())
    assert len(trials) == 23
    assert {f"trial_{name}" for name in trials} >= {
        name for name in read_parameters() if name.startswith("trial_") and name != "trial_share"
    }
    assert trials.notna().all().all()
    assert trials["n_patients"].min() > 100


def test_subjects_are_unique_numbers_in_the_range_of_the_release(world):
    assert world.patients.index.is_unique
    assert world.patients.index.min() >= 89
    assert world.patients.index.max() <= 999_990


def test_every_patient_is_in_one_trial_and_trials_are_as_large_as_they_say(world):
    sizes = world.patients.groupby("trial").size()
    assert (sizes == world.trials["n_patients"]).all()


def test_switches_decide_for_whole_trials_who_is_seen(world):
    asked = world.trials["has_alsfrs"].loc[of_visits(world, "trial")]
    assert asked.all()
    patients = world.patients
    by_trial = world.trials.loc[patients["trial"]].set_index(patients.index)
    for name, switch in [("onset", "records_onset"), ("riluzole", "records_riluzole")]:
        assert not patients.loc[~by_trial[switch], f"recorded_{name}"].any()
    assert not patients.loc[by_trial["death_reporting"] == "none", "in_death_table"].any()
    assert patients.loc[by_trial["death_reporting"] == "all", "in_death_table"].all()


def test_ratings_are_whole_numbers_from_0_to_4(world):
    ratings = world.visits[list(ITEMS)]
    assert (ratings.dtypes == np.int8).all()
    assert ratings.min().min() >= 0
    assert ratings.max().max() <= 4


def test_scales_have_ten_and_twelve_items():
    assert len(ORIGINAL) == 10
    assert len(REVISED) == 12
    assert "respiratory" not in REVISED
    assert set(ORIGINAL) | set(REVISED) == set(ITEMS)


def test_days_of_a_patient_increase(world):
    visits = world.visits
    same = visits["subject_id"].diff() == 0
    assert (visits["day"].diff()[same] > 0).all()
    assert visits["subject_id"].is_monotonic_increasing


def test_no_visit_lies_after_the_last_contact_or_on_the_day_of_death(world):
    day = world.visits["day"].to_numpy()
    assert (day <= of_visits(world, "last_contact_day")).all()
    assert (day < of_visits(world, "death_day")).all()


def test_reported_deaths_are_deaths(world):
    patients = world.patients
    assert np.isfinite(patients["death_day"][patients["recorded_death"]]).all()
    assert patients["recorded_death"][patients["recorded_death_day"]].all()
    assert patients["in_death_table"][patients["recorded_death"]].all()


def test_traits_are_among_those_the_files_know(world):
    patients = world.patients
    assert set(patients["race"]) <= set(RACES)
    assert set(patients["site"]) <= set(SITES)
    assert set(patients["el_escorial"]) <= set(CERTAINTIES)
    assert patients["age_years"].between(18, 84).all()
    assert (patients["onset_days"] >= 16).all()
    assert (patients["diagnosis_days"] <= patients["onset_days"]).all()
    assert patients["breath_percent"].between(25, 150).all()
    shares = patients[[f"share_{domain}" for domain in DOMAINS]].sum(axis=1)
    np.testing.assert_allclose(shares, 1.0)


def test_progress_bends_where_the_rate_changes():
    month = 365.24 / 12
    patients = pd.DataFrame({"bend_day": [3 * month] * 3, "rate": 1.0, "rate_later": 2.0})
    days = np.array([-month, 2 * month, 5 * month])
    np.testing.assert_allclose(progress_at(patients, days), [-1.0, 2.0, 7.0])


def test_trials_differ_in_rate_and_noise_as_they_are_told():
    plain = read_parameters()
    even = {f"trial_{name}_factor": [1.0] * 25 for name in ("rate", "noise")}
    fast = even | {"trial_rate_factor": [2.0] + [1.0] * 24}
    one, two = (
        draw_world(800, parameters=plain.altered(**kinds)).patients for kinds in (even, fast)
    )
    ratio = two["typical_rate"] / one["typical_rate"]
    assert ratio[one["trial"] == 0].to_numpy() == pytest.approx(2.0)
    assert ratio[one["trial"] != 0].to_numpy() == pytest.approx(1.0)
    lost = np.full((4000, 13), 2.0)
    quiet, loud = (
        draw_items(lost, np.full(4000, noise), plain, np.random.default_rng(0)).sum(axis=1).std()
        for noise in (0.5, 2.0)
    )
    assert loud > quiet + 0.3


def test_breath_and_muscle_only_fall(world):
    n = len(world.patients)
    for at in (breath_percent_at, muscle_at):
        values = np.array([at(world.patients, np.full(n, day)) for day in (0, 90, 400)])
        assert (np.diff(values, axis=0) <= 0).all()


def later_rates(**changes):
    """Return the mean later rate of bulbar and of limb onset."""
    patients = draw_world(2000, parameters=read_parameters().altered(**changes)).patients
    by_site = patients.groupby("site")["rate_later"].mean()
    return by_site["bulbar"], by_site["limb"]


def test_bulbar_speed_makes_bulbar_onset_decline_faster():
    usual, twice = later_rates(bulbar_speed=1.0), later_rates(bulbar_speed=2.0)
    assert twice[0] / usual[0] == pytest.approx(2.0, rel=0.15)
    assert twice[1] == pytest.approx(usual[1], rel=0.05)


def test_without_drop_out_everybody_alive_stays_to_the_end():
    parameters = read_parameters().altered(dropout_hazard=0.0, one_visit_share=0.0)
    patients = draw_world(500, parameters=parameters).patients
    assert np.isinf(patients["leaving_day"]).all()


def test_drop_out_is_informative():
    patients = draw_world(2000).patients
    leaves = patients["leaving_day"] < 365
    assert patients["rate_later"][leaves].mean() > patients["rate_later"][~leaves].mean() + 0.1


def test_without_innovation_the_later_rate_is_what_was_to_be_expected():
    parameters = read_parameters().altered(innovation_sd=0.0)
    patients = draw_world(300, parameters=parameters).patients
    kept = parameters["rate_kept"]
    usual = (1 - kept) * patients["typical_rate"] + kept * patients["rate"]
    expected = usual * parameters["later_speed"]
    for domain in ("bulbar", "gross"):
        lost = patients[f"lost_{domain}"].clip(upper=parameters["lost_effect_most"])
        unusual = lost - parameters[f"lost_{domain}_usual"]
        expected = expected * parameters[f"later_speed_{domain}"] ** unusual
    np.testing.assert_allclose(patients["rate_later"], expected)


def test_a_larger_world_of_the_same_parameters_has_the_published_share_of_slopes():
    world = draw_world(2000, seed=3)
    slopes = true_slopes(world, SlopeSettings())["slope"]
    assert slopes.notna().sum() / 2000 == pytest.approx(2921 / 11_675, rel=0.15)
    assert slopes.std() == pytest.approx(0.587, abs=0.06)


def test_every_parameter_of_the_world_says_what_it_is_and_where_it_comes_from():
    facts = describe_parameters()
    assert (facts["meaning"] != "").all()
    assert (facts["source"] != "").all()
    assert facts["name"].is_unique
