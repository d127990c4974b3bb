"""Hold what a run finds beside what others printed about PRO-ACT, and judge the difference.

On simulated patients this says whether the twin resembles the database; on a real download
it says whether the reader's patients do.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from alsnb.effort import Effort
from alsnb.report.tables import signed
from alsnb.study.aggregates import measure_study, told
from alsnb.study.difficulty import measure_difficulty, predict_references, score_references
from alsnb.study.proact import Study, on_scale, prepare
from alsnb.study.truth import read_oracle

WHOLE_DATABASE = 11_675
"""Subjects of the 2022 release, which the published counts belong to."""

STANDARD_ERRORS = 4
"""How many of them a difference may have."""

SMALLEST_TRIAL = 0.02
"""Share of the subjects in the smallest of the twenty-three trials."""

GROUPS = (
    *("cohort", "table_1", "observed", "everybody", "target", "difficulty"),
    *("files", "coverage", "courses", "survival", "complete"),
)
"""Groups of aggregates, in the order of the chapter."""


def assess_release(path: Path, effort: Effort, truth: Path | None = None) -> pd.DataFrame:
    """Return every published aggregate beside that of a release, read from its files.

    The oracle is scored if there is a *truth*, or one beside the release, as ``alsnb simulate``
    puts it.
    """
    study = prepare(path)
    beside = Path(path).with_name(f"{Path(path).name}_truth")
    oracle = read_oracle(truth or (beside if beside.is_dir() else None))
    how = {"n_trees": effort.n_trees, "n_folds": effort.n_folds}
    predictions = predict_references(study, oracle, seed=2022, **how)
    return assess(study, score_references(predictions, effort.n_resamples))


def assess(study: Study, scores: pd.DataFrame) -> pd.DataFrame:
    """Return every published aggregate beside ours, as :func:`judge` does.

    Parameters
    ----------
    study : Study
        A release prepared for the ALSFRS cohort by the paper's rule.
    scores : DataFrame
        How hard the target is: what :func:`alsnb.study.difficulty.score_references` found.
    """
    measured = measure_study(study, on_scale(study, "ALSFRS-R")) | measure_difficulty(scores)
    measured = told(measured) if study.source.is_real else measured
    return judge(measured, n_subjects=study.source.n_patients)


def judge(measured: Mapping[str, float], *, n_subjects: int) -> pd.DataFrame:
    """Return each published aggregate beside ours with its bounds and a verdict.

    Parameters
    ----------
    measured : mapping of str to float
        Our value by the name of the aggregate; those without one are left out, and one that is
        NaN, as nobody has what it is worked out from, is not judged.
    n_subjects : int
        Subjects of the release, for counts that belong to the whole database.

    Returns
    -------
    DataFrame
        ``name``, ``group``, ``meaning``, ``published``, ``ours``, ``difference``, ``low``,
        ``high``, ``verdict`` ("within", "outside" or "unknown"), ``must``, ``use`` ("tuned" if
        the twin was set by it, "held out" if not) and ``source``.
    """
    share = n_subjects / WHOLE_DATABASE
    rows = [
        {"name": name, "group": group} | _judged(facts, measured[name], share)
        for group in GROUPS
        for name, facts in _expected()[group].items()
        if name in measured
    ]
    return pd.DataFrame(rows)


def _judged(facts: dict, ours: float, share: float) -> dict[str, object]:
    published = facts.get("published", np.nan)
    if "of" in facts:
        published = facts["count"] / facts["of"]
    published = published * share if facts.get("scales") else published
    tolerance = facts.get("by", abs(published) * facts.get("within", np.nan))
    if np.isnan(tolerance) and "between" not in facts:
        tolerance = _tolerance(facts, published)
    low, high = facts.get("between", (published - tolerance, published + tolerance))
    # a bound such as 0.3 + 0.03 must not exclude 0.33
    near = 1e-9 * max(abs(low), abs(high))
    return {
        "meaning": facts["meaning"],
        "published": published,
        "ours": float(ours),
        "difference": float(ours) - published,
        "low": low,
        "high": high,
        "verdict": "unknown"
        if np.isnan(ours)
        else "within"
        if low - near <= ours <= high + near
        else "outside",
        "must": facts.get("must", False),
        "use": facts.get("use", "tuned"),
        "source": _expected()["sources"][facts["source"]],
    }


def _tolerance(facts: dict, published: float) -> float:
    """Return four standard errors of the difference of two samples as large as the printed one.

    Trials come whole, so that a share of subjects is no finer than the smallest trial.
    """
    if "of" in facts:
        error = np.sqrt(2 * published * (1 - published) / facts["of"])
        return max(STANDARD_ERRORS * error, SMALLEST_TRIAL)
    if facts.get("r"):
        return STANDARD_ERRORS * (1 - published**2) * np.sqrt(2 / facts["n"])
    return STANDARD_ERRORS * facts["sd"] * np.sqrt(2 / facts["n"])


@cache
def _expected() -> dict:
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def tabulate_aggregates(aggregates: pd.DataFrame) -> pd.DataFrame:
    """Return the aggregates for reading: published, this run, difference, tolerance, verdict."""
    rows = [
        {
            "Aggregate": row.meaning,
            "Published": _word(row.published, row.published),
            "This run": _word(row.ours, row.published),
            "Difference": _word(row.difference, row.published),
            "Tolerated": f"{_word(row.low, row.published)} to {_word(row.high, row.published)}",
            "Verdict": row.verdict,
            "Use": row.use,
            "Source": row.source,
        }
        for row in aggregates.itertuples()
    ]
    return pd.DataFrame(rows)


def _word(value: float, like: float) -> str:
    """Return a number with as many digits as the published one deserves."""
    if np.isnan(value):
        return ""
    size = abs(value if np.isnan(like) else like)
    return signed(value, 3 if size < 1 else 1 if size < 20 else 0)
