"""Count the rows and subjects of a table that is not used, holding one block of it at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from alsnb.checks import refuse
from alsnb.tables.proact.cells import Cells
from alsnb.tables.proact.content import REMEDY, as_utf8, understand
from alsnb.tables.proact.places import buffer_of
from alsnb.tables.proact.splitting import split

BLOCK_BYTES = 16 << 20
"""About so many bytes are counted at a time."""

LONGEST_BYTES = 64 << 20
"""No line is so long; a file with a longer one is no table."""

MOST_STEPS = 1_000
"""So many lines back the end of a record is looked for whose quotes are all closed."""


def count_records(
    pieces: Iterable[bytes], packed: int, table: str, where: str
) -> tuple[int, list[str]]:
    """Return how many records a table has, and the different texts of their subjects.

    Parameters
    ----------
    pieces : iterable of bytes
        The file, a piece at a time; packed, in UTF-16 or in another encoding, as it may be.
    packed : int
        How many bytes all pieces have together.
    table : str
        Name of the table it should hold.
    where : str
        Name of the file, for refusals.

    Raises
    ------
    BadInput
        If the file is no table.
    """
    content, lines, subjects = None, 0, set()
    for block in _blocks(as_utf8(pieces, packed, where), where):
        body = buffer_of(block)
        content = replace(content, body=body) if content else understand(body, table, where)
        place = content.places["subject_id"]
        records = split(content, [place], where)
        cells: Cells = records.columns[place]
        lines += records.lines
        subjects.update(cells.compact().texts)
    return lines, sorted(subjects)


def _blocks(pieces: Iterable[bytes], where: str) -> Iterator[bytes]:
    """Yield pieces joined to blocks that end where a record ends; one block of an empty file."""
    waiting, size, is_first = [], 0, True
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size < BLOCK_BYTES:
            continue
        block = b"".join(waiting)
        end = _end_of_record(block)
        if end:
            yield block[:end]
            is_first = False
        elif size > LONGEST_BYTES:
            found = f"a line of more than {LONGEST_BYTES:,} bytes"
            raise refuse(where, expected="a table as text", found=found, remedy=REMEDY)
        waiting, size = [block[end:]], len(block) - end
    if size or is_first:
        yield b"".join(waiting)


def _end_of_record(block: bytes) -> int:
    """Return where the last line ends before which every quote is closed; 0 if nowhere."""
    ends = b"\n" if b"\n" in block else b"\r"
    last = end = block.rfind(ends) + 1
    is_open = block.count(b'"', 0, end) % 2
    for _ in range(MOST_STEPS):
        if not is_open or not end:
            break
        before = block.rfind(ends, 0, end - 1) + 1
        is_open = (is_open + block.count(b'"', before, end)) % 2
        end = before
    return last if is_open or not end else end
