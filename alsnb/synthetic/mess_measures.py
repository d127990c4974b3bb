"""What goes wrong in vital signs and vital capacity."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from alsnb.synthetic.measures import CM_PER_INCH, KG_PER_POUND
from alsnb.synthetic.mess import Cells, Defect, blank, exact_copy, filled
from alsnb.tables.proact.schema import tables

HEAVY_POUNDS = 200
"""Weights above this many are told from kilograms, those below are not."""


LEAST_SHARE = 0.55
"""Share of the normal volume from which percent without decimals are exact to one in a hundred."""


def _in_kg(frame: pd.DataFrame) -> np.ndarray:
    return (frame["Weight"].notna() & (frame["Weight_Units"] != "Pounds")).to_numpy()


def _in_cm(frame: pd.DataFrame) -> np.ndarray:
    return (frame["Height"].notna() & (frame["Height_Units"] != "Inches")).to_numpy()


def _heavy(frame: pd.DataFrame) -> np.ndarray:
    return _in_kg(frame) & (frame["Weight"] / KG_PER_POUND > HEAVY_POUNDS + 1).to_numpy()


def _middling(frame: pd.DataFrame) -> np.ndarray:
    pounds = frame["Weight"] / KG_PER_POUND
    return _in_kg(frame) & pounds.between(160, HEAVY_POUNDS - 1).to_numpy()


def _later_height(frame: pd.DataFrame) -> np.ndarray:
    known = frame["Height"].notna()
    return _in_cm(frame) & (known.groupby(frame["subject_id"]).cumsum() > 1).to_numpy()


def _other_signs(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return a less complete set of signs of the same day that says something else."""
    gone = dict.fromkeys(["Temperature", "Temperature_Units", "Height", "Height_Units"])
    gone |= dict.fromkeys(["Respiratory_Rate", "Respiratory_Rate_Units"])
    return {"Pulse": chosen["Pulse"].to_numpy() + rng.integers(1, 12, len(chosen)), **gone}


def _scaled(column: str, scale: float, decimals: int) -> Callable:
    """Return a change that writes a column in another unit and leaves the unit blank."""

    def change(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
        value = np.round(chosen[column].to_numpy() * scale, decimals)
        return {column: value, f"{column}_Units": None}

    return change


def _shrunk(column: str) -> Callable:
    """Return a change that slips the decimal point of a column by one place."""
    return lambda chosen, rng: {column: np.round(chosen[column] / 10, 2).to_numpy()}


def _other_height(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    return {"Height": chosen["Height"].to_numpy() + rng.choice([-11, 11], len(chosen))}


def _fahrenheit(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    value = np.round(chosen["Temperature"].to_numpy() * 9 / 5 + 32, 1)
    return {"Temperature": value, "Temperature_Units": None}


VITALS = (
    Defect("day missing", filled("Vital_Signs_Delta"), blank("Vital_Signs_Delta")),
    Defect("pounds without a label", _heavy, _scaled("Weight", 1 / KG_PER_POUND, 1)),
    Defect("ambiguous pounds", _middling, _scaled("Weight", 1 / KG_PER_POUND, 1)),
    Defect("varying height", _later_height, _other_height),
    Defect("inches without a label", _in_cm, _scaled("Height", 1 / CM_PER_INCH, 1)),
    Defect("metres", _in_cm, _scaled("Height", 0.01, 2)),
    Defect("height impossible", _in_cm, _shrunk("Height")),
    Defect("weight impossible", _in_kg, _shrunk("Weight")),
    Defect("Fahrenheit", filled("Temperature"), _fahrenheit),
    exact_copy(),
    Defect("same day, another row", filled("Pulse"), _other_signs, copies=True),
)
"""Defects of the table ``vitals``."""


def capacity_defects(table: str) -> tuple[Defect, ...]:
    """Return the defects of the table ``fvc`` or ``svc``."""
    names = [column.name for column in tables()[table].columns]
    day = next(name for name in names if name.endswith("_Delta"))
    units = next(name for name in names if name.endswith("_Units"))
    litres = [name for name in names if name.startswith("Subject_Liters")]
    percents = [name for name in names if name.startswith("pct_of")]

    def high_enough(frame: pd.DataFrame) -> np.ndarray:
        """Find volumes that, written as percent, the normal volume beside them gives back."""
        known = frame[litres[0]].notna() & frame["Subject_Normal"].notna()
        return (known & (frame[litres[0]] / frame["right_normal"] > LEAST_SHARE)).to_numpy()

    def as_percent(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
        share = chosen[litres].to_numpy() / chosen[["right_normal"]].to_numpy()
        return dict(zip(litres, np.round(100 * share, 1).T, strict=True))

    def smaller(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
        return {litres[0]: np.round(chosen[litres[0]].to_numpy() * 0.9, 2)}

    def as_proportion(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
        return {name: np.round(chosen[name].to_numpy() / 100, 3) for name in percents}

    return (
        Defect("day missing", filled(day), blank(day)),
        Defect("percent is a proportion", filled(percents[0]), as_proportion),
        Defect(
            "litres are percent",
            high_enough,
            lambda chosen, rng: {**as_percent(chosen, rng), units: None},
        ),
        Defect(
            "unit says percent",
            high_enough,
            lambda chosen, rng: {**as_percent(chosen, rng), units: "Percent Predicted"},
        ),
        Defect(
            "normal impossible",
            filled("Subject_Normal"),
            lambda chosen, rng: {"Subject_Normal": 82.0},
        ),
        Defect("same day, another value", filled(litres[0]), smaller, copies=True),
        exact_copy(),
    )
