"""Types of options of the commands; what a type needs is imported when it is asked."""

from importlib import import_module

import click


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
