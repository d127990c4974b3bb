import io
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
import scipy.io
from study_builder import LABELS, Study, table_text

from alsnb.checks import BadInput
from alsnb.imaging.account import count_rules
from alsnb.imaging.release import read_imaging
from alsnb.imaging.settings import ImagingSettings

LEAVE_OUT = ImagingSettings(bad_subjects="leave_out")


def read(study, tmp_path, **settings):
    return read_imaging(study.write(tmp_path / "study"), ImagingSettings(**settings))


def check_law(release):
    """Whoever is in any file is studied, or named by the audit, and never both."""
    left = set(release.audit.loc[release.audit["left_out"], "subject"])
    assert left | set(release.subjects) == set(release.presence.index)
    assert not left & set(release.subjects)
    assert release.presence.index.is_unique
    assert set(release.audit["subject"]) <= set(release.presence.index)
    for frame in (release.clinical, release.morphology):
        assert list(frame.index) == list(release.subjects)
    assert len(release.connectomes) == len(release.subjects)


def test_a_study_is_read_as_it_was_written(tmp_path):
    study = Study()
    release = read(study, tmp_path)
    check_law(release)
    assert list(release.subjects) == study.subjects
    assert release.labels == LABELS
    assert not release.audit["left_out"].any()
    written = np.array([study.matrices[name] for name in study.subjects])
    np.testing.assert_array_equal(release.connectomes, written)
    thickness = study.tables["lh.aparc.thickness"]["sub-02"]["lh_precentral_thickness"]
    read_back = release.morphology.loc["sub-02", "lh_precentral_thickness_mm"]
    assert read_back == pytest.approx(thickness, rel=1e-5)
    assert release.morphology.loc["sub-01", "Left-Thalamus_volume_mm3"] == 7000
    assert release.morphology.loc["sub-01", "eTIV_mm3"] == 1.5e6
    assert release.clinical.loc["sub-03", "age_years"] == 52
    assert release.clinical.loc["sub-01", "group"] == "control"
    assert release.source.kind == "user"


def test_a_zip_with_odd_paths_gives_the_same(tmp_path):
    folder = Study().write(tmp_path / "study")
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, f"deep/study/{path.relative_to(folder)}")
        archive.writestr("../outside.csv", "1,2\n")
        archive.writestr("/etc/participants.tsv", "participant_id\n1\n")
        archive.writestr("__MACOSX/deep/study/connectomes/._sub-01_connectome.csv", "x")
    one, other = read_imaging(folder), read_imaging(tmp_path / "study.zip")
    pd.testing.assert_frame_equal(one.morphology, other.morphology)
    pd.testing.assert_frame_equal(one.clinical, other.clinical)
    np.testing.assert_array_equal(one.connectomes, other.connectomes)
    assert one.source.sha256 == other.source.sha256
    assert other.notes["note"].str.contains("2 members of the zip lead out").any()


def test_simulated_studies_say_so(tmp_path):
    study = Study()
    study.files["SIMULATED.txt"] = "drawn"
    release = read(study, tmp_path)
    assert release.source.kind == "simulated"
    assert not release.source.is_real


def test_keys_are_matched_across_files(tmp_path):
    study = Study()
    study.participants = {name[4:]: row for name, row in study.participants.items()}
    for first, rows in study.tables.items():
        study.tables[first] = {f"/data/{name}_ses-1": row for name, row in rows.items()}
    study.matrices = {str(int(name[4:])): m for name, m in study.matrices.items()}
    release = read(study, tmp_path)
    assert list(release.subjects) == [name[4:] for name in study.subjects]
    check_law(release)


def test_keys_that_match_nowhere_are_a_sentence(tmp_path):
    study = Study()
    study.participants = {f"ALS{n}x": row for n, row in enumerate(study.participants.values())}
    with pytest.raises(BadInput) as error:
        read(study, tmp_path, bad_subjects="leave_out")
    assert "no subject that is in all of them" in str(error.value)
    assert "'aaa#a'" in str(error.value)
    assert "'sub-##'" in str(error.value)
    assert "ALS0x" not in str(error.value)


def test_nothing_of_a_subject_stands_in_what_a_notebook_shows(tmp_path):
    release = read(Study(), tmp_path)
    for shown in (repr(release), release._repr_html_()):
        assert "sub-0" not in shown
        assert "12" in shown


def test_modalities_that_are_not_read_are_not_missed(tmp_path):
    study = Study()
    study.matrices = {"sub-01": study.matrices["sub-01"]}
    release = read(study, tmp_path, modalities=("clinical", "morphology"))
    assert len(release.subjects) == 12
    assert release.connectomes.shape == (12, 0, 0)
    only = read_imaging(tmp_path / "study", ImagingSettings(modalities=("connectome",)))
    assert list(only.subjects) == ["sub-01"]


# --- bad subjects ------------------------------------------------------------------------


def spoil(name, matrix=None, **files):
    """Return a change of a study that makes one subject bad."""

    def change(study):
        if matrix is not None:
            study.matrices[name] = matrix(study.matrices[name].copy())
        study.files |= files

    return change


def with_cell(value):
    def set_cell(matrix):
        matrix[0, 1] = matrix[1, 0] = value
        return matrix

    return set_cell


def drop_from(part):
    def change(study):
        held = study.tables["lh.aparc.area"] if part == "one table" else getattr(study, part)
        del held["sub-02"]

    return change


def drop_from_all_tables(study):
    for rows in study.tables.values():
        del rows["sub-02"]


def row_of(value):
    def change(study):
        rows = study.tables["lh.aparc.thickness"]
        rows["sub-02"] = dict.fromkeys(rows["sub-02"], value)

    return change


def times_thickness(factor):
    def change(study):
        row = study.tables["lh.aparc.thickness"]["sub-02"]
        for name in row:
            row[name] *= factor if "thickness" in name else 1

    return change


def clinical(**cells):
    def change(study):
        study.participants["sub-02"] = study.participants["sub-02"] | cells

    return change


def listed_twice(study):
    study.participants = {
        key: row
        for name, old in study.participants.items()
        for key, row in ([(name, old)] if name != "sub-02" else [(name, old), ("2", old)])
    }


def two_rows(study):
    rows = study.tables["rh.aparc.area"]
    rows["02"] = rows["sub-02"]


def second_file(study):
    study.files["connectomes/sub-02_ses-2_connectome.csv"] = "0,1\n1,0\n"


def asymmetric_to(size):
    return lambda matrix: np.ones((size, size)) - np.eye(size)


BAD = {
    "listed twice": (listed_twice, r"participants\.tsv, subject 'sub-02'.*lines 3, 4"),
    "a table lists twice": (two_rows, r"rh\.aparc\.area\.tsv.*one row per subject"),
    "no clinical": (drop_from("participants"), r"participants\.tsv.*morphology and connectome"),
    "no morphology": (drop_from_all_tables, r"freesurfer.*clinical and connectome alone"),
    "no connectome": (drop_from("matrices"), r"connectomes.*clinical and morphology alone"),
    "not in every table": (drop_from("one table"), r"lh\.aparc\.area\.tsv.*in every table"),
    "two files": (second_file, r"2 files of the subject.*connectome_files"),
    "wrong size": (spoil("sub-02", asymmetric_to(5)), r"expected 6 regions; found 5"),
    "not square": (spoil("sub-02", lambda m: m[:5]), r"a square matrix.*5 rows of 6 cells"),
    "NaN": (spoil("sub-02", with_cell(np.nan)), r"finite weights; found 2 NaN.*row 1, column 2"),
    "infinite": (spoil("sub-02", with_cell(np.inf)), r"2 NaN or infinite"),
    "negative": (spoil("sub-02", with_cell(-1.0)), r"weights of 0 or more; found 2 negative"),
    "empty matrix": (spoil("sub-02", lambda m: m * 0), r"connections.*zeros alone"),
    "failed": (row_of(0.0), r"lh\.aparc\.thickness\.tsv.*zeros alone"),
    "micrometres": (times_thickness(1000), r"thickness in mm.*as if in micrometres.*Convert"),
    "metres": (times_thickness(1e-3), r"as if in metres"),
    "negative thickness": (row_of(-2.0), r"measures above 0"),
    "age": (clinical(age_years="160"), r"line 3, column age_years.*0 to 120 years; found 160"),
    "age in words": (clinical(age_years="old"), r"a number of years, or n/a; found 'old'"),
    "sex": (clinical(sex="x"), r"one of 'female', 'male', or n/a; found 'x'"),
    "scanned after death": (clinical(onset_to_scan_months="99"), r"found 99 and 20"),
    "died at no time": (clinical(onset_to_death_or_censoring_months="n/a"), r"of who died"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_a_bad_subject_is_a_sentence_or_left_out_and_counted(case, tmp_path):
    change, sentence = BAD[case]
    study = Study()
    change(study)
    folder = study.write(tmp_path / "study")
    with pytest.raises(BadInput, match=sentence) as error:
        read_imaging(folder)
    assert "sub-02" in str(error.value)
    assert "leave_out" in str(error.value)
    assert str(tmp_path) not in str(error.value)
    release = read_imaging(folder, LEAVE_OUT)
    check_law(release)
    assert list(release.subjects) == [name for name in study.subjects if name != "sub-02"]
    counts = count_rules(release.audit).query("left_out")
    assert counts["subjects"].sum() == 1


def test_all_bad_subjects_are_counted_in_the_first_sentence(tmp_path):
    study = Study()
    for name in ("sub-02", "sub-03", "sub-04"):
        study.matrices[name] = with_cell(-1.0)(study.matrices[name])
    study.participants["sub-05"]["sex"] = "?"
    with pytest.raises(BadInput, match=r"3 more subjects have a problem, none of them the same"):
        read(study, tmp_path)
    release = read_imaging(tmp_path / "study", LEAVE_OUT)
    check_law(release)
    assert dict(count_rules(release.audit).set_index("rule")["subjects"]) == {
        "unknown word": 1,
        "negative weight": 3,
    }


def test_a_whole_table_in_another_unit_leaves_nobody_and_says_why(tmp_path):
    study = Study()
    for row in study.tables["rh.aparc.thickness"].values():
        for name in row:
            row[name] *= 1000 if "thickness" in name else 1
    with pytest.raises(BadInput, match=r"none \(another unit 12\).*micrometres.*Convert"):
        read(study, tmp_path, bad_subjects="leave_out")


def test_three_of_many_with_both_modalities_are_three(tmp_path):
    study = Study(135)
    study.matrices = {name: study.matrices[name] for name in study.subjects[:3]}
    with pytest.raises(BadInput, match=r"131 more subjects have a problem, 131 of them the same"):
        read(study, tmp_path)
    release = read_imaging(tmp_path / "study", LEAVE_OUT)
    check_law(release)
    assert len(release.subjects) == 3
    assert release.presence.sum().to_dict() == {"clinical": 135, "morphology": 135, "connectome": 3}


def test_the_law_holds_when_everything_goes_wrong_at_once(tmp_path):
    rng = np.random.default_rng(5)
    changes = [change for change, _ in BAD.values()]
    for trial in range(4):
        study = Study(15, seed=trial)
        for name in rng.choice(study.subjects[2:], 4, replace=False):
            study.matrices.pop(name)
        for name in rng.choice(study.subjects[2:], 4, replace=False):
            study.participants.pop(name)
        for place in rng.choice(len(changes), 2, replace=False):
            try:
                changes[place](study)
            except KeyError:
                continue
        study.matrices["sub-77"] = study.matrices["sub-01"]
        check_law(read_imaging(study.write(tmp_path / f"study{trial}"), LEAVE_OUT))


# --- files that cannot be understood -----------------------------------------------------


def test_an_empty_folder_and_no_folder_are_sentences(tmp_path):
    with pytest.raises(BadInput, match=r"participants\.tsv; found no file"):
        read_imaging(tmp_path)
    with pytest.raises(BadInput, match="no such path"):
        read_imaging(tmp_path / "nothing")
    (tmp_path / "file.zip").write_bytes(b"PK\x03\x04cut")
    with pytest.raises(BadInput, match="not a zip, or a zip that is cut"):
        read_imaging(tmp_path / "file.zip")


def test_two_studies_in_one_folder_are_refused(tmp_path):
    for name in ("a", "b"):
        Study().write(tmp_path / name)
    with pytest.raises(BadInput, match="clinical tables in 2 folders"):
        read_imaging(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_tables_in_other_encodings_are_read(encoding, tmp_path):
    study = Study()
    for row in study.participants.values():
        row["scanner"] = "Köln"
    folder = study.write(tmp_path / "study")
    table = folder / "participants.tsv"
    table.write_bytes(table.read_text(encoding="utf-8").encode(encoding))
    release = read_imaging(folder)
    assert set(release.clinical["scanner"]) == {"Köln"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_tables_of_freesurfer_in_other_encodings_are_read(encoding, tmp_path):
    folder = Study().write(tmp_path / "study")
    plain = read_imaging(folder)
    for table in (folder / "freesurfer").iterdir():
        table.write_bytes(table.read_text(encoding="utf-8").encode(encoding))
    pd.testing.assert_frame_equal(read_imaging(folder).morphology, plain.morphology)


def test_a_matrix_between_its_labels_is_put_into_the_order_of_the_others(tmp_path):
    study = Study()
    plain = read(study, tmp_path)
    turned = [*LABELS[3:], *LABELS[:3]]
    matrix = pd.DataFrame(study.matrices["sub-02"], LABELS, LABELS).loc[turned, turned]
    file = tmp_path / "study" / "connectomes" / "sub-02_connectome.csv"
    matrix.to_csv(file)
    again = read_imaging(tmp_path / "study")
    np.testing.assert_array_equal(again.connectomes, plain.connectomes)


class Loads:
    """What a pickle would do if it were loaded."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


def matlab(**arrays):
    file = io.BytesIO()
    scipy.io.savemat(file, arrays)
    return file.getvalue()


MATLAB = {
    "a pickle": (lambda: pickle.dumps({"sc": Loads()}), "a pickle of Python"),
    "no matrix": (lambda: matlab(n=np.arange(3.0)), r"n \(1 x 3\)"),
    "two matrices": (lambda: matlab(a=np.eye(6), b=np.eye(6)), r"a \(6 x 6\), b \(6 x 6\)"),
}


@pytest.mark.parametrize("case", list(MATLAB))
def test_a_mat_without_the_matrix_costs_its_subject_alone(case, tmp_path):
    make, found = MATLAB[case]
    study = Study()
    del study.matrices["sub-02"]
    study.files["connectomes/sub-02_connectome.mat"] = make()
    with pytest.raises(BadInput, match=rf"sub-02_connectome\.mat, subject 'sub-02'.*{found}"):
        read(study, tmp_path)
    release = read_imaging(tmp_path / "study", LEAVE_OUT)
    check_law(release)
    assert len(release.subjects) == 11


def test_utf_16_without_its_mark_is_a_sentence(tmp_path):
    folder = Study().write(tmp_path / "study")
    table = folder / "participants.tsv"
    table.write_bytes(table.read_text(encoding="utf-8").encode("utf-16-le"))
    with pytest.raises(BadInput, match="UTF-16 without its mark"):
        read_imaging(folder)


WHOLE = {
    "no id": ("participants.tsv", "name\tage\nx\t1\n", "a column participant_id"),
    "no row": ("participants.tsv", "participant_id\tage\n", "a header and no row"),
    "no name": ("participants.tsv", "participant_id\tage\nn/a\t1\n", "line 2.*name of a subject"),
    "cut row": ("participants.tsv", "participant_id\tage\nsub-01\n", "line 2: expected 2 cells"),
    "twice": ("participants.tsv", "participant_id\tage\tage\ns\t1\t1\n", "each column once"),
    "spreadsheet": ("participants.tsv", b"PK\x03\x04abc", "zip archive or spreadsheet"),
    "web page": ("freesurfer/lh.aparc.thickness.tsv", "<html>", "a web page"),
    "label lost": ("connectomes/labels.csv", "label\nlh_insula\nrh_insula\n", "6 names.*found 2"),
    "label twice": ("connectomes/labels.csv", "lh_insula\nL_insula\n", "more than once"),
    "label odd": (
        "connectomes/labels.csv",
        "label\nlh_bankssts\nlh_precentrel\nlh_insula\nrh_bankssts\nrh_precentral\nrh_insula\n",
        "regions of the parcellation dk.*'lh_precentrel'",
    ),
    "turned": (
        "freesurfer/lh.aparc.thickness.tsv",
        "lh.aparc.thickness\tsub-01\tsub-02\nlh_bankssts_thickness\t2\t2\n",
        "a row per measure.*--transpose",
    ),
    "odd region": (
        "freesurfer/lh.aparc.thickness.tsv",
        table_text("lh.aparc.thickness", {"sub-01": {"lh_broca_thickness": 2.5}}),
        "regions of the parcellation dk; found others, 'broca'",
    ),
}


@pytest.mark.parametrize("case", list(WHOLE))
def test_files_that_cannot_be_understood_are_sentences(case, tmp_path):
    name, content, sentence = WHOLE[case]
    study = Study()
    study.files[name] = content
    with pytest.raises(BadInput, match=sentence) as error:
        read(study, tmp_path, bad_subjects="leave_out")
    assert str(tmp_path) not in str(error.value)


def test_no_modality_may_be_missing_altogether(tmp_path):
    study = Study()
    study.tables = {}
    with pytest.raises(BadInput, match=r"aparcstats2table.*found 0 tables.*modalities"):
        read(study, tmp_path)
    study = Study()
    study.matrices = {}
    with pytest.raises(BadInput, match=r"connectomes: expected a file per subject"):
        read_imaging(study.write(tmp_path / "other"))
