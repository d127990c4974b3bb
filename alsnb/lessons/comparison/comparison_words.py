"""Say in sentences what the comparison of all models allows to say."""

from collections.abc import Sequence

import pandas as pd

from alsnb.evaluation.bootstrap import P_HOLM, score_predictions
from alsnb.evaluation.ceiling import SHARE
from alsnb.report.scores import METRIC_TITLES, verdict
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.study.compare import PRINTED
from alsnb.study.references import AVERAGE, ORACLE, STACK, TITLES

SAME = 0.05
"""Adjusted p-values below this count as a difference."""


def word_family(gaps: pd.DataFrame, metric: str = "rmsd") -> str:
    """Return in sentences what a family of comparisons with one reference allows to say.

    Parameters
    ----------
    gaps : DataFrame
        As :func:`compare_with` returns it.
    metric : str
        The score that is worded.
    """
    rows = gaps[gaps[METRIC] == metric]
    better, worse, same = _sort_by_verdict(rows, rows[MODEL].map(TITLES))
    against = f"the {lower_first(TITLES[rows['reference'].iloc[0]])}"
    parts = [f"better than {against}: {_listed(better)}", f"worse: {_listed(worse)}"]
    parts.append(f"not to be told apart from it: {_listed(same)}")
    return (
        f"In {METRIC_TITLES[metric]}, with p-values adjusted for {len(rows)} comparisons: "
        f"{'; '.join(parts)}."
    )


def word_pairs(gaps: pd.DataFrame, metric: str = "rmsd") -> str:
    """Return in a sentence which pairs of a family differ."""
    rows = gaps[gaps[METRIC] == metric]
    pairs = rows[MODEL].map(TITLES) + " against " + rows["reference"].map(TITLES)
    better, worse, _ = _sort_by_verdict(rows, pairs)
    named = [f"{pair} (better)" for pair in better] + [f"{pair} (worse)" for pair in worse]
    start = f"Of {len(rows)} pairs, {len(named)} differ in {METRIC_TITLES[metric]} after adjustment"
    return f"{start}: {_listed(named)}." if named else f"{start}."


def _sort_by_verdict(rows: pd.DataFrame, names: pd.Series) -> tuple[list, list, list]:
    """Return the names of what is better, worse, and neither, by the adjusted p-value."""
    sides: dict[str, list[str]] = {"better": [], "worse": [], "neither": []}
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        told = verdict(row) if row[P_HOLM] < SAME else ""
        side = "better" if "better" in told else "worse" if "worse" in told else "neither"
        sides[side].append(name)
    return sides["better"], sides["worse"], sides["neither"]


def lower_first(title: str) -> str:
    """Return a title as it stands within a sentence; an abbreviation keeps its capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def word_choice(out_of_fold: pd.DataFrame) -> str:
    """Return in a sentence which model the training patients alone would have chosen."""
    scores = score_predictions(out_of_fold, metrics=["rmsd"], n_resamples=1).set_index(MODEL)
    best = scores.loc[[name for name in scores.index if name != ORACLE], ESTIMATE]
    single = best.drop([name for name in (STACK, AVERAGE) if name in best.index])
    return (
        f"On the training patients alone, out of fold, {TITLES[best.idxmin()]} has the lowest "
        f"RMSD of all ({signed(best.min())}) and {TITLES[single.idxmin()]} that of the models "
        f"before the average ({signed(single.min())})."
    )


def word_seeds(spread: pd.DataFrame, metric: str = "r2") -> str:
    """Return in a sentence which model varies most from seed to seed, and how much.

    Parameters
    ----------
    spread : DataFrame
        As :func:`alsnb.study.compare.spread_over_seeds` returns it.
    metric : str
        The score that is worded.
    """
    rows = spread[(spread[METRIC] == metric) & spread["sd"].notna()]
    if rows.empty:
        return "With a single seed there is no spread to be seen."
    most = rows.loc[rows["sd"].idxmax()]
    return (
        f"From {most['n_seeds']} seeds, the score that moves most in {METRIC_TITLES[metric]} is "
        f"that of {TITLES[most[MODEL]]}, from {signed(most['lowest'])} to "
        f"{signed(most['highest'])}."
    )


def word_match(table: pd.DataFrame) -> str:
    """Return in a sentence how many printed numbers lie in the intervals of this run.

    Parameters
    ----------
    table : DataFrame
        As :func:`alsnb.study.compare.make_table2` returns it.
    """
    printed = table[table[MODEL].isin(PRINTED) & table["published"].notna()]
    inside = (printed["low"] <= printed["published"]) & (printed["published"] <= printed["high"])
    farthest = printed.loc[printed["difference"].abs().idxmax()]
    return (
        f"Of the {len(printed)} numbers that are printed for the networks, {inside.sum()} lie in "
        f"the 95 % intervals of this run; the largest difference is "
        f"{signed(farthest['difference'])}, in the {METRIC_TITLES[farthest[METRIC]]} of "
        f"{TITLES[farthest[MODEL]]}."
    )


def word_table(ceiling: pd.DataFrame) -> pd.DataFrame:
    """Return the distances to the oracle in words: a row per model."""
    rows = ceiling[ceiling[METRIC] == "r2"]
    gaps = [interval(*map(float, row)) for row in rows[[ESTIMATE, LOW, HIGH]].to_numpy()]
    shares = [f"{signed(100 * share, 0)} %" for share in rows[SHARE]]
    return pd.DataFrame(
        {
            "Model": rows[MODEL].map(TITLES),
            "R² minus that of the oracle": gaps,
            "Share of what the oracle explains": shares,
        }
    )


def word_ceiling(ceiling: pd.DataFrame) -> str:
    """Return in sentences how near the models come to what can be known."""
    rows = ceiling[ceiling[METRIC] == "r2"]
    if rows.empty:
        return "These patients are real, and no truth about them is known: there is no oracle."
    nearest = rows.loc[rows[ESTIMATE].idxmax()]
    above = int((rows[ESTIMATE] > 0).sum())
    beyond = "No model lies above it" if not above else f"{above} of {len(rows)} lie above it"
    return (
        f"{beyond}. The nearest is {TITLES[nearest[MODEL]]}: its R² minus the oracle's is "
        f"{signed(nearest[ESTIMATE])} (95 % interval {signed(nearest[LOW])} to "
        f"{signed(nearest[HIGH])}), and it explains {nearest[SHARE]:.0%} of what the oracle does."
    )
