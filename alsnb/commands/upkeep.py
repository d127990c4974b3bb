"""The commands that look after what lies on this machine: stored results and public data."""

import click

# What a command needs is imported when it runs, so that help texts need nothing of it.


@click.command("store")
@click.option("--empty", is_flag=True, help="Remove everything that is stored.")
def look_at_store(*, empty: bool) -> None:
    """List the stored results and what stopped processes left, or remove them all."""
    from alsnb.compute import contents

    if empty:
        n_results, n_left = contents.empty()
        click.echo(f"Removed {n_results} stored results and {n_left} leftovers.")
        return
    digits = {"seconds": 1, "megabytes": 2, "days_old": 2}
    held, left = contents.entries(), contents.left_behind()
    if len(held):
        click.echo(held.round(digits).to_string(index=False))
    if len(left):
        click.echo("Left by processes that were stopped; the next start or --empty removes it:")
        click.echo(left.round(digits).to_string(index=False))
    total = held["megabytes"].sum() + left["megabytes"].sum()
    found = f"{len(held)} results, {len(left)} leftovers, {total:.1f} MB"
    click.echo(found if len(held) + len(left) else "The store is empty.")


@click.command()
@click.argument("name", type=click.Choice(["dream2012", "mice"]))
def fetch(name: str) -> None:
    """Download public data to the folder ``data``, which git ignores."""
    from alsnb.imaging.mice import fetch_mice
    from alsnb.tables.dream import fetch_dream

    found = {"dream2012": fetch_dream, "mice": fetch_mice}[name]()
    click.echo(f"{name} is in {click.format_filename(found)}")
