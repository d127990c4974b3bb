"""Read explanations measure by measure, and count discoveries that the twin knows to be false."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from alsnb.evaluation.resampling import find_interval
from alsnb.schema import ESTIMATE, HIGH, LOW

FOLLOWING = ("alsfrs", "fvc", "svc", "weight", "bmi", "creatinine", "creatine_kinase")
"""Beginnings of the measures that follow the course of a simulated patient; questions do, too."""

CHANGES = ("slope", "sd")
"""Summaries that only a course can fill with sense: how a measure changes in three months."""


def noise_of(catalogue: pd.DataFrame) -> list[str]:
    """Return the features that are noise in the twin, by its construction.

    They are the slope and the SD of each measure that does not follow the course, such as the blood
    pressure. Its level may still tell age or sex, and so is not counted.
    """
    follows = catalogue["measure"].str.startswith(FOLLOWING) | (catalogue["table"] == "alsfrs")
    changes = catalogue["summary"].isin(CHANGES)
    return list(catalogue.loc[changes & ~follows, "name"])


def count_false(
    rankings: Mapping[str, Sequence[str]], noise: Sequence[str], k: int = 20
) -> pd.DataFrame:
    """Return how many of the first ``k`` features of each ranking are noise.

    Returns
    -------
    DataFrame
        ``ranking``, ``k`` (fewer if it is shorter), ``n_false``, ``share`` of the first,
        ``chance``: the share of noise among all that were ranked, and ``first_false``, the best
        place of a false one (NaN if there is none).
    """
    rows = []
    for name, order in rankings.items():
        is_noise = np.isin(list(order), list(noise))
        first = is_noise[:k]
        places = np.flatnonzero(is_noise) + 1
        best = float(places[0]) if len(places) else np.nan
        rows.append([name, len(first), int(first.sum()), first.mean(), is_noise.mean(), best])
    columns = ["ranking", "k", "n_false", "share", "chance", "first_false"]
    return pd.DataFrame(rows, columns=columns)


def sum_by_measure(
    shap: np.ndarray,
    values: pd.DataFrame,
    measures: Mapping[str, str],
    *,
    n_resamples: int,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Add the signed Shapley values of all features of a measure, patient by patient.

    A network that uses the difference of the first and the last value gives them large values of
    opposite sign. Only their sum says what the measure does.

    Parameters
    ----------
    shap : array of shape (n_patients, n_inputs)
        Shapley values, in points per month; below zero pulls towards faster decline.
    values : DataFrame of shape (n_patients, n_inputs)
        What was measured, a column per input, NaN where it was filled in.
    measures : mapping of str to str
        The measure behind each input; an input without one is its own.
    n_resamples, seed, level
        Of the bootstrap over patients.

    Returns
    -------
    DataFrame
        By ``measure``, largest first: ``n_inputs``, ``estimate`` (mean absolute sum, points per
        month) with ``low`` and ``high``, ``apart`` (the same if each input counts by itself),
        ``cancelled`` (the share of it that is lost in the sums, 0 to 1) and ``direction``: the rank
        correlation of the sum and the last value (or the first input), above zero if
        higher values go with slower decline.
    """
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(values.columns):
        groups.setdefault(measures.get(name, name), []).append(place)
    draws = np.random.default_rng(seed).multinomial(
        len(shap), np.full(len(shap), 1 / len(shap)), size=n_resamples
    )
    rows = []
    for measure, places in groups.items():
        together = shap[:, places].sum(axis=1)
        sizes = np.abs(together)
        drawn = draws @ sizes / len(shap)
        interval = find_interval(np.concatenate([[sizes.mean()], drawn]), level)
        apart = np.abs(shap[:, places]).mean(axis=0).sum()
        names = [values.columns[place] for place in places]
        last = next((name for name in names if name.startswith("last_")), names[0])
        rows.append(
            {"measure": measure, "n_inputs": len(places), ESTIMATE: sizes.mean()}
            | {LOW: interval[0], HIGH: interval[1], "apart": apart}
            | {"cancelled": 1 - sizes.mean() / apart if apart > 0 else 0.0}
            | {"direction": _direction(values[last].to_numpy(dtype=float), together)}
        )
    table = pd.DataFrame(rows)
    return table.sort_values(ESTIMATE, ascending=False, kind="stable", ignore_index=True)


def _direction(values: np.ndarray, together: np.ndarray) -> float:
    known = np.isfinite(values)
    if known.sum() < 5 or np.ptp(values[known]) == 0 or np.ptp(together[known]) == 0:
        return np.nan
    return float(spearmanr(values[known], together[known]).statistic)
