"""Hold the simulated imaging cohort beside what is known of real ones: its page of fidelity."""

from functools import cache

import numpy as np
import pandas as pd
import yaml

from alsnb.synthetic.imaging.draw import draw_imaging_cohort, scan_again
from alsnb.synthetic.imaging.measures import (
    measure_connections,
    measure_disease,
    measure_morphology,
    measure_patients,
)
from alsnb.synthetic.imaging.parameters import (
    FOLDER,
    WORLDS,
    ImagingParameters,
    describe_sources,
    imaging_parameters,
)
from alsnb.synthetic.imaging.patients import draw_patients
from alsnb.synthetic.imaging.survival import class_of, class_probabilities, draw_survival

LAW_GROUPS = ("connections", "morphology", "patients", "disease", "survival")
"""Groups of aggregates, in the order of the page."""

N_WITHOUT_IMAGES = 20_000
"""Patients without images on whom the case mix and the oracles are judged."""


def assess_imaging_fidelity(
    n_people: int = 1_000, *, seed: int = 0, parameters: ImagingParameters | None = None
) -> pd.DataFrame:
    """Return every aggregate that is known of real people beside that of simulated ones.

    Parameters
    ----------
    n_people : int
        Patients, and as many controls, who are drawn for it: more than in a study, so that what
        is off is the generator and not the draw.
    seed : int
        Of the draw.
    parameters : ImagingParameters, optional
        What to draw from; by default the calibrated ones. Oracles are judged in every world.

    Returns
    -------
    DataFrame
        ``name``, ``group``, ``quantity``, ``printed``, ``low``, ``high``, ``twin``, ``within``
        (whether the twin's value lies between low and high), ``must`` and ``source``.
    """
    parameters = imaging_parameters() if parameters is None else parameters
    cohort = draw_imaging_cohort(n_people, n_people, seed=seed, parameters=parameters)
    controls = ~cohort.is_patient
    again = scan_again(cohort, seed=seed + 1)
    first, second = ({k: v[controls] for k, v in vars(s).items()} for s in (cohort.scan, again))
    measured = {
        **measure_connections(cohort.scan.counts[controls]),
        **measure_morphology(cohort.people[controls], type(again)(**first), type(again)(**second)),
        **measure_disease(cohort),
        **_measure_without_images(parameters, seed),
    }
    return pd.DataFrame(
        [
            {"name": name, "group": law["group"]} | _judged(law, float(measured[name]))
            for name, law in _laws().items()
        ]
    )


def _measure_without_images(parameters: ImagingParameters, seed: int) -> dict[str, float]:
    """Measure the case mix, and how often oracles are right about who died, in every world."""
    found = {}
    for world, share in WORLDS.items():
        p = parameters.altered(anatomy_share=share)
        rng = np.random.default_rng([seed, list(WORLDS).index(world)])
        patients = draw_patients(N_WITHOUT_IMAGES, p, rng)
        patients = pd.concat([patients, draw_survival(patients, p, rng)], axis=1)
        found = measure_patients(patients) | found
        patients = patients[patients["died"] == "yes"]
        true = class_of(patients["survival_months"].to_numpy())
        right = []
        for know in (False, True):
            chances = class_probabilities(patients, p, know_anatomy=know, known_dead=True)
            right.append((chances.argmax(axis=1) == true).mean())
        found[f"gain_{world}"] = right[1] - right[0]
        found.setdefault("clinical_oracle", right[0])
    return found


def _judged(law: dict, twin: float) -> dict[str, object]:
    printed = law["printed"]
    low, high = law.get("between") or (printed - law["by"], printed + law["by"])
    return {
        "quantity": law["meaning"],
        "printed": float(printed),
        "low": float(low),
        "high": float(high),
        "twin": twin,
        "within": bool(low <= twin <= high),
        "must": law["must"],
        "source": describe_sources()[law["source"]],
    }


@cache
def _laws() -> dict[str, dict]:
    return yaml.safe_load((FOLDER / "laws.yaml").read_text(encoding="utf-8"))
