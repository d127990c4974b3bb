"""Find the folder of a PRO-ACT download, if its reader has named one."""

from pathlib import Path

from alsnb.checks import place_named

VARIABLE = "ALSNB_PROACT"
"""Environment variable that names the download, for a whole book built on real patients."""


def find_proact(data_dir: str = "") -> Path | None:
    """Return the folder or zip of a download: the one named, else ``ALSNB_PROACT``, else None.

    Raises
    ------
    alsnb.checks.BadInput
        If one is named and is not there.
    """
    return place_named(
        data_dir,
        argument="data_dir",
        variable=VARIABLE,
        expected="the folder of a PRO-ACT download, or its zip archive",
        people="patients",
    )
