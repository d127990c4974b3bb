"""Check a PRO-ACT download before anything is built on it, and say what was found."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.cleaning.expected import compare_with_expected
from alsnb.cleaning.release import clean_release
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.cohort import select_cohort
from alsnb.commands.losses import escape, listed, say_losses, say_remarks
from alsnb.study.losses.find import find_losses, losses_in_reading
from alsnb.study.losses.terms import REMARKS
from alsnb.tables.proact.costs import NOTHING
from alsnb.tables.proact.reading import RawTables, read_release
from alsnb.tables.source import Source


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """What a release holds, what was wrong with it, and whether a cohort can be built.

    Attributes
    ----------
    source, release : Source, and "2016", "2022" or "F"
        Where the tables came from.
    unknown : tuple of str
        Names of files that are no table of PRO-ACT.
    counts : DataFrame
        Every table found: table, file, rows, subjects, used.
    notes : DataFrame
        Remarks that cost nothing: table, note.
    lost : DataFrame
        What is lost downstream: table, note (the sentence), costs (the features), remedy, and
        the other columns of :data:`alsnb.study.losses.terms.LOSSES`.
    failures : DataFrame
        Cells that could not be read: table, file, column, problem, cells, commonest.
    rules : DataFrame
        Every rule of reading and cleaning, as
        :func:`alsnb.cleaning.expected.compare_with_expected` returns it.
    flow : DataFrame
        The steps to the cohort: step, excluded, remaining. Empty if it cannot be selected.
    buildable, reason : bool and str
        Whether anybody is left in the cohort, and why not.
    """

    source: Source
    release: str
    unknown: tuple[str, ...]
    counts: pd.DataFrame
    notes: pd.DataFrame
    lost: pd.DataFrame
    failures: pd.DataFrame
    rules: pd.DataFrame
    flow: pd.DataFrame
    buildable: bool
    reason: str


def check_release(path: str | Path, settings: CleaningSettings = DEFAULTS) -> Checkup:
    """Read and clean a release and select its cohort, and write down what was found.

    Parameters
    ----------
    path : str or Path
        Folder or zip of a PRO-ACT download.
    settings : CleaningSettings
        The choices of the cleaning.

    Returns
    -------
    Checkup
        No patient's row and no identifier is in it.

    Raises
    ------
    BadInput
        If no release is recognized or a file of it is no table.
    """
    return check_tables(read_release(path), settings)


def check_tables(raw: RawTables, settings: CleaningSettings = DEFAULTS) -> Checkup:
    """Do the same with tables that were read."""
    found = _as_far_as_it_goes(raw, settings)
    audit, flow, reason = found.audit, found.flow, found.reason
    costly = ~raw.notes["costs"].isin(["", NOTHING])
    free = raw.notes.loc[~costly, ["table", "note"]]
    return Checkup(
        source=raw.source,
        release=raw.release.name,
        unknown=raw.release.unknown,
        counts=raw.counts,
        notes=pd.concat([free, say_remarks(found.remarks)], ignore_index=True),
        lost=say_losses(found.losses),
        failures=raw.failures,
        rules=compare_with_expected(audit),
        flow=flow,
        buildable=not reason,
        reason=reason,
    )


@dataclass(kw_only=True)
class _Found:
    """What was found until the cohort was there, or until something stood in the way."""

    audit: pd.DataFrame
    flow: pd.DataFrame
    losses: pd.DataFrame
    remarks: pd.DataFrame
    reason: str = ""


def _as_far_as_it_goes(raw: RawTables, settings: CleaningSettings) -> _Found:
    """Return the audit, what is lost, the flow to the cohort, and why there is none, if so."""
    found = _Found(
        audit=raw.audit,
        flow=pd.DataFrame(columns=["step", "excluded", "remaining"]),
        losses=losses_in_reading(raw),
        remarks=pd.DataFrame(columns=list(REMARKS)),
    )
    try:
        clean = clean_release(raw, settings)
        found.audit = clean.audit
        found.losses, found.remarks = find_losses(raw, clean, settings)
        found.flow = select_cohort(clean).flow
    except BadInput as error:
        found.reason = str(error)
        return found
    empty = found.flow.loc[found.flow["remaining"] == 0, "step"]
    found.reason = f"nobody is left {empty.iloc[0]}" if len(empty) else ""
    return found


# --- for people --------------------------------------------------------------------------


def as_text(checkup: Checkup, *, every_rule: bool = False) -> str:
    """Return a checkup as plain text; what comes from the data cannot act on a terminal.

    Parameters
    ----------
    checkup : Checkup
        What was found.
    every_rule : bool
        Whether rules that did nothing, and did not have to, are listed as well.
    """
    verdict = "The cohort can be built." if checkup.buildable else "The cohort cannot be built: "
    patients = f"Patients: {checkup.source.n_patients:,}"
    head = [
        checkup.source.title,
        f"{patients}. Tables: {len(checkup.counts):,}, used {checkup.counts['used'].sum():,}.",
        verdict + (escape(checkup.reason) + "." if checkup.reason else ""),
    ]
    if checkup.unknown:
        head.append(f"Files that are no table of PRO-ACT: {len(checkup.unknown):,}")
    counts = checkup.counts.assign(used=checkup.counts["used"].map({True: "yes", False: "no"}))
    failures = checkup.failures.drop(columns="file")
    sections = {
        "What is lost downstream": listed(checkup.lost),
        "Remarks": listed(checkup.notes),
        "The way to the cohort": _aligned(checkup.flow),
        "Tables": _aligned(counts),
        "Cells that could not be read": _aligned(failures),
        "Rules: rows left out, values changed, and what a real release of this size would have": (
            _rules(checkup.rules, every_rule=every_rule)
        ),
    }
    parts = [f"{title}\n{'-' * len(title)}\n{body or 'none'}" for title, body in sections.items()]
    return "\n\n".join(["\n".join(head), *parts]) + "\n"


def _rules(rules: pd.DataFrame, *, every_rule: bool) -> str:
    """Return the rules that did something or should have, or all of them."""
    did_something = (rules[["rows", "values", "patients"]] > 0).any(axis=1)
    should_have = (rules["order"] == "fewer") & (rules["expected"] >= 1)
    shown = rules[did_something | should_have] if not every_rule else rules
    shown = shown.assign(expected=shown["expected"].map(_about)).drop(columns="seen")
    others = len(rules) - len(shown)
    more = f"{others:,} other rules found nothing; alsnb check --all lists them." if others else ""
    return "\n".join(filter(None, (_aligned(shown), more)))


def _about(expected: float) -> str:
    return "" if np.isnan(expected) else f"{expected:,.0f}" if expected >= 1 else "under 1"


def _aligned(frame: pd.DataFrame) -> str:
    """Return a frame as aligned columns, nothing if it has no row."""
    if frame.empty:
        return ""
    cells = [[_shown(cell) for cell in row] for row in frame.itertuples(index=False)]
    rows = [[str(name) for name in frame.columns], *cells]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = [pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes]
    lines = []
    for row in rows:
        padded = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def _shown(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int | np.integer) else escape(str(cell))


# --- for machines ------------------------------------------------------------------------


def as_json(checkup: Checkup) -> str:
    """Return a checkup as JSON in plain ASCII, safe to put into a page."""
    frames = ("counts", "notes", "lost", "failures", "rules", "flow")
    content = {
        "title": checkup.source.title,
        "kind": checkup.source.kind,
        "release": checkup.release,
        "patients": checkup.source.n_patients,
        "sha256": checkup.source.sha256,
        "buildable": checkup.buildable,
        "reason": checkup.reason,
        "unknown_files": list(checkup.unknown),
    }
    content |= {name: _records(getattr(checkup, name)) for name in frames}
    text = json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False)
    return re.sub(r"[<>&]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _records(frame: pd.DataFrame) -> list[dict]:
    """Return the rows of a frame; a missing number is null."""
    return json.loads(frame.to_json(orient="records", double_precision=6))
