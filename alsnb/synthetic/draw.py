"""Draw a simulated world."""

from dataclasses import replace

import numpy as np
import pandas as pd

from alsnb.checks import check_one_of
from alsnb.synthetic.course import ITEMS, draw_course, draw_items, items_lost
from alsnb.synthetic.follow_up import (
    days_seen,
    draw_endings,
    draw_first_days,
    draw_reported_deaths,
    draw_visit_days,
    last_contact,
)
from alsnb.synthetic.oracle import true_slopes
from alsnb.synthetic.parameters import Parameters, read_parameters
from alsnb.synthetic.patients import draw_patients
from alsnb.synthetic.properties import subjects_of
from alsnb.synthetic.trials import draw_trial_effects, draw_trials
from alsnb.synthetic.world import World
from alsnb.tables.proact.schema import RELEASES


def draw_world(
    n_patients: int | None = None,
    *,
    release: str = "2022",
    seed: int = 0,
    parameters: Parameters | None = None,
) -> World:
    """Draw a simulated world.

    Parameters
    ----------
    n_patients : int, optional
        At least 30; by default as many as the release has.
    release : {"2016", "2022", "F"}
        Whose trials there are.
    seed : int
        Same number of patients, release, seed and parameters: same world.
    parameters : Parameters, optional
        What to draw from; by default the calibrated ones.

    Raises
    ------
    alsnb.checks.BadInput
        If there are fewer than 30 patients or the trials' parameters contradict each other.
    """
    check_one_of(release, RELEASES, "Release of the simulated twin")
    parameters = read_parameters() if parameters is None else parameters
    n_patients = subjects_of(release) if n_patients is None else n_patients
    # One stream per stage: altering one stage leaves the draws of the others as they were.
    people, starts, courses, ends, deaths, days, ratings, between = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(8)
    )
    trials = draw_trials(n_patients, parameters, release)
    trials = draw_trial_effects(trials, parameters, between)
    patients = draw_patients(trials, parameters, people)
    patients["first_day"] = draw_first_days(patients, trials, starts)
    patients = draw_course(patients, parameters, courses)
    patients = patients.assign(**draw_endings(patients, trials, parameters, rng=ends))
    patients["last_contact_day"] = last_contact(patients, trials, parameters)
    patients = patients.assign(**draw_reported_deaths(patients, trials, parameters, rng=deaths))
    asked = patients[trials.loc[patients["trial"], "has_alsfrs"].to_numpy()]
    row, day = days_seen(asked, draw_visit_days(asked, trials, parameters, days))
    lost = items_lost(asked, parameters, row, day)
    noisiness = asked["trial_noise"].to_numpy()[row]
    visits = pd.DataFrame(draw_items(lost, noisiness, parameters, ratings), columns=list(ITEMS))
    visits.insert(0, "subject_id", asked.index.to_numpy()[row])
    visits.insert(1, "day", day)
    visits = visits.sort_values(["subject_id", "day"], ignore_index=True)
    return World(
        parameters=parameters,
        release=release,
        seed=seed,
        trials=trials,
        patients=patients,
        visits=visits,
    )


def keep_with_slope(world: World) -> World:
    """Return the world with those patients alone who have a slope by the paper's rule."""
    slopes = true_slopes(world)
    kept = slopes.index[slopes["slope"].notna()]
    visits = world.visits[world.visits["subject_id"].isin(kept)].reset_index(drop=True)
    patients = world.patients[world.patients.index.isin(kept)]
    return replace(world, patients=patients, visits=visits)
