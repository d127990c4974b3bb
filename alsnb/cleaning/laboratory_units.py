"""Decide what a result in a unit is worth, once for each distinct test, unit and text."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from alsnb.cleaning.commas import settle_commas
from alsnb.cleaning.labels import ENOUGH
from alsnb.cleaning.laboratory_results import read_results
from alsnb.cleaning.laboratory_rules import NAMES, TESTS
from alsnb.cleaning.settings import CleaningSettings
from alsnb.tables.proact.schema import LabTest, lab_tests

SENTINEL = 500.0
"""Stands for no value among red cell counts."""

BLOOD_CELLS = {"red_cells": (2.0, 8.0), "platelets": (60.0, 600.0)}
"""Range of the usual values, in which exactly one power of ten lies of any other number."""

ROOM = 1.4
"""The median of a trial lies within this factor of the quartiles of patients' medians; in another
unit it would lie further away, as no two units of one test are nearer than a factor of two."""

MIXED = "mean_corpuscular_hemoglobin_concentration"
MIXED_FACTORS = {"g/l": 1.0, "g/dl": 10.0, "%": 10.0, "mmol/l": 16.11}
MIXED_BELOW = 50.0
"""The hemoglobin concentration of cells is in g/dL below this, else in g/L."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """Distinct results, as codes.

    Attributes
    ----------
    test : ndarray of int, shape (n,)
        Place in :data:`TESTS`.
    unit, text : ndarray of int, shape (n,)
        Place in ``labels`` and in ``texts``.
    rows : ndarray of int, shape (n,)
        How many rows hold it.
    labels : tuple of str
        Labels of units in lower case; an empty one where none was given.
    texts : tuple of str
        Results as written; an empty one where none was given.
    """

    test: np.ndarray
    unit: np.ndarray
    text: np.ndarray
    rows: np.ndarray
    labels: tuple[str, ...]
    texts: tuple[str, ...]

    def of(self, *measures: str) -> np.ndarray:
        """Return which results are of one of these tests."""
        return np.isin(np.array(TESTS), measures)[self.test]

    @property
    def unlabelled(self) -> np.ndarray:
        """Which results have no unit."""
        return np.array([label == "" for label in self.labels], bool)[self.unit]


@dataclass(kw_only=True)
class Decisions:
    """What happens to each distinct result.

    Attributes
    ----------
    value : ndarray, shape (n,)
        The number in the unit of the test; its grade.
    censored : ndarray of bool, shape (n,)
        Whether the value is a limit.
    dropped_by : ndarray of int, shape (n,)
        Place in :data:`NAMES` of the rule that drops it; -1 if none does.
    changed_by : dict of str to ndarray of bool, shape (n,)
        Which results a rule changes.
    is_strange : ndarray of bool, shape (n,)
        Which stand under a label that is not known where the unit matters.
    """

    value: np.ndarray
    censored: np.ndarray
    dropped_by: np.ndarray
    changed_by: dict[str, np.ndarray] = field(default_factory=dict)
    is_strange: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    @cached_property
    def is_changed(self) -> np.ndarray:
        """Which results any rule changes, once all have been applied."""
        return np.logical_or.reduce([*self.changed_by.values(), np.zeros(len(self.value), bool)])

    def drop(self, where: np.ndarray, rule: str) -> None:
        """Let a rule drop the results where a mask holds."""
        self.dropped_by[where & (self.dropped_by < 0)] = NAMES.index(rule)

    def change(self, where: np.ndarray, value: np.ndarray, rule: str) -> None:
        """Let a rule replace values where a mask holds."""
        where = where & (self.dropped_by < 0)
        self.changed_by[rule] = where
        self.value = np.where(where, value, self.value)


def decide(results: Results, settings: CleaningSettings) -> Decisions:
    """Decide on distinct results: read, convert, put right what is known, check the range."""
    made = _read(results)
    if settings.censored_results == "drop":
        made.drop(made.censored, "censored result")
    factor = _factors(results)
    known = ~np.isnan(factor)
    _convert(made, results, factor, settings)
    _put_right(made, results, settings)
    _check_ranges(made, results, known, settings)
    return made


def _read(results: Results) -> Decisions:
    """Turn texts into numbers and grades."""
    read = read_results(results.texts)
    columns = {name: read[name].to_numpy()[results.text] for name in read}
    if read["decimal_comma"].any():
        texts = np.array(results.texts, dtype=object)[results.text]
        columns = settle_commas(columns, results.test, results.unit, texts)
    blank = np.array([text == "" for text in results.texts], bool)[results.text]
    graded = np.array([lab_tests()[measure].grades for measure in TESTS])[results.test]
    made = Decisions(
        value=columns["number"],
        censored=columns["limit"] & ~graded,
        dropped_by=np.full(len(results.test), -1, np.int8),
    )
    made.drop(columns["dash"] & ~blank, "dash instead of a result")
    made.drop(blank, "result missing")
    made.change(columns["thousands"] & ~graded, made.value, "comma of thousands")
    made.change(columns["decimal_comma"] & ~graded, made.value, "decimal comma")
    grade = np.where(results.of("urine_colour"), columns["colour"], columns["grade"])
    made.value = np.where(graded, np.nan, made.value)
    made.change(graded & ~np.isnan(grade), grade, "word to grade")
    made.drop(np.isnan(made.value), "result not a number")
    made.change(made.censored, made.value, "beyond a limit of detection")
    return made


def _factors(results: Results) -> np.ndarray:
    """Return the factor of each result: NaN if its label is unknown, infinite if it has none."""
    factors = np.full((len(TESTS), len(results.labels)), np.nan)
    for at, test in enumerate(lab_tests().values()):
        for label, factor in _factors_of(test).items():
            columns = [place for place, found in enumerate(results.labels) if found == label]
            factors[at, columns] = np.inf if factor is None else factor
    return factors[results.test, results.unit]


def _factors_of(test: LabTest) -> dict[str, float | None]:
    """Return the factors of a test, its own unit among them."""
    if test.grades:
        return {}
    if test.measure == MIXED:
        return MIXED_FACTORS
    own = {} if test.unit == "none" else {test.unit.lower(): 1.0}
    return own | test.factors


def _convert(
    made: Decisions, results: Results, factor: np.ndarray, settings: CleaningSettings
) -> None:
    """Bring values to the unit of the test, and drop where that cannot be done."""
    bare = results.unlabelled
    made.drop(results.of("red_cells") & (made.value == SENTINEL), "red cells of 500")
    white = results.of("white_cells") & bare
    rescue = settings.unitless_white_cells == "rescale"
    made.drop(white & (not rescue), "white cells without a unit")
    made.drop(results.of("protein") & bare, "protein without a unit")
    factor = np.where(white, 1.0, factor)
    made.drop(np.isinf(factor), "unit cannot be converted")
    # A fraction is told by its size, as its label is as often wrong as right.
    usable = np.isfinite(factor) & (factor != 1) & ~results.of("hematocrit")
    made.change(usable, made.value * np.where(usable, factor, 1.0), "unit converted")


def _put_right(made: Decisions, results: Results, settings: CleaningSettings) -> None:
    """Undo the slips that are known of single tests."""
    value = made.value
    zero = results.of("glucose", "creatinine") & (value == 0)
    made.drop(zero, "zero glucose or creatinine")
    cells = _powers_of_ten(value, results) if settings.rescale_blood_cells else value
    made.change(cells != value, cells, "blood cells by powers of ten")
    slips = {
        "hematocrit as a fraction": ("hematocrit", value <= 1, value * 100),
        "potassium above 20": ("potassium", value > 20, value / 10),
        "calcium above 5": ("calcium", value > 5, value * 0.25),
        "cell hemoglobin in g/dL": (MIXED, value < MIXED_BELOW, value * 10),
    }
    for rule, (measure, where, right) in slips.items():
        made.change(results.of(measure) & where, right, rule)


def _powers_of_ten(value: np.ndarray, results: Results) -> np.ndarray:
    """Return counts of blood cells, those far off brought into the usual range."""
    right = value.copy()
    for measure, (low, high) in BLOOD_CELLS.items():
        test = lab_tests()[measure]
        # Few platelets are a disease, not a slip; only counts below 1 are taken for one.
        least = 1.0 if measure == "platelets" else test.low
        off = results.of(measure) & (value > 0) & ((value < least) | (value > test.high))
        found = np.where(off, value, 1.0)
        power = np.clip(np.floor(np.log10(high / found)), -300, 300)
        moved = np.where(power < 0, found / 10.0**-power, found * 10.0**power)
        right = np.where(off & (moved >= low) & (moved <= high), moved, right)
    white = results.of("white_cells") & (value > 1000)
    return np.where(white, value / 1000, right)


def _check_ranges(
    made: Decisions, results: Results, known: np.ndarray, settings: CleaningSettings
) -> None:
    tests = lab_tests().values()
    low = np.array([-np.inf if test.low is None else test.low for test in tests])
    high = np.array([np.inf if test.high is None else test.high for test in tests])
    # A test for which no label is known has one unit wherever it was done.
    unique = np.array([not test.factors for test in tests])
    known = known | unique[results.test]
    implausible = (made.value < low[results.test]) | (made.value > high[results.test])
    made.drop(implausible & known, "outside the plausible range")
    made.is_strange = ~known & ~results.unlabelled
    unusable = implausible | _unusual_labels(made, results)
    made.drop(~known & (unusable if settings.unlabelled_units else True), "unit unknown")


def _unusual_labels(made: Decisions, results: Results) -> np.ndarray:
    """Return the results under unknown labels whose values do not say that it is the usual unit.

    They say so if there are many of a test under a label and their median is as in patients. A
    single value does if it is of such a size and would be absurd in every other unit of the test.
    """
    quartiles = [test.quartiles or (-np.inf, np.inf) for test in lab_tests().values()]
    low = np.array([quartile[0] for quartile in quartiles])[results.test] / ROOM
    high = np.array([quartile[-1] for quartile in quartiles])[results.test] * ROOM
    unusual = made.is_strange.copy()
    is_usual = (low <= made.value) & (made.value <= high)
    of_label = results.test * len(results.labels) + results.unit
    asked = unusual & (made.dropped_by < 0)
    for label in np.unique(of_label[asked]):
        of_one = np.flatnonzero(asked & (of_label == label))
        rows = results.rows[of_one]
        middle = _median(made.value[of_one], rows)
        if rows.sum() >= ENOUGH and low[of_one[0]] <= middle <= high[of_one[0]]:
            unusual[of_label == label] = False
    return unusual & ~(is_usual & ~_may_be_of_another_unit(made.value, results))


def _may_be_of_another_unit(value: np.ndarray, results: Results) -> np.ndarray:
    """Return where a value would be plausible in another known unit of its test."""
    other = np.zeros(len(value), bool)
    for at, test in enumerate(lab_tests().values()):
        factors = {factor for factor in test.factors.values() if factor not in (None, 1.0)}
        of_test = results.test == at
        for factor in factors:
            moved = value * factor
            other |= of_test & (moved >= test.low) & (moved <= test.high)
    return other


def _median(values: np.ndarray, rows: np.ndarray) -> float:
    """Return the lower median of values that each stand in some rows."""
    order = np.argsort(values)
    below = np.cumsum(rows[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])
