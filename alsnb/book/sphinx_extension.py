"""Build the book from chapters that the one executor ran: what Sphinx asks, when.

When Sphinx asks which pages are out of date, the chapters whose stored execution is missing
are executed, in parallel; the executed notebooks are then handed to MyST-NB through its own
cache, so that it never executes anything itself. A page is read again if its text changed
(as always) or if its execution is another one than last time.
"""

import hashlib
import html
import os
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from filelock import FileLock, Timeout
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from latex2mathml.converter import convert as latex_to_mathml
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from alsnb import __version__
from alsnb.book.chapters import is_chapter
from alsnb.book.execute import ChapterFailed, Job, execute, jobs_for, say_on_terminal
from alsnb.book.page import NOT_ABOUT_PATIENTS
from alsnb.book.runs import assemble, commit, run_identity
from alsnb.book.unpack import Shown, unpack
from alsnb.checks import BadInput
from alsnb.compute.digests import file_digest
from alsnb.settings import top_folder

STATIC = Path(__file__).parent / "static"
"""The stylesheet, the script and the icon of every page."""

PROFILE_VARIABLE = "ALSNB_PROFILE"
"""Environment variable that builds the book under another profile than the chapters' default."""

THEBE = re.compile(r'<script type="text/x-thebe-config">.*?</script>\s*<script>.*?</script>', re.S)
"""Set-up of a service that would run code on other people's machines; every page gets one."""

QUOTED = re.compile(r"\{glue:text\}`(\w+)`")
"""Asks for a value that a chapter keeps."""

BUILT_ON = re.compile(r"\{built-on\}`([\w-]+)`")
"""Asks for what a chapter was built on."""

NO_DATA = (
    '<p class="alsnb-label alsnb-none"><strong>Data</strong> none: this page computes nothing.</p>'
)


def setup(app: Sphinx) -> dict:
    """Connect to Sphinx."""
    # as under -W --keep-going: a warning ends in a non-zero exit status, also without flags
    app.keep_going = True
    app.connect("config-inited", _prepare)
    app.connect("env-get-outdated", _execute_chapters)
    app.connect("source-read", _quote_chapters)
    app.connect("doctree-read", _add_alternative_texts)
    # before the theme draws its buttons, and after everything else has been added
    app.connect("html-page-context", _offer_notebook, priority=400)
    app.connect("html-page-context", _dress_page, priority=900)
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math_block, None))
    return {"version": __version__, "parallel_read_safe": True, "env_version": 1}


def _prepare(app: Sphinx, config: object) -> None:
    app.alsnb_turn = _take_turn(Path(app.outdir).parent)
    config.nb_execution_mode = "cache"
    config.nb_execution_cache_path = str(Path(app.outdir).parent / ".jupyter_cache")
    config.html_math_renderer = "mathml"
    config.html_static_path.append(str(STATIC))
    # without one, every browser asks for a favicon.ico that is not there
    config.html_favicon = str(STATIC / "alsnb.svg")
    config.html_css_files.append("alsnb.css")
    config.html_js_files.append("alsnb.js")


def _take_turn(folder: Path) -> FileLock:
    """Wait until no other build writes to the same folder; the end of the process ends the turn."""
    folder.mkdir(parents=True, exist_ok=True)
    turn = FileLock(folder / "building.lock")
    try:
        turn.acquire(timeout=0)
    except Timeout:
        say_on_terminal("another build of this book is running | waiting for it to end")
        turn.acquire()
    return turn


# --- execution ---------------------------------------------------------------------------


def _execute_chapters(
    app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set
) -> list[str]:
    """Execute what is out of date; return every page if an execution is another than before.

    All of them, because each names the run of the whole book at its foot.
    """
    pages = {name: Path(env.doc2path(name)) for name in sorted(env.found_docs)}
    chapters = {name: path for name, path in pages.items() if is_chapter(path)}
    profile = os.environ.get(PROFILE_VARIABLE)
    try:
        jobs = jobs_for(list(chapters.values()), {"profile": profile} if profile else {})
        execute(jobs)
        assemble(jobs, top_folder() / "runs" / "book")
    except (ChapterFailed, BadInput) as error:
        raise ExtensionError(str(error)) from None
    app.alsnb_jobs = dict(zip(chapters, jobs, strict=True))
    app.alsnb_shown = {name: unpack(job.notebook()) for name, job in app.alsnb_jobs.items()}
    for name, job in app.alsnb_jobs.items():
        _hand_over(app, env, name, job)
    before = getattr(env, "alsnb_keys", {})
    env.alsnb_keys = {name: job.entry.key for name, job in app.alsnb_jobs.items()}
    # without a page to write, Sphinx would not copy a stylesheet that has changed either
    env.alsnb_keys |= {file.name: file_digest(file) for file in sorted(STATIC.iterdir())}
    return sorted(env.found_docs) if env.alsnb_keys != before else []


def _hand_over(app: Sphinx, env: BuildEnvironment, name: str, job: Job) -> None:
    """Put an executed chapter where MyST-NB looks for it, under the page as it is now."""
    text, executed = job.path.read_text(encoding="utf-8"), job.notebook()
    reader = create_nb_reader(str(job.path), MdParserConfig(), NbParserConfig(), text)
    page = reader.read(text)
    page.metadata["language_info"] = executed.metadata["language_info"]
    cells = [cell for cell in page.cells if cell.cell_type == "code"]
    ran = [cell for cell in executed.cells if cell.cell_type == "code"]
    ran = [cell for cell in ran if "injected-parameters" not in cell.metadata["tags"]]
    for cell, twin in zip(cells, ran, strict=True):
        cell.outputs, cell.execution_count = twin.outputs, twin.execution_count
    bundle = CacheBundleIn(page, str(job.path), data={"execution_seconds": job.record()["seconds"]})
    cache = get_cache(app.config.nb_execution_cache_path)
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


# --- pages -------------------------------------------------------------------------------


def _quote_chapters(app: Sphinx, page: str, content: list[str]) -> None:
    """Put values and data of chapters into the text of a page that computes nothing itself.

    Such a page asks for a value as a chapter does, by ``glue:text``, and for a chapter's data by
    ``built-on`` with the chapter's name. MyST-NB would look for both in the page alone.
    """
    if page in app.alsnb_shown:
        return
    quoted = {name: text for shown in app.alsnb_shown.values() for name, text in quotes(shown)}

    def value(match: re.Match) -> str:
        if match[1] not in quoted:
            raise ExtensionError(f"{page} quotes {match[1]}, which no chapter keeps.")
        return quoted[match[1]]

    def data(match: re.Match) -> str:
        if match[1] not in app.alsnb_shown:
            raise ExtensionError(f"{page} names the data of {match[1]}, which is no chapter.")
        return say_data(app.alsnb_shown[match[1]])

    content[0] = BUILT_ON.sub(data, QUOTED.sub(value, content[0]))


def quotes(shown: Shown) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each value a chapter keeps, as another page may quote it."""
    stands_in = any(source["kind"] == "stand-in" for source in shown.sources)
    for name, value in shown.values.items():
        yield name, NOT_ABOUT_PATIENTS if stands_in else value["text"]


def say_data(shown: Shown) -> str:
    """Return what a chapter was built on."""
    return "; ".join(source["title"] for source in shown.sources) or "no data set"


def _add_alternative_texts(app: Sphinx, doctree: nodes.document) -> None:
    """Give every figure of a chapter the words that were written from its values."""
    shown: Shown | None = app.alsnb_shown.get(app.env.docname)
    if shown is None:
        return
    words = {}
    for figure in shown.figures.values():
        svg = os.linesep.join(figure["svg"].decode().splitlines()).encode()
        for content in (svg, figure["png"]):
            words[hashlib.sha256(content).hexdigest()] = figure["alt"]
    for image in doctree.findall(nodes.image):
        alt = words.get(Path(image["uri"]).stem)
        if alt is not None:
            image["alt"] = alt


def _offer_notebook(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Put the notebook as it was executed among the page's downloads."""
    job = getattr(app, "alsnb_jobs", {}).get(page)
    if job is not None:
        copy = Path(app.outdir) / "_sources" / f"{page}.ipynb"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((job.entry.folder / "notebook.ipynb").read_bytes())
        context["ipynb_source"] = f"{page}.ipynb"


def _dress_page(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Label the page with its data and its run, and leave out what would reach for the network."""
    jobs = getattr(app, "alsnb_jobs", {})
    scripts = context.get("script_files", [])
    context["script_files"] = [script for script in scripts if "thebe" not in str(script).lower()]
    book = f"run {run_identity(list(jobs.values()))}, commit {commit()}, alsnb {__version__}"
    context["theme_extra_footer"] = f"<p>{html.escape(_all_data(app))} <br>{html.escape(book)}</p>"
    if "body" in context:
        label = _label(jobs[page], app.alsnb_shown[page]) if page in jobs else NO_DATA
        # ARIA has withdrawn the role that docutils gives an entry, and a list holds list items
        body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        # every exercise of a page comes with the same id
        body = re.sub(r' id="(?:exercise|solution)-content"', "", body)
        context["body"] = _below_title(THEBE.sub("", body), label)


def _label(job: Job, shown: Shown) -> str:
    record = job.record()
    cost = f"{record['seconds']:.0f} s, {record['peak_memory_mb'] / 1024:.1f} GB"
    run = f"Run <code>{job.entry.key[:10]}</code>, computed in {cost}"
    titles = [html.escape(source["title"]) for source in shown.sources]
    kinds = {source["kind"] for source in shown.sources}
    kind = "real" if kinds <= {"real", "user"} and kinds else "not-real" if kinds else "none"
    data = "; ".join(titles) or "none: this page computes on no data set"
    return f'<p class="alsnb-label alsnb-{kind}"><strong>Data</strong> {data}. {run}.</p>'


def _all_data(app: Sphinx) -> str:
    titles = {
        s["title"] for shown in getattr(app, "alsnb_shown", {}).values() for s in shown.sources
    }
    return "This book was built on: " + ("; ".join(sorted(titles)) or "no data set") + "."


def _below_title(body: str, label: str) -> str:
    head, end, rest = body.partition("</h1>")
    return head + end + label + rest if end else label + body


# --- mathematics -------------------------------------------------------------------------


LINES = re.compile(r"\\(begin|end)\{(?:aligned|align|split|gathered|gather|eqnarray)\*?\}")
"""Formulas of several lines, in the forms the converter does not know or numbers by itself."""


def _visit_math(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(latex_to_mathml(node.astext(), display="inline"))
    raise nodes.SkipNode


def _visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    identity = f' id="{node["ids"][0]}"' if node["ids"] else ""
    number = get_node_equation_number(self, node) if node["number"] else ""
    number = f'<span class="eqno">({number})</span>' if number else ""
    formula = latex_to_mathml(LINES.sub(r"\\\1{align*}", node.astext()), display="block")
    self.body.append(f'<div class="math"{identity} tabindex="0">{number}{formula}</div>')
    raise nodes.SkipNode
