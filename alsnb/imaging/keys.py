"""Recognise a subject under the names that different programs give it."""

import re
from collections.abc import Collection, Iterable
from itertools import takewhile

_BIDS = re.compile(r"^sub-([a-z0-9+]+)(?=$|[_.])")
_ENDINGS = re.compile(r"(\.(csv|tsv|txt|npy|mat|edgelist|edges|dat|gz))+$", re.IGNORECASE)


def subject_key(text: str) -> str:
    """Return what the names of one subject have in common.

    ``sub-01``, ``sub-01_ses-1``, ``01``, ``1`` and ``1.0`` are ``1``; ``ALS-007`` and ``als-7``
    are ``als-7``. Folders in front of a name do not count.
    """
    name = text.strip().replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
    if bids := _BIDS.match(name):
        name = bids[1]
    name = re.sub(r"^sub(ject)?[-_ ]?(?=.)", "", name)
    name = re.sub(r"^(\d+)\.0+$", r"\1", name)
    return re.sub(r"(?<!\d)0+(?=\d)", "", name)


def subjects_of_files(names: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Return how each file's name writes its subject.

    A name as of BIDS says it itself (``sub-01_ses-1_connectome.csv``). Of another name the longest
    beginning counts whose key is known (``ALS_07_dk.mat``), else all of it but what the names
    have in common at their ends.

    Parameters
    ----------
    names : iterable of str
        Files, with or without folders.
    known : collection of str
        Keys of subjects in other files.
    """
    stems = {name: _ENDINGS.sub("", name.rpartition("/")[2]) for name in names}
    common = _common_end(list(stems.values()))
    return {name: _subject_in(stem, common, known) for name, stem in stems.items()}


def _subject_in(stem: str, common: str, known: Collection[str]) -> str:
    if bids := _BIDS.match(stem.lower()):
        return stem[: bids.end()]
    cuts = [match.start() for match in re.finditer(r"[_.\- ]", stem)]
    for cut in [len(stem), *cuts[::-1]]:
        if cut and subject_key(stem[:cut]) in known:
            return stem[:cut]
    return stem.removesuffix(common) or stem


def _common_end(stems: list[str]) -> str:
    """Return what all names end in, from a separator on."""
    if len(set(stems)) < 2:
        return ""
    columns = zip(*(reversed(stem) for stem in stems), strict=False)
    alike = takewhile(lambda letters: len(set(letters)) == 1, columns)
    end = "".join(letters[0] for letters in alike)[::-1]
    mark = re.search(r"[_.\- ]", end)
    return end[mark.start() :] if mark else ""


def pattern_of(names: Iterable[str]) -> str:
    """Return what a name looks like without saying it: digits as ``#``, letters as ``a``."""
    first = next(iter(names), "")
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "#", re.sub(r"^sub-", "\0", first))).replace(
        "\0", "sub-"
    )
