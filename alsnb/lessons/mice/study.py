"""Tell the strains of mice by the networks of Paper B, and by strains dealt by chance."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.effort import room_efforts
from alsnb.evaluation.calls import CALLED, CLASS, RECALLS, count_confusion, score_recall
from alsnb.evaluation.permuted import permutation_p
from alsnb.evaluation.probabilities import score_probabilities
from alsnb.fits.imaging import fit_layered
from alsnb.imaging.connectivity import node_strengths
from alsnb.imaging.mice import STRAIN, find_mice, read_mice
from alsnb.imaging.release import ImagingRelease
from alsnb.lessons.mice.fits import PERMUTATION, fit_permuted, make_rotated_inputs
from alsnb.models.layered import LAYERED
from alsnb.schema import (
    AT,
    ESTIMATE,
    FOLD,
    HIGH,
    LOW,
    MODEL,
    N_PATIENTS,
    OBSERVED,
    PREDICTIONS,
    REPEAT,
    SCORES,
)
from alsnb.tables.source import Source

EFFORTS = room_efforts(
    n_rounds={"smoke": 1, "book": 2, "full": 10},
    n_permutations={"smoke": 19, "book": 99, "full": 499},
)

N_FOLDS = 8
"""Parts of the mice: one is predicted, one watched, six are learnt from."""

SEX, CONNECTIVITY, MORPHOLOGY = "sex", "connectivity", "morphology"

TITLES = {
    SEX: "Sex network",
    CONNECTIVITY: "Connectivity network",
    MORPHOLOGY: "Morphology network",
    LAYERED: "Layered network",
}
"""What a reader calls each network, in the order of the tables."""

MISSING = Source(
    name="mice",
    kind="animals",
    title="No data: the mice are not on this machine; 'alsnb fetch mice' brings them",
    n_patients=0,
    sha256="",
)
"""What a page says of itself that has no mice."""


def open_mice(imaging_dir: str) -> SimpleNamespace:
    """Return the mice, or a page without them.

    Returns
    -------
    SimpleNamespace
        ``source``; ``sources`` (a table for each network), ``classes`` (number of the strain) and
        ``names`` (of the strains). Without mice there are no classes.
    """
    if find_mice(imaging_dir) is None:
        return SimpleNamespace(
            source=MISSING, sources={}, classes=pd.Series(dtype=int), names=(), n_edges=0
        )
    release = read_mice(imaging_dir)
    strains = release.clinical[STRAIN]
    names = tuple(sorted(strains.unique()))
    return SimpleNamespace(
        source=release.source,
        sources=_make_sources(release),
        classes=strains.map(names.index).rename(CLASS).astype(int),
        names=names,
        n_edges=len(release.labels) * (len(release.labels) - 1) // 2,
    )


def _make_sources(release: ImagingRelease) -> dict[str, pd.DataFrame]:
    """Return what each network reads of the mice, a row per mouse.

    ``sex`` is 1 for females; ``connectivity`` the logarithm of the strength of each region;
    ``morphology`` the logarithm of the share of each region in the volume of the brain.
    """
    volumes = release.morphology.filter(regex="_volume_mm3$")
    share = volumes.where(volumes > 0).div(volumes.sum(axis=1), axis=0)
    female = (release.clinical["sex"] == "female").astype(float)
    return {
        SEX: female.to_frame(),
        CONNECTIVITY: node_strengths(release),
        MORPHOLOGY: np.log(share),
    }


def describe_sources(mice: SimpleNamespace) -> pd.DataFrame:
    """Return how many inputs each network reads: ``model``, ``n_inputs``."""
    rows = [(name, table.shape[1]) for name, table in mice.sources.items()]
    rows += [(LAYERED, len(rows) * len(mice.names))] if rows else []
    return pd.DataFrame(rows, columns=[MODEL, "n_inputs"])


def count_strains(mice: SimpleNamespace) -> pd.DataFrame:
    """Return how many mice each strain has: ``class``, ``n_patients``, ``n_females``."""
    female = mice.sources.get(SEX, pd.DataFrame({"sex": []})).iloc[:, 0]
    rows = [
        (name, int((mice.classes == number).sum()), int(female[mice.classes == number].sum()))
        for number, name in enumerate(mice.names)
    ]
    return pd.DataFrame(rows, columns=[CLASS, N_PATIENTS, "n_females"])


def predict(mice: SimpleNamespace, n_rounds: int, *, seed: int) -> pd.DataFrame:
    """Return what every network says of the mice held out; a repeat is a round of folds."""
    if mice.classes.empty:
        return pd.DataFrame(columns=[*PREDICTIONS, AT])
    how = {"n_folds": N_FOLDS, "n_rounds": n_rounds, "seed": seed}
    inputs = make_rotated_inputs(mice.sources, mice.classes, **how)
    predictions = fit_layered(inputs, seed=seed)
    split = predictions[REPEAT]
    return predictions.assign(**{REPEAT: split // N_FOLDS, FOLD: split % N_FOLDS})


def permute(
    mice: SimpleNamespace, n_rounds: int, n_permutations: int, *, seed: int
) -> pd.DataFrame:
    """Return the accuracy of every network on strains that were dealt by chance."""
    if mice.classes.empty:
        return pd.DataFrame(columns=[PERMUTATION, MODEL, ESTIMATE])
    how = {"n_permutations": n_permutations, "n_folds": N_FOLDS, "n_rounds": n_rounds}
    return fit_permuted(mice.sources, mice.classes, **how, seed=seed)


def judge(predictions: pd.DataFrame, permuted: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracy of every network beside that on permuted strains.

    Columns ``model``; ``estimate``, the share of right calls over all rounds; ``chance``, the mean
    share on permuted strains, and ``low`` and ``high``, which hold nineteen of twenty of these;
    ``highest`` of them; ``p_value`` (:func:`alsnb.evaluation.permuted.permutation_p`).
    """
    columns = [MODEL, ESTIMATE, "chance", LOW, HIGH, "highest", "p_value"]
    rows = []
    for model, calls in _round_accuracies(predictions).groupby(MODEL, sort=False):
        observed = float(calls[ESTIMATE].mean())
        dealt = permuted.loc[permuted[MODEL] == model, ESTIMATE].to_numpy()
        low, high = np.quantile(dealt, [0.025, 0.975])
        p_value = permutation_p(observed, dealt)
        rows.append((model, observed, dealt.mean(), low, high, dealt.max(), p_value))
    return pd.DataFrame(rows, columns=columns)


def _round_accuracies(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the share of right calls in each round: ``model``, ``repeat``, ``estimate``."""
    frames = []
    for number, rows in predictions.groupby(REPEAT):
        recalls = score_recall(rows)
        frames.append(recalls[recalls[CLASS].isna()].assign(**{REPEAT: number}))
    columns = [MODEL, REPEAT, ESTIMATE]
    return pd.concat(frames)[columns] if frames else pd.DataFrame(columns=columns)


def first_round(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions of one round, in which each mouse is predicted once."""
    return predictions[predictions[REPEAT] == 0].reset_index(drop=True)


def make_recalls(rounds: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the share of each strain that each network called rightly in one round."""
    if rounds.empty:
        return pd.DataFrame(columns=list(RECALLS))
    recalls = score_recall(rounds)
    told = ["all" if pd.isna(number) else names[int(number)] for number in recalls[CLASS]]
    return recalls.assign(**{CLASS: told})


def lay_out(rounds: pd.DataFrame, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return a matrix per network of one round: strains in rows, as called in columns."""
    if rounds.empty:
        return {}
    counts = count_confusion(rounds)
    return {
        model: rows.pivot_table(N_PATIENTS, OBSERVED, CALLED)
        .set_axis(names)
        .set_axis(names, axis=1)
        for model, rows in counts.groupby(MODEL, sort=False)
    }


def score_all(predictions: pd.DataFrame, n_resamples: int, *, seed: int) -> pd.DataFrame:
    """Return scores of probabilities over all rounds, with intervals over mice."""
    if predictions.empty:
        return pd.DataFrame(columns=list(SCORES))
    how = {"metrics": ("accuracy", "log_loss"), "n_resamples": n_resamples, "seed": seed}
    return score_probabilities(predictions, **how)


def add_noise(mice: SimpleNamespace, scale: float, *, seed: int) -> SimpleNamespace:
    """Return the mice with noise added to connections and volumes, in SDs of each measure."""
    rng = np.random.default_rng(seed)
    sources = {
        name: table
        if name == SEX
        else table + scale * table.std().to_numpy() * rng.standard_normal(table.shape)
        for name, table in mice.sources.items()
    }
    return SimpleNamespace(**vars(mice) | {"sources": sources})


def share_right(predictions: pd.DataFrame) -> dict[str, float]:
    """Return the share of mice that each network called rightly, by its title."""
    means = _round_accuracies(predictions).groupby(MODEL, sort=False)[ESTIMATE].mean()
    return {TITLES[model]: round(float(share), 2) for model, share in means.items()}
