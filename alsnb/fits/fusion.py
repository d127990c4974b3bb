"""Fuse the sources of Paper B on many divisions, and keep what is said of whom."""

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.fits.imaging import LayeredInputs, as_predictions
from alsnb.models.fusion import train_fused
from alsnb.models.layered import LayeredSettings
from alsnb.models.together import TRAIN
from alsnb.schema import FOLD, SPLIT

LEARNT, OUT_OF_FOLD, HELD_OUT = "learnt", "train", "test"
"""Of whom something is said: patients whom the model has learnt from, which flatters and is never
to be scored beside the others; training patients, by models of other folds; patients held out."""


@stored
def fit_fused(
    inputs: LayeredInputs, settings: LayeredSettings | None = None, *, n_folds: int = 5, seed: int
) -> pd.DataFrame:
    """Return the class probabilities of networks of each source and of their fusions.

    Parameters
    ----------
    inputs : LayeredInputs
    settings, n_folds
        See :func:`alsnb.models.fusion.train_fused`.
    seed : int
        Decides everything random.

    Returns
    -------
    DataFrame
        A predictions frame with a row per class, whose ``split`` is :data:`LEARNT`,
        :data:`OUT_OF_FOLD` (sources only) or :data:`HELD_OUT`; ``repeat`` is the number of the
        division and ``model`` a source, or one of :data:`alsnb.models.fusion.FUSIONS`.
    """
    classes = inputs.classes.to_numpy()
    how = {"n_folds": n_folds, "seed": seed}
    found = train_fused(inputs.sources, classes, inputs.parts, settings, **how)
    frames = []
    for name, chances in found.said.items():
        frames.append(as_predictions(inputs, chances, name))
        frames.append(as_predictions(inputs, chances, name, kind=TRAIN, split=LEARNT))
    n_classes = classes.max() + 1
    fold_of = np.repeat(found.folds[inputs.parts == TRAIN], n_classes)
    for name, chances in found.out_of_fold.items():
        rows = as_predictions(inputs, chances, name, kind=TRAIN, split=OUT_OF_FOLD)
        frames.append(rows.assign(**{FOLD: fold_of}))
    frame = pd.concat(frames, ignore_index=True)
    return frame.sort_values(SPLIT, kind="stable", ignore_index=True)
