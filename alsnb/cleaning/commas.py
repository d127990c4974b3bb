"""Judge for the column of each laboratory test whether ``4,125`` is 4.125 or 4125.

A comma in front of exactly three digits may separate thousands or be a decimal point. What the
other results of the test say counts for all of its results:

- if some have a comma that can only be decimal (``4,5``), the reading of the others is the one
  that lies nearer to the results that can be read in one way only, under the same label of a unit;
- if no result of the whole table has a decimal point and some have a comma that can only be
  decimal, the commas of every test are decimal;
- otherwise they separate thousands.
"""

from collections.abc import Sequence

import numpy as np


def settle_commas(
    columns: dict[str, np.ndarray], test: np.ndarray, unit: np.ndarray, texts: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return results in which the commas of each test are read in one way.

    Parameters
    ----------
    columns : dict of str to ndarray of shape (n,)
        ``number``, ``thousands`` and ``decimal_comma`` of distinct results, as
        :func:`alsnb.cleaning.laboratory_results.read_results` reads each by itself.
    test, unit : int arrays of shape (n,)
        Which test each result is of, and under which label.
    texts : sequence of str, length n
        The results as written.

    Returns
    -------
    dict of str to ndarray
        The same columns.
    """
    number, decimal = columns["number"], columns["decimal_comma"]
    open_ = columns["thousands"] & np.array([_has_one_comma(text) for text in texts], bool)
    if not open_.any() or not decimal.any():
        return columns
    sure = ~open_ & np.isfinite(number) & (number > 0)
    everywhere = not any("." in text for text, one in zip(texts, sure, strict=True) if one)
    is_decimal = np.zeros(len(number), bool)
    for one in np.unique(test[open_]):
        of_test = test == one
        if not (decimal & of_test).any():
            is_decimal |= of_test & open_ & everywhere
            continue
        for label in np.unique(unit[of_test & open_]):
            asked = of_test & open_ & (unit == label)
            alike = of_test & sure & (unit == label)
            usual = np.median(number[alike if alike.any() else of_test & sure])
            away = np.log(np.median(number[asked]) / usual)
            # a thousandth of it is the other reading
            is_decimal |= asked & (abs(away - np.log(1000)) < abs(away))
    return columns | {
        "number": np.where(is_decimal, number / 1000, number),
        "thousands": columns["thousands"] & ~is_decimal,
        "decimal_comma": decimal | is_decimal,
    }


def _has_one_comma(text: str) -> bool:
    return text.count(",") == 1 and "." not in text
