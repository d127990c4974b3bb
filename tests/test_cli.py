import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from alsnb import cli
from alsnb.book import chapters, execute, runs
from alsnb.book.chapters import book_chapters, read_chapter
from alsnb.compute import cluster, contents, sharing, store
from alsnb.compute.digests import digest
from alsnb.compute.sharing import SCHEDULER_VARIABLE
from alsnb.tables import dream

CHAPTER = next(
    path.stem
    for path in book_chapters()
    if {"profile", "seed"} <= set(read_chapter(path).parameters)
)


def typed(*words):
    return CliRunner().invoke(cli.commands, list(words))


def ended(monkeypatch, capsys, *words):
    """Run the command as installed; return its exit status and what it wrote to the errors."""
    monkeypatch.setattr(sys, "argv", ["alsnb", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code or 0, capsys.readouterr().err


@pytest.fixture(autouse=True)
def nothing_is_executed(monkeypatch):
    """Chapters are executed elsewhere; here only what is asked for matters."""
    asked = []
    monkeypatch.setattr(execute, "execute", lambda jobs, n_jobs: asked.append((jobs, n_jobs)))
    monkeypatch.setattr(runs, "assemble", lambda jobs, out: out)
    return asked


def test_all_chapters_are_run_in_their_order_unless_some_are_named(nothing_is_executed, tmp_path):
    assert typed("run", "--out", str(tmp_path / "run")).exit_code == 0
    assert typed("run", "--profile", "smoke", "--jobs", "1", CHAPTER).exit_code == 0
    (every, _), (named, n_jobs) = nothing_is_executed
    assert [job.path for job in every] == book_chapters()
    assert [job.chapter.name for job in named] == [CHAPTER]
    assert named[0].given["profile"] == "smoke"
    assert n_jobs == 1


def test_parameters_reach_the_chapters_as_the_type_they_declare(nothing_is_executed, tmp_path):
    out = str(tmp_path / "run")
    said = typed("run", CHAPTER, "-p", "seed", "3", "--out", out)
    assert said.exit_code == 0, said.output
    ((jobs, _),) = nothing_is_executed
    assert jobs[0].given == {"profile": "book", "seed": 3}


def test_the_chapters_find_the_scheduler_in_their_environment_and_not_in_their_keys(
    nothing_is_executed, monkeypatch, tmp_path
):
    out = str(tmp_path / "run")
    monkeypatch.setenv(SCHEDULER_VARIABLE, "")
    typed("run", CHAPTER, "--out", out)
    assert os.environ[SCHEDULER_VARIABLE] == ""
    monkeypatch.setattr(sharing, "check_scheduler", lambda address: 2)
    said = typed("run", CHAPTER, "--out", out, "--scheduler", "tcp://10.0.0.1:8786")
    assert said.exit_code == 0, said.output
    assert "2 workers of tcp://10.0.0.1:8786" in said.output
    assert os.environ[SCHEDULER_VARIABLE] == "tcp://10.0.0.1:8786"
    ((here,), _), ((there,), _) = nothing_is_executed
    assert here.entry == there.entry


def test_nothing_is_started_without_the_scheduler_that_was_asked_for(
    nothing_is_executed, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 1)
    asked = ["--scheduler", "tcp://127.0.0.1:9", "--out", str(tmp_path / "run")]
    status, said = ended(monkeypatch, capsys, "run", CHAPTER, *asked)
    assert status == 2
    assert said.startswith("alsnb: The Dask scheduler 'tcp://127.0.0.1:9': expected an address")
    assert nothing_is_executed == []


def test_the_run_says_where_it_is(tmp_path):
    assert str(tmp_path / "run") in typed("run", CHAPTER, "--out", str(tmp_path / "run")).output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-p", "sed", "3"], "found 'sed'"),
        ([CHAPTER, "-p", "seed", "abc"], "found 'abc' of type str"),
        (["no-such-chapter"], "found 'no-such-chapter'"),
        (["--out", str(Path(__file__).parent)], "found other files"),
    ],
)
def test_what_cannot_be_run_ends_with_2_and_a_sentence(
    nothing_is_executed, monkeypatch, capsys, words, sentence
):
    status, said = ended(monkeypatch, capsys, "run", *words)
    assert status == 2
    assert said.startswith("alsnb: ")
    assert sentence in said
    assert "Traceback" not in said
    assert nothing_is_executed == []


def test_a_chapter_that_fails_ends_with_2_and_its_sentence(monkeypatch, capsys, tmp_path):
    def fail(jobs, n_jobs):
        raise execute.ChapterFailed("Chapter '01-scores' failed. cell 3: KeyError: 'r'")

    monkeypatch.setattr(execute, "execute", fail)
    status, said = ended(monkeypatch, capsys, "run", "--out", str(tmp_path / "run"))
    assert (status, said) == (2, "alsnb: Chapter '01-scores' failed. cell 3: KeyError: 'r'\n")


def test_chapters_and_their_parameters_are_listed(nothing_is_executed):
    said = typed("run", "--list")
    assert said.exit_code == 0
    for path in book_chapters():
        chapter = read_chapter(path)
        assert chapter.name in said.output.splitlines()
        for parameter in chapter.parameters.values():
            assert str(parameter) in said.output
    assert nothing_is_executed == []


def test_the_store_is_listed_and_emptied():
    assert "The store is empty." in typed("store").output
    entry = store.Entry("results", "toy", digest("toy"))
    with store.being_made(entry) as workshop:
        (workshop / "frame.txt").write_text("x")
    said = typed("store").output
    assert "toy" in said
    assert "1 results" in said
    assert "Removed 1 stored results and 0 leftovers." in typed("store", "--empty").output
    assert not entry.exists()


def test_data_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr(dream, "fetch_dream", lambda: tmp_path / "casi_als.csv.gz")
    assert "casi_als.csv.gz" in typed("fetch", "dream2012").output
    assert typed("fetch", "proact").exit_code == 2


def test_every_command_explains_itself():
    said = typed("--help").output
    for name, command in cli.commands.commands.items():
        assert name in said
        assert command.help
        assert typed(name, "--help").exit_code == 0
    assert typed("--version").exit_code == 0


def test_help_costs_nothing_but_click():
    heavy = ("numpy", "pandas", "pyarrow", "sklearn", "matplotlib", "keras", "yaml", "nbformat")
    look = f"""
import sys
from click.testing import CliRunner
from alsnb import cli
assert CliRunner().invoke(cli.commands, ["--help"]).exit_code == 0
print([name for name in {heavy} if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_commands_of_the_book_say_that_they_need_a_checkout(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(chapters, "top_folder", lambda: tmp_path)
    status, said = ended(monkeypatch, capsys, "run", "--list")
    assert status == 2
    assert said.startswith("alsnb: The book: expected a checkout of the project")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No", "/home/me/secret/out.csv"), "'out.csv': .* without room"),
        (OSError("short write"), "A file or folder: .* a failure of the disk or the system"),
        (PermissionError(errno.EACCES, "No", b"/home/me/secret/x"), "'x': .* no permission"),
        (MemoryError(), "The machine: expected enough memory"),
    ],
)
def test_what_the_system_will_not_do_ends_with_2_and_a_sentence(monkeypatch, capsys, error, told):
    def fail():
        raise error

    monkeypatch.setattr(contents, "entries", fail)
    status, said = ended(monkeypatch, capsys, "store")
    assert status == 2
    assert re.match(f"alsnb: {told}", said)
    assert "secret" not in said
    assert "Traceback" not in said


def test_a_fault_of_the_program_is_not_hidden(monkeypatch):
    def fail():
        raise ValueError("a fault")

    monkeypatch.setattr(contents, "entries", fail)
    monkeypatch.setattr(sys, "argv", ["alsnb", "store"])
    with pytest.raises(ValueError, match="a fault"):
        cli.main()
