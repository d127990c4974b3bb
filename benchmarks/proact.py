"""How fast a PRO-ACT release becomes a cohort: against a bare parser, and against the plain way.

Every job that fills memory runs in a process of its own: ``python -m benchmarks.proact JOB ...``
prints what it found as JSON.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

TOP = Path(__file__).resolve().parent.parent
SEED = 2022
FULL = 11_675
SIZES = (FULL, 2 * FULL, 4 * FULL)
N_ROUNDS = 3
GIGABYTE = 1e9
AIM_PARSER, AIM_PLAIN, AIM_EXPONENT = 4, 5, 1.0
AIM_MEMORY = 3
MOST_GIGABYTES, MOST_SECONDS = 3, 90


def simulate(folder: str, n_patients: str) -> dict:
    """Draw a world with its oracle and write it as a release; truth lies in ``FOLDER_truth``."""
    from alsnb.synthetic.draw import draw_world
    from alsnb.synthetic.write import write_release

    start = time.perf_counter()
    world = draw_world(int(n_patients), seed=SEED)
    drawn = time.perf_counter()
    write_release(world, Path(folder), release="2022", truth=Path(f"{folder}_truth"))
    ended = time.perf_counter()
    size = sum(file.stat().st_size for file in Path(folder).glob("*.csv"))
    return {"seconds": ended - start, "drawing": drawn - start, "megabytes": size / 1e6}


def prepare_once(folder: str) -> dict:
    """Prepare a release: read, clean, cohort, features, sequences."""
    from alsnb.study.proact import prepare

    start = time.perf_counter()
    study = prepare(folder)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "patients": len(study.cohort.patients)}


def prepare_and_parse(folder: str, warm: str) -> dict:
    """Prepare, and only parse, the same files in turns; the best of each."""
    from alsnb.study.proact import prepare

    prepare(warm)  # no round pays for imports
    parse(warm)
    best: dict[str, float] = {}
    for _ in range(N_ROUNDS):
        for name, job in (("prepare", prepare), ("parse", parse)):
            start, worked = time.perf_counter(), time.process_time()
            result = job(folder)
            spent = {name: time.perf_counter() - start}
            spent[f"{name}_processor"] = time.process_time() - worked
            best |= {key: min(value, best.get(key, np.inf)) for key, value in spent.items()}
            del result
    return best


def parse(folder: str) -> list:
    """Return every table that is read or counted, parsed as pyarrow does it best."""
    from pyarrow import csv

    from alsnb.tables.proact.release import find_release

    release = find_release(folder)
    # a footer is no record, which pyarrow has to be told
    options = csv.ParseOptions(invalid_row_handler=lambda row: "skip")
    return [csv.read_csv(release.open(table), parse_options=options) for table in release.files]


def plain(folder: str) -> dict:
    """Go the plain way, and count how often it comes to the same numbers."""
    from alsnb.study.proact import prepare
    from benchmarks import plain_way

    start = time.perf_counter()
    slopes, features = plain_way.run(Path(folder))
    seconds = time.perf_counter() - start
    study = prepare(folder)
    return {"seconds": seconds, "patients": len(slopes)} | agreement(study, slopes, features)


def agreement(study, slopes, features) -> dict:
    """Return the shares of slopes and of features that the plain way has in common with ours."""
    both = slopes.index.intersection(study.cohort.patients.index)
    same_slopes = np.isclose(slopes[both], study.cohort.patients.loc[both, "slope"]).mean()
    names = features.columns.intersection(study.features.columns)
    same = np.isclose(
        features.loc[both, names], study.features.loc[both, names], equal_nan=True, rtol=1e-6
    )
    return {
        "in_both": len(both),
        "same_slopes": float(same_slopes),
        "n_features": len(names),
        "same_features": float(same.mean()),
    }


def write_cohorts(folder: str) -> dict:
    """Run the command and a plain pandas program on a release in turns, as whole processes."""
    programs = {
        "ours": ["-c", "from alsnb.cli import main; main()", "cohort", folder, "--out"],
        "plain": ["-m", "benchmarks.plain_cohort", folder],
    }
    best = dict.fromkeys(programs, np.inf)
    with tempfile.TemporaryDirectory() as out:
        for _ in range(N_ROUNDS):
            for name, words in programs.items():
                command = [sys.executable, *words, f"{out}/{name}"]
                start = time.perf_counter()
                subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.DEVNULL)
                best[name] = min(best[name], time.perf_counter() - start)
    return best


JOBS: dict[str, Callable[..., dict]] = {
    "simulate": simulate,
    "prepare": prepare_once,
    "versus-parser": prepare_and_parse,
    "plain": plain,
    "cohort": write_cohorts,
}


def peak_gigabytes() -> float:
    """Return the largest memory of this process, without that of the one which started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(
            text
            for text in status.read_text(encoding="utf-8").splitlines()
            if text.startswith("VmHWM")
        )
        return int(line.split()[1]) * 1024 / GIGABYTE
    kilobytes = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobytes / GIGABYTE


def in_process(job: str, *words: object) -> dict:
    """Do a job in a fresh process and return what it found."""
    command = [sys.executable, "-m", "benchmarks.proact", job, *map(str, words)]
    done = subprocess.run(
        command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure() -> list[dict]:
    """Simulate releases of three sizes and measure what is done with them, in one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = folder / "small"
        in_process("simulate", small, 300)
        simulated, prepared = {}, {}
        for size in SIZES:
            release = folder / "release"
            simulated[size] = in_process("simulate", release, size)
            prepared[size] = min(
                (in_process("prepare", release) for _ in range(2)), key=lambda one: one["seconds"]
            )
            if size == FULL:
                against = in_process("versus-parser", release, small)
                plainly = in_process("plain", release)
                cohorts = in_process("cohort", release)
            shutil.rmtree(release)
            shutil.rmtree(f"{release}_truth")
    return [
        row_parser(against, simulated[FULL]),
        row_memory(prepared[FULL]),
        row_memory_factor(simulated, prepared),
        row_scaling({size: found["seconds"] for size, found in prepared.items()}),
        row_plain(plainly, against["prepare"]),
        row_cohort(cohorts),
        *rows_simulation(simulated[FULL]),
    ]


def row_parser(against: dict, simulated: dict) -> dict:
    return {
        "name": "proact, prepare: times pyarrow only parsing the same files",
        "ratio": round(against["prepare"] / against["parse"], 3),
        "aim": AIM_PARSER,
        "better": "lower",
        "detail": f"{FULL:,} patients, {simulated['megabytes']:.0f} MB: {against['prepare']:.2f} s "
        f"against {against['parse']:.2f} s, best of {N_ROUNDS} in turns; "
        f"of processor time {against['prepare_processor']:.2f} s against "
        f"{against['parse_processor']:.2f} s",
    }


def row_memory(prepared: dict) -> dict:
    return {
        "name": f"proact, prepare: peak memory as a share of {MOST_GIGABYTES} GB",
        "ratio": round(prepared["peak_gigabytes"] / MOST_GIGABYTES, 3),
        "aim": 1,
        "better": "lower",
        "detail": f"{prepared['peak_gigabytes']:.2f} GB in a process that only prepares",
    }


def row_memory_factor(simulated: dict[int, dict], prepared: dict[int, dict]) -> dict:
    files = np.array([found["megabytes"] / 1e3 for found in simulated.values()])
    peaks = np.array([found["peak_gigabytes"] for found in prepared.values()])
    factor, alone = np.polyfit(files, peaks, 1)
    points = zip(simulated, files, peaks, strict=True)
    each = "; ".join(f"{n:,}: {size:.3f} and {peak:.2f}" for n, size, peak in points)
    return {
        "name": "proact, prepare: bytes of memory that each byte of the files takes",
        "ratio": round(float(factor), 2),
        "aim": AIM_MEMORY,
        "better": "lower",
        "detail": f"beside {alone:.2f} GB that a release of any size takes; patients: GB of files "
        f"and of peak memory: {each}",
    }


def row_scaling(seconds: dict[int, float]) -> dict:
    exponent = np.polyfit(np.log(list(seconds)), np.log(list(seconds.values())), 1)[0]
    spent = ", ".join(f"{n:,}: {spent:.2f} s" for n, spent in seconds.items())
    return {
        "name": "proact, prepare: exponent of time over patients",
        "ratio": round(float(exponent), 3),
        "aim": AIM_EXPONENT,
        "better": "lower",
        "detail": f"patients: seconds, best of 2 fresh processes each: {spent}",
    }


def row_plain(plainly: dict, ours: float) -> dict:
    return {
        "name": "proact, prepare: times faster than read_csv and groupby-apply",
        "ratio": round(plainly["seconds"] / ours, 2),
        "aim": AIM_PLAIN,
        "better": "higher",
        "detail": f"{plainly['seconds']:.1f} s against {ours:.2f} s; of "
        f"{plainly['patients']:,} patients {plainly['in_both']:,} in both, with "
        f"{plainly['same_slopes']:.1%} equal slopes and {plainly['same_features']:.1%} equal values"
        f" in {plainly['n_features']} features",
    }


def row_cohort(cohorts: dict) -> dict:
    return {
        "name": "proact, alsnb cohort: time over that of a plain pandas program",
        "ratio": round(cohorts["ours"] / cohorts["plain"], 3),
        "aim": 1,
        "better": "lower",
        "detail": f"{FULL:,} patients, whole processes with their imports: {cohorts['ours']:.1f} s "
        f"against {cohorts['plain']:.1f} s, best of {N_ROUNDS} in turns",
    }


def rows_simulation(simulated: dict) -> list[dict]:
    seconds, peak = simulated["seconds"], simulated["peak_gigabytes"]
    drawing = simulated["drawing"]
    return [
        {
            "name": f"proact, simulate: share of {MOST_SECONDS} s",
            "ratio": round(seconds / MOST_SECONDS, 3),
            "aim": 1,
            "better": "lower",
            "detail": f"{seconds:.1f} s for {FULL:,} patients, {drawing:.1f} s of it to draw the "
            f"world; {simulated['megabytes']:.0f} MB and the truth",
        },
        {
            "name": f"proact, simulate: peak memory as a share of {MOST_GIGABYTES} GB",
            "ratio": round(peak / MOST_GIGABYTES, 3),
            "aim": 1,
            "better": "lower",
            "detail": f"{peak:.2f} GB",
        },
    ]


if __name__ == "__main__":
    found = JOBS[sys.argv[1]](*sys.argv[2:]) if len(sys.argv) > 1 else {"rows": measure()}
    print(json.dumps(found | {"peak_gigabytes": peak_gigabytes()}))
