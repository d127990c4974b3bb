"""What can be seen wrong only in a browser: one function per promise, one sentence per problem."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import axe_core_python.base
from playwright.sync_api import BrowserContext, Page

AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "resultTypes": ["violations"],
}

UNFOLD = """() => {
  document.querySelectorAll("details").forEach((box) => { box.open = true; });
  document.querySelectorAll(".toggle-button-hidden").forEach((button) => button.click());
}"""

SETTLE = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  // a fold that is still fading in has colours no reader will ever see
  document.getAnimations().forEach((fading) => { try { fading.finish(); } catch { } });
  await frame();
}"""
"""Two frames: after the second one the page's observers of sizes have had their say."""

SCROLLING_WITHOUT_KEYBOARD = """() => {
  const scrolls = (e) => {
    const style = getComputedStyle(e);
    return (e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(style.overflowX))
      || (e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(style.overflowY));
  };
  const reachable = (e) => e.tabIndex >= 0 || e.querySelector("a[href], button, [tabindex='0']");
  return [...document.querySelectorAll("article *")]
    .filter((e) => e.checkVisibility() && scrolls(e) && !reachable(e))
    .map((e) => `<${e.localName} class="${e.className}">`);
}"""

CUT_OFF = """() => {
  const hides = (e) => {
    const style = getComputedStyle(e);
    return /hidden|clip/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1;
  };
  return [...document.querySelectorAll("article, article div, article table, article pre")]
    .filter((e) => e.checkVisibility() && hides(e))
    .map((e) => `<${e.localName} class="${e.className}">`);
}"""

CAPTION_CARRIED_OFF = """() => {
  const lost = (caption) => {
    const box = caption.closest("table").parentElement;
    const [outer, inner] = [box, caption].map((e) => e.getBoundingClientRect());
    return inner.left < outer.left - 1 || inner.right > outer.right + 1;
  };
  return [...document.querySelectorAll("article table > caption")].filter((caption) => {
    const box = caption.closest("table").parentElement;
    const lostAt = (place) => { box.scrollLeft = place; return lost(caption); };
    return caption.checkVisibility() && [box.scrollWidth, 0].map(lostAt).includes(true);
  }).map((caption) => caption.textContent.trim().slice(0, 40));
}"""

GROUNDS = """() => [...document.querySelectorAll("article img")].map((image) => {
  const colour = getComputedStyle(image).backgroundColor.match(/[0-9.]+/g).map(Number);
  const [red, green, blue, alpha = 1] = colour;
  return { src: image.getAttribute("src"), alpha, darkest: Math.min(red, green, blue) };
})"""

FORMULAS = """() => [...document.querySelectorAll("article math")].map((formula) => {
  const { width, height } = formula.getBoundingClientRect();
  const native = formula.namespaceURI === "http://www.w3.org/1998/Math/MathML";
  return { text: formula.textContent, width, height, native };
})"""


@dataclass
class Visit:
    """A page that is open, and what was said and asked for since."""

    page: Page
    home: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def visiting(context: BrowserContext, address: str, *, width: int = 1280) -> Iterator[Visit]:
    """Open a page, listen from the first byte on, and close it again."""
    visit = Visit(context.new_page(), "{0.scheme}://{0.netloc}/".format(urlsplit(address)))
    page = visit.page
    page.set_viewport_size({"width": width, "height": 900})
    page.on("console", lambda message: _hear(visit, message.type, message.text))
    page.on("pageerror", lambda error: visit.said.append(f"script error: {error}"))
    page.on("request", lambda request: visit.asked.append(request.url))
    page.on("websocket", lambda socket: visit.asked.append(socket.url))
    page.on("requestfailed", lambda request: visit.refused.append(request.url))
    page.on("response", lambda response: _note_status(visit, response.status, response.url))
    page.goto(address, wait_until="load")
    page.evaluate(SETTLE)
    yield visit
    page.close()


def _hear(visit: Visit, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        visit.said.append(f"{kind}: {text}")


def _note_status(visit: Visit, status: int, address: str) -> None:
    if status >= 400:
        visit.refused.append(f"{address} ({status})")


def unfold(visit: Visit) -> None:
    """Open everything that is folded, as a reader would."""
    visit.page.evaluate(UNFOLD)
    visit.page.evaluate(SETTLE)


def resize(visit: Visit, width: int) -> None:
    """Make the window narrower or wider and wait until the page has followed."""
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.page.evaluate(SETTLE)


def noises(visit: Visit) -> list[str]:
    """Say what the console heard: errors and warnings alike."""
    return [f"the console says: {text}" for text in visit.said]


def foreign_requests(visit: Visit) -> list[str]:
    """Say what the page wanted from anywhere but the server it came from."""
    own = (visit.home, "data:", "blob:", "about:")
    return [f"the page asks for {url}" for url in visit.asked if not url.startswith(own)]


def refused_requests(visit: Visit) -> list[str]:
    """Say what the page asked for in vain."""
    return [f"the page asks in vain for {address}" for address in visit.refused]


def sideways_scroll(visit: Visit) -> list[str]:
    """Say how far the page as a whole can be pushed sideways."""
    element = "document.scrollingElement"
    shown, whole = visit.page.evaluate(f"[{element}.clientWidth, {element}.scrollWidth]")
    return [f"the page is {whole} px wide in a window of {shown} px"] if whole > shown else []


def cut_off(visit: Visit) -> list[str]:
    """Say which boxes hide a part of what they hold and cannot be scrolled to it."""
    return [f"{box} is cut off" for box in visit.page.evaluate(CUT_OFF)]


def captions_carried_off(visit: Visit) -> list[str]:
    """Say which captions are not seen as a whole beside the part of their table that is."""
    captions = visit.page.evaluate(CAPTION_CARRIED_OFF)
    return [f"the caption {caption!r} goes off with its table" for caption in captions]


def barriers(visit: Visit) -> list[str]:
    """Say what axe-core finds against WCAG 2.0 and 2.1, levels A and AA."""
    if not visit.page.evaluate("typeof axe === 'object'"):
        visit.page.evaluate(axe_core_python.base.AXE_SCRIPT + "; 0")
    found = visit.page.evaluate("(options) => axe.run(document, options)", AXE_OPTIONS)
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:120]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def unreachable_areas(visit: Visit) -> list[str]:
    """Say which areas scroll for a mouse and not for a keyboard."""
    boxes = visit.page.evaluate(SCROLLING_WITHOUT_KEYBOARD)
    return [f"{box} scrolls, but no key gets there" for box in boxes]


def dark_grounds(visit: Visit) -> list[str]:
    """Say which pictures of dark lines stand on a dark or on no ground."""
    grounds = visit.page.evaluate(GROUNDS)
    dark = [ground for ground in grounds if ground["alpha"] < 1 or ground["darkest"] < 230]
    return [f"{ground['src']} has no opaque light ground" for ground in dark]


def unseen_formulas(visit: Visit) -> list[str]:
    """Say which formulas take no room on the page, or are not MathML to the browser."""
    problems = []
    for formula in visit.page.evaluate(FORMULAS):
        if not formula["native"] or not formula["width"] or not formula["height"]:
            problems.append(f"the formula {formula['text']!r} is not visible")
    return problems
