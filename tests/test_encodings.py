"""Every text file is opened with its encoding: a reader's locale may be any."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import alsnb
from alsnb.synthetic.damage.small_release import small_release, write

TOP = Path(alsnb.__file__).resolve().parent.parent
FILES = sorted(path for name in ("alsnb", "benchmarks") for path in (TOP / name).rglob("*.py"))

MODE_AT = {"open": 1, "NamedTemporaryFile": 0, "TemporaryFile": 0, "fdopen": 1}
"""Place of the mode among the arguments of what opens a file."""

TEXT = ("read_text", "write_text")
PROCESSES = ("run", "Popen", "check_output")


def without_encoding(source):
    """Return the lines of the calls that leave the encoding to the locale.

    Ruff knows some of them (PLW1514), but not those of a path whose type it cannot tell.
    """
    return [node.lineno for node in ast.walk(ast.parse(source)) if _leaves_encoding(node)]


def _leaves_encoding(node):
    if not isinstance(node, ast.Call) or any(k.arg == "encoding" for k in node.keywords):
        return False
    is_method = isinstance(node.func, ast.Attribute)
    name = node.func.attr if is_method else getattr(node.func, "id", "")
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if name in PROCESSES:
        return "text" in given or "universal_newlines" in given
    if name in TEXT:
        return len(node.args) == TEXT.index(name)
    if name not in MODE_AT:
        return False
    # path.open() has its mode in front; archive.open(member) has no text mode
    place = 0 if is_method and name == "open" else MODE_AT[name]
    mode = given.get("mode") or (node.args[place] if len(node.args) > place else None)
    if mode is None:
        return not is_method or not node.args
    return isinstance(mode, ast.Constant) and set("rwxa+t") >= set(str(mode.value)) != set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("p.read_text()", [1]),
        ("p.read_text(encoding='utf-8')", []),
        ("p.write_text(x)", [1]),
        ("p.write_text(x, 'utf-8')", []),
        ("open(p)", [1]),
        ("open(p, 'rb')", []),
        ("p.open()", [1]),
        ("p.open('w')", [1]),
        ("p.open('wb')", []),
        ("archive.open(member)", []),
        ("subprocess.run(c, text=True)", [1]),
        ("subprocess.run(c, text=True, encoding='utf-8')", []),
    ],
)
def test_what_leaves_the_encoding_to_the_locale_is_found(source, found):
    assert without_encoding(source) == found


def test_every_text_file_is_opened_with_its_encoding():
    found = {
        f"{path.relative_to(TOP)}:{line}"
        for path in FILES
        for line in without_encoding(path.read_text(encoding="utf-8"))
    }
    assert not found


def test_a_release_is_exported_alike_where_nothing_is_utf_8(tmp_path):
    files = {f"Änderung/{name}": text for name, text in small_release().items()}
    folder = write(tmp_path, files) / "Änderung"
    words = ["-c", "from alsnb.cli import main; main()", "cohort", str(folder), "--out"]
    ascii_only = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    for name, own in {"a": {"PYTHONUTF8": "1"}, "ö": ascii_only | {"LC_ALL": "C"}}.items():
        done = subprocess.run(
            [sys.executable, *words, str(tmp_path / name)],
            env=os.environ | own,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "ö" / file.name).read_bytes()
