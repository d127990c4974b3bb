"""Follow the patients and the features through the pipeline, and rank the features fold by fold.

Everything here is learnt as the networks of this book learn it: by the same functions, on the
training patients of each fold. So a search that saw the same folds has the rankings in store.
"""

import math

import numpy as np
import pandas as pd

from alsnb.design import Imputer, InformativeFeatures
from alsnb.published import read_published
from alsnb.report.tables import signed
from alsnb.study.proact import Study
from alsnb.study.rankings import first_repeat, titles_of
from alsnb.study.task import Task

# --- patients ----------------------------------------------------------------------------


def implied_counts(shares: tuple[float, ...] = (0.20, 0.25)) -> pd.DataFrame:
    """Return how many patients either share would hold out, beside the printed numbers.

    Returns
    -------
    DataFrame
        ``patients`` (who), ``n_patients``, ``share``, ``held_out`` (rounded up), ``training``,
        ``published`` (held out, as printed) and ``difference``.
    """
    paper = read_published()["paper_a"]
    cohort, cases = paper["cohort"], paper["table4"]
    n_complete = cases["FFNN_complete_cases"]["n_train"] + cases["n_test"]
    printed = (
        ("all", cohort["patients"], cohort["test_patients"]),
        ("complete cases", n_complete, cases["n_test"]),
    )
    rows = [
        [who, n_patients, share, math.ceil(share * n_patients), published]
        for who, n_patients, published in printed
        for share in shares
    ]
    columns = ["patients", "n_patients", "share", "held_out", "published"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(4, "training", table["n_patients"] - table["held_out"])
    return table.assign(difference=table["held_out"] - table["published"])


def word_implied(counts: pd.DataFrame) -> pd.DataFrame:
    """Return :func:`implied_counts` as a page shows it."""
    return pd.DataFrame(
        {
            "Patients": counts["patients"],
            "Number": counts["n_patients"],
            "Share held out": [f"{share:.0%}" for share in counts["share"]],
            "Held out": counts["held_out"],
            "Left for training": counts["training"],
            "Held out, published": counts["published"],
            "Difference": [signed(gap, 0) for gap in counts["difference"]],
        }
    )


def count_split(task: Task) -> pd.DataFrame:
    """Return how many patients every part has, with the mean and SD of their slopes.

    Returns
    -------
    DataFrame
        ``part``, ``n_learnt_from``, ``n_held_out``, ``mean`` and ``sd`` of the slope of those
        held out (points per month): the hold-out first, then the folds of its training side.
    """
    rows = []
    for number, fold in enumerate([task.split, *first_repeat(task)]):
        slope = task.target.loc[fold.test]
        part = "hold-out" if number == 0 else f"fold {fold.fold + 1}"
        rows.append([part, len(fold.train), len(fold.test), slope.mean(), slope.std()])
    return pd.DataFrame(rows, columns=["part", "n_learnt_from", "n_held_out", "mean", "sd"])


# --- features ----------------------------------------------------------------------------


def follow_features(task: Task, max_missing: float = 0.30) -> pd.DataFrame:
    """Return what becomes of the features in every fold, judged on its training patients.

    Returns
    -------
    DataFrame
        ``part`` (each fold, then all training patients), ``offered``, ``too_often_missing``,
        ``constant`` (a single value, though not missing too often), ``left``, and ``filled``
        (share of their cells that are filled in). The last row, *in every fold*, counts the
        features that no fold threw away.
    """
    rows, names = [], []
    offered = list(task.features)
    for fold in [*first_repeat(task), task.split]:
        table = task.predictors.loc[fold.train, offered]
        left = InformativeFeatures(max_missing).fit(table).kept_
        too_many = int((table.isna().mean() > max_missing).sum())
        part = "all training patients" if fold is task.split else f"fold {fold.fold + 1}"
        constant = len(offered) - too_many - len(left)
        filled = table[left].isna().to_numpy().mean()
        rows.append([part, len(offered), too_many, constant, len(left), filled])
        names.append(set(left))
    everywhere = len(set.intersection(*names[:-1]))
    rows.append(["in every fold", len(offered), np.nan, np.nan, everywhere, np.nan])
    columns = ["part", "offered", "too_often_missing", "constant", "left", "filled"]
    return pd.DataFrame(rows, columns=columns)


def word_features(followed: pd.DataFrame) -> pd.DataFrame:
    """Return :func:`follow_features` as a page shows it."""

    def whole(values: pd.Series) -> list[str]:
        return ["" if value != value else f"{value:.0f}" for value in values]

    return pd.DataFrame(
        {
            "Learnt on": followed["part"],
            "Offered": followed["offered"],
            "Missing too often": whole(followed["too_often_missing"]),
            "A single value": whole(followed["constant"]),
            "Left": followed["left"],
            "Cells filled in": ["" if s != s else f"{s:.1%}" for s in followed["filled"]],
        }
    )


def learnt_values(task: Task, study: Study, names: tuple[str, ...]) -> pd.DataFrame:
    """Return what every fold learns about some features: how gaps are filled, and the scale.

    Parameters
    ----------
    task : Task
        Its folds.
    study : Study
        Its catalogue says how features are called.
    names : tuple of str
        Features; those that a fold throws away are left out.

    Returns
    -------
    DataFrame
        ``name``, ``label``, ``fold`` (from 1), ``filling`` (median, or commonest level),
        ``mean`` and ``sd`` after filling; in the features' units.
    """
    titles = titles_of(study)
    rows = []
    for fold in first_repeat(task):
        table = task.predictors.loc[fold.train, list(names)]
        table = InformativeFeatures(1.0).fit_transform(table)
        imputer = Imputer("median").fit(table)
        full = imputer.transform(table)
        rows += [
            [
                name,
                titles[name],
                fold.fold + 1,
                imputer.fillings_[name],
                values.mean(),
                values.std(ddof=0),
            ]
            for name, values in full.items()
        ]
    columns = ["name", "label", "fold", "filling", "mean", "sd"]
    return pd.DataFrame(rows, columns=columns).sort_values(["name", "fold"], ignore_index=True)


def word_learnt(learnt: pd.DataFrame) -> pd.DataFrame:
    """Return :func:`learnt_values` as a page shows it: the range over the folds."""
    rows = []
    for label, values in learnt.groupby("label", sort=False):
        cells = {"Feature": label}
        for title, column in (("A gap becomes", "filling"), ("Mean", "mean"), ("SD", "sd")):
            low, high = values[column].min(), values[column].max()
            cells[title] = (
                signed(low, 2) if low == high else f"{signed(low, 2)} to {signed(high, 2)}"
            )
        rows.append(cells)
    return pd.DataFrame(rows)


# --- ranking -----------------------------------------------------------------------------
