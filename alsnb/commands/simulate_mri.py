"""Write a simulated cohort with MRI, and the truth behind it, where the user wants them."""

from pathlib import Path

from alsnb.checks import check_one_of, name_of, told_of
from alsnb.commands.simulate import check_is_free
from alsnb.compute.files import folder_being_made
from alsnb.synthetic.imaging.draw import N_CONTROLS, N_PATIENTS, draw_imaging_cohort
from alsnb.synthetic.imaging.parameters import imaging_parameters
from alsnb.synthetic.imaging.truth import write_truth
from alsnb.synthetic.imaging.write import DIALECTS, write_study


def simulate_mri_into(
    folder: Path,
    *,
    n_patients: int = N_PATIENTS,
    n_controls: int = N_CONTROLS,
    seed: int = 0,
    dialect: str = "mrtrix",
    world: str = "none",
    deceased_only: bool = False,
    changes: dict[str, object] | None = None,
) -> Path:
    """Simulate a cohort into a folder that appears complete or not at all, and return it.

    Parameters
    ----------
    folder : Path
        Where the files go, and the truth into ``truth`` in it. It may not hold anything yet.
    n_patients, n_controls, seed, deceased_only
        As in :func:`alsnb.synthetic.imaging.draw.draw_imaging_cohort`. Same settings, same bytes.
    dialect : {"mrtrix", "fsl", "plain"}
        How connectomes are written.
    world : {"none", "small", "large"}
        How much anatomy says about survival beyond the clinical state.
    changes : dict of str to value, optional
        Parameters that have another value than in that world.

    Raises
    ------
    alsnb.checks.BadInput
        If the folder is in use, nobody is asked for, or a setting has no such value.
    """
    folder = Path(folder)
    check_is_free(folder)
    check_one_of(dialect, DIALECTS, "The dialect of the connectomes")
    parameters = imaging_parameters(world, **(changes or {}))
    cohort = draw_imaging_cohort(
        n_patients, n_controls, seed=seed, parameters=parameters, deceased_only=deceased_only
    )
    with (
        told_of(name_of(folder), expected="a folder that can be written"),
        folder_being_made(folder) as fresh,
    ):
        write_study(cohort, fresh, dialect=dialect)
        (fresh / "truth").mkdir()
        write_truth(cohort, fresh / "truth")
    return folder
