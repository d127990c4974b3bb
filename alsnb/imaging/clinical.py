"""Read the clinical table of a study, and the dictionary that says what its columns mean."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.checks import listed, refuse
from alsnb.imaging.account import Account, Problem, several
from alsnb.imaging.cells import MISSING, Cells, as_number, read_cells
from alsnb.imaging.keys import subject_key

DICTIONARY = ("column", "description", "unit")
"""Columns of the dictionary."""


@dataclass(frozen=True)
class Known:
    """A clinical column whose meaning is known.

    Attributes
    ----------
    description, unit : str
        In words; words have no unit.
    low, high : float
        What a number can be, both included.
    words : dict of str to str
        What each spelling means, if the column holds words.
    others : bool
        Whether other words may stand there, too; they are kept.
    """

    description: str
    unit: str = ""
    low: float = -np.inf
    high: float = np.inf
    words: dict[str, str] | None = None
    others: bool = False


def _spellings(**meanings: str) -> dict[str, str]:
    return {word: meaning for meaning, words in meanings.items() for word in words.split()}


_YES_NO = _spellings(yes="yes y true 1 positive", no="no n false 0 negative")

COLUMNS = {
    "group": Known(
        "patients and controls",
        words=_spellings(
            als="als patient patients case mnd", control="control controls hc healthy con ctrl"
        ),
        others=True,
    ),
    "age_years": Known("age at the scan", "years", 0, 120),
    "sex": Known("sex", words=_spellings(female="female f woman", male="male m man")),
    "site_of_onset": Known(
        "where the weakness began",
        words=_spellings(
            bulbar="bulbar",
            arm="arm upper_limb",
            leg="leg lower_limb",
            limb="limb spinal",
            other="other thoracic respiratory axial generalised generalized",
        ),
        others=True,
    ),
    "onset_to_scan_months": Known("from the first weakness to the scan", "months", 0, 600),
    "diagnostic_delay_months": Known("from the first weakness to the diagnosis", "months", 0, 600),
    "alsfrs_r_total": Known("ALSFRS-R total at the scan", "points", 0, 48),
    "fvc_percent": Known("forced vital capacity", "% of predicted", 0, 200),
    "c9orf72": Known("repeat expansion in C9orf72", words=_YES_NO),
    "bvftd": Known("behavioural variant of frontotemporal dementia", words=_YES_NO),
    "scanner": Known("where the scan was made"),
    "onset_to_death_or_censoring_months": Known(
        "from the first weakness to death or the last contact", "months", 0, 1200
    ),
    "died": Known(
        "whether the last month is that of death",
        words=_spellings(
            yes="yes y true 1 dead died deceased", no="no n false 0 alive living censored"
        ),
    ),
}
"""Columns whose meaning is known, by name."""

SAME = {"age": "age_years", "gender": "sex", "diagnosis": "group", "onset_site": "site_of_onset"}
"""Other names of some of them."""

TEXT = ("scanner", "participant_id")
"""Columns that are words although their cells may look like numbers."""

REMEDY = "See help(alsnb.imaging) for what the columns hold."


def read_clinical(
    content: bytes, file: str, *, words: bytes | None, account: Account
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the clinical frame, indexed by the keys of its subjects, and the dictionary.

    Parameters
    ----------
    content : bytes
        The table; a column ``participant_id``, others as they come.
    file : str
        Its name.
    words : bytes or None
        ``participants.json``, if there is one.
    account : Account
        Gets what is wrong with single subjects. A subject that is listed twice has one row in
        the frame.

    Raises
    ------
    BadInput
        If the table cannot be split into cells, has no such column or the same column twice,
        or a row says nobody's name.
    """
    cells = read_cells(content, file)
    names = _column_names(cells, account)
    where = names.index("participant_id")
    keys = _keys(cells, where, account)
    said = _dictionary(words, account)
    columns, meanings = {}, []
    for place, name in enumerate(names):
        if place == where:
            continue
        texts = [row[place] for row in cells.rows]
        units = said.get(cells.header[place], said.get(name, {}))
        columns[name] = _values(name, texts, _Log(file, cells.lines, keys, account), units)
        known = COLUMNS.get(name, Known(""))
        description = str(units.get("Description", "")) or known.description
        meanings.append((name, description, known.unit or str(units.get("Units", ""))))
    frame = pd.DataFrame(columns, index=pd.Index(keys, dtype="str"))
    frame = frame[~frame.index.duplicated()]
    _check_times(frame, file, account)
    return frame, pd.DataFrame(meanings, columns=list(DICTIONARY), dtype="str")


def _column_names(cells: Cells, account: Account) -> list[str]:
    """Return the names of the columns in one notation."""
    lower = [name.strip().lower().replace(" ", "_") for name in cells.header]
    names = [SAME.get(name, name) if SAME.get(name) not in lower else name for name in lower]
    for written, name in zip(cells.header, names, strict=True):
        if written != name and name in COLUMNS:
            account.note(cells.name, f"the column '{written}' is read as {name}")
    if "participant_id" not in names:
        raise refuse(
            cells.name,
            expected="a column participant_id",
            found=f"the columns {listed(cells.header, most=12)}",
            remedy="Rename the column that names the subjects.",
        )
    if twice := several(names):
        raise refuse(
            cells.name,
            expected="each column once",
            found=f"{listed(twice)} more than once",
            remedy="Keep the one that is meant.",
        )
    return names


def _keys(cells: Cells, where: int, account: Account) -> list[str]:
    """Return the key of each row's subject, and write down who is listed twice."""
    keys = []
    for line, row in zip(cells.lines, cells.rows, strict=True):
        key = "" if row[where].lower() in MISSING else subject_key(row[where])
        if not key:
            raise refuse(
                f"{cells.name}, line {line}, column participant_id",
                expected="the name of a subject",
                found="none",
                remedy="Name the subject, or take the row out.",
            )
        account.name(key, row[where])
        keys.append(key)
    for key in several(keys):
        lines = [line for line, other in zip(cells.lines, keys, strict=True) if other == key]
        found = f"lines {', '.join(map(str, lines))}, which name the same subject"
        account.problems.append(
            Problem(key, "clinical", cells.name, "listed twice", "one row per subject", found)
        )
    return keys


def _dictionary(words: bytes | None, account: Account) -> dict[str, dict]:
    """Return what ``participants.json`` says of each column; of a damaged one nothing."""
    if words is None:
        return {}
    name = "participants.json"
    try:
        said = json.loads(words.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        account.note(name, "cannot be read as JSON; no column is described by it")
        return {}
    entries = said.items() if isinstance(said, dict) else ()
    return {name: entry for name, entry in entries if isinstance(entry, dict)}


@dataclass(frozen=True)
class _Log:
    """Where the cells of a column come from, to say so of a bad one."""

    file: str
    lines: list[int]
    keys: list[str]
    account: Account

    def bad(self, place: int, column: str, rule: str, *, expected: str, found: str) -> None:
        where = f"{self.file}, line {self.lines[place]}, column {column}"
        problem = Problem(self.keys[place], "clinical", where, rule, expected, found, REMEDY)
        self.account.problems.append(problem)


def _values(name: str, texts: list[str], log: _Log, said: dict) -> np.ndarray | pd.Series:
    """Return the numbers or words of a column."""
    known = COLUMNS.get(name, Known(""))
    if known.words:
        return _words(name, texts, log, said)
    if name in TEXT:
        return _texts(texts)
    numbers = [as_number(text) for text in texts]
    must = bool(known.unit or said.get("Units"))
    if not must and (None in numbers or all(np.isnan(number) for number in numbers)):
        return _texts(texts)
    for place, (number, text) in enumerate(zip(numbers, texts, strict=True)):
        if number is None:
            expected = f"a number{f' of {known.unit}' if known.unit else ''}, or n/a"
            log.bad(place, name, "no number", expected=expected, found=f"'{text}'")
        elif not np.isnan(number) and not known.low <= number <= known.high:
            expected = f"{known.low:g} to {known.high:g} {known.unit}"
            log.bad(place, name, "impossible number", expected=expected, found=f"{number:g}")
    return np.array([np.nan if number is None else number for number in numbers])


def _words(name: str, texts: list[str], log: _Log, said: dict) -> pd.Series:
    """Return the meaning of each cell, which the dictionary may give for a code."""
    known = COLUMNS[name]
    levels = said.get("Levels")
    levels = levels if isinstance(levels, dict) else {}
    meanings, others = [], set()
    for place, text in enumerate(texts):
        word = _bare(text)
        meaning = known.words.get(_bare(str(levels.get(text, text))), known.words.get(word))
        if meaning is None and word not in MISSING:
            if known.others:
                meaning = word
                others.add(word)
            else:
                expected = f"one of {listed(dict.fromkeys(known.words.values()), most=9)}, or n/a"
                log.bad(place, name, "unknown word", expected=expected, found=f"'{text}'")
        meanings.append(meaning)
    if others:
        log.account.note(log.file, f"{name}: other words were kept: {listed(sorted(others))}")
    return _texts(meanings)


def _bare(text: str) -> str:
    return text.strip().lower().replace(" ", "_").removesuffix(".0")


def _texts(texts: list[str | None]) -> pd.Series:
    missing = [text is None or text.lower() in MISSING for text in texts]
    plain = [None if gone else text for text, gone in zip(texts, missing, strict=True)]
    return pd.Series(plain, dtype="str").array


def _check_times(frame: pd.DataFrame, file: str, account: Account) -> None:
    """Write down who was scanned after death, or died without a time."""
    scan, end, died = (
        frame.get(name, pd.Series(np.nan, frame.index))
        for name in ("onset_to_scan_months", "onset_to_death_or_censoring_months", "died")
    )
    checks: dict[str, tuple[pd.Series, str, Callable]] = {
        "scanned after death": (
            scan > end,
            "onset_to_scan_months at most onset_to_death_or_censoring_months",
            lambda key: f"{scan[key]:g} and {end[key]:g}",
        ),
        "died at no time": (
            (died == "yes") & end.isna(),
            "onset_to_death_or_censoring_months of who died",
            lambda key: "none",
        ),
    }
    for rule, (bad, expected, found) in checks.items():
        for key in frame.index[bad.to_numpy(bool)]:
            account.problems.append(
                Problem(key, "clinical", file, rule, expected, found(key), REMEDY)
            )
