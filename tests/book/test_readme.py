"""Every line that the README tells a reader to type works as typed, in its order."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from alsnb.settings import top_folder

pytestmark = [pytest.mark.book, pytest.mark.slow]

TOP = top_folder()
README = (TOP / "README.md").read_text()
BOOK_ITSELF = {"make book", "make test", "ALSNB_PROACT=PATH make book"}
"""Lines that build the whole book or run the tests: what called this test has done that."""

STATUS = {"alsnb compare runs/book runs/seed3": {1}, "alsnb fidelity PATH": {0, 1}}
"""Lines that may end with 1: numbers have moved, or an aggregate is not within its bounds."""


def typed_lines():
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.S | re.M)
    blocks = [text for language, text in fences if not language]
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [re.split(r"\s{2,}#", line)[0].strip() for line in lines]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder that looks like the checkout after ``make book``, and a download in it."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("book", "_toc.yml", "_config.yml"):
        (folder / name).symlink_to(TOP / name)
    if not (TOP / "runs" / "book" / "manifest.json").exists():
        pytest.skip("the book has not been built: run 'make book'")
    (folder / "runs").mkdir()
    (folder / "runs" / "book").symlink_to(TOP / "runs" / "book")
    return folder


def run(line, place, **more):
    bin_folder = Path(sys.executable).parent
    surroundings = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"} | more
    return subprocess.run(
        ["bash", "-c", line], cwd=place, env=surroundings, capture_output=True, text=True
    )


def test_the_lines_work_as_typed_in_their_order(place):
    made = run("alsnb simulate download --patients 900", place)
    assert made.returncode == 0, made.stderr
    lines = typed_lines()
    assert set(lines) >= BOOK_ITSELF
    assert len(lines) >= 12
    for line in lines:
        if line in BOOK_ITSELF:
            continue
        words = line.replace("PATH", shlex.quote(str(place / "download"))).replace("DIR", "out")
        done = run(words, place)
        assert done.returncode in STATUS.get(line, {0}), f"{line}\n{done.stdout}\n{done.stderr}"


def test_the_python_of_the_readme_is_what_the_front_door_promises():
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.S | re.M)
    page = (TOP / "book" / "api.md").read_text()
    for line in code.strip().splitlines():
        assert line.split("  #")[0] in page, line
