"""What goes wrong in which table: questionnaires and tables of few rows here, others beside it."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from alsnb.synthetic.mess import Cells, Defect, blank, everywhere, exact_copy, filled, how_many
from alsnb.synthetic.mess_labs import LABS
from alsnb.synthetic.mess_measures import VITALS, capacity_defects
from alsnb.synthetic.parameters import describe_parameters
from alsnb.synthetic.patients import LONGEST_DELAY_DAYS
from alsnb.synthetic.properties import most_cases
from alsnb.tables.proact.schema import tables_of

CUTTING = ("Q5a_Cutting_without_Gastrostomy", "Q5b_Cutting_with_Gastrostomy")
TOTALS = ("ALSFRS_Total", "ALSFRS_R_Total")
ITEM_TO_SPOIL = "Q6_Dressing_and_Hygiene"
ALWAYS_ASKED = (
    *("Q1_Speech", "Q2_Salivation", "Q3_Swallowing", "Q4_Handwriting", ITEM_TO_SPOIL),
    *("Q7_Turning_in_Bed", "Q8_Walking", "Q9_Climbing_Stairs"),
)
"""Items of both scales that have one column."""

EARLY_VISITS = 3
"""A subject's first visits, of which none is there twice."""


def _other_answers(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return a less complete questionnaire of the same day that says something else."""
    speech = chosen["Q1_Speech"].to_numpy()
    other = np.where(speech > 0, speech - 1, 1.0)
    totals = {name: chosen[name].to_numpy() + other - speech for name in TOTALS}
    return {"Q1_Speech": other, "Q9_Climbing_Stairs": None, **totals}


def _later_visit(frame: pd.DataFrame) -> np.ndarray:
    """Find visits that are none of a subject's first: of those no program found a double.

    The first that counts may be the second or third, where a day or a total is missing.
    """
    return (frame.groupby("subject_id").cumcount() >= EARLY_VISITS).to_numpy()


def _both_cuttings(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Answer 5b too, in half of the cases a point lower."""
    lower = rng.integers(0, 2, len(chosen))
    return {CUTTING[1]: np.maximum(chosen[CUTTING[0]].to_numpy() - lower, 0)}


def _wrong_total(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    off = rng.choice([-3, -2, -1, 1, 2, 3], len(chosen))
    total = chosen["ALSFRS_Total"].to_numpy() + off
    return {"ALSFRS_Total": np.where((total < 0) | (total > 40), total - 2 * off, total)}


def _half_points(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return fractions in one item of each questionnaire, in every item of some."""
    items = chosen[list(ALWAYS_ASKED)].to_numpy(copy=True)
    row, which = np.arange(len(chosen)), np.arange(len(chosen)) % len(ALWAYS_ASKED)
    part = rng.choice([0.5, 0.33, 0.67], len(chosen))
    whole = items[row, which]
    items[row, which] = np.where(whole >= 4, whole - part, whole + part)
    return dict(zip(ALWAYS_ASKED, items.T, strict=True))


ALSFRS = (
    Defect("day missing", filled("ALSFRS_Delta"), blank("ALSFRS_Delta")),
    Defect("exact copy", _later_visit, lambda chosen, rng: {}, copies=True),
    Defect("same day, other answers", _later_visit, _other_answers, copies=True),
    Defect("5a and 5b both answered", filled(CUTTING[0]), _both_cuttings),
    Defect("neither cutting", everywhere, blank(*CUTTING)),
    Defect("total differs from its items", filled("ALSFRS_Total"), _wrong_total),
    Defect(
        "stored total out of range",
        filled("ALSFRS_Total"),
        lambda chosen, rng: {"ALSFRS_Total": 44.0},
    ),
    Defect("fractional item", everywhere, _half_points),
    Defect(
        "item outside 0 to 4",
        everywhere,
        lambda chosen, rng: {ITEM_TO_SPOIL: rng.integers(5, 10, len(chosen)).astype(float)},
    ),
    Defect("neither total", everywhere, blank(*TOTALS)),
)
"""Defects of the table ``alsfrs``."""


def _later_onset(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return an onset that is later than the right one, and before baseline."""
    onset = chosen["Onset_Delta"].to_numpy()
    other = np.round(onset * rng.uniform(0.6, 0.9, len(chosen)))
    return {"Onset_Delta": other, "Symptom": None, "Diagnosis_Delta": None}


def _swapped(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    onset, diagnosis = chosen["Onset_Delta"].to_numpy(), chosen["Diagnosis_Delta"].to_numpy()
    return {"Onset_Delta": diagnosis, "Diagnosis_Delta": onset}


def _positive(column: str) -> Callable:
    """Return a change that drops the sign of a day."""
    return lambda chosen, rng: {column: -chosen[column].to_numpy()}


def _alone(frame: pd.DataFrame) -> np.ndarray:
    """Find rows with an onset whose subject has no other row."""
    return (frame["Onset_Delta"].notna() & ~frame["subject_id"].duplicated(keep=False)).to_numpy()


def _undiagnosed(frame: pd.DataFrame) -> np.ndarray:
    """Find histories in one row without a diagnosis: there are as many of these as subjects."""
    return _alone(frame) & frame["Diagnosis_Delta"].isna().to_numpy()


def _both_days(frame: pd.DataFrame) -> np.ndarray:
    return _alone(frame) & (frame["Diagnosis_Delta"] > frame["Onset_Delta"]).to_numpy()


def _soon_after(frame: pd.DataFrame) -> np.ndarray:
    """Find diagnoses that, set as long after the baseline, come within ten years of the onset."""
    since = -frame["Onset_Delta"].fillna(0) - frame["Diagnosis_Delta"]
    return ((frame["Diagnosis_Delta"] < 0) & (since < LONGEST_DELAY_DAYS)).to_numpy()


def _dead_beside_the_cohorts(frame: pd.DataFrame) -> np.ndarray:
    """Find dated deaths of subjects without a diagnosis: the one real case is among them."""
    return (frame["Death_Days"].notna() & ~frame["diagnosed"]).to_numpy()


def _seen_long(frame: pd.DataFrame) -> np.ndarray:
    return ((frame["last_seen"] > 60) & frame["Death_Days"].notna()).to_numpy()


def _before_last_contact(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    early = rng.integers(10, 50, len(chosen))
    return {"Death_Days": chosen["last_seen"].to_numpy() - early}


def _later_death(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    return {"Death_Days": chosen["Death_Days"].to_numpy() + rng.integers(5, 60, len(chosen))}


def _absurd(column: str) -> Callable:
    """Return a change that puts a day some 3,000 years away."""
    return lambda chosen, rng: {column: rng.integers(700_000, 1_096_332, len(chosen)).astype(float)}


DEMOGRAPHICS = (Defect("sex missing", filled("Sex"), lambda chosen, rng: {"Sex": None}),)
HISTORY = (
    Defect("onset later than diagnosis", _both_days, _swapped),
    Defect("onset not before the baseline", _alone, _positive("Onset_Delta")),
    Defect("diagnosis after the baseline", _soon_after, _positive("Diagnosis_Delta")),
    Defect("several onsets", _alone, _later_onset, copies=True),
    Defect("exact copy", _undiagnosed, lambda chosen, rng: {}, copies=True),
)
DEATH = (
    Defect("contact after death", _seen_long, _before_last_contact),
    Defect("another row of the subject", _dead_beside_the_cohorts, _later_death, copies=True),
)
ADVERSE_EVENTS = (Defect("absurd day", everywhere, _absurd("Start_Date_Delta")), exact_copy())
MEDICATION = (Defect("absurd day", everywhere, _absurd("Start_Delta")), exact_copy())


def defects_of(table: str) -> tuple[Defect, ...]:
    """Return what can go wrong in a table; nothing in most of them."""
    return {
        "alsfrs": ALSFRS,
        "fvc": capacity_defects("fvc"),
        "svc": capacity_defects("svc"),
        "vitals": VITALS,
        "labs": LABS,
        "demographics": DEMOGRAPHICS,
        "history": HISTORY,
        "death": DEATH,
        "adverse_events": ADVERSE_EVENTS,
        "medication": MEDICATION,
    }.get(table, ())


def describe_defects(release: str, parameters: Mapping) -> pd.DataFrame:
    """Return every defect that a release of the twin has: table, defect, share of rows, source.

    A share is of the rows of the table; where a release has no more than a few cases ``most``
    says how many.
    """
    sources = describe_parameters().set_index("name")["source"]
    rows = []
    for table in tables_of(release):
        for defect in defects_of(table):
            name, most = defect.parameter(table), most_cases(table, defect.kind, release)
            if most != 0 and parameters[name] > 0:
                rows.append([table, defect.kind, parameters[name], most, sources[name]])
    return pd.DataFrame(rows, columns=["table", "defect", "share", "most", "source"])


def counts_of(table: str, release: str, rows: int, parameters: Mapping) -> list[int]:
    """Return how many rows of a table of this size have each of its defects in a release."""
    counts = []
    for defect in defects_of(table):
        count = how_many(rows, parameters[defect.parameter(table)], parameters)
        most = most_cases(table, defect.kind, release)
        counts.append(count if most is None else min(count, most))
    return counts
