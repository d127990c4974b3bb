"""Two forms of one table, a zip for each table, and names that are nearly right."""

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsnb.checks import BadInput
from alsnb.tables.proact import schema
from alsnb.tables.proact.file_names import by_table, nearly_named
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.release import MARKER, find_release

ALSFRS, LABS, VITALS = "PROACT_ALSFRS.csv", "PROACT_LABS.csv", "PROACT_VITALSIGNS.csv"
TEXTS = {
    ALSFRS: "subject_id,Q1_Speech,ALSFRS_Delta\n11,4,0\n12,3,0\n",
    LABS: "subject_id,Test_Name,Test_Result,Test_Unit,Laboratory_Delta\n11,Albumin,44,g/L,0\n",
    VITALS: "subject_id,Pulse,Vital_Signs_Delta\n12,70,0\n",
}
NAMES = [name for table in schema.tables().values() for name in table.files.values()]


def write(folder, texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def write_zip(path, texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return path


def remarks_of(path):
    return " ".join(note for _, note in find_release(path).remarks)


def without(name):
    return {other: text for other, text in TEXTS.items() if other != name}


@pytest.mark.parametrize("other", ["PROACT_LABS.txt", "PROACT_LABS.tsv", "Labs.csv", "labs.csv.gz"])
def test_two_forms_of_a_table_are_read_if_alike_and_refused_by_both_names_if_not(other, tmp_path):
    folder = write(tmp_path, TEXTS | {other: TEXTS[LABS]})
    assert "hold the same" in remarks_of(folder)
    (folder / other).write_text(TEXTS[LABS] + "12,Albumin,44,g/L,0\n")
    with pytest.raises(BadInput) as refusal:
        find_release(folder)
    assert f"'{LABS}'" in str(refusal.value)
    assert f"'{other}'" in str(refusal.value)


def test_a_spreadsheet_beside_a_table_is_named_and_not_read(tmp_path):
    folder = write(tmp_path, TEXTS | {"PROACT_LABS.xlsx": "PK"})
    assert find_release(folder).files["labs"] == LABS
    assert "'PROACT_LABS.xlsx'; the first was read" in remarks_of(folder)


def test_one_zip_for_each_table_is_a_release(tmp_path):
    for name, text in TEXTS.items():
        write_zip(tmp_path / "each" / name.replace(".csv", ".zip"), {name: text})
    plain = read_release(write(tmp_path / "plain", TEXTS))
    for path in (tmp_path / "each", tmp_path / "outer.zip"):
        if path.suffix:
            with zipfile.ZipFile(path, "w") as archive:
                for file in (tmp_path / "each").iterdir():
                    archive.write(file, f"deep/{file.name}")
        raw = read_release(path)
        assert {name: len(frame) for name, frame in raw.frames.items()} == {
            name: len(frame) for name, frame in plain.frames.items()
        }
        assert raw.source.sha256 == plain.source.sha256
        assert raw.release.unknown == ()


def test_some_tables_may_be_in_zips_and_some_not(tmp_path):
    for name in TEXTS:
        folder = write(tmp_path / name, without(name))
        write_zip(folder / "one.zip", {name: TEXTS[name]})
        assert set(find_release(folder).files) == {"alsfrs", "labs", "vitals"}


def test_two_zips_with_a_table_that_differs_are_refused_by_both_names(tmp_path):
    folder = write(tmp_path, without(LABS))
    write_zip(folder / "a.zip", {LABS: TEXTS[LABS]})
    write_zip(folder / "b.zip", {LABS: TEXTS[LABS] + "12,Albumin,44,g/L,0\n"})
    with pytest.raises(BadInput, match=r"'a\.zip/PROACT_LABS\.csv', 'b\.zip/PROACT_LABS\.csv'"):
        find_release(folder)


def test_two_zips_of_whole_releases_are_refused_by_both_names(tmp_path):
    for name in ("a.zip", "b.zip"):
        write_zip(tmp_path / name, TEXTS)
    with pytest.raises(BadInput, match=r"2 zips .*'a\.zip', 'b\.zip'"):
        find_release(tmp_path)


def test_the_zip_that_tables_were_unpacked_from_is_left_alone_and_named(tmp_path):
    folder = write(tmp_path, without(LABS))
    write_zip(folder / "download.zip", TEXTS)
    assert "'download.zip' holds another ALSFRS table" in remarks_of(folder)
    assert "labs" not in find_release(folder).files


def test_tables_are_simulated_only_if_all_of_them_say_so(tmp_path):
    folder = write(tmp_path, TEXTS | {MARKER: ""})
    assert find_release(folder).simulated
    (folder / LABS).unlink()
    write_zip(folder / "labs.zip", {LABS: TEXTS[LABS]})
    assert not find_release(folder).simulated
    write_zip(folder / "labs.zip", {LABS: TEXTS[LABS], MARKER: ""})
    assert find_release(folder).simulated


@pytest.mark.parametrize(
    "name",
    [
        "PROACT_LABS (1).csv",
        "PROACT_LABS - Copy.csv",
        "Copy of PROACT_LABS.csv",
        "PROACT_LABS_new.csv",
        "PROACT_LABS.dat",
        "PROACT_LABS",
        "PROACT_LASB.csv",
        "PROACT_LABS.csv.bak",
    ],
)
def test_a_file_that_is_nearly_named_right_is_named(name, tmp_path):
    folder = write(tmp_path / "both", TEXTS | {name: TEXTS[LABS]})
    assert f"'{name}' is named nearly like the table labs" in remarks_of(folder)
    assert f"that is '{LABS}'" in remarks_of(folder)
    folder = write(tmp_path / "alone", without(LABS) | {name: TEXTS[LABS]})
    assert f"if it is that table, name it '{LABS}'" in remarks_of(folder)


def test_a_missing_table_of_questionnaires_that_is_nearly_there_is_named(tmp_path):
    folder = write(tmp_path, without(ALSFRS) | {"PROACT_ALSFRS(1).csv": TEXTS[ALSFRS]})
    with pytest.raises(BadInput, match=r"'PROACT_ALSFRS\(1\)\.csv', named nearly like it"):
        find_release(folder)


@pytest.mark.parametrize(
    "name", ["readme.txt", "dictionary.csv", "patients.csv", "notes.csv", "labs.pdf", "alabama.csv"]
)
def test_a_file_of_another_name_is_not_taken_for_a_table(name):
    assert nearly_named(name) == ""


@given(st.sampled_from(NAMES), st.text(st.characters(categories=["L", "N"]), max_size=6))
def test_every_table_is_nearly_named_by_what_is_put_behind_its_name(file, end):
    stem, ending = file.rsplit(".", 1)
    expected = next(iter(by_table([file])))
    name = f"{stem}_{end}.{ending}"
    assert expected in (nearly_named(name), *by_table([name]))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), max_size=30))
def test_any_name_is_nearly_that_of_a_table_or_of_none(name):
    assert nearly_named(name) in {"", *schema.tables()}
