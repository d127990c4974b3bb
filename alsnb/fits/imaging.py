"""Train the networks of several sources on many splits, and keep what they predict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.checks import refuse
from alsnb.compute.store import stored
from alsnb.models.layered import LayeredSettings, train_layered
from alsnb.models.together import OTHER, TRAIN, VALIDATION
from alsnb.schema import AT, FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, PREDICTIONS, REPEAT, SPLIT
from alsnb.splits import ThreeParts


@dataclass(frozen=True, kw_only=True, eq=False)
class LayeredInputs:
    """What networks read, what they predict and on which splits, as one value with a key.

    Attributes
    ----------
    sources : dict of str to array of shape (n_patients, n_inputs)
        By name of the source, in the order of ``classes``.
    classes : Series of int
        Class of each patient, from 0.
    parts : array of shape (n_splits, n_patients)
        What each patient is to each split; see :mod:`alsnb.models.together`.
    """

    sources: dict[str, np.ndarray]
    classes: pd.Series
    parts: np.ndarray

    def __repr__(self) -> str:
        # what stands in the frames is not for a page
        n_splits, n_patients = self.parts.shape
        return f"LayeredInputs({n_patients:,} patients, {n_splits:,} splits)"


def make_layered_inputs(
    sources: Mapping[str, pd.DataFrame], classes: pd.Series, splits: Sequence[ThreeParts]
) -> LayeredInputs:
    """Return the inputs of the networks.

    Parameters
    ----------
    sources : mapping of str to DataFrame
        Of the same patients in any order.
    classes : Series
        An ordered category, or whole numbers from 0, indexed by patient; none missing.
    splits : sequence of ThreeParts
        From :func:`alsnb.splits.split_in_three`.

    Raises
    ------
    alsnb.checks.BadInput
        If a source lacks a patient, or the class of one is missing.
    """
    codes = classes.cat.codes if isinstance(classes.dtype, pd.CategoricalDtype) else classes
    patients = classes.index
    lacking = {name: int((~patients.isin(table.index)).sum()) for name, table in sources.items()}
    if any(lacking.values()) or codes.isna().any() or (codes < 0).any():
        worst = max(lacking, key=lacking.get, default="")
        raise refuse(
            "What networks of several sources read",
            expected="every source and a class for each patient",
            found=f"patients without '{worst}'" if any(lacking.values()) else "missing classes",
            remedy="Select the patients who have all of them.",
        )
    parts = np.full((len(splits), len(patients)), OTHER, dtype="int8")
    for own, split in zip(parts, splits, strict=True):
        own[patients.isin(split.train)] = TRAIN
        own[patients.isin(split.validation)] = VALIDATION
    # arrays, as a digest of thousands of columns one by one would take longer than the training
    aligned = {name: table.loc[patients].to_numpy("float64") for name, table in sources.items()}
    return LayeredInputs(sources=aligned, classes=codes.astype("int64"), parts=parts)


@stored
def fit_layered(
    inputs: LayeredInputs, settings: LayeredSettings | None = None, *, seed: int
) -> pd.DataFrame:
    """Return the class probabilities of the held-out patients of every split, by every network.

    Parameters
    ----------
    inputs : LayeredInputs
    settings : LayeredSettings, optional
    seed : int
        Decides everything random.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"`` with a row per class, told apart by
        :data:`alsnb.schema.AT`; ``model`` is the name of a source or
        :data:`alsnb.models.layered.LAYERED`, ``repeat`` the number of the split.
    """
    classes = inputs.classes.to_numpy()
    found = train_layered(inputs.sources, classes, inputs.parts, settings, seed=seed)
    frames = [as_predictions(inputs, one.probabilities, name) for name, one in found.items()]
    return pd.concat(frames, ignore_index=True)


def as_predictions(
    inputs: LayeredInputs,
    chances: np.ndarray,
    model: str,
    *,
    kind: int = OTHER,
    split: str = "test",
) -> pd.DataFrame:
    """Return the predictions frame of one model: of every division, the patients held out.

    Parameters
    ----------
    inputs : LayeredInputs
        Says who is held out.
    chances : array of shape (n_splits, n_patients, n_classes)
        Probabilities of each class; those of other patients are not used.
    model : str
        What the model is called.
    kind : int
        Other patients than those held out; see :mod:`alsnb.models.together`.
    split : str
        What the frame calls them.
    """
    division, patient = np.nonzero(inputs.parts == kind)
    chances = chances[division, patient].astype("float64")
    classes, (n, k) = inputs.classes.to_numpy(), chances.shape
    which = np.tile(np.arange(k), n)
    frame = {
        PATIENT: inputs.classes.index[np.repeat(patient, k)],
        MODEL: model,
        SPLIT: split,
        REPEAT: np.repeat(division, k),
        FOLD: 0,
        OBSERVED: (which == np.repeat(classes[patient], k)).astype(float),
        PREDICTED: chances.ravel(),
        AT: which,
    }
    return pd.DataFrame(frame)[[*PREDICTIONS, AT]]
