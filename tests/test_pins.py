"""The versions in pyproject.toml, requirements.lock and environment.yml are the same."""

import re
import tomllib

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement

from alsnb.settings import top_folder

TOP = top_folder()
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
DIRECT = [
    Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
]
PINNED = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]*))?", re.M)


def locked(python: str) -> dict[str, str]:
    """Return the locked version of each package for a version of Python."""
    surroundings = {"python_full_version": f"{python}.0", "python_version": python}
    return {
        name: version
        for name, version, marker in PINNED.findall((TOP / "requirements.lock").read_text())
        if not marker.strip() or Marker(marker.strip()).evaluate(surroundings)
    }


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_lock_holds_every_direct_dependency_within_its_bounds(python):
    versions = locked(python)
    for requirement in DIRECT:
        assert requirement.name in versions, f"{requirement.name} is missing: run 'make lock'"
        assert versions[requirement.name] in requirement.specifier, requirement.name


def test_every_locked_package_has_a_hash_and_no_index_address():
    text = (TOP / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_environment_has_the_pins_of_the_lock():
    dependencies = yaml.safe_load((TOP / "environment.yml").read_text())["dependencies"]
    python = next(d for d in dependencies if str(d).startswith("python="))
    versions = locked(python.removeprefix("python="))
    pip = next(d["pip"] for d in dependencies if isinstance(d, dict))
    expected = [f"{r.name}=={versions[r.name]}" for r in DIRECT] + ["--editable ."]
    assert pip == expected, "write these lines into environment.yml"


def test_python_that_make_accepts_is_the_one_the_project_asks_for():
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert "(3, 11) <= sys.version_info[:2] < (3, 14)" in (TOP / "Makefile").read_text()
