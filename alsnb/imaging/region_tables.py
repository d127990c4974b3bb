"""Read tables of one subject each, with a row per region, as of the mouse brain study."""

import re
from collections.abc import Callable, Collection, Iterable
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, refuse
from alsnb.imaging.account import Account, Problem
from alsnb.imaging.cells import as_number, filled_lines
from alsnb.imaging.forms import unreadable_because
from alsnb.imaging.keys import subject_key, subjects_of_files

MODALITY = "morphology"

RIGHT_FROM = 1_000
"""Regions of the right side have the number of the left one and this."""

_MEASURE = re.compile(r"(thickness_mm|area_mm2|volume_mm3)$", re.IGNORECASE)


def read_region_tables(
    names: Iterable[str],
    read: Callable[[str], bytes],
    regions: Collection[str],
    *,
    known: Collection[str],
    account: Account,
) -> pd.DataFrame:
    """Return the measures of every subject, a column per region and measure.

    Parameters
    ----------
    names : iterable of str
        Files, one per subject; each has a column ``ROI`` of numbers and others whose names end
        in their unit (``volume_mm3``), below a line or two about the run.
    read : callable
        Gives the bytes of a file.
    regions : collection of str
        Names of the regions of both sides, the left side first; empty if they are not known.
    known : collection of str
        Keys of subjects in other files, by which names of files are understood.
    account : Account
        Gets what is wrong with single subjects.

    Returns
    -------
    DataFrame
        Indexed by keys. Region 0, which is outside the brain, is left out.
    """
    called = _names_by_number(list(regions))
    rows: dict[str, dict[str, float]] = {}
    for name, written in subjects_of_files(list(names), known).items():
        file, key = PurePosixPath(name).name, subject_key(written)
        account.name(key, written)
        if key in rows:
            account.problems.append(
                Problem(key, MODALITY, file, "several files", "one table per subject", "two")
            )
            continue
        rows[key] = {}
        try:
            rows[key] = _measures(read(name), file, called)
            account.problems.extend(_problems(rows[key], key, file))
        except BadInput as error:
            bad = unreadable_because(error, "a row per region, with its number and its measures")
            problem = Problem(key, MODALITY, file, bad.rule, bad.expected, bad.found)
            account.problems.append(problem)
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index = frame.index.astype("str")
    for key in frame.index[frame.isna().any(axis=1)]:
        if not any(problem.key == key for problem in account.problems):
            expected, found = "the regions of the others", "some that are missing"
            account.problems.append(
                Problem(key, MODALITY, "region tables", "regions missing", expected, found)
            )
    return frame


def _names_by_number(regions: list[str]) -> dict[int, str]:
    half = len(regions) // 2
    left = {number + 1: name for number, name in enumerate(regions[:half])}
    right = {number + 1 + RIGHT_FROM: name for number, name in enumerate(regions[half:])}
    return left | right


def _measures(content: bytes, file: str, called: dict[int, str]) -> dict[str, float]:
    """Return the measures of one subject by their names."""
    lines = [cells for _, cells in filled_lines(content, file)]
    headers = [n for n, cells in enumerate(lines[:5]) if "roi" in [c.lower() for c in cells]]
    if not headers:
        raise _no_table(file, "no column ROI in the first lines")
    header = [cell.lower() for cell in lines[headers[0]]]
    places = [n for n, name in enumerate(header) if _MEASURE.search(name)]
    if not places:
        raise _no_table(file, "no column whose name ends in volume_mm3, area_mm2 or thickness_mm")
    region = header.index("roi")
    measures = {}
    for line in lines[headers[0] + 1 :]:
        number = as_number(line[region]) if len(line) >= len(header) else None
        if number is None or np.isnan(number):
            raise _no_table(file, "a line without the number of a region, or one that is cut")
        if number == 0:
            continue
        name = called.get(int(number), f"region_{int(number):03}")
        for place in places:
            value = as_number(line[place])
            measures[f"{name}_{header[place]}"] = np.nan if value is None else value
    return measures


def _problems(measures: dict[str, float], key: str, file: str) -> Iterable[Problem]:
    values = np.array(list(measures.values()))
    if np.isnan(values).any():
        yield Problem(key, MODALITY, file, "not a number", "finite measures", "a missing one")
    elif (values < 0).any():
        yield Problem(key, MODALITY, file, "negative", "measures of 0 or more", "one below 0")
    elif not values.any():
        yield Problem(key, MODALITY, file, "failed", "measures of a brain", "zeros alone")


def _no_table(file: str, found: str) -> BadInput:
    remedy = "Write a table with the columns ROI and volume_mm3, or take the file out."
    return refuse(file, expected="a row per region", found=found, remedy=remedy)
