"""Clean a whole release: every table, deaths first, with one audit over all of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.cleaning import alsfrs, laboratory, small_tables, spirometry, subjects, vitals
from alsnb.cleaning.audit import AUDIT, Rule, make_audit
from alsnb.cleaning.laboratory_units import RULES as LAB_RULES
from alsnb.cleaning.laboratory_units import TESTS
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.tables.proact.reading import RawTables, ReleaseBeingRead
from alsnb.tables.proact.schema import tables
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
    lab_window : DataFrame, optional
        The days of laboratory results that are here, indexed by ``subject_id``: ``first`` and
        ``last``. None if all are.
    """

    source: Source
    frames: dict[str, pd.DataFrame]
    audit: pd.DataFrame
    lab_window: pd.DataFrame | None = None

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(frame):,}" for name, frame in self.frames.items())
        return f"CleanTables({sizes})"


def clean_release(
    raw: RawTables | ReleaseBeingRead,
    settings: CleaningSettings = DEFAULTS,
    *,
    lab_window: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> CleanTables:
    """Clean the tables of a release.

    Parameters
    ----------
    raw : RawTables or ReleaseBeingRead
        The tables as read, or while they are.
    settings : CleaningSettings
        The choices.
    lab_window : callable, optional
        Returns, given the clean questionnaires, which days of laboratory results are wanted, as
        :attr:`CleanTables.lab_window` says; without it all are. The table is by far the largest,
        so that only those are then read on; it must not have been asked for before.

    Returns
    -------
    CleanTables
        A table that the release does not have is empty and has no line in the audit.
    """
    frames, audits, window = {}, {}, None
    for table in _order():
        raw_frame = _raw_frame(raw, table)
        if table in CLEAN_BY_SUBJECT:
            found = CLEAN_BY_SUBJECT[table](raw_frame, settings)
        else:
            found = CLEAN_OVER_TIME[table](raw_frame, settings, frames["death"])
        frames[table], audits[table] = found
        if table == "alsfrs" and lab_window is not None:
            window = lab_window(frames["alsfrs"])
            raw.keep_labs(window)
    if isinstance(raw, ReleaseBeingRead):
        raw = raw.finished
    names = [name for name, table in tables().items() if table.used]
    return CleanTables(
        source=raw.source,
        frames={name: frames[name] for name in names},
        audit=_chained(raw.audit, [audits[name] for name in names if name in raw.frames]),
        lab_window=window,
    )


def _order() -> list[str]:
    """Return deaths first, then the questionnaires, which say which results are wanted."""
    return list(dict.fromkeys(["death", "alsfrs", *CLEAN_BY_SUBJECT, *CLEAN_OVER_TIME]))


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


def _raw_frame(raw: RawTables | ReleaseBeingRead, table: str) -> pd.DataFrame:
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
