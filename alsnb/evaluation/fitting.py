"""Make a model, fit it on the training patients of one fold and predict the others."""

import inspect
from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from alsnb.checks import BadInput, refuse
from alsnb.schema import AT, FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, PREDICTIONS, REPEAT, SPLIT
from alsnb.splits import Fold


def predict_fold(
    make_model: object,
    features: pd.DataFrame,
    target: pd.Series,
    fold: Fold,
    *,
    place: tuple[str, str],
    seed: int,
    classes: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Fit on the fold's training patients and predict its held-out patients, in their order.

    ``place`` are the model's name and the split, as they stand in the frame; the seed is passed on
    to a callable that has a parameter of this name; all else, and what is refused, is as in
    :func:`alsnb.evaluation.crossval.cross_validate`.
    """
    name, split = place
    where = f"Model '{name}' in repeat {fold.repeat}, fold {fold.fold}"
    try:
        # One thread here too: another number of threads adds up in another order.
        with threadpool_limits(1):
            model = make_model_of(make_model, seed)
            model.fit(features.loc[fold.train], target.loc[fold.train])
            predicted = np.asarray(model.predict(features.loc[fold.test]), dtype=float)
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
    except Exception as error:
        raise refuse(
            where,
            expected="to fit and predict without an error",
            found=f"{type(error).__name__}: {error}",
            remedy="Fit it to this fold alone to see where it fails.",
        ) from error
    _check_predicted(predicted, len(fold.test), where, 1 if classes is None else len(classes))
    observed = target.loc[fold.test].to_numpy(dtype=float)
    columns = {
        PATIENT: fold.test,
        MODEL: name,
        SPLIT: split,
        REPEAT: fold.repeat,
        FOLD: fold.fold,
        OBSERVED: observed,
    }
    if classes is None:
        return pd.DataFrame(columns | {PREDICTED: predicted.reshape(-1)})[list(PREDICTIONS)]
    rows = pd.DataFrame(columns).loc[np.repeat(np.arange(len(observed)), len(classes))]
    at = np.tile(np.asarray(classes), len(observed))
    is_class = (rows[OBSERVED].to_numpy() == at).astype(float)
    long = rows.assign(**{AT: at, OBSERVED: is_class, PREDICTED: predicted.reshape(-1)})
    return long.reset_index(drop=True)[[*PREDICTIONS, AT]]


def make_model_of(make_model: object, seed: int) -> object:
    """Return an unfitted model from an estimator, a function, or a function of a seed."""
    # A class has the method too, but it is a callable that makes models.
    if hasattr(make_model, "fit") and not isinstance(make_model, type):
        return clone(make_model)
    takes_seed = "seed" in inspect.signature(make_model).parameters
    return make_model(seed=seed) if takes_seed else make_model()


def _check_predicted(predicted: np.ndarray, n_patients: int, where: str, n_each: int) -> None:
    shapes = [(n_patients, n_each), *([(n_patients,)] if n_each == 1 else [])]
    if predicted.shape not in shapes:
        number = "one prediction" if n_each == 1 else f"{n_each} predictions"
        raise refuse(
            where,
            expected=f"{number} for each of {n_patients} patients",
            found=f"the shape {predicted.shape}",
            remedy=f"Let 'predict' return an array of shape {shapes[-1]}.",
        )
    wrong = int(np.count_nonzero(~np.isfinite(predicted)))
    if wrong:
        raise refuse(
            where,
            expected="finite predictions",
            found=f"{wrong} of {n_patients} missing or infinite",
            remedy="The fit diverged: lower the learning rate or scale the features.",
        )
