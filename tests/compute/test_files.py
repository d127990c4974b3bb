"""Files and folders are there complete, or not at all."""

import os
import signal
import stat
import subprocess
import sys

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


# --- what is left, and who may look ------------------------------------------------------

KILLED = """
import sys, time
from pathlib import Path
from alsnb.compute import files
out = Path(sys.argv[1])
with files.folder_being_made(out) as folder:
    (folder / "half.txt").write_text("half")
    if "exchange" in sys.argv:
        out.rename(folder.parent / "earlier")
    print("half way", flush=True)
    time.sleep(60)
"""


def kill_at_work(out, *words):
    program = [sys.executable, "-c", KILLED, str(out), *words]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "half way\n"
        process.send_signal(signal.SIGKILL)
    left = [path for path in out.parent.iterdir() if (path / files.LOCK).exists()]
    assert len(left) == 1
    assert stat.S_IMODE(left[0].stat().st_mode) == files.OWN_FOLDER
    os.utime(left[0], (1e9, 1e9))


def test_what_a_killed_process_left_beside_its_folder_is_cleared_at_the_next_start(tmp_path):
    out = tmp_path / "run"
    (tmp_path / ".run.mine").mkdir()
    (tmp_path / ".run.backup.txt").touch()
    kill_at_work(out)
    with files.folder_being_made(out) as folder:
        (folder / "new.txt").touch()
    assert names(tmp_path) == [".run.backup.txt", ".run.mine", "run"]


def test_what_was_taken_away_for_the_exchange_is_put_back(tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / "old.txt").touch()
    kill_at_work(out, "exchange")
    assert not out.exists()

    def fail():
        with files.folder_being_made(out):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert names(out) == ["old.txt"]
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize("own", [True, False])
def test_a_folder_is_its_owners_alone_while_it_is_made_and_after_if_so_wanted(tmp_path, own):
    before = os.umask(0o000)
    try:
        with files.folder_being_made(tmp_path / "run", own=own) as folder:
            (folder / "deep").mkdir()
            (folder / "deep" / "rows.csv").touch()
            closed = [path for path in folder.parents if tmp_path in path.parents]
            assert any(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in closed)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "run").rglob("*")}
    modes.add(stat.S_IMODE((tmp_path / "run").stat().st_mode))
    assert modes == ({0o700, 0o600} if own else {0o777, 0o666})
