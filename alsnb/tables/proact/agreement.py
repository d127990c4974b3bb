"""Compare the subjects of the tables with each other: are they written alike, is a table cut."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.tables.proact.costs import NOTHING, cost_of_table
from alsnb.tables.proact.subjects import TEXT_FROM

Remark = tuple[str, str, str]
"""A table, what was found in it, and what it costs downstream."""

NEARLY_ALL = 0.9
"""A table that has so many of the others' subjects is simply larger than they are."""

ASKED = 0.25
"""At least so many subjects of any table have filled in a questionnaire, in every release."""

LEAST_ALIKE = 0.95
"""Two tables have one order of subjects if so many steps in one go forward in the other."""

LEAST_LATER = 0.05
"""So many of the others' subjects must be later ones, before a table is taken to be cut."""

CHANCE = 1e-3
"""So seldom the last subjects are missing by chance."""


def remarks_on_subjects(subjects: Mapping[str, np.ndarray]) -> list[Remark]:
    """Return a remark on each table whose subjects hardly occur in the others.

    Parameters
    ----------
    subjects : mapping of str to ndarray of int
        The different subjects of each table.
    """
    remarks, asked_is_odd = [], False
    for table, own in subjects.items():
        others = [other for name, other in subjects.items() if name != table]
        if len(own) < SMALLEST_COUNT or not any(map(len, others)):
            continue
        if alone := _alone(own, np.unique(np.concatenate(others))):
            found = f"{alone:,} of its {len(own):,} subjects occur in no other table"
            asked_is_odd |= table == "alsfrs"
        elif not asked_is_odd and (few := _not_asked(table, own, subjects)):
            found = f"{few:,} of its {len(own):,} subjects have no row in the table alsfrs"
        else:
            continue
        text = f"{found}; write each subject in the same way in all tables"
        remarks.append((table, text, _cost_of(table)))
    return remarks


def _alone(own: np.ndarray, others: np.ndarray) -> int:
    """Return how many subjects occur in no other table, 0 if so many may be right.

    They may if they are few, or if the table has nearly everyone whom the others have and the rest
    are numbers as theirs are.
    """
    is_shared = np.isin(own, others)
    shared, alone = int(is_shared.sum()), int((~is_shared).sum())
    if alone < max(SMALLEST_COUNT, (1 - NEARLY_ALL) * len(own)):
        return 0
    alike = np.mean(own[~is_shared] >= TEXT_FROM) < NEARLY_ALL or np.mean(others >= TEXT_FROM) > 0.5
    return 0 if alike and shared >= NEARLY_ALL * len(others) else alone


def _not_asked(table: str, own: np.ndarray, subjects: Mapping[str, np.ndarray]) -> int:
    """Return how many subjects of a table are not in that of questionnaires, 0 if not too many."""
    if table == "alsfrs" or not len(subjects.get("alsfrs", ())):
        return 0
    asked = int(np.isin(own, subjects["alsfrs"]).sum())
    return len(own) - asked if asked < ASKED * len(own) else 0


def _cost_of(table: str) -> str:
    if table == "alsfrs":
        return "of these subjects, all that other tables hold"
    cost = cost_of_table(table)
    return cost if cost == NOTHING else f"of these subjects: {cost}"


def remarks_on_ends(frames: Mapping[str, pd.DataFrame]) -> list[Remark]:
    """Return a remark on each table whose last subjects are missing, as in a file that is cut.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        ``subject_id`` of each table, in the order of its file.
    """
    orders = {table: pd.unique(frame["subject_id"]) for table, frame in frames.items()}
    remarks = []
    for table, own in orders.items():
        rest = {other: order for other, order in orders.items() if other != table}
        longest = max(rest.values(), key=len, default=np.empty(0, np.int64))
        if later := _count_later(own, longest):
            name = next(other for other, order in rest.items() if order is longest)
            text = (
                f"{later:,} of the {len(longest):,} subjects of the table {name} come after the "
                "last one of this table; the file may be cut"
            )
            remarks.append((table, text, _cost_of(table)))
    return remarks


def _count_later(own: np.ndarray, reference: np.ndarray) -> int:
    """Return how many subjects of a reference follow the last of a table, 0 if by chance."""
    places = pd.Index(reference).get_indexer(own)
    places = places[places >= 0]
    if len(places) < SMALLEST_COUNT or (np.diff(places) > 0).mean() < LEAST_ALIKE:
        return 0
    later = len(reference) - 1 - int(places.max())
    share = later / len(reference)
    by_chance = (1 - share) ** len(places)
    return later if share >= LEAST_LATER and by_chance < CHANCE else 0
