"""Make the outlines of cortical regions that figures are drawn with.

    python -m benchmarks.cortex_outlines FOLDER

FOLDER is ``ggseg/data/dk`` in the source of the package ggseg 0.1 (MIT, notice beside the
outlines). Its curves become polygons in whole units, which lie within one unit of them. Only the
right hemisphere is taken and the left drawn as its mirror image, as one of the left regions stands
under the name of another.
"""

import re
import sys
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Curve

OUT = Path(__file__).parent.parent / "alsnb" / "report" / "cortex.txt"
OUTLINES = ("lateral", "medial")
"""Names of the whole hemisphere, seen from its side and from the middle."""

LEFT_OUT = ("NA", "corpuscallosum")
MEDIAL_FROM = 760
"""Where the medial view begins, across."""

TOLERANCE = 1.0


def main(folder: Path) -> None:
    """Write a line per polygon: its view, its region, and its corners."""
    lines = []
    for file in sorted(folder.glob("*_right")):
        name = file.name.removesuffix("_right")
        if name in LEFT_OUT:
            continue
        for polygon in read_polygons(file.read_text(encoding="utf-8")):
            medial = int(polygon[:, 0].mean() > MEDIAL_FROM)
            corners = simplify(polygon, TOLERANCE) - [MEDIAL_FROM * medial, 0]
            words = " ".join(f"{x:.0f},{y:.0f}" for x, y in corners)
            lines.append(f"{OUTLINES[medial]} {'-' if name in OUTLINES else name} {words}")
    OUT.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")


def read_polygons(text: str) -> list[np.ndarray]:
    """Return the closed curves of a path of SVG as polygons."""
    codes = {"M": Curve.MOVETO, "L": Curve.LINETO, "C": Curve.CURVE4}
    corners, kinds = [], []
    for command, numbers in re.findall(r"([MLCZ])([^MLCZ]*)", text):
        points = [tuple(map(float, pair.split(","))) for pair in numbers.split()] or [(0.0, 0.0)]
        corners += points
        kinds += [codes.get(command, Curve.CLOSEPOLY)] * len(points)
    return Curve(corners, kinds).to_polygons()


def simplify(polygon: np.ndarray, tolerance: float) -> np.ndarray:
    """Return fewer corners, none of the others further off than so much (Douglas and Peucker)."""
    if len(polygon) < 3:
        return polygon
    start, end = polygon[0], polygon[-1]
    along = end - start
    length = np.hypot(*along)
    away = polygon - start
    # of a closed polygon, start and end are the same corner
    off = np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / length if length else None
    off = np.hypot(*away.T) if off is None else off
    far = int(off.argmax())
    if off[far] <= tolerance:
        return polygon[[0, -1]]
    parts = simplify(polygon[: far + 1], tolerance), simplify(polygon[far:], tolerance)
    return np.concatenate([parts[0][:-1], parts[1]])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
