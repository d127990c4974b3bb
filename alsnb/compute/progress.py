"""Tell whoever waits what is being computed."""

import os
from contextlib import suppress
from pathlib import Path

PROGRESS_VARIABLE = "ALSNB_PROGRESS"
"""Environment variable that names the file a chapter's executor reads progress from."""


def report(text: str) -> None:
    """Say in a few words what runs now: the executor of chapters shows the latest such text.

    Outside it nothing is written: a chapter's page must not depend on how long it took.
    """
    path = os.environ.get(PROGRESS_VARIABLE)
    if path:
        # a disk without room is for what is computed to fail on
        with suppress(OSError):
            Path(path).write_text(text, encoding="utf-8")


def report_step(done: int, total: int, text: str) -> None:
    """Say what runs now and how much of it is done, as folds and searches ask for it."""
    report(f"{text}, {done} of {total}")
