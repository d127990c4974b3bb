"""Names of the regions of a connectome: read them, compare them, sort by them."""

import numpy as np

from alsnb.checks import listed, refuse
from alsnb.imaging.account import Account, several
from alsnb.imaging.cells import as_number, filled_lines
from alsnb.imaging.forms import Edges, Unreadable
from alsnb.imaging.regions import ASEG, atlas_regions, region_name

STEMS = ("labels", "regions", "nodes")
"""Names, without their ending, of the file of the labels among the connectomes."""

NAMES = ("label", "labels", "region", "regions", "name", "structure", "roi_name", "labelname")
"""What the column of the names is called, in small letters."""

REMEDY = "Write one region a line, in the order of rows and columns."


def is_labels(name: str) -> bool:
    """Whether a file among the connectomes is that of the labels."""
    return name.lower().rpartition("/")[2].partition(".")[0] in STEMS


def read_labels(content: bytes, file: str, *, atlas: str, account: Account) -> tuple[str, ...]:
    """Return the names of the regions.

    A column of names, with others beside it or not, or all names in one line.

    Parameters
    ----------
    content : bytes
        The file.
    file : str
        Its name.
    atlas : str
        Parcellation to which cortical regions must belong; empty if that is left open.
    account : Account
        Gets a note if the names are of no parcellation of FreeSurfer.

    Raises
    ------
    BadInput
        If there is no column of names, a name stands there twice, or some names are of a
        parcellation and others of none.
    """
    lines = [cells for _, cells in filled_lines(content, file)]
    written = _names(lines, file)
    labels = tuple(region_name(name) for name in written)
    if twice := several(labels):
        found = f"{listed(twice)} more than once"
        raise refuse(file, expected="each region once", found=found, remedy=REMEDY)
    _check_atlas(labels, file, atlas, account)
    return labels


def _names(lines: list[list[str]], file: str) -> list[str]:
    if len(lines) == 1 and len(lines[0]) > 1:
        return _column([[cell] for cell in lines[0]], 0, file)
    header = [cell.lower() for cell in lines[0]]
    named = [place for place, name in enumerate(header) if name in NAMES]
    if named:
        return _column(lines[1:], named[0], file)
    # without a header: the first column that is no number, as in MRtrix's tables of colours
    for place, cell in enumerate(lines[0]):
        if as_number(cell) is None:
            return _column([line for line in lines if line[0][:1] != "#"], place, file)
    found = f"columns {listed(lines[0])}"
    raise refuse(file, expected="a column of names", found=found, remedy=REMEDY)


def _column(lines: list[list[str]], place: int, file: str) -> list[str]:
    if any(len(line) <= place or not line[place] for line in lines):
        raise refuse(file, expected="a name in each line", found="a line without", remedy=REMEDY)
    return [line[place] for line in lines]


def _check_atlas(labels: tuple[str, ...], file: str, atlas: str, account: Account) -> None:
    regions = set(atlas_regions(atlas or "dk"))
    unknown = [label for label in labels if label not in ASEG and not _is_cortical(label, regions)]
    if not unknown:
        return
    if atlas in ("dk", "dkt") or len(unknown) < len(labels) / 2:
        raise refuse(
            file,
            expected=f"regions of the parcellation {atlas or 'dk'} or of aseg",
            found=f"others, {listed(unknown)}",
            remedy="Correct the names, or leave out ImagingSettings(atlas=...).",
        )
    account.note(file, "the regions are of no parcellation that is known here; kept as they are")


def _is_cortical(label: str, regions: set[str]) -> bool:
    side, _, region = label.partition("_")
    return side in ("lh", "rh") and region in regions


def labels_of_atlas(content: bytes, file: str, account: Account) -> tuple[str, ...]:
    """Return the regions of both sides from a list of those of one, the left side first.

    A name that stands there again gets the number of its line, as two regions may share one.
    """
    lines = [cells for _, cells in filled_lines(content, file)]
    written = _names(lines, file)
    names = [f"{name}_{n + 1}" if name in written[:n] else name for n, name in enumerate(written)]
    account.note(file, "its regions are taken to be those of both sides, the left side first")
    return tuple(f"{side}_{name}" for side in ("lh", "rh") for name in names)


# --- the labels of one file --------------------------------------------------------------


def order_of(own: tuple[str, ...], labels: tuple[str, ...]) -> np.ndarray:
    """Return where each region of the study stands in a file with labels of its own.

    Raises
    ------
    Unreadable
        If it has other regions.
    """
    places = {region_name(name): place for place, name in enumerate(own)}
    strange = [name for name in places if name not in set(labels)]
    if strange or len(places) != len(own) or len(own) != len(labels):
        found = f"{len(own)} labels, of which {listed(strange, most=3) or 'none'} are others"
        raise Unreadable("labels differ", f"the {len(labels)} regions of the study", found)
    return np.array([places[label] for label in labels])


def numbers_of(edges: Edges, labels: tuple[str, ...]) -> Edges:
    """Return edges between named regions as edges between numbers counted from 0.

    Raises
    ------
    Unreadable
        If a name is no label of the study.
    """
    places = {label: place for place, label in enumerate(labels)}
    ends = [(region_name(first), region_name(second)) for first, second in edges.ends]
    strange = sorted({name for pair in ends for name in pair if name not in places})
    if strange:
        expected = "regions of labels.csv" if labels else "regions by number, or a labels.csv"
        raise Unreadable("labels differ", expected, listed(strange, most=3))
    return Edges(
        np.array([(places[first], places[second]) for first, second in ends]), edges.weights
    )
