"""Tell whether the file of a table ends where it was written to end, or was cut."""

import re
from collections.abc import Mapping

from alsnb.tables.proact.cells import Records
from alsnb.tables.proact.content import Content
from alsnb.tables.proact.costs import NOTHING
from alsnb.tables.proact.subjects import looks_like_subject

TAIL_BYTES = 1 << 16
"""So much of a file's end is looked at."""


def ends_within_record(content: Content, records: Records) -> bool:
    """Whether the last line holds the beginning of a record only; a footer is none."""
    last_read = int(records.row.max()) if len(records.row) else 0
    if not len(records.left_out) or int(records.left_out.max()) < last_read:
        return False
    lines = re.split(r"[\r\n]+", _tail(content).rstrip("\r\n"))
    cells = lines[-1].split(content.separator)
    begins = len(cells) > 1 or looks_like_subject(cells[0])
    return begins and len(cells) <= content.width


def has_last_line_end(content: Content) -> bool:
    """Whether the last line ends; files with such an end and without one are both usual."""
    return not content.body.size or _tail(content).endswith(("\n", "\r"))


def _tail(content: Content) -> str:
    size = content.body.size
    tail = content.body.slice(max(0, size - TAIL_BYTES)).to_pybytes()
    return tail.decode("utf-8", "replace").replace("\0", "")


def remarks_on_line_ends(has_end: Mapping[str, bool]) -> list[tuple[str, str, str]]:
    """Return a remark on each table without the last line end that most others have."""
    if 2 * sum(has_end.values()) <= len(has_end):
        return []
    text = "the file has no line end after its last record, as most tables have; it may be cut"
    return [(table, text, NOTHING) for table, ends in has_end.items() if not ends]
