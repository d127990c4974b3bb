"""Raw tables made by hand, and raw tables of arbitrary content."""

import numpy as np
import pandas as pd

from alsnb.cleaning.release import empty_raw_frame
from alsnb.tables.proact.schema import Column, lab_tests, tables

NUMBERS = (
    np.nan,
    np.nan,
    0,
    1,
    2,
    3,
    4,
    0.5,
    1.7,
    5,
    -1,
    30,
    37,
    44,
    65,
    72,
    82,
    98.6,
    120,
    170,
    230,
    4200,
    np.inf,
    1e300,
)
DAYS = (np.nan, -30, 0, 0, 7, 30, 30.5, 91, 400, 5e4, -np.inf, 1e18)
TEXTS = (
    None,
    None,
    "Yes",
    "No",
    "Male",
    "2",
    "Percent Predicted",
    "Liters",
    "Inches",
    "cm",
    "Pounds",
    "Active",
    "Onset: Bulbar",
    "Onset: Limb and Bulbar",
    "WEAKNESS",
    "ALS",
    "Possible",
    "Unknown",
    "Non-Hispanic or Latino",
    "=1+1",
    "é",
)
RESULTS = (
    None,
    "-",
    "1",
    "2.5",
    "4.7",
    "43",
    "500",
    "0",
    "0.42",
    "<0.2",
    "> 40",
    "229,000",
    "4750,000",
    "4,7",
    "1e300",
    "nan",
    "inf",
    "Trace",
    "1+",
    "YELLOW",
    "A",
    "--",
    "140",
    "9.5",
    "75",
    "3.3e9",
    "-5",
    "0.21",
)
UNITS = (
    None,
    None,
    "mmol/L",
    "g/L",
    "%",
    "10E9/L",
    "10E12/L",
    "per mm3",
    "mg/dL",
    "V/V",
    "??",
    "umol/l",
)


def raw_frame(table: str, **columns: object) -> pd.DataFrame:
    """Return a raw frame with these columns, all others blank; one subject unless given."""
    n = len(next(iter(columns.values())))
    empty = empty_raw_frame(table)
    assert set(columns) <= set(empty), "a column that the table does not have"
    columns = {"row": range(1, n + 1), "subject_id": [1] * n} | columns
    kinds = {"row": "int32", "subject_id": "int64"}
    cells = {}
    for name, dtype in empty.dtypes.items():
        if name == "measure":
            cells[name] = pd.Categorical(columns[name], list(lab_tests()))
        elif isinstance(dtype, pd.CategoricalDtype):
            texts = pd.array(list(columns.get(name, [None] * n)), dtype="str")
            cells[name] = pd.Categorical(texts)
        else:
            cells[name] = np.array(columns.get(name, [np.nan] * n), kinds.get(name, "float64"))
    return pd.DataFrame(cells)


def raw_labs(*results: tuple) -> pd.DataFrame:
    """Return results given as (measure, text, unit), on different days unless a day follows."""
    days = [result[3] if len(result) > 3 else at for at, result in enumerate(results)]
    measure, text, unit = zip(*(result[:3] for result in results), strict=True)
    return raw_frame(
        "labs", measure=measure, test_result=text, test_unit=unit, laboratory_delta=days
    )


def count(audit: pd.DataFrame, rule: str) -> tuple[int, int, int]:
    """Return rows dropped, values changed and patients touched by a rule."""
    line = audit.set_index("rule").loc[rule]
    return (
        line["rows_before"] - line["rows_after"],
        line["values_changed"],
        line["patients_touched"],
    )


def arbitrary_frame(table: str, n: int, seed: int) -> pd.DataFrame:
    """Return a raw frame with hardly a sensible value, in no order, with copies of rows."""
    rng = np.random.default_rng(seed)
    columns = {"subject_id": rng.integers(1, 2 + n // 4, n)}
    for column in tables()[table].columns[1:]:
        columns[column.key] = _arbitrary(column, n, rng)
    if table == "labs":
        columns["measure"] = rng.choice(list(lab_tests()), n)
        columns["test_result"] = rng.choice(np.array(RESULTS, object), n)
        columns["test_unit"] = rng.choice(np.array(UNITS, object), n)
    frame = raw_frame(table, **columns)
    frame = frame.iloc[np.sort(rng.integers(0, n, n))] if n else frame
    frame = frame.assign(row=np.arange(1, n + 1, dtype="int32"))
    return frame.iloc[rng.permutation(n)]


def _arbitrary(column: Column, n: int, rng: np.random.Generator) -> np.ndarray:
    if column.kind == "text":
        return rng.choice(np.array(TEXTS + column.values, object), n)
    if column.kind == "flag":
        return rng.choice([np.nan, np.nan, 0, 1, 7], n)
    return rng.choice(DAYS if column.kind == "day" else NUMBERS, n)
