"""No feature and no sequence sees past the window, from the raw files on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alsnb.cohort import select_cohort
from alsnb.features.proact import derive_features
from alsnb.features.sequences import make_sequences
from alsnb.outcomes import slopes_of
from alsnb.study.proact import prepare, read_and_clean
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.release import find_release
from alsnb.tables.proact.schema import tables

N_PATIENTS = 150
TABLES = ("alsfrs", "fvc", "svc", "vitals", "labs", "death", "history", "demographics")
"""Tables whose later rows are changed: all that are measured over time, and others with a day."""


@pytest.fixture(scope="module", params=range(3), ids=str)
def simulated(request, tmp_path_factory):
    """A simulated release, what is made of it, and the seed it was drawn with."""
    folder = tmp_path_factory.mktemp("leakage") / "release"
    write_release(draw_world(N_PATIENTS, seed=request.param), folder, release="2022")
    study = prepare(folder)
    assert len(study.cohort.patients) > 20
    return folder, study, request.param


def rewritten(simulated, target, change):
    """Write the release anew with a change to all rows after each patient's window.

    Returns how many rows of each table were later.
    """
    folder, study, seed = simulated
    settings = study.cohort.settings
    window_days = settings.window_months * settings.days_per_month
    end = study.cohort.patients["time_zero_day"] + window_days
    release = find_release(folder)
    rng = np.random.default_rng(seed)
    target.mkdir()
    n_later = {}
    for name, file in release.files.items():
        raw = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
        if name in TABLES:
            subject = pd.to_numeric(raw["subject_id"], errors="coerce")
            day = pd.to_numeric(raw[tables()[name].day], errors="coerce")
            is_later = (day > subject.map(end)).to_numpy()
            n_later[name] = int(is_later.sum())
            later = change(raw[is_later], tables()[name].day, rng)
            raw = pd.concat([raw[~is_later], later]) if later is not None else raw
        raw.to_csv(target / file, index=False)
    return n_later


def deleted(later, day, rng):
    """Return no row."""
    return later.iloc[:0]


def altered(later, day, rng):
    """Return the rows with cells that stood in other rows, each up to 200 days later."""
    cells = {column: rng.permutation(later[column]) for column in later}
    days = pd.to_numeric(later[day]) + rng.integers(0, 200, len(later))
    cells |= {"subject_id": later["subject_id"], day: days.astype(str)}
    return pd.DataFrame(cells, index=later.index)[list(later)]


def added(later, day, rng):
    """Return the rows, and altered ones beside them."""
    return pd.concat([altered(later, day, rng), later, altered(later, day, rng)])


@pytest.fixture(params=[deleted, altered, added], ids=lambda change: change.__name__)
def changed(request, simulated, tmp_path):
    """The clean tables of the release whose later rows are deleted, altered or added to."""
    n_later = rewritten(simulated, tmp_path / "changed", request.param)
    assert all(n_later[name] > 50 for name in ("alsfrs", "fvc", "vitals", "labs"))
    _, clean = read_and_clean(tmp_path / "changed")
    return request.param, clean


def test_rows_after_the_window_change_no_feature_and_no_sequence(simulated, changed):
    _, study, _ = simulated
    change, clean = changed
    # who is in the cohort hangs on later visits; here it is kept as it was
    patients = study.cohort.patients
    again = slopes_of(clean.frames["alsfrs"], study.cohort.settings).reindex(patients.index)
    assert again["time_zero_day"].equals(patients["time_zero_day"])
    assert not again["slope"].equals(patients["slope"])
    check_unchanged(clean, replace(study.cohort, patients=patients[["time_zero_day"]]), study)
    if change is not deleted:  # and here it is selected anew
        after = select_cohort(clean, study.cohort.settings)
        stay = patients.index.intersection(after.patients.index)
        assert len(stay) > 0.7 * len(patients)
        check_unchanged(clean, replace(after, patients=after.patients.loc[stay]), study)


def check_unchanged(clean, cohort, study):
    """Check that the patients of a cohort have the features and sequences of the study."""
    features, _ = derive_features(clean, cohort)
    expected = study.features.loc[cohort.patients.index]
    assert differing(features, expected) == []
    sequences = make_sequences(clean, cohort)
    place = study.features.index.get_indexer(cohort.patients.index)
    np.testing.assert_array_equal(sequences.values, study.sequences.values[place])
    np.testing.assert_array_equal(sequences.mask, study.sequences.mask[place])


@pytest.mark.parametrize("simulated", [0], indirect=True)
def test_altered_rows_within_the_window_do_change_features(simulated, tmp_path):
    """Else the test above could not fail."""
    folder, study, seed = simulated
    patients = study.cohort.patients
    earlier = patients.assign(time_zero_day=patients["time_zero_day"] - 60)
    pretended = replace(study, cohort=replace(study.cohort, patients=earlier))
    rewritten((folder, pretended, seed), tmp_path / "changed", altered)
    _, clean = read_and_clean(tmp_path / "changed")
    features, _ = derive_features(clean, study.cohort)
    found = differing(features, study.features)
    assert {"last_alsfrs_total", "last_weight", "last_fvc", "last_sodium"} <= set(found)


def differing(features, expected):
    """Return the names of features that differ in any patient."""
    assert list(features) == list(expected)
    assert features.index.equals(expected.index)
    same = (features == expected) | (features.isna() & expected.isna())
    return list(features.columns[~same.all()])
