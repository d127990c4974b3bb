"""Name the commonest texts of some cells, never one that fewer than five subjects hold."""

from collections.abc import Sequence

import numpy as np

from alsnb.disclosure import SMALLEST_COUNT

MOST_NAMED = 3
"""So many texts of a column are named."""

MOST_LETTERS = 40
"""So many letters of a text are shown."""


def name_commonest(codes: np.ndarray, texts: Sequence[object], subject: np.ndarray) -> str:
    """Return the commonest texts of some cells with their numbers, such as ``'stone' (12)``.

    Parameters
    ----------
    codes : ndarray of int, shape (n_cells,)
        Place of each cell's text; negative if it has none.
    texts : sequence
        The texts.
    subject : ndarray of int, shape (n_cells,)
        Subject of each cell, or any number that stands for one.

    Returns
    -------
    str
        Empty if no text is of so many subjects that it cannot be one's own.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    named: list[str] = []
    for code in np.argsort(-counts, kind="stable"):
        if counts[code] < SMALLEST_COUNT or len(named) == MOST_NAMED:
            break
        if len(np.unique(subject[codes == code])) >= SMALLEST_COUNT:
            text = " ".join(str(texts[code]).split())[:MOST_LETTERS]
            named.append(f"'{text}' ({counts[code]:,})")
    return ", ".join(named)
