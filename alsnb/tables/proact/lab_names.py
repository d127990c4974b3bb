"""Tell which laboratory test a name stands for."""

from functools import cache

import numpy as np
import pandas as pd

from alsnb.tables.proact import schema
from alsnb.tables.proact.cells import Cells


def measures(names: Cells) -> pd.Categorical:
    """Return the measure of each laboratory result, given the names of its test."""
    known = pd.Index(list(schema.lab_tests()), dtype="str")
    codes = np.array([_known_tests().get(_plain(name), -1) for name in names.texts], dtype=np.int8)
    return pd.Categorical.from_codes(names.spread(codes), known)


@cache
def _known_tests() -> dict[str, int]:
    return {
        _plain(name): code
        for code, test in enumerate(schema.lab_tests().values())
        for name in (test.name, *test.aliases)
    }


def _plain(name: str) -> str:
    """Return a test's name without case and doubled blanks."""
    return " ".join(name.lower().split())
