import hashlib
import json
import signal
import sys
from dataclasses import dataclass, field

import pytest
from small_project import write_project

from alsnb.book.compare import compare, read_outcome
from alsnb.book.runs import _check_names, check_is_free
from alsnb.book.unpack import Shown
from alsnb.checks import BadInput

pytestmark = pytest.mark.book

KILLED = """
import os, signal, sys
from pathlib import Path
from alsnb.book import runs
from alsnb.book.chapters import book_chapters
from alsnb.book.execute import jobs_for

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(runs, sys.argv[1], die)
runs.assemble(jobs_for(book_chapters(), {"profile": "smoke"}), Path(sys.argv[2]))
"""


def _runs(folder):
    project, said, executed = write_project(folder), {}, {}

    def step(name, *words):
        ran = project.alsnb("run", *words)
        said[name], executed[name] = [ran.returncode, ran.stdout], project.executed()

    step("first", "--profile", "smoke", "--out", "runs/first")
    step("again", "--profile", "smoke", "--out", "runs/again")
    step("same place", "--profile", "smoke", "--out", "runs/again")
    step("other seed", "01-first", "--profile", "smoke", "-p", "seed", "2", "--out", "runs/seed")
    step("no profile", "02-second", "--out", "runs/second")
    step("taken", "--profile", "smoke", "--out", "book")
    for name, out in (("_check_names", "killed"), ("_manifest", "again")):
        ran = project.run(sys.executable, "-c", KILLED, name, f"runs/{out}")
        said[f"killed in {name}"] = [ran.returncode, ran.stdout]
    return {"said": said, "executed": executed}


@pytest.fixture(scope="module")
def runs(once):
    """A project in which runs were made, and what the commands said."""
    return once("runs", _runs)


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files(folder):
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path for path in found}


def test_a_run_holds_its_notebooks_tables_figures_and_values(runs):
    folder, facts = runs
    status, said = facts["said"]["first"]
    assert status == 0, said
    assert set(files(folder / "runs" / "first")) == {
        "manifest.json",
        "values.json",
        "spread.json",
        "notebooks/01-first.ipynb",
        "notebooks/02-second.ipynb",
        "tables/toy.csv",
        "figures/line.svg",
        "figures/line.png",
    }
    first = folder / "runs" / "first"
    assert json.loads((first / "values.json").read_text()) == {"doubled": 2}
    assert json.loads((first / "spread.json").read_text())["values"] == {"doubled": 0.5}
    assert (first / "tables" / "toy.csv").read_text().startswith("model,x,n\na|b,0.333")
    assert (first / "figures" / "line.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (first / "figures" / "line.svg").read_text()


def test_the_manifest_says_what_was_computed_and_from_what(runs):
    found = manifest(runs[0] / "runs" / "first")
    first = found["chapters"]["01-first"]
    assert first["parameters"] == {
        "profile": "smoke",
        "seed": 1,
        "rate": 0.5,
        "word": "a",
        "strict": False,
    }
    assert first["seeds"] == {"seed": 1}
    assert (first["values"], first["tables"]) == (["doubled"], ["toy"])
    assert first["figures"] == {"line": "A line up to 1."}
    for chapter in found["chapters"].values():
        assert chapter["seconds"] > 0
        assert 20 < chapter["peak_memory_mb"] < 4000
        assert len(chapter["key"]) == 64
    assert list(found["chapters"]) == ["01-first", "02-second"]
    assert {"numpy", "pandas", "scikit-learn", "keras", "papermill"} <= set(found["packages"])
    assert found["python"] == sys.version.split()[0]
    assert found["commit"] == "unknown"  # the copy is no repository
    assert len(found["run"]) == 10
    assert found["data"] == {}


def test_the_manifest_has_the_digest_of_every_file(runs):
    folder = runs[0] / "runs" / "first"
    there = {name: sha256(path) for name, path in files(folder).items() if name != "manifest.json"}
    assert manifest(folder)["files"] == there


def test_the_same_run_again_executes_nothing_and_is_the_same_byte_for_byte(runs):
    folder, facts = runs
    assert facts["executed"]["first"] == facts["executed"]["same place"]
    assert sorted(facts["executed"]["first"]) == ["01-first", "02-second"]
    one, two = files(folder / "runs" / "first"), files(folder / "runs" / "again")
    assert set(one) == set(two)
    for name in one:
        if name != "manifest.json":
            assert one[name].read_bytes() == two[name].read_bytes(), name


def test_a_chapter_without_a_profile_is_run_too(runs):
    folder, facts = runs
    assert facts["said"]["no profile"][0] == 0, facts["said"]["no profile"][1]
    assert list(manifest(folder / "runs" / "second")["chapters"]) == ["02-second"]


def test_another_seed_is_executed_and_compared(runs):
    folder, facts = runs
    assert facts["said"]["other seed"][0] == 0, facts["said"]["other seed"][1]
    assert facts["executed"]["other seed"][2:] == ["01-first"]
    a, b = (read_outcome(folder / "runs" / name) for name in ("first", "seed"))
    moved = compare(a, b).set_index("where")
    assert sorted(moved.index) == ["doubled", "toy[mean, x]"]
    assert moved.loc["doubled", "difference"] == 2
    assert moved.loc["doubled", "verdict"] == "beyond the seed-to-seed spread"
    assert moved.loc["toy[mean, x]", "seed_sd"] == 0.25
    assert compare(a, read_outcome(folder / "runs" / "again")).empty


def test_a_run_killed_while_it_is_put_together_is_not_there(runs):
    folder, facts = runs
    assert facts["said"]["killed in _check_names"][0] == -signal.SIGKILL
    assert not (folder / "runs" / "killed").exists()
    with pytest.raises(BadInput, match="found nothing there"):
        read_outcome(folder / "runs" / "killed")


def test_a_run_killed_before_it_replaces_an_earlier_one_leaves_that_one(runs):
    folder, facts = runs
    assert facts["said"]["killed in _manifest"][0] == -signal.SIGKILL
    again = folder / "runs" / "again"
    assert manifest(again)["files"] == manifest(folder / "runs" / "first")["files"]


def test_a_run_does_not_take_the_place_of_other_files(runs):
    folder, facts = runs
    status, said = facts["said"]["taken"]
    assert status == 2
    assert "alsnb: 'book': expected a new folder" in said
    assert (folder / "book" / "01-first.md").exists()


def test_where_a_run_may_be_written(tmp_path):
    check_is_free(tmp_path / "new")
    check_is_free(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")  # as many other programs write
    with pytest.raises(BadInput, match="found other files"):
        check_is_free(tmp_path)
    for name in ("values.json", "spread.json"):
        (tmp_path / name).write_text("{}")
    check_is_free(tmp_path)
    with pytest.raises(BadInput, match="found other files"):
        check_is_free(tmp_path / "values.json")


@dataclass
class FakeEntry:
    key: str


@dataclass
class FakeJob:
    """As much of a job as names need."""

    name: str
    entry: FakeEntry = field(init=False)

    def __post_init__(self):
        self.entry = FakeEntry(self.name)
        self.chapter = self


def test_two_chapters_may_not_show_things_under_one_name():
    jobs = [FakeJob("01"), FakeJob("02")]
    _check_names(jobs, [Shown(values={"r": {}}), Shown(tables={"r": ""})])
    with pytest.raises(BadInput, match=r"'02': expected names for its tables .* 'scores'"):
        _check_names(jobs, [Shown(tables={"scores": ""}), Shown(tables={"scores": ""})])
