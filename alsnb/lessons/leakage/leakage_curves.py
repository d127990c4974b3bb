"""Measure mistakes against the size of a study, and against how much there is to choose from.

Studies are drawn from the cohort again and again. All predictions of a patient, in whatever
study, are resampled together, so that the intervals are over patients.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.lessons.leakage.leakage_lab import LAB_EFFORTS, measure_pair
from alsnb.lessons.leakage.leakage_mistakes import HONEST, LEAKY
from alsnb.lessons.leakage.leakage_pipeline import (
    Setting,
    draw_settings,
    errors_inside,
    predict_rows,
    predict_settings,
    squared_errors,
)
from alsnb.lessons.leakage.leakage_rows import Rows, shuffle_target
from alsnb.schema import FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, PREDICTIONS, REPEAT, SPLIT
from alsnb.splits import hold_out

SLOPES, NOISE = "slopes as they are", "slopes dealt by chance"

SMALL_STUDY = 240
"""Patients of a study of the usual size."""

# --- few patients, and nothing to be found -------------------------------------------------


FEW = {"preparing": ("imputing", "scaling"), "ranking": ("ranking",)}
"""Mistakes measured in studies of all sizes: what is switched on, by name."""


def measure_few(rows: Rows, *, profile: str, seed: int) -> pd.DataFrame:
    """Return what mistakes of preparation gain in studies of few and of many patients.

    Parameters
    ----------
    rows : Rows
        One per patient; studies are drawn from them.
    profile, seed
        Effort, and the seed of draws and folds.

    Returns
    -------
    DataFrame
        ``target`` (:data:`SLOPES` or :data:`NOISE`), ``size``, ``mistake`` and the columns of
        a pair: ``metric``, ``honest``, ``leaky`` and their difference. R² only.
    """
    tables = []
    for target in (SLOPES, NOISE):
        dealt = rows if target == SLOPES else shuffle_target(rows, seed)
        for size in sizes_within(rows, profile):
            report(f"{size} patients, {target}")
            names = tuple(FEW) if target == SLOPES else ("ranking",)
            predictions = predict_few(dealt, size, names, profile=profile, seed=seed)
            for name in names:
                both = predictions[predictions[MODEL].isin([HONEST, name])]
                both = both.assign(**{MODEL: both[MODEL].replace(name, LEAKY)})
                facts = {"target": target, "size": size, "mistake": name}
                tables.append(measure_pair(both, profile, ("r2",)).assign(**facts))
    return pd.concat(tables, ignore_index=True)


def sizes_within(rows: Rows, profile: str) -> list[int]:
    """Return the sizes of studies that can be drawn from so many patients."""
    found = [size for size in LAB_EFFORTS[profile].sizes if size <= len(rows.target)]
    return found or [len(rows.target)]


@stored
def predict_few(
    rows: Rows, size: int, names: tuple[str, ...], *, profile: str, seed: int
) -> pd.DataFrame:
    """Predict studies of one size, drawn again and again, honestly and with each mistake.

    Returns
    -------
    DataFrame
        A predictions frame; a repeat is a study, models are ``"honest"`` and the names, of
        :data:`FEW`.
    """
    frames, n_draws = [], max(LAB_EFFORTS[profile].n_predicted // size, 1)
    how = {"model": "ridge", "n_folds": EFFORTS[profile].n_folds, "n_trees": 0}
    for draw in range(n_draws):
        study = draw_study(rows, size, seed=(seed, draw))
        for name in (HONEST, *names):
            found = predict_rows(study, FEW.get(name, ()), seed=seed + draw, **how)
            frames.append(found.assign(**{MODEL: name, REPEAT: draw}))
    return pd.concat(frames, ignore_index=True)


def draw_study(rows: Rows, size: int | None, *, seed: tuple[int, int]) -> Rows:
    """Return some of the rows, drawn by chance; all if no size is given or there are fewer."""
    if size is None or size >= len(rows.target):
        return rows
    chosen = np.random.default_rng(seed).permutation(len(rows.target))[:size]
    return rows.take(np.sort(chosen))


# --- the best of many ------------------------------------------------------------------------


BEST_OF = {
    "ridge_all": "Settings, all patients",
    "ridge_small": f"Settings, studies of {SMALL_STUDY}",
    "noise_small": f"Settings, studies of {SMALL_STUDY}, slopes dealt by chance",
    "ffnn_all": "Seeds of a network, all patients",
    "ffnn_small": f"Seeds of a network, studies of {SMALL_STUDY}",
}
"""What is chosen from, and by how many patients, as a reader calls it."""


def measure_best_of(rows: Rows, *, share: float, profile: str, seed: int) -> pd.DataFrame:
    """Return what it gains to choose the best of K on the test patients.

    Parameters
    ----------
    rows : Rows
        One per patient.
    share : float
        Share of patients held out in every split.
    profile, seed
        Effort, and the seed of splits and settings.

    Returns
    -------
    DataFrame
        ``series`` (a key of :data:`BEST_OF`), ``count`` (K), ``n_test`` (patients of a split
        by whom is chosen) and the columns of a pair. R² only.
    """
    effort, tables = LAB_EFFORTS[profile], []
    for series in effort.series:
        report(BEST_OF[series])
        model, reach = series.split("_")
        dealt = shuffle_target(rows, seed) if model == "noise" else rows
        network = model == "ffnn"
        counts = tuple(k for k in effort.counts if not network or k <= effort.n_seeds)
        small = reach == "small"
        n_splits = effort.n_splits * (2 if small else 1) // (2 if network else 1)
        predictions = predict_best_of(
            dealt,
            counts=counts,
            share=share,
            seed=seed,
            n_splits=n_splits,
            size=SMALL_STUDY if small else None,
            network=network,
        )
        for count, pair in predictions.groupby("count"):
            n_test = int((pair[pair[MODEL] == HONEST][REPEAT] == 0).sum())
            facts = {"series": series, "count": count, "n_test": n_test}
            tables.append(measure_pair(pair, profile, ("r2",)).assign(**facts))
    return pd.concat(tables, ignore_index=True)


@stored
def predict_best_of(
    rows: Rows,
    *,
    counts: tuple[int, ...],
    share: float,
    n_splits: int,
    size: int | None,
    network: bool,
    seed: int,
) -> pd.DataFrame:
    """Predict test patients by the best of K: chosen inside the training set, and on the test.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"`` with a column ``count``; a repeat is a split.
        Seeds of a network are not chosen by cross-validation: its honest one is the first.
    """
    offered = draw_settings(max(counts), seed=seed)
    if network:
        offered = [replace(Setting(), seed=number) for number in range(max(counts))]
    frames = []
    for split in range(n_splits):
        study = draw_study(rows, size, seed=(seed, split))
        fold = hold_out(range(len(study.target)), share=share, seed=seed + split)
        train, test = fold.train.to_numpy(), fold.test.to_numpy()
        every, errors = _try_all(study, train, test, offered, network=network)
        order = np.random.default_rng([seed, split]).permutation(len(offered))
        for count in counts:
            among = order[:count]
            for name, sums in errors.items():
                predicted = every[among[np.argmin(sums[among])]]
                frames.append(_tested(study, test, predicted, name, split).assign(count=count))
    return pd.concat(frames, ignore_index=True)


def _try_all(
    study: Rows, train: np.ndarray, test: np.ndarray, offered: list[Setting], *, network: bool
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return what every setting predicts, and the errors that the two choices look at."""
    values = study.predictors.to_numpy(dtype=float)
    how = {"settings": offered, "mistakes": (), "n_trees": 0}
    how |= {"model": "ffnn" if network else "ridge"}
    every = predict_settings(values, study.target, train, test, **how)
    inside = np.zeros(len(offered))
    if not network:
        known = values[train], study.target[train], study.patient[train]
        inside = errors_inside(*known, seed=0, **how)
    return every, {HONEST: inside, LEAKY: squared_errors(every, study.target[test])}


def _tested(
    study: Rows, test: np.ndarray, predicted: np.ndarray, name: str, split: int
) -> pd.DataFrame:
    columns = {
        PATIENT: study.patient[test],
        MODEL: name,
        SPLIT: "test",
        REPEAT: split,
        FOLD: 0,
        OBSERVED: study.target[test],
        PREDICTED: predicted,
    }
    return pd.DataFrame(columns)[list(PREDICTIONS)]
