"""Say in sentences what is lost of a release; what comes from the data cannot act on a terminal."""

import html
import re
import textwrap

import pandas as pd

from alsnb.study.losses.patients import UNREAD_DAY as OPEN_DAY
from alsnb.study.losses.terms import LOSSES

WIDTH = 100
"""So many characters a line of a remark has at most, unless one word is longer."""


def say_losses(losses: pd.DataFrame) -> pd.DataFrame:
    """Return losses, each with a sentence, given as :data:`alsnb.study.losses.terms.LOSSES`.

    The columns are ``table``, ``note`` (the sentence), ``costs``, ``remedy`` and the others.
    """
    notes = [_say_loss(loss) for loss in losses.itertuples()]
    said = losses.assign(note=pd.Series(notes, index=losses.index, dtype="str"))
    first = ["table", "note", "costs", "remedy"]
    return said[[*first, *(name for name in LOSSES if name not in first)]]


def _say_loss(loss: object) -> str:
    if pd.isna(loss.lost):
        return loss.what
    most = "up to " * (", " in loss.what or OPEN_DAY in loss.reasons)
    counts = f"{most}{loss.lost:,} of {loss.given:,} {loss.of} are lost"
    reasons = f" ({loss.reasons})" if loss.reasons else ""
    unknown = f"; not understood: {loss.unknown}" if loss.unknown else ""
    return f"{loss.what}: {counts}{reasons}{unknown}"


def say_remarks(remarks: pd.DataFrame) -> pd.DataFrame:
    """Return what cleaning did not know and what became of it, as ``table`` and ``note``."""
    notes = [_say_remark(remark) for remark in remarks.itertuples()]
    return pd.DataFrame({"table": remarks["table"], "note": pd.Series(notes, dtype="str")})


def _say_remark(remark: object) -> str:
    named = f", such as {remark.named}" if remark.named else ""
    cells = f"{remark.column}: {remark.cells:,} cells hold what is not known{named}"
    kept = remark.cells - remark.emptied
    if not remark.emptied:
        return f"{cells}; the values beside them are of the usual size and were read"
    left_out = f"{remark.emptied:,} values are left out"
    return f"{cells}; {left_out}" + (f", {kept:,} were read, being of the usual size" * (kept > 0))


def listed(notes: pd.DataFrame) -> str:
    """Return sentences, with what they cost and what to do if that is known, as a list."""
    lines = []
    for note in notes.itertuples(index=False):
        text = escape(f"{note.table}: {note.note}" if note.table else note.note)
        text += f"; costs {escape(note.costs)}" if getattr(note, "costs", "") else ""
        text += f". {escape(note.remedy)}" if getattr(note, "remedy", "") else ""
        lines += textwrap.wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(lines)


def escape(text: str) -> str:
    """Return text of one line whose control and markup characters are shown, not obeyed."""
    marked = html.escape(str(text), quote=False)
    visible = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in marked)
    return re.sub(r"[`|*\[\]]", r"\\\g<0>", "".join(visible))
