"""Clean laboratory results: one number per subject, day and test, in one unit per test.

The table is large and its results repeat, so a result is read and judged once for each distinct
test, unit and text, and same-day results are found by sorting one packed number per row.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.cleaning.audit import Audit
from alsnb.cleaning.columns import Columns, columns_of
from alsnb.cleaning.laboratory_units import NAMES, RULES, TESTS, Decisions, Results, decide
from alsnb.cleaning.rows import DAY_RULES, enter_days, last_days, ranked
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings

COLUMNS = ("subject_id", "day", "measure", "value", "censored", "row")
"""Columns of the clean table."""

MOST_BITS = 62
"""A row's place and key are packed into one number of at most this many bits, if they fit."""

MOST_CODES = 50_000_000
"""Up to here codes are numbered by looking them up, beyond by hashing."""

KEPT = -1
"""Mark of a row that no rule drops; others hold the place of the rule in the list of rules."""


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Rows of the table by subject, day, test and place in the file.

    ``place`` is where a row stands among those of usable days, ``subject`` and ``result`` where
    its subject and its distinct result stand among these, ``is_first`` whether no row before has
    its key.
    """

    place: np.ndarray
    subject: np.ndarray
    day: np.ndarray
    result: np.ndarray
    is_first: np.ndarray


def clean_labs(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS, deaths: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean laboratory results.

    Parameters
    ----------
    raw : DataFrame
        The table as read, with the columns ``measure``, ``test_result`` and ``test_unit``.
    settings : CleaningSettings
        The choices.
    deaths : DataFrame, optional
        The clean table of deaths; later rows are dropped.

    Returns
    -------
    clean : DataFrame
        :data:`COLUMNS`; ``value`` is in the unit of the test (see
        :func:`alsnb.tables.proact.schema.lab_tests`), or a grade from 0 to 4.
    audit : DataFrame
        What each rule did.
    """
    audit = Audit(RULES, len(raw))
    columns = ("laboratory_delta", "measure", "test_result", "test_unit")
    raw = columns_of(raw, {name: name for name in columns})
    subject, subjects = ranked(raw["subject_id"])
    day = raw["laboratory_delta"]
    usable = enter_days(audit, subject, day, last_days(subjects, settings, deaths)[subject])
    if len(usable) < len(raw):
        raw, subject, day = raw.take(usable), subject.take(usable), day.take(usable)
    of_row, results = _distinct(raw)
    made = decide(results, settings)
    rows = _sort(subject, day, of_row, results.test)
    dropped = _mark(rows, made)
    _enter_rows(audit, rows, made, dropped)
    kept = np.flatnonzero(dropped == KEPT)
    result = rows.result[kept]
    clean = pd.DataFrame(
        {
            "subject_id": subjects[rows.subject[kept]],
            "day": rows.day[kept],
            "measure": pd.Categorical.from_codes(results.test[result], list(TESTS)),
            "value": made.value[result],
            "censored": made.censored[result],
            "row": raw["row"][rows.place[kept]],
        }
    )
    return clean, audit.close(clean)


def _distinct(raw: Columns) -> tuple[np.ndarray, Results]:
    """Return the distinct results, and which of them each row has."""
    place = np.array([TESTS.index(measure) for measure in raw["measure"].categories], int)
    unit, labels = _codes(raw["test_unit"])
    text, texts = _codes(raw["test_result"])
    test = raw["measure"].codes
    pair, pairs = _compact(test.astype(np.int32) * len(labels) + unit, len(place) * len(labels))
    of_row, keys = _compact(pair.astype(np.int64) * len(texts) + text, len(pairs) * len(texts))
    pair, text = pairs[keys // len(texts)], keys % len(texts)
    results = Results(
        test=place[pair // len(labels)].astype(np.int16),
        unit=pair % len(labels),
        text=text,
        labels=tuple(" ".join(label.lower().split()) for label in labels),
        texts=texts,
    )
    return of_row, results


def _codes(column: pd.Categorical) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the codes of a categorical column and the texts in it, an empty one for missing."""
    codes, texts = column.codes, column.categories
    codes, found = _compact(np.where(codes < 0, len(texts), codes), len(texts) + 1)
    there = np.append(texts.to_numpy(object), "")[found]
    return codes, tuple(str(text).strip() for text in there)


def _compact(codes: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each code among those that occur, of n, and these."""
    if n > MOST_CODES:
        return pd.factorize(codes)
    seen = np.zeros(n, bool)
    seen[codes] = True
    found = np.flatnonzero(seen)
    number = np.zeros(n, np.int32)
    number[found] = np.arange(len(found), dtype=np.int32)
    return number[codes], found


def _sort(subject: np.ndarray, day: np.ndarray, of_row: np.ndarray, test: np.ndarray) -> _Rows:
    """Sort rows by subject, day and test, ties in the order of the file."""
    day_code, days = _day_codes(day)
    key = subject.astype(np.int64) * max(len(days), 1) + day_code
    key = key * len(TESTS) + test[of_row]
    bits = len(key).bit_length()
    if len(key) and int(key.max()).bit_length() + bits <= MOST_BITS:
        packed = np.sort((key << bits) | np.arange(len(key)))
        order, key = packed & ((1 << bits) - 1), packed >> bits
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
    is_first = np.ones(len(key), bool)
    is_first[1:] = key[1:] != key[:-1]
    return _Rows(
        place=order, subject=subject[order], day=day[order], result=of_row[order], is_first=is_first
    )


def _day_codes(day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rank of each day, and the days; whole days are not even sorted."""
    whole = day.astype(np.int64)
    if len(day) == 0 or (whole != day).any():
        return ranked(day)
    return whole - whole.min(), np.arange(whole.min(), whole.max() + 1)


def _mark(rows: _Rows, made: Decisions) -> np.ndarray:
    """Return for each sorted row which rule drops it, or :data:`KEPT`."""
    dropped = made.dropped_by.astype(np.int8)[rows.result]
    next_too = np.append(~rows.is_first[1:], False)
    twins = np.flatnonzero(~rows.is_first | next_too)
    group = np.cumsum(rows.is_first[twins])
    copies = pd.Series(group * len(made.value) + rows.result[twins]).duplicated().to_numpy()
    dropped[twins[copies]] = NAMES.index("exact copy")
    left = dropped[twins] == KEPT
    twins, group = twins[left], group[left]
    repeats = np.append(False, group[1:] == group[:-1])[: len(group)]
    heads = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(group))))
    value = made.value[rows.result[twins]]
    same = value == value[heads]
    dropped[twins[repeats & same]] = NAMES.index("same day, same result")
    dropped[twins[repeats & ~same]] = NAMES.index("same day, another result")
    return dropped


def _enter_rows(audit: Audit, rows: _Rows, made: Decisions, dropped: np.ndarray) -> None:
    """Enter all rules but those on days into the audit."""
    counts = np.bincount(dropped + 1, minlength=len(NAMES) + 1)[1:]
    any_change = np.logical_or.reduce([*made.changed_by.values(), np.zeros(len(made.value), bool)])
    touched = np.flatnonzero(any_change[rows.result] & (dropped != NAMES.index("exact copy")))
    result, subject = rows.result[touched], rows.subject[touched]
    for at, rule in enumerate(NAMES[len(DAY_RULES) :], len(DAY_RULES)):
        subjects, values = rows.subject[:0], 0
        if rule in made.changed_by and made.changed_by[rule].any():
            subjects = subject[made.changed_by[rule][result]]
            values = len(subjects)
        elif counts[at]:
            subjects = rows.subject[dropped == at]
        patients = len(pd.unique(subjects))
        audit.enter(rule, dropped=int(counts[at]), values=values, patients=patients)
