"""What goes wrong in laboratory results."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from alsnb.synthetic.mess import Cells, Defect, blank, everywhere, nothing, to_text

LOW_READERS = (
    "bilirubin",
    "c_reactive_protein",
    "thyroid_stimulating_hormone",
    "eosinophils",
    "basophils",
    "absolute_basophil_count",
    "absolute_eosinophil_count",
)
"""Tests that are reported as below a limit."""

DIFFERENTIAL = ("neutrophils", "lymphocytes", "monocytes", "eosinophils", "basophils")


def _of(*measures: str) -> Callable[[pd.DataFrame], np.ndarray]:
    """Return a function that finds the numeric results of these tests."""

    def eligible(frame: pd.DataFrame) -> np.ndarray:
        codes = frame["measure"].cat.categories.get_indexer(measures)
        return np.isin(frame["measure"].cat.codes.to_numpy(), codes)

    return eligible


def _numbers(frame: pd.DataFrame) -> np.ndarray:
    """Find the numeric results of all tests that are used."""
    words = frame["value"].isna().to_numpy()
    return ~words & (frame["measure"] != "").to_numpy()


def _in_usual_unit(*measures: str) -> Callable[[pd.DataFrame], np.ndarray]:
    """Return a function that finds results in the catalogue's own unit."""
    of = _of(*measures)
    return lambda frame: of(frame) & (frame["factor"].to_numpy() == 1.0)


def _ordinary_platelets(frame: pd.DataFrame) -> np.ndarray:
    """Find counts which, a thousand times smaller, leave no doubt about the power of ten."""
    value = frame["value"].to_numpy()
    return _in_usual_unit("platelets")(frame) & (value > 120) & (value < 400)


def _scaled(scale: float, **others: object) -> Callable:
    """Return a change that multiplies results, and writes other cells."""

    def change(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
        return {"Test_Result": _number_text(chosen["value"] * scale), **others}

    return change


def _written(text: str, **others: object) -> Callable:
    """Return a change that writes one text for all results, and other cells."""
    return lambda chosen, rng: {"Test_Result": text, **others}


def _below_limit(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    value = chosen["value"].to_numpy()
    step = 10.0 ** np.floor(np.log10(np.maximum(value, 1e-3)))
    limit = _number_text(pd.Series((np.floor(value / step) + 1) * step))
    return {"Test_Result": "<" + limit}


def _with_comma(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    value = np.rint(chosen["value"].to_numpy() * 1000).astype(int)
    return {
        "Test_Result": np.array([f"{v:,}" for v in value], dtype=object),
        "Test_Unit": "per mm3",
    }


def _words(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    texts = np.array(["Normal", "A", "Trace"], dtype=object)
    return {"Test_Result": texts[np.arange(len(chosen)) % 3]}


def _of_urine(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return results of a dipstick under the name of the test of serum."""
    texts = np.array(["0.3", "Trace", "0.15", "1"], dtype=object)
    return {"Test_Result": texts[np.arange(len(chosen)) % 4], "Test_Unit": None}


def _red_magnitudes(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return red cells labelled 10E9/L, in one of the magnitudes seen under that label."""
    power = np.array([3, 4, 6, 9, -5])[np.arange(len(chosen)) % 5]
    value = chosen["value"].to_numpy() * chosen["factor"].to_numpy() * 10.0**power
    return {"Test_Result": _number_text(pd.Series(value)), "Test_Unit": "10E9/L"}


def _other_result(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return another result of the same test and day."""
    return {"Test_Result": _number_text(chosen["value"] * rng.uniform(1.03, 1.12, len(chosen)))}


def _far_day(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    days = rng.integers(3000, 6000, len(chosen)) * rng.choice([-1, 1], len(chosen))
    return {"Laboratory_Delta": chosen["Laboratory_Delta"].to_numpy() + days}


def _number_text(values: pd.Series) -> pd.Series:
    """Return numbers with six significant digits as text."""
    found = values.to_numpy(dtype=float)
    size = np.floor(np.log10(np.maximum(np.abs(found), 1e-12)))
    scale = 10.0 ** (5 - size)
    return to_text(pd.Series(np.round(np.rint(found * scale) / scale, 12))).to_pandas()


CELLS_PER_LITRE = ("red_cells", "white_cells")

LABS = (
    Defect(kind="red cells of wrong magnitude", eligible=_of("red_cells"), change=_red_magnitudes),
    Defect(kind="red cells of 500", eligible=_of("red_cells"), change=_written("500"), copies=True),
    Defect(
        kind="cells twice on a day",
        eligible=_in_usual_unit(*CELLS_PER_LITRE),
        change=_scaled(1e5),
        copies=True,
    ),
    Defect(
        kind="white cells without a unit",
        eligible=_in_usual_unit("white_cells"),
        change=blank("Test_Unit"),
    ),
    Defect(
        kind="white cells over 1000", eligible=_in_usual_unit("white_cells"), change=_scaled(1000)
    ),
    Defect(kind="platelets over 1000", eligible=_in_usual_unit("platelets"), change=_scaled(1000)),
    Defect(kind="platelets near 0.2", eligible=_ordinary_platelets, change=_scaled(1e-3)),
    Defect(
        kind="hematocrit as a fraction", eligible=_in_usual_unit("hematocrit"), change=_scaled(0.01)
    ),
    Defect(kind="potassium above 20", eligible=_of("potassium"), change=_scaled(10)),
    Defect(kind="calcium above 5", eligible=_in_usual_unit("calcium"), change=_scaled(4)),
    Defect(
        kind="zero glucose or creatinine",
        eligible=_of("glucose", "creatinine"),
        change=_written("0"),
    ),
    Defect(kind="protein without a unit", eligible=_of("protein"), change=_of_urine, copies=True),
    Defect(
        kind="albumin in percent",
        eligible=_of("albumin"),
        change=_written("58.2", Test_Unit="%"),
        copies=True,
    ),
    Defect(
        kind="absolute differential",
        eligible=_of(*DIFFERENTIAL),
        change=_scaled(0.067, Test_Unit="10E9/L"),
    ),
    Defect(
        kind="comma of thousands",
        eligible=_in_usual_unit("platelets", "white_cells"),
        change=_with_comma,
    ),
    Defect(kind="beyond a limit of detection", eligible=_of(*LOW_READERS), change=_below_limit),
    Defect(kind="result not a number", eligible=_numbers, change=_words),
    Defect(kind="day missing", eligible=_numbers, change=blank("Laboratory_Delta")),
    Defect(kind="far day", eligible=_numbers, change=_far_day),
    Defect(kind="result missing", eligible=everywhere, change=blank("Test_Result")),
    Defect(kind="dash instead of a result", eligible=everywhere, change=_written("-")),
    Defect(kind="exact copy", eligible=everywhere, change=nothing, copies=True),
    Defect(kind="same day, another result", eligible=_numbers, change=_other_result, copies=True),
)
"""Defects of the table ``labs``."""
