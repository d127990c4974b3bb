"""Word scores and differences for reading: tables, labels, and what an interval allows to say."""

from collections.abc import Callable, Mapping

import pandas as pd

from alsnb.report import say
from alsnb.report.tables import interval, shown, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS
from alsnb.vocabulary import METRIC_TITLES, MODEL_TITLES


def cell(row: Mapping) -> str:
    """Return an estimate with its interval, as in ``0.259 (0.229 to 0.292)``."""
    return interval(row[ESTIMATE], row[LOW], row[HIGH])


def across(
    rows: pd.DataFrame,
    titles: Mapping[str, str] = METRIC_TITLES,
    word: Callable[[Mapping], str] = cell,
) -> dict[str, str]:
    """Return the words for each metric of one row of a table, by what a reader calls it."""
    return {titles[row[METRIC]]: word(row) for row in rows.to_dict("records")}


def tabulate_scores(scores: pd.DataFrame, titles: Mapping[str, str] = MODEL_TITLES) -> pd.DataFrame:
    """Return a row per model and a column per metric, each cell with its interval.

    ``scores`` has the columns of :data:`alsnb.schema.SCORES`; ``titles`` order the rows.
    """
    words = [cell(row) for row in scores.to_dict("records")]
    cells = scores.assign(cell=words, Model=scores[MODEL].map(dict(titles)))
    wide = cells.pivot_table(index="Model", columns=METRIC, values="cell", aggfunc="first")
    columns = [metric for metric in METRIC_TITLES if metric in wide.columns]
    rows = [title for title in titles.values() if title in wide.index]
    return wide.loc[rows, columns].rename(columns=METRIC_TITLES).reset_index()


def tabulate_groups(scores: pd.DataFrame, titles: Mapping[str, str] = MODEL_TITLES) -> pd.DataFrame:
    """Return the scores of groups of patients: a row per group and model, none without scores."""
    if scores.empty:
        return pd.DataFrame(columns=["Onset", "Patients", "Model"])
    tables = [
        tabulate_scores(rows, titles).assign(Patients=f"{rows[N_PATIENTS].iloc[0]:,}", Onset=group)
        for group, rows in scores.groupby("group", sort=False)
    ]
    wide = pd.concat(tables, ignore_index=True)
    return wide[["Onset", "Patients", *wide.columns.drop(["Onset", "Patients"])]]


def tabulate_differences(
    differences: pd.DataFrame, titles: Mapping[str, str] = MODEL_TITLES
) -> pd.DataFrame:
    """Return paired differences: a row per model, and the adjusted p-value of the first metric."""
    wide = tabulate_scores(differences, titles)
    first = label_rows(differences, differences[METRIC].iloc[0], titles).set_index("label")
    name = f"p (Holm), {METRIC_TITLES[differences[METRIC].iloc[0]]}"
    p_values = wide["Model"].map(first["p_holm"])
    return wide.assign(**{name: [say.p_value(p) for p in p_values]})


def tabulate_weights(
    weights: pd.DataFrame, titles: Mapping[str, str] = MODEL_TITLES
) -> pd.DataFrame:
    """Return weights of models, rounded."""
    return shown(weights, {MODEL: ("Model", titles), "weight": ("Weight", ".2f")})


def tabulate_overlap(overlap: pd.DataFrame, what: str, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return how many of the first places two rankings share: a row per cause and number of places.

    ``overlap`` is from :func:`alsnb.study.rankings.overlap_of`; ``titles`` name the ways of
    ranking, ``what`` is ranked.
    """
    pairs = [say.between(row, 2) for row in overlap.to_dict("records")]
    columns = {
        "what": ("Ranked", None),
        "ranking": ("By", titles),
        "cause": ("What differs", None),
        "k": ("First", None),
        "shared": ("Shared", ".1f"),
        "jaccard": ("Jaccard", ".2f"),
        ESTIMATE: ("Kuncheva", ".2f"),
        "pairs": ("95 % of pairs", None),
    }
    return shown(overlap.assign(what=what, pairs=pairs), columns)


def tabulate_published(
    beside: pd.DataFrame, titles: Mapping[str, str] = MODEL_TITLES
) -> pd.DataFrame:
    """Return printed numbers beside ours: a row per model and metric."""
    columns = {
        MODEL: ("Model", titles),
        METRIC: ("Metric", METRIC_TITLES),
        "published": ("Published", ".3f"),
        ESTIMATE: ("Ours", (LOW, HIGH, 3)),
        "difference": ("Difference", ".3f"),
    }
    return shown(beside, columns).assign(Verdict="other patients, so neither confirmed nor refuted")


def tabulate_table2(table: pd.DataFrame, titles: Mapping[str, str] = MODEL_TITLES) -> pd.DataFrame:
    """Return Table 2 in words: a row per model; RMSD and PCC as printed and here, then the rest.

    ``table`` has the columns of :data:`alsnb.study.printed.BESIDE`; ``titles`` order the rows.
    """
    rows = []
    for model, cells in table.groupby(MODEL, sort=False):
        row = {"Model": titles[model]}
        for one in cells.to_dict("records"):
            title = METRIC_TITLES[one[METRIC]]
            if one[METRIC] in ("rmsd", "pcc"):
                row[f"{title}, printed"] = _printed(one)
            row[title] = cell(one)
        rows.append(row)
    order = list(titles.values())
    return pd.DataFrame(sorted(rows, key=lambda row: order.index(row["Model"])))


def _printed(row: Mapping) -> str:
    if pd.isna(row["published"]):
        return "none"
    return interval(row["published"], row["published_low"], row["published_high"])


def tabulate_seeds(spread: pd.DataFrame, titles: Mapping[str, str] = MODEL_TITLES) -> pd.DataFrame:
    """Return the seed-to-seed spread in words: a row per model, a column per metric."""
    rows = [
        {"Model": titles[model], "Seeds": int(cells["n_seeds"].iloc[0])}
        | across(cells, word=_spread)
        for model, cells in spread.groupby(MODEL, sort=False)
    ]
    return pd.DataFrame(rows)


def _spread(row: Mapping) -> str:
    if pd.isna(row["sd"]):
        return "not defined"
    return f"{row['sd']:.4f} ({signed(row['lowest'])} to {signed(row['highest'])})"


def label_rows(
    frame: pd.DataFrame, metric: str, titles: Mapping[str, str] = MODEL_TITLES
) -> pd.DataFrame:
    """Return the rows of one metric with a ``label`` for each, in the order of the titles."""
    rows = frame[frame[METRIC] == metric]
    order = {model: place for place, model in enumerate(titles)}
    rows = rows.sort_values(MODEL, key=lambda models: models.map(order))
    return rows.assign(label=rows[MODEL].map(dict(titles)))


def pick(frame: pd.DataFrame, **where: object) -> pd.Series:
    """Return the one row in which the columns have these values."""
    found = frame.loc[(frame[list(where)] == pd.Series(where)).all(axis=1)]
    return found.squeeze(axis=0)
