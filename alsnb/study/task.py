"""State the task: what is predicted from what, for whom, and who is held out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pandas as pd

from alsnb.checks import check_columns, refuse
from alsnb.features.onset import LOG_ONSET as LOG_ONSET
from alsnb.features.onset import add_log_onset
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.features.sequences import as_columns
from alsnb.fits.inputs import FitInputs, make_inputs
from alsnb.outcomes import SlopeSettings
from alsnb.report.cards import card
from alsnb.splits import Fold, hold_out, make_folds
from alsnb.study.proact import Study
from alsnb.study.truth import read_oracle

TEST_SHARE = 0.25
"""Share of patients held out. Pancotti et al. (2022) write 20 %; the numbers they print, 731 of
2,921 and 583 of 2,331, are a quarter rounded up."""


class Task(Protocol):
    """What a search and a set of models need of a study; another one can be passed as well.

    What it has means what :class:`SlopeTask` says of it.
    """

    features: tuple[str, ...]
    target: pd.Series
    split: Fold
    folds: list[Fold]

    def inputs(
        self, *, held_out: bool, features: Sequence[str] | None = None, parts: bool = True
    ) -> FitInputs:
        """Return what stored trainings are made from.

        Parameters
        ----------
        held_out : bool
            The split of all patients if true, else the folds of those who are learnt from.
        features : sequence of str, optional
            Columns that models may use; by default the features offered.
        parts : bool
            Whether what networks read beside features is there.
        """


@dataclass(frozen=True, kw_only=True, eq=False)
class SlopeTask:
    """The task of Pancotti et al. (2022): all that a model sees, and the split of the patients.

    Attributes
    ----------
    predictors : DataFrame of shape (n_patients, n_columns)
        Indexed by subject: features by their names in the catalogue, :data:`LOG_ONSET`, and
        the 55 cells of the questionnaires (:data:`alsnb.features.questionnaire.VISIT_COLUMNS`).
    target : Series of shape (n_patients,)
        Slope in points per month, lower is faster.
    split, folds : Fold, list of Fold
        Patients to learn from (``train``) and those held out (``test``), and the
        cross-validation of the former.
    features, questionnaire_features : tuple of str
        Features offered to the models, and those made from answers to the questionnaire.
    oracle : Series or None
        The best prediction there can be, by subject; None unless patients are simulated.
    """

    predictors: pd.DataFrame
    target: pd.Series
    split: Fold
    folds: list[Fold]
    features: tuple[str, ...]
    questionnaire_features: tuple[str, ...]
    oracle: pd.Series | None = None

    def __repr__(self) -> str:
        # what stands in the frames is not for a page
        sizes = f"{len(self.split.train):,} to learn from, {len(self.split.test):,} held out"
        return f"SlopeTask({len(self.features)} features, {sizes})"

    def _repr_html_(self) -> str:
        facts = {
            "Patients to learn from": len(self.split.train),
            "Patients held out": len(self.split.test),
            "Folds": len(self.folds),
            "Features offered": len(self.features),
        }
        return card("Task", facts)

    def with_features(self, features: Sequence[str]) -> "SlopeTask":
        """Return the same task with only these features offered."""
        check_columns(self.predictors, features, "predictors")
        kept = tuple(name for name in self.questionnaire_features if name in set(features))
        return replace(self, features=tuple(features), questionnaire_features=kept)

    def inputs(
        self, *, held_out: bool, features: Sequence[str] | None = None, parts: bool = True
    ) -> FitInputs:
        """Return what stored trainings are made from; see :class:`Task`."""
        features = self.features if features is None else tuple(features)
        columns = [*features, *(VISIT_COLUMNS if parts else ())]
        folds = [self.split] if held_out else [fold for fold in self.folds if fold.repeat == 0]
        names = {"features": features, "leave_out": self.questionnaire_features if parts else ()}
        return make_inputs(self.predictors[columns], self.target, folds, **names)


def make_task(
    study: Study,
    *,
    n_folds: int,
    seed: int,
    test_share: float = TEST_SHARE,
    truth: Path | None = None,
    features: Sequence[str] | None = None,
) -> SlopeTask:
    """Make the task of Pancotti et al. (2022) from a prepared release.

    Parameters
    ----------
    study : Study
        Cohort, features and questionnaires.
    n_folds : int
        Folds of the patients to learn from.
    seed : int
        Seed of the split and of the folds.
    test_share : float
        Share of patients held out; the count is rounded up.
    truth : Path, optional
        Folder of the truth behind simulated patients.
    features : sequence of str, optional
        Features offered to the models; by default those of the paper and their means.

    Raises
    ------
    alsnb.checks.BadInput
        If there are too few patients for the split and the folds.
    """
    slope = study.cohort.patients["slope"]
    offered = tuple(paper_features(study.catalogue) if features is None else features)
    check_columns(study.features, offered, "features")
    split = hold_out(slope.index, share=test_share, seed=seed)
    check_enough(len(split.train), n_folds)
    folds = make_folds(split.train, n_folds=n_folds, seed=seed, strata=slope.loc[split.train])
    asked = study.catalogue.loc[study.catalogue["table"] == "alsfrs", "name"]
    oracle = read_oracle(truth) if study.cohort.settings == SlopeSettings() else None
    visits = as_columns(study.sequences)
    return SlopeTask(
        predictors=add_log_onset(study.features).join(visits, validate="one_to_one"),
        target=slope,
        split=split,
        folds=folds,
        features=offered,
        questionnaire_features=tuple(name for name in offered if name in set(asked)),
        oracle=None if oracle is None else oracle.reindex(slope.index),
    )


def paper_features(catalogue: pd.DataFrame) -> list[str]:
    """Return the features that the paper describes, and the means of what it measures.

    The paper names seven summaries and then, among the five features it finds best, a mean.
    """
    described = catalogue.loc[catalogue["in_paper"], "measure"]
    is_mean = (catalogue["summary"] == "mean") & catalogue["measure"].isin(described)
    return list(catalogue.loc[catalogue["in_paper"] | is_mean, "name"])


def check_enough(n_training: int, n_folds: int) -> None:
    """Raise :class:`alsnb.checks.BadInput` if a fold would hold fewer than two patients."""
    if n_training < 2 * n_folds:
        raise refuse(
            "The cohort",
            expected=f"at least {2 * n_folds} patients to learn from, two for each fold",
            found=str(n_training),
            remedy="Take a larger release, hold out fewer patients or relax the rule of the slope.",
        )
