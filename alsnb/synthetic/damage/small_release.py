"""Draw a small good release as texts, and write such texts to a folder."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.tables.proact import schema

FIRST_ID = 734_191
"""Identifiers start here, so that one that leaks into a message can be told."""

VISITS = np.array([0, 31, 62, 93, 124, 185, 246, 307, 372, 430])


def small_release(n_patients: int = 24, seed: int = 0, release: str = "2022") -> dict[str, str]:
    """Return the text of every table of a release by the name of its file."""
    rng = np.random.default_rng(seed)
    ids = FIRST_ID + 37 * np.arange(n_patients)
    frames = {
        "alsfrs": _alsfrs(rng, ids),
        "fvc": _spirometry(rng, ids, "fvc"),
        "svc": _spirometry(rng, ids[::3], "svc"),
        "vitals": _vitals(rng, ids),
        "labs": _labs(rng, ids),
        **_one_row_each(rng, ids),
    }
    tables = schema.tables_of(release)
    return {table.files[release]: _text(frames.get(name), table) for name, table in tables.items()}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write texts, or bytes, to a folder and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _text(frame: pd.DataFrame | None, table: schema.Table) -> str:
    names = {column.key: column.name for column in table.columns}
    if frame is None:
        frame = pd.DataFrame({"subject_id": FIRST_ID + 37 * np.arange(6)})
    frame = frame.reindex(columns=list(names)).rename(columns=names)
    out = io.StringIO()
    frame.to_csv(out, index=False, lineterminator="\n")
    return out.getvalue()


def _visits(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(ids, len(VISITS)), np.tile(VISITS, len(ids))


def _alsfrs(rng: np.random.Generator, ids: np.ndarray) -> pd.DataFrame:
    subject, day = _visits(ids)
    start = rng.uniform(3, 4, (len(ids), 10)).repeat(len(VISITS), axis=0)
    fall = rng.uniform(0, 0.006, (len(ids), 10)).repeat(len(VISITS), axis=0)
    items = np.clip(np.round(start - fall * day[:, None]), 0, 4).astype(int)
    keys = [column.key for column in schema.tables()["alsfrs"].columns]
    frame = pd.DataFrame({"subject_id": subject, "alsfrs_delta": day})
    questions = [key for key in keys if key.startswith("q") and "with_gas" not in key]
    for place, key in enumerate(questions):
        frame[key] = items[:, place]
    frame["alsfrs_total"] = items.sum(axis=1)
    return frame


def _spirometry(rng: np.random.Generator, ids: np.ndarray, table: str) -> pd.DataFrame:
    subject, day = _visits(ids)
    litres = np.round(rng.uniform(1.5, 4.5, len(subject)), 2)
    delta = {"fvc": "forced_vital_capacity_delta", "svc": "slow_vital_capacity_delta"}[table]
    return pd.DataFrame(
        {
            "subject_id": subject,
            "subject_liters_trial_1": litres,
            "pct_of_normal_trial_1": np.round(litres / 4.1 * 100),
            "subject_normal": 4.1,
            delta: day,
        }
    )


def _vitals(rng: np.random.Generator, ids: np.ndarray) -> pd.DataFrame:
    subject, day = _visits(ids)
    count = len(subject)
    return pd.DataFrame(
        {
            "subject_id": subject,
            "blood_pressure_diastolic": rng.integers(65, 95, count),
            "blood_pressure_systolic": rng.integers(110, 150, count),
            "pulse": rng.integers(55, 95, count),
            "respiratory_rate": rng.integers(12, 22, count),
            "temperature": np.round(rng.uniform(36.1, 37.2, count), 1),
            "weight": np.round(rng.uniform(55, 95, count), 1),
            "weight_units": "Kilograms",
            "height": np.where(day == 0, 171.0, np.nan),
            "height_units": np.where(day == 0, "Centimeters", ""),
            "vital_signs_delta": day,
        }
    )


def _labs(rng: np.random.Generator, ids: np.ndarray) -> pd.DataFrame:
    tests = {
        "Albumin": ("g/L", 44),
        "Sodium": ("mmol/L", 140),
        "Creatinine": ("umol/L", 68),
        "Urine Protein": ("", 0),
        "Factor VIII": ("%", 90),
    }
    parts = []
    for name, (unit, middle) in tests.items():
        subject, day = _visits(ids)
        values = np.round(middle * rng.uniform(0.95, 1.05, len(subject)), 1).astype(str)
        if name == "Urine Protein":
            values = rng.choice(["Negative", "Trace", "1+"], len(subject))
        parts.append(
            pd.DataFrame(
                {
                    "subject_id": subject,
                    "test_name": name,
                    "test_result": values,
                    "test_unit": unit,
                    "laboratory_delta": day,
                }
            )
        )
    return pd.concat(parts).sort_values(["subject_id", "laboratory_delta"], kind="stable")


def _one_row_each(rng: np.random.Generator, ids: np.ndarray) -> dict[str, pd.DataFrame]:
    count = len(ids)
    onset = -rng.integers(200, 1500, count)
    site = rng.choice(["Onset: Limb", "Onset: Bulbar"], count)
    died = ids[::5]
    return {
        "demographics": pd.DataFrame(
            {
                "subject_id": ids,
                "demographics_delta": 0,
                "age": rng.integers(35, 80, count),
                "ethnicity": "Unknown",
                "race_caucasian": 1,
                "sex": rng.choice(["Male", "Female"], count),
            }
        ),
        "history": pd.DataFrame(
            {
                "subject_id": ids,
                "subject_als_history_delta": 0,
                "symptom": "Weakness",
                "site_of_onset": site,
                "onset_delta": onset,
                "diagnosis_delta": onset // 2,
            }
        ),
        "riluzole": pd.DataFrame(
            {"subject_id": ids, "subject_used_riluzole": "Yes", "riluzole_use_delta": 0}
        ),
        "treatment": pd.DataFrame(
            {"subject_id": ids, "study_arm": "Active", "treatment_group_delta": 0}
        ),
        "death": pd.DataFrame({"subject_id": died, "subject_died": "Yes", "death_days": 700}),
        "family": pd.DataFrame({"subject_id": ids[:4], "neurological_disease": "ALS", "mother": 1}),
        "el_escorial": pd.DataFrame(
            {"subject_id": ids, "delta_days": 0, "el_escorial": "Definite"}
        ),
    }
