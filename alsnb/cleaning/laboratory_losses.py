"""Count the laboratory results that cleaning could not use, test by test, and name them."""

import numpy as np
import pandas as pd

from alsnb.cleaning.columns import Columns, columns_of, is_missing
from alsnb.cleaning.laboratory import distinct_results
from alsnb.cleaning.laboratory_rules import NAMES, TESTS
from alsnb.cleaning.laboratory_units import Decisions, Results, decide
from alsnb.cleaning.rows import ranked
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.tables.proact.naming import name_commonest

NOTHING_GIVEN = ("dash instead of a result", "result missing")
"""Rules that drop rows in which there is no result."""

BY_LABEL = ("unit unknown", "unit cannot be converted", "white cells without a unit")
"""Rules that drop a result because of the label of its unit."""

RESULTS = (
    *("measure", "given", "lost", "patients_given", "patients_lost"),
    *("reasons", "named_labels", "named_texts", "strange", "named_strange"),
)
"""Columns of the account of tests: rows with a result that were ``given`` and ``lost``, patients
likewise, the ``reasons`` with their rows, the commonest labels and texts of the lost ones, and the
rows under a ``strange`` label that were used, with the commonest of these."""


def count_results(
    raw: pd.DataFrame, clean: pd.DataFrame, settings: CleaningSettings = DEFAULTS
) -> pd.DataFrame:
    """Return what became of the results of every test.

    Parameters
    ----------
    raw, clean : DataFrame
        The table as read, and as :func:`alsnb.cleaning.laboratory.clean_labs` made it.
    settings : CleaningSettings
        The choices it was cleaned by.

    Returns
    -------
    DataFrame
        Columns :data:`RESULTS`, a row for each test with a result. What was lost is named only
        where it is more than nothing and never a text of fewer than five subjects.
    """
    columns = ("measure", "test_result", "test_unit", "laboratory_delta")
    labs = columns_of(raw, {name: name for name in columns})
    of_row, results = distinct_results(labs)
    made = decide(results, settings)
    given = ~np.isin(made.dropped_by, [NAMES.index(rule) for rule in NOTHING_GIVEN])
    lost = given & (made.dropped_by >= 0)
    patients_given, patients_lost = _patients(labs, of_row, results, given, clean)
    frame = pd.DataFrame({"measure": TESTS})
    frame["given"] = _by_test(results, given)
    frame["lost"] = _by_test(results, lost)
    frame["patients_given"], frame["patients_lost"] = patients_given, patients_lost
    strange = made.is_strange & ~lost & given
    frame["strange"] = _by_test(results, strange)
    frame = frame[frame["given"] > 0]

    def named(column: str, which: np.ndarray, test: int) -> str:
        rows = (which & (results.test == test))[of_row]
        texts = labs[column]
        return name_commonest(texts.codes[rows], texts.categories, labs["subject_id"][rows])

    by_label = lost & np.isin(made.dropped_by, [NAMES.index(rule) for rule in BY_LABEL])
    no_number = lost & (made.dropped_by == NAMES.index("result not a number"))
    words = {
        "reasons": lambda test: _reasons(results, made, lost & (results.test == test)),
        "named_labels": lambda test: named("test_unit", by_label, test),
        "named_texts": lambda test: named("test_result", no_number, test),
    }
    is_told = frame["lost"] > TOLD_FROM * frame["given"]
    for name, word in words.items():
        frame[name] = [word(test) if told else "" for test, told in is_told.items()]
    is_strange = frame["strange"].gt(0)
    frame["named_strange"] = [
        named("test_unit", strange, test) if told else "" for test, told in is_strange.items()
    ]
    return frame.reset_index(drop=True)[list(RESULTS)]


TOLD_FROM = 0.1
"""What is lost of a test is named if it is more than this share."""


def _by_test(results: Results, which: np.ndarray) -> np.ndarray:
    """Return how many rows of each test hold one of some results."""
    weights = np.where(which, results.rows, 0)
    return np.bincount(results.test, weights, minlength=len(TESTS)).astype(np.int64)


def _patients(
    labs: Columns, of_row: np.ndarray, results: Results, given: np.ndarray, clean: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Return by test how many patients have a result with a day, and how many lose all of them."""
    n_tests = len(TESTS)
    subject, subjects = ranked(labs["subject_id"])
    has = np.zeros(len(subjects) * n_tests, bool)
    rows = given[of_row] & ~is_missing(labs["laboratory_delta"])
    has[(subject * n_tests + results.test[of_row])[rows]] = True
    keeps = np.zeros_like(has)
    place = np.searchsorted(subjects, clean["subject_id"].to_numpy())
    keeps[place * n_tests + clean["measure"].cat.codes.to_numpy()] = True
    has, keeps = has.reshape(-1, n_tests), keeps.reshape(-1, n_tests)
    return has.sum(axis=0), (has & ~keeps).sum(axis=0)


def _reasons(results: Results, made: Decisions, lost: np.ndarray) -> str:
    """Return the rules that drop results, each with its rows, the commonest first."""
    rows = np.bincount(made.dropped_by[lost], results.rows[lost], minlength=len(NAMES))
    order = [rule for rule in np.argsort(-rows, kind="stable") if rows[rule]]
    return ", ".join(f"{NAMES[rule]} ({int(rows[rule]):,})" for rule in order[:3])
