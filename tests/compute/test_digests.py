import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alsnb.compute.digests import code_digest, digest, imported_modules
from alsnb.settings import top_folder


@dataclass(frozen=True)
class Plan:
    n_folds: int
    patients: pd.DataFrame


@dataclass(frozen=True)
class OtherPlan:
    n_folds: int
    patients: pd.DataFrame


def a_frame():
    frame = pd.DataFrame({"model": ["mean", "ridge"], "r": [np.nan, 0.25]}, index=["p1", "p2"])
    return frame.rename_axis("patient")


# --- values ------------------------------------------------------------------------------

FRAME = a_frame()
DIFFERENT_VALUES = [
    None,
    True,
    False,
    1,
    0,
    1.0,
    "1",
    "True",
    "None",
    -1,
    "",
    [],
    [1],
    [[1]],
    ["1"],
    [1, 2],
    [2, 1],
    {},
    {"a": 1},
    {"a": 2},
    {"a": "1"},
    {"b": 1},
    {1: 1},
    {"1": 1},
    float("nan"),
    "nan",
    np.inf,
    np.array([1, 2]),
    np.array([1.0, 2.0]),
    np.array([[1], [2]]),
    np.array([1, 2], dtype="int32"),
    np.array([True, False]),
    np.array(["a", "b"], dtype=object),
    np.array(["a", "c"], dtype=object),
    FRAME,
    FRAME.reset_index(),
    FRAME.iloc[::-1],
    FRAME[["r", "model"]],
    FRAME.rename_axis("key"),
    FRAME.rename(columns={"r": "rmse"}),
    FRAME.fillna(0.0),
    FRAME["r"],
    FRAME["r"].rename("s"),
    FRAME[["r"]],
    FRAME.iloc[:0],
    FRAME.iloc[:0, :1],
    FRAME.astype({"model": "category"}),
    pd.DataFrame({"a": [1, 0]}),
    pd.DataFrame({"a": [1.0, 0.0]}),
    pd.DataFrame({"a": ["1", "0"]}),
    pd.DataFrame({"a": [True, False]}),
    pd.DataFrame({"a": [1, "0"]}, dtype=object),
    pd.DataFrame({"a": ["1", 0]}, dtype=object),
    pd.DataFrame({1: [1, 0]}),
    pd.DataFrame({"a": pd.Categorical(["x"], ["x", "y"])}),
    pd.DataFrame({"a": pd.Categorical(["x"], ["y", "x"])}),
    Plan(5, FRAME),
    Plan(6, FRAME),
    OtherPlan(5, FRAME),
    Plan(5, FRAME.fillna(0.0)),
    {"plan": Plan(5, FRAME)},
    {"plan": [Plan(5, FRAME)]},
]


def test_values_that_differ_have_different_digests():
    found = [digest(value) for value in DIFFERENT_VALUES]
    for place, one in enumerate(found):
        twins = [DIFFERENT_VALUES[other] for other, two in enumerate(found) if two == one]
        assert len(twins) == 1, f"value {place} has the digest of another one: {twins}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": [2.0, None]}, {"b": [2.0, None], "a": 1}),
        ((1, 2), [1, 2]),
        (np.int64(3), 3),
        (np.float64("nan"), float("nan")),
        (np.arange(6).reshape(2, 3).T, np.array([[0, 3], [1, 4], [2, 5]])),
        (np.array(["a", "b"], dtype=object), np.array(["".join("a"), "b"], dtype=object)),
        (FRAME, a_frame()),
        (FRAME.iloc[::-1].iloc[::-1], FRAME),
        (Plan(5, FRAME), replace(Plan(4, FRAME), n_folds=5)),
    ],
)
def test_equal_content_has_one_digest(one, other):
    assert digest(one) == digest(other)


def test_digests_are_the_same_in_another_process():
    program = (
        "from alsnb.compute.digests import digest; print(digest({'b': [1.5, None], 'a': 'x'}))"
    )
    command = [sys.executable, "-c", program]
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert said.stdout.strip() == digest({"a": "x", "b": [1.5, None]})


@pytest.mark.parametrize("value", [len, {1, 2}, object(), Path("patients.csv"), [print], int])
def test_what_has_no_content_is_refused(value):
    with pytest.raises(TypeError, match="cannot be part of a stored result's key"):
        digest(value)


# --- code --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("scores.py", "LIMIT = 3", "LIMIT = 4"),
        ("scores.py", "+ LIMIT", "- LIMIT"),
        ("inner/ranks.py", "deep.sort(x)", "deep.sort(x)[:1]"),
        ("deep.py", "sorted(x)", "sorted(x, reverse=True)"),
        ("deep.py", "def sort(x)", "def sort(x, y=1)"),
        ("inner/__init__.py", "", "flag = 1"),
        ("inner/columns.txt", "alsfrs", "alsfrs-r"),
        ("inner/ranks.yaml", "1", "2"),
    ],
)
def test_code_that_is_reached_counts(fakelib, module, old, new, rewrite):
    before = code_digest("fakelib.scores")
    rewrite(fakelib, module, old, new)
    assert code_digest("fakelib.scores") != before


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("scores.py", "LIMIT = 3", "LIMIT = 3  # why three"),
        ("scores.py", "LIMIT = 3", 'LIMIT = 3\n"""The limit."""'),
        ("scores.py", "def score(x):", 'def score(x):\n    """Return the score."""'),
        ("scores.py", "import numpy", '"""Scores."""\n\n\nimport numpy'),
        ("inner/ranks.py", "deep.sort(x)", "deep.sort(\n        x,\n    )"),
        ("other.py", "x = 1", "x = 2"),
        ("other.yaml", "1", "2"),
        ("__init__.py", "", '_NAMES = {"score": "fakelib.scores"}'),
        ("deep.py", "Too few", "Not enough"),
        ("deep.py", "sorting", "putting in order"),
    ],
)
def test_words_layout_and_unreached_code_do_not_count(fakelib, module, old, new, rewrite):
    before = code_digest("fakelib.scores")
    rewrite(fakelib, module, old, new)
    assert code_digest("fakelib.scores") == before


def test_a_changed_docstring_does_not_count(fakelib, rewrite):
    rewrite(fakelib, "deep.py", "def sort(x):", 'def sort(x):\n    """Sort."""')
    before = code_digest("fakelib.deep")
    rewrite(fakelib, "deep.py", "Sort.", "Put in order.")
    assert code_digest("fakelib.deep") == before


def test_modules_outside_the_package_are_refused(fakelib):
    with pytest.raises(ValueError, match="'numpy' is outside fakelib"):
        code_digest("fakelib.scores", "numpy")


def test_imports_are_found_however_they_are_written():
    source = """
import alsnb.schema as s, os
from alsnb.compute import store
if True:
    def f():
        from alsnb.disclosure import say_count as count
"""
    found = imported_modules(source)
    assert {"alsnb.schema", "alsnb.compute.store", "alsnb.disclosure"} <= found
    assert not [name for name in found if not name.startswith("alsnb")]


def test_a_public_name_stands_for_its_module():
    found = imported_modules("import alsnb\nalsnb.prepare(1)\nalsnb.no_such_name")
    assert found == {"alsnb", "alsnb.study.proact"}


def test_the_library_imports_itself_only_in_ways_that_are_followed():
    package = top_folder() / "alsnb"
    # the front door and its models are named in tables; the commands compute nothing themselves
    named = {package / "__init__.py", package / "models" / "__init__.py"}
    named |= {package / "cli.py", package / "commands" / "options.py"}
    for path in set(package.rglob("*.py")) - named:
        text = path.read_text()
        for way in ("from .", "import_module(", "__import__("):
            assert way not in text, f"{path.name}: '{way}' hides an import from code_digest"
