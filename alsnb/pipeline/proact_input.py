"""Decide what a chapter is built on: the reader's own download, or the simulated twin."""

from dataclasses import dataclass
from pathlib import Path

from alsnb.pipeline.proact import simulated_release
from alsnb.settings import EFFORTS
from alsnb.tables.proact.folder import find_proact


@dataclass(frozen=True, kw_only=True)
class Input:
    """Where the files of a release lie, and the truth behind them if they are simulated."""

    release: Path
    truth: Path | None = None


def find_input(
    data_dir: str = "",
    *,
    release: str = "2022",
    patients: int = 0,
    mess: bool = True,
    profile: str = "book",
    seed: int = 2022,
) -> Input:
    """Return the download that is named, else a simulated release, drawn if it is not there yet.

    Parameters
    ----------
    data_dir : str
        Folder or zip archive of a download. If it is empty and ``ALSNB_PROACT`` names none,
        patients are simulated, and the other arguments say how.
    release : {"2016", "2022", "F"}
        Which release is imitated.
    patients : int
        How many are simulated; 0 for as many as the profile says.
    mess : bool
        Whether the defects of the real files are put in.
    profile : str
        Which of :data:`alsnb.settings.PROFILES` says how many patients are simulated.
    seed : int
        Seed of the twin.
    """
    found = find_proact(data_dir)
    if found is not None:
        return Input(release=found)
    n_patients = patients or EFFORTS[profile].n_patients
    files, truth = simulated_release(
        n_patients=n_patients, release=release, seed=seed, tidy=not mess
    )
    return Input(release=files, truth=truth)
