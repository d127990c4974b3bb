"""Do the laboratory tests of the simulated world, as its trials do.

A patient has a level of each test, and a result is the level with noise. Which tests are done,
how often and in which units is a matter of the trial, so that whole panels are missing.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from alsnb.synthetic.course import muscle_at
from alsnb.synthetic.laboratory_tests import QUARTILE, Assay, assays, decimals, name_in, unit_of
from alsnb.synthetic.mess import to_text
from alsnb.synthetic.schedule import generator, patients_of, spaced, switch, trait
from alsnb.synthetic.world import World

MEN = 0.63
"""Share of men among whom the printed quartiles were found."""

MG_DL_STEP = 8.84
"""Creatinine in umol/L that was rounded to 0.1 mg/dL comes in such steps."""


def do_tests(world: World, contacts: pd.DataFrame, release: str, *, tidy: bool) -> pd.DataFrame:
    """Return the tidy table of laboratory results, sorted by subject and day.

    Returns
    -------
    DataFrame
        The columns of the schema, results as text; and, to choose defects by, ``measure``
        (Categorical, empty for tests the library does not use), ``value`` (the result as a
        number in the unit it is written in) and ``factor`` (to the catalogue's unit).
    """
    days = _laboratory_days(world, contacts)
    schemes = _schemes(world, tidy=tidy)
    tests = assays(release)
    parts = [_results(world, days, assay, schemes) for assay in tests]
    sizes = [len(part["at"]) for part in parts]
    every = {"test": np.repeat(np.arange(len(tests), dtype=np.int16), sizes)}
    every |= {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(every["at"] * len(tests) + every["test"], kind="stable")
    every = {name: values[order] for name, values in every.items()}
    return _table(days.iloc[every.pop("at")], tests, _spelled(tests, schemes, release), **every)


def _laboratory_days(world: World, contacts: pd.DataFrame) -> pd.DataFrame:
    """Return the contacts of patients whose blood was taken."""
    rng = generator(world, "laboratory")
    patients = rng.random(len(world.patients)) < world.parameters["labs_patients_share"]
    done = switch(world, contacts, "has_labs").astype(bool)
    done &= patients[contacts["patient"].to_numpy()]
    done &= rng.random(len(contacts)) < world.parameters["labs_taken_share"]
    days = contacts[done].reset_index(drop=True)
    muscle = muscle_at(patients_of(world, days, "muscle"), days["day"].to_numpy())
    every = world.parameters["labs_sparse_every_days"]
    return days.assign(
        muscle=np.log(muscle),
        male=trait(world, days, "male"),
        sparse=spaced(days, every) if len(days) else np.empty(0, bool),
    )


def _schemes(world: World, *, tidy: bool) -> list[str]:
    """Return the scheme of units of each trial."""
    if tidy:
        return ["tidy"] * len(world.trials)
    return world.trials["lab_units"].tolist()


def _asked(world: World, days: pd.DataFrame, assay: Assay, rng: np.random.Generator) -> np.ndarray:
    """Return the positions of the days that have the test."""
    p = world.parameters
    if assay.frequency != "panel":
        share = p[f"labs_{assay.frequency}_share"] * rng.gamma(1.0)
        trials = rng.choice(len(world.trials), max(1, len(world.trials) // 3), replace=False)
        asked = np.isin(days["trial"].to_numpy(), trials)
        return np.flatnonzero(asked & (rng.random(len(days)) < share))
    panels = p["labs_panels"].values()
    panel = next((panel for panel in panels if assay.measure in panel["tests"]), None)
    if panel is None:  # somebody altered the panels and left the test out
        return np.empty(0, np.int64)
    wide = switch(world, days, "panel") <= panel["widest"]
    asked = wide & ~np.isin(days["trial"].to_numpy(), panel["not_in"])
    if panel["sparse"]:
        asked &= days["sparse"].to_numpy()
    return np.flatnonzero(asked & (rng.random(len(days)) < p["labs_complete_share"]))


def _results(world: World, days: pd.DataFrame, assay: Assay, schemes: list[str]) -> dict:
    """Return the days of a test, and its results as numbers or as positions in its words."""
    rng = generator(world, f"test {assay.name}")
    at = _asked(world, days, assay, rng)
    if assay.words:
        word = _words(world, days, at, assay, rng=rng)
        return {"at": at, "value": np.full(len(at), np.nan), "word": word}
    levels = _levels(world, assay, rng)[days["patient"].to_numpy()[at]]
    icc = world.parameters["labs_correlation"]
    noise = np.sqrt((1 - icc) / icc) * rng.standard_normal(len(at))
    by_trial = world.parameters["labs_trial_sd"] * rng.standard_normal(len(schemes))
    trial = days["trial"].to_numpy()[at]
    z = levels + noise + by_trial[trial]
    middle = assay.quartiles[1]
    ratio = assay.ratio ** np.where(days["male"].to_numpy()[at], 1 - MEN, -MEN)
    if assay.measure in ("creatinine", "creatine_kinase"):
        ratio = ratio * np.exp(days["muscle"].to_numpy()[at])
    spread = _spread_left(assay)
    value = middle * ratio * (np.exp(spread * z) if assay.skewed else 1 + spread * z)
    value = _in_units(value, assay, schemes, trial)
    return {"at": at, "value": value, "word": np.full(len(at), -1, np.int16)}


def _spread_left(assay: Assay) -> float:
    """Return the relative SD between patients that sex does not account for."""
    low, middle, high = assay.quartiles
    spread = (np.log(high / low) if assay.skewed else (high - low) / middle) / (2 * QUARTILE)
    by_sex = np.log(assay.ratio) * np.sqrt(MEN * (1 - MEN))
    left = np.sqrt(max(spread**2 - by_sex**2, 0.3 * spread**2))
    return left * (0.4 if assay.measure == "creatinine" else 1.0)


def _levels(world: World, assay: Assay, rng: np.random.Generator) -> np.ndarray:
    """Return the standardized level of the test in every patient."""
    n = len(world.patients)
    family, weight = assay.family
    own = rng.standard_normal(n)
    if not family:
        return own
    common = generator(world, f"family {family}").standard_normal(n)
    return weight * common + np.sqrt(1 - weight**2) * own


def _words(
    world: World, days: pd.DataFrame, at: np.ndarray, assay: Assay, *, rng: np.random.Generator
) -> np.ndarray:
    """Return positions in the test's words; a patient often has the same word again."""
    n = len(assay.words)
    usual = np.floor(n * rng.random(len(world.patients)) ** 2)[days["patient"].to_numpy()[at]]
    other = np.floor(n * rng.random(len(at)) ** 2)
    return np.where(rng.random(len(at)) < 0.5, usual, other).astype(np.int16)


def _in_units(value: np.ndarray, assay: Assay, schemes: list[str], trial: np.ndarray) -> np.ndarray:
    """Return values in the unit of the trial, within limits, rounded as one writes them."""
    factors = np.array([unit_of(assay, i, scheme)[1] for i, scheme in enumerate(schemes)])
    step = (assay.quartiles[2] - assay.quartiles[0]) / 6
    places = np.array([decimals(step / factor) for factor in factors])[trial]
    factor = factors[trial]
    scale = 10.0**places
    low, high = np.ceil(assay.low / factor * scale), np.floor(assay.high / factor * scale)
    if assay.step:
        value = np.rint(value / assay.step) * assay.step
    rounded = np.clip(np.rint(value / factor * scale), low, high) / scale
    if assay.measure == "creatinine":
        from_mg_dl = (np.arange(len(schemes)) % 3 == 1)[trial] & (factor == 1.0)
        steps = np.maximum(np.rint(value / MG_DL_STEP), 1)
        rounded = np.where(from_mg_dl, np.round(steps * MG_DL_STEP, 2), rounded)
    return rounded


def _spelled(tests: tuple[Assay, ...], schemes: list[str], release: str) -> dict:
    """Return name, unit and factor by test and trial."""
    tidy = schemes[0] == "tidy"
    trials = range(len(schemes))
    units = [[unit_of(assay, i, schemes[i]) for i in trials] for assay in tests]
    return {
        "name": [[name_in(assay, i, release, tidy=tidy) for i in trials] for assay in tests],
        "unit": [[unit for unit, _ in row] for row in units],
        "factor": np.array([[factor for _, factor in row] for row in units]),
    }


def _table(
    days: pd.DataFrame,
    tests: tuple[Assay, ...],
    spelled: dict,
    *,
    test: np.ndarray,
    value: np.ndarray,
    word: np.ndarray,
) -> pd.DataFrame:
    """Return the table, with the names and units that the trials write."""
    n_trials = len(spelled["factor"][0])
    cell = test.astype(np.int32) * n_trials + days["trial"].to_numpy()
    names = pd.Categorical(np.ravel(spelled["name"]))
    units = pd.Categorical(pd.Series(np.ravel(spelled["unit"])).replace("", None))
    measures = pd.Categorical([assay.measure for assay in tests])
    return pd.DataFrame(
        {
            "subject_id": days["subject_id"].to_numpy(),
            "Test_Name": names[cell],
            "Test_Result": _result_text(tests, test, value, word),
            "Test_Unit": units[cell],
            "Laboratory_Delta": days["day"].to_numpy(),
            "measure": measures[test],
            "value": value,
            "factor": np.ravel(spelled["factor"])[cell],
        }
    )


def _result_text(
    tests: tuple[Assay, ...], test: np.ndarray, value: np.ndarray, word: np.ndarray
) -> pd.Series:
    """Return results as text: numbers, or words of the test."""
    text = to_text(pd.Series(value))
    most = max(max(len(assay.words) for assay in tests), 1)
    words = [list(assay.words) + [""] * (most - len(assay.words)) for assay in tests]
    flat = pa.array(np.ravel(words).tolist(), pa.string())
    place = pa.array(test.astype(np.int64) * most + word, mask=word < 0)
    return pc.coalesce(text, flat.take(place)).to_pandas()
