"""Read the labels of units, and let the values speak for a label that nobody knows."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

ENOUGH = 20
"""So many values under one unknown label, in the usual size, say that it means the usual unit."""

NONE, UNKNOWN = "", "?"
"""What stands for a blank label, and for one that is not known."""

KILOGRAMS, POUNDS = "kg", "lb"
CENTIMETRES, INCHES, METRES = "cm", "in", "m"
LITRES, MILLILITRES, PERCENT = "L", "mL", "percent"

_PERCENT = re.compile("percent|%|pct|predicted")

WEIGHT = {
    KILOGRAMS: (
        *("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "kilogramme", "kilogrammes"),
        "2",
    ),
    POUNDS: ("lb", "lbs", "pound", "pounds"),
}
HEIGHT = {
    CENTIMETRES: ("cm", "cms", "centimeter", "centimeters", "centimetre", "centimetres"),
    INCHES: ("in", "ins", "inch", "inches", '"'),
    METRES: ("m", "meter", "meters", "metre", "metres"),
}
VOLUME = {
    LITRES: ("l", "liter", "liters", "litre", "litres", "ltr", "ltrs"),
    MILLILITRES: ("ml", "cc", "milliliter", "milliliters", "millilitre", "millilitres"),
    PERCENT: (),
}
PRESSURE = {"mmHg": ("mmhg", "mm hg", "mm/hg", "mm of hg", "millimeters of mercury")}
TEMPERATURE = {
    "C": ("c", "celsius", "\u00b0c", "deg c", "degrees c", "degrees celsius", "centigrade"),
    "F": ("f", "fahrenheit", "\u00b0f", "deg f", "degrees f", "degrees fahrenheit"),
}
PER_MINUTE = {
    "per minute": (
        *("beats/min", "beats/minute", "beats per min", "beats per minute", "bpm", "beats"),
        *("breaths/min", "breaths/minute", "breaths per min", "breaths per minute", "breaths"),
        *("/min", "/minute", "per min", "per minute", "1/min", "min-1", "resp/min"),
    )
}
"""Labels in the form of :func:`plain`, by the unit they stand for.

A weight labelled ``2`` is in kilograms: so the authors of the contest of 2012 read it.
"""


def plain(label: object) -> str:
    """Return a label in lower case without dots and doubled blanks, a micro sign as ``u``."""
    text = unicodedata.normalize("NFKC", str(label)).lower().replace("\u03bc", "u")
    return " ".join(text.replace(".", "").split())


def units_of(labels: Iterable[object], known: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the unit that each label stands for, :data:`UNKNOWN` where none is known.

    A label that speaks of percent, however it goes on, is :data:`PERCENT` if that is a unit.
    """
    units = {label: unit for unit, named in known.items() for label in named}
    found = map(plain, labels)
    if PERCENT not in known:
        return [units.get(label, UNKNOWN) for label in found]
    return [PERCENT if _PERCENT.search(label) else units.get(label, UNKNOWN) for label in found]


def rows_in(labels: pd.Categorical, known: Mapping[str, tuple[str, ...]], unit: str) -> np.ndarray:
    """Return which rows carry a label of a unit; :data:`NONE` and :data:`UNKNOWN` are units too."""
    found = [name == unit for name in units_of(labels.categories, known)]
    return np.array([*found, unit == NONE], bool)[labels.codes]


def not_spoken_for(
    labels: pd.Categorical,
    known: Mapping[str, tuple[str, ...]],
    values: np.ndarray,
    usual: tuple[float, float],
    *,
    judge: bool = True,
) -> np.ndarray:
    """Return the rows with an unknown label whose values do not say that it is the usual unit.

    Parameters
    ----------
    labels : Categorical
        Label of each row.
    known : mapping of str to tuple of str
        Known labels by unit.
    values : ndarray, shape (n_rows,)
        What was measured; missing where nothing was.
    usual : tuple of float
        Lowest and highest median that patients have in the usual unit and in no other.
    judge : bool
        Whether values are asked at all.
    """
    away = np.zeros(len(labels.categories) + 1, bool)
    for code, unit in enumerate(units_of(labels.categories, known)):
        if unit == UNKNOWN:
            there = values[(labels.codes == code) & ~np.isnan(values)]
            enough = judge and len(there) >= ENOUGH
            away[code] = not (enough and usual[0] <= np.median(there) <= usual[1])
    return away[labels.codes]
