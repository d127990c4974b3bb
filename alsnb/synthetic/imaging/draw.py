"""Draw a cohort of patients and controls with their images, as arrays, without files."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alsnb.checks import refuse
from alsnb.synthetic.imaging import morphology
from alsnb.synthetic.imaging.connections import TrueConnections, draw_connections, scan_connections
from alsnb.synthetic.imaging.parameters import ImagingParameters, imaging_parameters
from alsnb.synthetic.imaging.patients import draw_controls, draw_patients
from alsnb.synthetic.imaging.spread import draw_extent, draw_order, reached_edges
from alsnb.synthetic.imaging.survival import draw_survival
from alsnb.synthetic.imaging.template import read_template

N_PATIENTS = N_CONTROLS = 135
"""Patients of Paper B, and as many controls."""

MOST_ROUNDS = 20
"""How often twice as many patients as are needed come in, until enough have died."""

PATIENT, CONTROL = "als", "control"
"""Groups."""


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """What lies behind the images, without error of measurement; rows are people.

    Attributes
    ----------
    extent : array of shape (n,)
        How far the disease has come, in steps; NaN in controls.
    reached : bool array of shape (n, 68)
        Regions that the disease has reached.
    thickness, area : arrays of shape (n, 68)
        In mm and mm2.
    log_volumes : array of shape (n, n_volumes)
        Natural logarithms of mm3.
    connections : TrueConnections
    """

    extent: np.ndarray
    reached: np.ndarray
    thickness: np.ndarray
    area: np.ndarray
    log_volumes: np.ndarray
    connections: TrueConnections


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What one scan of each person measures; rows are people.

    Attributes
    ----------
    thickness, area, volume : arrays of shape (n, 68)
        Of the regions of :func:`alsnb.synthetic.imaging.template.read_template`, in mm, mm2, mm3.
    volumes : array of shape (n, n_volumes)
        In mm3, in the order of the template.
    counts : float32 array of shape (n, n_edges)
        Streamlines of each connection, whole numbers, 0 where there is none.
    """

    thickness: np.ndarray
    area: np.ndarray
    volume: np.ndarray
    volumes: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True, kw_only=True)
class SimulatedCohort:
    """A simulated cohort: first the patients, then the controls.

    Attributes
    ----------
    parameters : ImagingParameters
    seed : int
        Same numbers of people, parameters and seed: same cohort.
    people : DataFrame
        One row per person, indexed ``sub-001`` and so on: ``group``, what is measured of patients
        (missing in controls), and what is true of them (:mod:`alsnb.synthetic.imaging.patients`,
        :mod:`alsnb.synthetic.imaging.survival`).
    anatomy : Anatomy
    scan : Scan
    edges : int array of shape (n_edges,), optional
        Numbers of the connections that were drawn; if None, all 2,278.
    """

    parameters: ImagingParameters
    seed: int
    people: pd.DataFrame
    anatomy: Anatomy
    scan: Scan
    edges: np.ndarray | None = None

    @property
    def is_patient(self) -> np.ndarray:
        """Which rows are patients."""
        return (self.people["group"] == PATIENT).to_numpy()

    @property
    def patients(self) -> pd.DataFrame:
        """The patients' rows of ``people``."""
        return self.people[self.is_patient]


def draw_imaging_cohort(
    n_patients: int = N_PATIENTS,
    n_controls: int = N_CONTROLS,
    *,
    seed: int = 0,
    parameters: ImagingParameters | None = None,
    deceased_only: bool = False,
    edges: np.ndarray | None = None,
) -> SimulatedCohort:
    """Draw a cohort.

    Parameters
    ----------
    n_patients, n_controls : int
        People in it; none of one group is possible.
    seed : int
        Same numbers, parameters and seed: same cohort.
    parameters : ImagingParameters, optional
        What to draw from; by default the world in which images add nothing.
    deceased_only : bool
        Whether patients come in until so many have died before the end of the study, and those
        alive at its end are left out, as in Paper B, whose 135 patients had all died.
    edges : int array, optional
        Numbers of the connections that are wanted, in the order of the template. A few take a
        small part of the time and vary as they would among all, but are other draws. A cohort
        with some of them can neither be written nor expand.

    Raises
    ------
    alsnb.checks.BadInput
        If nobody would be in the cohort, or hardly anybody dies before the end of the study.
    """
    if min(n_patients, n_controls) < 0 or n_patients + n_controls == 0:
        raise refuse(
            "The simulated imaging cohort",
            expected="some patients or controls",
            found=f"{n_patients} patients and {n_controls} controls",
            remedy="Ask for at least one person; nothing was simulated.",
        )
    parameters = imaging_parameters() if parameters is None else parameters
    # One stream per stage: altering one leaves the draws of the others as they were.
    who, healthy, order, shapes, fibres, scanning, rooms = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(7)
    )
    patients = _draw_deceased(n_patients, parameters, who) if deceased_only else None
    if patients is None:
        patients = _draw_recruits(n_patients, parameters, who)
    controls = draw_controls(n_controls, parameters, healthy)
    controls["scan_month"] = healthy.random(n_controls) * parameters["recruitment_months"]
    people = pd.concat(
        [patients.assign(group=PATIENT), controls.assign(group=CONTROL)], ignore_index=True
    )
    turn = rooms.random(len(people))
    if parameters["scanner_follows_calendar"]:
        turn = people["scan_month"].to_numpy() / parameters["recruitment_months"]
    people["scanner"] = np.where(turn < parameters["scanner_a_share"], "A", "B")
    digits = max(3, len(str(len(people))))
    people.index = pd.Index(
        [f"sub-{number:0{digits}d}" for number in range(1, len(people) + 1)], name="participant_id"
    )
    anatomy = _draw_anatomy(people, parameters, (order, shapes, fibres), edges)
    scan = _scan(people, anatomy, parameters, scanning, edges)
    return SimulatedCohort(
        parameters=parameters, seed=seed, people=people, anatomy=anatomy, scan=scan, edges=edges
    )


def scan_again(cohort: SimulatedCohort, *, seed: int, error_scale: float | None = None) -> Scan:
    """Scan the same people again, with other measurement error, or another amount of it.

    Parameters
    ----------
    cohort : SimulatedCohort
    seed : int
        Of the error.
    error_scale : float, optional
        Parameter ``error_scale``, by default that of the cohort; 0 measures without error.
    """
    scale = cohort.parameters["error_scale"] if error_scale is None else float(error_scale)
    parameters = cohort.parameters.altered(error_scale=scale)
    rng = np.random.default_rng([cohort.seed, seed])
    return _scan(cohort.people, cohort.anatomy, parameters, rng, cohort.edges)


def expand(cohort: SimulatedCohort, months: float) -> Anatomy:
    """Return the anatomy with the disease some months further on; all else stays as it was."""
    if not months:
        return cohort.anatomy
    anatomy, p = cohort.anatomy, cohort.parameters
    later = anatomy.extent + months * p["extent_per_month"]
    order = draw_order(len(later), p, _stream(cohort.seed, 2))
    reached = order <= later[:, None]  # nobody is reached where the extent is missing
    sd = read_template().regions["thickness_sd"].to_numpy()
    loss = np.where(morphology.is_motor(), p["thinning_motor"], p["thinning_other"]) * sd
    hit = np.float32(p["connection_loss"]) * reached_edges(reached)
    return replace(
        anatomy,
        extent=later,
        reached=reached,
        thickness=anatomy.thickness - loss * (reached & ~anatomy.reached),
        connections=anatomy.connections._replace(loss=hit),
    )


def _stream(seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed).spawn(number + 1)[number])


def _draw_recruits(n: int, p: ImagingParameters, rng: np.random.Generator) -> pd.DataFrame:
    patients = draw_patients(n, p, rng)
    return pd.concat([patients, draw_survival(patients, p, rng)], axis=1)


def _draw_deceased(n: int, p: ImagingParameters, rng: np.random.Generator) -> pd.DataFrame:
    """Let patients come in until enough have died."""
    parts, n_dead = [], 0
    for _ in range(MOST_ROUNDS):
        if n_dead >= n:
            break
        recruits = _draw_recruits(2 * n, p, rng)
        parts.append(recruits[recruits["died"] == "yes"])
        n_dead += len(parts[-1])
    if n_dead < n:
        raise refuse(
            "The simulated imaging cohort",
            expected=f"{n} patients who die before the end of the study",
            found=f"{n_dead} among {2 * n * MOST_ROUNDS}",
            remedy="Lower survival_median or raise closing_months; nothing was simulated.",
        )
    return pd.concat(parts, ignore_index=True)[:n] if parts else _draw_recruits(0, p, rng)


def _draw_anatomy(
    people: pd.DataFrame,
    p: ImagingParameters,
    streams: tuple[np.random.Generator, np.random.Generator, np.random.Generator],
    edges: np.ndarray | None,
) -> Anatomy:
    order, shapes, fibres = streams
    ill = (people["group"] == PATIENT).to_numpy()
    extent = np.full(len(people), np.nan)
    extent[ill] = draw_extent(people[ill], p)
    # nobody is reached where the extent is missing
    reached = draw_order(len(people), p, order) <= extent[:, None]
    years = people["age_years"].to_numpy() - p["reference_age"]
    thickness = morphology.draw_thickness(years, reached, p, shapes)
    log_volumes, size = morphology.draw_volumes(people, years, np.nan_to_num(extent), p, shapes)
    area = morphology.draw_area(years, size, p, shapes)
    hit = reached_edges(reached, edges)
    connections = draw_connections(len(people), hit, p, fibres, edges)
    return Anatomy(
        extent=extent,
        reached=reached,
        thickness=thickness,
        area=area,
        log_volumes=log_volumes,
        connections=connections,
    )


def _scan(
    people: pd.DataFrame,
    anatomy: Anatomy,
    p: ImagingParameters,
    rng: np.random.Generator,
    edges: np.ndarray | None,
) -> Scan:
    on_b = (people["scanner"] == "B").to_numpy()
    thickness = morphology.scan_thickness(anatomy.thickness, on_b, p, rng)
    area = morphology.scan_area(anatomy.area, p, rng)
    return Scan(
        thickness=thickness,
        area=area,
        volume=morphology.regional_volumes(thickness, area),
        volumes=morphology.scan_volumes(anatomy.log_volumes, p, rng),
        counts=scan_connections(anatomy.connections, on_b, p, rng, edges),
    )
