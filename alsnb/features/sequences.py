"""Arrange the questionnaires of the window as pictures of 11 x 5, for networks that read them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.cleaning.release import CleanTables
from alsnb.cohort import Cohort
from alsnb.features.proact import rows_in_window
from alsnb.features.questionnaire import ITEMS, N_VISITS, ROWS, VISIT_COLUMNS


@dataclass(frozen=True)
class Sequences:
    """The questionnaires of the window, patient by patient.

    Attributes
    ----------
    subject_id : int array of shape (n_patients,)
        Subjects in the order of the cohort.
    values : array of shape (n_patients, 11, 5)
        The ten items (0 to 4) and the months since time zero, by visit. Fewer visits than
        five are followed by copies of the last, its time included. NaN is left where a
        patient was never asked an item in the window.
    mask : bool array of shape (n_patients, 5)
        True for visits, False for copies.
    names : tuple of str
        What the eleven rows are.
    n_cut : int
        Patients with more than five visits, of which only the last five are here.
    """

    subject_id: np.ndarray
    values: np.ndarray
    mask: np.ndarray
    names: tuple[str, ...]
    n_cut: int = 0

    def __repr__(self) -> str:
        # what stands in the arrays is not for a page
        return f"Sequences({len(self.subject_id):,} patients)"


def make_sequences(clean: CleanTables, cohort: Cohort) -> Sequences:
    """Return the questionnaires of the window; a missing item is filled from the same patient.

    What an item lacks at one visit is taken from the nearest earlier visit in the window
    that has it, else from the nearest later one.
    """
    rows, patient, months = rows_in_window(clean.frames["alsfrs"], cohort)
    columns = [column for column, _ in ITEMS.values()]
    answers = clean.frames["alsfrs"][columns].iloc[rows].groupby(patient)
    items = answers.ffill().groupby(patient).bfill().to_numpy(dtype=float)
    sizes = np.bincount(patient, minlength=len(cohort.patients))
    shown = np.minimum(sizes, N_VISITS)
    # every patient of a cohort has the visit at time zero
    from_row = np.cumsum(sizes) - shown
    visit = np.minimum(np.arange(N_VISITS), shown[:, None] - 1)
    cells = np.column_stack([items, months])[from_row[:, None] + visit]
    return Sequences(
        subject_id=cohort.patients.index.to_numpy(),
        values=np.ascontiguousarray(cells.transpose(0, 2, 1)),
        mask=np.arange(N_VISITS) < shown[:, None],
        names=ROWS,
        n_cut=int((sizes > N_VISITS).sum()),
    )


def as_columns(sequences: Sequences) -> pd.DataFrame:
    """Return the pictures as a table: a row per patient, the columns :data:`VISIT_COLUMNS`."""
    cells = sequences.values.reshape(len(sequences.values), -1)
    patients = pd.Index(sequences.subject_id, name="subject_id")
    return pd.DataFrame(cells, index=patients, columns=list(VISIT_COLUMNS))
