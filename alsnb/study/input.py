"""Decide what a chapter is built on: the reader's own download, or the simulated twin."""

from dataclasses import dataclass
from pathlib import Path

from alsnb.study.proact import simulated_release
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
    n_patients: int,
    mess: bool = True,
    world: str = "",
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
    n_patients : int
        How many are simulated.
    mess : bool
        Whether the defects of the real files are put in.
    world : str
        Which of the rival worlds patients are drawn from, one of
        :data:`alsnb.synthetic.worlds.WORLDS`; the first of them by default.
    seed : int
        Seed of the twin.
    """
    found = find_proact(data_dir)
    if found is not None:
        return Input(release=found)
    files, truth = simulated_release(
        n_patients=n_patients, release=release, seed=seed, tidy=not mess, world=world
    )
    return Input(release=files, truth=truth)
