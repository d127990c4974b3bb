"""Train classifiers of survival on many random divisions of the same patients, and keep them.

What they say of the patients held out ends in a predictions frame: ``repeat`` numbers the division,
:data:`alsnb.schema.AT` the class.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from alsnb.checks import check_one_of
from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.models.layered import LayeredSettings, train_layered
from alsnb.models.together import OTHER, VALIDATION
from alsnb.schema import AT, FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, PREDICTIONS, REPEAT, SPLIT

AT_A_TIME = 20
"""Divisions trained between two lines of progress; changes nothing else."""

MAJORITY, MULTINOMIAL, FOREST = "majority", "multinomial", "forest"
RIVALS = (MAJORITY, MULTINOMIAL, FOREST)
"""Classifiers that networks are compared with: shares of the classes, a multinomial regression with
a ridge penalty, and a random forest."""


@dataclass(frozen=True, kw_only=True)
class ClassInputs:
    """Tables of inputs, the classes, and what each patient is in each division.

    Attributes
    ----------
    tables : dict of str to DataFrame of shape (n_patients, n_inputs)
    classes : Series of shape (n_patients,)
        Numbers from 0, indexed as the tables.
    parts : int array of shape (n_splits, n_patients)
        :data:`alsnb.models.together.TRAIN`, ``VALIDATION`` or ``OTHER``.
    """

    tables: dict[str, pd.DataFrame]
    classes: pd.Series
    parts: np.ndarray


@stored
def fit_layered(
    inputs: ClassInputs,
    sources: Sequence[str],
    settings: LayeredSettings | None = None,
    *,
    seed: int,
) -> pd.DataFrame:
    """Return what a network per source, and the layered one, say of the patients held out.

    Parameters
    ----------
    inputs : ClassInputs
    sources : sequence of str
        Tables, each the input of a network of its own.
    settings : LayeredSettings, optional
    seed : int
        Start of all that is random. A division gives the same whatever follows it.
    """
    tables = {name: inputs.tables[name].to_numpy(float) for name in sources}
    classes, parts, frames = inputs.classes.to_numpy(), inputs.parts, []
    for start in range(0, len(parts), AT_A_TIME):
        some = parts[start : start + AT_A_TIME]
        found = train_layered(tables, classes, some, settings, seed=[seed, start])
        for name, one in found.items():
            held = [some[k] == OTHER for k in range(len(some))]
            said = [one.probabilities[k][held[k]] for k in range(len(some))]
            frames += [
                predictions_of(inputs.classes[rows], chances, name, start + k)
                for k, (rows, chances) in enumerate(zip(held, said, strict=True))
            ]
        report(f"layered networks: {min(start + AT_A_TIME, len(parts))} of {len(parts)} divisions")
    return pd.concat(frames, ignore_index=True)


@stored
def fit_rival(inputs: ClassInputs, table: str, model: str, *, name: str, seed: int) -> pd.DataFrame:
    """Return what a rival, trained on learning and watching patients, says of those held out.

    Parameters
    ----------
    inputs : ClassInputs
    table : str
        Which table it reads.
    model : str
        One of :data:`RIVALS`.
    name : str
        What the model is called in the predictions frame.
    seed : int
        Of a model with chance in it.
    """
    values, classes, frames = inputs.tables[table].to_numpy(float), inputs.classes.to_numpy(), []
    for number, part in enumerate(inputs.parts):
        learnt, held = part <= VALIDATION, part == OTHER
        fitted = make_rival(model, seed).fit(values[learnt], classes[learnt])
        chances = np.zeros((held.sum(), classes.max() + 1))
        chances[:, fitted.classes_] = fitted.predict_proba(values[held])
        frames.append(predictions_of(inputs.classes[held], chances, name, number))
    return pd.concat(frames, ignore_index=True)


def make_rival(model: str, seed: int) -> Pipeline:
    """Make a classifier, one of :data:`RIVALS`; what fills and scales is learnt with it."""
    check_one_of(model, RIVALS, "The rival")
    if model == MAJORITY:
        last = DummyClassifier(strategy="prior")
    elif model == FOREST:
        last = RandomForestClassifier(
            200, min_samples_leaf=5, max_features="sqrt", n_jobs=1, random_state=seed
        )
    else:
        last = LogisticRegression(C=0.3, max_iter=2000)
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(fill, StandardScaler(), last)


def predictions_of(
    classes: pd.Series, chances: np.ndarray, model: str, repeat: int
) -> pd.DataFrame:
    """Return a predictions frame of one model and division.

    Parameters
    ----------
    classes : Series of shape (n_patients,)
        The class of each patient, from 0, by patient.
    chances : array of shape (n_patients, n_classes)
        Probabilities; rows are brought to a sum of exactly 1.
    """
    chances = np.asarray(chances, float)
    chances = chances / chances.sum(axis=1, keepdims=True)
    n, k = chances.shape
    frame = pd.DataFrame(
        {
            PATIENT: np.repeat(classes.index.to_numpy(), k),
            MODEL: model,
            SPLIT: "test",
            REPEAT: repeat,
            FOLD: 0,
            OBSERVED: (classes.to_numpy()[:, None] == np.arange(k)).astype(float).ravel(),
            PREDICTED: chances.ravel(),
            AT: np.tile(np.arange(k), n),
        }
    )
    return frame[[*PREDICTIONS, AT]]
