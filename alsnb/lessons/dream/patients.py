"""Say who the patients of the DREAM 2012 table are, in aggregates that name nobody."""

from collections.abc import Callable

import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.disclosure import say_count as count
from alsnb.report.tables import signed
from alsnb.tables.dream import DreamTable

GROUPS = ("Training", "Test")
"""The two columns of the description: the patients the challenge gave out, and held back."""

DAYS_PER_MONTH = 365.25 / 12


def describe_patients(table: DreamTable) -> pd.DataFrame:
    """Return a row per characteristic and a column for training and test patients.

    Medians stand with their quartiles and counts with their share. A count below
    :data:`alsnb.report.tables.SMALLEST_COUNT` is not printed. Values that the makers of the
    table filled in are left out, and the number of patients behind each row is given.

    Parameters
    ----------
    table : DreamTable
        The table.

    Returns
    -------
    DataFrame
        Columns ``Characteristic``, ``Training`` and ``Test``, all text.
    """
    rows = _rows(table)
    sides = {"Training": ~table.official_test, "Test": table.official_test}
    cells = {
        name: [describe(values[side.reindex(values.index)]) for _, values, describe in rows]
        for name, side in sides.items()
    }
    names = [name for name, _, _ in rows]
    sizes = {name: f"{int(side.sum()):,}" for name, side in sides.items()}
    head = pd.DataFrame([{"Characteristic": "Patients"} | sizes])
    return pd.concat([head, pd.DataFrame({"Characteristic": names} | cells)], ignore_index=True)


def _rows(table: DreamTable) -> list[tuple[str, pd.Series, Callable[[pd.Series], str]]]:
    data = table.features
    months = -data["Onset.Delta"] / DAYS_PER_MONTH
    sex_known = data["Sex.Female"] + data["Sex.Male"] > 0
    has_fvc = data["no.fvc.liters.data"] == 0
    return [
        ("Age, years", data["Age"], _quartiles),
        ("Sex recorded", sex_known, _share),
        ("Bulbar onset", data["Site.of.Onset.Onset..Bulbar"] == 1, _share),
        # those with both are so few that a row of their own could be told from the rest
        ("Limb onset, or both", data["Site.of.Onset.Onset..Bulbar"] == 0, _share),
        ("Months from onset to the trial", months, _quartiles),
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
        return count(smallest) if smallest == flags.sum() else f"all but {count(smallest)}"
    return f"{count(int(flags.sum()))} ({flags.mean():.1%})"
