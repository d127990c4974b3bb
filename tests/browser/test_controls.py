"""Negative controls: every check finds the fault it is there for, and only where it is."""

import json
from collections.abc import Callable
from pathlib import Path

import browser_checks
import html_checks
import pytest
from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

LABEL = '<p class="alsnb-label"><strong>Data</strong> none. run <code>0123456789</code>.</p>'
FOOT = "<footer>This book was built on: no data set. run 0123456789</footer>"
SOUND = "<h1>Title</h1>" + LABEL + "<p>Some words.</p>"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
ICON = f'<link rel="icon" href="{PIXEL}">'


def write_page(folder: Path, article: str, *, foot: str = FOOT) -> Path:
    page = folder / "page.html"
    page.write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>T</title>{ICON}</head>'
        f'<body><main><article class="bd-article">{article}</article></main>{foot}</body></html>',
        encoding="utf-8",
    )
    return page


def write_notebook(folder: Path, *outputs: dict) -> Path:
    notebook = folder / "page.ipynb"
    cell = {"cell_type": "code", "outputs": list(outputs)}
    notebook.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    return notebook


def declared(kind: str, title: str) -> dict:
    return {"metadata": {"alsnb": {"source": {"kind": kind, "title": title}}}}


# --- checks of files ---------------------------------------------------------------------

FILE_CHECKS = {
    "links": lambda page: html_checks.broken_links(page.parent, page),
    "remote": html_checks.remote_resources,
    "words": html_checks.wordless_pictures,
    "captions": html_checks.uncaptioned_figures,
    "label": lambda page: html_checks.unlabelled(page, computes=True),
    "tex": html_checks.raw_tex,
    "roles": html_checks.withdrawn_roles,
    "foot": html_checks.unsigned,
}

CAPTION = "<figcaption>Words.</figcaption>"

FAULTS_IN_FILES = [
    ("links", SOUND + '<a href="nowhere.html">x</a>', "leads to no file"),
    ("links", SOUND + '<a href="page.html#nowhere">x</a>', "no such place"),
    ("links", SOUND + '<a href="#nowhere">x</a>', "no such place"),
    ("links", SOUND + '<img src="_images/gone.svg" alt="A line">', "leads to no file"),
    ("remote", SOUND + '<script src="https://cdn.example/x.js"></script>', "fetches"),
    ("remote", SOUND + '<link rel="stylesheet" href="//cdn.example/x.css">', "fetches"),
    ("remote", SOUND + '<script>const A = "https://cdn.example";</script>', "a script names"),
    ("words", SOUND + f'<img src="{PIXEL}">', "no alternative text"),
    ("words", SOUND + f'<img alt=" " src="{PIXEL}">', "no alternative text"),
    ("words", SOUND + '<img alt="_images/ab12.svg" src="_images/ab12.svg">', "is a file name"),
    ("words", SOUND + '<img alt="figure.png" src="ab12.svg">', "is a file name"),
    ("captions", SOUND + f'<img alt="A line" src="{PIXEL}">', "stands in no figure"),
    ("captions", SOUND + f'<figure><img alt="A" src="{PIXEL}"></figure>', "has no caption"),
    (
        "captions",
        '<figure><figcaption><span class="caption-number">Fig. 1</span>'
        '<span class="caption-text"> </span></figcaption></figure>',
        "has no caption",
    ),
    ("label", "<h1>Title</h1>", "0 labels"),
    ("label", SOUND + LABEL, "2 labels"),
    ("label", '<p class="alsnb-label">run <code>0123456789</code></p>', "names no data"),
    ("label", '<p class="alsnb-label"><strong>Data</strong> none.</p>', "names no run"),
    ("tex", SOUND + r"<p>The share \frac{a}{b}.</p>", "the text holds"),
    ("tex", SOUND + "<p>The slope $b_1$ is.</p>", "the text holds"),
    ("tex", SOUND + r"<p>\(x\)</p>", "the text holds"),
    ("tex", SOUND + r"<math><mi>\undefined</mi></math>", "a formula holds"),
    ("tex", SOUND + "<math><mi>a</mi><mi>&amp;</mi></math>", "a formula holds"),
    ("tex", SOUND + '<span class="math notranslate">x</span>', "waits for a script"),
    ("roles", SOUND + '<div role="doc-biblioentry">x</div>', "is withdrawn"),
]


@pytest.mark.parametrize("check", FILE_CHECKS)
def test_a_sound_file_passes(check: str, tmp_path: Path) -> None:
    code = "<pre><code>cost = r'$x$ \\frac'</code></pre><math><mi>x</mi></math>"
    figure = f'<figure id="f"><img alt="A line" src="{PIXEL}">{CAPTION}</figure>'
    links = '<a href="#f">x</a> <a href="page.html">y</a> <a href="https://example.org/#z">z</a>'
    page = write_page(tmp_path, SOUND + code + figure + links)
    assert FILE_CHECKS[check](page) == []


@pytest.mark.parametrize(("check", "article", "sentence"), FAULTS_IN_FILES)
def test_a_fault_in_a_file_is_found(
    check: str, article: str, sentence: str, tmp_path: Path
) -> None:
    problems = FILE_CHECKS[check](write_page(tmp_path, article))
    assert len(problems) == 1
    assert sentence in problems[0]


@pytest.mark.parametrize(
    ("foot", "sentence"),
    [
        ("<footer>run 0123456789</footer>", "names no data"),
        ("<footer>This book was built on: no data set.</footer>", "names no run"),
    ],
)
def test_an_unsigned_page_is_found(foot: str, sentence: str, tmp_path: Path) -> None:
    problems = html_checks.unsigned(write_page(tmp_path, SOUND, foot=foot))
    assert len(problems) == 1
    assert sentence in problems[0]


def test_a_chapter_without_downloads_is_found(tmp_path: Path) -> None:
    problems = html_checks.missing_downloads(write_page(tmp_path, SOUND))
    offers = [problem.split("offers ")[1] for problem in problems]
    assert offers == ["no .ipynb file", "no .md file"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"cells": [{"cell_type": "code", "outputs": []}]}', "holds no outputs"),
        ('{"cells": [', "is not a notebook"),
        (None, "is not a notebook"),
    ],
)
def test_an_unusable_notebook_is_found(content: str | None, sentence: str, tmp_path: Path) -> None:
    links = '<a href="n.ipynb">notebook</a><a href="n.md">text</a>'
    menu = f'<div class="dropdown-download-buttons">{links}</div>'
    (tmp_path / "n.md").write_text("# Title", encoding="utf-8")
    if content is not None:
        (tmp_path / "n.ipynb").write_text(content, encoding="utf-8")
    problems = html_checks.missing_downloads(write_page(tmp_path, SOUND + menu))
    assert len(problems) == 1
    assert sentence in problems[0]


def test_a_label_that_keeps_quiet_about_made_up_data_is_found(tmp_path: Path) -> None:
    page = write_page(tmp_path, SOUND)
    notebook = write_notebook(tmp_path, declared("stand-in", "Made-up patients"))
    problems = html_checks.mislabelled(page, notebook)
    assert len(problems) == 2
    assert "is silent on 'Made-up patients'" in problems[0]
    assert "look real" in problems[1]


def test_a_label_that_agrees_passes(tmp_path: Path) -> None:
    label = '<p class="alsnb-label alsnb-not-real"><strong>Data</strong> Made-up patients.</p>'
    notebook = write_notebook(tmp_path, declared("stand-in", "Made-up patients"), {})
    assert html_checks.mislabelled(write_page(tmp_path, label), notebook) == []


# --- checks in the browser ---------------------------------------------------------------

WIDE = '<div style="width: 3000px">wide</div>'
SCROLLER = f'<div style="overflow-x: auto; width: 100px">{WIDE}</div>'
FOLDED = f"<details><summary>More</summary>{SCROLLER}</details>"
REACHABLE = SCROLLER.replace("<div ", '<div tabindex="0" ', 1)
TABLE = f"<table><caption>Long words</caption><tr><td>{WIDE}</td></tr></table>"
DARK_ON_DARK = '<p style="color: #222; background: #000">Hard to read.</p>'
PICTURE = f'<img alt="A line" src="{PIXEL}" style="background: '

BROWSER_FAULTS = [
    (browser_checks.noises, "<script>console.error('broken')</script>", "broken"),
    (browser_checks.noises, "<script>console.warn('careful')</script>", "careful"),
    (browser_checks.noises, "<script>throw new Error('thrown')</script>", "thrown"),
    (browser_checks.foreign_requests, '<img alt="x" src="http://a.example/x">', "a.example"),
    (browser_checks.foreign_requests, "<script>fetch('//a.example/')</script>", "a.example"),
    (browser_checks.refused_requests, '<img alt="x" src="gone.png">', "gone.png (404)"),
    (browser_checks.sideways_scroll, WIDE, "px wide"),
    (browser_checks.cut_off, f'<div style="overflow: hidden">{WIDE}</div>', "is cut off"),
    (browser_checks.barriers, f'<img src="{PIXEL}">', "image-alt (critical)"),
    (browser_checks.barriers, DARK_ON_DARK, "color-contrast (serious)"),
    (browser_checks.barriers, SCROLLER, "scrollable-region-focusable"),
    (browser_checks.barriers, '<div role="list"><p role="note">x</p></div>', "aria-required-child"),
    (browser_checks.unreachable_areas, SCROLLER, "no key gets there"),
    (browser_checks.captions_carried_off, REACHABLE.replace(WIDE, TABLE), "'Long words' goes off"),
    (browser_checks.dark_grounds, PICTURE + '#222">', "no opaque light ground"),
    (browser_checks.dark_grounds, PICTURE + 'transparent">', "no opaque light ground"),
    (browser_checks.unseen_formulas, "<math style='display: none'><mi>x</mi></math>", "'x'"),
]

Window = Callable[[str], BrowserContext]


def test_a_sound_page_passes(tmp_path: Path, serve: Callable, window: Window) -> None:
    page = write_page(tmp_path, SOUND + REACHABLE + PICTURE + '#fff"><math><mi>x</mi></math>')
    with browser_checks.visiting(window("light"), serve(tmp_path) + page.name) as visit:
        problems = [p for check in {fault[0] for fault in BROWSER_FAULTS} for p in check(visit)]
    assert problems == []


@pytest.mark.parametrize(("check", "article", "sentence"), BROWSER_FAULTS)
def test_a_fault_on_a_page_is_found(
    check: Callable, article: str, sentence: str, tmp_path: Path, serve: Callable, window: Window
) -> None:
    page = write_page(tmp_path, SOUND + article)
    with browser_checks.visiting(window("light"), serve(tmp_path) + page.name) as visit:
        problems = check(visit)
    assert len(problems) == 1
    assert sentence in problems[0]


def test_a_fault_in_a_fold_is_found_once_it_is_open(
    tmp_path: Path, serve: Callable, window: Window
) -> None:
    address = serve(tmp_path) + write_page(tmp_path, SOUND + FOLDED).name
    with browser_checks.visiting(window("light"), address, width=390) as visit:
        before = browser_checks.unreachable_areas(visit)
        browser_checks.unfold(visit)
        after = browser_checks.unreachable_areas(visit)
    assert before == []
    assert len(after) == 1
