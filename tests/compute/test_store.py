import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alsnb import settings
from alsnb.checks import BadInput
from alsnb.compute import contents, files, store
from alsnb.compute.digests import digest


def a_frame():
    frame = pd.DataFrame({"model": ["mean", "ridge"], "r": [np.nan, 0.25]}, index=["p1", "p2"])
    return frame.rename_axis("patient")


FRAME = a_frame()


# --- entries -----------------------------------------------------------------------------


def make(entry, text="content"):
    with store.being_made(entry, note="by hand") as workshop:
        (workshop / "result.txt").write_text(text)


ENTRY = store.Entry("results", "toy", digest("toy"))


def unfinished():
    return list((store.store_folder() / "unfinished").glob("*"))


def test_an_entry_appears_whole_with_its_facts():
    with store.being_made(ENTRY, note="by hand") as workshop:
        (workshop / "result.txt").write_text("content")
        assert not ENTRY.exists()
        assert not ENTRY.folder.exists()
    assert ENTRY.exists()
    assert (ENTRY.folder / "result.txt").read_text() == "content"
    assert ENTRY.facts()["note"] == "by hand"
    assert unfinished() == []


def test_files_in_folders_of_an_entry_are_part_of_it():
    with store.being_made(ENTRY) as workshop:
        (workshop / "release").mkdir()
        (workshop / "release" / "table.csv").write_text("a,b")
    assert ENTRY.facts()["files"].keys() == {"release/table.csv"}
    assert contents.entries()["megabytes"].iloc[0] > 0
    (ENTRY.folder / "release" / "table.csv").write_text("changed")
    assert not ENTRY.exists()


def test_an_exception_in_the_middle_leaves_nothing():
    def break_off():
        with store.being_made(ENTRY) as workshop:
            (workshop / "result.txt").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert not ENTRY.exists()
    assert not ENTRY.folder.exists()
    assert unfinished() == []


def test_the_first_of_two_makers_is_kept():
    make(ENTRY, "first")
    make(ENTRY, "second")
    assert (ENTRY.folder / "result.txt").read_text() == "first"


KILLED = """
import sys, time
from alsnb.compute import store
entry = store.Entry("results", "toy", store.digest("toy"))
with store.lock_of(entry), store.being_made(entry) as workshop:
    (workshop / "result.txt").write_text("half")
    print("half way", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_nothing_that_looks_finished_and_no_lock():
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "half way\n"
        process.send_signal(signal.SIGKILL)
    assert len(unfinished()) == 1, "the process was not in the middle"
    assert not ENTRY.exists()
    assert contents.entries().empty
    with store.lock_of(ENTRY).acquire(timeout=1):
        make(ENTRY, "whole")
    assert (ENTRY.folder / "result.txt").read_text() == "whole"


def test_what_was_not_moved_into_place_is_no_entry():
    make(ENTRY)
    ENTRY.folder.rename(store.store_folder() / "unfinished" / "moved-back")
    assert not ENTRY.exists()
    assert contents.entries().empty
    assert contents.empty() == (0, 1)
    assert unfinished() == []


@pytest.mark.parametrize("damage", ["shorter", "gone", "other facts", "no facts", "half the facts"])
def test_a_damaged_entry_counts_as_not_there_and_is_replaced(damage):
    make(ENTRY)
    facts = ENTRY.folder / "entry.json"
    if damage == "shorter":
        (ENTRY.folder / "result.txt").write_text("cont")
    if damage == "gone":
        (ENTRY.folder / "result.txt").unlink()
    if damage == "other facts":
        facts.write_text(json.dumps({"name": "toy"}))
    if damage == "no facts":
        facts.unlink()
    if damage == "half the facts":
        facts.write_text(facts.read_text()[:20])
    assert not ENTRY.exists()
    assert len(contents.entries()) == (damage != "no facts")  # it can still be seen and removed
    make(ENTRY, "content again")
    assert ENTRY.exists()
    assert (ENTRY.folder / "result.txt").read_text() == "content again"


def test_the_store_is_listed_and_emptied_without_touching_other_files():
    assert contents.entries().empty
    make(ENTRY)
    make(store.Entry("chapters", "01-scores", digest("chapter")))
    held = contents.entries()
    assert held[["kind", "name"]].values.tolist() == [["chapters", "01-scores"], ["results", "toy"]]
    assert held["key"].tolist()[1] == ENTRY.key[:16]
    assert (held["megabytes"] > 0).all()
    assert held["days_old"].between(0, 0.1).all()
    bystander = store.store_folder() / "holiday.txt"
    bystander.write_text("not ours")
    assert contents.empty() == (2, 0)
    assert contents.entries().empty
    assert not ENTRY.exists()
    assert bystander.exists(), "ALSNB_STORE may be a folder with other files in it"


# --- stored functions --------------------------------------------------------------------

COUNTED = """
    import time
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from alsnb.compute.store import stored

    @stored(ignore=("n_jobs", "log"))
    def compute(frame, *, seed=1, log, n_jobs=1, seconds=0.0):
        with Path(log).open("a") as file:
            file.write("computed\\n")
        time.sleep(seconds)
        draw = np.random.default_rng(seed).normal(size=len(frame))
        return frame.assign(draw=draw, word="a", none=np.nan, month=pd.Timestamp("2020-01-31"))
    """


@pytest.fixture
def counted(fakelib, tmp_path):
    """A stored function that writes a line to ``log`` each time it computes."""
    (fakelib / "counted.py").write_text(textwrap.dedent(COUNTED))
    from fakelib.counted import compute

    log = tmp_path / "log.txt"
    log.touch()
    return compute, log


def times(log):
    return len(log.read_text().splitlines())


def test_the_second_call_computes_nothing_and_gives_the_identical_frame(counted):
    compute, log = counted
    first = compute(FRAME, seed=3, log=log)
    second = compute(a_frame(), seed=3, log=log)
    assert times(log) == 1
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert first.index.name == "patient"
    assert list(first.columns) == ["model", "r", "draw", "word", "none", "month"]


def test_other_arguments_are_computed_and_irrelevant_ones_are_not(counted):
    compute, log = counted
    compute(FRAME, log=log)
    compute(FRAME, log=log, seed=1, n_jobs=4)
    compute(FRAME, log=Path(log), n_jobs=None)
    assert times(log) == 1, "defaults and arguments of no account make no other key"
    compute(FRAME, log=log, seed=2)
    compute(FRAME.fillna(1.0), log=log)
    assert times(log) == 3


def test_a_changed_function_is_computed_anew(counted, fakelib, rewrite):
    compute, log = counted
    compute(FRAME, log=log)
    rewrite(fakelib, "counted.py", "    draw =", "    # one draw per patient\n    draw =")
    compute(FRAME, log=log)
    assert times(log) == 1
    rewrite(fakelib, "counted.py", 'word="a"', 'word="b"')
    compute(FRAME, log=log)
    assert times(log) == 2


def test_a_changed_lock_file_is_computed_anew(counted, tmp_path, monkeypatch):
    compute, log = counted
    lock = tmp_path / "requirements.lock"
    lock.write_text("numpy==2.3.0\n")
    monkeypatch.setattr(settings, "top_folder", lambda: tmp_path)
    compute(FRAME, log=log)
    compute(FRAME, log=log)
    assert times(log) == 1
    lock.write_text("numpy==2.3.1\n")
    compute(FRAME, log=log)
    assert times(log) == 2


@pytest.mark.parametrize("damage", ["cut", "one byte"])
def test_a_damaged_result_is_computed_again(counted, damage):
    compute, log = counted
    first = compute(FRAME, log=log)
    (path,) = store.store_folder().glob("results/*/frame.parquet")
    content = bytearray(path.read_bytes())
    if damage == "one byte":
        content[len(content) // 3] ^= 1
    path.write_bytes(content[:-40] if damage == "cut" else content)
    again = compute(FRAME, log=log)
    assert times(log) == 2
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    compute(FRAME, log=log)
    assert times(log) == 2


def test_a_function_that_fails_stores_nothing(counted):
    compute, log = counted
    for _ in range(2):
        with pytest.raises(TypeError, match="has no len"):
            compute(None, log=log, seed=1)
    assert contents.entries().empty


def test_two_processes_that_ask_for_the_same_result_compute_it_once(counted, fakelib):
    _, log = counted
    program = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(fakelib.parent)!r})
from alsnb.compute import digests
digests.PACKAGE = Path({str(fakelib)!r})
import pandas as pd
from fakelib.counted import compute
print("ready", flush=True)
sys.stdin.readline()
print(compute(pd.DataFrame({{"x": [1, 2]}}), log={str(log)!r}, seconds=1.0)["draw"].sum())
"""
    command = [sys.executable, "-c", program]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert times(log) == 1
    assert answers[0] == answers[1]


def test_an_argument_that_does_not_exist_cannot_be_of_no_account():
    with pytest.raises(TypeError, match=r"no argument named \['n_job'\]"):
        store.stored(lambda n_jobs: None, ignore=("n_job",))


def test_a_function_outside_the_library_is_not_stored():
    @store.stored
    def somewhere_else(x):
        return pd.DataFrame({"x": [x]})

    with pytest.raises(ValueError, match="changes in it go unnoticed"):
        somewhere_else(1)


# --- whose it is, and what is left behind ----------------------------------------------------


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def others_may(path):
    return stat.S_IMODE(path.stat().st_mode) & 0o077


def test_nobody_but_its_owner_can_read_what_is_stored(umask, tmp_path, monkeypatch):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path / "new" / "store"))
    with store.lock_of(ENTRY), store.being_made(ENTRY) as workshop:
        (workshop / "deep").mkdir()
        (workshop / "deep" / "result.txt").write_text("content")
        shelter = [folder for folder in workshop.parents if tmp_path in folder.parents]
        assert any(not others_may(folder) for folder in shelter), "while it is made"
    found = list((tmp_path / "new").rglob("*"))
    assert {"result.txt", "entry.json"} <= {path.name for path in found}
    assert [path.name for path in [tmp_path / "new", *found] if others_may(path)] == []


def test_a_store_of_earlier_times_is_closed_at_the_next_start():
    make(ENTRY)
    kind = ENTRY.folder.parent
    kind.chmod(0o755)
    make(store.Entry("chapters", "01-scores", digest("chapter")))
    assert not others_may(kind)


def leave():
    """Leave what a killed process leaves, long enough ago; return its folder."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "half way\n"
        process.send_signal(signal.SIGKILL)
    (left,) = unfinished()
    os.utime(left, (1e9, 1e9))
    return left


def test_what_a_killed_process_left_is_listed_and_cleared_at_the_next_start():
    left = leave()
    listed = contents.left_behind()
    assert listed["name"].tolist() == [left.name]
    assert listed["megabytes"].iloc[0] > 0
    assert listed["days_old"].iloc[0] > 1000
    make(ENTRY)
    assert unfinished() == []
    assert contents.left_behind().empty
    assert ENTRY.exists()


def test_what_is_being_made_is_no_leftover_however_long_it_takes():
    with store.being_made(ENTRY) as workshop:
        (workshop / "result.txt").write_text("content")
        (place,) = unfinished()
        os.utime(place, (1e9, 1e9))
        assert contents.left_behind().empty
        make(store.Entry("chapters", "01-scores", digest("chapter")))
        assert (workshop / "result.txt").exists()
        with pytest.raises(BadInput, match="another process works there"):
            contents.empty()
        assert (workshop / "result.txt").exists()
    assert ENTRY.exists()


def test_an_entry_without_its_facts_is_listed_and_removed():
    make(ENTRY)
    (ENTRY.folder / "entry.json").unlink()
    (store.store_folder() / "results" / "my-own").mkdir()
    assert contents.left_behind()["name"].tolist() == [ENTRY.folder.name]
    assert contents.empty() == (0, 1)
    assert [path.name for path in (store.store_folder() / "results").iterdir()] == ["my-own"]


def test_what_cannot_be_removed_is_named_and_the_rest_is_gone(monkeypatch):
    make(ENTRY)
    other = store.Entry("chapters", "01-scores", digest("chapter"))
    make(other)

    def refuse_one(path):
        if path == ENTRY.folder:
            raise PermissionError(13, "Permission denied")
        files.remove(path)

    monkeypatch.setattr(contents, "remove", refuse_one)
    with pytest.raises(BadInput) as refusal:
        contents.empty()
    assert f"results/{ENTRY.folder.name}: Permission denied" in str(refusal.value)
    assert str(store.store_folder()) not in str(refusal.value)
    assert ENTRY.exists()
    assert not other.folder.exists()
