"""Clean laboratory results: one number per subject, day and test, in one unit per test.

The table is large and its results repeat, so a result is read and judged once for each distinct
test, unit and text. What lies on one day is then compared for some hundred subjects at a time,
whose rows fit the processor's memory.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa

from alsnb.cleaning.audit import Audit
from alsnb.cleaning.columns import Columns, columns_of
from alsnb.cleaning.labels import plain
from alsnb.cleaning.laboratory_rules import NAMES, RULES, TESTS
from alsnb.cleaning.laboratory_units import Decisions, Results, decide
from alsnb.cleaning.rows import last_days, ranked, rules_of_days, starts_of_runs
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings

COLUMNS = ("subject_id", "day", "measure", "value", "censored", "row")
"""Columns of the clean table."""

BLOCK_ROWS = 1 << 16
"""So many rows are compared at a time, or as many as one subject has."""

MOST_BITS = 62
"""A row's place and key are packed into one number of at most this many bits, if they fit."""

KEPT = -1
"""Mark of a row that no rule drops; others hold the place of the rule in the list of rules."""

COPY, SAME, ANOTHER = (
    NAMES.index(rule)
    for rule in ("exact copy", "same day, same result", "same day, another result")
)


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Rows of some subjects, in the order of the table.

    ``start`` is the place of the first row, ``sizes`` counts those of each subject, ``last`` is
    its last day that counts; ``day`` and ``result``, the distinct result, are of each row.
    """

    start: int
    sizes: np.ndarray
    last: np.ndarray
    day: np.ndarray
    result: np.ndarray


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
    labs = columns_of(raw, {name: name for name in columns})
    subject = labs["subject_id"]
    if (subject[1:] < subject[:-1]).any():
        labs = labs.take(np.argsort(subject, kind="stable"))
        subject = labs["subject_id"]
    day = labs["laboratory_delta"]
    of_row, results = distinct_results(labs)
    made = decide(results, settings)
    starts = starts_of_runs(subject)
    last = last_days(subject[starts], settings, deaths)
    blocks = _blocks(starts, last, day, of_row)
    with ThreadPoolExecutor(2) as threads:
        cleaned = list(threads.map(lambda block: _clean(block, results, made), blocks))
    account = sum((changes for _, changes in cleaned), np.zeros((3, len(NAMES)), int))
    for rule, (dropped, values, patients) in zip(NAMES, account.T.tolist(), strict=True):
        audit.enter(rule, dropped=dropped, values=values, patients=patients)
    place = np.concatenate([np.arange(0), *(left for left, _ in cleaned)])
    result = of_row[place]
    clean = pd.DataFrame(
        {
            "subject_id": subject[place],
            "day": day[place],
            "measure": pd.Categorical.from_codes(results.test[result], list(TESTS)),
            "value": made.value[result],
            "censored": made.censored[result],
            "row": labs["row"][place],
        },
        copy=False,
    )
    return clean, audit.close(clean)


def distinct_results(labs: Columns) -> tuple[np.ndarray, Results]:
    """Return which of the distinct results each row has, and these.

    Parameters
    ----------
    labs : Columns
        ``measure``, ``test_result`` and ``test_unit``.
    """
    unit, labels = labs["test_unit"].codes, _texts(labs["test_unit"])
    text, texts = labs["test_result"].codes, _texts(labs["test_result"])
    # a missing unit or text has the code -1, here as in the lists of labels and texts
    key = labs["measure"].codes.astype(np.int64)
    for codes, n in ((unit, len(labels)), (text, len(texts))):
        key *= n
        key += codes
        key += 1
    encoded = pa.array(key).dictionary_encode()
    key = encoded.dictionary.to_numpy()
    key, text = np.divmod(key, len(texts))
    test, unit = np.divmod(key, len(labels))
    place = np.array([TESTS.index(measure) for measure in labs["measure"].categories], np.int16)
    results = Results(
        test=place[test],
        unit=unit,
        text=text,
        rows=np.bincount(encoded.indices.to_numpy(), minlength=len(key)),
        labels=tuple(map(plain, labels)),
        texts=texts,
    )
    return encoded.indices.to_numpy(), results


def _texts(column: pd.Categorical) -> tuple[str, ...]:
    """Return the texts of a column, after an empty one for missing."""
    return ("", *(str(text).strip() for text in column.categories))


def _blocks(
    starts: np.ndarray, last: np.ndarray, day: np.ndarray, result: np.ndarray
) -> list[_Block]:
    """Return rows in blocks, given where those of each subject start."""
    bounds = np.append(starts, len(day))
    wanted = np.searchsorted(bounds, np.arange(0, len(day), BLOCK_ROWS))
    firsts = np.unique(np.append(wanted, len(starts))).tolist()
    return [
        _Block(
            start=bounds[first],
            sizes=np.diff(bounds[first : end + 1]),
            last=last[first:end],
            day=day[bounds[first] : bounds[end]],
            result=result[bounds[first] : bounds[end]],
        )
        for first, end in pairwise(firsts)
    ]


def _clean(block: _Block, results: Results, made: Decisions) -> tuple[np.ndarray, np.ndarray]:
    """Return places of the rows that are kept, by subject, day and test, and the account of rules.

    The account has the rows that each rule drops, the values it changes and the subjects it
    touches, shape (3, n_rules).
    """
    n_subjects = len(block.sizes)
    subject = np.repeat(np.arange(n_subjects), block.sizes)
    dropped = rules_of_days(block.day, block.last[subject])
    usable = np.flatnonzero(dropped == KEPT)
    result = block.result[usable]
    order, is_first = _sort(subject[usable], block.day[usable], results.test[result])
    place, result = usable[order], result[order]
    marks = _mark(result, is_first, made)
    dropped[place] = marks
    counts = np.bincount(
        (dropped.astype(np.int64) - KEPT) * n_subjects + subject,
        minlength=(len(NAMES) + 1) * n_subjects,
    )
    counts = counts.reshape(-1, n_subjects)[1:]
    account = np.stack([counts.sum(axis=1), np.zeros(len(NAMES), int), (counts > 0).sum(axis=1)])
    touched = np.flatnonzero(made.is_changed[result] & (marks != COPY))
    of, result = subject[place[touched]], result[touched]
    for rule, changed in made.changed_by.items():
        subjects = of[changed[result]]
        account[1:, NAMES.index(rule)] += len(subjects), np.count_nonzero(np.bincount(subjects))
    return place[marks == KEPT] + block.start, account


def _sort(subject: np.ndarray, day: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the order of rows by subject, day and test, and which rows in it begin a new key.

    Ties stay as in the file.
    """
    day, n_days = _day_codes(day)
    key = (subject * n_days + day) * len(TESTS) + test
    bits = len(key).bit_length()
    if len(key) and int(key.max()).bit_length() + bits <= MOST_BITS:
        packed = np.sort((key << bits) | np.arange(len(key)))
        order, key = packed & ((1 << bits) - 1), packed >> bits
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
    is_first = np.ones(len(key), bool)
    is_first[1:] = key[1:] != key[:-1]
    return order, is_first


def _day_codes(day: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the rank of each day, and one more than the highest; whole days are not sorted."""
    whole = day.astype(np.int64)
    codes = ranked(day)[0] if len(day) == 0 or (whole != day).any() else whole - whole.min()
    return codes, int(codes.max(initial=0)) + 1


def _mark(result: np.ndarray, is_first: np.ndarray, made: Decisions) -> np.ndarray:
    """Return for each sorted row which rule drops it, or :data:`KEPT`."""
    dropped = made.dropped_by[result]
    next_too = np.append(~is_first[1:], False)
    twins = np.flatnonzero(~is_first | next_too)
    group = np.cumsum(is_first[twins])
    copies = pd.Series(group * len(made.value) + result[twins]).duplicated().to_numpy()
    dropped[twins[copies]] = COPY
    left = dropped[twins] == KEPT
    twins, group = twins[left], group[left]
    repeats = np.append(False, group[1:] == group[:-1])[: len(group)]
    heads = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(group))))
    value = made.value[result[twins]]
    same = value == value[heads]
    dropped[twins[repeats & same]] = SAME
    dropped[twins[repeats & ~same]] = ANOTHER
    return dropped
