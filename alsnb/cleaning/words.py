"""Read what a text means, compared without regard to case, and hold words as numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def look_up(
    texts: pd.Categorical, meanings: dict[str, float], *, prefix: str = "", default: float = np.nan
) -> np.ndarray:
    """Return the number that each text means, compared in lower case; missing where none does.

    Parameters
    ----------
    texts : Categorical
        Texts.
    meanings : dict
        Number by text in lower case.
    prefix : str
        What is taken off the texts first.
    default : float
        Meaning of a text that is not among these.
    """
    words = (str(word).lower().strip() for word in texts.categories)
    found = [meanings.get(word.removeprefix(prefix).strip(), default) for word in words]
    return np.array([*found, np.nan])[texts.codes]


def words_of(places: np.ndarray, words: Sequence[str], *, ordered: bool = False) -> pd.Categorical:
    """Return words by their places in a list; missing where there is none."""
    codes = np.where(np.isnan(places), -1, places).astype(np.int8)
    return pd.Categorical.from_codes(codes, pd.Index(words, dtype="str"), ordered=ordered)


def recoded(texts: pd.Categorical, codes: np.ndarray) -> pd.Categorical:
    """Return texts of the same list with other codes."""
    return pd.Categorical.from_codes(codes, dtype=texts.dtype)
