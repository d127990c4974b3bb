"""Try to work out counts of one to four from what a run shows, as somebody curious would.

Every attack returns what it recovered, with the place it was found in; an empty list if nothing.
What is known besides the run is how many patients there are in it (``totals``).
"""

import re
from itertools import product

import numpy as np
import pandas as pd

MOST = 4
"""Counts up to this may point to a person."""

EXACT = 1e-7
"""So near to a whole number is a share times a total if it was computed from one."""

FEWEST = 10
"""Totals below this are parts of many fractions."""

NUMBER = re.compile(r"(?<![\w.])[-\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?")


def numbers_of(frame):
    """Return the columns of a table that hold numbers, NaN where they are withheld."""
    found = {}
    for name in frame:
        cells = frame[name].dropna().astype(str).str.replace(",", "")
        values = pd.to_numeric(cells, errors="coerce").reindex(frame.index)
        if values.notna().any():
            found[name] = values
    return found


def is_small(number):
    """Return whether a number is a whole one from one to four, but for rounding."""
    return 1 - EXACT < number < MOST + EXACT and abs(number - round(number)) < EXACT


def shares_of_totals(frame, totals):
    """Multiply every share with every total: the part or the rest may be of a few patients."""
    found = []
    for name, values in numbers_of(frame).items():
        parts = values.dropna().abs() / (1 if values.abs().max() <= 1 else 100)
        for (row, part), total in product(parts[parts.between(0, 1)].items(), totals):
            if total >= FEWEST and (is_small(part * total) or is_small(total - part * total)):
                found.append((name, row, total))
    return found


def shares_of_own_counts(frame, counts):
    """Do the same with the counts in the share's own row."""
    numbers, found = numbers_of(frame), []
    rest = frame.drop(columns=[name for name in counts if name in frame])
    for row in frame.index:
        own = [numbers[name][row] for name in counts if name in numbers]
        found += shares_of_totals(rest.loc[[row]], [n for n in own if n >= FEWEST])
    return found


def rests_of_columns(frame, pairs):
    """Subtract a count from one that holds it, in the same row."""
    numbers = numbers_of(frame)
    return [
        (part, whole, row)
        for part, whole in pairs
        if part in numbers and whole in numbers
        for row in frame.index
        if is_small(numbers[whole][row] - numbers[part][row])
    ]


def rests_of_totals(frame, count, totals):
    """Subtract from every total what is shown of the parts: one small part may be left."""
    shown = numbers_of(frame).get(count, pd.Series(dtype=float)).sum()
    return [(count, total) for total in totals if is_small(total - shown)]


def rests_of_cells(frame, counts, totals):
    """Subtract every count from every total: those who are not in it may be few."""
    numbers = numbers_of(frame)
    return [
        (name, row, total)
        for name in counts
        if name in numbers
        for (row, value), total in product(numbers[name].dropna().items(), totals)
        if is_small(total - value)
    ]


def left_beside_hidden(frame, counts, free=()):
    """Return numbers in a row whose count is withheld, which may rest on it."""
    numbers, hidden = numbers_of(frame), pd.Series(False, index=frame.index)
    for name in (name for name in counts if name in frame):
        hidden |= frame[name].astype(str).str.contains("fewer than")
    rest = [n for n in numbers if n not in {*counts, *free} and not n.startswith("published")]
    return [(n, row) for n in rest for row in frame.index[hidden] if not np.isnan(numbers[n][row])]


def percents(text, total):
    """Return the shares in a text that can only be those of one to four, or of all but so few."""
    found = []
    for match in re.finditer(r"(?<![\d.])(\d{1,3}(?:\.\d+)?) ?%", text):
        step = 10.0 ** -len(match[1].partition(".")[2])
        low, high = ((float(match[1]) + side * step / 2) / 100 * total for side in (-1, 1))
        fitting = [n for n in range(int(np.ceil(low)), int(np.floor(high)) + 1) if 0 <= n <= total]
        if len(fitting) == 1 and (is_small(fitting[0]) or is_small(total - fitting[0])):
            found.append(match[0])
    return found


def find_values(text, values, digits=4):
    """Return which values stand in a text, written with at least so many digits."""
    written = set()
    for match in NUMBER.finditer(text):
        word = match[0].replace("\N{MINUS SIGN}", "-").replace(",", "")
        if len(word.replace("-", "").replace(".", "").lstrip("0")) >= digits:
            written.add(word)
    step = {word: 0.5 * 10.0 ** -len(word.partition(".")[2]) + 1e-12 for word in written}
    return {v for v in values for word in written if abs(abs(float(word)) - abs(v)) <= step[word]}
