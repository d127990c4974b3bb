"""Commit the usual mistakes on purpose, one switch for each, and measure what each seems to gain.

The honest and the leaky pipeline are the same code and predict the same patients, so every
effect is a paired difference: the leaky score minus the honest one, with an interval over
patients. Whatever is drawn from a patient, in whatever study, is resampled together.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.checks import check_one_of, refuse
from alsnb.cohort import Cohort
from alsnb.compute.progress import report
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.features.proact import derive_features
from alsnb.lessons.leakage.fits import FEW, HONEST, LEAKY, Rows, fit_best_of, fit_few, fit_folds
from alsnb.outcomes import slopes_of
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS, REPEAT
from alsnb.study.proact import Study
from alsnb.vocabulary import FFNN, MODEL_TITLES

TITLES = MODEL_TITLES | {"deep": "Deep trees", FFNN: "Network"}
"""What a reader calls the models of :data:`alsnb.lessons.leakage.fits.MODELS`."""

METRICS = ("r2", "pcc", "rmsd")

STARTS = (0.0, 1.5, 3.0)
"""Months after the first questionnaire at which the windows of one patient begin."""

UNTIL = (4.0, 6.0, 9.0)
"""Months that the features see in the mistake of looking too far."""

N_SETTINGS = 20
"""Settings to choose from in the mistake of choosing on the patients that are tested."""

TOGETHER = "together"

SLOPES, NOISE = "slopes as they are", "shuffled slopes"

SMALL_STUDY = 240
"""Patients of a study of the usual size."""

BEST_OF = {
    "ridge_all": "Settings, all patients",
    "ridge_small": f"Settings, studies of {SMALL_STUDY}",
    "noise_small": f"Settings, studies of {SMALL_STUDY}, shuffled slopes",
    "ffnn_all": "Seeds of a network, all patients",
    "ffnn_small": f"Seeds of a network, studies of {SMALL_STUDY}",
}
"""What is chosen from, and by how many patients, as a reader calls it."""

EFFORTS = room_efforts(
    n_lab_resamples={"smoke": 100, "book": 2000, "full": 2000},
    n_lab_trees={"smoke": 10, "book": 50, "full": 50},
    sizes={
        "smoke": (60, 240),
        "book": (60, 120, 250, 500, 1000, 2000),
        "full": (60, 120, 250, 500, 1000, 2000),
    },
    n_predicted={"smoke": 240, "book": 1200, "full": 3000},
    counts={"smoke": (1, 2, 5), "book": (1, 2, 5, 10, 20, 60), "full": (1, 2, 5, 10, 20, 60)},
    n_splits={"smoke": 2, "book": 10, "full": 20},
    n_tried={"smoke": 2, "book": 10, "full": 20},
    series={
        "smoke": ("ridge_all", "ridge_small", "ffnn_small"),
        "book": tuple(BEST_OF),
        "full": tuple(BEST_OF),
    },
    shares={
        "smoke": (0.05, 0.20),
        "book": (0.05, 0.10, 0.20),
        "full": (0.01, 0.02, 0.05, 0.10, 0.20),
    },
)
"""Resamples behind one of many intervals, and trees of a forest, of which a difference needs few;
``sizes`` of the studies drawn from the cohort and ``n_predicted`` patients behind each size;
``counts``: among how many settings the best is chosen, over ``n_splits`` splits (twice as many
for small studies), of networks at most ``n_tried``; ``series`` of :data:`BEST_OF`, as a network
costs seconds to compile; ``shares`` of patients who are entered twice."""

MISTAKES = {
    "imputing": (
        "Gaps filled before the split",
        "The median that fills a gap is taken over all patients.",
        "It is taken over the training patients of each fold.",
    ),
    "scaling": (
        "Scaled before the split",
        "Mean and standard deviation are taken over all patients.",
        "They are taken over the training patients of each fold.",
    ),
    "ranking": (
        "Features ranked before the split",
        "The features that go best with the slopes of all patients are kept.",
        "They are chosen anew in each fold, from the slopes of its training patients.",
    ),
    "settings": (
        "Settings chosen on the test patients",
        f"The best of {N_SETTINGS} settings on the held-out patients is taken.",
        "It is chosen by cross-validation within the training patients.",
    ),
    "window": (
        "Features past month three",
        "Features see months in which the slope to be predicted has already begun.",
        "Features end where the slope begins.",
    ),
    "patients": (
        "Windows of one patient in two folds",
        "Several windows of each patient are divided as if they were several patients.",
        "All windows of a patient lie on one side of the split.",
    ),
}
"""The usual mistakes by the name of their switch: title, what is done, and what is right."""


def read_mistakes(text: str) -> tuple[str, ...]:
    """Return the names in a text such as ``"ranking, window"``; ``"all"`` stands for every one."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return tuple(MISTAKES)
    for name in names:
        check_one_of(name, [*MISTAKES, "all"], "The mistakes to commit")
    if not names or "all" in names:
        raise refuse(
            "The mistakes to commit",
            expected="names separated by commas, or 'all' by itself",
            found=repr(text),
            remedy=f"Write, for example, '{', '.join(list(MISTAKES)[:2])}'.",
        )
    return tuple(name for name in MISTAKES if name in names)


# --- rows --------------------------------------------------------------------------------------


def make_rows(
    study: Study, *, until: float | None = None, starts: Iterable[float] = (0.0,)
) -> Rows:
    """Return the rows of a cohort, sorted by patient and start, of the features that are kept.

    Windows begin at months ``starts`` after the first questionnaire; the target of a later one is
    the slope after its own three months, up to the last visit if none lies after a year. The
    ``late`` features see up to month ``until`` of their window; by default they are the others.
    """
    kept, months = _kept(study), study.cohort.settings.window_months
    parts, known = [], pd.MultiIndex.from_arrays([[], []])
    for start in starts:
        patients = _patients_from(study, start)
        clock = pd.MultiIndex.from_arrays([patients.index, patients["time_zero_day"]])
        patients, known = patients[~clock.isin(known)], known.append(clock)
        early = _describe(study, patients, months, kept) if start else study.features[kept]
        late = early if until is None else _describe(study, patients, until, kept)
        parts.append((early, late, patients["slope"]))
    early, late, slope = (pd.concat(frames) for frames in zip(*parts, strict=True))
    rows = Rows(
        predictors=early.to_numpy(dtype=float),
        late=late.to_numpy(dtype=float),
        target=slope.to_numpy(dtype=float),
        patient=early.index.to_numpy(),
        turn=early.groupby(level=0).cumcount().to_numpy(),
    )
    return rows.take(np.lexsort((rows.turn, rows.patient)))


def _kept(study: Study) -> list[str]:
    return list(study.catalogue.loc[study.catalogue["kept"], "name"])


def _patients_from(study: Study, start: float) -> pd.DataFrame:
    """Return those of the cohort who have a slope if time begins at a later visit."""
    patients, settings = study.cohort.patients, study.cohort.settings
    if not start:
        return patients
    visits = study.clean.frames["alsfrs"]
    zero = visits["subject_id"].map(patients["time_zero_day"])
    later = visits[visits["day"] >= zero + start * settings.days_per_month]
    slopes = slopes_of(later, replace(settings, rule="challenge"))
    return slopes[slopes["slope"].notna() & (slopes["n_in_window"] > 0)]


def _describe(study: Study, patients: pd.DataFrame, until: float, kept: list[str]) -> pd.DataFrame:
    settings = replace(study.cohort.settings, window_months=float(until))
    cohort = Cohort(settings=settings, patients=patients, flow=study.cohort.flow)
    return derive_features(study.clean, cohort)[0][kept]


def _shuffle_target(rows: Rows, seed: int) -> Rows:
    """Return the rows with slopes dealt anew by chance: nothing is left to be learnt."""
    return replace(rows, target=np.random.default_rng(seed).permutation(rows.target))


def _double_patients(rows: Rows, share: float, seed: int) -> Rows:
    """Return the rows with an exact copy of a share of them, as if it were a further window."""
    n_copies = round(share * len(rows.target))
    chosen = np.random.default_rng(seed).permutation(len(rows.target))[:n_copies]
    doubled = rows.take(np.r_[np.arange(len(rows.target)), chosen])
    return replace(doubled, turn=np.r_[rows.turn, rows.turn[chosen] + 1])


# --- every mistake by itself, and all together -------------------------------------------------


def commit(
    study: Study,
    mistakes: tuple[str, ...],
    effort: SimpleNamespace,
    *,
    model: str,
    seed: int,
    until: float = 6.0,
) -> pd.DataFrame:
    """Predict every patient twice: by the model ``"honest"``, and by ``"leaky"`` with mistakes on.

    In the mistake ``"window"`` features look up to month ``until``. In ``"patients"`` both learn
    from several windows per patient; only the first is predicted. Mistakes add up.
    """
    for name in mistakes:
        check_one_of(name, MISTAKES, "The mistakes to commit")
    rows = make_rows(study, **_windows(mistakes, until))
    return _commit_on(rows, mistakes, effort, model=model, seed=seed)


def _windows(mistakes: tuple[str, ...], until: float) -> dict[str, object]:
    starts = STARTS if "patients" in mistakes else (0.0,)
    return {"until": until if "window" in mistakes else None, "starts": starts}


def _commit_on(
    rows: Rows, mistakes: tuple[str, ...], effort: SimpleNamespace, *, model: str, seed: int
) -> pd.DataFrame:
    n_settings = N_SETTINGS if "settings" in mistakes else 1
    how = {"model": model, "n_settings": n_settings, "seed": seed}
    how |= {"n_folds": effort.n_folds, "n_trees": effort.n_lab_trees}
    # what no switch that is on can touch is left out, so that the key of the store is the same
    plain = replace(rows, late=rows.predictors)
    honest = fit_folds(plain, (), **how).assign(**{MODEL: HONEST})
    dealt = rows if "window" in mistakes else plain
    leaky = fit_folds(dealt, tuple(mistakes), **how).assign(**{MODEL: LEAKY})
    return pd.concat([honest, leaky], ignore_index=True)


def measure_mistakes(
    study: Study,
    mistakes: tuple[str, ...],
    effort: SimpleNamespace,
    *,
    models: tuple[str, ...],
    seed: int,
) -> pd.DataFrame:
    """Return what each mistake seems to gain in each model's hands, alone and all together.

    Columns ``mistake``, ``label``, ``model``, ``metric``, ``n_patients``, the scores ``honest``
    and ``leaky`` and their paired difference ``estimate``, ``low``, ``high``.
    """
    tables, rows_of = [], cache(lambda **windows: make_rows(study, **windows))
    for label, names, until in _variants(mistakes):
        rows = rows_of(**_windows(names, until))
        for model in models:
            report(f"{label}, {model}")
            pair = _commit_on(rows, names, effort, model=model, seed=seed)
            name = names[0] if len(names) == 1 else TOGETHER
            facts = {"mistake": name, "label": label, MODEL: model}
            tables.append(measure_pair(pair, effort.n_lab_resamples).assign(**facts))
    first = ["mistake", "label", MODEL, METRIC, N_PATIENTS, HONEST, LEAKY]
    return pd.concat(tables, ignore_index=True)[[*first, ESTIMATE, LOW, HIGH]]


def _variants(mistakes: tuple[str, ...]) -> list[tuple[str, tuple[str, ...], float]]:
    """Return label, names and last month of everything that is measured."""
    found = []
    for name in mistakes:
        if name == "window":
            found += [(f"Features until month {until:g}", (name,), until) for until in UNTIL]
        else:
            found.append((MISTAKES[name][0], (name,), UNTIL[1]))
    if len(mistakes) > 1:
        found.append((f"All {len(mistakes)} together", tuple(mistakes), UNTIL[1]))
    return found


def measure_pair(
    predictions: pd.DataFrame, n_resamples: int, metrics: tuple[str, ...] = METRICS
) -> pd.DataFrame:
    """Return the scores ``honest`` and ``leaky`` and their paired difference, by ``metric``."""
    settings = {"metrics": metrics, "n_resamples": n_resamples}
    gaps = compare_predictions(predictions, reference=HONEST, **settings)
    once = score_predictions(predictions, metrics=metrics, n_resamples=1)
    by_model = once.pivot_table(index=METRIC, columns=MODEL, values=ESTIMATE, dropna=False)
    scores = by_model.loc[gaps[METRIC], [HONEST, LEAKY]].reset_index(drop=True)
    return pd.concat([gaps[[METRIC, N_PATIENTS, ESTIMATE, LOW, HIGH]], scores], axis=1)


def only_r2(measured: pd.DataFrame) -> pd.DataFrame:
    """Return the rows about R²."""
    return measured[measured[METRIC] == "r2"].reset_index(drop=True)


def split_at_zero(effects: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the single mistakes whose interval leaves out zero, and the others."""
    single = effects[effects["mistake"] != TOGETHER]
    shows = (single[LOW] > 0) | (single[HIGH] < 0)
    return single[shows], single[~shows]


# --- few patients, and nothing to be found -----------------------------------------------------


def measure_few(rows: Rows, effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    """Return what mistakes of `FEW` gain in R² in studies drawn from the rows, few or many.

    Columns ``target`` (`SLOPES` or `NOISE`), ``size``, ``mistake``, and those of a pair.
    """
    tables = []
    for target in (SLOPES, NOISE):
        dealt = rows if target == SLOPES else _shuffle_target(rows, seed)
        names = tuple(FEW) if target == SLOPES else ("ranking",)
        for size in _sizes_within(rows, effort.sizes):
            report(f"{size} patients, {target}")
            how = {"n_draws": max(effort.n_predicted // size, 1), "n_folds": effort.n_folds}
            predictions = fit_few(dealt, size, names, seed=seed, **how)
            for name in names:
                both = predictions[predictions[MODEL].isin([HONEST, name])]
                both = both.assign(**{MODEL: both[MODEL].replace(name, LEAKY)})
                facts = {"target": target, "size": size, "mistake": name}
                measured = measure_pair(both, effort.n_lab_resamples, ("r2",))
                tables.append(measured.assign(**facts))
    return pd.concat(tables, ignore_index=True)


def _sizes_within(rows: Rows, sizes: tuple[int, ...]) -> list[int]:
    """Return the sizes of studies that can be drawn from so many patients."""
    return [size for size in sizes if size <= len(rows.target)] or [len(rows.target)]


# --- the best of many --------------------------------------------------------------------------


def measure_best_of(
    rows: Rows, effort: SimpleNamespace, *, share: float, seed: int
) -> pd.DataFrame:
    """Return what it gains in R² to choose the best of K on the test patients, a share of all.

    Columns ``series`` (of `BEST_OF`), ``count`` (K), ``n_test`` (patients of a split by whom is
    chosen), and those of a pair.
    """
    tables = []
    for series in effort.series:
        report(BEST_OF[series])
        model, reach = series.split("_")
        network, small = model == "ffnn", reach == "small"
        predictions = fit_best_of(
            _shuffle_target(rows, seed) if model == "noise" else rows,
            counts=tuple(k for k in effort.counts if not network or k <= effort.n_tried),
            share=share,
            seed=seed,
            n_splits=effort.n_splits * (2 if small else 1) // (2 if network else 1),
            size=SMALL_STUDY if small else None,
            network=network,
        )
        for count, pair in predictions.groupby("count"):
            n_test = int((pair[pair[MODEL] == HONEST][REPEAT] == 0).sum())
            facts = {"series": series, "count": count, "n_test": n_test}
            measured = measure_pair(pair, effort.n_lab_resamples, ("r2",))
            tables.append(measured.assign(**facts))
    return pd.concat(tables, ignore_index=True)


# --- the same patient twice --------------------------------------------------------------------


def measure_doubles(
    rows: Rows, effort: SimpleNamespace, *, models: tuple[str, ...], seed: int
) -> pd.DataFrame:
    """Return what it gains in R² if some patients are in the table twice, by ``share`` of them.

    A pair is of copies divided by chance, and of each beside its original; all are scored once.
    """
    tables = []
    for share in effort.shares:
        doubled = _double_patients(rows, share, seed)
        for model in models:
            report(f"{share:.0%} of patients twice, {model}")
            pair = _commit_on(doubled, ("patients",), effort, model=model, seed=seed)
            measured = measure_pair(pair, effort.n_lab_resamples, ("r2",))
            tables.append(measured.assign(**{"share": share, MODEL: model}))
    return pd.concat(tables, ignore_index=True)


def count_lookalikes(study: Study) -> pd.DataFrame:
    """Return how many ``patients`` agree with somebody else, by what they are ``agreeing in``."""
    facts = ["age", "male", "height", "site_limb", "site_bulbar"]
    measured = [*facts, "onset_delta", "first_alsfrs_total", "first_weight"]
    sets = {
        "age, sex, height and site of onset": facts,
        "the same, days since onset, first total and first weight": measured,
        "every feature that is kept": _kept(study),
    }
    known = study.features.dropna(subset=measured)
    counts = [int(known.duplicated(names, keep=False).sum()) for names in sets.values()]
    return pd.DataFrame({"agreeing in": list(sets), "patients": counts})
