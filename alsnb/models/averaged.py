"""Train several networks from different seeds, keep them, save them and load them.

What the regressor and the classifier share: they differ in target, loss and use of the outputs.
"""

import contextlib
import dataclasses
import functools
import json
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted, validate_data

from alsnb.checks import BadInput, refuse
from alsnb.models.backend import import_keras
from alsnb.models.batches import TrainingSettings
from alsnb.models.ffnn import FFNNSettings, make_ffnn
from alsnb.models.training import Trainer, mean_squared_error
from alsnb.models.weights import list_variables

Loss = Callable[[Any, Any], Any]

COLUMNS_PADDED_TO = 8
"""Columns of a table beside other inputs are padded to a multiple of this: folds that keep
somewhat different numbers of features then share a program. A column of zeros reaches nothing."""


class AveragedNetworks(BaseEstimator):
    """Networks of one architecture, each with its own initial weights, batches and dropout.

    Parameters
    ----------
    settings : TrainingSettings
        Architecture and training, by default ``FFNNSettings()``.
    make_network : callable
        Takes the shape of the inputs (without patients: an int for a table, a list for
        another array, a dict or list of such) and the settings, returns a Keras model.
    n_networks : int
        How many networks there are.
    seed : int
        Decides everything random.

    Attributes
    ----------
    weights_ : list of lists of arrays
        Weights of each network.
    trainings_ : list of Training
        Best epoch and losses of each network.
    """

    # No sample weights, so scikit-learn adds no method to ask for them.
    __metadata_request__score = {"sample_weight": UNUSED}

    _loss: Loss = staticmethod(mean_squared_error)
    _description = "networks.json"
    # What is learnt beside the weights, in types that JSON knows.
    _learnt: tuple[str, ...] = ("shape_",)

    def __init__(
        self,
        settings: TrainingSettings | None = None,
        *,
        make_network: Callable[[Any, Any], Any] = make_ffnn,
        n_networks: int = 1,
        seed: int = 0,
    ):
        self.settings = settings
        self.make_network = make_network
        self.n_networks = n_networks
        self.seed = seed

    def outputs(self, X: Any) -> np.ndarray:
        """Return every output, (n_networks, n_patients), in the unit of the target as learnt."""
        check_is_fitted(self, "weights_")
        inputs, trainer = self._inputs(X, reset=False), self._trainer()
        outputs = np.array([trainer.predict(weights, inputs)[:, 0] for weights in self.weights_])
        return outputs.astype("float64")

    def save(self, folder: str | Path) -> None:
        """Write one ``.keras`` file per network and a small JSON file, over older ones."""
        check_is_fitted(self, "weights_")
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        trainer = self._trainer()
        for number, weights in enumerate(self.weights_):
            with _numpy_2_accepted():
                trainer.put_weights(weights).save(folder / _file_name(number))
        learnt = {name: getattr(self, name) for name in self._learnt}
        description = {
            "settings": dataclasses.asdict(self._settings()),
            "n_networks": self.n_networks,
            "seed": self.seed,
            **learnt,
        }
        text = json.dumps(description, indent=2) + "\n"
        (folder / self._description).write_text(text, encoding="utf-8")

    @classmethod
    def load(
        cls,
        folder: str | Path,
        *,
        settings_class: type[TrainingSettings] = FFNNSettings,
        make_network: Callable[[Any, Any], Any] = make_ffnn,
    ) -> Self:
        """Read networks that were saved; they predict the same, and have no losses of trainings.

        Give the class of their settings and the function that made them. Refused if a file is
        missing or the networks have other weights than ``make_network`` gives.
        """
        folder = Path(folder)
        description = _read_description(_existing(folder / cls._description, cls))
        settings = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in description["settings"].items()
        }
        networks = cls(
            settings_class(**settings),
            make_network=make_network,
            n_networks=description["n_networks"],
            seed=description["seed"],
        )
        for name in cls._learnt:
            setattr(networks, name, description[name])
        trainer = networks._trainer()
        networks.weights_ = [
            _weights_in(_existing(folder / _file_name(number), cls), trainer)
            for number in range(networks.n_networks)
        ]
        return networks

    def _fit_networks(self, inputs: Any, target: np.ndarray) -> Self:
        """Train every network on inputs that :meth:`_inputs` gave."""
        self.shape_ = _shape(inputs)
        trainer = self._trainer()
        self.trainings_ = [
            trainer.fit(inputs, target, self._settings(), seed=[self.seed, number])
            for number in range(self.n_networks)
        ]
        self.weights_ = [training.weights for training in self.trainings_]
        return self

    def _settings(self) -> TrainingSettings:
        return FFNNSettings() if self.settings is None else self.settings

    def _inputs(self, X: Any, *, reset: bool) -> Any:
        if isinstance(X, dict):
            return {name: _pad_columns(array) for name, array in X.items()}
        if isinstance(X, tuple) or np.ndim(X) != 2:
            return X
        return validate_data(self, X, reset=reset, dtype="float32", ensure_all_finite=False)

    def _trainer(self) -> Trainer:
        return shared_trainer(
            self.make_network, json.dumps(self.shape_), untrained(self._settings()), self._loss
        )


@functools.lru_cache(maxsize=16)
def shared_trainer(
    make_network: Callable, shape: str, settings: TrainingSettings, loss: Loss
) -> Trainer:
    """Return the one trainer, with its compiled program, of an architecture and a loss."""
    return Trainer(make_network(json.loads(shape), settings), loss)


def _pad_columns(array: Any) -> np.ndarray:
    """Append columns of zeros to a table that goes in beside other inputs."""
    array = np.asarray(array)
    n_missing = -array.shape[1] % COLUMNS_PADDED_TO if array.ndim == 2 else 0
    return np.pad(array, [(0, 0), (0, n_missing)]) if n_missing else array


def untrained(settings: TrainingSettings) -> TrainingSettings:
    """Return the settings with everything that is not architecture at its default."""
    fields = dataclasses.fields(TrainingSettings)
    return dataclasses.replace(settings, **{field.name: field.default for field in fields})


def _shape(inputs: Any) -> Any:
    """Return the shape of the inputs without patients, in types that JSON knows."""
    if isinstance(inputs, dict):
        return {name: _shape(inputs[name]) for name in sorted(inputs)}
    if isinstance(inputs, tuple):
        return [_shape(array) for array in inputs]
    shape = np.shape(inputs)[1:]
    return shape[0] if len(shape) == 1 else list(shape)


def _file_name(number: int) -> str:
    return f"network_{number:02d}.keras"


@contextlib.contextmanager
def _numpy_2_accepted() -> Iterator[None]:
    """Ignore that Keras 3.15 copies variables in a way NumPy 2 warns about."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        yield


def _existing(path: Path, kind: type) -> Path:
    """Return the path, or refuse it if there is no such file."""
    if not path.is_file():
        raise refuse(
            path.name,
            expected=f"a file written by {kind.__name__}.save",
            found="none",
            remedy="Pass the folder it was saved in.",
        )
    return path


def _read_description(path: Path) -> dict[str, Any]:
    """Read the JSON file beside saved networks."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError):
        raise _damaged(path) from None


def _damaged(path: Path) -> BadInput:
    return refuse(
        path.name,
        expected="a file of a saved network as it was written",
        found="one that is cut or damaged",
        remedy="Copy it again from where it was saved, or fit the network again.",
    )


def _weights_in(path: Path, trainer: Trainer) -> list[np.ndarray]:
    """Read the weights of one saved network."""
    keras = import_keras()
    try:
        with _numpy_2_accepted():
            model = keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, LookupError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(path) from error
    weights = [variable.numpy() for variable in list_variables(model)]
    found, expected = ([np.shape(w) for w in ws] for ws in (weights, trainer.built_weights))
    if found != expected:
        raise refuse(
            path.name,
            expected=f"weights of the shapes {expected}",
            found=f"{found}",
            remedy="Pass the settings_class and make_network it was made with.",
        )
    return weights
