"""Run every benchmark, print its ratio beside its aim, and keep them in ``results.json``."""

import json
import sys
from pathlib import Path

from benchmarks import book, bootstrap, imaging, proact, search, together, training

MEASURES = {
    "training": training.measure,
    "together": together.measure,
    "bootstrap": bootstrap.measure,
    "proact": proact.measure,
    "imaging": imaging.measure,
    "search": search.measure,
    "book": book.measure,
}


def main(names: list[str]) -> None:
    file = Path(__file__).with_name("results.json")
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    for name in names or MEASURES:
        found = MEASURES[name]()
        rows = found if isinstance(found, list) else [found]
        for row in rows:
            aim = f"aim {row['aim']}, {row['better']} is better"
            print(f"{row['name']}: {row['ratio']:.3g} ({aim}) {row['detail']}")
        fresh = {row["name"] for row in rows}
        kept = [row for row in kept if row["name"] not in fresh] + rows
    file.write_text(
        json.dumps(sorted(kept, key=lambda row: row["name"]), indent=1) + "\n", encoding="utf-8"
    )


main(sys.argv[1:])
