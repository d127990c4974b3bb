"""Bound what packed files may unpack to, before they are unpacked.

A few kilobytes can be packed so that they unpack to more than any machine holds. What a zip or
gzip may unpack to is bounded twice: in bytes, and as a multiple of its own size.
"""

import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alsnb.checks import BadInput, refuse

SIZE_VARIABLE, RATIO_VARIABLE = "ALSNB_UNPACKED_MB", "ALSNB_UNPACKED_RATIO"
"""Environment variables that set the two bounds."""

MOST_MEGABYTES = 800
"""Tables of a zip take so much together; those of the release of 2022 take a fraction of it."""

MOST_RATIO = 100
"""Tables of a release shrink to a fifth or a twentieth of their size; what shrinks more is none."""

SMALL_BYTES = 5_000_000
"""What unpacks to less than this is never refused for how much it shrinks."""

MOST_INNER_SHARE = 0.25
"""A zip within a zip is held in memory beside its tables, so it may take this share of them."""

PIECE_BYTES = 1 << 20
"""So many bytes are read or unpacked at a time."""


@dataclass(frozen=True)
class Bounds:
    """How many bytes something packed may unpack to, and how many times its own size."""

    size: float
    ratio: float

    def of(self, packed: int) -> int:
        """Return how many bytes so many packed ones may unpack to."""
        return int(min(self.size, max(SMALL_BYTES, self.ratio * packed)))


def read_bounds() -> Bounds:
    """Return the bounds, from the environment if it sets them; refuse what is no such number."""
    megabytes = _number(SIZE_VARIABLE, MOST_MEGABYTES)
    return Bounds(size=1e6 * megabytes, ratio=_number(RATIO_VARIABLE, MOST_RATIO))


def check_zip(archive: zipfile.ZipFile, packed: int, where: str) -> None:
    """Refuse a zip, of so many packed bytes, that says that it unpacks to more than is allowed.

    The program that unpacks reads no more of a member than the zip says; members that lie over
    each other are counted each.
    """
    bounds, members = read_bounds(), archive.infolist()
    sizes = [(member.file_size, member.compress_size) for member in members]
    for unpacked, own in [(sum(size for size, _ in sizes), packed), *sizes]:
        if unpacked > bounds.of(own):
            raise too_large(where, unpacked, own, bounds)


def check_inner_zip(member: zipfile.ZipInfo, where: str) -> None:
    """Refuse a zip within a zip that is too large to be held in memory beside its tables."""
    bounds = read_bounds()
    bounds = Bounds(size=MOST_INNER_SHARE * bounds.size, ratio=bounds.ratio)
    if member.file_size > bounds.size:
        raise too_large(where, member.file_size, member.compress_size, bounds)


def too_large(where: str, unpacked: int, packed: int, bounds: Bounds) -> BadInput:
    """Return the refusal of what unpacks to too much."""
    by_size = unpacked > bounds.size
    variable = SIZE_VARIABLE if by_size else RATIO_VARIABLE
    most = f"{bounds.size / 1e6:,.0f} MB" if by_size else f"{bounds.ratio:g} times its size"
    return refuse(
        where,
        expected=f"an archive that unpacks to {most} at most",
        found=f"one in which {packed:,} bytes unpack to {unpacked:,} or more; it was not unpacked",
        remedy=f"If you trust it, unpack it and pass the folder, or set {variable} higher.",
    )


def gunzipped(pieces: Iterable[bytes], packed: int, where: str) -> Iterator[bytes]:
    """Unpack a gzip archive of so many bytes, of one part or several, piece by piece.

    Raises
    ------
    BadInput
        As soon as it has unpacked to more than is allowed.
    EOFError, zlib.error
        If it is cut or damaged.
    """
    most, total, unpacker = read_bounds().of(packed), 0, zlib.decompressobj(wbits=31)
    for piece in pieces:
        is_full = False
        while piece or is_full:
            if unpacker.eof:  # another part follows, unless it is the zeros that fill a tape
                piece = piece.lstrip(b"\0")
                if not piece:
                    break
                unpacker = zlib.decompressobj(wbits=31)
            text = unpacker.decompress(piece, PIECE_BYTES)
            total += len(text)
            if total > most:
                raise too_large(where, total, packed, read_bounds())
            yield text
            is_full = len(text) == PIECE_BYTES
            piece = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if not unpacker.eof:
        raise EOFError("the archive ends before its end")


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        value = float(text or default)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise refuse(
            variable,
            expected="a number above zero",
            found=f"'{text}'",
            remedy=f"Correct it, or unset it for {default:g}.",
        )
    return value
