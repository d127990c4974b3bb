"""Choose the settings of forest and boosting as those of the networks are chosen.

The folds are the same, and so is the score: the mean PCC over them. A practitioner would not run
either model with settings that nobody has tried, and a comparison with networks that were searched
is fair only if these were, too.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, check_one_of
from alsnb.compute.progress import report_step
from alsnb.compute.sharing import recall_many
from alsnb.effort import Effort
from alsnb.fits.inputs import FitInputs
from alsnb.fits.networks import PROBLEM
from alsnb.fits.references import cross_validate_reference
from alsnb.settings import n_cores
from alsnb.study.search import score_trial
from alsnb.study.task import LOG_ONSET, Task
from alsnb.vocabulary import BOOSTING, FOREST

SPACES = {
    FOREST: {"min_samples_leaf": (3, 5, 10, 20), "max_features": (0.05, 0.1, 0.2, 1 / 3, 0.5)},
    BOOSTING: {
        "learning_rate": (0.02, 0.04, 0.08),
        "n_trees": (100, 200, 300),
        "max_leaf_nodes": (4, 6, 10),
        "min_samples_leaf": (10, 20, 40),
        "l2_regularization": (0.0, 1.0, 10.0),
        "max_features": (0.1, 0.3, 1.0),
    },
}
"""Among which settings the search chooses; names as in scikit-learn."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferenceSearch:
    """What the search of a reference found.

    ``trials`` has by ``trial`` the settings, ``pcc`` (mean over folds, higher is better) with
    ``pcc_sd`` between folds, ``rmsd`` and ``chosen``; ``best`` are the settings chosen.
    """

    model: str
    trials: pd.DataFrame
    best: dict[str, object]

    def __repr__(self) -> str:
        top = self.trials["pcc"].max()
        return f"ReferenceSearch({self.model}, {len(self.trials)} trials, best mean PCC {top:.3f})"


def reference_inputs(task: Task, *, held_out: bool) -> FitInputs:
    """Return what references learn from: features, and the logarithm of the time since onset."""
    return task.inputs(held_out=held_out, features=[*task.features, LOG_ONSET], parts=False)


def draw_settings(model: str, n: int, *, seed: int) -> list[dict[str, object]]:
    """Draw different settings of a model at random; all there are if there are no more.

    The first of ``n`` are the same however many follow.
    """
    check_one_of(model, SPACES, "The model to search")
    space = SPACES[model]
    everything = list(product(*space.values()))
    rng = np.random.default_rng([seed, list(SPACES).index(model)])
    order = rng.permutation(len(everything))[:n]
    return [dict(zip(space, everything[place], strict=True)) for place in order]


def search_reference(task: Task, model: str, effort: Effort, *, seed: int) -> ReferenceSearch:
    """Try settings in the folds of the training patients and choose by the highest mean PCC.

    Parameters
    ----------
    task : Task
        Its held-out patients are not looked at.
    model : str
        One of :data:`SPACES`.
    effort : Effort
        How many settings are tried, and how many trees the forests have meanwhile.
    seed : int
        Seed of the settings and of the models.

    Raises
    ------
    alsnb.checks.BadInput
        If a trial cannot be fitted: the sentence names the fold.
    """
    settings = draw_settings(model, effort.n_reference_trials, seed=seed)
    size = effort.n_search_trees if model == FOREST else 0
    own = {"inputs": reference_inputs(task, held_out=False), "model": model, "size": size}
    calls = [own | {"settings": one, "seed": seed} for one in settings]

    def tell(done: int, total: int, *_: object) -> None:
        report_step(done, total, f"settings of {model}")

    frames = recall_many(cross_validate_reference, calls, n_jobs=n_cores(), tell=tell)
    for problem in frames:
        if isinstance(problem, BadInput):
            raise problem
    scores = pd.DataFrame([score_trial(frame.assign(**{PROBLEM: ""})) for frame in frames])
    best = int(scores["pcc"].idxmax()) if scores["pcc"].notna().any() else 0
    trials = pd.concat([pd.DataFrame(settings), scores], axis=1)
    trials = trials.assign(chosen=trials.index == best)
    trials.insert(0, "trial", range(len(trials)))
    return ReferenceSearch(model=model, trials=trials, best=settings[best])
