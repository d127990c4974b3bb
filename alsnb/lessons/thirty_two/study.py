"""Ask what a study of 135 patients can show: bounds, tests, power, error, selection, choices."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.checks import refuse
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import P_VALUE
from alsnb.evaluation.calls import call_classes, compare_calls
from alsnb.evaluation.increments import RATES, rate_of, smallest_detected
from alsnb.evaluation.probabilities import compare_probabilities
from alsnb.features.imaging import clinical_inputs, log_progression, reduced_inputs
from alsnb.fits.imaging import fit_layered
from alsnb.fits.increments import (
    ACCURACY,
    CLINICAL,
    COMBINED,
    GAIN,
    GAIN_HIGH,
    GAIN_LOW,
    LOST,
    P_MCNEMAR,
    P_PERMUTED,
    RPS,
    STUDY,
    WON,
    Studies,
    find_increments,
    score_studies,
)
from alsnb.imaging.cohort import ClassSettings, select_imaging_cohort
from alsnb.imaging.regions import DKT
from alsnb.lessons.thirty_two.fits import CUTS, FRESH, OWN, Brains, walk_paths
from alsnb.models.layered import LAYERED
from alsnb.models.together import OTHER
from alsnb.published import read_published
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL, REPEAT
from alsnb.study.imaging_input import imaging_input, read_for_pages
from alsnb.study.imaging_pool import MAJORITY, MODELS, Pool, draw_pool
from alsnb.study.imaging_task import (
    BOUNDS,
    CONNECTIVITY,
    FRUGAL,
    MORPHOLOGY,
    SIZES,
    SOURCES,
    ImagingTask,
    make_imaging_task,
)
from alsnb.synthetic.imaging.draw import SimulatedCohort, draw_imaging_cohort
from alsnb.synthetic.imaging.parameters import WORLDS, imaging_parameters
from alsnb.synthetic.imaging.template import read_template

EFFORTS = room_efforts(
    n_people={"smoke": 135, "book": 135, "full": 135},
    n_splits={"smoke": 3, "book": 60, "full": 200},
    n_divisions={"smoke": 20, "book": 200, "full": 200},
    n_pool={"smoke": 2_700, "book": 60_000, "full": 400_000},
    n_fresh={"smoke": 1_000, "book": 3_000, "full": 10_000},
    sizes={
        "smoke": (80, 135),
        "book": (80, 135, 250, 500, 1_000, 2_000),
        "full": (80, 135, 250, 500, 1_000, 2_000),
    },
    n_studies={"smoke": 20, "book": 150, "full": 1_000},
    n_studies_null={"smoke": 20, "book": 400, "full": 2_000},
    n_permutations_one={"smoke": 99, "book": 999, "full": 999},
    n_permutations={"smoke": 39, "book": 59, "full": 99},
    n_permutations_null={"smoke": 39, "book": 99, "full": 199},
    largest_permuted={"smoke": 80, "book": 250, "full": 1_000},
    n_with_error={"smoke": 1_000, "book": 8_000, "full": 40_000},
    n_selected={"smoke": 2_000, "book": 20_000, "full": 100_000},
    n_walks={"smoke": 1, "book": 16, "full": 60},
    n_walked_fresh={"smoke": 200, "book": 1_000, "full": 2_000},
)

N_HELD_OUT = SIZES[2]
N_LEARNT = SIZES[0] + SIZES[1]

LEARNT_WITH_ERROR = 400
"""Patients learnt from where the error of a scan is altered: with few of them noise wins anyway."""

TITLES = {
    MAJORITY: "Shares of the classes",
    BOUNDS: "Bounds alone",
    CLINICAL: "Clinical characteristics",
    FRUGAL: "Clinical and three brain measures",
    COMBINED: "Clinical and eleven brain measures",
    "oracle_clinical": "Oracle of the clinical state",
    "oracle_anatomy": "Oracle of the anatomy too",
}
"""What a reader calls each model, in the order of the tables."""

NETWORKS, REGRESSIONS = "networks", "regressions"
LEARNERS = (REGRESSIONS, NETWORKS)

TESTS = ("mcnemar", "interval", "permutation")

WORLD, SIZE, TEST, ERROR, CLOSING = "world", "n_patients", "test", "error_scale", "closing_months"

CLASS_NAMES = ("short", "medium", "long")

ERRORS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Measurement error of a scan, relative to that of one scan today; 1 half is about four scans."""

CLOSINGS = (0.0, 12.0, 36.0, 60.0, 120.0)
"""Months from the last scan to the day on which follow-up ends for all."""

CUT_PAIRS = {"25 and 50": (25.0, 50.0), "24 and 48": (24.0, 48.0), "24 and 60": (24.0, 60.0)}
"""Cut-offs in months. The first pair is remembered and unconfirmed."""

USUAL_PATH = {
    "parcellation": "dk",
    "weight": "log_count",
    CUTS: "25 and 50",
    "harmonisation": "training",
}
"""The path that this book walks elsewhere, named before any other was tried."""


def read_cuts(text: str) -> tuple[float, ...]:
    """Return two cut-offs in months from their text, such as ``"25,50"``.

    Raises
    ------
    alsnb.checks.BadInput
        If the text is not two rising months.
    """
    months = [one.strip() for one in text.split(",")]
    rising = len(months) == 2 and all(one.replace(".", "", 1).isdecimal() for one in months)
    if not rising or not 0 < float(months[0]) < float(months[1]):
        raise refuse(
            "Parameter 'cut_months' of this chapter",
            expected="two months, rising, with a comma between them",
            found=f"'{text}'",
            remedy="Pass for instance 25,50.",
        )
    return float(months[0]), float(months[1])


def open_study(
    imaging_dir: str, *, n_people: int, world: str, cuts: tuple[float, ...], seed: int
) -> SimpleNamespace:
    """Return the ``release`` and the ``task`` of the study that is named or simulated."""
    where = imaging_input(imaging_dir, n_patients=n_people, world=world, seed=seed)
    release = read_for_pages(where)
    cohort = select_imaging_cohort(release, ClassSettings(cut_months=cuts))
    return SimpleNamespace(release=release, task=make_imaging_task(release, cohort))


# --- one study, divided many times ----------------------------------------------------------


def divide(task: ImagingTask, n_divisions: int, *, seed: int) -> Studies:
    """Return random divisions of the same patients, each as a study of its own.

    Gaps take the median of all patients: no class is looked at for that.
    """
    reduced = reduced_inputs(task.tables[MORPHOLOGY], task.tables[CONNECTIVITY])
    clinical = log_progression(task.tables[CLINICAL])
    tables = {
        MAJORITY: clinical.iloc[:, :0],
        BOUNDS: task.tables[BOUNDS],
        CLINICAL: clinical,
        FRUGAL: log_progression(task.tables[FRUGAL]),
        COMBINED: pd.concat([clinical, reduced], axis=1),
    }
    tables = {name: table.fillna(table.median()).fillna(0.0) for name, table in tables.items()}
    parts = task.inputs(n_divisions, sources=[CLINICAL], seed=seed).parts
    # who is learnt from and watched comes first: regressions need nobody to watch
    order = np.argsort(parts == OTHER, axis=1, kind="stable")
    values = {
        name: table.loc[task.classes.index].to_numpy(float)[order] for name, table in tables.items()
    }
    return Studies(
        inputs=values,
        classes=task.classes.to_numpy()[order],
        n_learnt=int((parts[0] != OTHER).sum()),
        n_classes=len(task.names),
    )


def _only_first(studies: Studies) -> Studies:
    """Return the first division alone, as a paper with a single one has it."""
    return Studies(
        inputs={name: table[:1] for name, table in studies.inputs.items()},
        classes=studies.classes[:1],
        n_learnt=studies.n_learnt,
        n_classes=studies.n_classes,
    )


def predict_with_networks(task: ImagingTask, n_splits: int, *, seed: int) -> pd.DataFrame:
    """Return what the clinical and the layered network say of the patients held out."""
    found = fit_layered(task.inputs(n_splits, sources=SOURCES, seed=seed), seed=seed)
    return found[found[MODEL].isin([CLINICAL, LAYERED])].reset_index(drop=True)


def make_shares(divisions: Studies, elsewhere: pd.DataFrame) -> pd.DataFrame:
    """Return how often each model is right, and which part of the published accuracy that is.

    Parameters
    ----------
    divisions : Studies
        Of the patients of the page.
    elsewhere : DataFrame
        From :func:`score_elsewhere`.

    Returns
    -------
    DataFrame
        ``model``, ``n_inputs``, the mean accuracy over divisions with the range of nineteen in
        twenty of them, ``of_published`` (that mean over the published accuracy of clinical
        characteristics), and ``fresh`` (accuracy on fresh simulated patients).
    """
    scores, published = score_studies(divisions), read_published()["paper_b"]["accuracy"]
    fresh = elsewhere.groupby(MODEL)[ACCURACY].mean()
    rows = []
    for model in MODELS:
        own = scores.loc[scores[MODEL] == model, ACCURACY]
        low, high = own.quantile([0.025, 0.975])
        share = own.mean() / published["clinical"]
        n_inputs = divisions.inputs[model].shape[2]
        rows.append((model, n_inputs, own.mean(), low, high, share, fresh[model]))
    columns = [MODEL, "n_inputs", ESTIMATE, LOW, HIGH, "of_published", "fresh"]
    return pd.DataFrame(rows, columns=columns)


def test_one_division(
    divisions: Studies, networks: pd.DataFrame, *, n_resamples: int, n_permutations: int, seed: int
) -> pd.DataFrame:
    """Test the combined against the clinical model in the first division, by both learners.

    Returns
    -------
    DataFrame
        ``learner`` and the columns of :data:`alsnb.fits.increments.TESTS` but the study. Networks
        have no permutation test: it would train a thousand of them anew.
    """
    how = {"n_resamples": n_resamples, "n_permutations": n_permutations, "seed": seed}
    ours = find_increments(_only_first(divisions), **how).drop(columns=STUDY)
    split = networks[networks[REPEAT] == 0]
    calls = compare_calls(split, reference=CLINICAL).iloc[0]
    gap = {"metrics": ["rps"], "n_resamples": n_resamples, "seed": seed}
    score = compare_probabilities(split, reference=CLINICAL, **gap).iloc[0]
    theirs = {
        WON: calls["n_won"],
        LOST: calls["n_lost"],
        P_MCNEMAR: calls[P_VALUE],
        GAIN: -score[ESTIMATE],  # a loss was compared, and a gain is asked for
        GAIN_LOW: -score[HIGH],
        GAIN_HIGH: -score[LOW],
        P_PERMUTED: np.nan,
    }
    both = pd.concat([ours, pd.DataFrame([theirs])[list(ours)]], ignore_index=True)
    return both.assign(learner=LEARNERS)[["learner", *ours]]


def gains_of_divisions(divisions: Studies, networks: pd.DataFrame) -> pd.DataFrame:
    """Return the gain of accuracy in every division: ``learner``, ``repeat``, ``estimate``."""
    ours = score_studies(divisions).pivot_table(ACCURACY, STUDY, MODEL)
    calls = [
        call_classes(rows).assign(**{REPEAT: number}) for number, rows in networks.groupby(REPEAT)
    ]
    right = pd.concat(calls).eval("right = observed == called")
    theirs = right.pivot_table("right", REPEAT, MODEL)
    gains = {
        REGRESSIONS: ours[COMBINED] - ours[CLINICAL],
        NETWORKS: theirs[LAYERED] - theirs[CLINICAL],
    }
    rows = [gain.rename_axis(REPEAT).rename(ESTIMATE).reset_index() for gain in gains.values()]
    named = [frame.assign(learner=name) for name, frame in zip(gains, rows, strict=True)]
    return pd.concat(named, ignore_index=True)[["learner", REPEAT, ESTIMATE]]


def published_accuracy() -> float:
    """Return the accuracy that the paper reports for its clinical network."""
    return read_published()["paper_b"]["accuracy"]["clinical"]


def published_gain() -> float:
    """Return the accuracy of the paper's combined network less that of its clinical one."""
    printed = read_published()["paper_b"]["accuracy"]
    return printed["combined"] - printed["clinical"]


def _published_patients() -> int:
    """Return how many more patients the paper's combined network called rightly."""
    printed = read_published()["paper_b"]["correct_of_32"]
    return printed["combined"] - printed["clinical"]


def share_as_large(gains: pd.Series) -> float:
    """Return the share of gains that reach the published one; half a patient is rounding."""
    return float((gains >= published_gain() - 0.5 / N_HELD_OUT).mean())


# --- fresh simulated studies ---------------------------------------------------------------


def draw_worlds(
    n_pool: int, n_fresh: int, *, cuts: tuple[float, ...], seed: int
) -> dict[str, SimpleNamespace]:
    """Return, by world, a ``pool`` to cut studies from and ``fresh`` patients to judge by."""
    how = {"cuts": cuts}
    return {
        world: SimpleNamespace(
            pool=draw_pool(n_pool, world=world, seed=seed + 1, **how),
            fresh=draw_pool(n_fresh, world=world, seed=seed + 2, **how),
        )
        for world in WORLDS
    }


def score_elsewhere(world: SimpleNamespace, cuts: tuple[float, ...], most: int) -> pd.DataFrame:
    """Return the scores on fresh patients of models that learnt from as many as the paper's."""
    studies = world.pool.studies(N_LEARNT, cuts, n_learnt=N_LEARNT, most=most)
    return score_studies(studies, world.fresh.fresh(cuts))


def test_worlds(
    worlds: dict[str, SimpleNamespace],
    cuts: tuple[float, ...],
    effort: SimpleNamespace,
    *,
    seed: int,
) -> pd.DataFrame:
    """Test the increment in fresh studies of every size in every world.

    Returns
    -------
    DataFrame
        ``world``, ``n_patients``, ``n_held_out`` and the columns of
        :data:`alsnb.fits.increments.TESTS`.
    """
    frames = []
    for name, world in worlds.items():
        for size in sorted({*effort.sizes, sum(SIZES)}):
            null = name == "none" and size == sum(SIZES)
            most = effort.n_studies_null if null else effort.n_studies
            n_permutations = effort.n_permutations_null if null else effort.n_permutations
            studies = world.pool.studies(size, cuts, most=most, models=(CLINICAL, COMBINED))
            if not len(studies.classes):
                continue
            found = find_increments(
                studies,
                n_resamples=min(effort.n_resamples, 1_000),
                n_permutations=n_permutations
                if size <= max(effort.largest_permuted, sum(SIZES))
                else 0,
                seed=seed,
            )
            n_held_out = size - studies.n_learnt
            frames.append(found.assign(**{WORLD: name, SIZE: size, "n_held_out": n_held_out}))
    return pd.concat(frames, ignore_index=True)


def count_claims(tested: pd.DataFrame) -> pd.DataFrame:
    """Return how often each test claims that MRI helps, by world and size.

    McNemar's test claims it if its two-sided p-value is below 0.05 and more patients are won than
    lost, the interval if it lies above 0, and the permutation test if its one-sided p-value is
    below 0.05. Columns ``world``, ``n_patients``, ``test`` and those of
    :data:`alsnb.evaluation.increments.RATES`.
    """
    rows = []
    for (world, size), own in tested.groupby([WORLD, SIZE], sort=False):
        claims = {
            "mcnemar": (own[P_MCNEMAR] < 0.05) & (own[WON] > own[LOST]),
            "interval": own[GAIN_LOW] > 0,
            "permutation": own[P_PERMUTED].dropna() < 0.05,
        }
        for test, claimed in claims.items():
            if len(claimed):
                rows.append({WORLD: world, SIZE: size, TEST: test} | rate_of(claimed))
    return pd.DataFrame(rows, columns=[WORLD, SIZE, TEST, *RATES])


def count_large_gains(tested: pd.DataFrame, world: str) -> dict[str, float]:
    """Return how often a study of the paper's size gains as much accuracy as the paper's."""
    own = tested[(tested[WORLD] == world) & (tested[SIZE] == sum(SIZES))]
    return rate_of(own[WON] - own[LOST] >= _published_patients())


def of_the_papers_size(claims: pd.DataFrame, world: str) -> pd.DataFrame:
    """Return the rows of one world for studies of as many patients as the paper's."""
    rows = (claims[WORLD] == world) & (claims[SIZE] == sum(SIZES))
    return claims[rows].reset_index(drop=True)


def needed(claims: pd.DataFrame, world: str, test: str) -> float:
    """Return the smallest size from which on a test has a power of 80 %; NaN if none has."""
    return smallest_detected(claims[(claims[WORLD] == world) & (claims[TEST] == test)], SIZE)


def learn_from_more(
    worlds: dict[str, SimpleNamespace], cuts: tuple[float, ...], effort: SimpleNamespace
) -> pd.DataFrame:
    """Return the score on fresh patients by the number of patients learnt from.

    Returns
    -------
    DataFrame
        ``world``, ``n_patients``, ``model``, the mean ranked probability score over studies
        (lower is better) with the interval of that mean, ``accuracy``, and ``n_studies``. Oracles
        have the same score at every size.
    """
    rows = []
    models = (BOUNDS, CLINICAL, FRUGAL, COMBINED)
    for name, world in worlds.items():
        fresh, known = world.fresh.fresh(cuts, models), _score_oracles(world.fresh, cuts)
        for size in effort.sizes:
            how = {"n_learnt": size, "most": effort.n_studies // 2, "models": models}
            studies = world.pool.studies(size, cuts, **how)
            if not len(studies.classes):
                continue
            scores = score_studies(studies, fresh)
            for model, own in scores.groupby(MODEL, sort=False):
                mean = _mean_over_studies(own[RPS])
                accuracy = {ACCURACY: own[ACCURACY].mean()}
                rows.append({WORLD: name, SIZE: size, MODEL: model} | mean | accuracy)
            rows += [{WORLD: name, SIZE: size} | oracle for oracle in known]
    return pd.DataFrame(rows)


def _score_oracles(pool: Pool, cuts: tuple[float, ...]) -> list[dict[str, object]]:
    """Return the scores of who knows the true clinical state, and of who knows the spread too."""
    observed = pool.classes(cuts)[:, None] == np.arange(len(cuts) + 1)
    found = []
    for oracle in ("oracle_clinical", "oracle_anatomy"):
        chances = pool.table.filter(regex=f"^truth:{oracle}_").to_numpy()
        steps = np.cumsum(chances - observed, axis=1)[:, :-1]
        right = (chances.argmax(axis=1) == observed.argmax(axis=1)).mean()
        found.append({MODEL: oracle, ESTIMATE: (steps**2).mean(), ACCURACY: right})
    return found


def gains_on_fresh(learning: pd.DataFrame) -> pd.DataFrame:
    """Return by how much MRI lowers the score on fresh patients: ``world``, ``n_patients``, gain.

    Column ``estimate`` is above 0 where the combined regression is better than the clinical one.
    """
    wide = learning.pivot_table(ESTIMATE, [WORLD, SIZE], MODEL, sort=False)
    return (wide[CLINICAL] - wide[COMBINED]).rename(ESTIMATE).reset_index()


def helps_from(gains: pd.DataFrame, world: str) -> float:
    """Return the smallest size from which on MRI makes the score better; NaN if it never does."""
    own = gains[gains[WORLD] == world]
    return smallest_detected(own.assign(**{ESTIMATE: own[ESTIMATE] > 0}), SIZE, power=1)


def add_error(effort: SimpleNamespace, cuts: tuple[float, ...], *, seed: int) -> pd.DataFrame:
    """Return what MRI adds on fresh patients by the measurement error of the scans.

    Returns
    -------
    DataFrame
        ``world``, ``error_scale``, and by how much the ranked probability score is better with
        MRI (above 0 is better), the mean over studies with its interval, and ``n_studies``.
    """
    rows = []
    for world in [world for world, share in WORLDS.items() if share > 0]:
        for scale in ERRORS:
            how = {"world": world, "cuts": cuts, "error_scale": scale}
            pool = draw_pool(effort.n_with_error, seed=seed + 3, **how)
            fresh = draw_pool(effort.n_fresh, seed=seed + 4, **how)
            models = (CLINICAL, COMBINED)
            size = min(LEARNT_WITH_ERROR, len(pool) // 2)
            studies = pool.studies(size, cuts, n_learnt=size, models=models)
            scores = score_studies(studies, fresh.fresh(cuts, models))
            wide = scores.pivot_table(RPS, STUDY, MODEL)
            gain = _mean_over_studies(wide[CLINICAL] - wide[COMBINED])
            rows.append({WORLD: world, ERROR: scale} | gain)
    return pd.DataFrame(rows)


def keep_the_dead(
    effort: SimpleNamespace, cuts: tuple[float, ...], *, world: str, seed: int
) -> pd.DataFrame:
    """Return how classes and accuracy move when only those who died by a day are studied.

    Patients are scanned over the calendar time of the study, and follow-up ends for all on one
    day. Models learn from as many of the dead as the paper's did.

    Returns
    -------
    DataFrame
        ``closing_months`` (from the last scan to that day; infinite if it never comes),
        ``share_dead``, the share of each class among them, ``majority`` (accuracy of calling
        everybody a member of the largest class), and the accuracy of the clinical regression on
        fresh ``dead`` patients and on ``everybody``, as if the class of the living were known.
    """
    how = {"world": world, "cuts": cuts, "deceased_only": False}
    pool = draw_pool(effort.n_selected, seed=seed + 5, **how)
    fresh = draw_pool(effort.n_fresh * 2, seed=seed + 6, **how)
    models, rows = (MAJORITY, CLINICAL), []
    for closing in (*CLOSINGS, np.inf):
        dead, met = _died_by(pool, closing), _died_by(fresh, closing)
        kept, others = pool.kept(dead), fresh.kept(met)
        studies = kept.studies(N_LEARNT, cuts, n_learnt=N_LEARNT, most=100, models=models)
        on_dead = score_studies(studies, others.fresh(cuts, models))
        on_all = score_studies(studies, fresh.fresh(cuts, models))
        means = [one.groupby(MODEL)[ACCURACY].mean() for one in (on_dead, on_all)]
        shares = np.bincount(kept.classes(cuts), minlength=len(cuts) + 1) / len(kept)
        rows.append(
            {CLOSING: closing, "share_dead": dead.mean()}
            | dict(zip(CLASS_NAMES, shares, strict=False))
            | {MAJORITY: means[0][MAJORITY], "dead": means[0][CLINICAL]}
            | {"everybody": means[1][CLINICAL]}
        )
    return pd.DataFrame(rows)


def _died_by(pool: Pool, closing_months: float) -> np.ndarray:
    """Return who has died when follow-up ends, so many months after the last scan."""
    table, recruitment = pool.table, imaging_parameters()["recruitment_months"]
    after_scan = table["truth:months"] - table["truth:onset_to_scan"]
    return (table["truth:scan_month"] + after_scan <= recruitment + closing_months).to_numpy()


# --- forking paths -------------------------------------------------------------------------


def walk(effort: SimpleNamespace, *, world: str, seed: int) -> pd.DataFrame:
    """Return the gain of accuracy on every path through the choices, in fresh studies.

    Columns are those of :func:`alsnb.lessons.thirty_two.fits.walk_paths`.
    """
    parameters, template = imaging_parameters(world), read_template()
    how = {"parameters": parameters, "deceased_only": True}
    studies = [
        draw_imaging_cohort(sum(SIZES), 0, seed=10_000 * seed + number, **how)
        for number in range(effort.n_walks)
    ]
    fresh = draw_imaging_cohort(effort.n_walked_fresh, 0, seed=10_000 * seed + 9_999, **how)
    kept = np.array([name.split("_")[1] in DKT for name in template.regions.index])
    return walk_paths(
        [_brains(study) for study in studies],
        _brains(fresh),
        n_learnt=N_LEARNT,
        regions=kept,
        edges=kept[template.rows] & kept[template.columns],
        cuts=CUT_PAIRS,
    )


def _brains(cohort: SimulatedCohort) -> Brains:
    people = cohort.people
    return Brains(
        clinical=log_progression(clinical_inputs(people)).to_numpy(),
        thickness=cohort.scan.thickness,
        counts=cohort.scan.counts,
        on_b=(people["scanner"] == "B").to_numpy(),
        months=people["survival_months"].to_numpy(float),
    )


def compare_paths(walked: pd.DataFrame) -> pd.DataFrame:
    """Return of each study the gain on the usual path and on the best of all.

    Returns
    -------
    DataFrame
        ``study``, ``usual`` and ``best`` (gain of accuracy on the patients held out, of the usual
        path and of the best one), ``least`` (of the worst one), and ``best_on_fresh``, what the
        best path is worth on fresh patients.
    """
    usual = np.logical_and.reduce([walked[name] == value for name, value in USUAL_PATH.items()])
    by_study = walked.groupby(STUDY)
    best = walked.loc[by_study[OWN].idxmax()].set_index(STUDY)
    found = {
        "usual": walked[usual].set_index(STUDY)[OWN],
        "best": best[OWN],
        "least": by_study[OWN].min(),
        "best_on_fresh": best[FRESH],
    }
    return pd.DataFrame(found).reset_index()


def describe_paths(compared: pd.DataFrame) -> pd.DataFrame:
    """Return means over studies: ``what``, ``estimate`` with its interval, ``share_as_large``."""
    columns = ("usual", "least", "best", "best_on_fresh")
    rows = [
        {"what": name, "share_as_large": share_as_large(compared[name])}
        | _mean_over_studies(compared[name])
        for name in columns
    ]
    flattery = compared["best"] - compared["best_on_fresh"]
    rows.append({"what": "flattery", "share_as_large": np.nan} | _mean_over_studies(flattery))
    return pd.DataFrame(rows)


def _mean_over_studies(values: pd.Series) -> dict[str, float]:
    """Return a mean with its interval: studies share no patients, so they are independent."""
    n, mean = len(values), float(values.mean())
    half = 1.96 * float(values.std(ddof=1)) / np.sqrt(n) if n > 1 else np.nan
    return {ESTIMATE: mean, LOW: mean - half, HIGH: mean + half, "n_studies": n}
