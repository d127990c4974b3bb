import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.collections import PathCollection, PolyCollection

from alsnb.imaging.regions import DESIKAN_KILLIANY
from alsnb.report.circle import LOBES, describe_circle, lobe_of, place_regions, plot_circle
from alsnb.report.cortex import (
    UNKNOWN,
    WHOLE,
    describe_cortex,
    drawn_regions,
    plot_cortex,
    read_outlines,
    say_region,
)

ALL = [f"{side}_{name}" for side in ("lh", "rh") for name in DESIKAN_KILLIANY]


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def collections(figure):
    axes = [ax for ax in figure.axes if ax.collections and not ax.axison]
    return [ax.collections[0] for ax in axes if isinstance(ax.collections[0], PolyCollection)]


def colour_of(figure, view, side, region):
    """The colours of the polygons of a region, in the view of a hemisphere."""
    place = {("lh", "lateral"): 0, ("lh", "medial"): 1, ("rh", "medial"): 2, ("rh", "lateral"): 3}
    drawn = collections(figure)[place[side, view]]
    names = [name for (of, name), parts in read_outlines().items() if of == view for _ in parts]
    colours = drawn.get_facecolors()
    return [tuple(colours[n]) for n, name in enumerate(names) if name == region]


def test_every_region_of_desikan_and_killiany_is_drawn():
    assert set(drawn_regions()) == set(ALL)
    outlines = read_outlines()
    assert {view for view, _ in outlines} == {"lateral", "medial"}
    assert all((view, WHOLE) in outlines for view in ("lateral", "medial"))
    for parts in outlines.values():
        for polygon in parts:
            assert len(polygon) >= 4
            np.testing.assert_allclose(polygon[0], polygon[-1], atol=1e-9)


@pytest.mark.parametrize("view", ["lateral", "medial"])
def test_regions_lie_within_their_hemisphere(view):
    outlines = read_outlines()
    (whole,) = outlines[view, WHOLE]
    for (of, name), parts in outlines.items():
        if of == view:
            low, high = whole.min(axis=0) - 6, whole.max(axis=0) + 6
            assert all((low <= part).all() and (part <= high).all() for part in parts), name


def test_the_precentral_cortex_lies_before_the_postcentral_and_the_occipital_behind():
    # on the right hemisphere seen from its side the front is on the right
    across = {
        name: read_outlines()["lateral", name][0][:, 0].mean()
        for name in DESIKAN_KILLIANY
        if ("lateral", name) in read_outlines()
    }
    assert across["lateraloccipital"] < across["postcentral"] < across["precentral"]
    assert across["precentral"] < across["parstriangularis"] < across["frontalpole"]


def test_colours_follow_the_values_and_unknown_regions_are_grey():
    values = pd.Series(0.0, ALL)
    values["lh_precentral"], values["rh_precentral"] = -2.0, 1.0
    values["lh_insula"] = np.nan
    figure = plot_cortex(values.drop("rh_cuneus").to_frame("x"), label="x")
    (low,) = colour_of(figure, "lateral", "lh", "precentral")
    (high,) = colour_of(figure, "lateral", "rh", "precentral")
    assert low[2] > low[0]  # blue below zero
    assert high[0] > high[2]  # red above
    grey = tuple(int(UNKNOWN[n : n + 2], 16) / 255 for n in (1, 3, 5))
    for side, view, region in (("lh", "lateral", "insula"), ("rh", "medial", "cuneus")):
        for colour in colour_of(figure, view, side, region):
            np.testing.assert_allclose(colour[:3], grey, atol=1e-6)


def test_the_left_is_the_mirror_image_of_the_right():
    figure = plot_cortex(pd.DataFrame({"x": pd.Series(1.0, ALL)}), label="x")
    left, right = collections(figure)[0], collections(figure)[3]
    for one, other in zip(left.get_paths(), right.get_paths(), strict=True):
        np.testing.assert_allclose(one.vertices * [-1, 1], other.vertices)


def test_a_column_is_a_row_of_four_views():
    frame = pd.DataFrame({"a": pd.Series(0.2, ALL), "b": pd.Series(np.nan, ALL)})
    assert len(collections(plot_cortex(frame, label="x", limits=(0, 1)))) == 8
    assert len(collections(plot_cortex(frame[["b"]], label="x"))) == 4


def test_words_name_the_extreme_regions():
    values = pd.DataFrame({"now": pd.Series(np.arange(68.0), ALL), "never": pd.Series(dtype=float)})
    said = describe_cortex(values, "Thickness", n=1)
    assert said == (
        "Thickness. now: lowest left banks of the superior temporal sulcus 0.00; "
        "highest right insula 67.00. "
        "never: no region has a value."
    )
    assert say_region("lh_precentral") == "left precentral"
    assert say_region("rh_caudalanteriorcingulate") == "right caudal anterior cingulate"
    assert say_region("lh_parsorbitalis") == "left pars orbitalis"
    assert say_region("lh_temporalpole") == "left temporal pole"
    assert say_region("lh_lateralorbitofrontal") == "left lateral orbitofrontal"
    assert say_region("other") == "other"


def test_every_region_has_a_lobe_and_a_place_of_its_own():
    placed = place_regions()
    assert set(placed.index) == set(ALL)
    assert (placed["lobe"] != "").all()
    assert lobe_of("lh_precentral") == "Frontal"
    assert lobe_of("Left-Thalamus") == ""
    assert sum(len(names.split()) for names in LOBES.values()) == len(DESIKAN_KILLIANY)
    np.testing.assert_allclose(np.hypot(placed["x"], placed["y"]), 1)
    assert not placed[["x", "y"]].round(6).duplicated().any()
    left = placed.index.str.startswith("lh")
    assert (placed["x"][left] < 0).all()
    assert (placed["x"][~left] > 0).all()


def test_connections_are_drawn_and_others_left_out():
    edges = pd.DataFrame(
        {
            "first": ["lh_precentral", "lh_insula", "Left-Thalamus"],
            "second": ["rh_precentral", "lh_cuneus", "lh_insula"],
            "now": [0.9, 0.1, 1.0],
        }
    )
    figure = plot_circle(edges, ["now"], label="share", least=0.5)
    (drawn,) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    assert len(drawn.get_paths()) == 2
    grey, coloured = drawn.get_edgecolors()
    assert grey[0] == grey[1] == grey[2]
    assert coloured[0] > coloured[2]
    said = describe_circle(edges, ["now"], "Reached", least=0.5)
    assert re.search(r"now: 2 of 3 connections at 0\.50 or more, mean of all 0\.67", said)
