"""Time ``make book`` from nothing, unchanged, and after a change in prose, in one run."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
AIM_UNCHANGED_SECONDS = 15
AIM_COLD_SECONDS = 20 * 60


def build(folder: Path, store: Path) -> float:
    began = time.perf_counter()
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", "book", "-W", "-n", "--keep-going"]
    subprocess.run(
        command,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"ALSNB_STORE": str(store), "PYTHONPATH": str(folder)},
    )
    return time.perf_counter() - began


def measure() -> list[dict]:
    with tempfile.TemporaryDirectory() as name:
        folder, store = Path(name) / "project", Path(name) / "store"
        kept = shutil.ignore_patterns(".git", ".venv", "_build", "_store", "runs")
        shutil.copytree(TOP, folder, ignore=kept, symlinks=True)
        cold = build(folder, store)
        unchanged = build(folder, store)
        page = folder / "book" / "10-dream.md"
        page.write_text(
            page.read_text(encoding="utf-8").replace(
                "## Takeaways", "One more sentence.\n\n## Takeaways"
            ),
            encoding="utf-8",
        )
        prose = build(folder, store)
    seconds = {"cold": cold, "unchanged": unchanged, "prose edit": prose}
    aims = {
        "cold": AIM_COLD_SECONDS,
        "unchanged": AIM_UNCHANGED_SECONDS,
        "prose edit": AIM_UNCHANGED_SECONDS,
    }
    return [
        {
            "name": f"book, {case}: share of a cold build",
            "ratio": round(spent / cold, 4),
            "aim": round(aims[case] / cold, 4),
            "better": "lower",
            "detail": f"{spent:.1f} s, aim {aims[case]} s; environment installed beforehand",
        }
        for case, spent in seconds.items()
    ]


if __name__ == "__main__":
    for row in measure():
        print(row)
