"""Give a simulated cohort as the frames that a reader of its files would give, without files."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from alsnb.synthetic.imaging.draw import Scan, SimulatedCohort
from alsnb.synthetic.imaging.template import read_template, to_matrices
from alsnb.synthetic.imaging.write import COLUMNS

UNITS = {"thickness": "mm", "area": "mm2", "volume": "mm3"}
"""Unit of each measure of a cortical region."""

WHOLE_HEAD = ("BrainSegVol", "CortexVol", "WhiteMatterVol", "GrayVol", "Supra", "MaskVol", "eTIV")
"""Parts of the names of volumes that are no single structure."""


class StudyFrames(NamedTuple):
    """What is measured of people, in frames indexed by participant.

    ``clinical`` has the columns of ``participants.tsv``, not rounded; ``morphology`` has names
    that end in their unit; ``connectomes`` are symmetric counts (n, 68, 68), with the ``labels``
    of their regions.
    """

    clinical: pd.DataFrame
    morphology: pd.DataFrame
    connectomes: np.ndarray
    labels: tuple[str, ...]


def as_frames(cohort: SimulatedCohort, scan: Scan | None = None) -> StudyFrames:
    """Return a cohort as frames, as measured by its own scan or by another of the same people."""
    scan = cohort.scan if scan is None else scan
    return StudyFrames(
        clinical=cohort.people[list(COLUMNS)],
        morphology=morphology_frame(cohort, scan),
        connectomes=to_matrices(scan.counts),
        labels=tuple(read_template().regions.index),
    )


def morphology_frame(cohort: SimulatedCohort, scan: Scan) -> pd.DataFrame:
    """Return the measures of regions and volumes, as :attr:`StudyFrames.morphology`."""
    template, people = read_template(), cohort.people.index
    parts = [
        pd.DataFrame(
            getattr(scan, measure),
            people,
            [f"{region}_{measure}_{unit}" for region in template.regions.index],
        )
        for measure, unit in UNITS.items()
    ]
    volumes = pd.DataFrame(scan.volumes, people, list(map(_volume_name, template.volumes.index)))
    return pd.concat([*parts, volumes], axis=1)


def _volume_name(name: str) -> str:
    whole = any(part in name for part in WHOLE_HEAD)
    return f"{name}_mm3" if whole else f"{name}_volume_mm3"
