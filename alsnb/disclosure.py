"""Keep anybody from being recognised in what is shown: the one rule, and its few forms.

A count of one to four patients is not told, nor is anything from which it can be worked out: what
such a few have on average and between which bounds, their share of a total that is known, what a
total lacks to the sum of other parts, a count that differs by so few from another. And of no
group are the outermost values told, which belong to one patient each: what is said of its ends
is said of the fifth from either end (:func:`inner`).

Functions that compute tell everything. Whether patients stand behind a page is known to
:class:`alsnb.book.page.Page`, and its ``disclose`` is the gate through which their counts go.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

SMALLEST_COUNT = 5
"""Counts of patients below this are not printed, so that nobody can be recognised."""

HELD = "withheld"
"""Stands in a table for words that rest on a count that is not told."""


def is_small(counts: pd.Series) -> pd.Series:
    """Return which counts are of one to four; digits with commas are read as numbers."""
    numbers = pd.to_numeric(counts.astype(str).str.replace(",", ""), errors="coerce")
    return numbers.between(1, SMALLEST_COUNT - 1)


def to_fives(counts: pd.Series) -> pd.Series:
    """Return counts to the nearest five, from which nobody can be told by subtraction."""
    return (counts / SMALLEST_COUNT).round() * SMALLEST_COUNT


def say_count(n_patients: int) -> str:
    """Return a count of patients, or that it is too small to print."""
    return f"fewer than {SMALLEST_COUNT}" if 0 < n_patients < SMALLEST_COUNT else f"{n_patients:,}"


def say_tens(n: int, sign: str = "") -> str:
    """Return a count or a change to the nearest ten, or that it is too small to print.

    Of two such counts no difference of one to four can be worked out. ``sign`` is ``"+"`` for a
    change.
    """
    if 0 < abs(n) < SMALLEST_COUNT:
        return f"fewer than {SMALLEST_COUNT}"
    tens = int(np.sign(n) * np.floor(abs(n) / 10 + 0.5) * 10)
    return f"{tens:{sign},}".replace("-", "\N{MINUS SIGN}") if tens else "0"


# --- single numbers --------------------------------------------------------------------------


def tell_count(n_with: int, n_patients: int, *, is_real: bool) -> float:
    """Return a count, or NaN if it, or what it lacks to all, is too small to be told."""
    small = any(0 < n < SMALLEST_COUNT for n in (n_with, n_patients - n_with))
    return np.nan if is_real and small else float(n_with)


def tell_share(flags: pd.Series, *, is_real: bool) -> float:
    """Return the share of patients with a flag, of those in whom it is known, or NaN.

    NaN if the flag is known of nobody, or the share tells of one to four that they have or lack it.
    """
    known = flags.dropna()
    n_with = tell_count(int(known.sum()), len(known), is_real=is_real)
    return n_with / len(known) if len(known) else np.nan


def tell_shares(
    counts: Mapping[str, tuple[int, int]], *, is_real: bool, told: Sequence[float] = ()
) -> dict[str, float]:
    """Return shares by name; of real patients none from which one to four can be worked out.

    Parameters
    ----------
    counts : mapping of str to tuple of int
        How many have something, and of how many.
    is_real : bool
        Whether patients may stand behind the counts. If not, every share is told.
    told : sequence of float
        Counts that are told elsewhere and hold those that have something.

    Returns
    -------
    dict of str to float
        NaN is what is not told, and the share of nobody. Of shares of the same number, which may
        lie within each other, none is left that differs from another one by one to four.
    """
    shown = pd.DataFrame.from_dict(counts, "index", dtype="float64", columns=["n_with", "n_of"])
    shares = shown["n_with"] / shown["n_of"].where(shown["n_of"] > 0)
    if not is_real:
        return shares.to_dict()
    for n_of, rows in shown.groupby("n_of"):
        whole = [n_of, *told]
        kept = withhold_rows(rows.drop(columns="n_of"), ["n_with"], whole=whole, rows="nested")
        hidden = kept["n_with"].isna() | (0 < n_of < SMALLEST_COUNT)
        shares[rows.index[hidden]] = np.nan
    return shares.to_dict()


def inner(values: pd.Series) -> pd.Series:
    """Return values among which the fifth from either end stands for those beyond it.

    No value that belongs to one patient alone is left at the ends. Of fewer than ten, the one in
    the middle stands for all.
    """
    known = np.sort(values.dropna().to_numpy(float))
    if not len(known):
        return values
    place = min(SMALLEST_COUNT - 1, (len(known) - 1) // 2)
    low, high = known[place], known[len(known) - 1 - place]
    return values.clip(low, max(low, high))


# --- tables ----------------------------------------------------------------------------------


def withhold_small(
    frame: pd.DataFrame, columns: Iterable[str], *, besides: Iterable[str] = ()
) -> pd.DataFrame:
    """Return a frame in which counts of one to four, and what rests on them, are not told.

    Parameters
    ----------
    frame : DataFrame
        A table for readers.
    columns : iterable of str
        The columns that hold counts of patients or of their records. In a row in which one is
        small, the numbers of all other columns are missing.
    besides : iterable of str
        Columns of numbers that rest on no patient of this run. Columns whose names begin with
        "published" are such ones.
    """
    counts = [name for name in columns if name in frame]
    small = {name: is_small(frame[name]) for name in counts}
    held = {
        name: frame[name].astype(object).where(~few, f"fewer than {SMALLEST_COUNT}")
        for name, few in small.items()
        if few.any()
    }
    if not held:
        return frame
    hidden = np.logical_or.reduce(list(small.values()))
    resting = _resting(frame.select_dtypes("number").columns, [*counts, *besides])
    return frame.assign(**{name: frame[name].mask(hidden) for name in resting}, **held)


def withhold_words(
    shown: pd.DataFrame, hidden: pd.Series, *, besides: Iterable[str] = ()
) -> pd.DataFrame:
    """Return a table of words in which hidden rows hold no digit, but for their first cell.

    ``hidden`` says by place which rows; ``besides`` names columns that rest on no patient of this
    run, as :func:`withhold_small` does.
    """
    rows = hidden.to_numpy()
    held = {}
    for name in _resting(shown.columns[1:], besides):
        digits = shown[name].astype(str).str.contains(r"\d").to_numpy()
        if (digits & rows).any():
            held[name] = shown[name].astype(object).mask(digits & rows, HELD)
    return shown.assign(**held)


def _resting(columns: Iterable[str], free: Iterable[str]) -> list[str]:
    """Return the columns that may rest on patients of this run."""
    free = set(free)
    return [n for n in columns if n not in free and not str(n).lower().startswith("published")]


def withhold_rows(
    frame: pd.DataFrame,
    counts: Sequence[str],
    what: Sequence[str] | None = None,
    *,
    whole: Sequence[float] = (),
    within: Mapping[str, Sequence[str]] | None = None,
    rows: str = "",
) -> pd.DataFrame:
    """Return a frame in which what lets one to four patients be counted is NaN.

    Parameters
    ----------
    frame : DataFrame
        Numbers, and the counts they rest on.
    counts : sequence of str
        Columns of counts; one small count in a row is enough.
    what : sequence of str, optional
        Columns that become NaN in such a row; the counts themselves by default.
    whole : sequence of float
        Counts that are told elsewhere and hold those of the frame, such as the size of the cohort.
        A count that is all but one to four of such a one is not told.
    within : mapping of str to sequence of str, optional
        By a column of counts, others that hold it, such as the rows of so many patients: the same
        is said of the two in a row.
    rows : {"", "parts", "nested"}
        What the rows are to each other: nothing, parts that add up to a total somebody may
        know, or groups that lie within each other. Of parts, so many more are not told that what
        is left over says nothing; of groups within each other, none that differs by one to four
        from one that is told.

    Returns
    -------
    DataFrame
        With the same rows and columns.
    """
    hidden = pd.Series(False, index=frame.index)
    for name in counts:
        numbers = _numbers(frame[name])
        hidden |= is_small(numbers)
        others = [_numbers(frame[other]) for other in (within or {}).get(name, ())]
        for other in [*whole, *others]:
            hidden |= is_small(other - numbers)
    if rows == "nested":
        for name in counts:
            hidden |= _near_others(_numbers(frame[name]), hidden, whole)
    if rows == "parts":
        for name in counts:
            hidden |= _more_parts(_numbers(frame[name]), hidden)
    if not hidden.any():
        return frame
    return frame.assign(**{name: _whole(frame[name]).mask(hidden) for name in what or counts})


def _whole(numbers: pd.Series) -> pd.Series:
    """Return whole numbers in a form in which they stay whole if some are missing."""
    return numbers.astype("Int64") if pd.api.types.is_integer_dtype(numbers) else numbers


def _numbers(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells.astype(str).str.replace(",", ""), errors="coerce")


def _near_others(counts: pd.Series, hidden: pd.Series, whole: Sequence[float]) -> pd.Series:
    """Return which counts differ by one to four from one that is told before them."""
    told, near = list(whole), hidden.copy()
    for place in counts[~hidden].dropna().index:
        near[place] = any(0 < abs(counts[place] - other) < SMALLEST_COUNT for other in told)
        told += [] if near[place] else [counts[place]]
    return near


def _more_parts(counts: pd.Series, hidden: pd.Series) -> pd.Series:
    """Return which parts of a total are hidden, so that the sum of them says little of any.

    Who knows the total knows the sum of what is hidden. It says little if there are two at least,
    and if any of them may be any number up to five.
    """
    hidden = hidden & (counts > 0)
    smallest_first = counts[counts > 0].sort_values(kind="stable").index
    for place in smallest_first:
        n_hidden = int(hidden.sum())
        if not n_hidden or (n_hidden > 1 and counts[hidden].sum() >= n_hidden + SMALLEST_COUNT - 1):
            break
        hidden[place] = True
    return hidden


def slope_histogram(slope: pd.Series, width: float = 0.2) -> pd.DataFrame:
    """Return counts of patients by slope, with the tails pooled until nobody stands out.

    Parameters
    ----------
    slope : Series of shape (n_patients,)
        ALSFRS points per month.
    width : float
        Width of the bars before pooling, in points per month.

    Returns
    -------
    DataFrame
        ``low``, ``high`` and ``n_patients``, which is at least :data:`SMALLEST_COUNT` in every
        row. The outermost bars hold all that lies beyond them too: their edges say nothing of
        the lowest and the highest slope.
    """
    slope = inner(slope)
    first, last = np.floor(slope.min() / width), np.floor(slope.max() / width) + 1
    edges = list(np.arange(first, last + 1) * width)
    counts = list(np.histogram(slope, edges)[0])
    while len(counts) > 1 and min(counts) < SMALLEST_COUNT:
        place = int(np.argmin(counts))
        # towards the middle, where the counts are larger
        other = place + 1 if place < int(np.argmax(counts)) else place - 1
        counts[other] += counts[place]
        del counts[place], edges[max(place, other)]
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n_patients": counts})
