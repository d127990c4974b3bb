"""Train regressions on many studies at once, and test in each what MRI adds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.evaluation.increments import (
    intervals_of_means,
    mcnemar_p_values,
    permutation_p_values,
    permute_beyond,
)
from alsnb.evaluation.probabilities import ranked_scores
from alsnb.models.multinomial import Multinomials, fit_multinomials

CLINICAL, COMBINED = "clinical", "combined"

ACCURACY, RPS = "accuracy", "rps"

STUDY, WON, LOST = "study", "n_won", "n_lost"
GAIN, GAIN_LOW, GAIN_HIGH, P_MCNEMAR, P_PERMUTED = "gain", "low", "high", "p_mcnemar", "p_permuted"

TESTS = (STUDY, WON, LOST, P_MCNEMAR, GAIN, GAIN_LOW, GAIN_HIGH, P_PERMUTED)
"""Columns of a frame of tests, a row per study: patients whom only the combined, or only the
clinical model called rightly, McNemar's exact p-value, by how much the ranked probability score is
better (above 0) with a 95 % interval over the patients held out, and the p-value of a permutation
test (NaN without permutations)."""

_AT_ONCE = 20_000_000
"""Numbers in the inputs of the regressions that are fitted at once; bounds the memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Studies:
    """Many studies of as many patients each, as one value with a key.

    Attributes
    ----------
    inputs : dict of str to array of shape (n_studies, n_patients, n_inputs)
        What each model reads; a model that reads nothing learns the shares of the classes. The
        columns of ``clinical`` are the first ones of ``combined``.
    classes : int array of shape (n_studies, n_patients)
        From 0.
    n_learnt : int
        So many patients of each study are learnt from, the first ones; the others are held out.
    n_classes : int
    """

    inputs: dict[str, np.ndarray]
    classes: np.ndarray
    n_learnt: int
    n_classes: int = 3

    def __repr__(self) -> str:
        # what stands in the arrays is not for a page
        n_studies, n_patients = self.classes.shape
        return f"Studies({n_studies:,} of {n_patients:,} patients)"


@dataclass(frozen=True, kw_only=True, eq=False)
class Fresh:
    """Patients of no study, on whom fitted models are judged: ``inputs`` (n, n_inputs), classes."""

    inputs: dict[str, np.ndarray]
    classes: np.ndarray


@stored
def score_studies(studies: Studies, fresh: Fresh | None = None) -> pd.DataFrame:
    """Return the scores of every model in every study.

    Parameters
    ----------
    studies : Studies
    fresh : Fresh, optional
        Whom to predict; by default the patients of the study who are held out.

    Returns
    -------
    DataFrame
        ``study``, ``model``, ``accuracy`` (higher is better) and ``rps`` (0 to 1, lower is better).
    """
    frames = []
    for model in studies.inputs:
        fitted = _fit(studies, studies.inputs[model])
        if fresh is None:
            inputs, classes = _held_out(studies, model)
            scores = _scores(fitted.predict(inputs), classes)
        else:
            scores = _scores_of_fresh(fitted, fresh.inputs[model], fresh.classes)
        accuracy, rps = scores
        rows = {STUDY: np.arange(len(rps)), "model": model, ACCURACY: accuracy, RPS: rps}
        frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


@stored
def find_increments(
    studies: Studies, *, n_resamples: int, n_permutations: int, seed: int
) -> pd.DataFrame:
    """Test in every study whether the combined model is better than the clinical one.

    Parameters
    ----------
    studies : Studies
        With ``clinical`` and ``combined`` inputs.
    n_resamples : int
        Resamples of the patients held out.
    n_permutations : int
        Of what MRI says beyond the clinical inputs, among all patients of a study; both models are
        trained anew for each. 0 for no such test.
    seed : int

    Returns
    -------
    DataFrame
        Columns :data:`TESTS`.
    """
    right, rps = {}, {}
    for model in (CLINICAL, COMBINED):
        inputs, classes = _held_out(studies, model)
        chances = _fit(studies, studies.inputs[model]).predict(inputs)
        right[model] = chances.argmax(axis=2) == classes
        rps[model] = _ranked(chances, classes)
    won = (right[COMBINED] & ~right[CLINICAL]).sum(axis=1)
    lost = (right[CLINICAL] & ~right[COMBINED]).sum(axis=1)
    better = rps[CLINICAL] - rps[COMBINED]
    low, high = intervals_of_means(better, n_resamples=n_resamples, seed=seed)
    found = {
        STUDY: np.arange(len(won)),
        WON: won,
        LOST: lost,
        P_MCNEMAR: mcnemar_p_values(won, lost),
        GAIN: better.mean(axis=1),
        GAIN_LOW: low,
        GAIN_HIGH: high,
        P_PERMUTED: np.nan,
    }
    if n_permutations:
        reference = rps[CLINICAL].mean(axis=1)
        permuted = _permuted_scores(studies, n_permutations, seed)
        found[P_PERMUTED] = permutation_p_values(found[GAIN], reference[:, None] - permuted)
    return pd.DataFrame(found)[list(TESTS)]


def gather_studies(
    inputs: Mapping[str, np.ndarray], classes: np.ndarray, *, n_patients: int, n_learnt: int
) -> Studies:
    """Cut many patients into as many studies of a size as they suffice for, nobody in two.

    Parameters
    ----------
    inputs : mapping of str to array of shape (n, n_inputs)
        Of patients in the order of chance.
    classes : int array of shape (n,)
    n_patients, n_learnt : int
        Of each study, and how many of them are learnt from.
    """
    n_studies = len(classes) // n_patients
    cut = slice(n_studies * n_patients)
    shape = (n_studies, n_patients, -1)
    return Studies(
        inputs={
            # of a table without columns -1 would not be known
            name: table[cut].reshape(*shape[:2], table.shape[1])
            for name, table in inputs.items()
        },
        classes=classes[cut].reshape(shape[:2]),
        n_learnt=n_learnt,
    )


def _fit(studies: Studies, inputs: np.ndarray) -> Multinomials:
    learnt = slice(studies.n_learnt)
    step = max(1, _AT_ONCE // max(inputs[0].size, 1))
    parts = [
        fit_multinomials(
            inputs[start : start + step, learnt],
            studies.classes[start : start + step, learnt],
            studies.n_classes,
        )
        for start in range(0, len(inputs), step)
    ]
    names = ("means", "scales", "coefficients")
    return Multinomials(*(np.concatenate([getattr(one, n) for one in parts]) for n in names))


def _held_out(studies: Studies, model: str) -> tuple[np.ndarray, np.ndarray]:
    held = slice(studies.n_learnt, None)
    return studies.inputs[model][:, held], studies.classes[:, held]


def _ranked(chances: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the ranked probability score of each patient, (n_studies, n_patients)."""
    k = chances.shape[2]
    observed = (classes[..., None] == np.arange(k)).astype(float)
    scores = ranked_scores(observed.reshape(-1, k), chances.reshape(-1, k))
    return scores.reshape(classes.shape)


def _scores(chances: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracy and ranked probability score of each study."""
    right = (chances.argmax(axis=2) == classes).mean(axis=1)
    return right, _ranked(chances, classes).mean(axis=1)


def _scores_of_fresh(
    fitted: Multinomials, inputs: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    found = []
    for number in range(len(fitted.means)):
        own = Multinomials(*(part[number : number + 1] for part in vars(fitted).values()))
        found.append(_scores(own.predict(inputs[None]), classes[None]))
    accuracy, rps = np.concatenate(found, axis=1) if found else np.zeros((2, 0))
    return accuracy, rps


def _permuted_scores(studies: Studies, n_permutations: int, seed: int) -> np.ndarray:
    """Return the combined model's score after each permutation, (n_studies, n_permutations)."""
    n_clinical, found = studies.inputs[CLINICAL].shape[2], []
    for number, (inputs, classes) in enumerate(
        zip(studies.inputs[COMBINED], studies.classes, strict=True)
    ):
        known, added = inputs[:, :n_clinical], inputs[:, n_clinical:]
        rng = np.random.default_rng([seed, number])
        moved = permute_beyond(added, known, n_permutations, rng)
        again = np.tile(known, (n_permutations, 1, 1))
        every = Studies(
            inputs={COMBINED: np.concatenate([again, moved], axis=2)},
            classes=np.tile(classes, (n_permutations, 1)),
            n_learnt=studies.n_learnt,
            n_classes=studies.n_classes,
        )
        held, truth = _held_out(every, COMBINED)
        chances = _fit(every, every.inputs[COMBINED]).predict(held)
        found.append(_ranked(chances, truth).mean(axis=1))
    return np.array(found)
