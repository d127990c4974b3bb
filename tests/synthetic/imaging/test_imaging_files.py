"""What is written is what the field's programs write, and the same for the same seed."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from alsnb.checks import BadInput
from alsnb.cli import commands
from alsnb.commands.simulate_mri import simulate_mri_into
from alsnb.synthetic.imaging.draw import draw_imaging_cohort
from alsnb.synthetic.imaging.parameters import (
    describe_imaging_parameters,
    imaging_parameters,
    list_assumptions,
)
from alsnb.synthetic.imaging.template import to_matrices
from alsnb.synthetic.imaging.write import COLUMNS, DIALECTS, write_study

N = 12


@pytest.fixture(scope="module")
def cohort():
    return draw_imaging_cohort(N, N, seed=4)


@pytest.fixture(scope="module", params=list(DIALECTS))
def study(request, cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    write_study(cohort, folder, dialect=request.param)
    return request.param, folder


def read_connectome(folder, subject):
    (path,) = (folder / "connectomes").glob(f"{subject}_connectome.*")
    return np.loadtxt(path, delimiter="," if path.suffix == ".csv" else None)


def test_every_dialect_holds_the_same_counts(study, cohort):
    dialect, folder = study
    for subject, counts in zip(cohort.people.index[:4], cohort.scan.counts, strict=False):
        matrix, true = read_connectome(folder, subject), to_matrices(counts)
        if dialect == "mrtrix":
            assert not np.tril(matrix, -1).any()
            assert np.diag(matrix).any()
            matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T
        if dialect == "fsl":
            assert (matrix != matrix.T).any()
            matrix = (matrix + matrix.T) / 2
        np.testing.assert_array_equal(matrix, true)


def test_the_tables_are_those_of_freesurfer(study, cohort):
    _, folder = study
    for side in ("lh", "rh"):
        for measure in ("thickness", "area", "volume"):
            path = folder / "freesurfer" / f"{side}.aparc.{measure}.tsv"
            table = pd.read_csv(path, sep="\t", index_col=0)
            assert table.index.name == f"{side}.aparc.{measure}"
            assert list(table.index) == list(cohort.people.index)
            assert table.filter(regex=f"^{side}_").shape[1] == 34 + (measure == "thickness")
            assert {"BrainSegVolNotVent", "eTIV"} <= set(table)
    aseg = pd.read_csv(folder / "freesurfer" / "aseg.volume.tsv", sep="\t", index_col=0)
    assert aseg.index.name == "Measure:volume"
    assert {"Left-Hippocampus", "EstimatedTotalIntraCranialVol"} <= set(aseg)
    assert (aseg > 0).all(axis=None)
    total = aseg["lhCortexVol"] + aseg["rhCortexVol"]
    np.testing.assert_allclose(aseg["CortexVol"], total, atol=0.2)
    assert len((folder / "connectomes" / "labels.csv").read_text().split()) == 68


def test_the_clinical_table_has_its_dictionary_and_gaps_only_in_controls(study):
    _, folder = study
    table = pd.read_csv(folder / "participants.tsv", sep="\t", keep_default_na=False)
    dictionary = json.loads((folder / "participants.json").read_text())
    assert list(table) == list(dictionary) == ["participant_id", *COLUMNS]
    patients, controls = table[table["group"] == "als"], table[table["group"] == "control"]
    assert len(patients) == len(controls) == N
    assert not (patients == "n/a").any(axis=None)
    assert (controls[["died", "alsfrs_r_total", "site_of_onset"]] == "n/a").all(axis=None)
    months = patients[["onset_to_scan_months", "onset_to_death_or_censoring_months"]].astype(float)
    assert (months.iloc[:, 1] >= months.iloc[:, 0]).all()


def test_the_command_writes_the_study_and_its_truth(tmp_path):
    given = ["--patients", "9", "--controls", "3", "--seed", "2", "--dialect", "plain"]
    outcome = CliRunner().invoke(
        commands, ["simulate-mri", str(tmp_path / "mri"), *given, "--world", "large"]
    )
    assert outcome.exit_code == 0, outcome.output
    truth = pd.read_csv(tmp_path / "mri" / "truth" / "patients.csv", index_col=0)
    assert len(truth) == 9
    chances = truth.filter(regex="^(short|medium|long)_")
    np.testing.assert_allclose(chances.filter(regex="clinical").sum(axis=1), 1, atol=1e-4)
    assert not np.allclose(truth["short_clinical"], truth["short_anatomy"])
    for name in ("thickness.csv", "reached.csv", "connections.csv", "parameters.yaml"):
        assert (tmp_path / "mri" / "truth" / name).stat().st_size
    assert "simulated" in (tmp_path / "mri" / "SIMULATED.txt").read_text()
    table = pd.read_csv(tmp_path / "mri" / "participants.tsv", sep="\t", index_col=0)
    assert (table.index == [f"sub-{number:03d}" for number in range(1, 13)]).all()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path):
    how = {"n_patients": 5, "n_controls": 4, "dialect": "mrtrix"}
    folders = [
        simulate_mri_into(tmp_path / name, seed=seed, **how)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    contents = [
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*.*"))
        }
        for folder in folders
    ]
    assert contents[0] == contents[1]
    assert contents[0]["participants.tsv"] != contents[2]["participants.tsv"]


def test_stages_have_streams_of_their_own():
    usual, noisy = (
        draw_imaging_cohort(6, 6, seed=1, parameters=imaging_parameters(**changes))
        for changes in ({}, {"error_scale": 3.0})
    )
    pd.testing.assert_frame_equal(usual.people, noisy.people)
    np.testing.assert_array_equal(usual.anatomy.thickness, noisy.anatomy.thickness)
    assert (usual.scan.thickness != noisy.scan.thickness).any()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"dialect": "dsi"}, "dialect.*one of 'mrtrix'"),
        ({"world": "huge"}, "world.*one of 'none'"),
        ({"n_patients": 0, "n_controls": 0}, "some patients or controls"),
        ({"changes": {"thikness": 1.0}}, "Parameter 'thikness' of the simulated imaging cohort"),
        ({"changes": {"first_regions": 3}}, "expected a list"),
        ({"changes": {"anatomy_share": 1.5}}, "'anatomy_share'.*between 0 and 1; found 1.5"),
        ({"changes": {"fvc_sd": -1.0}}, "'fvc_sd'.*at least 0"),
        (
            {"changes": {"survival_median": 1e9}, "deceased_only": True},
            "2 patients who die before the end.*survival_median",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused_and_nothing_is_written(tmp_path, given, expected):
    with pytest.raises(BadInput, match=expected):
        simulate_mri_into(tmp_path / "mri", **{"n_patients": 2, "n_controls": 2} | given)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="empty"):
        simulate_mri_into(tmp_path, n_patients=2, n_controls=2)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_patients_only_and_controls_only_are_cohorts():
    for n_patients, n_controls in ((5, 0), (0, 5)):
        cohort = draw_imaging_cohort(n_patients, n_controls, seed=1)
        assert len(cohort.people) == 5
        assert np.isfinite(cohort.scan.thickness).all()


def test_the_page_of_assumptions_names_what_no_source_settles():
    names = set(list_assumptions()["name"])
    assert {"anatomy_share", "node_share", "connection_loss", "scanner_thickness"} <= names
    assert not {"thickness_slope", "female_share"} & names


def test_every_parameter_has_a_meaning_and_a_source():
    told = describe_imaging_parameters()
    assert (told[["meaning", "source"]] != "").all(axis=None)
    outcome = CliRunner().invoke(commands, ["simulate-mri", "--list"])
    assert outcome.exit_code == 0
    assert "anatomy_share" in outcome.output
