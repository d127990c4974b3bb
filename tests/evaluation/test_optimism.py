"""Flattery on known patients, by hand."""

import pandas as pd
import pytest

from alsnb.evaluation.optimism import OPTIMISM, measure_optimism


def frame(chances, model="m", split="test"):
    """A row per class; the chance is that of the class that each patient is of, the first."""
    rows = []
    for patient, chance in chances.items():
        for at, value in enumerate((chance, 1 - chance)):
            key = {"patient": patient, "model": model, "split": split, "repeat": 0, "fold": 0}
            rows.append(key | {"observed": float(at == 0), "predicted": value, "at": at})
    return pd.DataFrame(rows)


def test_worked_out_by_hand():
    known = frame({"a": 0.9, "b": 0.8, "c": 0.7}, split="learnt")
    new = frame({"a": 0.6, "b": 0.4})
    found = measure_optimism(known, new, n_resamples=200, seed=1).set_index("metric")
    # c was never held out; of two classes the score is the squared error of one
    assert found.loc["rps", "known"] == pytest.approx((0.01 + 0.04) / 2)
    assert found.loc["rps", "new"] == pytest.approx((0.16 + 0.36) / 2)
    assert found.loc["rps", "estimate"] == pytest.approx(0.26 - 0.025)
    assert found.loc["rps", ["low", "high"]].tolist() == pytest.approx([0.15, 0.32])
    assert found.loc["accuracy", "estimate"] == pytest.approx(-0.5)
    assert found["n_patients"].tolist() == [2, 2, 2]


def test_a_model_that_one_frame_lacks_is_left_out():
    both = pd.concat([frame({"a": 0.9, "b": 0.8}), frame({"a": 0.9, "b": 0.8}, model="other")])
    found = measure_optimism(both, frame({"a": 0.6, "b": 0.4}), n_resamples=5)
    assert found["model"].unique().tolist() == ["m"]
    empty = measure_optimism(both, frame({"a": 0.6}, model="third"), n_resamples=5)
    assert empty.empty
    assert list(empty) == list(OPTIMISM)
