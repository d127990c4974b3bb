"""Look at the features of a cohort: how many, what is missing, what is alike, what leaks.

Frames hold aggregates only. From data of real patients no number is in them that says of fewer
than five that they have, or lack, something.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from alsnb.compute.progress import report
from alsnb.disclosure import SMALLEST_COUNT, is_small
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.features.proact import derive_features
from alsnb.features.questionnaire import ITEMS, N_VISITS
from alsnb.features.sequences import Sequences
from alsnb.features.summaries import summarize
from alsnb.fits.inputs import make_inputs
from alsnb.fits.references import cross_validate_reference
from alsnb.lessons.features.fits import LATER, cross_validate_on_later
from alsnb.published import TOP_FIVE, read_published
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.splits import make_folds
from alsnb.study.difficulty import as_predictions
from alsnb.study.proact import Study, on_scale
from alsnb.study.truth import read_truth
from alsnb.vocabulary import EARLY_SLOPE, FOREST, MODEL_TITLES, PAIRED

EFFORTS = room_efforts(n_window_trees={"smoke": 10, "book": 33, "full": 33})
"""Forests of the windows have few trees: a difference is asked, which few settle."""

WINDOWS = (3, 4, 6, 9)
"""Months that the features may see; the first is what is known when the question is asked."""

LINE = "line"

TITLES = {FOREST: MODEL_TITLES[FOREST], LINE: "Line on the slope so far"}
"""What a reader calls the two models that see more and more."""

IN_STUDY, IN_USE = "as it would be published", "as it would be used"

USES = (IN_STUDY, IN_USE)
"""Tested on features of the same window, or on those of three months, all there is in earnest."""

# --- what there is -----------------------------------------------------------------------


def count_both_scales(study: Study) -> pd.DataFrame:
    """Return how many features the cohort of either scale has and keeps, beside what is printed.

    ``which`` is ``"all"``, or ``"of the paper"``: the seven summaries of what it used.
    """
    printed, rows = read_published()["paper_a"]["cohort"], []
    for scale, entry in (("ALSFRS", "features"), ("ALSFRS-R", "alsfrs_r_features")):
        other = on_scale(study, scale)
        catalogue, n_patients = other.catalogue, len(other.cohort.patients)
        for which, chosen, published in (
            ("all", catalogue, np.nan),
            ("of the paper", catalogue[catalogue["in_paper"]], printed[entry]),
        ):
            n_kept = int(chosen["kept"].sum())
            facts = [which, len(chosen), n_kept, published, n_kept - published]
            rows.append([scale, n_patients, *facts])
    columns = ["which", "n_features", "n_kept", "published", "difference"]
    return pd.DataFrame(rows, columns=["scale", "n_patients", *columns])


def count_by_table(study: Study) -> pd.DataFrame:
    """Return the measures and features of each table: all, the paper's, and those kept."""
    catalogue = study.catalogue
    catalogue = catalogue.assign(both=catalogue["in_paper"] & catalogue["kept"])
    counts = catalogue.groupby("table", sort=False).agg(
        n_measures=("measure", "nunique"),
        n_features=("name", "size"),
        n_kept=("kept", "sum"),
        in_paper=("in_paper", "sum"),
        in_paper_kept=("both", "sum"),
    )
    counts.loc["all"] = counts.sum()
    return counts.reset_index()


def shown_catalogue(study: Study) -> pd.DataFrame:
    """Return the catalogue with the shares missing that a page may show; NaN where it may not."""
    missing = study.features.isna()
    shares, n_missing = missing.mean(), missing.sum()
    if study.source.is_real:
        shares = shares.mask(is_small(n_missing) | is_small(len(missing) - n_missing))
    return study.catalogue.assign(missing=shares.reindex(study.catalogue["name"]).to_numpy())


def features_of_measure(study: Study, measure: str) -> pd.DataFrame:
    """Return what the features of one measure are: rows of the catalogue that a page may show."""
    catalogue = shown_catalogue(study)
    rows = catalogue[catalogue["measure"] == measure]
    return rows[["name", "definition", "unit", "in_paper", "missing"]].reset_index(drop=True)


def count_kept(study: Study, limits: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5)) -> pd.DataFrame:
    """Return how many features are left by the share missing that is tolerated."""
    in_paper, rows = study.catalogue["in_paper"], []
    for limit in limits:
        kept = study.catalogue["missing"] <= limit
        rows.append([limit, kept.sum(), (kept & in_paper).sum()])
    return pd.DataFrame(rows, columns=["limit", "n_kept", "in_paper_kept"])


# --- what is missing ---------------------------------------------------------------------


def missing_measures(study: Study, most: float = 0.5) -> pd.DataFrame:
    """Return how often each repeated measure is missing, of those that most patients have.

    ``missing`` is the share of patients without any value in the window, ``missing_slope``
    without two; least missing first, up to ``most``.
    """
    catalogue = shown_catalogue(study).set_index("name")
    first = catalogue[catalogue["summary"] == "first"]
    missing = study.features[first.index].isna().mean()
    first = first.loc[missing[missing <= most].sort_values(kind="stable").index]
    slopes = "slope_" + first["measure"]
    told = first.assign(
        title=first["title"].str.removeprefix("First "),
        missing_slope=catalogue["missing"].reindex(slopes).to_numpy(),
    )
    return told[["title", "missing", "missing_slope"]].reset_index(drop=True)


def missing_in_trials(study: Study, truth: Path | None) -> pd.DataFrame:
    """Return the share of patients missing by measure and pseudo-trial, empty for real patients.

    Measures that go missing together stand side by side; the largest pseudo-trial is first.
    """
    patients = read_truth(truth)
    if patients.empty:
        return pd.DataFrame()
    trial = (patients["trial"] + 1).reindex(study.features.index)
    measures = _missing_together(study).columns
    shares = _missing(study)[measures].groupby(trial).mean().loc[trial.value_counts().index]
    return _readable(shares.T)


def share_of_extremes(shares: pd.DataFrame) -> float:
    """Return how much of :func:`missing_in_trials` is all or nothing, but for one in twenty."""
    values = shares.to_numpy(float)
    return np.sum((values <= 0.05) | (values >= 0.95)) / max(values.size, 1)


def missing_pairs(study: Study) -> pd.DataFrame:
    """Return the correlations of being missing between measures, named for people."""
    return _readable(_readable(_missing_together(study)).T).T


def _missing_together(study: Study) -> pd.DataFrame:
    """Return the same by measure; not those which nobody, or few real patients, lack or have."""
    missing = _missing(study)
    n_missing = missing.sum()
    fewest = SMALLEST_COUNT if study.source.is_real else 1
    varies = (n_missing >= fewest) & (len(missing) - n_missing >= fewest)
    together = missing.loc[:, varies].astype(float).corr()
    return _side_by_side(together, 1 - together)


def _missing(study: Study) -> pd.DataFrame:
    """Return where each measure is missing, a column per measure: where its first value is."""
    chosen = study.catalogue[study.catalogue["summary"].isin(["first", ""])]
    return study.features[chosen["name"]].isna().set_axis(list(chosen["measure"]), axis="columns")


def _side_by_side(together: pd.DataFrame, distance: pd.DataFrame) -> pd.DataFrame:
    if together.shape[0] < 3:
        return together
    pairs = squareform(distance.to_numpy(), checks=False)
    order = leaves_list(linkage(np.maximum(pairs, 0), "average"))
    return together.iloc[order, order]


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    names = [str(name).replace("_", " ") for name in table.index]
    return table.set_axis(names, axis=0).rename_axis(index=None, columns=None)


# --- what is alike, and what goes with the slope -------------------------------------------


def correlate_measures(study: Study) -> pd.DataFrame:
    """Return the correlations between the means of measures, those that are alike side by side."""
    catalogue = study.catalogue
    chosen = catalogue[catalogue["kept"] & (catalogue["summary"] == "mean")].set_index("name")
    values = study.features[chosen.index]
    values = values.loc[:, values.max() > values.min()]
    fewest = SMALLEST_COUNT if study.source.is_real else 2
    titles = chosen.loc[values.columns, "title"].str.removeprefix("Mean ")
    together = values.set_axis(titles, axis=1).corr(min_periods=fewest).fillna(0.0)
    together = together.rename_axis(index=None, columns=None)
    return _side_by_side(together, 1 - together.abs())


def measure_redundancy(study: Study, alike: float = 0.9) -> dict[str, float]:
    """Return how much the kept features repeat each other.

    ``share_alike`` of them have another that correlates with them more strongly than ``alike``;
    ``n_components`` principal components (gaps filled by the median) hold nine tenths of the
    variance.
    """
    kept = study.features[study.catalogue.loc[study.catalogue["kept"], "name"]]
    kept = kept.loc[:, kept.max() > kept.min()]
    correlation = kept.fillna(kept.median()).corr().to_numpy()
    others = np.abs(correlation - np.eye(len(correlation)))
    share = np.sort(np.linalg.eigvalsh(correlation))[::-1].cumsum() / max(len(correlation), 1)
    return {
        "share_alike": float((others.max(axis=1, initial=0) > alike).mean()),
        "n_components": int(np.searchsorted(share, 0.9) + 1),
    }


def correlate_with_slope(study: Study, n_resamples: int, n_features: int = 20) -> pd.DataFrame:
    """Return the kept features that go most with the slope, each with its interval over patients.

    A description of the whole cohort, not a choice that a model may be built on.
    """
    scores = _score_features(study, _strongest_features(study)[:n_features], n_resamples)
    return scores.assign(label=scores["name"].map(study.catalogue.set_index("name")["title"]))


def rank_published(study: Study, n_resamples: int) -> pd.DataFrame:
    """Return where the paper's five best features stand here, by their correlation with the slope.

    A feature that is missing in too many patients has no ``rank`` (1 is the strongest).
    """
    printed = read_published()["paper_a"]["table3"]["features"]
    names = [TOP_FIVE[name] for name in printed]
    ranks = {name: rank for rank, name in enumerate(_strongest_features(study), 1)}
    rows = pd.DataFrame({"published": printed, "name": names})
    rows = rows.merge(_score_features(study, names, n_resamples), on="name", how="left")
    missing = shown_catalogue(study).set_index("name")["missing"]
    return rows.assign(rank=rows["name"].map(ranks), missing=rows["name"].map(missing))


def _strongest_features(study: Study) -> list[str]:
    """Return the kept features by the strength of their correlation with the slope."""
    kept = study.features[study.catalogue.loc[study.catalogue["kept"], "name"]]
    pcc = kept.corrwith(study.cohort.patients["slope"]).dropna()
    return list(pcc.abs().sort_values(ascending=False, kind="stable").index)


def _score_features(study: Study, names: list[str], n_resamples: int) -> pd.DataFrame:
    """Return the correlation of features with the slope, with intervals over patients."""
    slope, known = study.cohort.patients["slope"], study.features[names].notna().sum()
    told = [name for name in names if known[name] >= SMALLEST_COUNT]
    frames = [as_predictions(study.features[name], slope, name) for name in told]
    frame = pd.concat(frames, ignore_index=True)
    scores = score_predictions(frame, metrics=["pcc"], n_resamples=n_resamples)
    return scores.rename(columns={MODEL: "name"})[["name", ESTIMATE, LOW, HIGH]]


# --- sequences ---------------------------------------------------------------------------


def average_sequences(study: Study) -> pd.DataFrame:
    """Return the mean answers at each of the visits in the window, over those who have the visit.

    ``month`` is the mean, ``share`` that of the cohort. NaN where fewer than five have the visit.
    """
    sequences = study.sequences
    shares = _shares_of_visits(sequences, is_real=study.source.is_real)
    rows = []
    for visit in range(N_VISITS):
        members = sequences.mask[:, visit]
        values = sequences.values[members, :, visit]
        if members.sum() < SMALLEST_COUNT:
            values = values[:0]
        # of a question that nobody was asked there is no mean
        means = pd.DataFrame(values).mean().to_numpy()
        rows.append([visit + 1, means[-1], shares[visit], *means[:-1]])
    items = [name.partition("_")[2].capitalize() for name in ITEMS]
    # of few patients a mean with all its digits would tell how many they are
    return pd.DataFrame(rows, columns=["visit", "month", "share", *items]).round(2)


def _shares_of_visits(sequences: Sequences, *, is_real: bool) -> np.ndarray:
    """Return the share of patients with each visit, NaN where it tells of too few."""
    counts = sequences.mask.sum(axis=0).astype(float)
    n_patients, told = len(sequences.mask), [float(len(sequences.mask))]
    for visit, count in enumerate(counts):
        # the patients between two counts are those who had just so many visits
        gaps = [count, *(abs(other - count) for other in told)]
        if count == 0 or (is_real and any(0 < gap < SMALLEST_COUNT for gap in gaps)):
            counts[visit] = np.nan
        else:
            told.append(count)
    return counts / max(n_patients, 1)


# --- models that see more than they may ------------------------------------------------------


def predict_with_windows(study: Study, *, n_trees: int, n_folds: int, seed: int) -> pd.DataFrame:
    """Return out-of-fold predictions of one target from features that see more and more.

    The patients, their slopes, the folds and the names of the features stay. What grows is the
    window that the features summarize (``months``), until it covers most of what is to be
    predicted; ``use`` is one of :data:`USES`.
    """
    slope, frames = study.cohort.patients["slope"], []
    kept = list(study.catalogue.loc[study.catalogue["kept"], "name"])
    honest = _features_until(study, WINDOWS[0])[kept]
    folds = make_folds(honest.index, n_folds=n_folds, seed=seed, strata=slope)
    for months in WINDOWS:
        seen = honest if months == WINDOWS[0] else _features_until(study, months)[kept]
        both = pd.concat([honest, seen.add_prefix(LATER)], axis=1)
        for name, model, size in ((FOREST, FOREST, n_trees), (LINE, EARLY_SLOPE, 0)):
            report(f"{TITLES[name]}, features of {months} months")
            how = {"model": model, "size": size, "seed": seed}
            found = used = cross_validate_reference(make_inputs(seen, slope, folds), **how)
            if months != WINDOWS[0]:
                used = cross_validate_on_later(make_inputs(both, slope, folds), **how)
            facts = {MODEL: name, "months": months}
            frames += [found.assign(**facts, use=IN_STUDY), used.assign(**facts, use=IN_USE)]
    return pd.concat(frames, ignore_index=True)


def _features_until(study: Study, months: float) -> pd.DataFrame:
    """Return the features of the cohort as they are if they may see this many months."""
    settings = replace(study.cohort.settings, window_months=float(months))
    return derive_features(study.clean, replace(study.cohort, settings=settings))[0]


def score_windows(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of each model, window and use, with intervals over patients."""
    tables = []
    for (months, use), rows in predictions.groupby(["months", "use"]):
        scores = score_predictions(rows, metrics=PAIRED, n_resamples=n_resamples)
        tables.append(scores.assign(months=months, use=use))
    return _in_order(pd.concat(tables, ignore_index=True))


def price_windows(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return what a longer window seems to gain, and what it loses in use, patient by patient.

    Subtracted are the scores with features of three months, on the same patients and folds.
    """
    reference, tables = str(WINDOWS[0]), []
    for (model, use), rows in predictions.groupby([MODEL, "use"]):
        named = rows.assign(**{MODEL: rows["months"].astype(str)})
        how = {"metrics": PAIRED, "n_resamples": n_resamples}
        gaps = compare_predictions(named, reference=reference, **how)
        months = gaps[MODEL].astype(int)
        tables.append(gaps.assign(months=months, use=use, **{MODEL: model}))
    return _in_order(pd.concat(tables, ignore_index=True))


def _in_order(scores: pd.DataFrame) -> pd.DataFrame:
    places = {name: place for place, name in enumerate((*TITLES, *USES))}
    return scores.sort_values(
        [MODEL, "use", "months"],
        key=lambda cells: cells.map(lambda cell: places.get(cell, cell)),
        kind="stable",
        ignore_index=True,
    )


def label_windows(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the rows of one metric, each with the ``label`` of its line in a figure."""
    rows = scores[scores[METRIC] == metric]
    return rows.assign(label=rows[MODEL].map(TITLES) + ", " + rows["use"])


def forest_r2(frame: pd.DataFrame) -> dict[tuple[str, int], dict[str, object]]:
    """Return the rows of R² of the forest by use and months, of scores or of differences."""
    rows = frame[(frame[MODEL] == FOREST) & (frame[METRIC] == "r2")]
    return {(row["use"], row["months"]): row for row in rows.to_dict("records")}


def explained(row: dict[str, object]) -> str:
    """Return a share of variance in words; below zero a model is worse than the mean."""
    share = row[ESTIMATE]
    return f"{share:.0%}" if share >= 0 else f"less than nothing ({signed(100 * share, 0)} %)"
