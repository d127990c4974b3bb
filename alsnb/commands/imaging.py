"""The commands on imaging studies: say what one holds, and write a simulated one."""

import sys
from pathlib import Path

import click

from alsnb.commands.options import OneOf

DIALECT = OneOf("alsnb.synthetic.imaging.write", "DIALECTS")
MODALITY = OneOf("alsnb.imaging.settings", "MODALITIES")
WORLD = OneOf("alsnb.synthetic.imaging.parameters", "WORLDS")


@click.command("imaging-check")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--names", is_flag=True, help="Name the subjects that would be left out.")
@click.option("--modality", "modalities", type=MODALITY, multiple=True, help="Read these alone.")
def check_study(path: Path, *, as_json: bool, names: bool, modalities: tuple[str, ...]) -> None:
    """Say what an imaging study (folder or zip) holds, and who would be left out of it.

    The exit status is 0 if a cohort can be made from it, 1 if not and 2 if it cannot be read.
    """
    from alsnb.commands import imaging_check
    from alsnb.imaging.settings import MODALITIES, ImagingSettings

    settings = ImagingSettings(modalities=modalities or MODALITIES)
    checkup = imaging_check.check_imaging(path, settings)
    shown = imaging_check.as_json if as_json else imaging_check.as_text
    click.echo(shown(checkup, names=names))
    sys.exit(0 if checkup.buildable else 1)


@click.command("simulate-mri")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--patients", type=click.IntRange(0), default=135, show_default=True)
@click.option("--controls", type=click.IntRange(0), default=135, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--dialect", type=DIALECT, default="mrtrix", show_default=True)
@click.option(
    "--world",
    type=WORLD,
    default="none",
    show_default=True,
    help="How much anatomy says about survival beyond the clinical state.",
)
@click.option("--deceased", is_flag=True, help="Only patients who had died, as in Paper B.")
@click.option(
    "--set", "pairs", nargs=2, multiple=True, metavar="NAME VALUE", help="Alter the cohort."
)
@click.option("--list", "only_list", is_flag=True, help="List what can be altered.")
def simulate_mri(
    folder: Path | None,
    patients: int,
    controls: int,
    *,
    seed: int,
    dialect: str,
    world: str,
    deceased: bool,
    pairs: tuple[tuple[str, str], ...],
    only_list: bool,
) -> None:
    """Write a simulated cohort with MRI to FOLDER, and the truth behind it to FOLDER/truth."""
    from alsnb.commands.simulate import read_changes
    from alsnb.commands.simulate_mri import simulate_mri_into
    from alsnb.synthetic.imaging.parameters import describe_imaging_parameters

    if only_list:
        for row in describe_imaging_parameters().itertuples():
            click.echo(f"{row.name} = {row.value} {row.unit}\n    {row.meaning} ({row.source})")
        return
    if folder is None:
        raise click.UsageError("Name the folder to write the files to.")
    written = simulate_mri_into(
        folder,
        n_patients=patients,
        n_controls=controls,
        seed=seed,
        dialect=dialect,
        world=world,
        deceased_only=deceased,
        changes=read_changes(pairs),
    )
    click.echo(f"The study is in {click.format_filename(written)}; nobody stands behind it.")
