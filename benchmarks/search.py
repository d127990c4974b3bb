"""What a search costs: 20 configurations of each network, what one more costs, and memory.

Every job runs in a process of its own: ``python -m benchmarks.search JOB ...`` prints what it
found as JSON.
"""

import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.proact import FULL, GIGABYTE, SEED, TOP, peak_gigabytes

FEW, MANY = 5, 20
MOST_MINUTES, AIM_ADDED, AIM_MEMORY = 8, 1.2, 1.1


def make(folder: str, n_patients: str) -> dict:
    """Simulate a release, make the task of the paper from it and leave it in the folder."""
    from alsnb.study.input import find_input
    from alsnb.study.proact import prepare
    from alsnb.study.task import make_task

    study = prepare(find_input(n_patients=int(n_patients), seed=SEED).release)
    task = make_task(study, n_folds=5, seed=0)
    Path(folder, "task.pickle").write_bytes(pickle.dumps(task))
    return {"patients": len(task.split.train), "folds": len(task.folds)}


def search(folder: str, n_trials: str) -> dict:
    """Search every network, with an empty store."""
    from joblib.externals.loky import get_reusable_executor

    from alsnb.study.search import search as search_one
    from alsnb.vocabulary import NETWORKS

    task = pickle.loads(Path(folder, "task.pickle").read_bytes())
    spent = {}
    for network in NETWORKS:
        start = time.perf_counter()
        found = search_one(task, network, n_trials=int(n_trials), seed=0)
        spent[network] = time.perf_counter() - start
        assert (found.trials["problem"] == "").all(), found.trials["problem"]
    get_reusable_executor().shutdown(wait=True)
    kilobytes = 1 if sys.platform == "darwin" else 1024
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * kilobytes / GIGABYTE
    return {"seconds": sum(spent.values()), "networks": spent, "worker_gigabytes": worker}


def in_process(store: Path, job: str, *words: object) -> dict:
    """Do a job in a fresh process and return what it found."""
    command = [sys.executable, "-m", "benchmarks.search", job, *map(str, words)]
    surroundings = os.environ | {"ALSNB_STORE": str(store)}
    how = {"cwd": TOP, "env": surroundings, "check": True}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", **how)
    return json.loads(done.stdout.splitlines()[-1])


def measure(n_patients: int = FULL, few: int = FEW, many: int = MANY) -> list[dict]:
    """Search with few and with many configurations, each from an empty store."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        task = in_process(folder / "release", "make", folder, n_patients)
        small = in_process(folder / "few", "search", folder, few)
        large = in_process(folder / "many", "search", folder, many)
    return [
        row_time(task, large, many),
        row_added(small, large, few=few, many=many),
        row_memory(small, large, few=few, many=many),
    ]


def row_time(task: dict, large: dict, many: int) -> dict:
    each = ", ".join(f"{network} {spent:.0f} s" for network, spent in large["networks"].items())
    return {
        "name": f"search, {many} configurations of three networks: share of {MOST_MINUTES} min",
        "ratio": round(large["seconds"] / (60 * MOST_MINUTES), 3),
        "aim": 1,
        "better": "lower",
        "detail": f"{each}; {task['patients']:,} patients, {task['folds']} folds, "
        "two processes, rankings and compilation included",
    }


def row_added(small: dict, large: dict, *, few: int, many: int) -> dict:
    first = small["seconds"] / few
    added = (large["seconds"] - small["seconds"]) / (many - few)
    return {
        "name": "search: time of an added configuration over that of the first",
        "ratio": round(added / first, 3),
        "aim": AIM_ADDED,
        "better": "lower",
        "detail": f"{added:.1f} s for each of {many - few} more, {first:.1f} s for each of {few}, "
        "three networks each",
    }


def row_memory(small: dict, large: dict, *, few: int, many: int) -> dict:
    peaks = [one["peak_gigabytes"] for one in (small, large)]
    workers = [one["worker_gigabytes"] for one in (small, large)]
    return {
        "name": f"search: peak memory of {many} configurations over that of {few}",
        "ratio": round(peaks[1] / peaks[0], 3),
        "aim": AIM_MEMORY,
        "better": "lower",
        "detail": f"{peaks[1]:.2f} GB against {peaks[0]:.2f} GB; the largest process that shares "
        f"the work {workers[1]:.2f} GB against {workers[0]:.2f} GB",
    }


JOBS = {"make": make, "search": search}

if __name__ == "__main__":
    found = JOBS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(found | {"peak_gigabytes": peak_gigabytes()}))
