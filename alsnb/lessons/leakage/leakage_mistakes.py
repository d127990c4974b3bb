"""Commit the usual mistakes on purpose, one switch for each, beside what would be right.

The honest and the leaky pipeline are the same code: a switch only changes whom a step may learn
from, how rows are divided, or how long the features may look. Both predict the same patients,
so that the price of a mistake is a paired difference.
"""

from dataclasses import dataclass, replace

import pandas as pd

from alsnb.checks import check_one_of, refuse
from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.lessons.leakage.leakage_pipeline import predict_rows
from alsnb.lessons.leakage.leakage_rows import Rows, make_rows
from alsnb.schema import MODEL
from alsnb.study.proact import Study

HONEST, LEAKY = "honest", "leaky"

STARTS = (0.0, 1.5, 3.0)
"""Months after the first questionnaire at which the windows of one patient begin."""

N_SETTINGS = 20
"""Settings to choose from in the mistake of choosing on the patients that are tested."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One way to let the future or the held-out patients in.

    Attributes
    ----------
    title : str
        What a reader calls it.
    done, right : str
        What is done by mistake, and what is right.
    """

    title: str
    done: str
    right: str


MISTAKES = {
    "imputing": Mistake(
        title="Gaps filled before the split",
        done="The median that fills a gap is taken over all patients.",
        right="It is taken over the training patients of each fold.",
    ),
    "scaling": Mistake(
        title="Scaled before the split",
        done="Mean and standard deviation are taken over all patients.",
        right="They are taken over the training patients of each fold.",
    ),
    "ranking": Mistake(
        title="Features ranked before the split",
        done="The features that go best with the slopes of all patients are kept.",
        right="They are chosen anew in each fold, from the slopes of its training patients.",
    ),
    "settings": Mistake(
        title="Settings chosen on the test patients",
        done=f"The best of {N_SETTINGS} settings on the held-out patients is taken.",
        right="It is chosen by cross-validation within the training patients.",
    ),
    "window": Mistake(
        title="Features past month three",
        done="Features see months in which the slope to be predicted has already begun.",
        right="Features end where the slope begins.",
    ),
    "patients": Mistake(
        title="Windows of one patient in two folds",
        done="Several windows of each patient are divided as if they were several patients.",
        right="All windows of a patient lie on one side of the split.",
    ),
}
"""The usual mistakes, by the name of their switch."""


def read_mistakes(text: str) -> tuple[str, ...]:
    """Return the names in a text such as ``"ranking, window"``; ``"all"`` stands for every one.

    Raises
    ------
    BadInput
        If a name is none of :data:`MISTAKES`, or there is none at all.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return tuple(MISTAKES)
    for name in names:
        check_one_of(name, [*MISTAKES, "all"], "The mistakes to commit")
    if not names or "all" in names:
        raise refuse(
            "The mistakes to commit",
            expected="names separated by commas, or 'all' by itself",
            found=repr(text),
            remedy=f"Write, for example, '{', '.join(list(MISTAKES)[:2])}'.",
        )
    return tuple(name for name in MISTAKES if name in names)


def commit(
    study: Study,
    mistakes: tuple[str, ...],
    *,
    model: str,
    profile: str,
    seed: int,
    until: float = 6.0,
) -> pd.DataFrame:
    """Predict every patient twice: honestly, and with some mistakes switched on.

    Parameters
    ----------
    study : Study
        Prepared with all laboratory results.
    mistakes : tuple of str
        Names of :data:`MISTAKES`; several are committed together.
    model : str
        One of :data:`MODELS`.
    profile : str
        How many folds.
    seed : int
        Seed of folds, settings and models.
    until : float
        Month up to which features look in the mistake ``"window"``.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"`` with the models ``"honest"`` and
        ``"leaky"``, one row per patient in each. If several windows per patient are part of
        the mistake, both learn from all windows and are scored on each patient's first.

    Raises
    ------
    BadInput
        If a mistake or the model is unknown, or laboratory results are not all there.
    """
    for name in mistakes:
        check_one_of(name, MISTAKES, "The mistakes to commit")
    rows = make_rows(
        study,
        until=until if "window" in mistakes else None,
        starts=STARTS if "patients" in mistakes else (0.0,),
    )
    return commit_on(rows, mistakes, model=model, profile=profile, seed=seed)


def commit_on(
    rows: Rows, mistakes: tuple[str, ...], *, model: str, profile: str, seed: int
) -> pd.DataFrame:
    """Predict rows that are at hand, as :func:`commit` does."""
    n_settings = N_SETTINGS if "settings" in mistakes else 1
    settings = {"model": model, "n_settings": n_settings, "seed": seed}
    settings |= {"n_folds": EFFORTS[profile].n_folds, "n_trees": n_lab_trees(profile)}
    # what no switch that is on can touch is left out, so that the key of the store is the same
    plain = replace(rows, late=rows.predictors)
    honest = _predicted(plain, (), **settings).assign(**{MODEL: HONEST})
    dealt = rows if "window" in mistakes else plain
    leaky = _predicted(dealt, tuple(mistakes), **settings).assign(**{MODEL: LEAKY})
    return pd.concat([honest, leaky], ignore_index=True)


@stored
def _predicted(rows: Rows, mistakes: tuple[str, ...], **settings: object) -> pd.DataFrame:
    return predict_rows(rows, mistakes, **settings)


def n_lab_trees(profile: str) -> int:
    """Return the trees of a forest here: what is asked is a difference, which few settle."""
    return max(EFFORTS[profile].n_trees // 4, 10)
