"""Count what a release says before it is cleaned: which cells are filled, and with what."""

import pandas as pd

from alsnb.tables.proact.reading import RawTables

KEPT_NUMBERS = 0.001
"""Share of all laboratory results that must be numbers of a test for it to be looked at."""


def measure_written(raw: RawTables) -> dict[str, float]:
    """Return aggregates of the files as they were read, by name; of a missing table none."""
    measured = {}
    for table, measure in (("fvc", _capacity), ("demographics", _people), ("labs", _laboratory)):
        if len(raw.frames.get(table, ())):
            measured |= measure(raw.frames[table])
    return measured


def subjects_with_age(raw: RawTables) -> pd.Index:
    """Return the subjects whose age is written, those with only a day of birth not among them."""
    people = raw.frames.get("demographics")
    if people is None:
        return pd.Index([])
    return pd.Index(people.loc[people["age"].notna(), "subject_id"].unique())


def _capacity(fvc: pd.DataFrame) -> dict[str, float]:
    columns = {
        "litres": "subject_liters_trial_1",
        "litres_2": "subject_liters_trial_2",
        "percent": "pct_of_normal_trial_1",
        "normal": "subject_normal",
        "unit": "forced_vital_capacity_units",
    }
    return {f"fvc_{name}": fvc[column].notna().mean() for name, column in columns.items()}


def _people(people: pd.DataFrame) -> dict[str, float]:
    return {"ages_distinct": people["age"].nunique()}


def _laboratory(labs: pd.DataFrame) -> dict[str, float]:
    """Return how many tests have several units, and which texts stand for results."""
    seen = pd.DataFrame(
        {name: labs[f"test_{name}"].astype("str").fillna("") for name in ("result", "unit")}
    )
    seen = seen.assign(test=labs["measure"].astype("str")).value_counts().rename("n").reset_index()
    is_number = pd.to_numeric(seen["result"], errors="coerce").notna()
    numbers = seen["n"].where(is_number, 0).groupby(seen["test"]).sum()
    kept = seen[seen["test"].isin(numbers.index[numbers > KEPT_NUMBERS * len(labs)])]
    unit = kept["unit"].str.lower().replace("iu/l", "u/l")
    units = unit[unit != ""].groupby(kept["test"]).nunique()
    result = kept["result"]

    def tests_with(where: pd.Series) -> int:
        return kept.loc[where, "test"].nunique()

    return {
        "labs_several_units": (units > 1).sum(),
        "labs_with_dash": tests_with(result == "-"),
        "labs_with_limit": tests_with(result.str.startswith("<")),
        "labs_with_normal": tests_with(result == "Normal"),
        "labs_commas": kept.loc[result.str.contains(","), "n"].sum(),
        "labs_dashes": seen.loc[seen["result"] == "-", "n"].sum() / len(labs),
    }
