"""Word what the laboratory of leaks measured: tables for reading, and sentences."""

import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.lessons.leakage.leakage_curves import BEST_OF, NOISE, SLOPES
from alsnb.lessons.leakage.leakage_lab import TOGETHER
from alsnb.lessons.leakage.leakage_mistakes import HONEST, LEAKY, MISTAKES
from alsnb.lessons.leakage.leakage_pipeline import MODEL_TITLES
from alsnb.report.scores import spell
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL

FEW_TITLES = {"preparing": "filled and scaled before", "ranking": "ranked before"}
"""What a reader calls the mistakes that are measured in studies of all sizes."""


def tabulate_mistakes(mistakes: tuple[str, ...]) -> pd.DataFrame:
    """Return the catalogue: the name of each switch, what is done, and what is right."""
    rows = [
        [name, MISTAKES[name].title, MISTAKES[name].done, MISTAKES[name].right] for name in mistakes
    ]
    return pd.DataFrame(rows, columns=["Switch", "Mistake", "What is done", "What is right"])


def tabulate_measured(measured: pd.DataFrame) -> pd.DataFrame:
    """Return a row per mistake and model: both R², and the differences in R² and PCC."""
    rows = []
    for (label, model), cells in measured.groupby(["label", MODEL], sort=False):
        by_metric = cells.set_index(METRIC)
        row = {"Mistake": label, "Model": MODEL_TITLES[model]}
        row |= {"Honest R²": signed(by_metric.loc["r2", HONEST])}
        row |= {"Leaky R²": signed(by_metric.loc["r2", LEAKY])}
        for metric, title in (("r2", "Difference in R²"), ("pcc", "Difference in PCC")):
            if metric in by_metric.index:
                row[title] = interval(*by_metric.loc[metric, [ESTIMATE, LOW, HIGH]])
        rows.append(row)
    return pd.DataFrame(rows)


def only_r2(measured: pd.DataFrame) -> pd.DataFrame:
    """Return the rows about R²."""
    return measured[measured[METRIC] == "r2"].reset_index(drop=True)


def word_measured(measured: pd.DataFrame) -> str:
    """Return in sentences which single mistakes show in R², which do not, and the largest."""
    rows = only_r2(measured)
    single = rows[rows["mistake"] != TOGETHER]
    shows = single[(single[LOW] > 0) | (single[HIGH] < 0)]
    hidden = single.drop(shows.index)
    sentences = []
    if len(shows):
        largest = shows.loc[shows[ESTIMATE].abs().idxmax()]
        sentences.append(
            f"The interval leaves out zero for: {_named(shows)}. The largest change in R² is that "
            f"of “{largest['label']}”, {spell(largest)}."
        )
    if len(hidden):
        sentences.append(f"Not to be told from zero with these patients are: {_named(hidden)}.")
    return " ".join(sentences)


def _named(rows: pd.DataFrame) -> str:
    cells = [f"{row.label} ({signed(row.estimate)})" for row in rows.itertuples()]
    return ", ".join(cells)


def word_together(measured: pd.DataFrame) -> str:
    """Return in a sentence what all mistakes together seem to gain."""
    rows = only_r2(measured)
    rows = rows[rows["mistake"] == TOGETHER]
    if rows.empty:
        return "Only one mistake was switched on, so there is nothing to add up."
    row = rows.iloc[0]
    return (
        f"With {row['label'][0].lower()}{row['label'][1:]}, the same model on the same patients "
        f"goes from an R² of {signed(row[HONEST], 2)} to {signed(row[LEAKY], 2)}, "
        f"a difference of {spell(row, 2)}."
    )


def word_memory(measured: pd.DataFrame, label: str) -> str:
    """Return in a sentence what one mistake seems to gain by model."""
    rows = only_r2(measured)
    rows = rows[rows["label"] == label]
    return "; ".join(f"{MODEL_TITLES[row[MODEL]]} {spell(row)}" for _, row in rows.iterrows())


def word_few(few: pd.DataFrame) -> str:
    """Return in sentences what preparing and ranking before the split gain in a small study."""
    rows = few[few["target"] == SLOPES]
    parts = []
    for name, title in FEW_TITLES.items():
        lines = rows[rows["mistake"] == name]
        small, large = lines.iloc[0], lines.iloc[-1]
        text = f"{title} the split, R² changes by {spell(small)} with {small['size']:,} patients"
        if large["size"] > small["size"]:
            text += f" and by {spell(large)} with {large['size']:,}"
        parts.append(f"{text[0].upper()}{text[1:]}.")
    return " ".join(parts)


def word_nothing(few: pd.DataFrame) -> str:
    """Return in sentences what is found where nothing can be found, in the smallest study."""
    row = few[few["target"] == NOISE].iloc[0]
    scores = f"{signed(row[HONEST], 2)} honestly and {signed(row[LEAKY], 2)} ranked before"
    text = f"With {row['size']:,} patients and slopes dealt by chance, R² is {scores}"
    text = f"{text}, a difference of {spell(row, 2)}"
    if row[HONEST] <= 0 < row[LEAKY] and row[LOW] > 0:
        return f"{text}: the honest score knows that there is nothing, the leaky one does not."
    return f"{text}."


def word_best_of(frame: pd.DataFrame) -> str:
    """Return in a sentence what the best of the most that were tried gains, by series."""
    parts = []
    for series, rows in frame.groupby("series", sort=False):
        row = rows.iloc[-1]
        title = BEST_OF[series]
        parts.append(f"{title[0].lower()}{title[1:]}, best of {row['count']}: {spell(row)}")
    return "; ".join(parts)


def word_handful(frame: pd.DataFrame) -> str:
    """Return in a sentence what the best of a handful gains among all patients."""
    rows = frame[frame["series"] == "ridge_all"]
    row = rows[rows["count"] <= 5].iloc[-1]
    return f"the best of {row['count']} gains {spell(row)} in R²"


def word_doubles(frame: pd.DataFrame) -> str:
    """Return in a sentence what patients who are in twice gain, by model."""
    parts = []
    for model, rows in frame.groupby(MODEL, sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        parts.append(
            f"{MODEL_TITLES[model]} gain {spell(first)} with {first['share']:.0%} of patients "
            f"twice, and {spell(last)} with {last['share']:.0%}"
        )
    return "; ".join(parts).replace("Ridge gain", "Ridge gains")


def word_lookalikes(counts: pd.DataFrame) -> str:
    """Return in a sentence how many patients have a double in every feature."""
    n_alike = int(counts["patients"].iloc[-1])
    if n_alike == 0:
        return "No two patients of this release agree in every feature"
    if n_alike < SMALLEST_COUNT:
        return f"Fewer than {SMALLEST_COUNT} patients of this release agree in every feature"
    return f"{n_alike:,} patients of this release agree in every feature with somebody else"


def title_few(few: pd.DataFrame) -> pd.DataFrame:
    """Return what was measured in studies of all sizes with a ``title`` for each line."""
    return few.assign(title=few["mistake"].map(FEW_TITLES))


def effects_of(measured: pd.DataFrame, labels: list[str] | None = None) -> pd.DataFrame:
    """Return the effects on R² that a figure draws, of some labels or of all."""
    rows = only_r2(measured)
    return rows if labels is None else rows[rows["label"].isin(labels)].reset_index(drop=True)


def word_claim(measured: pd.DataFrame) -> str:
    """Return in a sentence what filling gaps before the split gains, as far as its interval says.

    The paper holds that it leads to results that are too good.
    """
    rows = only_r2(measured)
    rows = rows[rows["mistake"] == "imputing"]
    if rows.empty:
        return "Filling gaps before the split was not switched on in this run."
    row = rows.iloc[0]
    gap = f"Here it changes R² by {spell(row, 4)}"
    if row[LOW] > 0:
        return f"{gap}, so the score is indeed too good."
    if row[HIGH] < 0:
        return f"{gap}, so the score is worse, not better."
    return f"{gap}, which is no gain that these patients could show."
