"""The simulated world: trials, their patients and visits, before anybody writes them down.

Everything here is the truth. What the files of a release show of it, in which units and with
which errors, is decided later, by the trial that reports it.

A world is drawn by :func:`alsnb.synthetic.draw.draw_world`, in this order: trials and their
switches; patients; the latent course of each, with one bend at month 3; who dies and who
leaves, the sooner the faster the decline; visits up to the last contact, and their ratings.
What was drawn after month 3 can be drawn anew, which is how
:func:`alsnb.synthetic.oracle.predict_oracle` finds the best prediction there is.
"""

from dataclasses import dataclass

import pandas as pd

from alsnb.synthetic.parameters import Parameters


@dataclass(frozen=True, kw_only=True)
class World:
    """A simulated world.

    Attributes
    ----------
    parameters : Parameters
        What the world was drawn from.
    release : {"2016", "2022", "F"}
        Whose trials it has.
    seed : int
        Same parameters, release, number of patients and seed: same world.
    trials : DataFrame
        One row per pseudo-trial, indexed from 0, with what each decides; see
        :mod:`alsnb.synthetic.trials`.
    patients : DataFrame
        One row per patient, indexed by ``subject_id``; see :mod:`alsnb.synthetic.patients`.
    visits : DataFrame
        One row per visit at which the rating scale was asked: ``subject_id``, ``day``, the ten
        items ``speech`` to ``respiratory`` and the three of the revised scale, whole numbers
        from 0 (no function) to 4 (normal); sorted by subject and day.
    """

    parameters: Parameters
    release: str
    seed: int
    trials: pd.DataFrame
    patients: pd.DataFrame
    visits: pd.DataFrame
