"""Predict every patient for the survival analysis, its own patients by the final network too.

To have a model predict the patients it was trained on is called resubstitution. It is a mistake,
and it is what the published figure shows for its training half; so it is done here, once, and
kept apart from the predictions that models are judged by.
"""

import pandas as pd

from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.evaluation.fitting import predict_fold
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.schema import REPEAT
from alsnb.splits import Fold
from alsnb.study.paper_a import FFNN, choose, predict_recipe
from alsnb.study.task import Task

RESUBSTITUTION, OUT_OF_FOLD, TEST = "resubstitution", "train", "test"


def predict_everyone(task: Task, *, network: str = FFNN, profile: str, seed: int) -> pd.DataFrame:
    """Return what one network predicts for training and test patients, three times over.

    Parameters
    ----------
    task : Task
        Patients, predictors and split.
    network : str
        Which of :data:`alsnb.study.paper_a.NETWORKS`; the paper takes the FFNN.
    profile, seed
        As in :func:`alsnb.study.paper_a.choose`.

    Returns
    -------
    DataFrame
        Columns of a predictions frame. ``split`` is ``"train"`` (training patients, out of
        fold), ``"test"`` or ``"resubstitution"``: training patients as predicted by the very
        network that predicts the test patients, which has learnt from them.
    """
    best = choose(task, network, profile=profile, seed=seed).best
    frames = list(predict_recipe(task, network, best, profile=profile, seed=seed))
    own = task.split.train
    frames.append(
        _resubstituted(
            task.predictors.loc[own],
            task.target.loc[own],
            network=network,
            recipe=best,
            features=list(task.features),
            leave_out=list(task.questionnaire_features),
            profile=profile,
            seed=seed,
        )
    )
    frame = pd.concat(frames, ignore_index=True)
    return frame[frame[REPEAT] == 0].reset_index(drop=True)


@stored
def _resubstituted(
    predictors: pd.DataFrame,
    target: pd.Series,
    *,
    network: str,
    recipe: Recipe,
    features: list[str],
    leave_out: list[str],
    profile: str,
    seed: int,
) -> pd.DataFrame:
    model = make_searched(
        recipe,
        network=network,
        columns=features,
        leave_out=leave_out,
        n_networks=EFFORTS[profile].n_averaged,
        seed=seed,
    )
    return predict_own_patients(model, predictors, target, name=network, seed=seed)


def predict_own_patients(
    make_model: object, predictors: pd.DataFrame, target: pd.Series, *, name: str, seed: int
) -> pd.DataFrame:
    """Return what a model predicts for the patients it was trained on.

    Parameters
    ----------
    make_model : estimator or callable
        As in :mod:`alsnb.evaluation.crossval`.
    predictors : DataFrame of shape (n_patients, n_columns)
        Indexed by patient.
    target : Series of shape (n_patients,)
        The same index.
    name : str
        The model's name in the frame.
    seed : int
        Passed on to a callable that takes one.

    Returns
    -------
    DataFrame
        Columns of a predictions frame, of split ``"resubstitution"``. No score of it says
        anything about new patients.
    """
    everyone = Fold(0, 0, predictors.index, predictors.index)
    return predict_fold(
        make_model, predictors, target, everyone, place=(name, RESUBSTITUTION), seed=seed
    )
