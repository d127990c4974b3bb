"""Tell which laboratory test a name stands for."""

from functools import cache, lru_cache

import numpy as np
import pandas as pd

from alsnb.tables.proact import schema
from alsnb.tables.proact.cells import Cells


def codes_of_tests(texts: list[str]) -> np.ndarray:
    """Return for each name of a test the number of its measure, -1 if it is not used."""
    return np.array([_code_of(text) for text in texts], dtype=np.int8)


@lru_cache(maxsize=4096)
def _code_of(text: str) -> int:
    return _known_tests().get(_plain(text), -1)


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


def measures(names: Cells) -> pd.Categorical:
    """Return the measure of each laboratory result, given the names of its test."""
    known = pd.Index(list(schema.lab_tests()), dtype="str")
    return pd.Categorical.from_codes(names.spread(codes_of_tests(names.texts)), known)
