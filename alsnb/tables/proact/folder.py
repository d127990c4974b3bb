"""Find the folder of a PRO-ACT download, if its reader has named one."""

import os
from pathlib import Path

from alsnb.checks import refuse

VARIABLE = "ALSNB_PROACT"
"""Environment variable that names the download, for a whole book built on real patients."""


def find_proact(data_dir: str = "") -> Path | None:
    """Return the folder or zip of a download: the one named, else ``ALSNB_PROACT``, else None.

    Raises
    ------
    alsnb.checks.BadInput
        If one is named and is not there.
    """
    named = data_dir or os.environ.get(VARIABLE, "")
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.exists():
        raise refuse(
            "data_dir" if data_dir else VARIABLE,
            expected="the folder of a PRO-ACT download, or its zip archive",
            found="a name under which there is neither",
            remedy="Give the whole path; leave it out to build on simulated patients.",
        )
    return path
