import zipfile

import pytest

from alsnb.checks import BadInput
from alsnb.tables.proact import schema
from alsnb.tables.proact.release import MARKER, find_release


def make(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("subject_id\n")
    return folder


def make_zip(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, f"subject_id\n{name}\n")
    return path


def names_of(release):
    return [table.files[release] for table in schema.tables_of(release).values()]


@pytest.mark.parametrize("release", schema.RELEASES)
def test_every_table_of_every_release_is_recognized(release, tmp_path):
    found = find_release(make(tmp_path, names_of(release)))
    assert found.name == release
    assert found.files == {n: t.files[release] for n, t in schema.tables_of(release).items()}
    assert found.unknown == ()


@pytest.mark.parametrize("release", schema.RELEASES)
@pytest.mark.parametrize("change", [str.lower, str.upper, lambda n: f"2016_01_04_{n}"])
def test_case_and_dates_in_names_do_not_matter(release, change, tmp_path):
    found = find_release(make(tmp_path, map(change, names_of(release))))
    assert found.name == release
    assert set(found.files) == set(schema.tables_of(release))


def test_tables_that_a_release_did_not_have_decide_for_a_later_one(tmp_path):
    assert find_release(make(tmp_path, ["alsfrs.csv", "elescorial.csv"])).name == "2022"
    assert find_release(make(tmp_path, ["alsfrs.csv", "Neurofilament.csv"])).name == "F"


def test_the_name_in_one_readme_is_vital_signs_too(tmp_path):
    found = find_release(make(tmp_path, ["F_PROACT_ALSFRS.csv", "F_PROACT_VITALS.csv"]))
    assert found.files["vitals"] == "F_PROACT_VITALS.csv"


@pytest.mark.parametrize("below", ["", "a/", "a/b/c/"])
def test_folder_and_zip_are_the_same_release_however_deep(below, tmp_path):
    names = [below + name for name in names_of("2022")]
    folder = find_release(make(tmp_path / "folder", names))
    packed = find_release(make_zip(tmp_path / "release.zip", names))
    assert folder.files == packed.files
    assert packed.open("labs").read() == f"subject_id\n{below}PROACT_LABS.csv\n".encode()


def test_a_zip_within_a_folder_or_a_zip_is_opened(tmp_path):
    inner = make_zip(tmp_path / "inner.zip", ["PROACT_ALSFRS.csv"])
    assert find_release(tmp_path).inner == "inner.zip"
    outer = tmp_path / "outer" / "outer.zip"
    outer.parent.mkdir()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "deep/inner.zip")
    assert b"ALSFRS" in find_release(outer).open("alsfrs").read()


def test_the_tables_win_over_a_zip_beside_them(tmp_path):
    make_zip(make(tmp_path, ["PROACT_ALSFRS.csv"]) / "x.zip", ["PROACT_ALSFRS.csv"])
    assert find_release(tmp_path).inner == ""


def test_only_a_marker_beside_the_tables_says_that_they_are_simulated(tmp_path):
    assert find_release(make(tmp_path / "a", ["alsfrs.csv", MARKER])).simulated
    assert find_release(make(tmp_path / "b", ["x/alsfrs.csv", f"x/{MARKER.lower()}"])).simulated
    assert not find_release(make(tmp_path / "c", ["x/alsfrs.csv", MARKER])).simulated
    assert not find_release(make(tmp_path / "d", ["alsfrs.csv"])).simulated


def test_other_files_are_named_and_hidden_ones_are_not(tmp_path):
    names = ["alsfrs.csv", "notes.txt", ".DS_Store", "__MACOSX/alsfrs.csv", "~$alsfrs.csv"]
    assert find_release(make(tmp_path, names)).unknown == ("notes.txt",)


def test_a_table_as_csv_is_preferred_to_its_spreadsheet(tmp_path):
    found = find_release(make(tmp_path, ["alsfrs.xlsx", "alsfrs.csv"]))
    assert found.files["alsfrs"] == "alsfrs.csv"


@pytest.mark.parametrize("evil", ["../PROACT_LABS.csv", "/PROACT_LABS.csv", "C:\\PROACT_LABS.csv"])
def test_a_member_that_leads_out_of_the_zip_is_left_alone(evil, tmp_path):
    found = find_release(make_zip(tmp_path / "x.zip", ["PROACT_ALSFRS.csv", evil]))
    assert set(found.files) == {"alsfrs"}
    assert "lead out" in found.remarks[0][1]


def test_refusals_name_what_was_looked_for_and_no_folder_of_this_machine(tmp_path):
    for path in (
        tmp_path / "none",
        make(tmp_path / "empty", ["x.csv"]),
        make(tmp_path, ["labs.csv"]),
    ):
        with pytest.raises(BadInput, match="PRO-ACT") as refusal:
            find_release(path)
        assert str(tmp_path.parent) not in str(refusal.value)


def test_two_files_of_one_used_table_are_refused_by_name_if_they_differ(tmp_path):
    names = ["alsfrs.csv", "old/PROACT_ALSFRS.csv"]
    make(tmp_path, names)
    assert "hold the same" in find_release(tmp_path).remarks[0][1]
    (tmp_path / names[1]).write_text("subject_id\n1\n")
    with pytest.raises(BadInput, match="one file of the table alsfrs") as refusal:
        find_release(tmp_path)
    assert all(name in str(refusal.value) for name in names)


def test_a_folder_of_thousands_of_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("alsnb.tables.proact.places.MOST_FILES", 3)
    with pytest.raises(BadInput, match="more than 3 files"):
        find_release(make(tmp_path, ["a", "b", "c", "d"]))
