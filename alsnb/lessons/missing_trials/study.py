"""Deal with gaps in several ways, leave out whole trials, and look at groups of patients."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from alsnb.effort import Effort, room_efforts
from alsnb.evaluation.bootstrap import compare_predictions, score_groups, score_predictions
from alsnb.evaluation.calibration import calibration_in_the_large
from alsnb.features.onset import LOG_ONSET, ONSET_DELTA
from alsnb.fits.inputs import FitInputs, make_inputs
from alsnb.lessons.missing_trials.fits import fit_way
from alsnb.models.gaps import MEDIAN, NATIVE, WAYS
from alsnb.report.scores import pick
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS
from alsnb.splits import Fold, make_folds
from alsnb.study.proact import Study
from alsnb.study.task import SlopeTask
from alsnb.study.truth import read_truth
from alsnb.vocabulary import METRICS, PAIRED

EFFORTS = room_efforts(
    n_boosted={"smoke": 40, "book": 150, "full": 300},
    n_imputations={"smoke": 2, "book": 3, "full": 20},
)
"""By profile; ``n_boosted`` trees in a model, and how often a table is filled."""

SUMMARIES = ("last", "slope")
"""What of each measure the learner sees here: so few columns can be filled several times."""

SMALLEST_GROUP = 20
"""Groups of patients with fewer get no scores."""

SMALLEST_TRIAL, TRIALS = 30, 12
"""Trials or clusters with fewer patients are held out together; of a small cohort, with fewer than
the so-many-th part."""

N_CLUSTERS = 12
LEFT_OUT, RANDOM = "left_out", "random"
SMALL = "small ones"


# --- ways of dealing with a gap ------------------------------------------------------------


def choose_columns(study: Study, task: SlopeTask) -> list[str]:
    """Return the features of the chapter: facts, and two summaries of each measure."""
    kinds = study.catalogue.set_index("name")["summary"]
    # facts of a patient are no summary of anything
    chosen = [name for name in task.features if kinds[name] in ("", *SUMMARIES)]
    return [*chosen, LOG_ONSET]


def describe_gaps(task: SlopeTask, columns: list[str]) -> pd.DataFrame:
    """Return how many columns lack how much, in the patients to learn from."""
    missing = task.predictors.loc[task.split.train, columns].isna().mean()
    edges = {"none": (0, 0), "up to 10%": (0, 0.1), "10% to 30%": (0.1, 0.3), "over 30%": (0.3, 1)}
    rows = [
        {"missing": name, "n_features": int(((missing > low) & (missing <= high)).sum())}
        for name, (low, high) in edges.items()
    ]
    rows[0]["n_features"] = int((missing == 0).sum())
    return pd.DataFrame(rows)


def _inputs_of(task: SlopeTask, columns: list[str], folds: list[Fold] | None = None) -> FitInputs:
    """Return what is learnt from: the patients to learn from, in their folds or in others."""
    folds = [fold for fold in task.folds if fold.repeat == 0] if folds is None else folds
    return make_inputs(task.predictors[columns], task.target, folds, features=columns)


def predict_ways(task: SlopeTask, columns: list[str], effort: Effort, *, seed: int) -> pd.DataFrame:
    """Return out-of-fold predictions with each of :data:`alsnb.models.gaps.WAYS`."""
    inputs, sizes = _inputs_of(task, columns), _sizes(effort)
    return pd.concat([fit_way(inputs, way, seed=seed, **sizes) for way in WAYS], ignore_index=True)


def _sizes(effort: Effort) -> dict[str, int]:
    return {"n_trees": effort.n_boosted, "n_imputations": effort.n_imputations}


def score_ways(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of each way with intervals over patients."""
    return score_predictions(predictions, metrics=METRICS, n_resamples=n_resamples)


def compare_ways(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of each way minus those of filling with the median."""
    how = {"metrics": PAIRED, "n_resamples": n_resamples}
    return compare_predictions(predictions, reference=MEDIAN, **how)


# --- trials --------------------------------------------------------------------------------


def find_clusters(study: Study, task: SlopeTask, *, seed: int) -> pd.Series:
    """Return the cluster of each patient to learn from, by what is recorded of them and what not.

    Each measure counts once: whether the patient has any summary of it. Patients of one trial were
    asked and measured alike, so that a cluster stands for a trial or a few.
    """
    own = task.split.train
    names = study.catalogue.loc[study.catalogue["name"].isin(study.features.columns)]
    known = study.features.loc[own].notna()
    measures = names.set_index("name")["measure"].reindex(known.columns)
    measures = measures.fillna(pd.Series(known.columns, index=known.columns))
    pattern = known.T.groupby(measures.to_numpy()).max().T.astype(float)
    n_clusters = min(N_CLUSTERS, len(pattern.drop_duplicates()))
    found = KMeans(n_clusters, n_init=5, random_state=seed).fit_predict(pattern.to_numpy())
    return pd.Series(found, index=own, name="cluster").map("cluster {}".format)


def find_trials(task: SlopeTask, truth: Path | None) -> pd.Series | None:
    """Return the trial of each patient to learn from; None of real ones, of whom it is not told."""
    facts = read_truth(truth)
    if facts.empty:
        return None
    return facts["trial"].reindex(task.split.train).map("trial {}".format)


def fewest_of(groups: pd.Series) -> int:
    """Return how many patients a group needs so that it is left out by itself."""
    return max(5, min(SMALLEST_TRIAL, len(groups) // TRIALS))


def merge_small(groups: pd.Series) -> pd.Series:
    """Return the groups with all those of fewer patients than :func:`fewest_of` put into one."""
    sizes = groups.map(groups.value_counts())
    return groups.where(sizes >= fewest_of(groups), SMALL)


def agreement(trials: pd.Series | None, clusters: pd.Series) -> float:
    """Return the adjusted Rand index of trials and clusters: 1 if they agree, 0 by chance."""
    return np.nan if trials is None else adjusted_rand_score(trials, clusters)


def _group_folds(groups: pd.Series) -> list[Fold]:
    """Return folds that hold out one group each."""
    return [
        Fold(0, number, groups.index[groups != name], groups.index[groups == name])
        for number, name in enumerate(sorted(groups.unique()))
    ]


def predict_groups(
    task: SlopeTask, columns: list[str], groups: pd.Series, effort: Effort, *, seed: int
) -> pd.DataFrame:
    """Return predictions of each group by models of the others, and of as many random folds.

    Models are :data:`LEFT_OUT` and :data:`RANDOM`; boosting leaves gaps as they are. Empty if
    there is only one group.
    """
    if groups.nunique() < 2:
        return pd.DataFrame(columns=[MODEL])
    folds = _group_folds(groups)
    strata = task.target.loc[groups.index]
    # no fewer patients to learn from than when a typical group is left out
    n_folds = max(2, min(len(folds), 10))
    divided = make_folds(groups.index, n_folds=n_folds, seed=seed, strata=strata)
    frames = [
        fit_way(_inputs_of(task, columns, own), NATIVE, seed=seed, name=name, **_sizes(effort))
        for name, own in ((LEFT_OUT, folds), (RANDOM, divided))
    ]
    return pd.concat(frames, ignore_index=True)


def compare_designs(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores with groups left out minus those of random folds; empty without groups."""
    if predictions.empty:
        return pd.DataFrame(columns=[MODEL, "reference", METRIC, ESTIMATE, LOW, HIGH, "p_holm"])
    how = {"metrics": PAIRED, "n_resamples": n_resamples}
    return compare_predictions(predictions, reference=RANDOM, **how)


def level_of_groups(predictions: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return the calibration in the large of each group that was left out."""
    if predictions.empty:
        return pd.DataFrame(columns=["group", MODEL, ESTIMATE, LOW, HIGH, N_PATIENTS])
    own = predictions[predictions[MODEL] == LEFT_OUT]
    return calibration_in_the_large(own, groups)


def count_off(levels: pd.DataFrame) -> int:
    """Return in how many groups the interval of the calibration in the large leaves out zero."""
    return int(((levels[LOW] > 0) | (levels[HIGH] < 0)).sum())


# --- groups of patients --------------------------------------------------------------------

UNKNOWN = "not recorded"


def group_patients(task: SlopeTask) -> dict[str, pd.Series]:
    """Return the group of each patient to learn from, by sex, age, site of onset and delay."""
    own = task.predictors.loc[task.split.train]
    known = own.reindex(columns=["male", "age", "site_limb", "site_bulbar", ONSET_DELTA])
    sites = np.select(
        [known["site_limb"].isna(), known["site_limb"] == 1, known["site_bulbar"] == 1],
        [UNKNOWN, "limb", "bulbar"],
        "both or other",
    )
    return {
        "Sex": known["male"].map({1.0: "men", 0.0: "women"}).fillna(UNKNOWN),
        "Age": _cut(known["age"], (50, 65), ("under 50", "50 to 64", "65 or older")),
        "Site of onset": pd.Series(sites, index=own.index),
        "Onset before time zero": _cut(
            -known[ONSET_DELTA] / 365.24, (1, 2), ("under one year", "one to two years", "longer")
        ),
    }


def _cut(values: pd.Series, edges: tuple[float, ...], names: tuple[str, ...]) -> pd.Series:
    bins = [-np.inf, *edges, np.inf]
    return pd.cut(values, bins, right=False, labels=names).astype(object).fillna(UNKNOWN)


def score_subgroups(
    predictions: pd.DataFrame, families: dict[str, pd.Series], n_resamples: int
) -> pd.DataFrame:
    """Return scores and calibration in the large of one model in each group of patients.

    Columns ``family``, ``group``, ``metric`` (``"large"`` for the latter), ``estimate``, ``low``,
    ``high`` and ``n_patients``. Groups of fewer than :data:`SMALLEST_GROUP` are counted without
    scores.
    """
    frames = []
    for family, groups in families.items():
        sizes = groups.value_counts()
        fit = groups[groups.map(sizes) >= SMALLEST_GROUP]
        rows = predictions[predictions["patient"].isin(fit.index)]
        how = {"metrics": ("rmsd", "r2", "calibration_slope"), "n_resamples": n_resamples}
        levels = calibration_in_the_large(rows, fit).assign(**{METRIC: "large"})
        few = sizes[sizes < SMALLEST_GROUP].rename_axis("group").reset_index(name=N_PATIENTS)
        parts = [score_groups(rows, fit, **how), levels, few.assign(**{METRIC: "large"})]
        frames.append(pd.concat([p for p in parts if len(p)]).assign(family=family))
    columns = ["family", "group", METRIC, ESTIMATE, LOW, HIGH, N_PATIENTS]
    return pd.concat(frames, ignore_index=True)[columns]


def farthest(subgroups: pd.DataFrame) -> pd.Series | None:
    """Return the group whose calibration in the large is surest to be off; None if no one's is."""
    rows = subgroups[(subgroups[METRIC] == "large") & subgroups[LOW].notna()]
    reach = (rows[HIGH] - rows[LOW]) / 2
    far = (rows[ESTIMATE].abs() / reach).sort_values()
    return None if far.empty or far.iloc[-1] <= 1 else rows.loc[far.index[-1]]
