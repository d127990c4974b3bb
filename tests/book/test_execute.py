import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from alsnb.book.execute import TIMES_AS_LONG, ChapterFailed, Job, execute, jobs_for
from alsnb.checks import BadInput
from alsnb.compute import contents, store
from alsnb.effort import EFFORTS
from alsnb.settings import top_folder

pytestmark = pytest.mark.book

HEADER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
alsnb: {data: [], minutes: 0.05}
---
# A chapter

```{code-cell}
:tags: [parameters]
seed: int = 1  # seed
```

"""


def write_chapter(folder, name, code):
    path = folder / f"{name}.md"
    path.write_text(f"{HEADER}```{{code-cell}}\n{code}\n```\n\n```{{code-cell}}\n1 + 1\n```\n")
    return path


def patient(folder, name, *, other):
    """A chapter that notes that it runs and ends only once another one runs too."""
    code = f"""\
import time
from pathlib import Path

folder = Path({str(folder)!r})
with (folder / "{name}.log").open("a") as file:
    file.write("ran\\n")
while not (folder / "{other}.log").exists():
    time.sleep(0.1)"""
    return write_chapter(folder, name, code)


def times(folder, name):
    log = folder / f"{name}.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def leftovers():
    found = store.store_folder().rglob("*")
    return [path for path in found if path.is_file() and path.suffix != ".lock"]


def test_chapters_run_in_parallel_and_each_only_once(tmp_path):
    paths = [patient(tmp_path, "01", other="02"), patient(tmp_path, "02", other="01")]
    lines = []
    executed = execute(jobs_for(paths), n_jobs=2, say=lines.append)
    assert [job.chapter.name for job in executed] == ["01", "02"]
    assert [times(tmp_path, name) for name in ("01", "02")] == [1, 1]
    jobs = jobs_for(paths)
    for job in jobs:
        assert job.record()["seconds"] > 0
        assert 20 < job.record()["peak_memory_mb"] < 4000
        assert job.notebook().cells[-1].outputs[0].data["text/plain"] == "2"
        assert "papermill" not in job.notebook().metadata
        assert job.expected_seconds() == pytest.approx(job.entry.facts()["seconds"])

    # seconds, as a busy machine may be slow to start two processes
    both = r"01 \(starting, \d+ s\), 02 \(starting, \d+ s\)"
    assert re.fullmatch(rf"chapters 0/2 \| {both} \| about \d+ s left", lines[0])
    assert lines[-1] == "chapters 2/2 | done"

    assert execute(jobs, n_jobs=2, say=lines.append) == []
    assert lines[-1] == "chapters 2/2 | done"
    assert [times(tmp_path, name) for name in ("01", "02")] == [1, 1]


def test_chapters_that_run_at_once_divide_the_cores_among_them(tmp_path, monkeypatch):
    monkeypatch.setenv("ALSNB_CORES", "4")
    shown = "from alsnb.settings import n_cores\nn_cores()"
    paths = [write_chapter(tmp_path, name, shown) for name in ("01", "02", "03")]
    jobs = jobs_for(paths)
    execute(jobs[:2], n_jobs=2, say=lambda line: None)
    execute(jobs[2:], n_jobs=2, say=lambda line: None)
    cells = [job.notebook().cells[-2] for job in jobs]
    assert [cell.outputs[0].data["text/plain"] for cell in cells] == ["2", "2", "4"]


def test_the_first_guess_of_the_time_knows_the_profile():
    assert set(TIMES_AS_LONG) == set(EFFORTS)
    path = top_folder() / "book" / "24-rnn.md"
    book, full, smoke = (Job(path, {"profile": name}) for name in ("book", "full", "smoke"))
    assert book.expected_seconds() == 60 * book.chapter.minutes
    assert full.expected_seconds() == pytest.approx(2.4 * book.expected_seconds())
    assert smoke.expected_seconds() == pytest.approx(0.35 * book.expected_seconds())


def test_one_chapter_after_the_other_waits_for_nobody(tmp_path):
    paths = [write_chapter(tmp_path, name, "1") for name in ("01", "02")]
    lines = []
    execute(jobs_for(paths), n_jobs=1, say=lines.append)
    assert any(line.startswith("chapters 1/2 | 02 (") for line in lines)
    assert not any("another process" in line for line in lines)


NOISE = {
    "import sys\nprint('to the error stream', file=sys.stderr)": "to the error stream",
    "import os\nos.write(2, b'from below');": "from below",
    "import warnings\nwarnings.warn('be warned')": "be warned",
}


def test_chapters_that_fail_are_named_with_their_cells_and_the_others_are_kept(
    tmp_path, monkeypatch
):
    # the kernel does not listen to file descriptors when it finds itself in a test
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    raising = write_chapter(tmp_path, "raising", "known = {}\nknown['missing']")
    noisy = write_chapter(tmp_path, "noisy", "\n```\n\n```{code-cell}\n".join(NOISE))
    fine = write_chapter(tmp_path, "fine", "2 + 2")
    with pytest.raises(ChapterFailed) as failed:
        execute(jobs_for([raising, noisy, fine]), n_jobs=2, say=lambda line: None)
    sentences = {text.split("'")[0]: text for text in str(failed.value).split("Chapter '")[1:]}
    assert sorted(sentences) == ["noisy", "raising"]
    assert "raising' failed. cell 2: KeyError: 'missing'" in sentences["raising"]
    assert "known['missing']" in sentences["raising"]
    assert "noisy' failed. cell 2 wrote to the error stream" in sentences["noisy"]
    for number, (code, said) in enumerate(NOISE.items(), start=2):
        assert f"cell {number} wrote to the error stream:\n" in sentences["noisy"]
        assert said in sentences["noisy"]
        assert code in sentences["noisy"]
    assert "1 + 1" not in sentences["noisy"]
    assert [Job(path).entry.exists() for path in (raising, noisy, fine)] == [False, False, True]
    assert contents.entries()["name"].tolist() == ["fine"]


# --- interruption ------------------------------------------------------------------------

WAITING = """\
import os, time
from pathlib import Path
Path({pid!r}).write_text(str(os.getpid()))
while not Path({go!r}).exists():
    time.sleep(0.1)"""

PROGRAM = """
import signal
import sys
from pathlib import Path
# a shell that runs its tests in the background lets them ignore an interruption
signal.signal(signal.SIGINT, signal.default_int_handler)
from alsnb.book.execute import execute, jobs_for
execute(jobs_for([Path(name) for name in sys.argv[1:]]), n_jobs=1)
"""


def wait_for(condition, seconds=90):
    began = time.time()
    while not condition():
        assert time.time() - began < seconds, "waited in vain"
        time.sleep(0.1)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().split()[2] != "Z"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_it_goes_on_where_it_stopped(tmp_path, sent):
    pid, go = tmp_path / "pid.txt", tmp_path / "go.txt"
    quick = patient(tmp_path, "01", other="01")
    slow = write_chapter(tmp_path, "02", WAITING.format(pid=str(pid), go=str(go)))
    command = [sys.executable, "-c", PROGRAM, str(quick), str(slow)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: pid.exists() and pid.read_text())
    process.send_signal(sent)
    assert process.wait(timeout=30) != 0

    assert [Job(path).entry.exists() for path in (quick, slow)] == [True, False]
    assert contents.entries()["name"].tolist() == ["01"]
    wait_for(lambda: not is_running(int(pid.read_text())), seconds=30)  # no kernel stays behind

    go.touch()
    executed = execute(jobs_for([quick, slow]), n_jobs=1, say=lambda line: None)
    assert [job.chapter.name for job in executed] == ["02"]
    assert times(tmp_path, "01") == 1
    assert Job(slow).entry.exists()


# --- more than one executor --------------------------------------------------------------


@contextmanager
def executed_elsewhere(job):
    """Hold a chapter's lock; give a way to say how it ended in the other process."""
    lock = store.lock_of(job.entry)
    lock.acquire()

    def end():
        with store.being_made(job.entry, given={}) as workshop:
            (workshop / "notebook.ipynb").write_text("{}")
        lock.release()

    yield end
    lock.release(force=True)


def test_a_chapter_that_another_process_executes_is_waited_for_and_not_executed(tmp_path):
    job = Job(write_chapter(tmp_path, "01", "raise RuntimeError"))
    lines = []
    with executed_elsewhere(job) as end:

        def say(line):
            lines.append(line)
            if len(lines) == 2:
                end()

        execute([job, Job(job.path)], n_jobs=2, say=say)
    assert "waiting for a chapter that another process executes" in lines[0]
    assert lines[-1] == "chapters 2/2 | done"
    assert job.entry.exists()


# --- jobs --------------------------------------------------------------------------------


def test_jobs_are_given_the_parameters_they_declare(tmp_path):
    one = write_chapter(tmp_path, "01", "seed")
    two = write_chapter(tmp_path, "02", "seed")
    two.write_text(two.read_text().replace("seed: int = 1", "rate: float = 0.5"))
    jobs = jobs_for([one, two], {"seed": 3, "rate": None})
    assert [job.given for job in jobs] == [{"seed": 3}, {}]


@pytest.mark.parametrize("given", [{"sed": 3}, {"seed": "three"}])
def test_parameters_that_no_chapter_can_take_are_refused_before_anything_runs(tmp_path, given):
    with pytest.raises(BadInput, match=r"seed: int = 1 \(seed\)"):
        jobs_for([write_chapter(tmp_path, "01", "seed")], given)
    assert leftovers() == []
