"""Split patients, never rows, into training and held-out sets."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.checks import listed, refuse


@dataclass(frozen=True, eq=False)
class Fold:
    """One division of the patients into those to learn from and those to predict.

    Parameters
    ----------
    repeat : int
        Which repetition of the division, from 0.
    fold : int
        Which part of the repetition is held out, from 0.
    train : Index of shape (n_training_patients,)
        Keys of the patients to learn from, in the order in which they were given.
    test : Index of shape (n_held_out_patients,)
        Keys of the patients held out; shares no key with ``train``.

    Notes
    -----
    Keys select by label, so they fit tables with any number of rows per patient:
    ``features.loc[fold.train]``, or ``visits[visits[PATIENT].isin(fold.train)]``.
    """

    repeat: int
    fold: int
    train: pd.Index
    test: pd.Index


def make_folds(
    patients: Iterable[object],
    *,
    n_folds: int,
    n_repeats: int = 1,
    seed: int,
    strata: Iterable[float] | None = None,
) -> list[Fold]:
    """Divide patients into folds whose sizes differ by at most one patient.

    Parameters
    ----------
    patients : iterable of shape (n_patients,)
        One key per patient, each once.
    n_folds : int
        Parts per repetition; each is held out once.
    n_repeats : int
        How often to divide anew. Repeat 0 is the same however many follow.
    seed : int
        The same seed and patients give the same folds.
    strata : iterable of shape (n_patients,), optional
        The target (or a class) of each patient, in the order of ``patients``. Patients
        are sorted by it and every run of ``n_folds`` neighbours is dealt one to a fold,
        so that all folds share its quantiles. Ties are broken by chance.

    Returns
    -------
    list of Fold
        ``n_repeats * n_folds`` of them, by repeat and then by fold.

    Raises
    ------
    BadInput
        If a key occurs twice, there are fewer patients than folds, fewer than two folds,
        no repeats, or the strata do not fit the patients.
    """
    keys = _unique_keys(patients)
    _check_counts(len(keys), n_folds, n_repeats)
    values = np.zeros(len(keys)) if strata is None else _check_strata(strata, len(keys))
    folds = []
    for repeat in range(n_repeats):
        dealt = _deal(values, n_folds, np.random.default_rng([seed, repeat]))
        folds += [
            Fold(repeat, fold, keys[dealt != fold], keys[dealt == fold]) for fold in range(n_folds)
        ]
    return folds


def hold_out(patients: Iterable[object], *, share: float, seed: int) -> Fold:
    """Hold out a share of the patients once, drawn by chance.

    Parameters
    ----------
    patients, seed : as in :func:`make_folds`
    share : float
        Share to hold out, above 0 and below 1. The count is rounded up: a quarter of
        2921 patients is 731, as in Pancotti et al. (2022).

    Raises
    ------
    BadInput
        If a key occurs twice or a side stays empty.
    """
    keys = _unique_keys(patients)
    # Rounded first, because 0.1 * 30 is a hair above 3 and would hold out 4.
    n_held_out = math.ceil(round(share * len(keys), 6))
    if not 0 < n_held_out < len(keys):
        raise refuse(
            "hold_out",
            expected="a share that leaves patients on both sides",
            found=f"a share of {share} of {len(keys)} patients",
            remedy="Pass a share between 0 and 1, or more patients.",
        )
    held_out = np.zeros(len(keys), dtype=bool)
    held_out[np.random.default_rng(seed).permutation(len(keys))[:n_held_out]] = True
    return Fold(0, 0, keys[~held_out], keys[held_out])


@dataclass(frozen=True, eq=False)
class ThreeParts:
    """One division of the patients into those to learn from, to watch meanwhile and to predict.

    Parameters
    ----------
    number : int
        Which division, from 0.
    train, validation, test : Index
        Keys of the patients; no key is in two of them, and each patient is in one.
    """

    number: int
    train: pd.Index
    validation: pd.Index
    test: pd.Index


def split_in_three(
    patients: Iterable[object],
    *,
    sizes: Sequence[int],
    n_splits: int = 1,
    seed: int,
    strata: Iterable[float],
) -> list[ThreeParts]:
    """Divide patients into three parts of given sizes, each with the same mix of classes.

    Parameters
    ----------
    patients, seed : as in :func:`make_folds`
        Split 0 is the same however many follow.
    sizes : sequence of three int
        Patients to learn from, to watch and to predict; together all patients. Paper B: 83, 20
        and 32. :func:`sizes_like` gives sizes for another number of patients.
    n_splits : int
        How often to divide.
    strata : iterable of shape (n_patients,)
        The class of each patient, in the order of ``patients``. A part has of each class its
        share of it, to within one or two patients.

    Raises
    ------
    BadInput
        If a key occurs twice, the sizes do not add up, or the strata do not fit the patients.
    """
    keys = _unique_keys(patients)
    values = _check_strata(strata, len(keys))
    sizes = tuple(int(size) for size in sizes)
    if len(sizes) != 3 or min(sizes) < 1 or sum(sizes) != len(keys) or n_splits < 1:
        raise refuse(
            "split_in_three",
            expected=f"three sizes of at least 1 that add up to {len(keys)} patients, and a split",
            found=f"sizes {sizes} and {n_splits} splits",
            remedy="Take alsnb.splits.sizes_like(n_patients, sizes).",
        )
    turns = _turns(sizes)
    splits = []
    for number in range(n_splits):
        rng = np.random.default_rng([seed, number])
        part = np.empty(len(keys), dtype=int)
        part[np.lexsort((rng.random(len(keys)), values))] = turns
        splits.append(ThreeParts(number, *(keys[part == which] for which in range(3))))
    return splits


def rotate_in_three(
    patients: Iterable[object],
    *,
    n_folds: int,
    n_rounds: int = 1,
    seed: int,
    strata: Iterable[float],
) -> list[ThreeParts]:
    """Divide patients into folds: one is predicted, the next watched, the rest are learnt from.

    Each patient is predicted once and watched once a round, which uses few patients better than
    :func:`split_in_three`.

    Parameters
    ----------
    patients, seed, strata : as in :func:`make_folds`
    n_folds : int
        At least three. Folds are of one size if it divides the number of patients.
    n_rounds : int
        How often to divide anew; splits come by round, then by the fold that is predicted.
    """
    keys = _unique_keys(patients)
    folds = make_folds(keys, n_folds=n_folds, n_repeats=n_rounds, seed=seed, strata=strata)
    splits = []
    for number, fold in enumerate(folds):
        watched = folds[number - fold.fold + (fold.fold + 1) % n_folds].test
        rest = keys[~keys.isin(fold.test) & ~keys.isin(watched)]
        splits.append(ThreeParts(number, rest, watched, fold.test))
    return splits


def sizes_like(n_patients: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """Return sizes in the same proportions that add up to a number of patients."""
    exact = np.array(sizes) * n_patients / sum(sizes)
    whole = np.floor(exact).astype(int)
    missing = n_patients - whole.sum()
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return tuple(whole.tolist())


def _turns(sizes: tuple[int, ...]) -> np.ndarray:
    """Return which part takes each patient of a row, so that any stretch is divided alike."""
    due = np.array(sizes) / sum(sizes)
    given, turns = np.zeros(len(sizes)), []
    for place in range(1, sum(sizes) + 1):
        lacking = np.where(given < sizes, due * place - given, -np.inf)
        turns.append(int(lacking.argmax()))
        given[turns[-1]] += 1
    return np.array(turns)


def folds_from(fold_of: pd.Series) -> list[Fold]:
    """Return the folds of one repetition, by number.

    *fold_of* is the number of the fold that holds each patient out, by patient key.
    """
    keys = fold_of.index
    return [
        Fold(0, number, keys[fold_of != number], keys[fold_of == number])
        for number in sorted(map(int, fold_of.unique()))
    ]


def _deal(values: np.ndarray, n_folds: int, rng: np.random.Generator) -> np.ndarray:
    """Return the fold of each patient, dealing neighbours in value to different folds."""
    order = np.lexsort((rng.random(len(values)), values))
    n_rounds = math.ceil(len(values) / n_folds)
    hands = np.concatenate([rng.permutation(n_folds) for _ in range(n_rounds)])
    dealt = np.empty(len(values), dtype=int)
    dealt[order] = hands[: len(values)]
    return dealt


def _unique_keys(patients: Iterable[object]) -> pd.Index:
    keys = pd.Index(patients)
    repeated = keys[keys.duplicated()].unique()
    if len(repeated):
        raise refuse(
            "patients to split",
            expected="every patient once",
            found=f"{listed(repeated)} more than once",
            remedy="Pass the unique keys; a fold takes all rows of a patient with it.",
        )
    return keys


def _check_counts(n_patients: int, n_folds: int, n_repeats: int) -> None:
    if n_folds < 2 or n_repeats < 1:
        raise refuse(
            "make_folds",
            expected="at least two folds and one repeat",
            found=f"{n_folds} folds and {n_repeats} repeats",
            remedy="Raise the number that is too small.",
        )
    if n_patients < n_folds:
        raise refuse(
            "make_folds",
            expected=f"at least as many patients as folds ({n_folds})",
            found=f"{n_patients} patients",
            remedy="Pass more patients or ask for fewer folds.",
        )


def _check_strata(strata: Iterable[float], n_patients: int) -> np.ndarray:
    values = pd.Series(list(strata))
    if len(values) != n_patients or values.isna().any():
        raise refuse(
            "strata",
            expected=f"one value for each of the {n_patients} patients",
            found=f"{len(values)} values, {int(values.isna().sum())} of them missing",
            remedy="Pass the target of the same patients in the same order.",
        )
    return values.rank(method="dense").to_numpy()
