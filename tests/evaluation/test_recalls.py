"""Recall over divisions, by hand."""

import pandas as pd
import pytest

from alsnb.evaluation.recalls import MEAN_RECALLS, score_recall_over_divisions


def frame():
    """Patient a (class 0) held out twice, right once; b (class 0) wrong; c (class 1) right."""
    rows = []
    for patient, repeat, own, first in [
        ("a", 0, 0, 0.9),
        ("a", 1, 0, 0.2),
        ("b", 1, 0, 0.4),
        ("c", 0, 1, 0.1),
    ]:
        for at, chance in enumerate((first, 1 - first)):
            key = {"patient": patient, "model": "m", "split": "test", "repeat": repeat, "fold": 0}
            rows.append(key | {"observed": float(at == own), "predicted": chance, "at": at})
    return pd.DataFrame(rows)


def test_recalls_worked_out_by_hand():
    found = score_recall_over_divisions(frame(), n_resamples=500, seed=1)
    assert list(found) == list(MEAN_RECALLS)
    assert found["class"].tolist() == [0, 1]
    assert found["estimate"].tolist() == pytest.approx([1 / 3, 1])
    assert found["n_patients"].tolist() == [2, 1]
    # only a drawn: 1 of 2; only b: 0
    assert found.loc[0, ["low", "high"]].tolist() == [0, 0.5]


def test_models_stay_in_their_order():
    both = pd.concat([frame().assign(model="z"), frame()])
    found = score_recall_over_divisions(both, n_resamples=10)
    assert found["model"].tolist() == ["z", "z", "m", "m"]
