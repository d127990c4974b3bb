"""Behind the twin stands a truth; behind a real download there is none to look at."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from proact_builder import draw_clean, make_study, with_frames

from alsnb.lessons.twin import study as twin
from alsnb.study.proact import Reading


@pytest.fixture(scope="module")
def study():
    return make_study(draw_clean(0, 60), rule="challenge")


def test_what_a_trial_never_measured_is_recorded_for_none_of_its_patients(study, tmp_path):
    ids = np.sort(study.clean.frames["alsfrs"]["subject_id"].unique())
    trial = pd.DataFrame({"trial": np.arange(len(ids)) % 2}, index=pd.Index(ids, name="subject_id"))
    trial.to_csv(tmp_path / "patients.csv")
    vitals = study.clean.frames["vitals"]
    first = vitals["subject_id"].map(trial["trial"]) == 0
    vitals = vitals.assign(weight=vitals["weight"].mask(first))
    clean = with_frames(study.clean, vitals=vitals)
    recorded = twin.recorded_by_trial(replace(study, clean=clean), tmp_path)
    assert recorded.loc["Weight", "1"] == 0
    assert recorded.loc["Weight", "2"] > 0.8
    assert recorded.loc["ALSFRS"].min() > 0.9


def test_cells_that_are_nearly_full_or_empty_are_counted():
    recorded = pd.DataFrame({"1": [0.05, 0.5], "2": [0.9, 1.0]})
    assert twin.share_in_blocks(recorded) == 0.75


def test_a_real_download_has_no_truth(study):
    assert twin.recorded_by_trial(study, None).empty
    assert twin.read_oracle(None) is None
    assert twin.share_in_blocks(pd.DataFrame()) == 0


def test_tables_that_nobody_reads_are_described_too(study):
    counts = pd.DataFrame(
        {
            "table": ["alsfrs", "other"],
            "file": ["A.csv", "B.csv"],
            "rows": [12, 0],
            "subjects": [4, 0],
            "used": [True, False],
        }
    )
    nothing = pd.DataFrame()
    reading = Reading(release="2022", counts=counts, notes=nothing, failures=nothing)
    found = twin.describe_tables(replace(study, reading=reading))
    assert list(found["use"]) == ["read", "counted"]
    assert found["rows_per_subject"][0] == 3
    assert np.isnan(found["rows_per_subject"][1])


def test_an_easier_twin_is_told_by_the_difference_in_r2():
    scores = pd.DataFrame({"model": ["onset", "forest"], "metric": "r2", "estimate": [0.1, 0.2]})
    scores = scores.assign(low=0.0, high=0.5)
    table = twin.compare_difficulty(scores, scores.assign(estimate=0.4))
    assert table["difference"].round(9).tolist() == [0.3, 0.2]
