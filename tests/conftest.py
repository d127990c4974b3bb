import os
import sys
import textwrap

import pytest

from alsnb import digests


@pytest.fixture(autouse=True)
def store_of_its_own(monkeypatch, tmp_path_factory):
    """Let no test read or fill the store that lies on this machine."""
    folder = tmp_path_factory.mktemp("store")
    monkeypatch.setenv("ALSNB_STORE", str(folder))
    # nor take a reader's own download for the twin
    monkeypatch.delenv("ALSNB_PROACT", raising=False)
    return folder


FAKE_MODULES = {
    "__init__.py": "",
    "scores.py": """
        import numpy as np
        from fakelib.inner import ranks

        LIMIT = 3

        def score(x):
            return ranks.rank(x) + LIMIT
        """,
    "inner/__init__.py": "",
    "inner/ranks.py": """
        def rank(x):
            from fakelib import deep
            return deep.sort(x)
        """,
    "deep.py": """
        def sort(x):
            return sorted(x)
        """,
    "other.py": "x = 1\n",
    "inner/columns.txt": "alsfrs\n",
    "inner/ranks.yaml": "a: 1\n",
    "other.yaml": "a: 1\n",
}


@pytest.fixture
def fakelib(tmp_path, monkeypatch):
    """A small package in the place of ``alsnb``; returns its folder."""
    folder = tmp_path / "fakelib"
    for name, text in FAKE_MODULES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    monkeypatch.setattr(digests, "PACKAGE", folder)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "fakelib"]:
        del sys.modules[name]


@pytest.fixture
def rewrite():
    """Replace text in a file, whose time of change moves on even on a coarse clock."""

    def replace_once(folder, name, old, new):
        path = folder / name
        text, then = path.read_text(), path.stat().st_mtime_ns
        assert old in text
        path.write_text(text.replace(old, new, 1))
        os.utime(path, ns=(then + 10**9, then + 10**9))

    return replace_once
