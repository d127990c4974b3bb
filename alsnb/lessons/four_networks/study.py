"""Predict the class of survival with the networks of Paper B and with rivals, on many divisions."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.disclosure import is_small
from alsnb.effort import room_efforts
from alsnb.evaluation.calls import (
    CALLED,
    CLASS,
    N_RIGHT,
    compare_calls,
    count_confusion,
    score_recall,
)
from alsnb.evaluation.probabilities import compare_probabilities, score_probabilities
from alsnb.fits.class_rivals import MAJORITY, MULTINOMIAL, fit_rival
from alsnb.fits.imaging import fit_layered
from alsnb.imaging.cohort import ClassSettings, select_imaging_cohort
from alsnb.imaging.release import ImagingRelease
from alsnb.models.layered import LAYERED
from alsnb.published import read_published
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL, N_PATIENTS, OBSERVED, REPEAT
from alsnb.study.imaging_input import imaging_input, read_for_pages
from alsnb.study.imaging_task import (
    BOUNDS,
    CLINICAL,
    CONNECTIVITY,
    FRUGAL,
    MORPHOLOGY,
    SOURCES,
    ImagingTask,
    make_imaging_task,
)

EFFORTS = room_efforts(
    n_people={"smoke": 135, "book": 135, "full": 135},
    n_splits={"smoke": 3, "book": 60, "full": 200},
)

RIDGE = "clinical_ridge"

TITLES = {
    MAJORITY: "Shares of the classes",
    BOUNDS: "Bounds alone",
    RIDGE: "Ridge on clinical characteristics",
    FRUGAL: "Ridge on these and three brain measures",
    CLINICAL: "Clinical network",
    CONNECTIVITY: "Connectivity network",
    MORPHOLOGY: "Morphology network",
    LAYERED: "Layered network",
}
"""What a reader calls each model, in the order of the tables."""

RIVALS = {
    MAJORITY: (CLINICAL, MAJORITY),
    BOUNDS: (BOUNDS, MULTINOMIAL),
    RIDGE: (CLINICAL, MULTINOMIAL),
    FRUGAL: (FRUGAL, MULTINOMIAL),
}
"""What each rival reads, and which classifier it is."""

PRINTED = {
    CLINICAL: "clinical",
    CONNECTIVITY: "structural_connectivity",
    MORPHOLOGY: "morphology",
    LAYERED: "combined",
}
"""The name of each network in the paper's list of accuracies."""

CUTS = {
    "25 and 50 months": (25.0, 50.0),
    "24 and 48 months": (24.0, 48.0),
    "24 and 60 months": (24.0, 60.0),
}
"""Cut-offs between short, medium and long survival. The first are remembered and unconfirmed."""

SMALLEST_FOR_A_SPLIT = 5


def read_cuts(text: str) -> tuple[float, ...]:
    """Return cut-offs in months from their text, such as ``"25,50"``."""
    return tuple(float(one) for one in text.split(","))


def open_study(
    imaging_dir: str, *, n_people: int, world: str, cuts: tuple[float, ...], seed: int
) -> SimpleNamespace:
    """Return the ``release``, ``cohort`` and ``task`` of the study that is named or simulated.

    Subjects with whom something is wrong are left out; the chapter on brains as numbers says why.
    """
    where = imaging_input(imaging_dir, n_patients=n_people, world=world, seed=seed)
    release = read_for_pages(where)
    cohort = select_imaging_cohort(release, ClassSettings(cut_months=cuts))
    return SimpleNamespace(release=release, cohort=cohort, task=make_imaging_task(release, cohort))


def count_left(release: ImagingRelease) -> int:
    """Return how many subjects of the files were left out."""
    return len(release.presence) - len(release.subjects)


def predict(task: ImagingTask, n_splits: int, *, seed: int) -> pd.DataFrame:
    """Return what every model says of the patients held out, a repeat per random division."""
    frames = []
    for name, (source, model) in RIVALS.items():
        inputs = task.inputs(n_splits, sources=[source], seed=seed)
        frames.append(fit_rival(inputs, source, model, name=name, seed=seed))
    networks = fit_layered(task.inputs(n_splits, sources=SOURCES, seed=seed), seed=seed)
    return pd.concat([*frames, networks], ignore_index=True)


def only_split(predictions: pd.DataFrame, number: int = 0) -> pd.DataFrame:
    """Return the predictions of one division, as a paper with a single one has them."""
    return predictions[predictions[REPEAT] == number].reset_index(drop=True)


def describe_inputs(task: ImagingTask) -> pd.DataFrame:
    """Return how many inputs each network reads: ``source``, ``n_inputs``."""
    names = {name: name.capitalize() for name in SOURCES}
    rows = [(title, task.tables[name].shape[1]) for name, title in names.items()]
    layered = ("What the three say", len(SOURCES) * len(task.names))
    return pd.DataFrame([*rows, layered], columns=["source", "n_inputs"])


def count_classes(task: ImagingTask) -> pd.DataFrame:
    """Return how many patients each class has: ``class``, ``n_patients``, ``share``."""
    counts = task.classes.value_counts().reindex(range(len(task.names)), fill_value=0)
    frame = pd.DataFrame({CLASS: task.names, N_PATIENTS: counts.to_numpy()})
    return frame.assign(share=frame[N_PATIENTS] / frame[N_PATIENTS].sum())


def make_accuracies(split: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracy of each model in one division, beside the printed one.

    Columns ``model``, ``published`` (NaN for rivals), ``estimate`` with Wilson's interval,
    ``difference``, ``n_right`` and ``n_patients``.
    """
    recalls = score_recall(split)
    both = recalls[recalls[CLASS].isna()].drop(columns=CLASS)
    printed = read_published()["paper_b"]["accuracy"]
    published = both[MODEL].map({model: printed[name] for model, name in PRINTED.items()})
    return both.assign(published=published, difference=both[ESTIMATE] - published)


def make_recalls(split: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return of each model the share of each class that it called rightly."""
    recalls = score_recall(split)
    recalls = recalls[recalls[CLASS].notna()]
    return recalls.assign(**{CLASS: [names[int(number)] for number in recalls[CLASS]]})


def count_calls(split: pd.DataFrame) -> pd.DataFrame:
    """Return how many patients of each class each of the four networks called which."""
    return count_confusion(split[split[MODEL].isin(PRINTED)])


def small_models(split: pd.DataFrame) -> set[str]:
    """Return the models of which a cell of the confusion matrix counts one to four patients.

    A class with so few patients held out has such a cell in every matrix.
    """
    counts = count_confusion(split)
    return set(counts.loc[is_small(counts[N_PATIENTS]), MODEL])


def withhold(frame: pd.DataFrame, models: set[str]) -> pd.DataFrame:
    """Return a frame of calls without the numbers of some models.

    All cells of such a model go, as the sums of rows and of all patients are told elsewhere.
    """
    names = frame.columns.intersection([ESTIMATE, LOW, HIGH, N_RIGHT, N_PATIENTS])
    hidden = frame[MODEL].isin(models)
    if not hidden.any():
        return frame
    return frame.assign(**{name: frame[name].astype(float).mask(hidden) for name in names})


def lay_out(counts: pd.DataFrame, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return a confusion matrix per model: rows observed, columns called; NaN is withheld."""
    matrices = {}
    for model, rows in counts.groupby(MODEL, sort=False):
        wide = rows.set_index([OBSERVED, CALLED])[N_PATIENTS]
        cells = [
            [wide[row, column] for column in sorted(set(rows[CALLED]))]
            for row in sorted(set(rows[OBSERVED]))
        ]
        matrices[model] = pd.DataFrame(cells, list(names), list(names))
    return matrices


def printed_counts() -> dict[str, int]:
    """Return how many of 32 patients each of the paper's networks called rightly."""
    printed = read_published()["paper_b"]["correct_of_32"]
    return {name: printed[name] for name in PRINTED.values()}


def share_as_large(gains: pd.Series) -> float:
    """Return the share of divisions whose gain reaches that of the paper's combined network."""
    printed = read_published()["paper_b"]["accuracy"]
    # half a patient, as the printed accuracies are rounded
    return float((gains >= printed["combined"] - printed["clinical"] - 0.5 / 32).mean())


def smallest_p(n_printed: int, n_reference: int) -> float:
    """Return the smallest exact McNemar p-value that two counts of right calls allow.

    It is reached if every patient whom the reference called rightly was called rightly by both.
    """
    return float(min(1.0, 2 * 0.5 ** abs(n_printed - n_reference)))


def spread_of_splits(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return each model's accuracy in every division.

    Columns ``model``, ``repeat``, ``estimate``, ``n_right`` and ``n_patients``.
    """
    columns = [MODEL, REPEAT, ESTIMATE, N_RIGHT, N_PATIENTS]
    accuracies = [
        make_accuracies(rows).assign(**{REPEAT: number})[columns]
        for number, rows in predictions.groupby(REPEAT)
    ]
    return pd.concat(accuracies, ignore_index=True)


def describe_spread(spread: pd.DataFrame) -> pd.DataFrame:
    """Return mean and range of the accuracies of many divisions, beside the printed accuracy.

    ``low`` and ``high`` hold nineteen of twenty divisions. Divisions overlap, so this is what one
    of them could have said, not an interval of the accuracy. ``share_as_high`` is the share of
    divisions that reach the printed value.
    """
    printed = read_published()["paper_b"]["accuracy"]
    rows = []
    for model, values in spread.groupby(MODEL)[ESTIMATE]:
        published = printed.get(PRINTED.get(model, ""), np.nan)
        values = values.dropna()
        low, high = values.quantile([0.025, 0.975])
        reach = (values >= published - 1e-3).mean() if np.isfinite(published) else np.nan
        rows.append((model, published, values.mean(), low, high, reach))
    columns = [MODEL, "published", ESTIMATE, LOW, HIGH, "share_as_high"]
    return in_their_order(pd.DataFrame(rows, columns=columns))


def gains_of_splits(spread: pd.DataFrame, model: str, reference: str) -> pd.Series:
    """Return the accuracy of a model less that of a reference, by division."""
    wide = spread.pivot_table(ESTIMATE, REPEAT, MODEL)
    return wide[model] - wide[reference]


def score_all(predictions: pd.DataFrame, n_resamples: int, *, seed: int) -> pd.DataFrame:
    """Return scores of probabilities over all divisions, with intervals over patients."""
    metrics = ("rps", "log_loss", "accuracy", "balanced_accuracy")
    how = {"metrics": metrics, "n_resamples": n_resamples, "seed": seed}
    return in_their_order(score_probabilities(predictions, **how))


def compare_all(
    predictions: pd.DataFrame, n_resamples: int, *, reference: str, seed: int
) -> pd.DataFrame:
    """Return paired differences of each model's ranked probability score from a reference's."""
    how = {"metrics": ("rps",), "n_resamples": n_resamples, "seed": seed}
    return in_their_order(compare_probabilities(predictions, reference=reference, **how))


def compare_cuts(study: SimpleNamespace, n_splits: int, *, seed: int) -> pd.DataFrame:
    """Return mean accuracies under every pair of cut-offs: ``cuts``, ``model``, ``estimate``.

    Cut-offs under which a class has fewer than five patients are left out.
    """
    rows = []
    for label, cuts in CUTS.items():
        settings = ClassSettings(cut_months=cuts, smallest_class=SMALLEST_FOR_A_SPLIT)
        cohort = select_imaging_cohort(study.release, settings)
        task = make_imaging_task(study.release, cohort)
        spread = spread_of_splits(predict(task, n_splits, seed=seed))
        means = spread.groupby(MODEL)[ESTIMATE].mean()
        rows += [{"cuts": label, MODEL: model, ESTIMATE: value} for model, value in means.items()]
    return in_their_order(pd.DataFrame(rows))


def in_their_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the order of :data:`TITLES`."""
    places = {model: place for place, model in enumerate(TITLES)}
    return frame.sort_values(
        MODEL, key=lambda models: models.map(places), kind="stable", ignore_index=True
    )
