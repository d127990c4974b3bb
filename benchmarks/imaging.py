"""How fast an imaging study is read, against ``numpy.loadtxt`` and ``scipy.io.loadmat`` alone.

Every reading that fills memory runs in a process of its own: ``python -m benchmarks.imaging JOB
...`` prints what it found as JSON.
"""

import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

TOP = Path(__file__).resolve().parent.parent
N_REGIONS = 68
FULL = 2_000
SIZES = (FULL // 4, FULL // 2, FULL)
N_ROUNDS = 3
AIM = 2
AIM_EXPONENT = 1.1
"""Linear, and what so small a measurement may be off by."""


def write_study(folder: Path, n_subjects: int, form: str) -> None:
    """Write a clinical table and a connectome per subject: counts, upper triangle and diagonal."""
    from scipy.io import savemat

    rng = np.random.default_rng(68)
    (folder / "connectomes").mkdir(parents=True)
    names = [f"sub-{number + 1:05}" for number in range(n_subjects)]
    table = "\n".join(["participant_id\tage_years", *(f"{name}\t60" for name in names)])
    (folder / "participants.tsv").write_text(table + "\n", encoding="utf-8")
    for name in names:
        counts = rng.lognormal(4, 2, (N_REGIONS, N_REGIONS)).astype(int)
        matrix = np.triu(counts * (rng.random(counts.shape) < 0.4))
        file = folder / "connectomes" / f"{name}_connectome.{form}"
        if form == "mat":
            savemat(file, {"sc": matrix.astype(float)})
        else:
            np.savetxt(file, matrix, "%d", ",")


def ours(folder: str) -> object:
    """Return the connectomes as the library reads them, with clinical table and account."""
    from alsnb.imaging.release import read_imaging
    from alsnb.imaging.settings import ImagingSettings

    return read_imaging(folder, ImagingSettings(modalities=("clinical", "connectome")))


def bare(folder: str) -> object:
    """Return the matrices alone, one after the other."""
    from scipy.io import loadmat

    files = sorted((Path(folder) / "connectomes").iterdir())
    if files[0].suffix == ".mat":
        return np.array([loadmat(file)["sc"] for file in files])
    return np.array([np.loadtxt(file, delimiter=",") for file in files])


def both(folder: str, warm: str) -> dict:
    """Read the same files both ways in turns; the best processor time of each."""
    ours(warm)
    bare(warm)
    best: dict[str, float] = {}
    for _ in range(N_ROUNDS):
        for name, job in (("ours", ours), ("bare", bare)):
            start = time.process_time()
            result = job(folder)
            seconds = time.process_time() - start
            best[name] = min(seconds, best.get(name, np.inf))
            del result
    return best


def peak(folder: str, warm: str) -> dict:
    """Return the most memory that reading held at once, in MB.

    What Python and NumPy allocate is counted, not what the process has: on a busy machine the
    system takes pages away, and a process whose start took more than the reading shows nothing.
    """
    ours(warm)
    tracemalloc.start()
    release = ours(folder)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"megabytes": most / 1e6, "array": release.connectomes.nbytes / 1e6}


def measure() -> list[dict]:
    """Measure time for text and ``.mat``, and how memory grows with the subjects."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        for form, rival in (("csv", "numpy.loadtxt"), ("mat", "scipy.io.loadmat")):
            write_study(top / f"{form}_warm", 20, form)
            write_study(top / form, FULL, form)
            found = _in_a_process("both", top / form, top / f"{form}_warm")
            rows.append(
                {
                    "name": f"imaging, {FULL:,} connectomes as .{form}: times {rival} alone",
                    "ratio": round(found["ours"] / found["bare"], 2),
                    "aim": AIM,
                    "better": "lower",
                    "detail": f"{N_REGIONS} x {N_REGIONS}, best of {N_ROUNDS}: ours"
                    f" {found['ours']:.2f} s, alone {found['bare']:.2f} s",
                }
            )
        rows.append(_memory(top))
    return rows


def _memory(top: Path) -> dict:
    peaks = {}
    for size in SIZES:
        write_study(top / f"n{size}", size, "csv")
        peaks[size] = _in_a_process("peak", top / f"n{size}", top / "csv_warm")
    megabytes = [peaks[size]["megabytes"] for size in SIZES]
    exponent = float(np.polyfit(np.log(SIZES), np.log(megabytes), 1)[0])
    shown = ", ".join(
        f"{size:,}: {peaks[size]['megabytes']:.0f} MB, of which the array"
        f" {peaks[size]['array']:.0f}"
        for size in SIZES
    )
    return {
        "name": "imaging: exponent of memory over subjects",
        "ratio": round(exponent, 3),
        "aim": AIM_EXPONENT,
        "better": "lower",
        "detail": f"most that reading held at once: {shown}",
    }


def _in_a_process(job: str, *arguments: object) -> dict:
    call = [sys.executable, "-m", "benchmarks.imaging", job, *map(str, arguments)]
    said = subprocess.run(call, cwd=TOP, capture_output=True, encoding="utf-8", check=True)
    return json.loads(said.stdout)


JOBS: dict[str, Callable[..., dict]] = {"both": both, "peak": peak}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](*sys.argv[2:])))
