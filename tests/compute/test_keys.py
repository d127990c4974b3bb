"""No stored fit is computed again for a change that cannot change it."""

import ast
import shutil

import pytest

from alsnb.compute import digests
from alsnb.settings import top_folder


def modules_of_fits(package):
    """Every module with a stored function, by its dotted name."""
    found = []
    for path in sorted(package.rglob("*.py")):
        functions = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
        decorators = [ast.unparse(d) for f in functions for d in f.decorator_list]
        if any(written.split("(")[0] == "stored" for written in decorators):
            parts = path.relative_to(package.parent).with_suffix("").parts
            found.append(".".join(parts))
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the library, in which code may be altered."""
    folder = tmp_path_factory.mktemp("copy") / "alsnb"
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(top_folder() / "alsnb", folder, ignore=ignored)


@pytest.fixture
def keys(copy, monkeypatch):
    """A function that gives the digest of each module with stored fits, as the copy is now."""
    monkeypatch.setattr(digests, "PACKAGE", copy)
    return lambda: {name: digests.code_digest(name) for name in modules_of_fits(copy)}


HARMLESS = {
    "a reworded refusal": ("alsnb/models/space.py", "Raise n_trials.", "Ask for more trials."),
    "a relabelled figure": (
        "alsnb/report/figures.py",
        "Mean observed slope",
        "Observed slope, mean",
    ),
    "a cleaning rule more": (
        "alsnb/cleaning/rows.py",
        None,
        "\n\ndef no_rule(rows):\n    return rows\n",
    ),
    "a field of effort more": (
        "alsnb/effort.py",
        "    n_patients: int\n",
        "    n_patients: int\n    n_more: int = 0\n",
    ),
    "a public name more": (
        "alsnb/__init__.py",
        "_NAMES = {",
        '_NAMES = {\n    "more": "alsnb.splits",',
    ),
}


def test_stored_fits_are_found(copy):
    found = modules_of_fits(copy)
    assert {"alsnb.fits.networks", "alsnb.fits.references"} <= set(found)
    rooms = [name for name in found if name.startswith("alsnb.lessons")]
    assert all(name.endswith(".fits") for name in rooms), rooms


@pytest.mark.parametrize("change", HARMLESS)
def test_no_fit_is_computed_again_for_a_change_that_cannot_change_it(copy, keys, rewrite, change):
    name, old, new = HARMLESS[change]
    before, text = keys(), (copy.parent / name).read_text()
    if old is None:
        old, new = text, text + new
    rewrite(copy.parent, name, old, new)
    after = keys()
    rewrite(copy.parent, name, new, old)
    assert after == before


def test_every_fit_of_networks_is_computed_again_if_training_changes(copy, keys, rewrite):
    before = keys()
    rewrite(copy.parent, "alsnb/models/training.py", "\nimport", "\nCHANGED = 1\nimport")
    after = keys()
    rewrite(copy.parent, "alsnb/models/training.py", "\nCHANGED = 1\nimport", "\nimport")
    assert after["alsnb.fits.networks"] != before["alsnb.fits.networks"]
    assert after["alsnb.fits.rankings"] == before["alsnb.fits.rankings"]
