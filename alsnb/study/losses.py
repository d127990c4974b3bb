"""Say what is lost between the files and the features, the cohort and the chapters.

What a release's rows could give is held beside what cleaning made of them: a value that is
written in a row with a subject and a day could have been one of the feature's. Reading, labels,
words and ranges may each have taken it away; :data:`LOSSES` says how much, why, and what to do.
"""

import pandas as pd

from alsnb.cleaning.laboratory_losses import count_results
from alsnb.cleaning.release import CleanTables
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.cleaning.unknown import find_unknown
from alsnb.disclosure import SMALLEST_COUNT
from alsnb.outcomes import SCALES, SlopeSettings
from alsnb.study.losses_of_cohort import count_patients_left
from alsnb.study.losses_of_values import count_values, rules_of
from alsnb.tables.proact.costs import NOTHING, cost_of_column
from alsnb.tables.proact.reading import RawTables
from alsnb.tables.proact.schema import lab_tests, tables

LOSSES = ("table", "what", "lost", "given", "of", "reasons", "unknown", "costs", "remedy")
"""Columns of the list of losses.

``what`` is a feature, a column, or a sentence on what is not there at all; of the ``given``
values, patients or rows (``of``) so many are ``lost``, both missing where there is nothing to
count. ``reasons`` are the rules that took them, ``unknown`` the commonest texts that nobody
understood, ``costs`` the features, and ``remedy`` what to do.
"""

REMARKS = ("table", "column", "cells", "emptied", "named")
"""Columns of the list of doubts: cells of a column with words or labels that are not known, how
many of the values beside them were ``emptied`` (the others were read, as their size said what they
are), and the commonest of these words."""

TOLD_FROM = 0.1
"""A feature that loses more than this share of its values or patients is told."""

REMEDIES = {
    "missing": "Give the column or the file the name of the release, if it is there under another.",
    "no value": "Look whether the values stand in another column.",
    "tests": "Write the tests by the names of the release.",
    "label": "Write the unit as one that is known, or convert the numbers.",
    "word": "Write the answers in known words: {ways}.",
    "number": "Write the column as plain numbers.",
    "days": "Look whether all days count in days, from the same day, and deaths too.",
    "range": "Look which unit the numbers are in, and whether a column was exchanged for another.",
    "lines": "Look at these lines of the file; it may be cut, or a cell may hold a line end.",
    "rules": "Look at the rules of this table: alsnb check --all lists them.",
}
"""What to do, by the kind of the first reason."""


def find_losses(
    raw: RawTables, clean: CleanTables, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is lost of a release downstream, and remarks on what was only in doubt.

    Parameters
    ----------
    raw, clean : RawTables and CleanTables
        The release as read and as cleaned.
    settings : CleaningSettings
        The choices it was cleaned by.

    Returns
    -------
    losses : DataFrame
        Columns :data:`LOSSES`; empty if every feature and patient is there that could be.
    remarks : DataFrame
        Columns :data:`REMARKS`; words and labels that are not known and cost little.
    """
    unknown = find_unknown(raw)
    results = _results(raw, clean, settings)
    losses = [
        *_in_reading(raw),
        *_patients(raw, clean),
        *_values(raw, clean, unknown),
        *_lab_values(results),
        *_rows(clean),
    ]
    losses = _together(losses + _words(unknown, losses))
    return _frame(losses), _remarks(unknown, losses, results, clean)


def losses_in_reading(raw: RawTables) -> pd.DataFrame:
    """Return the tables and columns that are missing or empty, as :data:`LOSSES`."""
    return _frame(_in_reading(raw))


def _in_reading(raw: RawTables) -> list[dict]:
    notes = raw.notes[~raw.notes["costs"].isin(["", NOTHING])]
    return [
        {
            "table": note.table,
            "what": note.note,
            "costs": note.costs,
            "remedy": REMEDIES[_kind_of_note(note.note)],
        }
        for note in notes.itertuples()
    ]


def _kind_of_note(note: str) -> str:
    """Return the kind of the remedy for what reading wrote down."""
    signs = {"can be read": "number", "holds no value": "no value", "no row of": "tests"}
    return next((kind for sign, kind in signs.items() if sign in note), "missing")


def _frame(losses: list[dict]) -> pd.DataFrame:
    frame = pd.DataFrame(losses, columns=list(LOSSES))
    texts = [name for name in LOSSES if name not in ("lost", "given")]
    frame[texts] = frame[texts].fillna("").astype("str")
    return frame.astype({"lost": "Int64", "given": "Int64"})


def _together(losses: list[dict]) -> list[dict]:
    """Return losses of which those of a table with the same reasons are one, counted by the worst.

    So a day that is gone from a questionnaire is told once and not item by item.
    """
    found: dict[tuple, dict] = {}
    for loss in losses:
        same = ("table", "of", "reasons", "unknown", "remedy")
        key = tuple(loss.get(name, "") for name in same)
        if "lost" not in loss or key not in found:
            found[key if "lost" in loss else id(loss)] = dict(loss)
            continue
        first = found[key]
        first |= {name: f"{first[name]}, {loss[name]}" for name in ("what", "costs")}
        if loss["lost"] > first["lost"]:
            first |= {"lost": loss["lost"], "given": loss["given"]}
    return list(found.values())


def _is_told(lost: int, given: int) -> bool:
    """Whether a loss is more than a tenth and no matter of a few."""
    return lost > TOLD_FROM * given and (lost >= SMALLEST_COUNT or lost == given)


FOR_WORDS = (
    *("sex not readable", "answer missing", "weight's unit unknown", "litres' unit unknown"),
)
"""Rules that do no more than leave out what stands beside a word that is not known."""

# --- features ----------------------------------------------------------------------------


def _values(raw: RawTables, clean: CleanTables, unknown: pd.DataFrame) -> list[dict]:
    rows = []
    for value in count_values(raw, clean):
        by = {"values": (value.lost, value.given), "patients": value.patients}
        told = [of for of, counts in by.items() if counts[1] and _is_told(*counts)]
        if not told:
            continue
        lost, given = by[told[0]]
        strange = unknown[(unknown["table"] == value.table) & unknown["column"].isin(value.keys)]
        unread = _unread(raw, value.table, value.keys)
        rules = rules_of(value, clean.audit)
        if len(strange):
            rules = [rule for rule in rules if rule[0] not in FOR_WORDS]
        reasons = [
            *(f"{problem} ({cells:,})" for problem, cells, _ in unread),
            *(_not_known(n) for n in strange["unknown"]),
            *(f"{rule} ({n:,})" for rule, n in rules),
        ]
        named = [*(text for *_, text in unread), *strange["named"]]
        kind = _kind(unread, strange, rules)
        rows.append(
            {
                "table": value.table,
                "what": value.name,
                "lost": lost,
                "given": given,
                "of": told[0],
                "reasons": ", ".join(reasons),
                "unknown": ", ".join(filter(None, named)),
                "costs": value.costs,
                "remedy": REMEDIES[kind].format(ways=", ".join(strange["ways"])),
            }
        )
    return rows


def _unread(raw: RawTables, table: str, keys: tuple[str, ...]) -> list[tuple[str, int, str]]:
    """Return the problems of cells in columns, each with its cells and the commonest text."""
    names = [column.name for column in tables()[table].columns if column.key in keys]
    failures = raw.failures
    of_columns = failures[(failures["table"] == table) & failures["column"].isin(names)]
    return [
        (line.problem, line.cells, f"'{line.commonest}'" if line.commonest else "")
        for line in of_columns.itertuples()
    ]


def _kind(unread: list, strange: pd.DataFrame, rules: list[tuple[str, int]]) -> str:
    if unread:
        return "number"
    if len(strange):
        return "label" if strange["column"].iloc[0].endswith("units") else "word"
    first = rules[0][0] if rules else ""
    if first in ("after death", "day impossible"):
        return "days"
    return "range" if "impossible" in first or "baseline" in first else "rules"


def _results(raw: RawTables, clean: CleanTables, settings: CleaningSettings) -> pd.DataFrame | None:
    labs = raw.frames.get("labs")
    return (
        None if labs is None or labs.empty else count_results(labs, clean.frames["labs"], settings)
    )


def _lab_values(results: pd.DataFrame | None) -> list[dict]:
    """Return the tests that lose results, as :data:`LOSSES`."""
    rows = []
    for test in () if results is None else results.itertuples():
        by = {"values": (test.lost, test.given)}
        by["patients"] = (test.patients_lost, test.patients_given)
        told = [of for of, counts in by.items() if _is_told(*counts)]
        if told:
            lost, given = by[told[0]]
            texts = ", ".join(filter(None, (test.named_labels, test.named_texts)))
            kind = "number" if test.named_texts else "label" if test.named_labels else "rules"
            remedy = f"Results in {lab_tests()[test.measure].unit} are understood. "
            rows.append(
                {
                    "table": "labs",
                    "what": test.measure,
                    "lost": lost,
                    "given": given,
                    "of": told[0],
                    "reasons": test.reasons,
                    "unknown": texts,
                    "costs": test.measure,
                    "remedy": remedy * (kind == "label") + REMEDIES[kind],
                }
            )
    return rows


# --- patients, rows and words ------------------------------------------------------------


def _patients(raw: RawTables, clean: CleanTables) -> list[dict]:
    """Return the patients who are in no cohort for another reason than its rule."""
    rows = []
    for scale in SCALES:
        left = count_patients_left(raw, clean, SlopeSettings(scale=scale))
        if left.lost:
            found = _unread(raw, "alsfrs", left.keys)
            named = [text for *_, text in found if text]
            rows.append(
                {
                    "table": "alsfrs",
                    "what": f"the cohort with a slope on the {scale}",
                    "lost": left.lost,
                    "given": left.given,
                    "of": "patients",
                    "reasons": ", ".join(f"{why} ({n:,})" for why, n in left.reasons),
                    "unknown": ", ".join(named),
                    "costs": "these patients in every chapter on this scale, and in others who stay "
                    "the day from which their months count",
                    "remedy": REMEDIES[left.kind],
                }
            )
    return rows


def _rows(clean: CleanTables) -> list[dict]:
    """Return the tables of which reading, or the days, leave out more than a tenth of the rows."""
    rules = {"broken line": "lines", "footer or no subject": "lines"}
    # of other tables with visits each feature is counted by its days
    rules |= {"after death": "days", "day impossible": "days"}
    rows = []
    for line in clean.audit[clean.audit["rule"].isin(rules)].itertuples():
        lost = line.rows_before - line.rows_after
        in_labs = line.table == "labs" or rules[line.rule] == "lines"
        if in_labs and line.rows_before and _is_told(lost, line.rows_before):
            row = {"table": line.table, "what": "rows", "lost": lost, "given": line.rows_before}
            row |= {"of": "rows", "reasons": line.rule, "remedy": REMEDIES[rules[line.rule]]}
            rows.append(row | {"costs": cost_of_column(line.table, "")})
    return rows


def _words(unknown: pd.DataFrame, losses: list[dict]) -> list[dict]:
    """Return the columns of words that are emptied without a feature that says so."""
    rows = []
    for column in unknown.itertuples():
        is_label = column.column.endswith("units")
        is_said = _is_said(column, losses)
        if is_label or is_said or not _is_told(column.unknown, column.filled):
            continue
        name = tables()[column.table].column(column.column).name
        rows.append(
            {
                "table": column.table,
                "what": f"the words of {name}",
                "lost": column.unknown,
                "given": column.filled,
                "of": "values",
                "reasons": _not_known(column.unknown),
                "unknown": column.named,
                "costs": cost_of_column(column.table, column.column).replace(NOTHING, "no feature"),
                "remedy": REMEDIES["word"].format(ways=column.ways),
            }
        )
    return rows


def _not_known(cells: int) -> str:
    return f"words not known ({cells:,})"


def _is_said(column: object, losses: list[dict]) -> bool:
    """Whether a loss of the same table says already that a column's words are not known."""
    same = (loss["reasons"] for loss in losses if loss["table"] == column.table and "lost" in loss)
    return any(_not_known(column.unknown) in reasons.split(", ") for reasons in same)


EMPTYING = {"weight_units": "weight's unit unknown"} | dict.fromkeys(
    ("forced_vital_capacity_units", "slow_vital_capacity_units"), "litres' unit unknown"
)
"""Rules that empty the values beside an unknown label, by its column; other labels leave them."""


def _remarks(
    unknown: pd.DataFrame, losses: list[dict], results: pd.DataFrame | None, clean: CleanTables
) -> pd.DataFrame:
    """Return the unknown words and labels that cost little."""
    changed = clean.audit.set_index(["table", "rule"])["values_changed"]
    rows = []
    for column in unknown.itertuples():
        if _is_said(column, losses):
            continue
        is_label, emptied = column.column.endswith("units"), column.unknown
        if is_label:
            rule = EMPTYING.get(column.column)
            emptied = int(changed[column.table, rule]) if rule else 0
        name = tables()[column.table].column(column.column).name
        rows.append((column.table, name, column.unknown, emptied, column.named))
    for test in () if results is None else results[results["strange"] > 0].itertuples():
        column = f"Test_Unit of {test.measure}"
        rows.append(("labs", column, test.strange, 0, test.named_strange))
    return pd.DataFrame(rows, columns=list(REMARKS))
