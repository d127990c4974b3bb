"""Choose the settings of a network by cross-validation on the patients to learn from.

Every trial, one recipe in all folds, is stored by itself: an interrupted search goes on where
it stopped, and chapters that ask for the same search share it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, refuse
from alsnb.compute.progress import report
from alsnb.compute.sharing import recall_many
from alsnb.evaluation.scores import pcc, rmsd
from alsnb.fits.networks import PROBLEM, fit_trial
from alsnb.models.recipe import Recipe
from alsnb.models.space import describe_space, draw_recipes
from alsnb.schema import ESTIMATE, FOLD, HIGH, LOW, OBSERVED, PREDICTED
from alsnb.settings import n_cores
from alsnb.study.task import Task


@dataclass(frozen=True, kw_only=True, eq=False)
class Search:
    """What a search found.

    Attributes
    ----------
    network : str
        Which architecture.
    recipes : list of Recipe
        What was tried, in order.
    trials : DataFrame
        By ``trial`` the settings, ``pcc`` (mean over folds, higher is better) with ``pcc_sd``
        between folds, ``rmsd``, ``chosen``, and the ``problem`` of one without a score.
    by_fold : DataFrame of shape (n_trials, n_folds)
        PCC of each trial in each fold; NaN throughout for one without a score.
    best : Recipe
        The recipe with the highest mean PCC.
    """

    network: str
    recipes: list[Recipe]
    trials: pd.DataFrame
    by_fold: pd.DataFrame
    best: Recipe

    def __repr__(self) -> str:
        top = self.trials["pcc"].max()
        return f"Search({self.network}, {len(self.trials)} trials, best mean PCC {top:.3f})"

    @property
    def best_trial(self) -> pd.Series:
        """The row of the trial that was chosen."""
        return self.trials[self.trials["chosen"]].iloc[0]


def search(
    task: Task,
    network: str,
    *,
    n_trials: int,
    seed: int,
    fixed: Mapping[str, object] | None = None,
    n_jobs: int | None = None,
) -> Search:
    """Try recipes in cross-validation and choose the one with the highest mean PCC.

    Parameters
    ----------
    task : Task
        Its held-out patients are not looked at.
    network : str
        Which of :data:`alsnb.models.architectures.ARCHITECTURES`.
    n_trials : int
        How many recipes are drawn.
    seed : int
        Seed of the recipes and of the networks.
    fixed : mapping, optional
        Settings that are given and not searched.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.

    Raises
    ------
    alsnb.checks.BadInput
        If no trial gave a score; the sentence of the first problem is in it.
    """
    recipes = draw_recipes(network, n_trials, seed=seed, fixed=fixed)
    frames = try_recipes(task, network, recipes, seed=seed, n_jobs=n_jobs)
    trials = pd.DataFrame([score_trial(frame) for frame in frames])
    by_fold = pd.DataFrame([_pcc_by_fold(frame) for frame in frames])
    best = _choose(trials, network)
    settings = pd.DataFrame([recipe.flat() for recipe in recipes])
    table = pd.concat([settings, trials.assign(chosen=trials.index == best)], axis=1)
    table.insert(0, "trial", range(len(table)))
    return Search(
        network=network, recipes=recipes, trials=table, by_fold=by_fold, best=recipes[best]
    )


def try_recipes(
    task: Task, network: str, recipes: list[Recipe], *, seed: int, n_jobs: int | None = None
) -> list[pd.DataFrame | BadInput]:
    """Return the out-of-fold predictions of every recipe, one network in each fold.

    Returns
    -------
    list of DataFrame or BadInput
        As :func:`alsnb.fits.networks.fit_trial` returns it. A trial that failed before its
        first fold is the error.

    Raises
    ------
    alsnb.checks.BadInput
        If there are no patients to learn from.
    """
    if not len(task.split.train) or not task.folds:
        raise refuse(
            f"The search for the {network.upper()}",
            expected="patients to learn from, divided into folds",
            found=f"{len(task.split.train)} patients and {len(task.folds)} folds",
            remedy="Look at what excluded them, such as a rule that only complete cases are used.",
        )
    shared = {"inputs": task.inputs(held_out=False), "network": network, "seed": seed}
    calls = [shared | {"recipe": recipe} for recipe in recipes]
    tell = _progress_of(network)
    return recall_many(fit_trial, calls, n_jobs=n_jobs or n_cores(), tell=tell)


def score_trial(frame: pd.DataFrame | BadInput) -> dict[str, object]:
    """Return the scores of a trial: each fold's, averaged; none if a fold failed."""
    none = {"pcc": np.nan, "pcc_sd": np.nan, "rmsd": np.nan}
    if isinstance(frame, BadInput):
        return none | {PROBLEM: str(frame)}
    problems = [problem for problem in frame[PROBLEM] if problem]
    if problems:
        return none | {PROBLEM: problems[0]}
    try:
        folds = pd.DataFrame([_score_fold(rows, fold) for fold, rows in frame.groupby(FOLD)])
    except BadInput as problem:
        return none | {PROBLEM: str(problem)}
    return none | folds.mean().to_dict() | {"pcc_sd": folds["pcc"].std(ddof=1), PROBLEM: ""}


def _pcc_by_fold(frame: pd.DataFrame | BadInput) -> dict[int, float]:
    """Return the PCC of a trial in each fold; nothing if the trial has no score."""
    if np.isnan(score_trial(frame)["pcc"]):
        return {}
    return {fold: pcc(rows[OBSERVED], rows[PREDICTED]) for fold, rows in frame.groupby(FOLD)}


def _score_fold(rows: pd.DataFrame, fold: int) -> dict[str, float]:
    values = {"observed slopes": rows[OBSERVED], "predictions": rows[PREDICTED]}
    flat = [what for what, column in values.items() if column.nunique() < 2]
    if flat:
        raise refuse(
            f"The held-out patients of fold {fold}",
            expected="at least two whose observed slopes and predictions differ",
            found=f"{' and '.join(flat)} that are all the same, of {len(rows)} patients",
            remedy="Take more patients or other folds, or settings that predict more than a mean.",
        )
    return {"pcc": pcc(*values.values()), "rmsd": rmsd(*values.values())}


def _choose(trials: pd.DataFrame, network: str) -> int:
    """Return the number of the trial with the highest PCC, the first of them on a tie."""
    if trials["pcc"].isna().all():
        raise refuse(
            f"The search for the {network.upper()}",
            expected="one configuration that can be trained in every fold",
            found=f"none of {len(trials)}; the first failed: {trials[PROBLEM].iloc[0]}",
            remedy="Look at the patients and features of the folds, or at the fixed settings.",
        )
    return int(trials["pcc"].idxmax())


def _progress_of(network: str) -> Callable[[int, int, pd.DataFrame, int], None]:
    """Return a function that reports how many trials are done, and the best PCC so far."""
    best = [-np.inf]

    def tell(done: int, total: int, frame: pd.DataFrame | BadInput, number: int) -> None:
        best.append(max(best[-1], np.nan_to_num(score_trial(frame)["pcc"], nan=-np.inf)))
        so_far = f"{best[-1]:.3f}" if np.isfinite(best[-1]) else "none"
        report(f"search {network.upper()}: {done} of {total}, best PCC so far {so_far}")

    return tell


# --- what was found ------------------------------------------------------------------------


def tabulate_search(found: Search, printed: Mapping[str, object] | None = None) -> pd.DataFrame:
    """Return the best settings of a search, and the score it chose them by.

    Parameters
    ----------
    found : Search
    printed : mapping, optional
        What is printed for a setting, and for ``pcc``; see :mod:`alsnb.supplement`.

    Returns
    -------
    DataFrame
        By ``setting`` what was chosen (``estimate``, as text), ``low`` and ``high`` (of the
        score only: plus and minus one standard deviation over folds) and what was ``tried``.
        What is not printed is ``published`` as ``"not available"``.
    """
    chosen, best = found.best.flat(), found.best_trial
    rows = [
        {"setting": name, ESTIMATE: str(chosen[name]), "tried": _listed(values, found.trials[name])}
        for name, values in describe_space(found.network).items()
    ]
    score = {
        "setting": "pcc",
        ESTIMATE: f"{best['pcc']:.4f}",
        LOW: best["pcc"] - best["pcc_sd"],
        HIGH: best["pcc"] + best["pcc_sd"],
        "tried": f"{len(found.trials)} configurations",
    }
    table, printed = pd.DataFrame([*rows, score]), printed or {}
    published = [str(printed.get(name, "not available")) for name in table["setting"]]
    table = table.assign(published=published, difference=np.nan)
    return table[["setting", "published", ESTIMATE, LOW, HIGH, "difference", "tried"]]


def _listed(values: tuple, tried: pd.Series) -> str:
    """Return the values that a setting could take in a search."""
    if tried.isna().all():
        return "not searched: all that are offered"
    if len(tried) > 1 and len(set(tried.astype(str))) == 1:
        return "taken over or drawn alike in every trial"
    texts = ["-".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in values]
    return ", ".join(dict.fromkeys(texts))
