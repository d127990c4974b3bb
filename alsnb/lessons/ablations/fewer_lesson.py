"""Measure what is lost when a model gets few features."""

from collections.abc import Sequence

import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import Pipeline, make_pipeline

from alsnb.checks import check_one_of
from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.design import make_design
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.evaluation.crossval import cross_validate
from alsnb.evaluation.resampling import draw_scores, find_interval, subtract_scores
from alsnb.fits.references import ONSET, predict_with_reference
from alsnb.lessons.ablations.variations import FEW, FIVE, best_features
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, REPEAT
from alsnb.settings import n_cores
from alsnb.splits import folds_from
from alsnb.study.paper_a import FFNN
from alsnb.study.task import LOG_ONSET, Task

WHOSE = ("paper", "own")
"""Whose five features a chapter takes."""

COUNTS = (1, 2, 3, 5, 10, 20, 40, 80)
"""Numbers of features along the curve."""

N_TREES = 60
"""Trees of each forest along it, at most."""


def choose_five(task: Task, whose: str) -> list[str]:
    """Return five features: the paper's, or those ranked highest on the patients to learn from."""
    check_one_of(whose, WHOSE, "The parameter five")
    return list(FIVE) if whose == "paper" else best_features(task)


def describe_five(task: Task, catalogue: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """Return what the features are and the share of training patients who lack each."""
    train = task.predictors.loc[task.split.train, list(features)]
    known = catalogue.set_index("name").loc[list(features)]
    return pd.DataFrame(
        {
            "feature": known["title"].to_numpy(),
            "definition": known["definition"].to_numpy(),
            "unit": known["unit"].to_numpy(),
            "missing": train.isna().mean().to_numpy(),
        }
    )


def word_five(described: pd.DataFrame) -> pd.DataFrame:
    """Return the table of :func:`describe_five` for reading."""
    shown = described.assign(missing=[f"{share:.0%}" for share in described["missing"]])
    titles = {"feature": "Feature", "definition": "What it is", "unit": "Unit"}
    return shown.rename(columns=titles | {"missing": "Missing"})


def join_networks(full: pd.DataFrame, few: pd.DataFrame) -> pd.DataFrame:
    """Return the test predictions of the networks with all features and with few, in one frame."""
    return pd.concat([full[full[MODEL].isin(FEW)], few], ignore_index=True)


# --- how few -------------------------------------------------------------------------------


def score_counts(task: Task, *, profile: str, seed: int) -> pd.DataFrame:
    """Return R² of a forest, out of fold, by the number of features it was given.

    Returns
    -------
    DataFrame
        ``n_features``, ``estimate``, ``low`` and ``high``; features are ranked anew on the
        training patients of each fold.
    """
    train = task.split.train
    predictions = _by_count(
        task.predictors.loc[train, list(task.features)],
        task.target.loc[train],
        task.fold_of(),
        counts=list(COUNTS),
        n_trees=min(EFFORTS[profile].n_trees, N_TREES),
        seed=seed,
    )
    n_resamples = EFFORTS[profile].n_resamples
    scores = score_predictions(predictions, metrics=["r2"], n_resamples=n_resamples)
    scores = scores.assign(n_features=[int(name) for name in scores[MODEL]])
    return scores[["n_features", ESTIMATE, LOW, HIGH]]


@stored
def _by_count(
    features: pd.DataFrame,
    target: pd.Series,
    fold_of: pd.Series,
    *,
    counts: list[int],
    n_trees: int,
    seed: int,
) -> pd.DataFrame:
    frames = []
    for count in counts:
        report(f"forest on {count} features")
        model = _ranked_forest(count, n_trees=n_trees, seed=seed)
        frames.append(
            cross_validate(
                model, features, target, folds_from(fold_of), name=str(count), n_jobs=n_cores()
            )
        )
    return pd.concat(frames, ignore_index=True)


def _ranked_forest(n_features: int, *, n_trees: int, seed: int) -> Pipeline:
    design = make_design(scaling=None, ranking="forest", n_features=n_features, rank_scaled=False)
    forest = RandomForestRegressor(
        n_trees, min_samples_leaf=5, max_features=1 / 3, n_jobs=1, random_state=seed
    )
    return make_pipeline(design, forest)


def word_counts(curve: pd.DataFrame) -> str:
    """Return in a sentence how many features it takes to come near the best of the curve."""
    best = curve.loc[curve[ESTIMATE].idxmax()]
    near = curve.loc[curve[ESTIMATE] >= best[ESTIMATE] - 0.02, "n_features"].min()
    one = curve[ESTIMATE].iloc[0]
    return (
        f"One feature alone explains {one:.2f} of the variance; the highest value, "
        f"{best[ESTIMATE]:.2f}, is reached with {best['n_features']:.0f}, and {near} are enough "
        f"to come within 2 hundredths of it"
    )


# --- what the paper says -------------------------------------------------------------------


def match_order(table: pd.DataFrame) -> pd.DataFrame:
    """Return printed and own statements about the order of networks with few features.

    Parameters
    ----------
    table : DataFrame
        Table 3 as :func:`alsnb.lessons.ablations.variations.make_table` returns it.
    """
    rows = []
    for metric, best in (("rmsd", "idxmin"), ("pcc", "idxmax")):
        own = table[table[METRIC] == metric].set_index(MODEL)
        for column, where in (("published", "printed"), (ESTIMATE, "here")):
            winner = getattr(own[column], best)()
            rows.append([metric, where, winner, own.loc[winner, column]])
    return pd.DataFrame(rows, columns=[METRIC, "where", "best", "score"])


def word_match(match: pd.DataFrame) -> pd.DataFrame:
    """Return the statements of :func:`match_order` for reading."""
    names = {few: network.upper() for network, few in FEW.items()}
    rows = []
    for metric, pair in match.groupby(METRIC, sort=False):
        printed, here = (pair[pair["where"] == where].iloc[0] for where in ("printed", "here"))
        rows.append(
            {
                "Statement": f"Best of the three by {metric.upper()}",
                "Published": f"{names[printed['best']]} ({printed['score']:.3f})",
                "This run": f"{names[here['best']]} ({here['score']:.3f})",
                "Verdict": "the same" if printed["best"] == here["best"] else "another",
            }
        )
    return pd.DataFrame(rows)


# --- two kinds of interval -----------------------------------------------------------------


def compare_widths(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the difference between FFNN with five features and with all, with two intervals.

    Returns
    -------
    DataFrame
        ``interval`` ("as if on different patients" and "patient by patient"), ``estimate``
        (RMSD with five minus RMSD with all), ``low`` and ``high``.
    """
    own = predictions[(predictions[REPEAT] == 0) & predictions[MODEL].isin([FFNN, FEW[FFNN]])]
    n_resamples = EFFORTS[profile].n_resamples
    paired = compare_predictions(own, reference=FFNN, metrics=["rmsd"], n_resamples=n_resamples)
    apart = [
        draw_scores(own[own[MODEL] == model], ("rmsd",), n_resamples=n_resamples, seed=number)[0]
        for number, model in enumerate([FEW[FFNN], FFNN])
    ]
    gap = subtract_scores(apart[0][FEW[FFNN]][0], apart[1][FFNN][0])
    low, high = find_interval(gap, 0.95)
    rows = [
        ["as if on different patients", gap[0], low, high],
        ["patient by patient", *paired.iloc[0][[ESTIMATE, LOW, HIGH]]],
    ]
    return pd.DataFrame(rows, columns=["interval", ESTIMATE, LOW, HIGH])


def word_widths(widths: pd.DataFrame) -> str:
    """Return in a sentence how the two intervals differ and what either would say."""
    apart, paired = (widths[HIGH] - widths[LOW]).to_numpy()
    says = [
        "crosses zero" if low <= 0 <= high else "excludes zero"
        for low, high in widths[[LOW, HIGH]].to_numpy()
    ]
    return (
        f"The interval of two separate samples is {apart / paired:.1f} times as wide as the "
        f"paired one and {says[0]}; the paired one, around {signed(widths[ESTIMATE].iloc[1])}, "
        f"{says[1]}"
    )


def compare_with_onset(task: Task, few: pd.DataFrame, *, profile: str, seed: int) -> pd.DataFrame:
    """Return the scores of the FFNN with five features minus those of the line on onset."""
    columns = [*task.features, LOG_ONSET]
    line = predict_with_reference(
        task.predictors[columns],
        task.target,
        ONSET,
        profile=profile,
        seed=seed,
        train=list(task.split.train),
        test=list(task.split.test),
    )
    own = few[(few[MODEL] == FEW[FFNN]) & (few[REPEAT] == 0)]
    both = pd.concat([own, line[line[REPEAT] == 0]], ignore_index=True)
    return compare_predictions(
        both,
        reference=ONSET,
        metrics=["rmsd", "pcc", "r2"],
        n_resamples=EFFORTS[profile].n_resamples,
    )
