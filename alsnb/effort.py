"""How much each profile computes: the numbers that chapters share, and a room's own beside them.

A profile is looked up once, in a chapter. What is called from there takes numbers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import SimpleNamespace

PROFILES = ("smoke", "book", "full")
"""Names of the profiles: seconds for tests, the default of the book, as in the papers."""


@dataclass(frozen=True)
class Effort:
    """How much a profile computes.

    Attributes
    ----------
    n_resamples : int
        Bootstrap resamples of patients behind every interval.
    n_folds, n_repeats : int
        Folds of the cross-validation on training patients, and how often it is repeated.
    n_trees : int
        Trees of a random forest. From 150 to 200 the cross-validated R² on the training
        patients of the twin rose by 0.001.
    n_draws : int
        Draws of Bayesian trees from their posterior.
    n_runs : int
        Runs of boosting that are averaged.
    n_averaged : int
        Networks from other seeds in the average that stands beside the one network, as an extension
        of the papers, which train one.
    n_seeds : int
        Seeds from which each model is trained anew to record the seed-to-seed spread.
    n_curves : int
        Random orders in which training patients are added along a learning curve.
    n_patients : int
        Patients of the simulated twin of PRO-ACT; the whole database has 11,675.
    n_trials, n_ablation_trials : int
        Settings that a search tries for each network, and in each variation on the theme.
    n_reference_trials, n_search_trees : int
        Settings that it tries for forest and boosting, and the trees of the forests meanwhile.
    n_fresh : int
        Patients who are simulated only to judge models; about a quarter of them have a slope.
    """

    n_resamples: int
    n_folds: int
    n_repeats: int
    n_trees: int
    n_draws: int
    n_runs: int
    n_averaged: int
    n_seeds: int
    n_curves: int
    n_patients: int
    n_trials: int
    n_ablation_trials: int
    n_reference_trials: int
    n_search_trees: int
    n_fresh: int


EFFORTS = {
    "smoke": Effort(
        n_resamples=200,
        n_folds=2,
        n_repeats=1,
        n_trees=20,
        n_draws=20,
        n_runs=1,
        n_averaged=2,
        n_seeds=2,
        n_curves=1,
        n_patients=900,
        n_trials=2,
        n_ablation_trials=2,
        n_reference_trials=2,
        n_search_trees=10,
        n_fresh=900,
    ),
    "book": Effort(
        n_resamples=10_000,
        n_folds=5,
        n_repeats=1,
        n_trees=200,
        n_draws=500,
        n_runs=5,
        n_averaged=5,
        n_seeds=3,
        n_curves=2,
        n_patients=11_675,
        n_trials=16,
        n_ablation_trials=6,
        n_reference_trials=6,
        n_search_trees=40,
        n_fresh=24_000,
    ),
    "full": Effort(
        n_resamples=10_000,
        n_folds=5,
        n_repeats=2,
        n_trees=200,
        n_draws=500,
        n_runs=5,
        n_averaged=10,
        n_seeds=5,
        n_curves=4,
        n_patients=11_675,
        n_trials=60,
        n_ablation_trials=60,
        n_reference_trials=60,
        n_search_trees=40,
        n_fresh=98_000,
    ),
}
"""The effort of each profile, by name."""


def room_efforts(**own: Mapping[str, object]) -> dict[str, SimpleNamespace]:
    """Return the efforts of a room: what all chapters share, and what only its own have.

    Parameters
    ----------
    **own : mapping
        A number of the room by its name, for each profile; it hides a shared one of that name.
    """
    return {
        name: SimpleNamespace(
            **asdict(EFFORTS[name]) | {key: each[name] for key, each in own.items()}
        )
        for name in PROFILES
    }
