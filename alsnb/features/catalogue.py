"""Name every feature of a PRO-ACT cohort: what it is, where it comes from, in which unit."""

import re
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from alsnb.features.questionnaire import ITEMS
from alsnb.features.static import FACTS
from alsnb.features.summaries import SUMMARIES
from alsnb.tables.proact.schema import LabTest, lab_tests, tables

CATALOGUE = (
    *("name", "title", "measure", "summary", "table", "column", "unit"),
    *("definition", "in_paper", "missing", "kept"),
)
"""Columns of a catalogue; ``table`` is the library's name of it, ``column`` those of the files."""

TITLES = {
    "minimum": "Lowest",
    "maximum": "Highest",
    "median": "Median",
    "sd": "SD of",
    "first": "First",
    "last": "Last",
    "slope": "Slope of",
    "mean": "Mean",
}

DEFINITIONS = {
    "minimum": "Lowest {} in the window.",
    "maximum": "Highest {} in the window.",
    "median": "Median of every {} in the window.",
    "sd": "Standard deviation (n - 1) of every {} in the window; missing for a single one.",
    "first": "First {} in the window.",
    "last": "Last {} in the window.",
    "slope": "Last less first {} in the window, by the months between; missing for a single one.",
    "mean": "Mean of every {} in the window.",
}


@dataclass(frozen=True)
class Measure:
    """Something measured repeatedly.

    ``value`` is its column in the clean table, ``columns`` are those of the raw file that it is
    made from. The unit is empty for points and grades. ``in_paper`` says whether Pancotti et al.
    (2022) say that they used it, ``scale`` which scale a cohort must be of to have it, if any.
    """

    name: str
    title: str
    table: str
    value: str
    columns: tuple[str, ...]
    unit: str = ""
    in_paper: bool = True
    scale: str = ""


REVISED_ITEMS = {
    "r1_dyspnea": ("dyspnea", ("R_1_Dyspnea",)),
    "r2_orthopnea": ("orthopnea", ("R_2_Orthopnea",)),
    "r3_insufficiency": ("insufficiency", ("R_3_Respiratory_Insufficiency",)),
}

_VITALS = {
    "systolic": ("systolic blood pressure", ("Blood_Pressure_Systolic",), True),
    "diastolic": ("diastolic blood pressure", ("Blood_Pressure_Diastolic",), True),
    "pulse": ("pulse", ("Pulse",), True),
    "respiratory_rate": ("respiratory rate", ("Respiratory_Rate",), True),
    "weight": ("weight", ("Weight", "Weight_Units"), True),
    "temperature": ("temperature", ("Temperature",), False),
    "bmi": ("body mass index", ("Weight", "Weight_Units", "Height", "Height_Units"), False),
}

_LABS = ("Test_Name", "Test_Result", "Test_Unit")


@cache
def measures(scale: str = "ALSFRS") -> tuple[Measure, ...]:
    """Return what is measured repeatedly in a cohort of a scale, in the order of features."""
    every = [*_questionnaire(), *_spirometry(), *_vital_signs(), *map(_lab, lab_tests().values())]
    return tuple(measure for measure in every if measure.scale in ("", scale))


def questionnaire_features() -> tuple[str, ...]:
    """Return the features that are made from answers to the questionnaire, on either scale."""
    return tuple(
        f"{summary}_{measure.name}" for measure in _questionnaire() for summary in SUMMARIES
    )


def _questionnaire() -> list[Measure]:
    nine = {name: facts for name, facts in ITEMS.items() if name != "q10_respiratory"}
    revised = nine | REVISED_ITEMS
    return [
        _total("alsfrs_total", "ALSFRS total", "total", "ALSFRS_Total", ITEMS),
        *_items(ITEMS),
        replace(
            _total("alsfrs_r_total", "ALSFRS-R total", "total_revised", "ALSFRS_R_Total", revised),
            scale="ALSFRS-R",
        ),
        *(replace(item, scale="ALSFRS-R") for item in _items(REVISED_ITEMS)),
    ]


def _total(name: str, title: str, value: str, stored: str, items: dict) -> Measure:
    columns = dict.fromkeys([stored, *(c for _, found in items.values() for c in found)])
    return Measure(name, title, "alsfrs", value, tuple(columns))


def _items(items: dict[str, tuple[str, tuple[str, ...]]]) -> list[Measure]:
    titles = {name: name.partition("_") for name in items}
    return [
        Measure(name, f"{titles[name][0].upper()} {titles[name][2]}", "alsfrs", *facts)
        for name, facts in items.items()
    ]


def _spirometry() -> list[Measure]:
    def columns(table: str, start: str) -> tuple[str, ...]:
        return tuple(c.name for c in tables()[table].columns if c.key.startswith(start))

    litres, percent = (columns("fvc", start) for start in ("subject_liters", "pct_of_normal"))
    slow = columns("svc", "subject_liters")
    title = "FVC in percent of normal"
    return [
        Measure("fvc", "FVC", "fvc", "litres", litres, "L"),
        Measure("fvc_percent", title, "fvc", "percent", percent, "%", in_paper=False),
        Measure("svc", "SVC", "svc", "litres", slow, "L", in_paper=False),
    ]


def _vital_signs() -> list[Measure]:
    units = {column.name: column.unit for column in tables()["vitals"].columns}
    units["bmi"] = "kg/m2"
    return [
        Measure(name, title, "vitals", name, columns, units.get(name, units[columns[0]]), in_paper)
        for name, (title, columns, in_paper) in _VITALS.items()
    ]


def _lab(test: LabTest) -> Measure:
    unit = "" if test.unit in ("none", "mixed", "pH") else test.unit
    return Measure(test.measure, _plain(test.name), "labs", "value", _LABS, unit)


def _plain(name: str) -> str:
    """Return a test's name as in the middle of a sentence; abbreviations stay as they are."""
    lowered = re.sub(r"\b[A-Z][a-z]+\b", lambda word: word[0].lower(), name)
    return re.sub(r"\bph\b", "pH", lowered)


def make_catalogue(features: pd.DataFrame, *, scale: str, max_missing: float) -> pd.DataFrame:
    """Return what every feature is, and in how many patients it is missing.

    Parameters
    ----------
    features, scale : DataFrame of shape (n_patients, n_features), and {"ALSFRS", "ALSFRS-R"}
        The features of a cohort, and its scale.
    max_missing : float
        Largest share of patients in whom a feature may be missing to count as kept.

    Returns
    -------
    DataFrame of shape (n_features, 11)
        Columns :data:`CATALOGUE`, rows in the order of the features. ``in_paper`` says
        whether the paper lists the feature among its own: the seven summaries of what it
        says it used. ``missing`` is the share of patients, NaN without patients.
    """
    catalogue = described(scale)
    missing = features.isna().mean()
    catalogue["missing"] = missing.reindex(catalogue["name"]).to_numpy()
    catalogue["kept"] = catalogue["missing"] <= max_missing
    return catalogue


def described(scale: str) -> pd.DataFrame:
    """Return the catalogue of a scale's features without the columns that depend on patients."""
    repeated = [_summary_row(m, summary) for m in measures(scale) for summary in SUMMARIES]
    fixed = pd.DataFrame(map(vars, FACTS)).rename(columns={"columns": "column"})
    fixed["column"] = fixed["column"].map("; ".join)
    fixed = fixed.assign(measure=fixed["name"], summary="")
    names = list(CATALOGUE[:-2])
    return pd.concat([pd.DataFrame(repeated, columns=names), fixed[names]], ignore_index=True)


def _summary_row(measure: Measure, summary: str) -> list:
    unit = measure.unit or ("points" if measure.table == "alsfrs" else "")
    unit = f"{unit} per month".strip() if summary == "slope" else unit
    definition = DEFINITIONS[summary].format(measure.title)
    name, title = f"{summary}_{measure.name}", f"{TITLES[summary]} {measure.title}"
    in_paper = measure.in_paper and summary != "mean"
    made_from = [measure.table, "; ".join(measure.columns)]
    return [name, title, measure.name, summary, *made_from, unit, definition, in_paper]
