"""From a release to the files of a cohort as a plain and well-written pandas program does it.

It reads with ``read_csv``, drops repeats, sums, joins and summarises by ``groupby().agg``: no loop
over patients. It keeps no account of what it drops, checks nothing and knows the 2022 release
only. ``python -m benchmarks.plain_cohort RELEASE FOLDER`` is the rival of ``alsnb cohort``.
"""

import sys
from pathlib import Path

import pandas as pd

from benchmarks import plain_way
from benchmarks.plain_way import DAYS_PER_MONTH, ITEMS, VITALS


def slopes_of(alsfrs: pd.DataFrame) -> pd.Series:
    """Return points per month from the first visit after 3 to the first after 12 months."""
    visits = alsfrs.sort_values(["subject_id", "day"])
    months = (visits["day"] - visits.groupby("subject_id")["day"].transform("min")) / DAYS_PER_MONTH
    first, second = (
        visits[months > limit].drop_duplicates("subject_id").set_index("subject_id")
        for limit in (3, 12)
    )
    gap = second[["day", "alsfrs_total"]] - first[["day", "alsfrs_total"]]
    slope = gap["alsfrs_total"] / (gap["day"] / DAYS_PER_MONTH)
    return slope[gap["day"] > 0].dropna().rename("slope")


def summarize(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the seven summaries of every group of rows with ``month`` and ``value``."""
    groups = frame.sort_values([*keys, "month"]).groupby(keys)
    found = groups["value"].agg(["min", "max", "median", "std", "first", "last"])
    months = groups["month"].agg(["first", "last"])
    between = (months["last"] - months["first"]).where(lambda gap: gap > 0)
    return found.assign(slope=(found["last"] - found["first"]) / between)


def run(folder: Path) -> tuple[pd.Series, pd.DataFrame]:
    """Return the slope and the features of every patient with a visit after twelve months."""
    alsfrs = plain_way.read_alsfrs(folder)
    slopes = slopes_of(alsfrs)
    zero = alsfrs.groupby("subject_id")["day"].min().rename("zero")
    measured = {
        "alsfrs": (alsfrs, ["alsfrs_total", *ITEMS]),
        "fvc": (plain_way.read_spirometry(folder, "FVC", "Forced_Vital_Capacity_Delta"), ["fvc"]),
        "svc": (plain_way.read_spirometry(folder, "SVC", "Slow_vital_Capacity_Delta"), ["svc"]),
        "vitals": (plain_way.read_vitals(folder), [*VITALS, "bmi"]),
    }
    tables = []
    for frame, names in measured.values():
        window = plain_way.in_window(frame, zero, slopes.index)
        for name in names:
            rows = window.rename(columns={name: "value"})[["subject_id", "month", "value"]]
            tables.append(summarize(rows.dropna(), ["subject_id"]).add_suffix(f"_{name}"))
    labs = plain_way.in_window(plain_way.read_labs(folder), zero, slopes.index)
    wide = summarize(labs, ["subject_id", "measure"]).unstack()  # noqa: PD010
    wide.columns = [f"{summary}_{measure}" for summary, measure in wide.columns]
    features = slopes.to_frame().join([*tables, wide, *plain_way.read_facts(folder, zero)])
    return features.pop("slope"), features


def main(release: str, out: str) -> None:
    """Write the cohort and its features to a folder."""
    slopes, features = run(Path(release))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    slopes.to_csv(folder / "cohort.csv")
    features.to_parquet(folder / "features.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
