"""The command ``alsnb``: run and compare chapters, look after data, simulate PRO-ACT."""

import os
import sys
from importlib import import_module
from pathlib import Path

import click

# What a command needs is imported when it runs: most need a small part of the library, and
# to print a help text none.


class OneOf(click.ParamType):
    """One of the values that a tuple or mapping of the library lists, looked up when needed.

    Parameters
    ----------
    module, name : str
        Where the values are listed.
    """

    name = "choice"

    def __init__(self, module: str, name: str) -> None:
        self._place = module, name

    def _choice(self) -> click.Choice:
        module, name = self._place
        return click.Choice(list(getattr(import_module(module), name)))

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Return the values, for the help text."""
        return self._choice().get_metavar(param, ctx)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        """Return the value, or fail if it is not among them."""
        return self._choice().convert(value, param, ctx)


PROFILE = OneOf("alsnb.effort", "PROFILES")
RELEASE = OneOf("alsnb.tables.proact.schema", "RELEASES")
SCALE = OneOf("alsnb.outcomes", "SCALES")


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


@commands.command("store")
@click.option("--empty", is_flag=True, help="Remove everything that is stored.")
def look_at_store(*, empty: bool) -> None:
    """List the stored results, or remove them all."""
    from alsnb.compute import store

    if empty:
        click.echo(f"Removed {store.empty()} stored results.")
        return
    held = store.entries()
    if held.empty:
        click.echo("The store is empty.")
        return
    click.echo(held.round({"seconds": 1, "megabytes": 2, "days_old": 2}).to_string(index=False))
    click.echo(f"{len(held)} results, {held['megabytes'].sum():.1f} MB")


@commands.command()
@click.argument("name", type=click.Choice(["dream2012"]))
def fetch(name: str) -> None:
    """Download a public table to the folder ``data``, which git ignores."""
    from alsnb.tables.dream import fetch_dream

    click.echo(f"{name} is in {click.format_filename(fetch_dream())}")


@commands.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def check(path: Path, *, as_json: bool) -> None:
    """Say what a PRO-ACT download (folder or zip) holds, and what its defects would cost.

    The exit status is 0 if a cohort can be built from it, 1 if not and 2 if it cannot be read.
    """
    from alsnb.commands import check as proact_check

    checkup = proact_check.check_release(path)
    click.echo(proact_check.as_json(checkup) if as_json else proact_check.as_text(checkup))
    sys.exit(0 if checkup.buildable else 1)


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--patients", type=click.IntRange(30), help="How many; by default as many as the release has."
)
@click.option("--release", type=RELEASE, default="2022", show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--tidy", is_flag=True, help="Without the defects of the real files.")
@click.option(
    "--set", "pairs", nargs=2, multiple=True, metavar="NAME VALUE", help="Alter the twin."
)
@click.option("--list", "only_list", is_flag=True, help="List what can be altered.")
def simulate(
    folder: Path | None,
    patients: int | None,
    release: str,
    *,
    seed: int,
    tidy: bool,
    pairs: tuple[tuple[str, str], ...],
    only_list: bool,
) -> None:
    """Write a simulated PRO-ACT release to FOLDER, and the truth behind it to FOLDER_truth."""
    from alsnb.commands.simulate import read_changes, simulate_into
    from alsnb.synthetic.parameters import describe_parameters

    if only_list:
        for row in describe_parameters().itertuples():
            click.echo(f"{row.name} = {row.value} {row.unit}\n    {row.meaning} ({row.source})")
        return
    if folder is None:
        raise click.UsageError("Name the folder to write the tables to.")
    tables, truth = simulate_into(
        folder,
        n_patients=patients,
        release=release,
        seed=seed,
        tidy=tidy,
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
    from alsnb.commands.export import write_cohort
    from alsnb.outcomes import SlopeSettings

    settings = SlopeSettings(scale=scale)
    click.echo(f"Written to {click.format_filename(write_cohort(path, out, slope=settings))}")


@commands.command("fidelity")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--profile", type=PROFILE, default="book", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def assess_fidelity(path: Path, *, profile: str, as_json: bool) -> None:
    """Hold a release beside what is printed about PRO-ACT, and say where it differs.

    The exit status is 1 if an aggregate that the twin is held to lies outside its tolerance.
    """
    from alsnb.effort import EFFORTS
    from alsnb.study import fidelity

    table = fidelity.assess_release(path, EFFORTS[profile])
    held = table[table["must"]]
    click.echo(
        table.to_json(orient="records", indent=1)
        if as_json
        else fidelity.tabulate_aggregates(table).to_string(index=False)
    )
    sys.exit(int((held["verdict"] == "outside").any()))


def main() -> None:
    """Run the command; end on a bad input with a sentence instead of a traceback."""
    try:
        commands()
    except (ValueError, RuntimeError) as error:
        from alsnb.book.execute import ChapterFailed
        from alsnb.checks import BadInput

        if not isinstance(error, BadInput | ChapterFailed):
            raise
        click.echo(f"alsnb: {error}", err=True)
        sys.exit(2)
