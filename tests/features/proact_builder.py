"""Clean tables of PRO-ACT made by hand or drawn, for tests that need no files."""

import numpy as np
import pandas as pd

from alsnb.cleaning.release import CleanTables
from alsnb.cleaning.small_tables import LEVELS
from alsnb.cleaning.subjects import SITES
from alsnb.tables.proact.schema import lab_tests
from alsnb.tables.source import Source

ITEMS = [
    "speech",
    "salivation",
    "swallowing",
    "handwriting",
    "cutting",
    "dressing",
    "turning",
    "walking",
    "climbing",
    "respiratory",
]
REVISED = ["dyspnea", "orthopnea", "insufficiency"]
VITALS = [
    "systolic",
    "diastolic",
    "pulse",
    "respiratory_rate",
    "temperature",
    "weight",
    "height",
    "bmi",
]
COLUMNS = {
    "alsfrs": ["day", *ITEMS, *REVISED, "total", "total_revised", "gastrostomy"],
    "fvc": ["day", "litres", "percent", "normal"],
    "svc": ["day", "litres", "percent", "normal"],
    "vitals": ["day", *VITALS],
    "labs": ["day", "measure", "value", "censored"],
    "demographics": ["age", "male", "caucasian", "race", "hispanic"],
    "history": ["onset_day", "diagnosis_day", "site", "symptom"],
    "riluzole": ["riluzole"],
    "treatment": ["active"],
    "death": ["died", "death_day"],
    "family": ["family_als"],
    "el_escorial": ["level"],
}
WORDS = {
    "measure": list(lab_tests()),
    "race": ["Caucasian"],
    "site": list(SITES),
    "symptom": ["Speech"],
    "level": list(LEVELS),
}
LONGITUDINAL = [table for table, columns in COLUMNS.items() if "day" in columns]


def make_clean(**tables):
    """Clean tables from rows given as dictionaries; tables and columns not given are empty."""
    frames = {name: make_frame(name, tables.get(name, ())) for name in COLUMNS}
    ids = np.unique(np.concatenate([frame["subject_id"] for frame in frames.values()]))
    source = Source(
        name="proact", kind="simulated", title="made by hand", n_patients=len(ids), sha256="0"
    )
    return CleanTables(source=source, frames=frames, audit=pd.DataFrame())


def make_frame(table, rows):
    """One clean table, with the columns and types of the contract."""
    frame = pd.DataFrame(list(rows)).reindex(columns=["subject_id", *COLUMNS[table]])
    frame["subject_id"] = frame["subject_id"].astype(np.int64)
    for column in COLUMNS[table]:
        if column in WORDS:
            ordered = column == "level"
            frame[column] = pd.Categorical(frame[column], categories=WORDS[column], ordered=ordered)
        else:
            frame[column] = frame[column].astype(float)
    if "censored" in frame:
        frame["censored"] = frame["censored"].fillna(0).astype(bool)
    frame["row"] = np.arange(1, len(frame) + 1, dtype=np.int32)
    return in_order(frame)


def in_order(frame):
    """The rows sorted by subject and day, as a clean table's are."""
    keys = [column for column in ("subject_id", "day") if column in frame]
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def with_frames(clean, **frames):
    """The same clean tables but for some."""
    return CleanTables(source=clean.source, frames=clean.frames | frames, audit=clean.audit)


def visit(subject, day, level=3.0, **values):
    """One questionnaire with every item at one level."""
    answers = dict.fromkeys(ITEMS, float(level)) | {"total": 10.0 * level}
    return {"subject_id": subject, "day": day} | answers | values


def draw_clean(seed, n_patients=40):
    """Clean tables of patients that are followed up for up to two years."""
    rng = np.random.default_rng(seed)
    subjects = np.sort(rng.choice(np.arange(100, 10_000), n_patients, replace=False))
    frames = {table: _draw(rng, table, subjects) for table in COLUMNS}
    frames["alsfrs"]["total"] = frames["alsfrs"][ITEMS].sum(axis=1, skipna=False)
    source = Source(
        name="proact", kind="simulated", title="drawn", n_patients=n_patients, sha256=str(seed)
    )
    return CleanTables(source=source, frames=frames, audit=pd.DataFrame())


def _draw(rng, table, subjects):
    """Rows of a table: several days of a subject where it has days, else one row."""
    per_subject = rng.integers(0, {"labs": 60, "alsfrs": 14}.get(table, 10), len(subjects))
    if table not in LONGITUDINAL:
        per_subject = rng.random(len(subjects)) < 0.8
    frame = pd.DataFrame({"subject_id": np.repeat(subjects, per_subject).astype(np.int64)})
    for column in COLUMNS[table]:
        frame[column] = _draw_column(rng, column, len(frame))
    frame["row"] = rng.permutation(len(frame)).astype(np.int32)
    keys = [column for column in ("subject_id", "day", "measure") if column in frame]
    return in_order(frame.drop_duplicates(keys))


def _draw_column(rng, column, n_rows):
    if column in WORDS:
        codes = rng.integers(0, len(WORDS[column]), n_rows)
        return pd.Categorical.from_codes(codes, WORDS[column], ordered=column == "level")
    if column in ("day", "death_day"):
        return np.where(rng.random(n_rows) < 0.3, 0, rng.integers(-40, 700, n_rows)).astype(float)
    if column in ("onset_day", "diagnosis_day"):
        return -rng.integers(20, 2000, n_rows).astype(float)
    if column == "censored":
        return rng.random(n_rows) < 0.05
    whole = rng.integers(0, 5, n_rows).astype(float)
    values = whole if column in [*ITEMS, *REVISED] else rng.normal(70, 12, n_rows).round(1)
    if column in ("male", "caucasian", "riluzole", "active", "family_als", "died"):
        values = (whole > 1).astype(float)
    return np.where(rng.random(n_rows) < 0.03, np.nan, values)


def make_study(clean, *, kind="simulated", **slope):
    """A study of clean tables, as if they had been read; its source says what it is told."""
    from alsnb.cohort import select_cohort
    from alsnb.features.proact import derive_features
    from alsnb.features.sequences import make_sequences
    from alsnb.outcomes import SlopeSettings
    from alsnb.study.proact import Reading, Study

    source = Source(**vars(clean.source) | {"kind": kind})
    clean = CleanTables(source=source, frames=clean.frames, audit=clean.audit)
    cohort = select_cohort(clean, SlopeSettings(**slope))
    features, catalogue = derive_features(clean, cohort)
    nothing = pd.DataFrame()
    return Study(
        source=source,
        reading=Reading(release="2022", counts=nothing, notes=nothing, failures=nothing),
        clean=clean,
        cohort=cohort,
        features=features,
        catalogue=catalogue,
        sequences=make_sequences(clean, cohort),
    )


def make_patients(n_patients, **rows):
    """Clean tables of patients with a slope of -1; rows of other tables by patient number."""
    alsfrs = [
        visit(subject, day, total=30 - day / 30)
        for subject in range(1, n_patients + 1)
        for day in (0, 120, 420)
    ]
    by_table = {
        table: [{"subject_id": subject} | row for subject, row in enumerate(values, 1)]
        for table, values in rows.items()
    }
    return make_clean(alsfrs=alsfrs, **by_table)
