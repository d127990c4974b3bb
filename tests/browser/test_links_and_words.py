"""Every page of the built book, read as a file: where its links lead and what it says."""

import json
from pathlib import Path

import html_checks as checks
import pytest

from alsnb.book.chapters import is_chapter

pytestmark = pytest.mark.browser


def source_of(page: Path) -> Path:
    """Return the text a page was made from; pages that Sphinx adds have none."""
    return page.parent / "_sources" / f"{page.stem}.md"


def test_links_lead_somewhere(page_name: str, book: Path) -> None:
    assert checks.broken_links(book, book / page_name) == []


def test_nothing_comes_from_elsewhere(page_name: str, book: Path) -> None:
    assert checks.remote_resources(book / page_name) == []


def test_pictures_have_words(page_name: str, book: Path) -> None:
    page = book / page_name
    assert checks.wordless_pictures(page) + checks.uncaptioned_figures(page) == []


def test_formulas_are_mathml(page_name: str, book: Path) -> None:
    assert checks.raw_tex(book / page_name) == []


def test_roles_are_those_of_today(page_name: str, book: Path) -> None:
    assert checks.withdrawn_roles(book / page_name) == []


def test_page_says_what_it_was_built_on(page_name: str, book: Path) -> None:
    page = book / page_name
    problems = checks.unsigned(page)
    if source_of(page).is_file():
        problems += checks.unlabelled(page, computes=is_chapter(source_of(page)))
    assert problems == []


def chapters_in(book: Path) -> list[Path]:
    return [page for page in sorted(book.glob("*.html")) if is_chapter(source_of(page))]


def test_chapters_can_be_taken_along(book: Path) -> None:
    chapters = chapters_in(book)
    assert chapters
    assert [problem for page in chapters for problem in checks.missing_downloads(page)] == []


def test_labels_agree_with_the_notebooks(book: Path) -> None:
    pages = {page: source_of(page).with_suffix(".ipynb") for page in chapters_in(book)}
    problems = [p for page, notebook in pages.items() for p in checks.mislabelled(page, notebook)]
    assert problems == []


def test_notebooks_name_no_folder_of_the_builder(book: Path) -> None:
    here = str(Path(__file__).parents[2])
    for page in chapters_in(book):
        notebook = source_of(page).with_suffix(".ipynb").read_text(encoding="utf-8")
        assert here not in json.dumps(json.loads(notebook))
