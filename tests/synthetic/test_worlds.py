"""Rival worlds: named, different where they say so, and the first of them the twin as it is."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import alsnb
from alsnb.checks import BadInput
from alsnb.cli import commands
from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.synthetic.course import (
    DOMAINS,
    ITEMS,
    domains_lost,
    items_lost,
    known_lines,
    progress_at,
)
from alsnb.synthetic.draw import draw_world, keep_with_slope
from alsnb.synthetic.oracle import true_slopes
from alsnb.synthetic.parameters import read_parameters
from alsnb.synthetic.trials import draw_trial_effects, draw_trials
from alsnb.synthetic.worlds import DEFAULT, WORLDS, compare_worlds, world_parameters


@pytest.fixture(scope="module")
def spreading():
    return draw_world(300, seed=1, parameters=world_parameters("spreading"))


def test_the_first_world_changes_nothing_and_the_others_something():
    assert world_parameters() == world_parameters(DEFAULT) == read_parameters()
    assert all(world_parameters(world) != read_parameters() for world in WORLDS[1:])


def test_worlds_differ_in_the_parameters_that_are_listed():
    listed = compare_worlds().set_index("parameter")
    for world in WORLDS:
        own = world_parameters(world)
        differ = {name for name in own if own[name] != read_parameters()[name]}
        assert differ <= set(listed.index)
        assert {name: own[name] for name in listed.index} == listed[world].to_dict()


def test_a_parameter_can_be_altered_within_a_world():
    own = world_parameters("spreading", {"turn_share": 0.5})
    assert own["turn_share"] == 0.5
    assert own["spread_share"] == world_parameters("spreading")["spread_share"]


def test_an_unknown_world_is_refused_in_a_sentence():
    with pytest.raises(BadInput, match=r"expected one of 'changing', 'persistent'.*found 'mars'"):
        alsnb.simulate(60, world="mars")
    said = CliRunner().invoke(commands, ["simulate", "x", "--world", "mars"])
    assert said.exit_code == 2
    assert "changing" in said.output


def test_fidelity_judges_a_release_or_a_world_and_not_both():
    for words in (["fidelity"], ["fidelity", "x", "--world", "trials"]):
        said = CliRunner().invoke(commands, words)
        assert said.exit_code == 2
        assert "--world" in said.output


def test_nobody_turns_in_the_first_world():
    world = draw_world(60, seed=1)
    assert "turn_day" not in world.patients


def test_a_course_is_unbroken_at_its_turn_in_total_domain_and_item(spreading):
    patients = spreading.patients
    turn, row = patients["turn_day"].to_numpy(), np.arange(len(patients))
    for day, near in ((turn - 1e-6, turn + 1e-6),):
        before, after = progress_at(patients, day), progress_at(patients, near)
        assert np.allclose(before, after, atol=1e-5)
        sides = [domains_lost(patients, each) for each in (day, near)]
        assert all(np.allclose(sides[0][name], sides[1][name], atol=1e-5) for name in DOMAINS)
        items = [items_lost(patients, spreading.parameters, row, each) for each in (day, near)]
        assert np.allclose(*items, atol=1e-5)


def test_after_the_turn_the_rate_and_the_domains_are_others(spreading):
    patients = spreading.patients
    turned = patients[patients["turn_day"] < patients["bend_day"] - 20]
    assert len(turned) > 100
    start, end = (turned["turn_day"] + days for days in (1, 11))
    lost = progress_at(turned, end) - progress_at(turned, start)
    assert np.allclose(lost, turned["rate_turned"] * 10 / DAYS_PER_MONTH)
    first, second = (domains_lost(turned, day.to_numpy()) for day in (start, end))
    for name in DOMAINS:
        assert np.allclose(second[name] - first[name], turned[f"turned_{name}"] * lost)
    assert np.allclose(turned[[f"turned_{name}" for name in DOMAINS]].sum(axis=1), 1)


def test_what_the_oracle_knows_is_the_course_from_the_bend_on(spreading):
    patients = spreading.patients
    day, row = patients["bend_day"].to_numpy() + 50, np.arange(len(patients))
    start, share = known_lines(patients, spreading.parameters)
    expected = items_lost(patients, spreading.parameters, row, day)
    assert expected.shape == (len(patients), len(ITEMS))
    assert np.allclose(start + share * progress_at(patients, day)[:, None], expected)


def test_rates_go_together_in_the_world_in_which_they_persist():
    found = {}
    for world in ("changing", "persistent"):
        patients = draw_world(600, seed=2, parameters=world_parameters(world)).patients
        found[world] = patients["rate"].corr(patients["rate_later"], method="spearman")
    assert found["persistent"] > found["changing"] + 0.05


def test_trial_effects_are_nil_unless_asked_for_and_differ_by_seed():
    parameters = world_parameters("trials")
    trials = draw_trials(2000, parameters)
    rngs = [np.random.default_rng(seed) for seed in (1, 1, 2)]
    drawn = [draw_trial_effects(trials, parameters, rng) for rng in rngs]
    pd.testing.assert_frame_equal(drawn[0], drawn[1])
    assert not drawn[0]["rate_factor"].equals(drawn[2]["rate_factor"])
    changed = {name for name in trials if not drawn[0][name].equals(trials[name])}
    assert changed == {"rate_factor", "noise_factor", "dropout"}
    still = draw_trial_effects(trials, read_parameters(), rngs[0])
    pd.testing.assert_frame_equal(still, trials)


def test_only_patients_with_a_slope_are_kept():
    world = draw_world(300, seed=3)
    slopes = true_slopes(world)
    kept = keep_with_slope(world)
    assert set(kept.patients.index) == set(slopes.index[slopes["slope"].notna()])
    assert set(kept.visits["subject_id"]) == set(kept.patients.index)
    again = true_slopes(kept)["slope"]
    pd.testing.assert_series_equal(again, slopes["slope"].dropna(), check_names=False)
