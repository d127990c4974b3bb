"""Write what lies behind a simulated release into a folder of its own.

Its files, with subjects numbered as in the tables:

- ``patients.csv``: every true trait of a patient, whether or not a table shows it; the true
  slope and the oracle's prediction of it under both rules. ``world_id`` is the number in the
  world, which differs from ``subject_id`` in the F release.
- ``trials.csv``: what each pseudo-trial asked, measured and wrote down.
- ``visits.parquet``: the ratings given, before any error of writing.
- ``course.parquet``: points lost in each domain, vital capacity and muscle at the beginning of
  each month, for patients whether or not they lived or stayed to see it.
- ``defects.csv``: each defect's file, row (1 is the first record), column, kind, what is
  written and what would be right; nothing there means that the row should not exist, or that
  the cell should be blank.
- ``parameters.yaml``: what the world was drawn from.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

from alsnb.compute.files import file_being_made, write_atomically
from alsnb.outcomes import DAYS_PER_MONTH, RULES, SlopeSettings
from alsnb.synthetic.course import breath_percent_at, domains_lost, muscle_at
from alsnb.synthetic.files import write_table
from alsnb.synthetic.mess import to_text
from alsnb.synthetic.oracle import predict_oracle, true_slopes
from alsnb.synthetic.questionnaires import find_gastrostomies
from alsnb.synthetic.world import World

MONTHS = 24
"""Months of the latent course that are written."""


def write_truth(
    world: World,
    folder: Path,
    numbers: pd.Series,
    defects: pd.DataFrame,
    *,
    release: str,
    tidy: bool,
) -> None:
    """Write the truth behind a release.

    *numbers* is the number written for each subject, by its number in the world; *defects* has
    ``file`` and the columns of :data:`alsnb.synthetic.mess.DEFECTS`; *release* and *tidy* are for
    the record.
    """
    folder.mkdir(parents=True, exist_ok=True)
    patients = world.patients.sort_index()
    _write_frame(_with_slopes(world, patients, numbers), folder / "patients.csv")
    _write_frame(world.trials.reset_index(), folder / "trials.csv")
    _write_frame(defects, folder / "defects.csv")
    visits = world.visits.assign(gastrostomy=find_gastrostomies(world))
    visits["subject_id"] = numbers.loc[visits["subject_id"]].to_numpy()
    _write_parquet(visits, folder / "visits.parquet")
    _write_parquet(_monthly_course(patients, numbers), folder / "course.parquet")
    facts = {"release": release, "tidy": tidy, "seed": world.seed, "patients": len(patients)}
    facts["parameters"] = dict(world.parameters)
    text = yaml.safe_dump(facts, sort_keys=False, default_flow_style=None, width=100)
    write_atomically(folder / "parameters.yaml", text)


def _with_slopes(world: World, patients: pd.DataFrame, numbers: pd.Series) -> pd.DataFrame:
    """Return the patients as written, with their slopes; a day that never comes is blank."""
    frame = patients.replace([np.inf, -np.inf], np.nan)
    for rule in RULES:
        settings = SlopeSettings(rule=rule)
        frame[f"slope_{rule}"] = true_slopes(world, settings)["slope"]
        oracle = predict_oracle(world, settings, n_futures=world.parameters["oracle_futures"])
        frame[f"oracle_{rule}"] = oracle["oracle_slope"]
    frame.insert(0, "world_id", patients.index.to_numpy())
    return frame.set_index(numbers.loc[patients.index].rename("subject_id")).reset_index()


def _monthly_course(patients: pd.DataFrame, numbers: pd.Series) -> pd.DataFrame:
    """Return one row per patient and month."""
    months = np.arange(MONTHS + 1)
    rows = patients.iloc[np.repeat(np.arange(len(patients)), len(months))]
    day = np.tile(months * DAYS_PER_MONTH, len(patients))
    lost = domains_lost(rows, day).items()
    levels = {f"lost_{name}": column.astype("float32") for name, column in lost}
    return pd.DataFrame(
        {
            "subject_id": numbers.loc[rows.index].to_numpy(),
            "month": np.tile(months, len(patients)),
            **levels,
            "breath_percent": breath_percent_at(rows, day).astype("float32"),
            "muscle": muscle_at(rows, day).astype("float32"),
        }
    )


def _write_frame(frame: pd.DataFrame, path: Path) -> None:
    cells = pa.table({name: to_text(frame[name]) for name in frame})
    write_table(cells, list(frame), path)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    # pyarrow takes a name in UTF-8 only, whatever the system calls its files in
    with file_being_made(path) as unfinished, unfinished.open("wb") as file:
        frame.to_parquet(file, index=False)
