"""The models to choose among, each a small frozen object that holds its settings.

``make(columns, seed=...)`` gives the unfitted estimator, which takes the table of features with
its gaps: filling, scaling and ranking are part of it, and learnt from training patients only.
"""

from dataclasses import dataclass
from typing import ClassVar

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from alsnb.features.onset import LOG_ONSET, ONSET_DELTA, add_log_onset
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.models import baselines, longitudinal
from alsnb.models.choice import Choice, TabularChoice, check_offered
from alsnb.models.network_choices import CNN, FFNN, RNN

__all__ = [
    "BART",
    "CNN",
    "FFNN",
    "RNN",
    "Boosting",
    "D50Curve",
    "EarlySlopeLine",
    "Forest",
    "Lasso",
    "Mean",
    "MixedModel",
    "OnsetAnchored",
    "OnsetLine",
    "Ridge",
]

EARLY_SLOPES = ("slope_alsfrs_r_total", "slope_alsfrs_total")
"""The slope of the rating scale within the window, on either scale."""


@dataclass(frozen=True, kw_only=True)
class Mean(Choice):
    """The mean of the training patients, for everyone: what a model without predictors reaches."""

    is_quick: ClassVar[bool] = True

    def _make(self, columns: list[str], seed: int) -> BaseEstimator:
        return baselines.make_mean()


@dataclass(frozen=True, kw_only=True)
class OnsetLine(Choice):
    """A line on the logarithm of the time since onset, the strongest single predictor."""

    is_quick: ClassVar[bool] = True

    def _make(self, columns: list[str], seed: int) -> Pipeline:
        line = baselines.make_onset()
        if LOG_ONSET in columns:
            return line
        check_offered([ONSET_DELTA], columns)
        return make_pipeline(FunctionTransformer(add_log_onset), line)


@dataclass(frozen=True, kw_only=True)
class EarlySlopeLine(Choice):
    """A line on the slope of the rating scale within the window."""

    is_quick: ClassVar[bool] = True

    def _make(self, columns: list[str], seed: int) -> Pipeline:
        column = next((name for name in EARLY_SLOPES if name in columns), EARLY_SLOPES[-1])
        check_offered([column], columns)
        return baselines.make_onset(column=column)


@dataclass(frozen=True, kw_only=True)
class OnsetAnchored(Choice):
    """A line through the visits, shrunken; at onset stands full health (Karanevich et al. 2018).

    This model and the next two need ``alsnb.make_features(clean, cohort, visits=True)``.
    """

    is_quick: ClassVar[bool] = True

    def _make(self, columns: list[str], seed: int) -> BaseEstimator:
        check_offered([*VISIT_COLUMNS, ONSET_DELTA], columns)
        return longitudinal.make_anchored()


@dataclass(frozen=True, kw_only=True)
class MixedModel(Choice):
    """The linear mixed model of the visits; the line to the slope sees the time since onset."""

    is_quick: ClassVar[bool] = True

    def _make(self, columns: list[str], seed: int) -> BaseEstimator:
        check_offered([*VISIT_COLUMNS, ONSET_DELTA], columns)
        if LOG_ONSET in columns:
            return longitudinal.make_mixed()
        return make_pipeline(FunctionTransformer(add_log_onset), longitudinal.make_mixed())


@dataclass(frozen=True, kw_only=True)
class D50Curve(Choice):
    """A curve in the shape of an S through the visits, shrunken (Stubendorff et al. 2017)."""

    is_quick: ClassVar[bool] = True

    def _make(self, columns: list[str], seed: int) -> BaseEstimator:
        check_offered([*VISIT_COLUMNS, ONSET_DELTA], columns)
        return longitudinal.make_d50()


@dataclass(frozen=True, kw_only=True)
class Ridge(TabularChoice):
    """Ridge regression on normal scores, its penalty chosen by inner validation."""

    is_quick: ClassVar[bool] = True

    def _make(self, columns: list[str], seed: int) -> Pipeline:
        return baselines.make_ridge(columns=self.columns(columns))


@dataclass(frozen=True, kw_only=True)
class Lasso(TabularChoice):
    """Lasso on normal scores, its penalty chosen by inner cross-validation."""

    def _make(self, columns: list[str], seed: int) -> Pipeline:
        return baselines.make_lasso(columns=self.columns(columns))


@dataclass(frozen=True, kw_only=True)
class Forest(TabularChoice):
    """A random forest with the settings customary for regression; more trees never harm."""

    n_trees: int = 500

    def _make(self, columns: list[str], seed: int) -> Pipeline:
        return baselines.make_forest(seed, self.n_trees, columns=self.columns(columns))


@dataclass(frozen=True, kw_only=True)
class Boosting(TabularChoice):
    """Small trees that each correct the sum of those before them.

    Runs (``n_runs``, of ``n_trees`` each) with other draws of patients and features are averaged.
    """

    n_trees: int = 200
    n_runs: int = 5

    def _make(self, columns: list[str], seed: int) -> Pipeline:
        chosen = self.columns(columns)
        return baselines.make_boosting(seed, self.n_trees, n_runs=self.n_runs, columns=chosen)


@dataclass(frozen=True, kw_only=True)
class BART(TabularChoice):
    """Bayesian additive regression trees: ``n_trees`` in a sum, the mean of ``n_draws`` of sums."""

    n_trees: int = 100
    n_draws: int = 500

    def _make(self, columns: list[str], seed: int) -> Pipeline:
        chosen = self.columns(columns)
        return baselines.make_bart(seed, self.n_trees, n_draws=self.n_draws, columns=chosen)
