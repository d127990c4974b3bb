import os
import re

import pytest
from small_project import write_project

from alsnb.settings import top_folder

pytestmark = pytest.mark.slow


def _builds(folder):
    """Build the small book again and again, with one change each time."""
    project, steps = write_project(folder), {}

    def build(name):
        ran = project.run("jupyter-book", "build", "book")
        page = project.top / "_build" / "html" / "01-first.html"
        steps[name] = {
            "status": ran.returncode,
            "said": re.sub(r"\x1b\[[0-9;]*m", "", ran.stdout),
            "executed": project.executed(),
            "page": page.read_text() if page.exists() else "",
        }

    build("first")
    build("second")

    project.edit("book/01-first.md", "as an old sentence says", "as a new sentence says")
    project.edit("book/01-first.md", "An old caption", "A new caption")
    build("words")

    project.edit("alsnb/toy.py", "2 * x", "3 * x")
    build("library")

    project.edit("book/index.md", "A small book.", "See {ref}`no-such-place`.")
    build("warning")

    project.edit("book/index.md", "See {ref}`no-such-place`.", "A small book.")
    project.edit("book/01-first.md", "double(seed)", "double(missing)")
    project.edit("book/02-second.md", "1 + 1", "import sys\nprint('oh', file=sys.stderr)")
    build("failing")
    return steps


@pytest.fixture(scope="module")
def builds(once):
    """What each build said, which chapters were executed by then, and the first page."""
    return once("builds", _builds)[1]


def words_of(build):
    """The page as read: without its elements."""
    return re.sub(r"<[^>]+>", "", build["page"])


def test_a_build_without_flags_ends_with_0_and_executes_each_chapter_once(builds):
    first = builds["first"]
    assert first["status"] == 0, first["said"]
    assert sorted(first["executed"]) == ["01-first", "02-second"]
    assert "The value is 2.0, as an old sentence says." in words_of(first)
    assert "An old caption" in first["page"]
    assert 'alt="A line up to 1."' in first["page"]
    assert ">a|b<" in first["page"], "a cell of the table was interpreted"
    assert "none: this page computes on no data set" in first["page"]


def test_the_second_build_executes_nothing_and_reads_nothing(builds):
    second = builds["second"]
    assert second["status"] == 0
    assert second["executed"] == builds["first"]["executed"]
    assert "0 added, 0 changed, 0 removed" in second["said"]
    assert second["page"] == builds["first"]["page"]


def test_changed_words_update_the_page_and_execute_nothing(builds):
    words = builds["words"]
    assert words["status"] == 0, words["said"]
    assert words["executed"] == builds["first"]["executed"]
    assert "0 added, 1 changed, 0 removed" in words["said"]
    assert "The value is 2.0, as a new sentence says." in words_of(words)
    assert "A new caption" in words["page"]
    assert 'alt="A line up to 1."' in words["page"]


def test_a_changed_library_executes_what_imports_it_and_updates_the_page(builds):
    library = builds["library"]
    assert library["status"] == 0, library["said"]
    assert library["executed"][2:] == ["01-first"]
    # all pages, since each names the run of the book at its foot
    assert "0 added, 3 changed, 0 removed" in library["said"]
    assert "The value is 3.0, as a new sentence says." in words_of(library)


def test_a_warning_ends_the_build_with_an_error(builds):
    assert builds["warning"]["status"] != 0
    assert "no-such-place" in builds["warning"]["said"]
    assert builds["warning"]["executed"] == builds["library"]["executed"]


def test_cells_that_fail_or_write_to_the_error_stream_end_the_build_with_an_error(builds):
    failing = builds["failing"]
    assert failing["status"] != 0
    assert "Chapter '01-first' failed. cell" in failing["said"]
    assert "name 'missing' is not defined" in failing["said"]
    assert "Chapter '02-second' failed. cell 2 wrote to the error stream" in failing["said"]
    assert failing["page"] == builds["library"]["page"], "an unfinished page took its place"


# --- the book as it is -------------------------------------------------------------------


def test_both_tables_of_contents_are_one_file():
    top, book = top_folder() / "_toc.yml", top_folder() / "book" / "_toc.yml"
    assert book.is_symlink(), (
        "book/_toc.yml is not a link to _toc.yml any more. Make it one again: "
        "'ln -sf ../_toc.yml book/_toc.yml' (on Windows, switch on git's core.symlinks first)."
    )
    assert not os.path.isabs(os.readlink(book)), "book/_toc.yml names a folder of one machine"
    assert book.samefile(top), "book/_toc.yml links to another file than the top folder's _toc.yml"
