"""The models to choose among, each a small frozen object that holds its settings.

``make(columns, seed=...)`` gives the unfitted estimator, which takes the table of features with
its gaps: filling, scaling and ranking are part of it, and learnt from training patients only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Self

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from alsnb.checks import listed, refuse
from alsnb.features.catalogue import questionnaire_features
from alsnb.features.onset import LOG_ONSET, ONSET_DELTA, add_log_onset
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.models import baselines
from alsnb.models.architectures import find_architecture
from alsnb.models.cnn import CNNSettings
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.recipe import Recipe
from alsnb.models.rnn import RNNSettings
from alsnb.models.searched import make_searched

__all__ = [
    "BART",
    "CNN",
    "FFNN",
    "RNN",
    "Boosting",
    "EarlySlopeLine",
    "Forest",
    "Lasso",
    "Mean",
    "OnsetLine",
    "Ridge",
]

EARLY_SLOPES = ("slope_alsfrs_r_total", "slope_alsfrs_total")
"""The slope of the rating scale within the window, on either scale."""


def features_in(columns: Iterable[str]) -> list[str]:
    """Return the columns that are features: all but the cells of the questionnaires."""
    cells = set(VISIT_COLUMNS)
    return [name for name in columns if name not in cells]


@dataclass(frozen=True, kw_only=True)
class Mean:
    """The mean of the training patients, for everyone: what a model without predictors reaches."""

    is_quick: ClassVar[bool] = True

    def make(self, columns: Sequence[str], *, seed: int = 0) -> BaseEstimator:
        """Return the unfitted estimator."""
        return baselines.make_mean()


@dataclass(frozen=True, kw_only=True)
class OnsetLine:
    """A line on the logarithm of the time since onset, the strongest single predictor."""

    is_quick: ClassVar[bool] = True

    def make(self, columns: Sequence[str], *, seed: int = 0) -> Pipeline:
        """Return the unfitted estimator."""
        line = baselines.make_onset()
        if LOG_ONSET in columns:
            return line
        check_offered([ONSET_DELTA], columns)
        return make_pipeline(FunctionTransformer(add_log_onset), line)


@dataclass(frozen=True, kw_only=True)
class EarlySlopeLine:
    """A line on the slope of the rating scale within the window."""

    is_quick: ClassVar[bool] = True

    def make(self, columns: Sequence[str], *, seed: int = 0) -> Pipeline:
        """Return the unfitted estimator."""
        column = next((name for name in EARLY_SLOPES if name in columns), EARLY_SLOPES[-1])
        check_offered([column], columns)
        return baselines.make_onset(column=column)


@dataclass(frozen=True, kw_only=True)
class _Tabular:
    """A model that learns from columns of the table.

    Attributes
    ----------
    features : tuple of str, optional
        Columns that it may use; by default all but the cells of the questionnaires.
    """

    features: tuple[str, ...] | None = None

    is_quick: ClassVar[bool] = False

    def columns(self, offered: Sequence[str]) -> list[str]:
        """Return the columns it may use, or refuse those that are not offered."""
        if self.features is None:
            return features_in(offered)
        check_offered(self.features, offered)
        return list(self.features)


@dataclass(frozen=True, kw_only=True)
class Ridge(_Tabular):
    """Ridge regression on normal scores, its penalty chosen by inner validation."""

    is_quick: ClassVar[bool] = True

    def make(self, columns: Sequence[str], *, seed: int = 0) -> Pipeline:
        """Return the unfitted estimator."""
        return baselines.make_ridge(columns=self.columns(columns))


@dataclass(frozen=True, kw_only=True)
class Lasso(_Tabular):
    """Lasso on normal scores, its penalty chosen by inner cross-validation."""

    def make(self, columns: Sequence[str], *, seed: int = 0) -> Pipeline:
        """Return the unfitted estimator."""
        return baselines.make_lasso(columns=self.columns(columns))


@dataclass(frozen=True, kw_only=True)
class Forest(_Tabular):
    """A random forest with the settings customary for regression.

    Attributes
    ----------
    n_trees : int
        More cost time and never harm.
    """

    n_trees: int = 500

    def make(self, columns: Sequence[str], *, seed: int = 0) -> Pipeline:
        """Return the unfitted estimator."""
        return baselines.make_forest(seed, self.n_trees, columns=self.columns(columns))


@dataclass(frozen=True, kw_only=True)
class Boosting(_Tabular):
    """Small trees that each correct the sum of those before them.

    Attributes
    ----------
    n_trees : int
        Trees of a run.
    n_runs : int
        Runs with other draws of patients and features, which are averaged.
    """

    n_trees: int = 200
    n_runs: int = 5

    def make(self, columns: Sequence[str], *, seed: int = 0) -> Pipeline:
        """Return the unfitted estimator."""
        chosen = self.columns(columns)
        return baselines.make_boosting(seed, self.n_trees, n_runs=self.n_runs, columns=chosen)


@dataclass(frozen=True, kw_only=True)
class BART(_Tabular):
    """Bayesian additive regression trees.

    Attributes
    ----------
    n_trees : int
        Trees in each draw of the sum.
    n_draws : int
        Draws from the posterior that are averaged, after as many that are dropped.
    """

    n_trees: int = 100
    n_draws: int = 500

    def make(self, columns: Sequence[str], *, seed: int = 0) -> Pipeline:
        """Return the unfitted estimator."""
        chosen = self.columns(columns)
        return baselines.make_bart(seed, self.n_trees, n_draws=self.n_draws, columns=chosen)


@dataclass(frozen=True, kw_only=True)
class NetworkChoice(_Tabular):
    """A network of Pancotti et al. (2022), with all that goes before it.

    Beside the settings below it has those of its architecture and training, such as
    ``n_epochs``, ``learning_rate``, ``hidden_sizes`` and ``dropout_rate``; see
    :class:`alsnb.models.ffnn.FFNNSettings`.

    Attributes
    ----------
    n_networks : int
        Networks from different seeds, whose predictions are averaged.
    imputing, scaling, ranking : str
        As in :func:`alsnb.design.make_design`.
    n_features : int or None
        How many of the features ranked highest go in; all if None.
    """

    n_networks: int = 10
    imputing: str = Recipe.imputing
    scaling: str = Recipe.scaling
    ranking: str = Recipe.ranking
    n_features: int | None = Recipe.n_features

    network: ClassVar[str]

    @classmethod
    def from_recipe(cls, recipe: Recipe, **own: object) -> Self:
        """Return the choice that a recipe describes; what is not in a recipe comes by keyword."""
        settings = {
            field.name: getattr(recipe.network, field.name) for field in fields(recipe.network)
        }
        steps = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
        del steps["network"]
        return cls(**settings, **steps, **own)

    @property
    def recipe(self) -> Recipe:
        """The settings of the preparation, and of the network."""
        kind = find_architecture(self.network).settings_class
        own = {field.name: getattr(self, field.name) for field in fields(kind)}
        steps = {name: getattr(self, name) for name in ("imputing", "scaling", "ranking")}
        return Recipe(network=kind(**own), n_features=self.n_features, **steps)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Features that the network does not get although they are in the table."""
        return ()

    def make(self, columns: Sequence[str], *, seed: int = 0) -> Pipeline:
        """Return the unfitted estimator."""
        return make_searched(
            self.recipe,
            network=self.network,
            columns=self.columns(columns),
            leave_out=self.left_out,
            n_networks=self.n_networks,
            seed=seed,
        )


@dataclass(frozen=True, kw_only=True)
class VisitReader(NetworkChoice):
    """A network that reads the questionnaires visit by visit.

    The table must hold their cells: ``alsnb.make_features(clean, cohort, visits=True)``.

    Attributes
    ----------
    leave_out : tuple of str, optional
        Features that it does not get; by default, as in the paper, those that are made from
        the questionnaires, which it reads itself.
    """

    leave_out: tuple[str, ...] | None = None

    @property
    def left_out(self) -> tuple[str, ...]:
        """Features that the network does not get although they are in the table."""
        return questionnaire_features() if self.leave_out is None else self.leave_out

    def columns(self, offered: Sequence[str]) -> list[str]:
        """Return the features it may use, or refuse a table without questionnaires."""
        if not set(VISIT_COLUMNS) <= set(offered):
            raise refuse(
                f"The columns of X for the {find_architecture(self.network).title}",
                expected=f"the {len(VISIT_COLUMNS)} cells of the questionnaires, which it reads "
                "visit by visit",
                found="none of them" if not set(VISIT_COLUMNS) & set(offered) else "only some",
                remedy="Take X from alsnb.make_features(clean, cohort, visits=True).",
            )
        return super().columns(offered)


@dataclass(frozen=True, kw_only=True)
class FFNN(NetworkChoice, FFNNSettings):
    """The feed-forward network, which reads features alone; see :class:`NetworkChoice`."""

    network: ClassVar[str] = "ffnn"


@dataclass(frozen=True, kw_only=True)
class CNN(VisitReader, CNNSettings):
    """The convolutional network, which reads the questionnaires; see :class:`VisitReader`."""

    network: ClassVar[str] = "cnn"


@dataclass(frozen=True, kw_only=True)
class RNN(VisitReader, RNNSettings):
    """The recurrent network, which reads the questionnaires; see :class:`VisitReader`."""

    network: ClassVar[str] = "rnn"


NETWORKS = {choice.network: choice for choice in (FFNN, CNN, RNN)}
"""The networks to choose among, by name of the architecture."""


def check_offered(names: Iterable[str], offered: Iterable[str]) -> None:
    """Raise :class:`alsnb.checks.BadInput` if a column that a model needs is not in the table."""
    offered = list(offered)
    missing = [name for name in names if name not in offered]
    if missing:
        raise refuse(
            "The columns of X",
            expected=listed(missing),
            found="none of that name",
            remedy="Name features of the table; its catalogue lists them.",
        )
