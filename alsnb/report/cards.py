"""Show an object in a notebook by a few facts, and never by what stands in its rows."""

import html
from collections.abc import Mapping


def card(title: str, facts: Mapping[str, object]) -> str:
    """Return the HTML of an object: a title, and a table of facts about the whole.

    Parameters
    ----------
    title : str
        What the object is.
    facts : mapping of str to object
        What is known of it, by name; numbers get commas.
    """
    cells = [(_text(name), _text(fact)) for name, fact in facts.items()]
    rows = "".join(f'<tr><th scope="row">{name}</th><td>{fact}</td></tr>' for name, fact in cells)
    return f"<p><strong>{_text(title)}</strong></p><table>{rows}</table>"


def _text(value: object) -> str:
    return html.escape(f"{value:,}" if isinstance(value, int) else str(value))
