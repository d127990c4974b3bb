import io
import pickle
import re
from contextlib import suppress

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alsnb.imaging.dialects import AVERAGED, MIRRORED, SELF, matrix_of, settle, spread
from alsnb.imaging.forms import Edges, Unreadable
from alsnb.imaging.labels import numbers_of, order_of
from alsnb.imaging.matrices import parse_connectome

THREE = np.array([[0.0, 1.5, 2.0], [1.5, 0.0, 0.0], [2.0, 0.0, 0.0]])
NAMES = ("a", "b", "c")


def text_of(matrix, mark=",", header=None, side=None):
    rows = [[f"{x:g}" for x in row] for row in matrix]
    if side is not None:
        rows = [[name, *row] for name, row in zip(side, rows, strict=True)]
    if header is not None:
        corner = [""] if side is not None else []
        rows = [[*corner, *header], *rows]
    return "\n".join(mark.join(row) for row in rows).encode()


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def mat(**arrays):
    file = io.BytesIO()
    scipy.io.savemat(file, arrays)
    return file.getvalue()


FORMS = {
    "comma": ("x.csv", text_of(THREE)),
    "comma and space": ("x.csv", text_of(THREE, ", ")),
    "comma at the end": ("x.csv", text_of(THREE).replace(b"\n", b",\n") + b",\n\n"),
    "semicolon": ("x.csv", text_of(THREE, ";")),
    "decimal commas": ("x.csv", text_of(THREE, ";").replace(b".", b",")),
    "tab": ("x.tsv", text_of(THREE, "\t")),
    "space": ("x.txt", text_of(THREE, " ")),
    "spaces, as FSL": ("x.txt", text_of(THREE, "  ") + b"  \n"),
    "windows": ("x.csv", text_of(THREE).replace(b"\n", b"\r\n")),
    "comment": ("x.csv", b"# tck2connectome\n" + text_of(THREE)),
    "utf-16": ("x.csv", text_of(THREE).decode().encode("utf-16")),
    "labels above": ("x.csv", text_of(THREE, header=NAMES)),
    "labels beside": ("x.csv", text_of(THREE, side=NAMES)),
    "labels around": ("x.csv", text_of(THREE, header=NAMES, side=NAMES)),
    "labels in quotes": ("x.csv", text_of(THREE, header=['"a"', '"b"', '"c"'], side=NAMES)),
    "a data frame's": ("x.csv", text_of(THREE, header="012", side="012")),
    "counted from one": ("x.csv", text_of(THREE, header="123")),
    "npy": ("x.npy", npy(THREE)),
    "npy, by columns": ("x.npy", npy(np.asfortranarray(THREE.astype("f4")))),
    "mat": ("x.mat", mat(sc=THREE)),
    "mat, with more": ("x.mat", mat(sc=THREE, n=np.arange(9.0), names=np.array(["a"]))),
    "mat, sparse": ("x.mat", mat(sc=scipy.sparse.csc_array(THREE))),
}


@pytest.mark.parametrize("form", list(FORMS))
def test_a_matrix_is_the_same_in_every_form(form):
    name, content = FORMS[form]
    found = parse_connectome(content, name)
    np.testing.assert_array_equal(found.weights, THREE)
    named = form.startswith("labels")
    assert found.labels == (NAMES if named else ())


def test_whole_numbers_of_any_size_are_kept():
    counts = np.array([[0, 2**40 + 1], [1, 0]])
    for name, content in (("x.npy", npy(counts)), ("x.mat", mat(sc=counts))):
        np.testing.assert_array_equal(parse_connectome(content, name).weights, counts)


def test_a_mat_key_chooses_among_several():
    content = mat(sc=THREE, fa=THREE / 2)
    found = parse_connectome(content, "x.mat", mat_key="fa")
    np.testing.assert_array_equal(found.weights, THREE / 2)


class Runs:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


BAD = {
    "empty": ("x.csv", b"", "an empty file"),
    "blank": ("x.csv", b" \n\n", "an empty file"),
    "words": ("x.csv", b"a,b\nc,d\n", "square matrix|numbers"),
    "a word": ("x.csv", text_of(THREE).replace(b"1.5", b"x", 1), "'x' in row 1, column 2"),
    "ragged": ("x.csv", b"0,1,2\n1,0\n2,0,0\n", "3 rows of 2 or 3 cells"),
    "ragged, as many in all": ("x.csv", b"0,1,2,3\n1,0\n2,0,0\n", "rows of"),
    "two numbers in a cell": ("x.csv", b"0,1 5,\n1,0,0\n0,0,0\n", "'1 5' in row 1"),
    "wide": ("x.csv", b"0,1,2\n1,0,2\n", "2 rows of 3 cells"),
    "one": ("x.csv", b"5\n", "1 x 1"),
    "pickled mat": ("x.mat", pickle.dumps({"sc": Runs()}), "a pickle of Python"),
    "pickled npy": ("x.npy", npy(np.array([[Runs()]]), allow_pickle=True), "Python objects"),
    "npy that is cut": ("x.npy", npy(THREE)[:-9], "cut"),
    "no npy": ("x.npy", b"hello", "cut or another"),
    "npy of text": ("x.npy", npy(np.array([["a", "b"], ["c", "d"]])), "type <U1"),
    "npy of complex": ("x.npy", npy(THREE + 1j), "complex128"),
    "npy, flat": ("x.npy", npy(np.arange(4)), "a square matrix.*found 4|4"),
    "huge npy": (
        "x.npy",
        npy(THREE).replace(b"'shape': (3, 3)", b"'shape': (9**9, 3)"),
        "cut or another",
    ),
    "vast npy": ("x.npy", npy(THREE).replace(b"(3, 3), }   ", b"(99999, 99999),}"), ""),
    "no matrix": ("x.mat", mat(n=np.arange(3.0)), r"n \(1 x 3\)"),
    "nothing": ("x.mat", mat(), "nothing"),
    "two": ("x.mat", mat(sc=THREE, fa=THREE), r"sc \(3 x 3\), fa \(3 x 3\)"),
    "struct": ("x.mat", mat(sc={"weights": THREE}), r"sc \(1 x 1\)"),
    "cells": ("x.mat", mat(sc=np.array([["a", 1], [2, 3]], dtype=object)), "of type object"),
    "mat that is cut": ("x.mat", mat(sc=THREE)[:150], "cut or another"),
    "no mat": ("x.mat", b"hello", "cut or another"),
    "version 7.3": ("x.mat", b"MATLAB 7.3 MAT-file" + b" " * 200, "HDF5"),
    "spreadsheet": ("x.csv", b"PK\x03\x04", "zip archive or spreadsheet"),
    "edges of four": ("x.edgelist", b"0 1 2 3\n1 2 3 4\n", "lines of 4 cells"),
    "half a region": ("x.edgelist", b"0.5 1 2\n", "not whole"),
    "a vast region": ("x.edgelist", b"0 1 2\n0 1e18 2\n", "regions from 0 to at most 2,000"),
    "a region below 0": ("x.edgelist", b"-1 1 2\n", "another number"),
    "no number of a region": ("x.edgelist", b"nan 1 2\n", "not whole"),
    "weight in words": ("x.edgelist", b"0 1 2\n0 2 x\n", "the weight 'x'"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_what_is_no_matrix_is_said_in_words(case):
    name, content, found = BAD[case]
    with pytest.raises(Unreadable) as error:
        parse_connectome(content, name)
    text = f"{error.value.expected}; {error.value.found}"
    assert error.value.rule
    assert re.search(found, text), text


@given(st.binary(max_size=300), st.sampled_from(["csv", "npy", "mat", "edgelist"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_are_a_connectome_or_a_sentence(content, ending):
    starts = {"npy": b"\x93NUMPY\x01\x00", "mat": mat(sc=THREE)[:130]}
    for tried in (content, starts.get(ending, b"0,1\n") + content):
        with suppress(Unreadable):
            assert parse_connectome(tried, f"x.{ending}").weights.dtype == float


@given(st.integers(2, 7), st.integers(0, 2**32), st.sampled_from([",", "\t", " ", ";", ", "]))
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read(n, seed, mark):
    rng = np.random.default_rng(seed)
    matrix = rng.lognormal(2, 3, (n, n)) * rng.integers(0, 2, (n, n))
    text = "\n".join(mark.join(map(repr, map(float, row))) for row in matrix)
    np.testing.assert_array_equal(parse_connectome(text.encode(), "x.txt").weights, matrix)


def settled(matrix):
    pairs, done = settle(matrix)
    return spread(pairs, len(matrix)), done


# --- dialects ----------------------------------------------------------------------------


def test_one_triangle_is_mirrored_and_its_diagonal_set_aside():
    upper = np.triu(THREE) + np.diag([4.0, 0.0, 3.0])
    for matrix in (upper, upper.T):
        weights, done = settled(matrix)
        np.testing.assert_array_equal(weights, THREE)
        assert done == {
            MIRRORED: "only one triangle is filled",
            SELF: "2 regions connected with themselves",
        }


def test_triangles_that_differ_are_averaged():
    weights, done = settled(np.array([[0.0, 4.0], [2.0, 0.0]]))
    np.testing.assert_array_equal(weights, [[0, 3], [3, 0]])
    assert list(done) == [AVERAGED]


def test_triangles_that_differ_by_rounding_are_the_same():
    weights, done = settled(THREE * np.array([[1, 1 + 1e-9, 1], [1, 1, 1], [1, 1, 1]]))
    np.testing.assert_allclose(weights, THREE)
    assert done == {}


def test_the_matrix_that_was_passed_is_left_alone():
    matrix = np.triu(THREE) + np.eye(3)
    before = matrix.copy()
    settle(matrix)
    np.testing.assert_array_equal(matrix, before)


@given(st.integers(2, 6), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_a_settled_matrix_is_symmetric_without_self_connections(n, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.lognormal(0, 2, (n, n)) * rng.integers(0, 2, (n, n))
    matrix[0, 1] = 1
    weights, _ = settled(matrix)
    np.testing.assert_array_equal(weights, weights.T)
    assert not np.diagonal(weights).any()
    again, done = settled(weights)
    np.testing.assert_array_equal(again, weights)
    assert done == {}


# --- lists of edges ----------------------------------------------------------------------

LISTS = {
    "spaces": b"0 1 1.5\n0 2 2\n",
    "commas": b"0,1,1.5\n0,2,2\n",
    "header": b"from,to,weight\n0,1,1.5\n0,2,2\n",
    "both directions": b"0 1 1.5\n1 0 1.5\n0 2 2\n2 0 2\n",
    "pairs turned": b"1 0 1.5\n0 2 2\n",
}


@pytest.mark.parametrize("form", list(LISTS))
def test_edges_make_the_same_matrix_in_every_form(form):
    edges = parse_connectome(LISTS[form], "x.edgelist")
    weights, _ = settled(matrix_of(edges, 3, 0))
    np.testing.assert_array_equal(weights, THREE)


def test_a_text_of_three_columns_and_many_lines_is_a_list():
    text = "\n".join(f"{n},{n + 1},2" for n in range(6))
    assert isinstance(parse_connectome(text.encode(), "x.csv"), Edges)


def test_edges_between_names_find_their_regions():
    edges = parse_connectome(b"L_insula ctx-rh-insula 3\n", "x.edgelist")
    found = numbers_of(edges, ("rh_insula", "lh_precentral", "lh_insula"))
    weights, _ = settled(matrix_of(found, 3, 0))
    assert weights[0, 2] == weights[2, 0] == 3
    with pytest.raises(Unreadable, match="lh_insula"):
        numbers_of(edges, ("rh_insula", "b"))


def test_edges_to_nowhere_and_edges_twice_are_refused():
    edges = Edges(np.array([[1, 2], [3, 4]]), np.ones(2))
    with pytest.raises(Unreadable, match="numbers from 1 to 4"):
        matrix_of(edges, 3, 1)
    with pytest.raises(Unreadable, match="more than once"):
        matrix_of(Edges(np.array([[0, 1], [0, 1]]), np.ones(2)), 3, 0)


def test_self_connections_in_a_list_are_set_aside_too():
    edges = Edges(np.array([[0, 0], [0, 1]]), np.array([5.0, 1.0]))
    weights, done = settled(matrix_of(edges, 2, 0))
    np.testing.assert_array_equal(weights, [[0, 1], [1, 0]])
    assert SELF in done


def test_labels_of_a_file_say_its_order():
    assert list(order_of(("c", "a", "b"), NAMES)) == [1, 2, 0]
    with pytest.raises(Unreadable, match="'d'"):
        order_of(("c", "a", "d"), NAMES)
