import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.cleaning.release import clean_release
from alsnb.cohort import select_cohort
from alsnb.commands.export import FILES, write_cohort
from alsnb.features.proact import derive_features
from alsnb.features.sequences import make_sequences
from alsnb.outcomes import SlopeSettings
from alsnb.study.proact import prepare, simulated_release
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.schema import tables

N_PATIENTS = 300
SEED = 3
OVER_TIME = ("alsfrs", "fvc", "svc", "vitals", "labs")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The folder of a simulated release."""
    folder = tmp_path_factory.mktemp("releases") / "release"
    write_release(draw_world(N_PATIENTS, seed=SEED), folder, release="2022")
    return folder


@pytest.fixture(scope="module")
def raw(release):
    return read_release(release)


@pytest.fixture(scope="module")
def study(release):
    return prepare(release)


def test_a_release_becomes_a_study(study):
    n_patients = len(study.cohort.patients)
    assert 0 < n_patients < N_PATIENTS
    assert study.source.kind == "simulated"
    assert study.cohort.flow["remaining"].iloc[[0, -1]].tolist() == [N_PATIENTS, n_patients]
    assert study.features.index.equals(study.cohort.patients.index)
    assert list(study.features) == list(study.catalogue["name"])
    assert study.sequences.values.shape == (n_patients, 11, 5)
    assert (study.cohort.patients["n_in_window"] >= 1).all()
    assert study.counts is study.reading.counts


def test_features_and_slopes_are_plausible(study):
    assert study.cohort.patients["slope"].between(-8, 4).all()
    assert study.features["first_alsfrs_total"].between(0, 40).all()
    assert study.features["first_fvc"].dropna().between(0.1, 8).all()
    assert study.features["onset_delta"].dropna().lt(0).all()
    assert study.catalogue["kept"].sum() > 100


def test_a_study_does_not_show_its_patients_or_its_folder(study, release):
    assert len(repr(study)) < 200
    assert str(release) not in repr(study)


def test_a_release_is_simulated_once_and_another_one_beside_it(monkeypatch):
    worlds = []

    def write(world, folder, *, tidy, truth):
        worlds.append(world)
        for place in (folder, truth):
            place.mkdir()
            (place / "what.txt").write_text(f"{world.release}, {'tidy' if tidy else 'messy'}")

    monkeypatch.setattr("alsnb.synthetic.write.write_release", write)
    settings = {"n_patients": 40, "release": "2016", "tidy": True}
    first = simulated_release(**settings, seed=1)
    assert [(place.name, (place / "what.txt").read_text()) for place in first] == [
        ("release", "2016, tidy"),
        ("truth", "2016, tidy"),
    ]
    assert simulated_release(**settings, seed=1) == first
    assert len(worlds) == 1
    others = [
        simulated_release(**settings, seed=2),
        simulated_release(**settings | {"tidy": False}, seed=1),
        simulated_release(**settings, seed=1, changes=(("mess_factor", 0.5),)),
    ]
    assert len({first, *others}) == len(worlds) == 4
    assert [world.seed for world in worlds] == [1, 2, 1, 1]
    assert worlds[3].parameters["mess_factor"] == 0.5


@pytest.mark.slow
def test_a_release_in_the_store_has_its_tables_and_its_truth():
    folder, truth = simulated_release(n_patients=40, seed=1, release="2016")
    assert tables()["alsfrs"].files["2016"] in {file.name for file in folder.iterdir()}
    patients = pd.read_csv(truth / "patients.csv", index_col="subject_id")
    assert len(patients) == 40


def test_a_parameter_that_does_not_exist_is_named():
    with pytest.raises(BadInput, match="no_such_parameter"):
        simulated_release(n_patients=40, seed=1, changes=(("no_such_parameter", 1.0),))


def test_a_release_without_follow_up_is_refused(release, tmp_path, monkeypatch):
    shutil.copytree(release, tmp_path / "short")
    path = tmp_path / "short" / tables()["alsfrs"].files["2022"]
    rows = pd.read_csv(path, dtype=str)
    days = pd.to_numeric(rows["ALSFRS_Delta"], errors="coerce")
    rows[days.between(0, 60)].to_csv(path, index=False)
    with pytest.raises(BadInput, match="nobody with a visit after 3 months"):
        prepare(tmp_path / "short")


def without_later_records(raw, zero, rng, how):
    """The raw tables with what lies after each patient's window taken away or altered."""
    end = zero + 3 * SlopeSettings().days_per_month
    frames = dict(raw.frames)
    for name in OVER_TIME:
        day = next(c.key for c in tables()[name].columns if c.name == tables()[name].day)
        frame = frames[name]
        later = (frame[day] > frame["subject_id"].map(end)).to_numpy()
        if how == "deleted":
            frames[name] = frame[~later].reset_index(drop=True)
        else:
            frame = frame.copy()
            numbers = frame.select_dtypes("float64").columns
            # another patient's later values, and other days
            frame.loc[later, numbers] = rng.permutation(frame.loc[later, numbers].to_numpy())
            frame.loc[later, day] = rng.integers(1200, 2000, later.sum()).astype(float)
            frames[name] = frame
    frames["death"] = frames["death"].iloc[:0]
    return dataclasses.replace(raw, frames=frames)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("how", ["deleted", "altered"])
def test_no_later_record_in_the_files_changes_a_feature(raw, study, how, seed):
    zero = study.cohort.patients["time_zero_day"]
    rng = np.random.default_rng(seed)
    changed = without_later_records(raw, zero, rng, how)
    clean = clean_release(changed)
    features, _ = derive_features(clean, study.cohort)
    pd.testing.assert_frame_equal(features, study.features)
    found = make_sequences(clean, study.cohort)
    np.testing.assert_array_equal(found.values, study.sequences.values)


def test_the_cohort_is_written_from_the_files(release, study, tmp_path):
    folder = write_cohort(release, tmp_path / "out")
    assert {file.name for file in folder.iterdir()} == set(FILES)
    table = pd.read_csv(folder / "cohort.csv", index_col="subject_id")
    slope = table["slope"].dropna()
    np.testing.assert_allclose(slope, study.cohort.patients["slope"], rtol=1e-9)
    audit = pd.read_csv(folder / "audit.csv")
    assert audit["rule"].tolist() == study.clean.audit["rule"].tolist()


def test_the_revised_cohort_is_prepared_from_the_same_files(release):
    study = prepare(release, slope=SlopeSettings(scale="ALSFRS-R"))
    assert study.features["first_alsfrs_r_total"].between(0, 48).all()
    expected = select_cohort(study.clean, SlopeSettings(scale="ALSFRS-R"))
    pd.testing.assert_frame_equal(study.cohort.patients, expected.patients)
