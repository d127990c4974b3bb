"""What the chapter on repeated visits says follows from its frames."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alsnb.features.questionnaire import ITEMS, N_VISITS, VISIT_COLUMNS
from alsnb.lessons.longitudinal import study, tables
from alsnb.models.mixed import MixedLine
from alsnb.splits import Fold

LINE = MixedLine(mean=np.array([30.0, -1.0]), spread=np.diag([9.0, 0.25]), noise=1.0)


def task_of(points):
    """Return what the room needs of a task: patients with these totals, month by month."""
    n = len(points)
    cells = np.zeros((n, len(ITEMS) + 1, N_VISITS))
    cells[:, : len(ITEMS)] = np.asarray(points)[:, None] / len(ITEMS)
    cells[:, -1] = np.arange(N_VISITS)
    frame = pd.DataFrame(cells.reshape(n, -1), columns=list(VISIT_COLUMNS))
    slope = pd.Series(np.asarray(points)[:, -1] - np.asarray(points)[:, 0]) / 4
    return SimpleNamespace(
        predictors=frame, target=slope, split=Fold(0, 0, frame.index, frame.index[:0])
    )


def test_a_line_is_described_as_worked_out_by_hand():
    value = study.describe_line(LINE).set_index("quantity")["value"]
    # months 0 to 3 have a sum of squares of 5, so a rate has an error variance of 1 / 5
    assert value["sd_error"] == pytest.approx(np.sqrt(0.2))
    assert value["weight"] == pytest.approx(0.25 / 0.45)
    assert value[["level", "rate", "sd_level", "sd_rate", "sd_noise"]].tolist() == [
        *(30, -1, 3, 0.5, 1)
    ]


def test_own_rates_are_those_of_lines_through_the_visits():
    rng = np.random.default_rng(1)
    true = rng.normal(-1, 0.5, 50)
    points = 30 + true[:, None] * np.arange(N_VISITS)
    rates = study.compare_rates(task_of(points), LINE).set_index("rate")
    assert rates.loc["own", "sd"] == pytest.approx(true.std())
    assert rates.loc["own", "pcc"] == pytest.approx(1)
    assert rates.loc["shrunken", "sd"] < rates.loc["own", "sd"]
    assert rates["n_patients"].tolist() == [50, 50]


def test_the_best_course_has_the_lowest_rmsd_of_its_kind():
    scores = pd.DataFrame(
        [
            {"model": model, "metric": metric, "estimate": value}
            for model, rmsd in {"forest": 0.1, "anchored": 0.6, "mixed": 0.5, "d50": 0.7}.items()
            for metric, value in {"rmsd": rmsd, "r2": 1 - rmsd}.items()
        ]
    )
    assert study.best_course(scores) == "mixed"


@pytest.mark.parametrize(
    ("low", "high", "p", "words"),
    [
        (-0.02, -0.01, 0.01, "the linear mixed model is better than the random forest"),
        (0.01, 0.02, 0.01, "the linear mixed model is worse than the random forest"),
        (-0.02, -0.01, 0.08, "no difference between the linear mixed model and the random forest"),
        (-0.02, 0.01, 0.5, "no difference between the linear mixed model and the random forest"),
    ],
)
def test_a_verdict_follows_from_the_interval_and_the_adjusted_p(low, high, p, words):
    gap = {"model": "mixed", "reference": "forest", "metric": "rmsd", "p_holm": p}
    gap = pd.Series(gap | {"estimate": (low + high) / 2, "low": low, "high": high})
    assert tables.verdict(gap).startswith(words)
    assert tables.title("d50") == "the D50 curve"
