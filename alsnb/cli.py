"""The command ``alsnb``: run and compare chapters, look after data, simulate PRO-ACT."""

import os
import sys
from pathlib import Path

import click

from alsnb.commands.imaging import check_study, simulate_mri
from alsnb.commands.options import OneOf
from alsnb.commands.upkeep import fetch, look_at_store

# What a command needs is imported when it runs: most need a small part of the library, and
# to print a help text none.


PROFILE = OneOf("alsnb.effort", "PROFILES")
RELEASE = OneOf("alsnb.tables.proact.schema", "RELEASES")
SCALE = OneOf("alsnb.outcomes", "SCALES")
WORLD = OneOf("alsnb.synthetic.worlds", "WORLDS")


@click.group()
@click.version_option(package_name="alsnb")
def commands() -> None:
    """Rebuild, check and go beyond two papers on predicting the course of ALS."""


@commands.command()
@click.argument("chapters", nargs=-1, metavar="[CHAPTER ...]")
@click.option("-p", "pairs", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter.")
@click.option("--profile", type=PROFILE, default="book", show_default=True)
@click.option("--jobs", type=click.IntRange(1), help="Chapters at once; one per core by default.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run.  [runs/PROFILE]")
@click.option("--list", "only_list", is_flag=True, help="List the chapters and their parameters.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Send the chapters' work to a Dask cluster, such as tcp://10.0.0.1:8786. Its workers "
    "need this environment: dask worker ADDRESS --nworkers 2 --nthreads 1",
)
def run(
    chapters: tuple[str, ...],
    pairs: tuple[tuple[str, str], ...],
    profile: str,
    *,
    jobs: int | None,
    out: Path | None,
    only_list: bool,
    scheduler: str | None,
) -> None:
    """Execute chapters (all by default) and write what they show to a folder.

    A chapter is named by its name, by a beginning of it (05) or by the path of its file.
    Interrupted, it goes on where it stopped: what is in the store is not computed again.
    """
    from alsnb.book.chapters import book_chapters, find_chapter, read_chapter
    from alsnb.book.execute import execute, jobs_for
    from alsnb.book.runs import assemble, check_is_free
    from alsnb.compute.sharing import SCHEDULER_VARIABLE, check_scheduler
    from alsnb.settings import top_folder

    paths = [find_chapter(name) for name in chapters] or book_chapters()
    if only_list:
        click.echo("\n".join(_listing(path) for path in paths))
        return
    out = out or top_folder() / "runs" / profile
    check_is_free(out)
    given = _typed(pairs, paths)
    if any("profile" in read_chapter(path).parameters for path in paths):
        given.setdefault("profile", profile)
    todo = jobs_for(paths, given)
    if scheduler:
        click.echo(f"Work is sent to {check_scheduler(scheduler)} workers of {scheduler}")
        os.environ[SCHEDULER_VARIABLE] = scheduler
    execute(todo, n_jobs=jobs)
    folder = assemble(todo, out)
    click.echo(f"The run is in {click.format_filename(folder)}")


def _listing(path: Path) -> str:
    from alsnb.book.chapters import read_chapter

    chapter = read_chapter(path)
    return "\n  ".join([chapter.name, *(str(p) for p in chapter.parameters.values())])


def _typed(pairs: tuple[tuple[str, str], ...], paths: list[Path]) -> dict[str, object]:
    """Return the values of ``-p NAME VALUE``, each read as the type its chapter declares."""
    from alsnb.book.chapters import read_chapter, read_value

    declared = {p.name: p.type for path in paths for p in read_chapter(path).parameters.values()}
    return {name: read_value(text, declared.get(name, "str")) for name, text in pairs}


@commands.command()
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@click.option("--csv", is_flag=True, help="Print every digit, as CSV.")
def compare(run_a: Path, run_b: Path, *, csv: bool) -> None:
    """List every number that moved from RUN_A to RUN_B (folders of runs, or notebooks).

    The exit status is 0 if nothing moved, 1 if something did and 2 if they cannot be read.
    """
    from alsnb.book import compare as comparing

    moved = comparing.compare(comparing.read_outcome(run_a), comparing.read_outcome(run_b))
    if moved.empty:
        click.echo("The runs agree in every number.")
        return
    form = {"na_rep": "", "float_format": "{:.6g}".format}
    click.echo(moved.to_csv(index=False) if csv else moved.to_string(index=False, **form))
    click.echo(moved["verdict"].value_counts().to_string(header=False))
    sys.exit(1)


@commands.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--all", "every_rule", is_flag=True, help="List also the rules that found nothing.")
@click.option("--strict", is_flag=True, help="End with status 1 if anything is lost downstream.")
def check(path: Path, *, as_json: bool, every_rule: bool, strict: bool) -> None:
    """Say what a PRO-ACT download (folder or zip) holds, and what its defects would cost.

    The exit status is 0 if a cohort can be built from it, 1 if not and 2 if it cannot be read.
    """
    from alsnb.commands import check as proact_check

    checkup = proact_check.check_release(path)
    text = (
        proact_check.as_json(checkup)
        if as_json
        else proact_check.as_text(checkup, every_rule=every_rule)
    )
    click.echo(text)
    sys.exit(0 if checkup.buildable and not (strict and len(checkup.lost)) else 1)


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--patients", type=click.IntRange(30), help="How many; by default as many as the release has."
)
@click.option("--release", type=RELEASE, default="2022", show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--tidy", is_flag=True, help="Without the defects of the real files.")
@click.option(
    "--world", type=WORLD, default="changing", show_default=True, help="Which rival world."
)
@click.option(
    "--set", "pairs", nargs=2, multiple=True, metavar="NAME VALUE", help="Alter the twin."
)
@click.option("--list", "only_list", is_flag=True, help="List what can be altered.")
@click.option(
    "--damage",
    metavar="NAME",
    help="Write a small damaged release; 'list' says which, and what each must lead to.",
)
def simulate(
    folder: Path | None,
    patients: int | None,
    release: str,
    *,
    seed: int,
    tidy: bool,
    world: str,
    pairs: tuple[tuple[str, str], ...],
    only_list: bool,
    damage: str | None,
) -> None:
    """Write a simulated PRO-ACT release to FOLDER, and the truth behind it to FOLDER_truth."""
    from alsnb.commands.simulate import read_changes, simulate_into
    from alsnb.synthetic.parameters import describe_parameters

    if only_list:
        for row in describe_parameters().itertuples():
            click.echo(f"{row.name} = {row.value} {row.unit}\n    {row.meaning} ({row.source})")
        return
    if damage == "list":
        from alsnb.synthetic.damage import list_damages

        click.echo(list_damages())
        return
    if folder is None:
        raise click.UsageError("Name the folder to write the tables to.")
    if damage is not None:
        from alsnb.commands.simulate import damage_into, other_options

        if given := other_options(click.get_current_context(), {"folder", "damage"}):
            raise click.UsageError(f"--damage writes one small release; leave out {given[0]}.")
        path, outcome = damage_into(folder, damage)
        where = click.format_filename(path)
        click.echo(f"Nobody stands behind {where}. By a good reader it {outcome}")
        return
    tables, truth = simulate_into(
        folder,
        n_patients=patients,
        release=release,
        seed=seed,
        tidy=tidy,
        world=world,
        changes=read_changes(pairs),
    )
    click.echo(f"The tables are in {click.format_filename(tables)}; nobody stands behind them.")
    click.echo(f"The truth is in {click.format_filename(truth)}")


@commands.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--scale", type=SCALE, default="ALSFRS", show_default=True)
def cohort(path: Path, out: Path, *, scale: str) -> None:
    """Build cohort, target, features and sequences from a PRO-ACT download (folder or zip).

    The target is written by both rules, the paper's and the challenge's. What is written is
    about single patients: keep it where the download itself may be kept.
    """
    from alsnb.commands.export import read_what_is_lost, write_cohort
    from alsnb.outcomes import SlopeSettings

    settings = SlopeSettings(scale=scale)
    folder = write_cohort(path, out, slope=settings)
    click.echo(f"Written to {click.format_filename(folder)}")
    click.echo(read_what_is_lost(folder))


@commands.command("fidelity")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--world", type=WORLD, help="Simulate a whole release of this world, and judge it.")
@click.option("--profile", type=PROFILE, default="book", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def assess_fidelity(path: Path | None, *, world: str | None, profile: str, as_json: bool) -> None:
    """Hold a release beside what is printed about PRO-ACT, and say where it differs.

    The exit status is 1 if an aggregate that the twin is held to lies outside its tolerance.
    """
    from alsnb.effort import EFFORTS
    from alsnb.study import fidelity
    from alsnb.study.proact import simulated_release

    if (path is None) == (world is None):
        raise click.UsageError("Name the release to judge, or a world with --world.")
    effort, truth = EFFORTS[profile], None
    if path is None:
        path, truth = simulated_release(n_patients=effort.n_patients, seed=2022, world=world)
    table = fidelity.assess_release(path, effort, truth)
    held = table[table["must"]]
    click.echo(
        table.to_json(orient="records", indent=1)
        if as_json
        else fidelity.tabulate_aggregates(table).to_string(index=False)
    )
    sys.exit(int((held["verdict"] == "outside").any()))


for command in (check_study, fetch, look_at_store, simulate_mri):
    commands.add_command(command)


def main() -> None:
    """Run the command; end on a bad input with a sentence instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # a terminal that lacks a letter gets its number
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")
    try:
        commands()
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        click.echo(f"alsnb: {_sentence(error)}", err=True)
        sys.exit(2)


def _sentence(error: Exception) -> str:
    """Return what to say of an error; it is raised again if it is a fault of the program."""
    from alsnb.book.execute import ChapterFailed
    from alsnb.checks import BadInput, place_of, refuse, refuse_by_system

    if isinstance(error, OSError):
        return str(refuse_by_system(place_of(error), error, expected="to be read or written"))
    if isinstance(error, MemoryError):
        how = {"expected": "enough memory", "found": "too little for tables of this size"}
        return str(refuse("The machine", **how, remedy="Close other programs, or use another one."))
    if not isinstance(error, BadInput | ChapterFailed):
        raise error
    return str(error)
