"""Find the imaging study that a reader of the book has named, if there is one."""

from pathlib import Path

from alsnb.checks import place_named

VARIABLE = "ALSNB_IMAGING"
"""Environment variable that names the study, for a whole book built on real people."""


def find_imaging(imaging_dir: str = "") -> Path | None:
    """Return the folder or zip of a study: the one named, else ``ALSNB_IMAGING``, else None.

    Raises
    ------
    alsnb.checks.BadInput
        If one is named and is not there.
    """
    return place_named(
        imaging_dir,
        argument="imaging_dir",
        variable=VARIABLE,
        expected="the folder of an imaging study, or its zip archive",
        people="people",
    )
