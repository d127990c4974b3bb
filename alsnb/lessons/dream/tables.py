"""The words and tables of the chapter, and who its patients are, in aggregates."""

from collections.abc import Callable, Mapping

import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT, say_count
from alsnb.features.dream import DAYS_PER_MONTH
from alsnb.report import say
from alsnb.report.scores import (
    label_rows,
    pick,
    tabulate_differences,
    tabulate_groups,
    tabulate_published,
    tabulate_scores,
    tabulate_weights,
)
from alsnb.report.tables import shown, signed
from alsnb.schema import METRIC, MODEL
from alsnb.tables.dream_columns import DreamTable


def describe_patients(table: DreamTable) -> pd.DataFrame:
    """Return a row per characteristic and a column for training and test patients, all text.

    Medians stand with their quartiles and counts with their share, unless these are small. Values
    that the makers of the table filled in are left out.
    """
    rows = [("Patients", table.slope, lambda values: f"{len(values):,}"), *_rows(table)]
    sides = {"Training": ~table.official_test, "Test": table.official_test}
    cells = {
        name: [describe(values[side.reindex(values.index)]) for _, values, describe in rows]
        for name, side in sides.items()
    }
    return pd.DataFrame({"Characteristic": [name for name, *_ in rows]} | cells)


def show_falls(falls: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return R² in cross-validation and on the test patients, in words."""
    columns = {
        "model": ("Model", titles),
        "cv": ("Cross-validation", ".3f"),
        "test": ("Test", ".3f"),
        "estimate": ("Test minus cross-validation", ("low", "high", 3)),
    }
    return shown(falls, columns)


def name_family(gaps: pd.DataFrame, titles: Mapping[str, str]) -> dict[str, object]:
    """Return which models differ from the reference in mean squared error, adjusted (Holm).

    ``n`` counts them; ``better``, ``worse`` and ``neither`` name them in a text, and ``detected``
    lists those that are better or worse.
    """
    rows = gaps[gaps[METRIC] == "mse"]
    found = say.sides(rows, [say.lower_first(titles[model]) for model in rows[MODEL]])
    # titles have commas of their own
    named = {side: "; ".join(names) or "none" for side, names in found.items()}
    detected = [f"{name} ({side})" for side in ("better", "worse") for name in found[side]]
    return named | {"n": len(rows), "detected": detected}


def _rows(table: DreamTable) -> list[tuple[str, pd.Series, Callable[[pd.Series], str]]]:
    data = table.features
    bulbar, has_fvc = data["Site.of.Onset.Onset..Bulbar"], data["no.fvc.liters.data"] == 0
    return [
        ("Age, years", data["Age"], _quartiles),
        ("Sex recorded", data["Sex.Female"] + data["Sex.Male"] > 0, _share),
        ("Bulbar onset", bulbar == 1, _share),
        # those with both are so few that a row of their own could be told from the rest
        ("Limb onset, or both", bulbar == 0, _share),
        ("Months from onset to the trial", -data["Onset.Delta"] / DAYS_PER_MONTH, _quartiles),
        ("ALSFRS total, last by month 3", data["last.alsfrs.score"], _quartiles),
        ("ALSFRS slope, months 0 to 3", data["alsfrs.score.slope"], _quartiles),
        ("FVC measured", has_fvc, _share),
        ("FVC where measured, litres", data.loc[has_fvc, "last.fvc.liters"], _quartiles),
        ("Weight, kg", data["last.weight"], _quartiles),
        ("ALSFRS slope, months 3 to 12", table.slope, _quartiles),
        ("Its mean (SD)", table.slope, _mean),
    ]


def _quartiles(values: pd.Series) -> str:
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    digits = 2 if abs(middle) < 10 else 0
    return f"{signed(middle, digits)} ({signed(low, digits)} to {signed(high, digits)})"


def _mean(values: pd.Series) -> str:
    return f"{signed(values.mean(), 3)} ({values.std():.3f})"


def _share(flags: pd.Series) -> str:
    # The rest is a count as well: where it is small, both stay unsaid.
    smallest = min(int(flags.sum()), int((~flags).sum()))
    if 0 < smallest < SMALLEST_COUNT:
        return f"{'' if smallest == flags.sum() else 'all but '}{say_count(smallest)}"
    return f"{say_count(int(flags.sum()))} ({flags.mean():.1%})"
