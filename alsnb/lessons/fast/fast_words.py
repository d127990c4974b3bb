"""Word who is called fast: titles, tables and sentences, all written from the frames.

The frames are those of :mod:`alsnb.lessons.fast.fast_lesson`.
"""

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.evaluation.cuts import CHOSEN
from alsnb.lessons.fast.fast_models import BOTH_HEADS, ORACLE
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL

RULE, CUT, WITHHELD = "rule", "cut", "withheld"

TITLES = {
    "onset": "Log onset delta, slope",
    "onset_class": "Log onset delta, class",
    "forest": "Random forest, slope",
    "forest_class": "Random forest, class",
    "ffnn": "FFNN, slope",
    "ffnn_class": "FFNN, class",
    "cnn": "CNN, slope",
    "cnn_class": "CNN, class",
    "rnn": "RNN, slope",
    "rnn_class": "RNN, class",
    "ffnn_cnn": "FFNN+CNN, slope",
    BOTH_HEADS: "FFNN+CNN, class",
    ORACLE: "Oracle, slope",
}
"""What a reader calls each model, in the order of the tables."""

RULE_TITLES = {
    "literal": "literal",
    "least_squares": "least squares",
    "recalibrated": "stretched",
    "quantile": "quantile",
    "balanced": "best balance",
}
"""What a reader calls each rule for the cut."""

CLASS_TITLES = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV",
    "share_called": "Share called",
}
"""What a reader calls each score."""

MAIN_METRICS = ("auc", "average_precision", "balanced_accuracy", "sensitivity", "ppv")
RULE_METRICS = ("share_called", "sensitivity", "ppv", "balanced_accuracy")


def tabulate_spread(spread: pd.DataFrame) -> pd.DataFrame:
    """Return the spread worded for reading."""
    return pd.DataFrame(
        {
            "Slopes": spread[MODEL].map(_title),
            "Mean": [signed(value, 2) for value in spread["mean"]],
            "SD": [f"{value:.2f}" for value in spread["sd"]],
            "SD / observed SD": [f"{value:.2f}" for value in spread["sd_ratio"]],
            "PCC": [signed(value, 2) for value in spread["pcc"]],
            "Cut below mean, in SD": [signed(value, 1) for value in spread["distance"]],
            "Share below the cut": [
                f"fewer than {SMALLEST_COUNT} patients" if hidden else f"{share:.1%}"
                for share, hidden in zip(spread["share_below"], spread[WITHHELD], strict=True)
            ],
        }
    )


def word_spread(spread: pd.DataFrame, model: str) -> str:
    """Return in sentences why a cut for observed slopes does not fit predicted ones."""
    rows = spread.set_index(MODEL)
    seen, made = rows.loc["observed"], rows.loc[model]
    title, sd = TITLES[model].split(",")[0], "standard deviations"
    below = (
        f"fewer than {SMALLEST_COUNT} patients"
        if made[WITHHELD]
        else f"{made['share_below']:.1%} of the patients"
    )
    return (
        f"The cut lies {signed(seen['distance'], 1)} {sd} below the mean of what was observed, "
        f"and {signed(made['distance'], 1)} below the mean of what the {title} predicts. "
        f"{below} are predicted to lie beyond it, and {seen['share_below']:.1%} do."
    )


def tabulate_models(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of :func:`score_models`, a row per model, worded for reading."""
    return _tabulate(scores, [MODEL], MAIN_METRICS)


def tabulate_rules(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of :func:`score_rules`, a row per model and rule, worded for reading."""
    wide = _tabulate(scores, [MODEL, RULE, CUT], RULE_METRICS)
    return wide.assign(
        Rule=wide["Rule"].map(RULE_TITLES), Cut=[signed(cut, 2) for cut in wide["Cut"]]
    )


def _tabulate(scores: pd.DataFrame, keys: list[str], metrics: tuple[str, ...]) -> pd.DataFrame:
    words = [
        "withheld: small counts" if hidden else interval(estimate, low, high, 2)
        for estimate, low, high, hidden in zip(
            *(scores[column] for column in (ESTIMATE, LOW, HIGH, WITHHELD)), strict=True
        )
    ]
    wide = scores.assign(words=words).pivot_table(
        index=keys, columns=METRIC, values="words", aggfunc="first"
    )
    order = scores[keys].drop_duplicates()
    places = order[MODEL].map({model: place for place, model in enumerate(TITLES)})
    order = order.iloc[np.argsort(places.to_numpy(), kind="stable")]
    wide = wide.reset_index().merge(order, how="right", on=keys)
    wide = wide.assign(**{MODEL: wide[MODEL].map(_title)})[[*keys, *metrics]]
    return wide.rename(columns={key: key.capitalize() for key in keys} | CLASS_TITLES)


def word_rules(scores: pd.DataFrame, model: str, rule: str) -> str:
    """Return in a sentence whom one rule finds."""
    rows = scores[(scores[MODEL] == model) & (scores[RULE] == rule)].set_index(METRIC)
    start = f"By the rule '{RULE_TITLES[rule]}'"
    if rows[WITHHELD].any():
        return f"{start}, small counts forbid to say more."
    called, found, ppv = (rows.loc[name, ESTIMATE] for name in RULE_METRICS[:3])
    if called == 0:
        return f"{start}, nobody is called."
    return (
        f"{start}, {called:.1%} of the test patients are called fast; among them are {found:.0%} "
        f"of those who are, and {ppv:.0%} of those called are right."
    )


def tabulate_heads(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of :func:`compare_heads`, worded for reading."""
    wide = _tabulate(gaps, [MODEL], MAIN_METRICS)
    by_auc = gaps[gaps[METRIC] == "auc"]
    p_values = by_auc.set_index(by_auc[MODEL].map(TITLES))["p_holm"]
    shown = [_word_p(p_values[title]) for title in wide["Model"]]
    kinds = wide["Model"].str.removesuffix(", class")
    return wide.assign(Model=kinds, **{"p (Holm), AUC": shown}).rename(
        columns={"Model": "Class minus slope"}
    )


def label_heads(gaps: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the differences in one score with a ``label`` for each, for a figure."""
    rows = gaps[gaps[METRIC] == metric]
    return rows.assign(label=rows[MODEL].map(TITLES).str.removesuffix(", class"))


def _word_p(p_value: float) -> str:
    if np.isnan(p_value):
        return "not defined"
    return f"{p_value:.3f}" if p_value >= 0.001 else "< 0.001"


def word_heads(gaps: pd.DataFrame) -> str:
    """Return in sentences whether the classifiers are better."""
    rows = gaps[gaps[METRIC] == "auc"]
    better = [TITLES[row.model] for row in rows.itertuples() if row.low > 0]
    worse = [TITLES[row.model] for row in rows.itertuples() if row.high < 0]
    equal = len(rows) - len(better) - len(worse)
    largest = rows.loc[rows[ESTIMATE].abs().idxmax()]
    kind = TITLES[largest[MODEL]].split(",")[0]
    return (
        f"In the area under the curve, {len(better)} of {len(rows)} classifiers have an interval "
        f"above zero, {len(worse)} one below it, and {equal} one that holds it; adjusted for the "
        f"number of questions, {int((rows['p_holm'] < 0.05).sum())} of the differences remain. "
        f"The largest difference is that of the {kind}, "
        f"{interval(largest[ESTIMATE], largest[LOW], largest[HIGH])}."
    )


def tabulate_choice(choice: pd.DataFrame) -> pd.DataFrame:
    """Return the outcome of :func:`measure_choice`, worded for reading."""
    return pd.DataFrame(
        {
            "Patients": [f"{size:,}" for size in choice["n_patients"]],
            "Cut": choice[CUT],
            "Balanced accuracy on them": [f"{value:.3f}" for value in choice["these"]],
            "On the others": [f"{value:.3f}" for value in choice["others"]],
            "Difference (middle 95 % of draws)": [
                interval(*values) for values in choice[[ESTIMATE, LOW, HIGH]].to_numpy()
            ],
        }
    )


def word_choice(choice: pd.DataFrame) -> str:
    """Return in a sentence what it was worth to choose on the fewest and the most patients."""
    rows = choice[choice[CUT] == CHOSEN]
    parts = [
        f"{signed(row.estimate)} on {row.n_patients:,} patients"
        for row in rows.iloc[[0, -1]].drop_duplicates().itertuples()
    ]
    return f"On average the promise exceeds what is held by {', and by '.join(parts)}."


def tabulate_published(beside: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of :func:`beside_published`, worded for reading."""
    ours = [
        "withheld: small counts" if hidden else interval(*values, 2)
        for *values, hidden in beside[[ESTIMATE, LOW, HIGH, WITHHELD]].itertuples(index=False)
    ]
    return pd.DataFrame(
        {
            "Score": beside[METRIC].map(CLASS_TITLES),
            "Published": "not printed",
            "Here": ours,
            "Difference": "none to take",
        }
    )


def _title(model: str) -> str:
    return {"observed": "Observed"}.get(model) or TITLES[model]
