"""Say how far a verdict depends on the split of the patients.

One held-out set is one draw. In repeated cross-validation every patient is held out, several
times, and what a single set would have said is read off the result.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import t as student

from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.fits.references import FOREST
from alsnb.report.tables import signed
from alsnb.schema import (
    ESTIMATE,
    FOLD,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
)
from alsnb.splits import hold_out
from alsnb.study.compare import PAIRED, in_order
from alsnb.study.paper_a import NETWORKS
from alsnb.study.references import TITLES

N_SETS = {"smoke": 50, "book": 1000, "full": 1000}
"""How many test sets are drawn from the repeated cross-validation, by profile."""


def score_repeated(repeated: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores of all repeats together; intervals are over patients."""
    n_resamples = EFFORTS[profile].n_resamples
    return in_order(score_predictions(repeated, metrics=PAIRED, n_resamples=n_resamples))


def compare_repeated(repeated: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return differences from the forest over all repeats, with two kinds of interval.

    Returns
    -------
    DataFrame
        Columns of :func:`alsnb.evaluation.bootstrap.compare_predictions` (intervals over
        patients) and ``corrected_low``, ``corrected_high`` (over folds, after Nadeau and
        Bengio) around ``fold_mean``, the mean difference of the folds.
    """
    n_resamples = EFFORTS[profile].n_resamples
    gaps = compare_predictions(repeated, reference=FOREST, metrics=PAIRED, n_resamples=n_resamples)
    by_fold = _score_folds(repeated)
    corrected = []
    for model, metric in zip(gaps[MODEL], gaps[METRIC], strict=True):
        differences = by_fold[metric][model] - by_fold[metric][FOREST]
        corrected.append(correct_interval(differences.to_numpy(), _test_per_training(repeated)))
    columns = ["fold_mean", "corrected_low", "corrected_high"]
    return in_order(pd.concat([gaps, pd.DataFrame(corrected, columns=columns)], axis=1))


def _score_folds(repeated: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return by metric the score in every fold, a row per fold and a column per model."""
    tables = []
    for (repeat, fold), rows in repeated.groupby([REPEAT, FOLD]):
        scores = score_predictions(rows, metrics=PAIRED, n_resamples=1)
        tables.append(scores.assign(place=f"{repeat} {fold}"))
    scores = pd.concat(tables)
    return {
        metric: rows.pivot_table(index="place", columns=MODEL, values=ESTIMATE)
        for metric, rows in scores.groupby(METRIC)
    }


def _test_per_training(repeated: pd.DataFrame) -> float:
    """Return how many patients a fold holds out for each that it learns from."""
    return 1 / max(repeated[FOLD].nunique() - 1, 1)


def correct_interval(
    differences: np.ndarray, test_per_training: float, level: float = 0.95
) -> tuple[float, float, float]:
    """Return the mean of differences over folds with the interval of Nadeau and Bengio (2003).

    Folds share most of their training patients, so their differences vary together. The
    variance of the mean is therefore taken as ``(1 / k + test_per_training)`` times that of
    the ``k`` differences, where independent ones would have ``1 / k``.

    Parameters
    ----------
    differences : array of shape (n_folds_of_all_repeats,)
        Score of one model minus that of another, by fold.
    test_per_training : float
        Patients held out for each patient learnt from; 0.25 with five folds.
    level : float
        Coverage, between 0 and 1.

    Returns
    -------
    mean, low, high : float
        The interval is NaN with a single fold.

    References
    ----------
    Nadeau and Bengio, Machine Learning 2003;52:239-281.
    """
    k, mean = len(differences), float(np.mean(differences))
    if k < 2:
        return mean, np.nan, np.nan
    error = np.sqrt((1 / k + test_per_training) * np.var(differences, ddof=1))
    half = float(student.ppf((1 + level) / 2, k - 1) * error)
    return mean, mean - half, mean + half


# --- what one held-out set would have said ------------------------------------------------------


def draw_test_sets(
    repeated: pd.DataFrame, *, share: float, profile: str, seed: int
) -> pd.DataFrame:
    """Return how differences from the forest vary over sets of patients as small as a test set.

    Sets are drawn without replacement from repeat 0, so nothing varies but who is in them.

    Parameters
    ----------
    repeated : DataFrame
        As :func:`alsnb.lessons.comparison.repeated_fits.predict_repeatedly` returns it.
    share : float
        Size of a set, as a share of all patients.
    profile : str
        Says how many sets are drawn.
    seed : int
        Seed of the sets.

    Returns
    -------
    DataFrame
        ``model``, ``estimate`` (difference in R² on all patients), ``low`` and ``high`` (the
        middle 95 % over the sets), ``ahead`` (share of sets in which the model is ahead of
        the forest) and ``n_patients`` of a set.
    """
    rows = repeated[repeated[REPEAT] == 0]
    wide = rows.pivot_table(index=[PATIENT, OBSERVED], columns=MODEL, values=PREDICTED)
    observed = wide.index.get_level_values(OBSERVED).to_numpy()
    squared = (wide.to_numpy() - observed[:, None]) ** 2
    everyone = np.ones((1, len(wide)), dtype=bool)
    size = hold_out(range(len(wide)), share=share, seed=0).test.size
    sets = _draw_sets(len(wide), size, N_SETS[profile], np.random.default_rng(seed))
    frames = []
    for members in (everyone, sets):
        r2 = pd.DataFrame(_r2_in_sets(members, observed, squared), columns=wide.columns)
        frames.append(r2.drop(columns=FOREST).sub(r2[FOREST], axis=0))
    whole, drawn = frames
    table = pd.DataFrame(
        {
            ESTIMATE: whole.iloc[0],
            LOW: drawn.quantile(0.025),
            HIGH: drawn.quantile(0.975),
            "ahead": (drawn > 0).mean(),
            "n_patients": size,
        }
    )
    return in_order(table.rename_axis(MODEL).reset_index())


def _draw_sets(n_patients: int, size: int, n_sets: int, rng: np.random.Generator) -> np.ndarray:
    """Return who is in each set, bool of shape (n_sets, n_patients)."""
    ranks = rng.random((n_sets, n_patients)).argsort(axis=1).argsort(axis=1)
    return ranks < size


def _r2_in_sets(members: np.ndarray, observed: np.ndarray, squared: np.ndarray) -> np.ndarray:
    """Return R² in sets of patients, shape (n_sets, n_models)."""
    weights = members / members.sum(axis=1, keepdims=True)
    mean = weights @ observed
    variance = weights @ observed**2 - mean**2
    return 1 - (weights @ squared) / variance[:, None]


def beside_split(
    split: pd.DataFrame, over: pd.DataFrame, titles: Mapping[str, str], metric: str = "r2"
) -> pd.DataFrame:
    """Return differences from the single split and from the repeats, model by model.

    Parameters
    ----------
    split, over : DataFrame
        Comparisons with the same reference.
    titles : mapping
        What a reader calls each model.
    metric : str
        Which score.

    Returns
    -------
    DataFrame
        ``label``, ``design``, ``estimate``, ``low``, ``high`` of the models in both.
    """
    both = set(split[MODEL]) & set(over[MODEL])
    named = {"one set held out": split, "repeated cross-validation": over}
    parts = [
        rows[(rows[METRIC] == metric) & rows[MODEL].isin(both)].assign(design=design)
        for design, rows in named.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "label", table[MODEL].map(dict(titles)))
    return table[["label", "design", ESTIMATE, LOW, HIGH]]


def word_set_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the differences over drawn test sets in words."""
    middle = [f"{signed(low)} to {signed(high)}" for low, high in table[[LOW, HIGH]].to_numpy()]
    return pd.DataFrame(
        {
            "Model": table[MODEL].map(TITLES),
            "All patients": [signed(value) for value in table[ESTIMATE]],
            "Middle 95 % of the sets": middle,
            "Ahead of the forest": [f"{share:.0%}" for share in table["ahead"]],
        }
    )


def word_test_sets(table: pd.DataFrame, models: Sequence[str] = NETWORKS) -> str:
    """Return in sentences how often networks are ahead of the forest in sets of that size."""
    rows = table.set_index(MODEL)
    parts = [
        f"the {TITLES[model]} in {rows.loc[model, 'ahead']:.0%} of them "
        f"(its R² minus the forest's from {signed(rows.loc[model, LOW])} to "
        f"{signed(rows.loc[model, HIGH])} in the middle 95 %)"
        for model in models
    ]
    size = int(table["n_patients"].iloc[0])
    return f"Of test sets of {size:,} patients, ahead of the forest is {'; '.join(parts)}."


# --- other splits ----------------------------------------------------------------------------


def summarize_splits(splits: pd.DataFrame) -> pd.DataFrame:
    """Return for each model how its difference from the forest varies over the splits.

    Returns
    -------
    DataFrame
        ``model``, ``n_splits``, ``mean``, ``lowest`` and ``highest`` difference in R²,
        ``below_zero``, ``above_zero`` (splits whose interval lies there) and ``width`` (of
        the mean interval).
    """
    rows = [
        {
            MODEL: model,
            "n_splits": len(own),
            "mean": own[ESTIMATE].mean(),
            "lowest": own[ESTIMATE].min(),
            "highest": own[ESTIMATE].max(),
            "below_zero": int((own[HIGH] < 0).sum()),
            "above_zero": int((own[LOW] > 0).sum()),
            "width": (own[HIGH] - own[LOW]).mean(),
        }
        for model, own in splits.groupby(MODEL)
    ]
    return in_order(pd.DataFrame(rows))


def word_splits(summary: pd.DataFrame) -> str:
    """Return in sentences what the splits agree and disagree on."""
    parts = [
        f"{TITLES[row.model]} minus random forest goes from {signed(row.lowest)} to "
        f"{signed(row.highest)}, with an interval below zero in {row.below_zero} and above zero "
        f"in {row.above_zero} of {row.n_splits} splits"
        for row in summary.itertuples()
    ]
    return f"In R², {'; '.join(parts)}."
