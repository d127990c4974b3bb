"""One browser, one server and one built book for all the tests in this folder."""

import functools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

HTML_VARIABLE, CHROMIUM_VARIABLE = "ALSNB_HTML", "ALSNB_CHROMIUM"
BUILT = Path(__file__).parents[2] / "_build" / "html"

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a page that reaches for the network must fail here as it does on a train
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def _missing(sentence: str) -> None:
    """Skip; under continuous integration, where everything must be there, fail."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def _book_folder() -> Path:
    return Path(os.environ.get(HTML_VARIABLE) or BUILT).resolve()


def _page_names() -> list[str]:
    folder = _book_folder()
    pages = (path.relative_to(folder) for path in folder.rglob("*.html"))
    return sorted(path.as_posix() for path in pages if not path.parts[0].startswith("_"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", _page_names() or ["no book"])


@pytest.fixture(scope="session")
def book() -> Path:
    """Return the folder of the built book."""
    folder = _book_folder()
    if not (folder / "index.html").is_file():
        _missing(
            f"no built book: run `jupyter-book build book`, or set {HTML_VARIABLE} to its folder."
        )
    return folder


class _Handler(SimpleHTTPRequestHandler):
    """Serve files without a word."""

    def log_message(self, *words: object) -> None:
        """Keep the log of requests out of the tests' output."""


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder on this machine and returns its address."""
    servers = []

    @functools.cache
    def start(folder: Path) -> str:
        handler = functools.partial(_Handler, directory=str(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _find_chromium() -> str:
    named = os.environ.get(CHROMIUM_VARIABLE)
    candidates = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, candidates)), None)
    if found is None:
        _missing(
            "no browser: install the package `chromium` (or Google Chrome), "
            f"or set {CHROMIUM_VARIABLE} to one."
        )
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the one browser."""
    executable = _find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(chromium: Browser) -> Callable[[str], BrowserContext]:
    """Return a function that gives the window of a theme, the same one for all the tests."""

    @functools.cache
    def opened(theme: str) -> BrowserContext:
        context = chromium.new_context(color_scheme=theme)
        context.set_default_timeout(60_000)
        return context

    return opened
