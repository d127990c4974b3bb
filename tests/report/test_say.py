"""Verdicts follow the direction of each score."""

import pandas as pd
import pytest

from alsnb.evaluation.classes import CLASS_METRICS
from alsnb.evaluation.probabilities import PROBABILITY_METRICS, score_probabilities
from alsnb.evaluation.scores import METRICS
from alsnb.lessons.fusion.tables import sides_of
from alsnb.report.say import verdict
from alsnb.vocabulary import LOWER_IS_BETTER


def gap(metric, low, high):
    return {"metric": metric, "low": low, "high": high}


@pytest.mark.parametrize("metric", ["rmsd", "rps", "log_loss", "brier"])
def test_less_of_a_loss_is_better(metric):
    assert verdict(gap(metric, -0.2, -0.1)) == "is better than"
    assert verdict(gap(metric, 0.1, 0.2)) == "is worse than"


@pytest.mark.parametrize("metric", ["r2", "accuracy", "auc"])
def test_more_of_a_score_is_better(metric):
    assert verdict(gap(metric, -0.2, -0.1)) == "is worse than"
    assert verdict(gap(metric, 0.1, 0.2)) == "is better than"


def classes(chance):
    rows = []
    for patient in range(6):
        for at in range(2):
            key = {"patient": patient, "model": "m", "split": "test", "repeat": 0, "fold": 0}
            said = chance if at == 0 else 1 - chance
            rows.append(key | {"observed": float(at == 0), "predicted": said, "at": at})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("metric", PROBABILITY_METRICS)
def test_the_direction_of_a_score_of_classes_is_that_of_the_vocabulary(metric):
    sure, unsure = (
        score_probabilities(classes(chance), metrics=[metric], n_resamples=2)["estimate"].iloc[0]
        for chance in (0.9, 0.4)
    )
    assert (sure < unsure) == (metric in LOWER_IS_BETTER) or sure == unsure


def test_every_loss_is_a_score():
    assert set(LOWER_IS_BETTER) <= {*METRICS, *PROBABILITY_METRICS, *CLASS_METRICS}


def test_the_sides_of_the_chapter_on_fusion():
    rows = [("majority", 0.04, 0.02, 0.06, 0.01), ("cox", -0.02, -0.03, -0.01, 0.01)]
    rows += [("ridge", 0.01, -0.01, 0.03, 0.4)]
    frame = pd.DataFrame(rows, columns=["model", "estimate", "low", "high", "p_holm"])
    assert sides_of(frame.assign(metric="rps")) == {
        "better": "Clinical Cox regression",
        "worse": "Shares of the classes",
        "neither": "Clinical ridge",
    }
