"""Turn the questionnaires of a patient into what only their order tells, or destroy the order.

Pictures of the questionnaires are those of :mod:`alsnb.features.sequences`, laid out as a table:
five visits, of which the last is repeated where there are fewer.
"""

import numpy as np
import pandas as pd

from alsnb.features.questionnaire import ITEMS, N_VISITS, ROWS


def _pictures(pictures: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the questionnaires, of shape (n, rows, visits), and how many visits are not copies."""
    cells = pictures.to_numpy(dtype=float).reshape(len(pictures), len(ROWS), N_VISITS)
    months = cells[:, -1]
    return cells, 1 + (np.diff(months, axis=1) > 0).sum(axis=1)


def shuffle_visits(pictures: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return the questionnaires with those of each patient dealt out anew to the days of visits."""
    cells, n_visits = _pictures(pictures)
    rng = np.random.default_rng(seed)
    order = rng.random((len(cells), N_VISITS))
    order[np.arange(N_VISITS) >= n_visits[:, None]] = np.inf
    order = np.argsort(order, axis=1)
    moved = np.take_along_axis(cells[:, :-1], order[:, None, :], axis=2)
    last = np.take_along_axis(moved, (n_visits - 1)[:, None, None], axis=2)
    moved = np.where(np.arange(N_VISITS) >= n_visits[:, None, None], last, moved)
    cells = np.concatenate([moved, cells[:, -1:]], axis=1)
    return pd.DataFrame(cells.reshape(len(cells), -1), pictures.index, pictures.columns)


def steps_of(pictures: pd.DataFrame) -> pd.DataFrame:
    """Return totals by visit, and first and last change per month: what the order tells.

    Changes are missing for a patient with a single visit.
    """
    cells, n_visits = _pictures(pictures)
    cells = np.concatenate([cells, cells[:, :-1].sum(axis=1, keepdims=True)], axis=1)
    rows, last = np.arange(len(cells)), n_visits - 1
    months, one = cells[:, len(ITEMS)], n_visits < 2
    before = np.maximum(last - 1, 0)
    gap = np.where(one, np.nan, months[rows, last] - months[rows, before])
    first_gap = np.where(one, np.nan, months[:, 1] - months[:, 0])
    late = (cells[rows, :, last] - cells[rows, :, before]) / gap[:, None]
    early = (cells[:, -1, 1] - cells[:, -1, 0]) / first_gap
    columns = {f"step_total_{i + 1}": cells[:, -1, i] for i in range(N_VISITS)}
    columns |= {f"step_last_{item}": late[:, i] for i, item in enumerate(ITEMS)}
    columns |= {"step_last": late[:, -1], "step_first": early, "step_bend": late[:, -1] - early}
    return pd.DataFrame(columns, index=pictures.index)
