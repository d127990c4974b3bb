"""Read what is true of simulated patients; of real ones nothing is known."""

from pathlib import Path

import pandas as pd


def read_truth(truth: Path | None) -> pd.DataFrame:
    """Return what is true of every simulated patient, by subject; empty for a real download."""
    if truth is None:
        return pd.DataFrame(index=pd.Index([], name="subject_id"))
    return pd.read_csv(truth / "patients.csv", index_col="subject_id")


def read_oracle(truth: Path | None) -> pd.Series | None:
    """Return the oracle's prediction of the slope by subject; None for a real download."""
    patients = read_truth(truth)
    return None if patients.empty else patients["oracle_paper"].dropna()
