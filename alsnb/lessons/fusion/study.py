"""Fuse sources without leaks, correct for scanners, and predict time from the scan, censored."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from alsnb.effort import room_efforts
from alsnb.evaluation.calibration import calibration_table
from alsnb.evaluation.calls import CLASS
from alsnb.evaluation.optimism import measure_optimism
from alsnb.evaluation.probabilities import compare_probabilities, score_probabilities
from alsnb.evaluation.recalls import score_recall_over_divisions
from alsnb.evaluation.truth import EXCESS
from alsnb.features.imaging import BOUNDS as TIMES_OF_BOUNDS
from alsnb.features.imaging import (
    clinical_inputs,
    connectivity_inputs,
    frugal_inputs,
    morphology_inputs,
)
from alsnb.fits import class_rivals as rivals
from alsnb.fits.class_rivals import MAJORITY, fit_rival
from alsnb.fits.corrected import (
    INSIDE,
    KEEPING,
    OUTSIDE,
    UNCORRECTED,
    WAYS,
    Covariates,
    fit_corrected,
)
from alsnb.fits.fusion import HELD_OUT, LEARNT, OUT_OF_FOLD, fit_fused
from alsnb.fits.survival_rivals import Times, fit_cox
from alsnb.imaging.cohort import ClassSettings, select_imaging_cohort
from alsnb.imaging.connectivity import measure_graph
from alsnb.lessons.fusion import fits
from alsnb.lessons.fusion.fits import Followed, Fresh, judge_models
from alsnb.models.fusion import EARLY, LATE, STACKED
from alsnb.models.layered import LAYERED
from alsnb.report.scores import pick
from alsnb.schema import (
    AT,
    ESTIMATE,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    N_PATIENTS,
    OBSERVED,
    PREDICTED,
    REPEAT,
    SPLIT,
)
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
    n_splits={"smoke": 2, "book": 12, "full": 60},
    n_corrected={"smoke": 1, "book": 6, "full": 30},
    n_cohorts={"smoke": 2, "book": 25, "full": 100},
    n_fresh={"smoke": 200, "book": 1_000, "full": 2_000},
)

PLAIN, RIDGE, ORDINAL, COX, FOREST = "plain", "ridge", "ordinal", "cox", "forest"
GRAPH, COMPONENTS, RIDGE_MORPHOLOGY = "graph", "components", "ridge_morphology"

TITLES = {
    MAJORITY: "Shares of the classes",
    BOUNDS: "Bounds alone",
    PLAIN: "Clinical multinomial regression",
    RIDGE: "Clinical ridge",
    ORDINAL: "Clinical ordinal regression",
    COX: "Clinical Cox regression",
    FOREST: "Clinical random forest",
    FRUGAL: "Clinical ridge with three brain measures",
    GRAPH: "Ridge on graph measures",
    COMPONENTS: "Ridge on components of the connectome",
    RIDGE_MORPHOLOGY: "Ridge on morphology",
    CLINICAL: "Clinical network",
    CONNECTIVITY: "Connectivity network",
    MORPHOLOGY: "Morphology network",
    EARLY: "Early fusion",
    LATE: "Late fusion",
    LAYERED: "Layered network",
    STACKED: "Stacked network",
}
"""What a reader calls each model, in the order of the tables."""

RIVALS = {
    MAJORITY: (CLINICAL, rivals.MAJORITY),
    BOUNDS: (BOUNDS, rivals.MULTINOMIAL),
    PLAIN: (CLINICAL, rivals.PLAIN),
    RIDGE: (CLINICAL, rivals.MULTINOMIAL),
    ORDINAL: (CLINICAL, rivals.ORDINAL),
    FOREST: (CLINICAL, rivals.FOREST),
    FRUGAL: (FRUGAL, rivals.MULTINOMIAL),
    GRAPH: (GRAPH, rivals.MULTINOMIAL),
    COMPONENTS: (CONNECTIVITY, rivals.COMPONENTS),
    RIDGE_MORPHOLOGY: (MORPHOLOGY, rivals.MULTINOMIAL),
}
"""What each rival reads, and which classifier it is."""

N_SITES = 20
"""Sites of the simulated study in which the site goes with the class."""

COMMON = (MAJORITY, BOUNDS, FRUGAL)
"""Rivals that stand in every table."""

PLOTTED = (RIDGE, COX, LAYERED, STACKED)
"""Models whose reliability is drawn."""

METRICS = ("rps", "log_loss", "accuracy", "balanced_accuracy")

CORRECTED = {
    UNCORRECTED: "Nothing taken out",
    INSIDE: "Taken out as training patients teach",
    OUTSIDE: "Taken out as all patients teach",
    KEEPING: "The same, keeping the class",
} | {name: TITLES[name] for name in COMMON}
"""What a reader calls each way to correct, and the rivals beside them."""

JUDGED = {
    "dead_shares": "Shares of the classes among the dead",
    "known_shares": "Shares of the classes where they are known",
    "curve": "One curve for all, with the censored",
    "bounds": "Bounds alone, with the censored",
    "dead_classifier": "Classifier of the dead",
    "known_classifier": "Classifier where the class is known",
    "discrete": "Discrete-time model, with the censored",
    "cox": "Cox's regression, with the censored",
    "frugal": "Discrete-time model and three brain measures",
}
"""What a reader calls each model of the honest task."""


def read_months(text: str) -> tuple[float, ...]:
    """Return months from their text, such as ``"25,50"``."""
    return tuple(float(one) for one in text.split(","))


# --- the study and its models --------------------------------------------------------------


def open_study(
    imaging_dir: str, *, n_people: int, world: str, cuts: tuple[float, ...], seed: int
) -> SimpleNamespace:
    """Return ``release``, ``cohort`` and ``task`` of the study that is named or simulated.

    The task holds graph measures of the connectomes as one more table.
    """
    where = imaging_input(imaging_dir, n_patients=n_people, world=world, seed=seed)
    release = read_for_pages(where)
    cohort = select_imaging_cohort(release, ClassSettings(cut_months=cuts))
    task, patients = make_imaging_task(release, cohort), cohort.patients.index
    weights = release.connectomes[release.subjects.get_indexer(patients)]
    graph = pd.DataFrame([measure_graph(one, seed=seed) for one in weights], patients)
    task = replace(task, tables=task.tables | {GRAPH: graph})
    return SimpleNamespace(release=release, cohort=cohort, task=task)


def _find_times(study: SimpleNamespace) -> Times | None:
    """Return when patients were scanned and died; None if that is not known of all of them."""
    patients = study.cohort.patients
    to_scan = study.release.clinical.loc[patients.index, "onset_to_scan_months"].astype(float)
    from_scan = patients["months"] - to_scan
    if not (from_scan >= 0).all():
        return None
    died = patients["died"].to_numpy(bool)
    return Times(to_scan=to_scan.to_numpy(), from_scan=from_scan.to_numpy(), died=died)


def predict_rivals(study: SimpleNamespace, n_splits: int, *, seed: int) -> pd.DataFrame:
    """Return what every rival says of the patients held out, a repeat per random division."""
    task, times = study.task, _find_times(study)
    frames = []
    for name, (source, model) in RIVALS.items():
        inputs = task.inputs(n_splits, sources=[source], seed=seed)
        frames.append(fit_rival(inputs, source, model, name=name, seed=seed))
    if times is not None:
        inputs = task.inputs(n_splits, sources=[CLINICAL], seed=seed)
        cuts = study.cohort.settings.cut_months
        frames.append(fit_cox(inputs, CLINICAL, times, cuts, name=COX))
    return pd.concat(frames, ignore_index=True)


def fuse(study: SimpleNamespace, n_splits: int, *, seed: int) -> dict[str, pd.DataFrame]:
    """Return what networks and their fusions say, by of whom: known, out of fold and held out."""
    inputs = study.task.inputs(n_splits, sources=SOURCES, seed=seed)
    found = fit_fused(inputs, seed=seed)
    return {split: found[found[SPLIT] == split] for split in (LEARNT, OUT_OF_FOLD, HELD_OUT)}


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return predictions of several models as one frame."""
    return pd.concat(frames, ignore_index=True)


def lacking(predictions: pd.DataFrame) -> list[str]:
    """Return the titles of models that this study does not allow."""
    there = set(predictions[MODEL])
    return [title for model, title in TITLES.items() if model not in there]


# --- optimism, scores, reliability ---------------------------------------------------------


def optimism_of(fused: dict[str, pd.DataFrame], n_resamples: int, *, seed: int) -> pd.DataFrame:
    """Return how networks flatter themselves: in sample, and out of fold.

    Columns of :data:`alsnb.evaluation.optimism.OPTIMISM` and ``whom``: :data:`LEARNT` or
    :data:`OUT_OF_FOLD`.
    """
    tables = []
    for whom in (LEARNT, OUT_OF_FOLD):
        how = {"n_resamples": n_resamples, "seed": seed}
        tables.append(measure_optimism(fused[whom], fused[HELD_OUT], **how).assign(whom=whom))
    return _in_their_order(pd.concat(tables, ignore_index=True))


def score(
    predictions: pd.DataFrame, n_resamples: int, *, seed: int, metrics: Sequence[str] = METRICS
) -> pd.DataFrame:
    """Return scores over all divisions, with intervals over patients."""
    how = {"metrics": metrics, "n_resamples": n_resamples, "seed": seed}
    return _in_their_order(score_probabilities(predictions, **how))


def compare(
    predictions: pd.DataFrame, n_resamples: int, *, reference: str, seed: int
) -> pd.DataFrame:
    """Return differences from a reference in the ranked probability score and the log loss."""
    how = {"metrics": ("rps", "log_loss"), "n_resamples": n_resamples, "seed": seed}
    return _in_their_order(compare_probabilities(predictions, reference=reference, **how))


def recalls_of(
    predictions: pd.DataFrame, names: Sequence[str], n_resamples: int, *, seed: int
) -> pd.DataFrame:
    """Return the share of each class that a model called rightly, over all divisions."""
    found = score_recall_over_divisions(predictions, n_resamples=n_resamples, seed=seed)
    return _in_their_order(found.assign(**{CLASS: [names[int(one)] for one in found[CLASS]]}))


def reliability_of(
    predictions: pd.DataFrame, names: Sequence[str], n_bins: int = 5
) -> pd.DataFrame:
    """Return mean predicted and observed shares by class, for the models that are drawn.

    Columns ``class`` and those of :data:`alsnb.evaluation.calibration.CALIBRATION`, with
    ``n_of_class`` and ``n_of_others``: about how many patients of each kind stand behind a bin.
    """
    rows = predictions[predictions[MODEL].isin(PLOTTED)]
    table = calibration_table(rows, n_bins)
    of_class = (table[OBSERVED] * table[N_PATIENTS]).round()
    counts = {"n_of_class": of_class, "n_of_others": table[N_PATIENTS] - of_class}
    return table.assign(**{CLASS: [names[int(at)] for at in table[AT]]}, **counts)


def calibration_gap(bins: pd.DataFrame) -> pd.DataFrame:
    """Return how far observed shares lie from predicted ones, a mean over bins and classes.

    Columns ``model`` and ``estimate``; bins weigh as many patients as they have.
    """
    gaps = (bins[PREDICTED] - bins[OBSERVED]).abs()
    weighed = (gaps * bins[N_PATIENTS]).groupby(bins[MODEL], sort=False).sum()
    weighed /= bins.groupby(MODEL, sort=False)[N_PATIENTS].sum()
    return _in_their_order(weighed.rename(ESTIMATE).reset_index())


def _in_their_order(frame: pd.DataFrame, titles: Sequence[str] = tuple(TITLES)) -> pd.DataFrame:
    """Return rows in the order of titles."""
    places = {model: place for place, model in enumerate(titles)}
    return frame.sort_values(
        MODEL, key=lambda models: models.map(places), kind="stable", ignore_index=True
    )


# --- scanner, age and head size ------------------------------------------------------------


def covariates_of(study: SimpleNamespace) -> SimpleNamespace:
    """Return scanner, age and log head size of the patients, as far as the study has them.

    ``values`` is a Covariates and ``names`` lists what is in it.
    """
    patients = study.cohort.patients.index
    return _covariates(study.release.clinical.loc[patients], study.release.morphology.loc[patients])


def _covariates(
    clinical: pd.DataFrame, morphology: pd.DataFrame, site: pd.Series | None = None
) -> SimpleNamespace:
    numbers = {}
    if "age_years" in clinical:
        numbers["age"] = clinical["age_years"].astype(float)
    if "eTIV_mm3" in morphology:
        numbers["head size"] = np.log(morphology["eTIV_mm3"].astype(float))
    if site is None:
        site = clinical["scanner"] if "scanner" in clinical else pd.Series(dtype=str)
        site = site.astype(object).where(site.notna(), "not recorded")
    is_one = site.nunique() < 2
    known = pd.DataFrame(numbers, index=clinical.index)
    values = Covariates(
        site=np.empty(0, str) if is_one else site.to_numpy(str), numbers=known.to_numpy(float)
    )
    return SimpleNamespace(values=values, names=[*([] if is_one else ["scanner"]), *numbers])


def correct_in_all_ways(
    task: ImagingTask, covariates: SimpleNamespace, n_splits: int, *, seed: int
) -> pd.DataFrame:
    """Return what ridge regressions on brains say after every correction, beside the rivals."""
    brains = pd.concat([task.tables[CONNECTIVITY], task.tables[MORPHOLOGY]], axis=1)
    task = replace(task, tables=task.tables | {"brains": brains})
    inputs = task.inputs(n_splits, sources=["brains"], seed=seed)
    known = covariates.values
    frames = [fit_corrected(inputs, "brains", known, way, seed=seed) for way in WAYS]
    for name in COMMON:
        source, model = RIVALS[name]
        inputs = task.inputs(n_splits, sources=[source], seed=seed)
        frames.append(fit_rival(inputs, source, model, name=name, seed=seed))
    return pd.concat(frames, ignore_index=True)


def score_corrections(predictions: pd.DataFrame, n_resamples: int, *, seed: int) -> pd.DataFrame:
    """Return scores of every correction, and the difference in each from the one inside.

    Columns of a scores frame, and ``gap``, ``gap_low`` and ``gap_high``: of the ranked probability
    score, minus that of the correction inside; NaN in its own row.
    """
    how = {"metrics": ("rps", "log_loss", "accuracy"), "n_resamples": n_resamples, "seed": seed}
    scores = score_probabilities(predictions, **how)
    gaps = compare_probabilities(predictions, reference=INSIDE, **how)
    gaps = gaps.set_index([MODEL, METRIC])[[ESTIMATE, LOW, HIGH]]
    gaps.columns = ["gap", "gap_low", "gap_high"]
    table = scores.join(gaps, on=[MODEL, METRIC])
    return _in_their_order(table, tuple(CORRECTED))


def simulate_many_sites(
    *, n_people: int, world: str, cuts: Sequence[float], seed: int
) -> SimpleNamespace:
    """Return ``task`` and ``covariates`` of simulated patients of :data:`N_SITES` sites.

    Sites take part one after another, and the later ones have scanner B. All patients have died by
    the end of the study, so whoever came late had to die soon: the site goes with the class.
    """
    from alsnb.synthetic.imaging.draw import draw_imaging_cohort
    from alsnb.synthetic.imaging.frames import as_frames
    from alsnb.synthetic.imaging.parameters import imaging_parameters
    from alsnb.synthetic.imaging.survival import class_of

    parameters = imaging_parameters(world, scanner_follows_calendar=True)
    how = {"seed": seed, "parameters": parameters, "deceased_only": True}
    cohort = draw_imaging_cohort(n_people, 0, **how)
    frames = as_frames(cohort)
    patients, clinical = frames.clinical.index, frames.clinical
    order = cohort.people["scan_month"].rank(method="first") - 1
    site = (order * N_SITES // len(order)).astype(int).map("site {}".format)
    months = clinical["onset_to_death_or_censoring_months"].to_numpy(float)
    edges = connectivity_inputs(frames.connectomes, frames.labels, patients)
    morphology = morphology_inputs(frames.morphology)
    eight = clinical_inputs(clinical)
    task = ImagingTask(
        tables={
            CLINICAL: eight,
            CONNECTIVITY: edges,
            MORPHOLOGY: morphology,
            FRUGAL: pd.concat([eight, frugal_inputs(morphology, edges)], axis=1),
            BOUNDS: clinical_inputs(clinical, characteristics=TIMES_OF_BOUNDS),
        },
        classes=pd.Series(class_of(months, cuts), patients, name="class"),
        names=ClassSettings(cut_months=tuple(cuts)).classes,
    )
    return SimpleNamespace(task=task, covariates=_covariates(clinical, frames.morphology, site))


# --- the honest task -----------------------------------------------------------------------


def follow_cohorts(
    *,
    n_cohorts: int,
    n_people: int,
    n_fresh: int,
    world: str,
    cuts: Sequence[float],
    seed: int,
    wait_months: float = 0.0,
) -> SimpleNamespace:
    """Return simulated cohorts some months after recruitment, and new patients with their truth.

    Returns
    -------
    SimpleNamespace
        ``cohorts`` (list of Followed), ``fresh`` (Fresh), ``day`` (calendar month of the analysis)
        and ``seen``, a row per cohort: shares of patients who ``died`` and whose class is
        ``known``, and of each class in truth and among the dead.
    """
    from alsnb.synthetic.imaging.parameters import imaging_parameters

    parameters = imaging_parameters(world)
    day = parameters["recruitment_months"] + wait_months
    cohorts, seen = [], []
    for number in range(n_cohorts):
        cohort, facts = _follow(n_people, parameters, day, cuts, (seed, number))
        cohorts.append(cohort)
        seen.append(facts)
    fresh = _draw_fresh(n_fresh, parameters, cuts, (seed, n_cohorts))
    return SimpleNamespace(cohorts=cohorts, fresh=fresh, day=day, seen=pd.DataFrame(seen))


def _follow(
    n: int, parameters: object, day: float, cuts: Sequence[float], seed: Sequence[int]
) -> tuple[Followed, dict[str, float]]:
    from alsnb.synthetic.imaging.censoring import DIED, FROM_SCAN, known_classes, see_until
    from alsnb.synthetic.imaging.survival import class_of

    drawn = _draw(n, parameters, seed)
    patients = drawn.patients
    seen = see_until(patients, day).reindex(patients.index)
    there = seen[DIED].notna().to_numpy()
    seen = seen[there].astype({DIED: bool})
    classes = known_classes(seen, cuts, FROM_SCAN)
    alive_for = patients["survival_months"] - patients["onset_to_scan_months"]
    true = class_of(alive_for.to_numpy()[there], cuts)
    facts = {"died": seen[DIED].mean(), "known": classes.notna().mean()}
    for number in range(len(cuts) + 1):
        facts[f"true_{number}"] = (true == number).mean()
        facts[f"dead_{number}"] = (true[seen[DIED].to_numpy()] == number).mean()
    followed = Followed(
        inputs={name: values[there] for name, values in drawn.inputs.items()},
        months=seen[FROM_SCAN].to_numpy(),
        died=seen[DIED].to_numpy(),
        classes=classes.to_numpy(),
    )
    return followed, facts


def _draw_fresh(n: int, parameters: object, cuts: Sequence[float], seed: Sequence[int]) -> Fresh:
    from alsnb.synthetic.imaging.censoring import true_survival

    drawn = _draw(n, parameters, seed)
    alive = true_survival(drawn.patients, parameters, cuts, know_anatomy=False)
    edges = np.hstack([np.ones((n, 1)), alive, np.zeros((n, 1))])
    return Fresh(inputs=drawn.inputs, true=-np.diff(edges, axis=1))


def _draw(n: int, parameters: object, seed: Sequence[int]) -> SimpleNamespace:
    """Draw patients with images, and return them with what models read of them."""
    from alsnb.synthetic.imaging.draw import draw_imaging_cohort
    from alsnb.synthetic.imaging.frames import as_frames

    number = int(np.random.SeedSequence(list(seed)).generate_state(1)[0])
    cohort = draw_imaging_cohort(n, 0, seed=number, parameters=parameters)
    frames = as_frames(cohort)
    edges = connectivity_inputs(frames.connectomes, frames.labels, frames.clinical.index)
    three = frugal_inputs(morphology_inputs(frames.morphology), edges)
    bounds = clinical_inputs(frames.clinical, TIMES_OF_BOUNDS)
    months, eight = bounds[["months_at_scan"]], clinical_inputs(frames.clinical)
    inputs = {
        fits.NOBODY: np.zeros((n, 1)),
        fits.BOUNDS: bounds.to_numpy(),
        fits.CLINICAL: np.hstack([months, eight]),
        fits.FRUGAL: np.hstack([months, eight, three]),
    }
    return SimpleNamespace(patients=cohort.patients, inputs=inputs)


def judge(followed: SimpleNamespace, cuts: Sequence[float], *, seed: int) -> pd.DataFrame:
    """Return what :func:`alsnb.lessons.fusion.fits.judge_models` says of all models."""
    return judge_models(followed.cohorts, followed.fresh, tuple(cuts), seed=seed)


def losses_of(judged: pd.DataFrame) -> pd.DataFrame:
    """Return what each model loses against the oracle, a mean over cohorts.

    Columns ``model``, ``metric``, ``estimate``, and ``low`` and ``high``, the 95 % interval of the
    mean by Student's t, as cohorts are independent.
    """
    rows = judged[judged[METRIC].isin(list(EXCESS))]
    by = rows.groupby([MODEL, METRIC], sort=False)[ESTIMATE]
    return _in_their_order(_with_interval(by).reset_index(), tuple(JUDGED))


def gaps_of(judged: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Return the loss of each model less that of a reference on the same cohorts, as above."""
    rows = judged[judged[METRIC] == "rps"]
    wide = rows.pivot_table(ESTIMATE, REPEAT, MODEL)
    gaps = wide.drop(columns=reference).sub(wide[reference], axis=0).melt(value_name=ESTIMATE)
    by = gaps.groupby(MODEL)[ESTIMATE]
    return _in_their_order(_with_interval(by).reset_index(), tuple(JUDGED))


def _with_interval(groups: pd.api.typing.SeriesGroupBy) -> pd.DataFrame:
    mean, n = groups.mean(), groups.size()
    half = student.ppf(0.975, n - 1) * groups.std() / np.sqrt(n)
    return pd.DataFrame({ESTIMATE: mean, LOW: mean - half, HIGH: mean + half})


def shares_of(judged: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the mean predicted share of each class by model, and the true one as ``truth``."""
    rows = judged[judged[METRIC] == fits.MEAN]
    said = rows.pivot_table(PREDICTED, MODEL, AT).rename_axis(columns=None)
    said.loc["truth"] = rows.groupby(AT)["true"].mean()
    said.columns = list(names)
    return _in_their_order(said.reset_index(), ("truth", *JUDGED))


def curves_of(judged: pd.DataFrame) -> pd.DataFrame:
    """Return mean predicted and true chances of dying before the last cut-off, by bin and model."""
    rows = judged[judged[METRIC] == fits.BIN].dropna(subset=[PREDICTED])
    means = rows.groupby([MODEL, AT], sort=False)[[PREDICTED, "true"]].mean().reset_index()
    return _in_their_order(means.rename(columns={AT: "bin"}), tuple(JUDGED))


def name_spans(cuts: Sequence[float]) -> list[str]:
    """Return what the classes of time from the scan are called."""
    edges = [f"{cut:g}" for cut in cuts]
    between = [f"{low} to {high} months" for low, high in pairwise(edges)]
    return [f"under {edges[0]} months", *between, f"over {edges[-1]} months"]
