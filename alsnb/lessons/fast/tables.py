"""Show who is called fast: the tables of the chapter, and the words that depend on its numbers."""

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.evaluation.cuts import CHOSEN
from alsnb.evaluation.small_calls import CUT, SHARE_BELOW, WITHHELD
from alsnb.lessons.fast.study import MAIN_METRICS, RULE, TITLES
from alsnb.report import say
from alsnb.report.tables import interval, shown, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, OBSERVED
from alsnb.vocabulary import CLASS_TITLES

RULE_TITLES = {
    "literal": "literal",
    "least_squares": "least squares",
    "recalibrated": "stretched",
    "quantile": "quantile",
    "balanced": "best balance",
}
"""What a reader calls each rule for the cut."""

RULE_METRICS = ("share_called", "sensitivity", "ppv", "balanced_accuracy")

FEW = f"fewer than {SMALLEST_COUNT} patients"


def kind(model: str) -> str:
    """Return what a reader calls a model, whatever it predicts."""
    return TITLES[model].split(",")[0]


def show_spread(spread: pd.DataFrame) -> pd.DataFrame:
    """Return the spread of observed and predicted slopes for readers."""
    columns = {
        MODEL: ("Slopes", TITLES | {OBSERVED: "Observed"}),
        "mean": ("Mean", ".2f"),
        "sd": ("SD", ".2f"),
        "sd_ratio": ("SD / observed SD", ".2f"),
        "pcc": ("PCC", ".2f"),
        "distance": ("Cut below mean, in SD", ".1f"),
        SHARE_BELOW: ("Share below the cut", ".1%", FEW),
    }
    return shown(spread, columns)


def read_spread(spread: pd.DataFrame, model: str) -> dict[str, str]:
    """Return how far the cut lies below what was observed and what a model predicts."""
    rows = spread.set_index(MODEL)
    seen, made = rows.loc[OBSERVED], rows.loc[model]
    below = f"{say.share(made[SHARE_BELOW], 1)} of the patients"
    return {
        "seen": signed(seen["distance"], 1),
        "made": signed(made["distance"], 1),
        "title": kind(model),
        "below": FEW if made[WITHHELD] else below,
        "share": say.share(seen[SHARE_BELOW], 1),
    }


def show_models(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the models for readers, a row per model."""
    return _widen(scores, [MODEL], MAIN_METRICS)


def show_rules(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of a few models for readers, a row per model and rule."""
    wide = _widen(scores, [MODEL, RULE, CUT], RULE_METRICS)
    cuts = [signed(cut, 2) for cut in wide["Cut"]]
    return wide.assign(Rule=wide["Rule"].map(RULE_TITLES), Cut=cuts)


def _widen(scores: pd.DataFrame, keys: list[str], metrics: tuple[str, ...]) -> pd.DataFrame:
    """Return a column of intervals for each metric, models in the order of the titles."""
    wide = scores.assign(words=_intervals(scores)).pivot_table(
        index=keys, columns=METRIC, values="words", aggfunc="first", sort=False
    )
    places = {model: place for place, model in enumerate(TITLES)}
    wide = wide.reset_index().sort_values(MODEL, key=lambda names: names.map(places), kind="stable")
    wide = wide.assign(**{MODEL: wide[MODEL].map(TITLES)})[[*keys, *metrics]]
    headings = {key: key.capitalize() for key in keys} | CLASS_TITLES
    return wide.rename(columns=headings).rename_axis(columns=None).reset_index(drop=True)


def _intervals(scores: pd.DataFrame) -> list[str]:
    return [
        "withheld: small counts" if hidden else interval(*values, 2)
        for *values, hidden in scores[[ESTIMATE, LOW, HIGH, WITHHELD]].itertuples(index=False)
    ]


def read_rule(scores: pd.DataFrame, model: str, rule: str) -> tuple[str, dict[str, str]]:
    """Return whether one rule finds nobody or some, or may not be told, and the shares."""
    rows = scores[(scores[MODEL] == model) & (scores[RULE] == rule)].set_index(METRIC)
    called, found, right = (rows.loc[name, ESTIMATE] for name in RULE_METRICS[:3])
    words = {
        "rule": RULE_TITLES[rule],
        "called": say.share(called, 1),
        "found": say.share(found),
        "right": say.share(right),
    }
    if rows[WITHHELD].any():
        return "withheld", words
    return ("nobody" if called == 0 else "some"), words


def show_heads(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the differences between classifiers and regressions for readers."""
    wide = _widen(gaps, [MODEL], MAIN_METRICS)
    areas = label_areas(gaps).set_index("label")["p_holm"]
    kinds = wide["Model"].str.removesuffix(", class")
    told = ["not defined" if np.isnan(p) else say.p_value(p) for p in areas.loc[kinds]]
    wide = wide.assign(Model=kinds, **{"p (Holm), AUC": told})
    return wide.rename(columns={"Model": "Class minus slope"})


def label_areas(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the differences in the area under the curve with a ``label`` for each."""
    rows = gaps[gaps[METRIC] == "auc"]
    return rows.assign(label=rows[MODEL].map(kind))


def read_areas(areas: pd.DataFrame) -> dict[str, object]:
    """Return how many classifiers are better, worse or neither, and the largest difference."""
    better, worse = int((areas[LOW] > 0).sum()), int((areas[HIGH] < 0).sum())
    largest = areas.loc[areas[ESTIMATE].abs().idxmax()]
    return {
        "n": len(areas),
        "better": better,
        "worse": worse,
        "equal": len(areas) - better - worse,
        "remain": int((areas["p_holm"] < 0.05).sum()),
        "kind": largest["label"],
        "largest": interval(*largest[[ESTIMATE, LOW, HIGH]]),
    }


def show_probabilities(scores: pd.DataFrame) -> pd.DataFrame:
    """Return how good the probabilities of the classifiers are, for readers."""
    columns = {
        MODEL: ("Model", TITLES),
        "brier": ("Brier score", ".3f"),
        "skill": ("Saved against one probability for all", ".1%"),
        "missed": ("Share fast minus mean probability", ".3f"),
    }
    return shown(scores, columns, missing="withheld: small counts")


def read_moved(rules: pd.DataFrame, model: str, rule: str) -> tuple[str, dict[str, str]]:
    """Return whether a rule moves the cut towards the mean of the predictions, and from where."""
    cuts = rules[rules[MODEL] == model].groupby(RULE)[CUT].first()
    literal, own = cuts["literal"], cuts.get(rule, np.nan)
    words = {"literal": signed(literal, 2), "cut": signed(own, 2)}
    if np.isnan(own) or np.isinf(own):
        return "nowhere", words
    return ("nearer" if own > literal else "farther"), words


def name_heads(areas: pd.DataFrame) -> str:
    """Return in words whether the classifiers beat the regressions in the area under the curve."""
    found = read_areas(areas)
    if not found["remain"]:
        return "no classifier differs detectably from the regression of its kind"
    told = areas[areas["p_holm"] < 0.05]
    better, worse = (
        say.listed(told.loc[side, "label"]) for side in (told[LOW] > 0, told[HIGH] < 0)
    )
    return f"classifiers that beat the regression of their kind: {better}; that lose: {worse}"


def read_overpromise(choice: pd.DataFrame) -> str:
    """Return whether a cut chosen on few patients promises more than it holds, on average."""
    rows = choice[choice[CUT] == CHOSEN].sort_values("n_patients")
    few, many = rows[ESTIMATE].iloc[[0, -1]]
    if few <= 0:
        return "does not promise too much in this run"
    more = few > many and len(rows) > 1
    return "promises too much" + (", and the more so the fewer they are" if more else "")


def show_choice(choice: pd.DataFrame) -> pd.DataFrame:
    """Return for readers what a cut chosen on the test patients promises and holds."""
    columns = {
        "n_patients": ("Patients", ","),
        CUT: ("Cut", None),
        "these": ("Balanced accuracy on them", ".3f"),
        "others": ("On the others", ".3f"),
        ESTIMATE: ("Difference (middle 95 % of draws)", (LOW, HIGH, 3)),
    }
    return shown(choice, columns)


def read_choice(choice: pd.DataFrame) -> str:
    """Return by how much a choice promised too much, on the fewest and the most patients."""
    rows = choice[(choice[CUT] == CHOSEN) & choice[ESTIMATE].notna()]
    if rows.empty:
        return "an amount that so few patients do not tell"
    rows = rows.iloc[[0, -1]].drop_duplicates()
    return ", and by ".join(
        f"{signed(row.estimate)} on {row.n_patients:,} patients" for row in rows.itertuples()
    )


def show_published(beside: pd.DataFrame) -> pd.DataFrame:
    """Return one model's scores beside what the paper prints, for readers."""
    return pd.DataFrame(
        {
            "Score": beside[METRIC].map(CLASS_TITLES),
            "Published": "not printed",
            "Here": _intervals(beside),
            "Difference": "none to take",
        }
    )
