"""Days of one table in another unit than the others are noticed; usual follow-ups are not."""

import numpy as np
import pandas as pd
import pytest

from alsnb.tables.proact.day_units import DAYS_IN, remarks_on_days

DAYS = {
    "alsfrs": "alsfrs_delta",
    "fvc": "forced_vital_capacity_delta",
    "vitals": "vital_signs_delta",
    "labs": "laboratory_delta",
}


def draw(n_patients=40, seed=0):
    """Return visits about every month, over months or years, in each table on its own days."""
    rng = np.random.default_rng(seed)
    frames = {}
    last = rng.integers(120, 700, n_patients)
    for table, day in DAYS.items():
        step = {"alsfrs": 30, "fvc": 60, "vitals": 28, "labs": 85}[table]
        days = [np.arange(0, end, step) + rng.integers(0, 5) for end in last]
        frames[table] = pd.DataFrame(
            {
                "subject_id": np.repeat(np.arange(n_patients), list(map(len, days))),
                day: np.concatenate(days).astype(float),
            }
        )
    died = np.arange(0, n_patients, 3)
    frames["death"] = pd.DataFrame(
        {"subject_id": died, "death_days": last[died] + rng.integers(0, 200, len(died)) + 0.0}
    )
    onset = -rng.lognormal(np.log(550), 0.5, n_patients).round()
    frames["history"] = pd.DataFrame({"subject_id": range(n_patients), "onset_delta": onset})
    return frames


def in_unit(frames, table, column, days):
    return frames | {
        table: frames[table].assign(**{column: (frames[table][column] / days).round()})
    }


@pytest.mark.parametrize("seed", range(5))
def test_days_are_not_remarked(seed):
    assert remarks_on_days(draw(seed=seed)) == []
    assert remarks_on_days(draw(n_patients=6, seed=seed)) == []


@pytest.mark.parametrize("unit", ["minutes", "hours", "weeks", "months"])
@pytest.mark.parametrize("table", DAYS)
def test_a_table_of_visits_in_another_unit_is_named_with_the_unit(table, unit):
    [(named, text, costs)] = remarks_on_days(in_unit(draw(), table, DAYS[table], DAYS_IN[unit]))
    assert named == table
    assert f"as if {unit} were counted" in text
    assert "wrong" in costs


@pytest.mark.parametrize("unit", ["hours", "weeks", "months", "years"])
@pytest.mark.parametrize(("table", "column"), [("death", "death_days"), ("history", "onset_delta")])
def test_deaths_and_onsets_in_another_unit_are_named(table, column, unit):
    [(named, text, _)] = remarks_on_days(in_unit(draw(), table, column, DAYS_IN[unit]))
    assert named == table
    assert "another unit than days" in text


def test_a_table_of_early_visits_is_not_taken_for_one_in_weeks():
    frames = draw()
    labs = frames["labs"]
    early = frames | {"labs": labs[labs["laboratory_delta"] < 120]}
    assert remarks_on_days(early) == []


def test_no_patient_and_no_day_after_the_baseline_say_nothing():
    frames = {name: frame.head(0) for name, frame in draw().items()}
    assert remarks_on_days(frames) == []
    assert remarks_on_days({}) == []
    start = {
        name: frame.assign(**{DAYS[name]: 0.0}) for name, frame in draw().items() if name in DAYS
    }
    assert remarks_on_days(start) == []
