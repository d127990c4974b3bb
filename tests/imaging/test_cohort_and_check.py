import json

import pandas as pd
import pytest
from study_builder import Study

from alsnb import cli
from alsnb.checks import BadInput
from alsnb.commands.imaging_check import as_json, as_text, check_imaging
from alsnb.imaging.cohort import (
    ClassSettings,
    follow_imaging_cohort,
    select_imaging_cohort,
    survival_class,
)
from alsnb.imaging.folder import find_imaging
from alsnb.imaging.release import read_imaging
from alsnb.imaging.settings import ImagingSettings


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return Study(40).write(tmp_path_factory.mktemp("imaging") / "study")


@pytest.fixture(scope="module")
def release(folder):
    return read_imaging(folder)


def run(*arguments, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["alsnb", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    return ended.value.code or 0, said.out, said.err


# --- classes -----------------------------------------------------------------------------

MONTHS = pd.Series([0, 24.9, 25, 50, 50.1, 120, None])


def test_classes_change_at_the_cuts():
    died = pd.Series([True] * len(MONTHS))
    found = survival_class(MONTHS, died)
    assert list(found[:6]) == ["short", "short", "medium", "medium", "long", "long"]
    assert found.isna().tolist() == [False] * 6 + [True]
    two = survival_class(MONTHS, died, ClassSettings(cut_months=(24,)))
    assert list(two[:6]) == ["short", "long", "long", "long", "long", "long"]


def test_of_who_is_alive_the_class_is_known_only_after_the_last_cut():
    alive = pd.Series([False] * len(MONTHS))
    assert survival_class(MONTHS, alive).isna().all()
    found = survival_class(MONTHS, alive, ClassSettings(only_dead=False))
    assert found.isna().tolist() == [True] * 4 + [False, False, True]
    assert set(found.dropna()) == {"long"}


@pytest.mark.parametrize("cuts", [(), (50, 25), (0, 25), (1, 2, 3)])
def test_cuts_that_make_no_classes_are_refused(cuts):
    with pytest.raises(BadInput, match="one or two months, rising"):
        ClassSettings(cut_months=cuts)


def test_the_cohort_is_the_patients_and_its_flow_adds_up(release):
    cohort = select_imaging_cohort(release, ClassSettings(cut_months=(60, 120)))
    flow = cohort.flow
    assert list(flow["remaining"]) == [40, 40, 26, 26, 26]
    assert (flow["remaining"].shift(fill_value=40) - flow["excluded"]).equals(flow["remaining"])
    assert (release.clinical.loc[cohort.patients.index, "group"] == "als").all()
    assert cohort.survival_class.cat.ordered
    assert "26" in repr(cohort)
    assert "sub-" not in repr(cohort) + cohort._repr_html_()


def test_a_small_class_and_an_empty_cohort_are_sentences(release, tmp_path):
    with pytest.raises(BadInput, match=r"class 'short'.*at least 5 patients; found fewer than 5"):
        select_imaging_cohort(release)
    study = Study()
    for row in study.participants.values():
        row["died"] = "no"
    alive = read_imaging(study.write(tmp_path / "alive"))
    with pytest.raises(BadInput, match="nobody with a known class of survival"):
        select_imaging_cohort(alive)
    assert len(follow_imaging_cohort(alive, ClassSettings(only_dead=False)).patients) > 0


def test_a_study_without_survival_is_a_sentence(tmp_path):
    study = Study()
    for row in study.participants.values():
        del row["died"]
    release = read_imaging(study.write(tmp_path / "study"))
    with pytest.raises(BadInput, match="none named died"):
        select_imaging_cohort(release)


# --- the command -------------------------------------------------------------------------


def test_a_study_that_is_good_ends_with_status_0(tmp_path, capsys, monkeypatch):
    study = Study(90)
    for number, row in enumerate(study.participants.values()):
        row["onset_to_death_or_censoring_months"] = f"{15 + number % 60}"
    folder = study.write(tmp_path / "study")
    status, out, err = run("imaging-check", folder, capsys=capsys, monkeypatch=monkeypatch)
    assert (status, err) == (0, "")
    assert "A cohort can be made." in out
    assert "Subjects with everything: 90 of 90" in out
    assert "sub-" not in out
    assert str(tmp_path) not in out


def test_a_study_without_cohort_ends_with_status_1_and_json(folder, capsys, monkeypatch):
    status, out, _ = run("imaging-check", folder, "--json", capsys=capsys, monkeypatch=monkeypatch)
    said = json.loads(out)
    assert status == 1
    assert said["buildable"] is False
    assert "fewer than 5" in said["reason"]
    assert said["subjects"] == 40
    assert "sub-" not in out


def test_what_is_no_study_ends_with_status_2(tmp_path, capsys, monkeypatch):
    status, _, err = run("imaging-check", tmp_path, capsys=capsys, monkeypatch=monkeypatch)
    assert status == 2
    assert err.startswith("alsnb: ")
    assert "participants.tsv" in err


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    study = Study(20)
    study.matrices["sub-03"][0, 1] = -1
    del study.matrices["sub-04"]
    study.files["connectomes/notes.docx"] = b"x"
    study.files["freesurfer/evil\x1b[2J.csv"] = "a,b\n1,2\n"
    return study.write(tmp_path_factory.mktemp("imaging") / "study")


def test_bad_subjects_are_counted_and_named_only_on_demand(spoilt):
    checkup = check_imaging(spoilt)
    text = as_text(checkup)
    assert checkup.subjects == 18
    assert "2 subjects must be corrected or left out" in text
    assert "negative weight" in text
    assert "sub-0" not in text + as_json(checkup)
    for shown in (as_text(checkup, names=True), as_json(checkup, names=True)):
        assert "sub-03" in shown
        assert "sub-04" in shown
    assert set(checkup.leavers["subject"]) == {"sub-03", "sub-04"}


def test_what_comes_from_a_study_cannot_act_on_a_terminal(spoilt):
    checkup = check_imaging(spoilt)
    assert "\x1b" not in as_text(checkup, names=True) + as_json(checkup, names=True)
    assert "files of other kinds" in as_text(checkup)


def test_one_modality_can_be_checked_alone(spoilt, capsys, monkeypatch):
    arguments = ("imaging-check", spoilt, "--modality", "clinical", "--modality", "morphology")
    _, out, _ = run(*arguments, capsys=capsys, monkeypatch=monkeypatch)
    assert "Subjects with everything: 20 of 20" in out


# --- where the study lies ----------------------------------------------------------------


def test_a_study_is_found_by_argument_or_variable(folder, monkeypatch):
    assert find_imaging() is None
    monkeypatch.setenv("ALSNB_IMAGING", str(folder))
    assert find_imaging() == folder
    with pytest.raises(BadInput, match="imaging_dir: expected") as error:
        find_imaging(str(folder / "nothing"))
    assert str(folder) not in str(error.value)


@pytest.mark.parametrize(
    "setting",
    [
        {"modalities": ("mri",)},
        {"modalities": ()},
        {"bad_subjects": "drop"},
        {"atlas": "aal"},
        {"first_node": 2},
    ],
)
def test_settings_without_meaning_are_refused(setting):
    with pytest.raises(BadInput, match=next(iter(setting))):
        ImagingSettings(**setting)
