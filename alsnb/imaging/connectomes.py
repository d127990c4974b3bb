"""Read the connectomes of all subjects into one array."""

import fnmatch
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np

from alsnb.checks import BadInput, refuse
from alsnb.imaging.account import Account, Problem, several
from alsnb.imaging.dialects import matrix_of, settle, spread
from alsnb.imaging.forms import Edges, Matrix, Unreadable, unreadable_because
from alsnb.imaging.keys import subject_key, subjects_of_files
from alsnb.imaging.labels import numbers_of, order_of
from alsnb.imaging.matrices import ENDINGS, parse_connectome
from alsnb.imaging.regions import region_name
from alsnb.imaging.settings import ImagingSettings

MODALITY = "connectome"


@dataclass(frozen=True)
class Connectomes:
    """The connectomes that could be read, one after the other.

    Attributes
    ----------
    keys : list of str
        Keys of the subjects that have a file, with those whose file is bad.
    rows : dict of str to int
        Where in the array a subject stands whose file could be read.
    weights : float array of shape (n_rows, n_regions, n_regions)
        Symmetric, 0 on the diagonal.
    labels : tuple of str
        Names of the regions.
    """

    keys: list[str]
    rows: dict[str, int]
    weights: np.ndarray
    labels: tuple[str, ...]


def read_connectomes(
    names: Iterable[str],
    read: Callable[[str], bytes],
    labels: tuple[str, ...],
    *,
    known: Collection[str],
    settings: ImagingSettings,
    account: Account,
) -> Connectomes:
    """Return the connectomes of all subjects.

    Parameters
    ----------
    names : iterable of str
        Files that may hold one; others than of known endings are noted.
    read : callable
        Gives the bytes of a file.
    labels : tuple of str
        Names of the regions; empty if there is no file of them.
    known : collection of str
        Keys of subjects in other files, by which names of files are understood.
    settings : ImagingSettings
        Says which files and which matrix in them are read.
    account : Account
        Gets what is wrong with single subjects, and what was done to their matrices.

    Returns
    -------
    Connectomes
        A subject whose file is bad has no row.

    Raises
    ------
    BadInput
        If no file can be a connectome, the numbers of regions in lists of edges cannot be
        understood, or the number of labels is not that of the regions.
    """
    files = _one_file_each(list(names), known, settings, account)
    reader = _Reader(labels, settings, account)
    for key, name in files.items():
        reader.take(key, name.rpartition("/")[2], lambda name=name: read(name))
    return reader.finish(list(files))


def _one_file_each(
    names: list[str], known: Collection[str], settings: ImagingSettings, account: Account
) -> dict[str, str]:
    """Return the file of each subject, and write down who has several."""
    may_be = [name for name in names if name.lower().endswith(ENDINGS)]
    if odd := len(names) - len(may_be):
        account.note("connectomes", f"{odd:,} files of other kinds, which were not read")
    chosen = [
        name
        for name in may_be
        if fnmatch.fnmatch(name.rpartition("/")[2], settings.connectome_files)
    ]
    if not chosen:
        raise refuse(
            "connectomes",
            expected=f"a file per subject, one of {', '.join(ENDINGS)}",
            found=f"{len(names):,} files, {len(may_be):,} of these kinds, none of them with a name"
            f" like '{settings.connectome_files}'",
            remedy="Put them into the folder connectomes, or name another pattern:"
            " ImagingSettings(connectome_files=...).",
        )
    written = subjects_of_files(chosen, known)
    keys = {name: subject_key(text) for name, text in written.items()}
    files: dict[str, str] = {}
    for name in chosen:
        account.name(keys[name], written[name])
        files.setdefault(keys[name], name)
    for key in several(keys[name] for name in chosen):
        count = sum(keys[name] == key for name in chosen)
        account.problems.append(
            Problem(
                key,
                MODALITY,
                files[key].rpartition("/")[2],
                "several files",
                "one connectome per subject",
                f"{count} files of the subject",
                "Choose by name: ImagingSettings(connectome_files='*desc-count*').",
            )
        )
    return files


class _Reader:
    """Take one file after the other; memory is that of the array, and of lists of edges."""

    def __init__(
        self, labels: tuple[str, ...], settings: ImagingSettings, account: Account
    ) -> None:
        self._labels, self._settings, self._account = labels, settings, account
        self._pairs: list[tuple[str, str, int, np.ndarray]] = []
        self._lists: list[tuple[str, str, Edges]] = []

    def take(self, key: str, file: str, read: Callable[[], bytes]) -> None:
        """Read a file, and write down what is wrong with it."""
        try:
            found = parse_connectome(_bytes_of(read), file, mat_key=self._settings.mat_key)
            if isinstance(found, Edges):
                self._lists.append((key, file, found))
            else:
                self._settle(key, file, self._in_order(key, file, found))
        except Unreadable as error:
            self._bad(key, file, error)

    def finish(self, keys: list[str]) -> Connectomes:
        """Return what was read, once the number of regions is known."""
        self._settle_lists()
        n_regions = self._n_regions()
        good = []
        for key, file, n, pairs in self._pairs:
            if n == n_regions:
                good.append((key, pairs))
            else:
                expected, found = f"{n_regions} regions", f"{n}"
                self._bad(key, file, Unreadable("wrong size", expected, found))
        self._pairs.clear()
        weights = np.zeros((len(good), n_regions, n_regions))
        for row, (_, pairs) in enumerate(good):
            spread(pairs, n_regions, out=weights[row])
        rows = {key: row for row, (key, _) in enumerate(good)}
        labels = self._labels or tuple(f"region_{n + 1:03}" for n in range(n_regions))
        return Connectomes(keys, rows, weights, labels)

    def _in_order(self, key: str, file: str, matrix: Matrix) -> np.ndarray:
        """Return a matrix with its regions in the order of the study's labels."""
        if not matrix.labels:
            return matrix.weights
        if not self._labels:
            self._labels = tuple(region_name(label) for label in matrix.labels)
            self._account.note("connectomes", "the regions are named as in the first matrix")
        order = order_of(matrix.labels, self._labels)
        if (order != np.arange(len(order))).any():
            found = "regions in another order, which were sorted by their labels"
            self._account.treat(key, MODALITY, file, "sorted by label", found)
        return matrix.weights[np.ix_(order, order)]

    def _settle(self, key: str, file: str, weights: np.ndarray) -> None:
        pairs, done = settle(weights)
        for rule, found in done.items():
            self._account.treat(key, MODALITY, file, rule, found)
        self._pairs.append((key, file, len(weights), pairs))

    def _settle_lists(self) -> None:
        """Turn lists of edges into matrices, by what all of them show of the numbers."""
        numbered = [edges.ends for _, _, edges in self._lists if not isinstance(edges.ends, list)]
        first, n_regions = 0, len(self._labels)
        if numbered:
            low = min(int(ends.min()) for ends in numbered)
            high = max(int(ends.max()) for ends in numbered)
            first = _first_node(low, high, n_regions, self._settings)
            sizes = [n for _, _, n, _ in self._pairs]
            n_regions = n_regions or max([*sizes, high - first + 1])
        for key, file, edges in self._lists:
            try:
                if isinstance(edges.ends, list):
                    edges, start = numbers_of(edges, self._labels), 0
                else:
                    start = first
                self._settle(key, file, matrix_of(edges, n_regions, start))
            except Unreadable as error:
                self._bad(key, file, error)
        self._lists.clear()

    def _n_regions(self) -> int:
        """Return the number of regions: that of the labels, else the commonest."""
        sizes = Counter(n for _, _, n, _ in self._pairs)
        if not self._labels or not sizes:
            return sizes.most_common(1)[0][0] if sizes else len(self._labels)
        if len(self._labels) not in sizes:
            commonest = sizes.most_common(1)[0][0]
            raise refuse(
                "labels of the regions",
                expected=f"{commonest} names, as the connectomes have regions",
                found=f"{len(self._labels)}",
                remedy="Put the labels of this parcellation beside the connectomes, one a line.",
            )
        return len(self._labels)

    def _bad(self, key: str, file: str, error: Unreadable) -> None:
        problem = Problem(
            key, MODALITY, file, error.rule, error.expected, error.found, error.remedy
        )
        self._account.problems.append(problem)


def _bytes_of(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except BadInput as error:
        raise unreadable_because(error, "a connectome") from error


def _first_node(low: int, high: int, n_regions: int, settings: ImagingSettings) -> int:
    """Return the number of the first region, 0 or 1, as the lists show it."""
    if settings.first_node is not None:
        return settings.first_node
    if low == 0:
        return 0
    if n_regions and high == n_regions:
        return 1
    raise refuse(
        "lists of edges",
        expected="regions counted from 0 or from 1",
        found=f"numbers from {low} to {high}, which may be either",
        remedy="Say which: ImagingSettings(first_node=1).",
    )
