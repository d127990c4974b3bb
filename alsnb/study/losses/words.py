"""Tell words and labels that cleaning does not know, where they cost much and where little."""

import pandas as pd

from alsnb.cleaning.release import CleanTables
from alsnb.study.losses.terms import REMARKS, REMEDIES, is_told, not_known
from alsnb.tables.proact.costs import NOTHING, cost_of_column
from alsnb.tables.proact.schema import tables

EMPTYING = {
    "weight_units": "weight's unit unknown",
    "forced_vital_capacity_units": "litres' unit unknown",
    "slow_vital_capacity_units": "litres' unit unknown",
    "height_units": "height impossible",
    "temperature_units": "temperature impossible",
    "pulse_units": "pulse impossible",
    "respiratory_rate_units": "respiratory rate impossible",
    "blood_pressure_systolic_units": "pressure impossible",
    "blood_pressure_diastolic_units": "pressure impossible",
}
"""Rules that may empty the values beside an unknown label, by its column."""


def with_emptied(unknown: pd.DataFrame, clean: CleanTables) -> pd.DataFrame:
    """Return unknown words with ``is_label`` and the values beside them that were ``emptied``.

    Of labels no more is known than how many values of the column a rule emptied.
    """
    changed = clean.audit.set_index(["table", "rule"])["values_changed"]
    is_label = unknown["column"].str.endswith("units")
    emptied = [
        min(words.unknown, int(changed[words.table, EMPTYING[words.column]]))
        if label
        else words.unknown
        for words, label in zip(unknown.itertuples(), is_label, strict=True)
    ]
    return unknown.assign(is_label=is_label, emptied=pd.Series(emptied, dtype="int64"))


def losses_of_words(unknown: pd.DataFrame, losses: list[dict]) -> list[dict]:
    """Return the columns of words that are emptied without a feature that says so."""
    rows = []
    for column in unknown[~unknown["is_label"]].itertuples():
        if _is_said(column, losses) or not is_told(column.unknown, column.filled):
            continue
        name = tables()[column.table].column(column.column).name
        costs = cost_of_column(column.table, column.column).replace(NOTHING, "no feature")
        rows.append(
            {
                "table": column.table,
                "what": f"the words of {name}",
                "lost": column.unknown,
                "given": column.filled,
                "of": "values",
                "reasons": not_known(column.unknown),
                "unknown": column.named,
                "costs": costs,
                "remedy": REMEDIES["word"].format(ways=column.ways),
            }
        )
    return rows


def _is_said(column: object, losses: list[dict]) -> bool:
    """Whether a loss of the same table says already that a column's words are not known."""
    same = (loss["reasons"] for loss in losses if loss["table"] == column.table and "lost" in loss)
    return any(not_known(column.emptied) in reasons.split(", ") for reasons in same)


def find_remarks(
    unknown: pd.DataFrame, losses: list[dict], results: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the unknown words and labels that cost little."""
    rows = []
    for column in unknown.itertuples():
        if not _is_said(column, losses):
            name = tables()[column.table].column(column.column).name
            rows.append((column.table, name, column.unknown, column.emptied, column.named))
    for test in () if results is None else results[results["strange"] > 0].itertuples():
        column = f"Test_Unit of {test.measure}"
        rows.append(("labs", column, test.strange, 0, test.named_strange))
    return pd.DataFrame(rows, columns=list(REMARKS))
