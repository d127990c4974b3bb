"""What can be seen wrong in a built page without opening it: one function per promise.

Every function returns one sentence per problem, so that an empty list is a page in order and
a negative control can ask for exactly the sentence it provoked.
"""

import functools
import json
import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

RUN = re.compile(r"\b[Rr]un [0-9a-f]{10}\b")
TEX = re.compile(r"\\[A-Za-z]{2,}|\\[(\[]|\$\$|\$[^\s$][^$\n]*\$")
FILE_NAME = re.compile(r"\S+\.\w{2,4}")
NOT_PROSE = ["code", "pre", "math", "script", "style"]
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
"""Elements whose address the browser fetches by itself, and the attribute that holds it."""


@functools.lru_cache(maxsize=64)
def soup_of(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@functools.lru_cache(maxsize=64)
def targets_in(page: Path) -> frozenset[str]:
    named = soup_of(page).find_all(lambda tag: tag.get("id") or tag.get("name"))
    return frozenset(str(tag.get(key)) for tag in named for key in ("id", "name") if tag.get(key))


def article_of(page: Path) -> Tag:
    soup = soup_of(page)
    return soup.find("article", class_="bd-article") or soup.body or soup


# --- links and downloads -----------------------------------------------------------------


def addresses_in(page: Path) -> set[str]:
    tags = soup_of(page).find_all(["a", *LOADED])
    found = {tag.get(LOADED.get(tag.name, "href")) for tag in tags}
    return {str(address) for address in found if address}


def broken_links(folder: Path, page: Path) -> list[str]:
    """Say which addresses inside the book lead nowhere, or to a place that is not on its page."""
    problems = [_broken(folder, page, address) for address in sorted(addresses_in(page))]
    return [f"{page.name}: {problem}" for problem in problems if problem]


def _broken(folder: Path, page: Path, address: str) -> str:
    if urlsplit(address).scheme or address.startswith("//"):
        return ""
    here = page.relative_to(folder).as_posix()
    parts = urlsplit(urljoin(f"/{here}", address))
    file = folder / unquote(parts.path).lstrip("/")
    file = file / "index.html" if file.is_dir() else file
    if not file.is_file():
        return f"the link {address!r} leads to no file"
    fragment = unquote(parts.fragment)
    if fragment and file.suffix == ".html" and fragment not in targets_in(file):
        return f"the link {address!r} leads to no such place on {file.name}"
    return ""


def remote_resources(page: Path) -> list[str]:
    """Say what the page would fetch from elsewhere, whether or not a browser gets that far."""
    tags = soup_of(page).find_all(list(LOADED))
    found = [(tag.name, str(tag.get(LOADED[tag.name], ""))) for tag in tags]
    remote = re.compile(r"(https?:)?//")
    problems = [f"<{name}> fetches {address!r}" for name, address in found if remote.match(address)]
    scripts = [tag.get_text() for tag in soup_of(page).find_all("script")]
    named = [address for text in scripts for address in re.findall(r"https?://[^\"']+", text)]
    problems += [f"a script names {address!r}" for address in named]
    return [f"{page.name}: {problem}" for problem in problems]


def missing_downloads(page: Path) -> list[str]:
    """Say which of a chapter's two forms, notebook and text, a reader cannot take along."""
    links = [str(link["href"]) for link in soup_of(page).select(".dropdown-download-buttons a")]
    endings = {".ipynb": _notebook_problem, ".md": _text_problem}
    problems = []
    for ending, check in endings.items():
        files = [page.parent / link for link in links if link.endswith(ending)]
        problems += [check(file) for file in files] or [f"offers no {ending} file"]
    return [f"{page.name}: {problem}" for problem in problems if problem]


def _notebook_problem(file: Path) -> str:
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as error:
        return f"{file.name} is not a notebook ({error})"
    shown = any(cell.get("outputs") for cell in cells if cell["cell_type"] == "code")
    return "" if shown else f"{file.name} holds no outputs"


def _text_problem(file: Path) -> str:
    return "" if file.is_file() and file.stat().st_size else f"{file.name} is empty or missing"


# --- pictures ----------------------------------------------------------------------------


def wordless_pictures(page: Path) -> list[str]:
    """Say which pictures have no words for those who cannot see them."""
    problems = []
    for image in article_of(page).find_all("img"):
        words = str(image.get("alt") or "").strip()
        if not words:
            problems.append(f"{image.get('src')!r} has no alternative text")
        elif FILE_NAME.fullmatch(words) or words in str(image.get("src")):
            problems.append(f"the alternative text of {image.get('src')!r} is a file name")
    return [f"{page.name}: {problem}" for problem in problems]


def uncaptioned_figures(page: Path) -> list[str]:
    """Say which pictures do not stand in a figure, and which figures say nothing below."""
    article, problems = article_of(page), []
    for image in article.find_all("img"):
        # the signs that Sphinx itself puts into its indices are no figures
        if image.find_parent("figure") is None and "_static/" not in str(image["src"]):
            problems.append(f"{image.get('src')!r} stands in no figure")
    for figure in article.find_all("figure"):
        caption = figure.find("figcaption")
        text = caption.find(class_="caption-text") if caption else None
        if not (text or caption) or not (text or caption).get_text().strip():
            problems.append(f"figure {figure.get('id')!r} has no caption")
    return [f"{page.name}: {problem}" for problem in problems]


# --- what the page was built on ----------------------------------------------------------


def unlabelled(page: Path, *, computes: bool) -> list[str]:
    """Say what the label below the title keeps quiet: the data, or for a chapter the run."""
    labels = article_of(page).select(".alsnb-label")
    if len(labels) != 1:
        return [f"{page.name}: has {len(labels)} labels instead of one"]
    text, problems = " ".join(labels[0].get_text().split()), []
    if not re.match(r"Data \S", text):
        problems.append("the label names no data")
    if computes and not RUN.search(text):
        problems.append("the label names no run")
    return [f"{page.name}: {problem}" for problem in problems]


def mislabelled(page: Path, notebook: Path) -> list[str]:
    """Say where the label disagrees with the data the notebook itself declares."""
    sources = declared_sources(notebook)
    label = article_of(page).select_one(".alsnb-label")
    text = " ".join(label.get_text().split())
    problems = [f"the label is silent on {s['title']!r}" for s in sources if s["title"] not in text]
    if any(source["kind"] not in ("real", "user") for source in sources):
        problems += [] if "alsnb-not-real" in label["class"] else ["made-up data look real"]
    return [f"{page.name}: {problem}" for problem in problems]


def declared_sources(notebook: Path) -> list[dict]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    facts = [output.get("metadata", {}).get("alsnb", {}) for output in outputs]
    return [fact["source"] for fact in facts if "source" in fact]


def unsigned(page: Path) -> list[str]:
    """Say what the foot of the page keeps quiet: the data of the book, or its run."""
    text = " ".join(foot.get_text(" ") for foot in soup_of(page).select("footer"))
    text, problems = " ".join(text.split()), []
    if not re.search(r"built on: \S", text):
        problems.append("the footer names no data")
    if not RUN.search(text):
        problems.append("the footer names no run")
    return [f"{page.name}: {problem}" for problem in problems]


# --- mathematics -------------------------------------------------------------------------


def raw_tex(page: Path) -> list[str]:
    """Say where a reader meets TeX: in the prose, or left over inside a formula."""
    article = BeautifulSoup(str(article_of(page)), "html.parser")
    formulas = [formula.get_text() for formula in article.find_all("math")]
    problems = [f"a formula holds {text[:60]!r}" for text in formulas if re.search(r"[\\&]", text)]
    for tag in [*article.find_all(NOT_PROSE), *article.select(".sig")]:
        tag.decompose()
    problems += [f"the text holds {found!r}" for found in TEX.findall(article.get_text())]
    drawn = article.select(".MathJax, mjx-container, span.math, script[type^='math/']")
    problems += [f"{str(tag)[:60]!r} waits for a script" for tag in drawn]
    return [f"{page.name}: {problem}" for problem in problems]


# --- roles that ARIA has withdrawn -------------------------------------------------------


def withdrawn_roles(page: Path) -> list[str]:
    """Say where docutils' roles for bibliographies stand, which ARIA withdrew in 2021."""
    roles = ("doc-biblioentry", "doc-endnote")
    found = [str(tag["role"]) for tag in soup_of(page).find_all(role=list(roles))]
    return [f"{page.name}: the role {role!r} is withdrawn" for role in found]
