"""Write a simulated release, and the truth behind it, where the user wants them."""

from collections.abc import Mapping
from pathlib import Path

import click
import yaml

from alsnb.checks import BadInput, check_one_of, name_of, refuse, told_of
from alsnb.compute.files import folder_being_made
from alsnb.synthetic.damage import find_damage
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.worlds import DEFAULT, world_parameters
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.schema import RELEASES


def simulate_into(
    folder: Path,
    *,
    n_patients: int | None = None,
    release: str = "2022",
    seed: int = 0,
    tidy: bool = False,
    world: str = DEFAULT,
    changes: Mapping[str, object] | None = None,
) -> tuple[Path, Path]:
    """Simulate a release into a folder; both folders appear complete or not at all.

    Parameters
    ----------
    folder : Path
        Where the tables go; the truth goes beside it, into a folder of its name with
        ``_truth`` behind it. Neither may hold anything yet.
    n_patients : int, optional
        Subjects of the release; by default as many as the real one has.
    release : {"2016", "2022", "F"}
        Whose layout, trials and habits it has.
    seed : int
        Same settings, same seed: same bytes.
    tidy : bool
        Whether the tables are written without defects.
    world : str
        Which of the rival worlds, one of :data:`alsnb.synthetic.worlds.WORLDS`.
    changes : mapping of str to number, optional
        Parameters of the twin that have another value than in this world.

    Returns
    -------
    tables, truth : Path
        The two folders.

    Raises
    ------
    alsnb.checks.BadInput
        If a folder is in use, or there is no such release, world or parameter.
    """
    check_one_of(release, RELEASES, "The release to simulate")
    folder = Path(folder)
    truth = Path(f"{folder if folder.name not in ('', '..') else folder.resolve()}_truth")
    parameters = world_parameters(world, changes)
    with told_of(name_of(folder), expected="a folder that can be written"):
        for taken in (folder, truth):
            check_is_free(taken)
        with folder_being_made(folder) as fresh, folder_being_made(truth) as fresh_truth:
            drawn = draw_world(n_patients, release=release, seed=seed, parameters=parameters)
            write_release(drawn, fresh, tidy=tidy, truth=fresh_truth)
    return folder, truth


def damage_into(folder: Path, name: str) -> tuple[Path, str]:
    """Write a small damaged release into a folder, which appears complete or not at all.

    Parameters
    ----------
    folder : Path
        Where it goes. It may not hold anything yet.
    name : str
        A damage of :data:`alsnb.synthetic.damage.DAMAGES`.

    Returns
    -------
    path : Path
        What to give to the reader that is tried: in the folder, as damages of places have more.
    outcome : str
        What it must lead to.

    Raises
    ------
    alsnb.checks.BadInput
        If there is no such damage, or the folder is in use.
    """
    damage = find_damage(name)
    folder = Path(folder)
    check_is_free(folder)
    with (
        told_of(name_of(folder), expected="a folder that can be written"),
        folder_being_made(folder) as fresh,
    ):
        path = damage.make(fresh).relative_to(fresh)
    return folder / path, damage.outcome


def other_options(context: click.Context, own: set[str]) -> list[str]:
    """Return the options that were typed besides those with the names in ``own``."""
    typed = click.core.ParameterSource.COMMANDLINE
    options = [option for option in context.command.params if option.name not in own]
    return [o.opts[0] for o in options if context.get_parameter_source(o.name) is typed]


def check_is_free(folder: Path) -> None:
    """Refuse a folder that holds something, or a file of its name."""
    if folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise refuse(
            name_of(folder),
            expected="a folder that does not exist yet, or is empty",
            found="one that holds something",
            remedy="Name another folder; nothing was written.",
        )


def read_changes(pairs: tuple[tuple[str, str], ...]) -> dict[str, object]:
    """Return the values of ``--set NAME VALUE``, read as YAML does (numbers, lists, yes/no)."""
    try:
        return {name: yaml.safe_load(text) for name, text in pairs}
    except yaml.YAMLError as error:
        raise BadInput(
            f"--set: expected a number, a word or a list in brackets; found text that is none of "
            f"these ({error.__class__.__name__}). Correct the value; nothing was simulated."
        ) from error
