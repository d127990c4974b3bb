import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager

import pytest

from alsnb.checks import BadInput
from alsnb.compute import cluster, digests


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Begin with the modules that take long, and leave the tests that anybody can do to the end."""
    long, free = set(), set()
    for item in items:
        if "two_workers" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cluster)
        marks = {mark.name for mark in item.iter_markers()}
        if marks & FREE:
            free.add(item.path)
        elif marks & {"book", "cluster", "slow"}:
            long.add(item.path)
    items.sort(key=lambda item: 0 if item.path in long else 2 if item.path in free else 1)


FREE = {"browser", "damage"}
"""Marks of tests that share next to nothing, so that any process may take any of them."""

FREE_FOLDERS = ("tests/browser/", "tests/proact_damage/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a module in one process, so that what they share is made once.

    pytest-xdist 3.8 marks groups in a way that pytest 9 no longer reads, so they are made here.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ModuleScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            path = nodeid.split("::")[0]
            return nodeid if path.startswith(FREE_FOLDERS) else path

    return ModuleScheduling(config, log)


@pytest.fixture(autouse=True)
def store_of_its_own(monkeypatch, tmp_path_factory):
    """Let no test read or fill the store that lies on this machine."""
    folder = tmp_path_factory.mktemp("store")
    monkeypatch.setenv("ALSNB_STORE", str(folder))
    # nor take a reader's own download for the twin
    monkeypatch.delenv("ALSNB_PROACT", raising=False)
    monkeypatch.delenv("ALSNB_IMAGING", raising=False)
    # nor send its work to a reader's cluster
    monkeypatch.delenv("ALSNB_SCHEDULER", raising=False)
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
            report("sorting")
            if not x:
                raise refuse("Too few", found=x)
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


@pytest.fixture(scope="session")
def two_workers(tmp_path_factory):
    """The address of a Dask cluster of two workers, started as a user would."""
    with cluster_of_two(tmp_path_factory.mktemp("cluster")) as address:
        yield address


@pytest.fixture(scope="session")
def start_cluster():
    """What starts a cluster of two workers, for tests that need one of their own."""
    return cluster_of_two


@contextmanager
def cluster_of_two(folder, protocol="tcp", **more):
    """Start a scheduler and two workers, with more variables in their environment."""
    file = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    place = ["--port", "0", "--host", f"{protocol}://127.0.0.1", "--protocol", protocol]
    alone = ["--nworkers", "2", "--nthreads", "1", "--local-directory", str(folder)]
    surroundings = os.environ | {
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        "ALSNB_STORE": str(folder / "store"),
        **more,
    }
    with (folder / "log.txt").open("w") as log:
        started = {"stdout": log, "stderr": log, "env": surroundings, "start_new_session": True}
        scheduler = subprocess.Popen([*dask, "scheduler", *common, *place], **started)
        workers = subprocess.Popen([*dask, "worker", *common, *alone], **started)
        try:
            yield _address_of_two_workers(file)
        finally:
            for process in (workers, scheduler):
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _address_of_two_workers(file):
    def look_again_at_the_files():
        # an edit while the cluster starts would make its workers unlike this process
        from alsnb.compute import cluster

        cluster.state.cache_clear()

    found = "no scheduler"
    for _ in range(300):
        time.sleep(0.2)
        if file.exists() and file.stat().st_size:
            address = json.loads(file.read_text())["address"]
            try:
                with cluster.connected(address) as client:
                    client.run(look_again_at_the_files)
                    look_again_at_the_files()
                    found = len(cluster.check_workers(client, address))
            except BadInput as error:
                found = error
            if found == 2:
                return address
    raise TimeoutError(f"the cluster did not start: {found}")
