"""What goes wrong in laboratory results."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from alsnb.synthetic.mess import Cells, Defect, blank, everywhere, exact_copy, to_text

LIMITS = {
    "alkaline_phosphatase": "<5",
    "bilirubin": "<3.42",
    "creatine_kinase": "<7",
    "creatinine": "<18",
    "gamma_glutamyltransferase": "<4",
}
"""Tests that are reported as below a limit, and how; all that the release of 2022 has."""

DASHED = ("bilirubin", "protein", "red_cells", "white_cells")
"""Tests of blood with a dash for a result; all that the release of 2022 has."""

DIPSTICKS = ("urine_protein", "urine_glucose", "urine_blood", "urine_ketones")

WORDED = ("protein", "glucose", "bilirubin", "hemoglobin", "red_cells", "white_cells")
"""Six tests are ``Normal`` now and then; that it is these, which dipsticks have too, is ours."""

THOUSANDS = {"platelets": "{:,.0f}", "white_cells": "{:,.0f}", "red_cells": "{:.0f},000"}
"""Tests that have two results each with a comma, and how it is written."""

DIFFERENTIAL = ("neutrophils", "lymphocytes", "monocytes", "eosinophils", "basophils")


def _of(*measures: str) -> Callable[[pd.DataFrame], np.ndarray]:
    """Return a function that finds the numeric results of these tests."""

    def eligible(frame: pd.DataFrame) -> np.ndarray:
        codes = frame["measure"].cat.categories.get_indexer(measures)
        return np.isin(frame["measure"].cat.codes.to_numpy(), codes)

    return eligible


def _numbers(frame: pd.DataFrame) -> np.ndarray:
    """Find the numeric results of all tests that are used."""
    return (frame["value"].notna() & (frame["measure"] != "")).to_numpy()


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


def _lowest(frame: pd.DataFrame) -> np.ndarray:
    """Find the lowest results, of a hundred one, of the tests that have a limit."""
    chosen = np.zeros(len(frame), bool)
    for measure in LIMITS:
        own = _of(measure)(frame)
        if own.any():
            chosen |= own & (frame["value"] <= frame["value"][own].quantile(0.01)).to_numpy()
    return chosen


def _below_limit(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    return {"Test_Result": [LIMITS[measure] for measure in chosen["measure"]]}


def _two_of_each(frame: pd.DataFrame) -> np.ndarray:
    """Find two results of each test that has some with a comma."""
    chosen = np.zeros(len(frame), bool)
    for measure in THOUSANDS:
        rows = np.flatnonzero(_of(measure)(frame))
        chosen[rows[[len(rows) // 3, 2 * len(rows) // 3]] if len(rows) > 2 else rows] = True
    return chosen


def _with_comma(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    thousands = zip(chosen["measure"], np.rint(chosen["value"] * 1000), strict=True)
    return {"Test_Result": [THOUSANDS[measure].format(value) for measure, value in thousands]}


def _of_urine(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return results of a dipstick under the name of the test of serum."""
    texts = np.resize(["0.3", "0.15", "1"], len(chosen))
    return {"Test_Result": texts, "Test_Unit": None}


def _red_magnitudes(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return red cells labelled 10E9/L, in one of the magnitudes seen under that label."""
    power = np.resize([3, 4, 6, 9, -5], len(chosen))
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


LABS = (
    Defect("red cells of wrong magnitude", _of("red_cells"), _red_magnitudes),
    Defect("red cells of 500", _of("red_cells"), _written("500"), copies=True),
    Defect(
        "cells twice on a day",
        _in_usual_unit("red_cells", "white_cells"),
        _scaled(1e5),
        copies=True,
    ),
    Defect("white cells without a unit", _in_usual_unit("white_cells"), blank("Test_Unit")),
    Defect("white cells over 1000", _in_usual_unit("white_cells"), _scaled(1000)),
    Defect("platelets over 1000", _in_usual_unit("platelets"), _scaled(1000)),
    Defect("platelets near 0.2", _ordinary_platelets, _scaled(1e-3)),
    Defect("hematocrit as a fraction", _in_usual_unit("hematocrit"), _scaled(0.01)),
    Defect("potassium above 20", _of("potassium"), _scaled(10)),
    Defect("calcium above 5", _in_usual_unit("calcium"), _scaled(4)),
    Defect("zero glucose or creatinine", _of("glucose", "creatinine"), _written("0")),
    Defect("protein without a unit", _of("protein"), _of_urine, copies=True),
    Defect("albumin in percent", _of("albumin"), _written("58.2", Test_Unit="%"), copies=True),
    Defect("absolute differential", _of(*DIFFERENTIAL), _scaled(0.067, Test_Unit="10E9/L")),
    Defect("comma of thousands", _two_of_each, _with_comma),
    Defect("beyond a limit of detection", _lowest, _below_limit),
    Defect("result not a number", _of(*WORDED), _written("Normal")),
    Defect("day missing", _numbers, blank("Laboratory_Delta")),
    Defect("far day", _numbers, _far_day),
    Defect("result missing", everywhere, blank("Test_Result")),
    Defect("dash instead of a result", _of(*DASHED), _written("-")),
    Defect("dash on a dipstick", _of(*DIPSTICKS), _written("-")),
    exact_copy(),
    Defect("same day, another result", _numbers, _other_result, copies=True),
)
"""Defects of the table ``labs``."""
