"""The words and tables of the chapter."""

import numpy as np
import pandas as pd

from alsnb.evaluation.crossval import N_TRAINING
from alsnb.report import say
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC
from alsnb.study.people import LEARNT_FROM, REAL, TESTED_ON
from alsnb.synthetic.worlds import WORLDS, describe_worlds
from alsnb.vocabulary import AVERAGE, METRIC_TITLES, MODEL_TITLES, ORACLE

TITLES = describe_worlds().set_index("world")["title"].to_dict() | {REAL: "Real patients"}
"""What a reader calls each world, and the real patients."""

LEARNERS = MODEL_TITLES | {AVERAGE: "Average of the three", ORACLE: "Oracle"}

WORDS = {
    "early_slope": "R² of the early slope alone",
    "noise": "R² gained by an early decline without noise",
    "forest": "R² of boosting less that of a line on onset",
    "order": "R² of visits in order less that of shuffled ones",
    "trials": "R² in random folds less that in trials left out",
    "ceiling": "Best learner's R² as a part of the oracle's",
}
"""What is measured for each question that is computed."""


def show_worlds() -> pd.DataFrame:
    """Return the worlds for reading."""
    worlds = describe_worlds()
    columns = {"World": "world", "Name": "title", "What it assumes": "assumes"}
    return pd.DataFrame({title: worlds[name] for title, name in columns.items()})


def show_parameters(parameters: pd.DataFrame) -> pd.DataFrame:
    """Return the parameters in which worlds differ, for reading."""
    shown = {world: parameters[world].astype(str) for world in WORLDS}
    return pd.DataFrame({"Parameter": parameters["parameter"]} | shown)


def show_judged(beside: pd.DataFrame) -> pd.DataFrame:
    """Return aggregates beside the printed ones, world by world, for reading."""
    bounds = zip(beside["low"], beside["high"], strict=True)
    shown = {
        "Aggregate": beside["meaning"],
        "Published": ["" if np.isnan(v) else signed(v) for v in beside["published"]],
        "Tolerated": [f"{signed(low)} to {signed(high)}" for low, high in bounds],
    }
    shown |= {world: [signed(value) for value in beside[world]] for world in WORLDS}
    return pd.DataFrame(shown | {"Must": beside["must"].map({True: "yes", False: ""})})


def show_attainable(scores: pd.DataFrame) -> pd.DataFrame:
    """Return R² of learners by world and number of patients, for reading."""
    rows = [
        {
            "World": row.world,
            "Learner": LEARNERS[row.model],
            "Patients learnt from": f"{row.n_training:,}" if row.n_training else "",
            "R²": interval(row.estimate, row.low, row.high),
        }
        for row in scores.itertuples()
    ]
    return pd.DataFrame(rows)


def show_answers(answers: pd.DataFrame) -> pd.DataFrame:
    """Return what each world answers, a row per measure, for reading."""
    cells = [interval(row.estimate, row.low, row.high) for row in answers.itertuples()]
    frame = answers.assign(cell=cells)
    wide = frame.pivot_table(index="conclusion", columns="world", values="cell", aggfunc="first")
    wide = wide.loc[list(WORDS)]
    wide.insert(0, "Measure", [WORDS[name] for name in wide.index])
    return wide[["Measure", *WORLDS]].reset_index(drop=True)


def show_conclusions(traced: pd.DataFrame) -> pd.DataFrame:
    """Return what decides each conclusion, for reading."""
    counts = zip(traced["n_holds"], traced["n_worlds"], strict=True)
    return pd.DataFrame(
        {
            "Question": traced["question"],
            "Chapters": traced["chapters"],
            "Decided by": traced["parameters"],
            "Yes in worlds": [f"{n} of {of}" if of else "not computed" for n, of in counts],
            "Real patients": traced["real"],
        }
    )


def show_transfer(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of models that travelled, for reading."""
    if scores.empty:
        return pd.DataFrame({"Learnt from": ["the real table is not here"]})
    cells = [interval(row.estimate, row.low, row.high) for row in scores.itertuples()]
    keys = [LEARNT_FROM, TESTED_ON]
    wide = scores.assign(cell=cells)
    wide = wide.pivot_table(index=keys, columns=METRIC, values="cell", aggfunc="first")
    wide = wide.reindex(scores[keys].drop_duplicates().apply(tuple, axis=1))
    metrics = list(scores[METRIC].unique())
    wide = wide[metrics].rename(columns=METRIC_TITLES).reset_index()
    for key in keys:
        wide[key] = wide[key].map(TITLES)
    return wide.rename(columns={LEARNT_FROM: "Learnt from", TESTED_ON: "Tested on"})


def show_recalibrated(recalibrated: pd.DataFrame) -> pd.DataFrame:
    """Return R² on real patients after a recalibration, for reading."""
    if recalibrated.empty:
        return pd.DataFrame({"Learnt from": ["the real table is not here"]})
    cells = [interval(row.estimate, row.low, row.high) for row in recalibrated.itertuples()]
    wide = recalibrated.assign(cell=cells)
    wide = wide.pivot_table(index=LEARNT_FROM, columns=N_TRAINING, values="cell", aggfunc="first")
    wide = wide.reindex(recalibrated[LEARNT_FROM].unique())
    names = [TITLES[name] if name != REAL else "These real patients alone" for name in wide.index]
    wide.columns = [f"{size} real patients" for size in wide.columns]
    wide.insert(0, "Learnt from", names)
    return wide.reset_index(drop=True)


def worlds_that(answers: pd.DataFrame, conclusion: str, *, holds: bool = True) -> list[str]:
    """Return the names of the worlds in which a conclusion holds, or does not."""
    rows = answers[(answers["conclusion"] == conclusion) & (answers["holds"] == holds)]
    return list(rows["world"])


def estimate_of(frame: pd.DataFrame, **where: object) -> str:
    """Return the estimate of the one row that fits, with its interval."""
    rows = frame
    for column, value in where.items():
        rows = rows[rows[column] == value]
    (row,) = rows[[ESTIMATE, LOW, HIGH]].to_dict("records")
    return say.estimate(row)


def tell_travel(scores: pd.DataFrame) -> str:
    """Return R² of every model among real test patients, in words."""
    rows = scores[(scores[METRIC] == "r2") & (scores[TESTED_ON] == REAL)]
    told = [
        f"{say.lower_first(TITLES[row.learnt_from])}: {signed(row.estimate)}"
        for row in rows.itertuples()
    ]
    return f"R² among real test patients, by what was learnt from: {'; '.join(told)}"


def tell_few(recalibrated: pd.DataFrame) -> str:
    """Return with how many real patients a model of these alone overtakes corrected ones."""
    wide = recalibrated.pivot_table(index=N_TRAINING, columns=LEARNT_FROM, values=ESTIMATE)
    alone, best = wide[REAL], wide.drop(columns=REAL).max(axis=1)
    first = next((size for size in wide.index if alone[size] > best[size]), None)
    least, most = wide.index[0], wide.index[-1]
    return (
        f"The best corrected model has R² {signed(best[least])} with {least} real patients and "
        f"{signed(best[most])} with {most}; boosting on these alone has {signed(alone[least])} and "
        f"{signed(alone[most])}, and overtakes "
        + (f"with {first}" if first else "with none of the numbers tried")
    )


def agreement(answers: pd.DataFrame) -> dict[str, object]:
    """Return how many questions have one answer in all worlds, and which have not."""
    counts = answers.groupby("conclusion", sort=False)["holds"].nunique()
    differ = [say.lower_first(WORDS[name]) for name in counts.index[counts > 1]]
    same, worlds = int((counts == 1).sum()), answers["world"].nunique()
    return {"n": len(counts), "of": worlds, "same": same, "differ": say.several(differ)}
