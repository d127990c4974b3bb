"""Calls of classes: hand-worked counts, and statsmodels' figures of Paper B's 32 patients."""

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.evaluation.calls import (
    call_classes,
    compare_calls,
    count_confusion,
    score_recall,
    wilson_interval,
)


def frame_of(observed, **called):
    """Predictions that give the called class probability 0.6."""
    classes, parts = np.arange(3), []
    for model, calls in called.items():
        for patient, (truth, call) in enumerate(zip(observed, calls, strict=True)):
            rows = {"patient": patient, "model": model, "split": "test", "repeat": 0, "fold": 0}
            chances = np.where(classes == call, 0.6, 0.2)
            now = {"at": classes, "observed": (classes == truth).astype(float)}
            parts.append(pd.DataFrame(rows | now | {"predicted": chances}))
    return pd.concat(parts, ignore_index=True)


OBSERVED = [0, 0, 1, 1, 1, 2]
FRAME = frame_of(OBSERVED, a=[0, 1, 1, 1, 0, 2], b=[0, 0, 2, 1, 1, 2])


def test_calls_are_the_most_probable_classes():
    calls = call_classes(FRAME)
    assert calls.loc[calls["model"] == "a", "called"].tolist() == [0, 1, 1, 1, 0, 2]
    assert calls.loc[calls["model"] == "b", "observed"].tolist() == OBSERVED


def test_confusion_holds_every_cell_once():
    counts = count_confusion(FRAME)
    assert len(counts) == 2 * 9
    a = counts[counts["model"] == "a"].pivot_table("n_patients", "observed", "called")
    assert a.to_numpy().tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 1]]


def test_recall_of_all_is_the_accuracy_and_comes_first():
    table = score_recall(FRAME)
    first = table.groupby("model", sort=False).head(1)
    assert first["class"].isna().all()
    assert first["estimate"].tolist() == pytest.approx([4 / 6, 5 / 6])
    by_class = table[table["model"] == "b"].set_index("class")["estimate"]
    assert by_class.loc[[0, 1, 2]].tolist() == pytest.approx([1, 2 / 3, 1])
    assert (table["low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["high"] + 1e-12).all()


def test_a_class_without_patients_has_no_recall():
    table = score_recall(frame_of([0, 1, 1], a=[0, 1, 0]))
    empty = table[table["class"] == 2]
    assert empty[["estimate", "low", "high"]].isna().all(axis=None)
    assert empty["n_patients"].item() == 0


@pytest.mark.parametrize(
    ("n_right", "low", "high"), [(22, 0.514, 0.820), (20, 0.453, 0.771), (27, 0.682, 0.931)]
)
def test_intervals_of_paper_b(n_right, low, high):
    found = wilson_interval(n_right, 32)
    assert np.round(np.ravel(found), 3).tolist() == [low, high]


@pytest.mark.parametrize(("won", "lost", "p_value"), [(5, 0, 0.0625), (6, 1, 0.125), (0, 0, 1.0)])
def test_mcnemar_by_hand(won, lost, p_value):
    observed = [0] * 32
    a = [0] * won + [1] * lost + [0] * (32 - won - lost)
    b = [1] * won + [0] * lost + [0] * (32 - won - lost)
    found = compare_calls(frame_of(observed, a=a, b=b), reference="b")
    assert found[["n_won", "n_lost", "n_patients"]].iloc[0].tolist() == [won, lost, 32]
    assert found["p_value"].item() == pytest.approx(p_value)


def test_several_repeats_are_refused():
    with pytest.raises(BadInput, match="several repeats"):
        call_classes(pd.concat([FRAME, FRAME.assign(repeat=1)]))
