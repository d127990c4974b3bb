"""Choose the settings of a network by cross-validation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from alsnb.api.fitting import called, check_target
from alsnb.checks import refuse
from alsnb.fits.inputs import FitInputs, make_inputs
from alsnb.models.network_choices import NETWORKS, NetworkChoice
from alsnb.splits import Fold
from alsnb.study.search import search as search_task


@dataclass(frozen=True, kw_only=True, eq=False)
class FoundSettings:
    """What a search among the settings of a network found.

    ``best`` is the network with the settings of the trial with the highest mean PCC; ``trials`` has
    a row per trial: the settings, ``pcc`` (mean over folds, higher is better), ``pcc_sd`` (between
    folds), ``rmsd`` (lower is better), ``chosen``, ``problem``.
    """

    best: NetworkChoice
    trials: pd.DataFrame

    def __repr__(self) -> str:
        top = self.trials.loc[self.trials["chosen"], "pcc"].iloc[0]
        kind = type(self.best).__name__
        return f"FoundSettings({kind}, {len(self.trials)} trials, best mean PCC {top:.3f})"

    def _repr_html_(self) -> str:
        columns = ["trial", "pcc", "pcc_sd", "rmsd", "chosen"]
        table = self.trials[columns].sort_values("pcc", ascending=False).head(10)
        return f"<p>{self!r}</p>{table.to_html(index=False, float_format='{:.3f}'.format)}"


def search(
    model: NetworkChoice,
    X: pd.DataFrame,
    y: pd.Series,
    folds: Iterable[Fold],
    *,
    n_trials: int,
    seed: int,
    fixed: Mapping[str, object] | None = None,
    n_jobs: int | None = None,
) -> FoundSettings:
    """Choose the settings of a network by cross-validation.

    Every trial is kept in the store (the user's cache folder, or where ``ALSNB_STORE`` says):
    an interrupted search goes on where it stopped, and a longer one begins with what a shorter
    one found. What is kept are predictions of patients; ``alsnb store --empty`` removes them.

    Parameters
    ----------
    model : FFNN, CNN or RNN
        Which network. Its own settings are not looked at, but for ``n_networks``,
        ``features`` and, of those that read questionnaires, ``leave_out``.
    X, y, folds
        As in :func:`cross_validate`, of the patients to learn from and nobody else. Of
        repeated folds the first repeat counts.
    n_trials : int
        How many settings are tried, drawn at random.
    seed : int
        Seed of the settings and of the networks.
    fixed : mapping, optional
        Settings by name that are given and not searched.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.

    Returns
    -------
    FoundSettings
        ``best`` can be given to :func:`cross_validate` or :func:`alsnb.fit`.
    """
    if not isinstance(model, NetworkChoice):
        raise refuse(
            "alsnb.search",
            expected="a network, such as alsnb.models.FFNN()",
            found=called(model),
            remedy="The other models have nothing that is searched.",
        )
    task = _TableTask(model, X, check_target(X, y), list(folds))
    found = search_task(
        task, model.network, n_trials=n_trials, seed=seed, fixed=fixed, n_jobs=n_jobs
    )
    settings = {f.name for f in fields(found.best.network)} | {f.name for f in fields(found.best)}
    own = {f.name: getattr(model, f.name) for f in fields(model) if f.name not in settings}
    return FoundSettings(
        best=NETWORKS[model.network].from_recipe(found.best, **own), trials=found.trials
    )


class _TableTask:
    """A table with its target and folds, as the :class:`alsnb.study.task.Task` of a search."""

    def __init__(
        self, model: NetworkChoice, X: pd.DataFrame, y: pd.Series, folds: list[Fold]
    ) -> None:
        self.features = tuple(model.columns(X.columns))
        self.target = y
        self.folds = [fold for fold in folds if fold.repeat == 0]
        everyone = pd.Index([]) if not folds else folds[0].train.union(folds[0].test)
        self.split = Fold(0, 0, everyone, pd.Index([]))
        self._predictors, self._left_out = X, model.left_out

    def inputs(
        self, *, held_out: bool, features: Sequence[str] | None = None, parts: bool = True
    ) -> FitInputs:
        """Return what the trials are made from."""
        return make_inputs(
            self._predictors,
            self.target,
            self.folds,
            features=self.features,
            leave_out=self._left_out,
        )
