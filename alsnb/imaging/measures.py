"""Check the measures of subjects: what failed, and what is in another unit than its name says."""

import numpy as np
import pandas as pd

from alsnb.imaging.account import Account, Problem
from alsnb.imaging.regions import region_of

MODALITY = "morphology"

PLAUSIBLE = {
    "thickness_mm": (1.0, 5.0, {"micrometres": 1e3, "metres": 1e-3, "centimetres": 0.1}),
    "area_mm2": (100.0, 20_000.0, {"cm2": 1e-2, "square metres": 1e-6}),
    "volume_mm3": (200.0, 60_000.0, {"cm3": 1e-3, "litres": 1e-6}),
    "eTIV_mm3": (500_000.0, 3_000_000.0, {"cm3": 1e-3, "litres": 1e-6}),
}
"""Between what the median over a person's cortical regions lies, or a measure of the head; and
by which factor other units would differ."""


def check_measures(numbers: pd.DataFrame, file: str, account: Account) -> None:
    """Write down who has rows that failed, impossible numbers or other units.

    A thickness, area or volume of 0 of a cortical region, which nobody has, becomes missing.

    Parameters
    ----------
    numbers : DataFrame
        Indexed by keys of subjects, named with units; zeros of regions become NaN in it.
    file : str
        The table it comes from.
    account : Account
        Written to.
    """
    values = numbers.to_numpy()
    keys = numbers.index
    # NaN are a problem of their own
    failed = (np.nan_to_num(values) == 0).all(axis=1)
    negative = (values < 0).any(axis=1) & ~failed
    for key in keys[failed]:
        found, expected = "zeros alone, as of a subject that failed", "measures of a brain"
        account.problems.append(Problem(key, MODALITY, file, "failed", expected, found))
    for key in keys[negative]:
        problem = Problem(key, MODALITY, file, "negative", "measures above 0", "one below")
        account.problems.append(problem)
    cortical = np.array([bool(region_of(name)) for name in numbers.columns], bool)
    for kind, plausible in PLAUSIBLE.items():
        of_kind = numbers.columns == kind
        if not of_kind.any():
            of_kind = cortical & numbers.columns.str.endswith(f"_{kind}")
        if of_kind.any():
            _check_unit(values[:, of_kind], keys, (file, kind), plausible, ~failed, account)
    _empty_zeros(numbers, cortical, ~failed, file, account)


def _check_unit(
    values: np.ndarray,
    keys: pd.Index,
    where: tuple[str, str],
    plausible: tuple[float, float, dict[str, float]],
    usable: np.ndarray,
    account: Account,
) -> None:
    """Write down whose typical measure is of another size than in a human brain."""
    low, high, units = plausible
    file, kind = where
    known = usable & ~np.isnan(values).all(axis=1)
    typical = np.full(len(values), np.nan)
    typical[known] = np.nanmedian(values[known], axis=1)
    name, _, unit = kind.rpartition("_")
    for row in np.flatnonzero(known & ~((typical >= low) & (typical <= high))):
        found = f"{typical[row]:g}"
        for other, factor in units.items():
            if low <= typical[row] / factor <= high:
                found += f", as if in {other}"
                break
        problem = Problem(
            keys[row],
            MODALITY,
            file,
            "another unit",
            f"{name} in {unit}, typically {low:g} to {high:g}",
            found,
            f"Convert the table to {unit}.",
        )
        account.problems.append(problem)


def _empty_zeros(
    numbers: pd.DataFrame, cortical: np.ndarray, usable: np.ndarray, file: str, account: Account
) -> None:
    values = numbers.to_numpy()
    zero = (values == 0) & cortical & usable[:, None]
    for row in np.flatnonzero(zero.any(axis=1)):
        found = f"{zero[row].sum()} measures of 0 became missing"
        key = numbers.index[row]
        account.treat(key, MODALITY, file, "region without surface", found)
    numbers[:] = np.where(zero, np.nan, values)
