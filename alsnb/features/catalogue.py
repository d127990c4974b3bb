"""Name every feature of a PRO-ACT cohort: what it is, where it comes from, in which unit."""

import re
from dataclasses import dataclass
from functools import cache

import pandas as pd

from alsnb.features.questionnaire import ITEMS
from alsnb.features.static import FACTS
from alsnb.features.summaries import SUMMARIES
from alsnb.tables.proact.schema import Column, LabTest, lab_tests, tables

CATALOGUE = (
    "name",
    "title",
    "measure",
    "summary",
    "table",
    "column",
    "unit",
    "definition",
    "in_paper",
    "missing",
    "kept",
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


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Something measured repeatedly.

    Attributes
    ----------
    name, title : str
        As features carry it, and for people.
    table : str
        Table of the release.
    value : str
        Column of the clean table; for a laboratory test it is ``"value"``.
    columns : tuple of str
        Columns of the raw file that it is made from.
    unit : str
        Unit, empty for points and grades.
    in_paper : bool
        Whether Pancotti et al. (2022) say that they used it.
    scale : str
        The scale that a cohort must be of to have it; empty for any.
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
    total = _total("alsfrs_total", "ALSFRS total", "total", ("ALSFRS_Total",), ITEMS)
    items = [_item(name, *facts) for name, facts in ITEMS.items()]
    nine = {name: facts for name, facts in ITEMS.items() if name != "q10_respiratory"}
    revised = [
        _total(
            "alsfrs_r_total",
            "ALSFRS-R total",
            "total_revised",
            ("ALSFRS_R_Total",),
            nine | REVISED_ITEMS,
            scale="ALSFRS-R",
        ),
        *(_item(name, *facts, scale="ALSFRS-R") for name, facts in REVISED_ITEMS.items()),
    ]
    return [total, *items, *revised]


def _total(
    name: str, title: str, value: str, stored: tuple[str, ...], items: dict, **facts: str
) -> Measure:
    columns = tuple(dict.fromkeys([*stored, *(c for _, found in items.values() for c in found)]))
    return Measure(name=name, title=title, table="alsfrs", value=value, columns=columns, **facts)


def _item(name: str, value: str, columns: tuple[str, ...], **facts: str) -> Measure:
    number, _, word = name.partition("_")
    title = f"{number.upper()} {word}"
    return Measure(name=name, title=title, table="alsfrs", value=value, columns=columns, **facts)


def _spirometry() -> list[Measure]:
    litres, percent = {}, {}
    for table in ("fvc", "svc"):
        columns = tables()[table].columns
        litres[table] = tuple(c.name for c in columns if c.key.startswith("subject_liters"))
        percent[table] = tuple(c.name for c in columns if c.key.startswith("pct_of_normal"))
    made_from = {"litres": litres, "percent": percent}

    def measure(name: str, title: str, table: str, value: str, unit: str) -> Measure:
        columns = made_from[value][table]
        return Measure(
            name=name,
            title=title,
            table=table,
            value=value,
            columns=columns,
            unit=unit,
            in_paper=name == "fvc",
        )

    return [
        measure("fvc", "FVC", "fvc", "litres", "L"),
        measure("fvc_percent", "FVC in percent of normal", "fvc", "percent", "%"),
        measure("svc", "SVC", "svc", "litres", "L"),
    ]


def _vital_signs() -> list[Measure]:
    table = tables()["vitals"]
    named: dict[str, Column] = {column.name: column for column in table.columns}
    return [
        Measure(
            name=name,
            title=title,
            table="vitals",
            value=name,
            columns=columns,
            unit="kg/m2" if name == "bmi" else named[columns[0]].unit,
            in_paper=in_paper,
        )
        for name, (title, columns, in_paper) in _VITALS.items()
    ]


def _lab(test: LabTest) -> Measure:
    unit = "" if test.unit in ("none", "mixed", "pH") else test.unit
    return Measure(
        name=test.measure,
        title=_plain(test.name),
        table="labs",
        value="value",
        columns=_LABS,
        unit=unit,
    )


def _plain(name: str) -> str:
    """Return a test's name as in the middle of a sentence; abbreviations stay as they are."""
    lowered = re.sub(r"\b[A-Z][a-z]+\b", lambda word: word[0].lower(), name)
    return re.sub(r"\bph\b", "pH", lowered)


def make_catalogue(features: pd.DataFrame, *, scale: str, max_missing: float) -> pd.DataFrame:
    """Return what every feature is, and in how many patients it is missing.

    Parameters
    ----------
    features : DataFrame of shape (n_patients, n_features)
        The features of a cohort.
    scale : {"ALSFRS", "ALSFRS-R"}
        The scale of the cohort.
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
    fixed = [
        [
            f.name,
            f.title,
            f.name,
            "",
            f.table,
            "; ".join(f.columns),
            f.unit,
            f.definition,
            f.in_paper,
        ]
        for f in FACTS
    ]
    return pd.DataFrame([*repeated, *fixed], columns=list(CATALOGUE[:-2]))


def _summary_row(measure: Measure, summary: str) -> list:
    unit = measure.unit or ("points" if measure.table == "alsfrs" else "")
    unit = f"{unit} per month".strip() if summary == "slope" else unit
    definition = DEFINITIONS[summary].format(measure.title)
    return [
        f"{summary}_{measure.name}",
        f"{TITLES[summary]} {measure.title}",
        measure.name,
        summary,
        measure.table,
        "; ".join(measure.columns),
        unit,
        definition,
        measure.in_paper and summary != "mean",
    ]
