"""Thirty-two real brains of mice of four strains, a positive control for everything else here.

Diffusion MRI of Wang et al. 2020, in the form in which the Python package graspologic ships it
(MIT licence). It says nothing about people or about ALS.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from alsnb.checks import refuse
from alsnb.compute.files import folder_being_made
from alsnb.imaging.release import ImagingRelease, read_imaging
from alsnb.imaging.settings import ImagingSettings
from alsnb.settings import data_folder

VARIABLE = "ALSNB_MICE"
"""Environment variable that names the folder or zip of the mice."""

PACKAGE = "graspologic==3.4.4"
SHA256 = "4ea5cd50f10eaff3fa90f18a8f66b1f5f42c724ac6aeb95e9f081632fc8d2d00"
"""The package that holds them, and the digest of its wheel."""

INSIDE = "graspologic/datasets/mice/"
KINDS = (".csv", ".edgelist")
"""Where they lie in the wheel, and which files are text; others are left there."""

STRAIN = "genotype"
"""Column of the strain."""

REMEDY = (
    f"Run 'pip download --no-deps --ignore-requires-python {PACKAGE}', unzip the wheel, and set"
    f" {VARIABLE} to its folder {INSIDE.rstrip('/')}."
)


def find_mice(path: str | Path = "") -> Path | None:
    """Return the folder or zip of the mice, or None if there is none.

    Parameters
    ----------
    path : str or Path
        A folder or a zip. Without it the environment variable ``ALSNB_MICE`` is asked, then the
        folder ``data/mice``.

    Raises
    ------
    BadInput
        If one is named and is not there.
    """
    named = str(path) or os.environ.get(VARIABLE, "")
    if not named:
        folder = data_folder() / "mice"
        return folder if (folder / "participants.csv").is_file() else None
    found = Path(named).expanduser()
    if not found.exists():
        raise refuse(
            "the path of the mice" if str(path) else VARIABLE,
            expected="a folder or a zip",
            found="nothing of that name",
            remedy=REMEDY,
        )
    return found


def read_mice(path: str | Path = "", settings: ImagingSettings | None = None) -> ImagingRelease:
    """Read the mice: strain and sex, regional volumes in mm3, and streamlines between regions.

    Parameters
    ----------
    path : str or Path
        Found by :func:`find_mice` if left out.
    settings : ImagingSettings, optional
        As of :func:`alsnb.imaging.release.read_imaging`.

    Returns
    -------
    ImagingRelease
        ``clinical`` has ``genotype`` and ``sex``.

    Raises
    ------
    BadInput
        If they are not there, cannot be read, or are other subjects.
    """
    found = find_mice(path)
    if found is None:
        raise refuse(
            "the mice",
            expected="a folder or a zip",
            found="none (data/mice is missing or empty)",
            remedy=f"Run 'alsnb fetch mice'. {REMEDY}",
        )
    release = read_imaging(found, settings)
    if STRAIN not in release.clinical:
        # a study of people must never be called one of mice
        raise refuse(
            "participants.csv",
            expected=f"the column {STRAIN}, as the mice have it",
            found="none of that name, so these are not the mice",
            remedy=REMEDY,
        )
    source = replace(
        release.source,
        name="mice",
        kind="animals",
        title=f"Real brains of {len(release.subjects)} mice; nothing about people",
    )
    return replace(release, source=source)


def fetch_mice(folder: str | Path | None = None) -> Path:
    """Download the package that holds the mice, and take its text files out.

    Parameters
    ----------
    folder : str or Path, optional
        Where to put them; ``data/mice`` if left out, in the checkout or the working folder.

    Returns
    -------
    Path
        The folder, which has been read once.

    Raises
    ------
    BadInput
        If there is no network, or the file is not the one that is expected.
    """
    folder = data_folder() / "mice" if folder is None else Path(folder)
    if not (folder / "participants.csv").is_file():
        with tempfile.TemporaryDirectory() as waiting:
            take_out(_downloaded(Path(waiting)), folder)
    read_mice(folder)
    return folder


def _downloaded(folder: Path) -> Path:
    """Return the wheel, which pip downloads and compares with its digest."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{SHA256}\n", encoding="utf-8")
    options = ["--no-deps", "--ignore-requires-python", "--only-binary=:all:", "--require-hashes"]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", *options]
    done = subprocess.run(
        [*pip, "--dest", str(folder), "-r", str(wanted)], capture_output=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise refuse(
            f"pip download {PACKAGE}",
            expected="the wheel of the package",
            found="none, as there is no network, no pip, or another file under this name",
            remedy=REMEDY,
        )
    return wheels[0]


def take_out(wheel: Path, folder: Path) -> None:
    """Copy the text files of the mice from a wheel into a folder, in one step.

    Parameters
    ----------
    wheel : Path
        The wheel, or another zip in which they lie in the same folder.
    folder : Path
        Is there complete, or not at all.

    Raises
    ------
    BadInput
        If the wheel holds none.
    """
    with zipfile.ZipFile(wheel) as archive, folder_being_made(folder) as new:
        names = [name for name in archive.namelist() if _is_wanted(name)]
        if not names:
            found = "none of them"
            raise refuse(wheel.name, expected=f"files in {INSIDE}", found=found, remedy=REMEDY)
        for name in names:
            target = new / name.removeprefix(INSIDE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))


def _is_wanted(name: str) -> bool:
    inside = name.startswith(INSIDE) and name.endswith(KINDS)
    return inside and ".." not in PurePosixPath(name).parts
