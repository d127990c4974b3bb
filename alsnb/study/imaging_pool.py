"""Draw many simulated patients with what small models read of them, without a file.

A study of 135 patients is soon drawn, but to ask how often a test is wrong takes hundreds of them,
and power as many for every size and world. So patients are drawn once, with the few connections
that the reduced measures of a brain need, and studies are cut from them: nobody is in two.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.features.imaging import (
    BOUNDS,
    EARLY,
    MOTOR,
    clinical_inputs,
    frugal_inputs,
    log_progression,
    morphology_inputs,
    reduced_inputs,
)
from alsnb.fits.increments import CLINICAL, COMBINED, Fresh, Studies, gather_studies
from alsnb.splits import sizes_like
from alsnb.study.imaging_task import BOUNDS as BOUNDS_MODEL
from alsnb.study.imaging_task import FRUGAL, SIZES
from alsnb.synthetic.imaging.draw import Scan, SimulatedCohort, draw_imaging_cohort, scan_again
from alsnb.synthetic.imaging.frames import morphology_frame
from alsnb.synthetic.imaging.parameters import imaging_parameters
from alsnb.synthetic.imaging.survival import class_of, class_probabilities
from alsnb.synthetic.imaging.template import read_template

MAJORITY = "majority"

MODELS = (MAJORITY, BOUNDS_MODEL, CLINICAL, FRUGAL, COMBINED)
"""What is trained in a simulated study: shares of the classes, bounds alone, the eight clinical
characteristics, these and three measures named beforehand, these and the reduced measures."""

ORACLES = ("oracle_clinical", "oracle_anatomy")
"""Who knows the true clinical state of a patient, and who knows the spread of the disease too."""

_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """Simulated patients in the order of chance.

    Attributes
    ----------
    table : DataFrame
        A row per patient; columns are named ``source:input``, with sources ``clinical``,
        ``bounds``, ``frugal`` and ``reduced``, and ``truth:`` for what no model reads:
        ``months`` (onset to death), ``scan_month`` and ``onset_to_scan`` (months), and the
        probabilities that the oracles give to each class.
    """

    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    def of(self, *sources: str) -> np.ndarray:
        """Return the inputs of some sources side by side, (n_patients, n_inputs)."""
        parts = [self.table.filter(regex=f"^{source}:").to_numpy(float) for source in sources]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(self), 0))

    def inputs(self, models: tuple[str, ...] = MODELS) -> dict[str, np.ndarray]:
        """Return what each model reads."""
        read = {
            MAJORITY: (),
            BOUNDS_MODEL: ("bounds",),
            CLINICAL: ("clinical",),
            FRUGAL: ("clinical", "frugal"),
            COMBINED: ("clinical", "reduced"),
        }
        return {model: self.of(*read[model]) for model in models}

    def classes(self, cuts: tuple[float, ...]) -> np.ndarray:
        """Return the class of each patient, from 0, the shortest survival."""
        return class_of(self.table["truth:months"].to_numpy(), cuts)

    def kept(self, rows: np.ndarray) -> "Pool":
        """Return some of the patients, in their order."""
        return Pool(table=self.table[rows].reset_index(drop=True))

    def studies(
        self,
        n_patients: int,
        cuts: tuple[float, ...],
        *,
        n_learnt: int | None = None,
        most: int | None = None,
        models: tuple[str, ...] = MODELS,
    ) -> Studies:
        """Return as many studies of a size as the pool suffices for, or the first of them.

        By default the share of Paper B is learnt from: 103 of 135, as nobody need be watched.
        """
        if n_learnt is None:
            n_learnt = n_patients - sizes_like(n_patients, SIZES)[2]
        n_used = len(self) if most is None else min(len(self), most * n_patients)
        inputs = {name: table[:n_used] for name, table in self.inputs(models).items()}
        how = {"n_patients": n_patients, "n_learnt": n_learnt}
        return gather_studies(inputs, self.classes(cuts)[:n_used], **how)

    def fresh(self, cuts: tuple[float, ...], models: tuple[str, ...] = MODELS) -> Fresh:
        """Return all patients as those on whom fitted models are judged."""
        return Fresh(inputs=self.inputs(models), classes=self.classes(cuts))


def draw_pool(
    n_patients: int,
    *,
    world: str,
    seed: int,
    cuts: tuple[float, ...],
    error_scale: float = 1.0,
    deceased_only: bool = True,
) -> Pool:
    """Draw patients.

    Parameters
    ----------
    n_patients : int
    world : {"none", "small", "large"}
        How much anatomy says about survival beyond the clinical state.
    seed : int
        The same seed gives the same people in the same bodies, whatever the error.
    cuts : tuple of float
        Months between the classes, of which oracles give probabilities.
    error_scale : float
        Measurement error of images, relative to that of one scan; 0 is none.
    deceased_only : bool
        Whether all have died before the end of the study, as in Paper B.
    """
    how = {"world": world, "seed": seed, "cuts": tuple(cuts), "error_scale": float(error_scale)}
    return Pool(table=_draw(n_patients, deceased_only=deceased_only, **how))


@stored
def _draw(
    n_patients: int,
    *,
    world: str,
    seed: int,
    cuts: tuple[float, ...],
    error_scale: float,
    deceased_only: bool,
) -> pd.DataFrame:
    parameters, edges = imaging_parameters(world), _needed_edges()
    parts = []
    for n, own_seed in _in_chunks(n_patients, seed):
        how = {"seed": own_seed, "parameters": parameters, "edges": edges}
        cohort = draw_imaging_cohort(n, 0, deceased_only=deceased_only, **how)
        scan = cohort.scan
        if error_scale != 1:
            scan = scan_again(cohort, seed=1, error_scale=error_scale)
        parts.append(_describe(cohort, scan, cuts, deceased_only))
    return pd.concat(parts, ignore_index=True)


def _in_chunks(n_patients: int, seed: int) -> Iterator[tuple[int, int]]:
    """Yield sizes that add up, each with a seed of its own."""
    for number, start in enumerate(range(0, n_patients, _AT_ONCE)):
        own_seed = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
        yield min(_AT_ONCE, n_patients - start), own_seed


def _needed_edges() -> np.ndarray:
    """Return the numbers of the connections within and between motor and early regions."""
    template = read_template()
    wanted = [name.split("_")[1] in (*MOTOR, *EARLY) for name in template.regions.index]
    numbers = np.flatnonzero(wanted)
    ends = np.isin(template.rows, numbers) & np.isin(template.columns, numbers)
    return np.flatnonzero(ends)


def _describe(
    cohort: SimulatedCohort, scan: Scan, cuts: tuple[float, ...], known_dead: bool
) -> pd.DataFrame:
    template, people = read_template(), cohort.people
    names = template.regions.index
    joined = [
        f"{names[template.rows[edge]]} - {names[template.columns[edge]]}" for edge in cohort.edges
    ]
    weights = pd.DataFrame(np.log1p(scan.counts), people.index, joined)
    morphology = morphology_inputs(morphology_frame(cohort, scan))
    tables = {
        "clinical": log_progression(clinical_inputs(people)),
        "bounds": clinical_inputs(people, characteristics=BOUNDS),
        "frugal": frugal_inputs(morphology, weights),
        "reduced": reduced_inputs(morphology, weights),
        "truth": pd.DataFrame(
            {
                "months": people["survival_months"],
                "scan_month": people["scan_month"],
                "onset_to_scan": people["onset_to_scan_months"],
            }
        ),
    }
    for oracle in ORACLES:
        chances = class_probabilities(
            people,
            cohort.parameters,
            cuts,
            know_anatomy=oracle == "oracle_anatomy",
            known_dead=known_dead,
        )
        columns = [f"{oracle}_{number}" for number in range(chances.shape[1])]
        tables[oracle] = pd.DataFrame(chances, people.index, columns)
    named = [
        table.astype(float).add_prefix(f"{'truth' if name in ORACLES else name}:")
        for name, table in tables.items()
    ]
    return pd.concat(named, axis=1).reset_index(drop=True)
