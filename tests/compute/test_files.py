"""Files and folders are there complete, or not at all."""

import pytest

from alsnb.compute import files


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_the_old_one_or_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "values.json"
    files.write_atomically(path, "old")

    def power_fails(_):
        raise OSError("no power")

    monkeypatch.setattr(files.os, "fsync", power_fails)
    with pytest.raises(OSError, match="no power"):
        files.write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["values.json"]


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "an earlier one"])
def test_a_folder_takes_the_place_of_what_lies_there(tmp_path, there):
    out = tmp_path / "deep" / "run"
    if there != "nothing":
        out.mkdir(parents=True)
    if there == "an earlier one":
        (out / "old.txt").touch()
    with files.folder_being_made(out) as folder:
        (folder / "new.txt").touch()
    assert names(out) == ["new.txt"]
    assert names(out.parent) == ["run"]


def test_a_folder_that_fails_leaves_the_earlier_one_and_nothing_else(tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / "old.txt").touch()

    def fail():
        with files.folder_being_made(out) as folder:
            (folder / "half.txt").touch()
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert names(out) == ["old.txt"]
    assert names(tmp_path) == ["run"]


def test_what_came_to_lie_there_meanwhile_is_not_replaced(tmp_path):
    def check(out):
        if (out / "other.txt").exists():
            raise FileExistsError(out)

    out = tmp_path / "run"

    def be_overtaken():
        with files.folder_being_made(out, check=check):
            out.mkdir()
            (out / "other.txt").touch()

    with pytest.raises(FileExistsError):
        be_overtaken()
    assert names(out) == ["other.txt"]
