"""Clean a whole release: every table, deaths first, with one audit over all of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alsnb.cleaning import alsfrs, laboratory, small_tables, spirometry, subjects, vitals
from alsnb.cleaning.audit import AUDIT, Rule, make_audit
from alsnb.cleaning.laboratory_rules import RULES as LAB_RULES
from alsnb.cleaning.laboratory_rules import TESTS
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.report.cards import card
from alsnb.tables.proact.reading import RawTables
from alsnb.tables.proact.schema import tables
from alsnb.tables.proact.subjects import written
from alsnb.tables.source import Source

CLEAN_OVER_TIME: dict[str, Callable] = {
    "alsfrs": alsfrs.clean_alsfrs,
    "fvc": spirometry.clean_fvc,
    "svc": spirometry.clean_svc,
    "vitals": vitals.clean_vitals,
    "labs": laboratory.clean_labs,
}
"""Functions that clean the tables with visits, which end with a subject's death."""

CLEAN_BY_SUBJECT: dict[str, Callable] = {
    "family": small_tables.clean_family,
    "death": small_tables.clean_death,
    "el_escorial": small_tables.clean_el_escorial,
    "riluzole": small_tables.clean_riluzole,
    "treatment": small_tables.clean_treatment,
    "demographics": subjects.clean_demographics,
    "history": subjects.clean_history,
}
"""Functions that clean the tables with one row per subject, from small tables to large ones."""

RULES: dict[tuple[str, str], Rule] = {
    (rule.table, rule.name): rule
    for rules in (
        alsfrs.RULES,
        spirometry.FVC_RULES,
        spirometry.SVC_RULES,
        vitals.RULES,
        LAB_RULES,
        subjects.DEMOGRAPHICS_RULES,
        subjects.HISTORY_RULES,
        *small_tables.RULES.values(),
    )
    for rule in rules
}
"""Every rule of the cleaning, by table and name."""


@dataclass(frozen=True, kw_only=True)
class CleanTables:
    """The clean tables of a release.

    Attributes
    ----------
    source : Source
        Where the tables came from.
    frames : dict of str to DataFrame
        One frame per table; empty where the release has none.
    audit : DataFrame
        What happened to every row since the file, by table and rule.
    names : dict of int to str
        Identifiers that are not whole numbers, by the number that stands for them in
        ``subject_id``; empty for every release of PRO-ACT. They are never to be shown.
    """

    source: Source
    frames: dict[str, pd.DataFrame]
    audit: pd.DataFrame
    names: dict[int, str] = field(default_factory=dict)

    def written(self, subjects: pd.Index) -> pd.Index:
        """Return subjects as the files of the release write them, to be joined with other data.

        Parameters
        ----------
        subjects : Index of int, shape (n_patients,)
            Such as the index of a cohort's patients or of their features.

        Returns
        -------
        Index of shape (n_patients,)
            The same whole numbers; texts if any identifier of the release is no whole number.
        """
        return written(subjects, self.names)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(frame):,}" for name, frame in self.frames.items())
        return f"CleanTables({sizes})"

    def _repr_html_(self) -> str:
        rows = {f"Rows of {name}": len(frame) for name, frame in self.frames.items()}
        see = {"See": ".audit for what every rule did, .frames for the tables"}
        return card("Clean tables", {"Data": self.source.title} | rows | see)


def clean_release(raw: RawTables, settings: CleaningSettings = DEFAULTS) -> CleanTables:
    """Clean the tables of a release.

    Parameters
    ----------
    raw : RawTables
        The tables as read.
    settings : CleaningSettings
        The choices.

    Returns
    -------
    CleanTables
        A table that the release does not have is empty and has no line in the audit.
    """
    frames: dict[str, pd.DataFrame] = {}
    audits: dict[str, pd.DataFrame] = {}
    # deaths come first, as no visit follows them
    for table, clean in CLEAN_BY_SUBJECT.items():
        frames[table], audits[table] = clean(_raw_frame(raw, table), settings)
    for table, clean in CLEAN_OVER_TIME.items():
        frames[table], audits[table] = clean(_raw_frame(raw, table), settings, frames["death"])
    used = [name for name, table in tables().items() if table.used]
    return CleanTables(
        source=raw.source,
        frames={name: frames[name] for name in used},
        audit=_chained(raw.audit, [audits[name] for name in used if name in raw.frames]),
        names=raw.names,
    )


def describe_rules() -> pd.DataFrame:
    """Return every rule: table, rule, reason, what was seen of it, and in what share of rows."""
    rows = [(r.table, r.name, r.reason, r.seen, r.expected) for r in RULES.values()]
    frame = pd.DataFrame(rows, columns=["table", "rule", "reason", "seen", "expected"])
    return frame.astype({"expected": "float64"})


def _chained(reading: pd.DataFrame, cleaning: list[pd.DataFrame]) -> pd.DataFrame:
    """Return what reading did to each table, followed by what cleaning did."""
    whole = pd.concat([make_audit(), reading[list(AUDIT)], *cleaning], ignore_index=True)
    table = pd.Categorical(whole["table"], [name for name, table in tables().items() if table.used])
    codes = table.codes
    return whole.iloc[np.argsort(codes, kind="stable")[(codes < 0).sum() :]].reset_index(drop=True)


def _raw_frame(raw: RawTables, table: str) -> pd.DataFrame:
    return raw.frames[table] if table in raw.frames else empty_raw_frame(table)


def empty_raw_frame(table: str) -> pd.DataFrame:
    """Return a raw frame without rows, with the columns that reading gives the table."""
    columns = {"row": pd.Series(dtype="int32")}
    for column in tables()[table].columns:
        kind = {"id": "int64", "text": "category"}.get(column.kind, "float64")
        columns[column.key] = pd.Series(dtype=kind)
    frame = pd.DataFrame(columns)
    if table == "labs":
        frame["measure"] = pd.Categorical([], list(TESTS))
    return frame
