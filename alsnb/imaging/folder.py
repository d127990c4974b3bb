"""Find the imaging study that a reader of the book has named, if there is one."""

import os
from pathlib import Path

from alsnb.checks import refuse

VARIABLE = "ALSNB_IMAGING"
"""Environment variable that names the study, for a whole book built on real people."""


def find_imaging(imaging_dir: str = "") -> Path | None:
    """Return the folder or zip of a study: the one named, else ``ALSNB_IMAGING``, else None.

    Raises
    ------
    alsnb.checks.BadInput
        If one is named and is not there.
    """
    named = imaging_dir or os.environ.get(VARIABLE, "")
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.exists():
        raise refuse(
            "imaging_dir" if imaging_dir else VARIABLE,
            expected="the folder of an imaging study, or its zip archive",
            found="a name under which there is neither",
            remedy="Give the whole path; leave it out to build on simulated people.",
        )
    return path
