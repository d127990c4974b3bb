"""Compare what the rules of the cleaning touched with what is printed of real releases."""

import numpy as np
import pandas as pd

from alsnb.cleaning.release import describe_rules

SEEN_IN_READING = {
    "footer or no subject": "the sheets of deaths and riluzole end with one each (2013)",
    "test not used": "about 222 tests, of which 93 have fewer than 100 rows (2016)",
}
"""What is known of the rules of reading; no share of rows is published."""

SAME_ORDER = 10
"""A count within this factor of the expected one is of its order of magnitude."""


def compare_with_expected(audit: pd.DataFrame) -> pd.DataFrame:
    """Return what each rule touched beside what is expected in a real release of this size.

    Parameters
    ----------
    audit : DataFrame
        Rows as :class:`alsnb.cleaning.release.CleanTables` has them.

    Returns
    -------
    DataFrame
        One row per ``table`` and ``rule``: ``rows`` left out, ``values`` changed and
        ``patients`` touched; ``expected`` rows or values (NaN if nothing is published),
        ``order`` (how the count compares) and ``seen`` (where the expectation comes from).
    """
    rules = audit.merge(describe_rules(), on=["table", "rule"], how="left")
    rows_in_file = rules.groupby("table", sort=False)["rows_before"].transform("first")
    rules["rows"] = rules["rows_before"] - rules["rows_after"]
    rules["values"] = rules["values_changed"]
    rules["patients"] = rules["patients_touched"]
    rules["expected"] = rules["expected"] * rows_in_file
    touched = rules[["rows", "values"]].max(axis=1)
    ratio = (touched + 0.5) / (rules["expected"] + 0.5)
    rules["order"] = np.select(
        [ratio.isna(), ratio > SAME_ORDER, ratio < 1 / SAME_ORDER],
        ["not known", "more", "fewer"],
        "as expected",
    )
    rules["seen"] = rules["seen"].fillna(rules["rule"].map(SEEN_IN_READING)).fillna("")
    return rules[["table", "rule", "rows", "values", "patients", "expected", "order", "seen"]]
