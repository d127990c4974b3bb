"""Draw the pseudo-trials of the simulated world; each decides what its files show.

PRO-ACT does not say which trial a patient was in, but what was asked, measured and written
down was decided by trial, so that values are missing in blocks. The switches of the
pseudo-trials, 23 of them in the release of 2022, stand in ``parameters_world.yaml`` as lists
named ``trial_*``, one value per trial; what each means stands there.
``alsnb.synthetic.parameters.describe_parameters`` lists them.
"""

import numpy as np
import pandas as pd

from alsnb.checks import refuse
from alsnb.synthetic.parameters import Parameters
from alsnb.tables.proact.schema import RELEASES

FEWEST_PATIENTS = 30
"""Smallest world that can be drawn."""


def draw_trials(n_patients: int, parameters: Parameters, release: str = "2022") -> pd.DataFrame:
    """Return the pseudo-trials, with so many patients shared out among them.

    Sizes follow the trials' shares and are not random. A small world has fewer trials, the
    first of the list, so that none falls below a few patients.

    Returns
    -------
    DataFrame
        Indexed ``trial`` from 0; ``n_patients``, which is 0 where the release does not have the
        trial yet, and a column per switch, in their order.

    Raises
    ------
    alsnb.checks.BadInput
        If there are fewer than 30 patients, or two lists differ in length.
    """
    if n_patients < FEWEST_PATIENTS:
        raise refuse(
            "Number of patients of the simulated twin",
            expected=f"at least {FEWEST_PATIENTS}",
            found=str(n_patients),
            remedy="Ask for more patients.",
        )
    shares = np.asarray(parameters["trial_share"], dtype=float)
    switches = {
        name.removeprefix("trial_"): values
        for name, values in parameters.items()
        if name.startswith("trial_") and name != "trial_share"
    }
    for name, values in switches.items():
        if len(values) != len(shares):
            raise refuse(
                f"Parameter 'trial_{name}' of the simulated twin",
                expected=f"{len(shares)} values, one per trial of 'trial_share'",
                found=f"{len(values)} values",
                remedy="Give all lists the same length.",
            )
    has = np.array([RELEASES.index(since) for since in switches["since"]])
    has = has <= RELEASES.index(release)
    shares = np.where(has, shares, 0.0)
    most = int(np.flatnonzero(has)[-1]) + 1
    n_trials = min(most, max(3, n_patients // parameters["patients_per_trial_least"]))
    trials = pd.DataFrame({name: values[:n_trials] for name, values in switches.items()})
    # whole numbers in proportion to the shares, which add up to all patients
    shares = shares[:n_trials]
    edges = np.round(np.cumsum(shares) / shares.sum() * n_patients).astype(int)
    trials.insert(0, "n_patients", np.diff(edges, prepend=0))
    return trials.rename_axis("trial")


def draw_trial_effects(
    trials: pd.DataFrame, parameters: Parameters, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the trials with random effects on rate, noise and leaving, if the world has such.

    Each multiplies what the list of the trials says; its logarithm has mean zero, over the
    patients of this world, and the SD that the parameter ``between_trials_...`` says.
    """
    size = trials["n_patients"].to_numpy(dtype=float)
    columns = {"rate": "rate_factor", "noise": "noise_factor", "dropout": "dropout"}
    for name, column in columns.items():
        effect = rng.standard_normal(len(trials))
        effect -= np.average(effect, weights=size)
        sd = parameters[f"between_trials_{name}_sd"]
        if sd:
            trials = trials.assign(**{column: trials[column] * np.exp(sd * effect)})
    return trials
