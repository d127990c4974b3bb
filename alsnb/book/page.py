"""What a chapter calls while it runs: say what it is built on, and show what came out.

The executed notebook is the only thing a chapter leaves behind. Every table, figure and
number it shows is in there under a name, complete, and :mod:`alsnb.book.unpack` takes them
out again, whoever ran the notebook and however.
"""

import ast
import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alsnb.book.chapters import check_parameters, find_chapter, read_chapter
from alsnb.disclosure import is_small, withhold_rows, withhold_small, withhold_words
from alsnb.report.style import use_style
from alsnb.report.tables import as_markdown
from alsnb.tables.source import Source

RECORD = "application/papermill.record/"
"""Prefix of an output that is kept in the notebook under a name but not shown."""

NOT_ABOUT_PATIENTS = "[no value: not computed on patients]"
"""What stands in a sentence about patients when the page was built on a stand-in."""


class Page:
    """A chapter's page while it is being computed.

    ``namespace`` is the chapter's ``globals()``, in which its parameters stand; ``chapter`` is its
    name, such as ``"10-dream"``. Parameters that it does not declare, or of another type, are
    refused.
    """

    def __init__(self, namespace: Mapping[str, object], chapter: str) -> None:
        check_parameters(read_chapter(find_chapter(chapter)), _parameters_in(namespace))
        self.source: Source | None = None
        use_style()

    def built_on(self, source: Source, lacking: Sequence[str] = ()) -> None:
        """Say what data the page is built on; from here on everything shown belongs to it.

        ``lacking`` is what is recorded of none of the patients; the page says that too.
        """
        self.source = source
        warning = "" if source.is_real else " **Nothing on this page is a result about patients.**"
        told = (
            f" *Recorded of nobody here:* {', '.join(lacking)}. "
            "What rests on that is left out, or says so."
            if lacking
            else ""
        )
        shown = {
            "text/markdown": f"*Data:* **{source.title}**.{warning}{told}",
            "text/plain": source.title,
        }
        facts = asdict(source)
        if source.is_real:
            facts["file_name"] = ""  # what readers call their folders is nobody else's business
        facts = {"source": facts, "lacking": list(lacking)}
        display(shown, raw=True, metadata={"alsnb": facts})

    def note(
        self, name: str, value: object, form: str = "", *, spread: float | None = None
    ) -> None:
        """Keep a number or short text under a name, so that prose can quote it with ``glue:text``.

        Parameters
        ----------
        name : str
            The key, unique in the book.
        value
            A number or a short text.
        form : str
            How prose shows it: in Python's format language, such as ``".3f"``, or in words
            made already, such as ``"0.259 (0.229 to 0.292)"``.
        spread : float, optional
            Its standard deviation from seed to seed, if known.
        """
        value = value.item() if hasattr(value, "item") else value
        text = form if " " in form.strip() else format(value, form)
        quoted = NOT_ABOUT_PATIENTS if self.source and self.source.kind == "stand-in" else text
        facts = {"value": name, "raw": value, "text": text, "spread": spread}
        display(
            {RECORD + "text/plain": repr(quoted)},
            raw=True,
            metadata={"scrapbook": {"name": name, "mime_prefix": RECORD}, "alsnb": facts},
        )

    def say(self, name: str, template: str, **words: object) -> None:
        """Keep a sentence: a template of the chapter with words that follow from numbers.

        ``{word}`` stands where a word goes; a chapter chooses among several templates where the
        numbers may say the opposite. The words come from :mod:`alsnb.report.say`.
        """
        self.note(name, template.format(**words))

    @property
    def is_real(self) -> bool:
        """Whether patients stand behind the page, as far as it has been said."""
        return self.source is not None and self.source.is_real

    def disclose(
        self,
        frame: pd.DataFrame,
        counts: Sequence[str],
        what: Sequence[str] | None = None,
        *,
        whole: Sequence[float] = (),
        within: Mapping[str, Sequence[str]] | None = None,
        rows: str = "",
    ) -> pd.DataFrame:
        """Return a frame as it may be shown: behind real patients, nothing rests on one to four.

        What a figure is drawn from, what a sentence is made of and what a table shows goes through
        here first. The arguments are those of :func:`alsnb.disclosure.withhold_rows`.
        """
        held = {"whole": whole, "within": within, "rows": rows}
        return withhold_rows(frame, counts, what, **held) if self.is_real else frame

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        shown: pd.DataFrame | None = None,
        spread: pd.DataFrame | None = None,
        counts: Sequence[str] = (),
        besides: Sequence[str] = (),
    ) -> None:
        """Show a table and keep it, exact, under a name.

        Parameters
        ----------
        name : str
            The table's name; ``alsnb run`` writes it to ``tables/NAME.csv``.
        frame, shown : DataFrame
            The exact values; and the same, rounded and worded for reading.
        spread : DataFrame, optional
            Standard deviation from seed to seed, in the shape of ``frame``; NaN where unknown.
        counts : sequence of str, optional
            Columns that count patients or their records. Counts under five are withheld if
            patients stand behind them, with all other numbers in their rows.
        besides : sequence of str, optional
            Columns whose numbers rest on no patient of this run, such as bounds set beforehand.
            Those whose names begin with "published" need not be named.
        """
        shown = frame if shown is None else shown
        if self.is_real:
            frame, shown, spread = _withheld(frame, shown, spread, counts, besides)
        bundle = {
            "text/html": shown.to_html(index=False, escape=True, border=0),
            "text/markdown": as_markdown(shown),
            "text/plain": shown.to_string(index=False),
            "text/csv": frame.to_csv(index=False),
        }
        facts = {"table": name, "spread": None if spread is None else spread.to_csv(index=False)}
        _show(bundle, name, facts)

    def figure(self, name: str, drawn: Figure | Axes, alt: str) -> None:
        """Show a figure and keep it under a name, as SVG and PNG (``figures/NAME`` of a run).

        ``alt`` is what it shows, in words with values, for those who cannot see it.
        """
        figure = drawn if isinstance(drawn, Figure) else drawn.figure
        if self.source is not None and not self.source.is_real:
            stamp = {"ha": "right", "va": "top", "fontsize": 8, "color": "#b30000"}
            figure.text(0.995, 0.995, f"{self.source.kind}: not patients", **stamp)
        bundle = {
            "image/svg+xml": _written(figure, "svg", metadata={"Date": None}).decode(),
            "image/png": base64.b64encode(_written(figure, "png", dpi=150)).decode(),
            "text/plain": alt,
        }
        pyplot.close(figure)
        _show(bundle, name, {"figure": name, "alt": alt})


def _parameters_in(namespace: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters papermill wrote into the notebook, from the cell it adds."""
    injected = [cell for cell in namespace.get("In", ()) if cell.startswith("# Parameters\n")]
    statements = [statement for cell in injected for statement in ast.parse(cell).body]
    return {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in statements
        if isinstance(statement, ast.Assign)
    }


def _withheld(
    frame: pd.DataFrame,
    shown: pd.DataFrame,
    spread: pd.DataFrame | None,
    counts: Sequence[str],
    besides: Sequence[str],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    """Return a table as it may be shown, exact and in words, and how much it moves."""
    small = [is_small(frame[name]).to_numpy() for name in counts if name in frame]
    hidden = pd.Series(np.logical_or.reduce([np.zeros(len(frame), bool), *small]))
    own = withhold_small(frame, counts, besides=besides)
    words = withhold_small(shown, counts, besides=besides)
    if len(shown) == len(frame):
        labels = frame.select_dtypes(exclude="number").columns
        words = withhold_words(words, hidden, besides=[*counts, *besides, *labels])
    if spread is not None:
        spread = spread.mask(hidden.set_axis(spread.index), axis=0)
    return own, words, spread


def _show(bundle: dict, name: str, facts: dict) -> None:
    metadata = {"scrapbook": {"name": name, "mime_prefix": ""}, "alsnb": facts}
    display(bundle, raw=True, metadata=metadata)


def _written(figure: Figure, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, **options)
    return buffer.getvalue()
