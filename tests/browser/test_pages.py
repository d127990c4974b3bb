"""Every page of the built book, opened in a browser: by day, by night, on a telephone."""

from collections.abc import Callable
from pathlib import Path

import browser_checks as checks
import pytest
from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

NARROW, MIDDLE, WIDE = 390, 1024, 1280

AT_ALL_WIDTHS = ("index.html", "25-comparison.html", "genindex.html")
"""Pages of each kind that are looked at from telephone to desk; the others at one width a theme."""

Window = Callable[[str], BrowserContext]


def everything_seen(visit: checks.Visit) -> list[str]:
    return [
        *checks.sideways_scroll(visit),
        *checks.cut_off(visit),
        *checks.unreachable_areas(visit),
        *checks.captions_carried_off(visit),
        *checks.barriers(visit),
    ]


def everything_heard(visit: checks.Visit) -> list[str]:
    """Ask last: what a page asks for late counts as well."""
    return [*checks.noises(visit), *checks.foreign_requests(visit), *checks.refused_requests(visit)]


def seen_at(visit: checks.Visit, width: int) -> list[str]:
    checks.resize(visit, width)
    return [f"at {width} px: {problem}" for problem in everything_seen(visit)]


def theme_of(visit: checks.Visit) -> str:
    return visit.page.evaluate("document.documentElement.dataset.theme")


def test_page_by_day_unfolded_and_made_wider(
    page_name: str, book: Path, serve: Callable, window: Window
) -> None:
    with checks.visiting(window("light"), serve(book) + page_name, width=NARROW) as visit:
        assert theme_of(visit) == "light"
        checks.unfold(visit)
        problems = checks.unseen_formulas(visit)
        widths = (NARROW, MIDDLE, WIDE) if page_name in AT_ALL_WIDTHS else (NARROW,)
        problems += [p for width in widths for p in seen_at(visit, width)]
        problems += everything_heard(visit)
    assert problems == []


def test_page_by_night_as_loaded_and_made_narrower(
    page_name: str, book: Path, serve: Callable, window: Window
) -> None:
    with checks.visiting(window("dark"), serve(book) + page_name, width=WIDE) as visit:
        assert theme_of(visit) == "dark"
        problems = checks.dark_grounds(visit)
        widths = (WIDE, MIDDLE, NARROW) if page_name in AT_ALL_WIDTHS else (WIDE,)
        problems += [p for width in widths for p in seen_at(visit, width)]
        problems += everything_heard(visit)
    assert problems == []


def test_choice_of_theme_outlives_the_page(book: Path, serve: Callable, window: Window) -> None:
    with checks.visiting(window("light"), serve(book) + "index.html") as visit:
        visit.page.evaluate("localStorage.setItem('mode', 'dark')")
        visit.page.reload()
        theme = theme_of(visit)
        visit.page.evaluate("localStorage.clear()")
    assert theme == "dark"


def test_search_finds_a_page_and_shows_its_words(
    book: Path, serve: Callable, window: Window
) -> None:
    with checks.visiting(window("light"), serve(book) + "search.html?q=alsnb") as visit:
        visit.page.wait_for_selector("#search-results li a")
        visit.page.wait_for_selector("#search-results li p.context")
        problems = everything_seen(visit) + everything_heard(visit)
    assert problems == []
