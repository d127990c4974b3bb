"""Decide what a chapter on imaging is built on: the reader's own study, or a simulated one."""

from dataclasses import dataclass
from pathlib import Path

from alsnb.compute.store import being_made, entry_of, lock_of
from alsnb.imaging.folder import find_imaging
from alsnb.imaging.release import ImagingRelease, read_imaging
from alsnb.imaging.settings import ImagingSettings


@dataclass(frozen=True, kw_only=True)
class ImagingInput:
    """Where an imaging study lies, and the truth behind it if it is simulated."""

    study: Path
    truth: Path | None = None


def imaging_input(
    imaging_dir: str = "", *, n_patients: int, world: str = "none", seed: int
) -> ImagingInput:
    """Return the study that is named, else a simulated one, written if it is not there yet.

    Parameters
    ----------
    imaging_dir : str
        Folder or zip of a study, laid out as :mod:`alsnb.imaging` says. If it is empty and
        ``ALSNB_IMAGING`` names none, people are simulated, and the other arguments say how.
    n_patients : int
        Patients, all of whom have died as in Paper B, and as many controls.
    world : {"none", "small", "large"}
        How much anatomy says about survival beyond the clinical state.
    seed : int
        Seed of the simulated people.
    """
    found = find_imaging(imaging_dir)
    if found is not None:
        return ImagingInput(study=found)
    # who reads a study of their own does without the simulation
    from alsnb.synthetic.imaging.draw import draw_imaging_cohort
    from alsnb.synthetic.imaging.parameters import imaging_parameters
    from alsnb.synthetic.imaging.truth import write_truth
    from alsnb.synthetic.imaging.write import write_study

    settings = {"n_patients": n_patients, "world": world, "seed": seed}
    parameters = imaging_parameters(world)
    makers = ["alsnb.synthetic.imaging.truth", "alsnb.synthetic.imaging.write"]
    entry = entry_of("studies", world, makers, settings | {"parameters": dict(parameters)})
    if not entry.exists():
        with lock_of(entry):
            if not entry.exists():
                with being_made(entry, **settings) as workshop:
                    cohort = draw_imaging_cohort(
                        n_patients, n_patients, seed=seed, parameters=parameters, deceased_only=True
                    )
                    for folder in ("study", "truth"):
                        (workshop / folder).mkdir()
                    write_study(cohort, workshop / "study")
                    write_truth(cohort, workshop / "truth")
    return ImagingInput(study=entry.folder / "study", truth=entry.folder / "truth")


def read_for_pages(where: ImagingInput) -> ImagingRelease:
    """Return a study without the subjects with whom something is wrong.

    So one faulty file does not keep a chapter from being built; the chapter on brains as numbers
    says how many are left out, and why.
    """
    return read_imaging(where.study, ImagingSettings(bad_subjects="leave_out"))
