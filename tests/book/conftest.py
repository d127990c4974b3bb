"""Fixtures of the tests that execute chapters."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from small_project import Project, write_project


@pytest.fixture
def project(tmp_path) -> Project:
    """A small project of the test's own, of which nothing is executed yet."""
    return write_project(tmp_path / "project")


@pytest.fixture(scope="session")
def once(tmp_path_factory) -> Callable:
    """Do something slow once, also if several processes share the tests; return its folder."""
    several = "PYTEST_XDIST_WORKER" in os.environ
    root = tmp_path_factory.getbasetemp()
    root = root.parent if several else root

    def do_once(name: str, make: Callable[[Path], dict]) -> tuple[Path, dict]:
        folder, facts = root / f"once-{name}", root / f"once-{name}.json"
        with FileLock(root / f"once-{name}.lock"):
            if not facts.exists():
                shutil.rmtree(folder, ignore_errors=True)
                facts.write_text(json.dumps(make(folder)))
        return folder, json.loads(facts.read_text())

    return do_once
