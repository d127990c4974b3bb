"""Fit a model on all patients, predict new ones with it, save it and read it again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from alsnb import __version__
from alsnb.api.fitting import check_target, maker_of
from alsnb.checks import BadInput, name_of, refuse, told_of
from alsnb.compute.files import folder_being_made
from alsnb.compute.processes import attempt
from alsnb.evaluation.crossval import check_inputs
from alsnb.evaluation.fitting import make_model_of
from alsnb.models.network_choices import NETWORKS, NetworkChoice
from alsnb.models.saving import DESCRIPTION, load_network, save_network
from alsnb.schema import PREDICTED


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedModel:
    """A model that has learnt from patients, with everything that goes before it.

    ``model`` are the settings it was made from, with its ``seed``; ``n_patients`` counts those it
    learnt from; ``estimator`` is the fitted estimator of scikit-learn.
    """

    model: object
    seed: int
    n_patients: int
    estimator: object

    def __repr__(self) -> str:
        # what an estimator has learnt may hold rows of patients
        return f"FittedModel({type(self.model).__name__}, {self.n_patients:,} patients)"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>"

    def predict(self, X: pd.DataFrame) -> pd.Series:
        """Predict any patients, by their keys, in the unit of the target.

        ``X`` is from :func:`alsnb.make_features`, with the same settings as when it was fitted.
        """
        predicted = _with_one_thread(self.estimator.predict, X=X)
        return pd.Series(predicted, index=X.index, name=PREDICTED)


def fit(model: object, X: pd.DataFrame, y: pd.Series, *, seed: int = 0) -> FittedModel:
    """Fit a model on all patients of a table, to predict others with it.

    How good it is, this cannot tell: :func:`alsnb.cross_validate` can.

    Parameters
    ----------
    model : object
        One of :mod:`alsnb.models`, or an estimator of scikit-learn.
    X : DataFrame of shape (n_patients, n_features)
        From :func:`alsnb.make_features`.
    y : Series of shape (n_patients,)
        What is predicted; the same index.
    seed : int
        The model's seed.
    """
    make = maker_of(model, X)
    check_inputs(X, check_target(X, y))
    estimator = _with_one_thread(make_model_of(make, seed).fit, X=X, y=y)
    return FittedModel(model=model, seed=seed, n_patients=len(X), estimator=estimator)


def save(fitted: FittedModel, folder: str | Path) -> Path:
    """Write a fitted network to a folder, one Keras file per network and small text files.

    Nothing is pickled, and no row of a patient is in it: medians, spreads and weights are.

    Parameters
    ----------
    fitted : FittedModel
        A network that :func:`fit` made.
    folder : str or Path
        A new folder, or that of an earlier saved network, which is replaced.
    """
    if not isinstance(fitted, FittedModel) or not isinstance(fitted.model, NetworkChoice):
        kind = type(getattr(fitted, "model", fitted)).__name__
        raise refuse(
            "alsnb.save",
            expected="a fitted FFNN, CNN or RNN",
            found=f"a {kind}",
            remedy="Fit other models again; from the same patients and seed they are the same.",
        )
    folder = Path(folder)
    model = fitted.model
    own = {n: getattr(model, n) for n in ("features", "leave_out") if hasattr(model, n)}
    facts = {"settings": own, "n_patients": fitted.n_patients, "alsnb": __version__}
    how = {"network": model.network, "recipe": model.recipe, "facts": facts}
    with told_of(name_of(folder), expected="a folder that can be written"):
        _check_is_free(folder)
        with folder_being_made(folder, check=_check_is_free) as unfinished:
            save_network(fitted.estimator, unfinished, **how)
    return folder


def load(folder: str | Path) -> FittedModel:
    """Read a network that :func:`save` wrote; it predicts the same."""
    estimator, network, recipe, facts = load_network(Path(folder))
    regressor = estimator[-1]
    own = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in facts["settings"].items()
    }
    model = NETWORKS[network].from_recipe(recipe, n_networks=regressor.n_networks, **own)
    return FittedModel(
        model=model, seed=regressor.seed, n_patients=facts["n_patients"], estimator=estimator
    )


def _with_one_thread(function: Callable, **arguments: object) -> object:
    """Call a function as the folds of a cross-validation are, so that numbers are the same."""
    result = attempt(function, arguments)
    if isinstance(result, BadInput):
        raise result
    return result


def _check_is_free(folder: Path) -> None:
    if not folder.exists() or (folder / DESCRIPTION).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise refuse(
            name_of(folder),
            expected="a new folder, or that of an earlier saved network",
            found="other files",
            remedy="Name another folder; nothing was touched.",
        )
