"""Features that two data sources share, and what the order of visits tells."""

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.features.order import shuffle_visits, steps_of
from alsnb.features.questionnaire import N_VISITS, ROWS, VISIT_COLUMNS
from alsnb.features.shared import ONSET, SHARED, shared_of_dream, shared_of_release
from alsnb.tables.dream_standin import make_stand_in


def picture(totals, months):
    """A questionnaire of which only the first item falls, the last visit repeated to the end."""
    first = [*totals, *[totals[-1]] * (N_VISITS - len(totals))]
    month = [*months, *[months[-1]] * (N_VISITS - len(months))]
    cells = np.array([first, *[[4.0] * N_VISITS] * (len(ROWS) - 2), month], dtype=float)
    return cells.ravel()


@pytest.fixture
def pictures():
    cells = [picture([4, 3, 1], [0, 1, 3]), picture([2, 2], [0, 2]), picture([3], [0])]
    return pd.DataFrame(cells, index=[7, 8, 9], columns=list(VISIT_COLUMNS))


def test_steps_are_those_worked_out_by_hand(pictures):
    steps = steps_of(pictures)
    assert steps["step_first"].tolist()[:2] == [-1.0, 0.0]
    assert steps["step_last"].tolist()[:2] == [-1.0, 0.0]
    assert steps.loc[7, "step_total_1"] == 40
    assert steps.loc[7, "step_total_5"] == 37
    assert steps.loc[7, "step_last_q1_speech"] == -1.0
    assert steps.loc[9, ["step_first", "step_last", "step_bend"]].isna().all()


def test_shuffling_keeps_days_and_questionnaires_and_moves_them(pictures):
    many = pd.concat([pictures.loc[[7]]] * 50, ignore_index=True)
    moved = shuffle_visits(many, seed=1)
    months = [f"visit{visit}_months" for visit in range(1, N_VISITS + 1)]
    pd.testing.assert_frame_equal(moved[months], many[months])
    speech = moved[[f"visit{visit}_q1_speech" for visit in range(1, N_VISITS + 1)]].to_numpy()
    assert (np.sort(speech[:, :3], axis=1) == [1, 3, 4]).all()
    assert (speech[:, 3:] == speech[:, [2]]).all()
    assert len({tuple(row) for row in speech}) == 6
    pd.testing.assert_frame_equal(moved, shuffle_visits(many, seed=1))
    alone = pictures.loc[[9]]
    pd.testing.assert_frame_equal(shuffle_visits(alone, seed=1), alone)


def test_the_tables_columns_get_our_names():
    table = make_stand_in().features
    shared = shared_of_dream(table)
    assert list(shared) == [*SHARED, ONSET]
    assert shared["slope_alsfrs_total"].equals(table["alsfrs.score.slope"].astype(float))
    assert shared["maximum_q9_climbing"].equals(table["max.climbing.stairs"].astype(float))
    assert np.allclose(np.exp(shared[ONSET]), -table["Onset.Delta"].clip(upper=-1))
    with pytest.raises(BadInput, match=r"Onset\.Delta"):
        shared_of_dream(table.drop(columns="Onset.Delta"))


def test_gaps_are_filled_from_those_who_are_learnt_from():
    own = pd.DataFrame({name: [1.0, np.nan] for name in SHARED}).assign(onset_delta=-100.0)
    others = pd.DataFrame({name: [2.0, 4.0, np.nan] for name in SHARED})
    filled = shared_of_release(own, others)
    assert filled["age"].tolist() == [1.0, 3.0]
    nobody = others.assign(age=np.nan)
    assert shared_of_release(own, nobody)["age"].tolist() == [1.0, 0.0]
