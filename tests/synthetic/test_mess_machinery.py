"""How defects are put into a table and written down, on tables of a few rows."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from alsnb.synthetic.mess import (
    Defect,
    blank,
    everywhere,
    exact_copy,
    filled,
    how_many,
    spoil,
    to_text,
)
from alsnb.synthetic.mess_tables import defects_of
from alsnb.synthetic.parameters import read_parameters
from alsnb.tables.proact.schema import tables

COLUMNS = ("subject_id", "height", "unit")


def make_table(rows: int = 6) -> pd.DataFrame:
    height = np.array([170.0, 165.5, np.nan, 180.0, 172.0, 160.0])[:rows]
    unit = pd.Series(["cm", "cm", None, "cm", "cm", "cm"][:rows], dtype="str")
    return pd.DataFrame({"subject_id": range(1, rows + 1), "height": height, "unit": unit})


def tenth(chosen, rng):
    return {"height": chosen["height"].to_numpy() / 10, "unit": None}


IN_PLACE = Defect(kind="slip", eligible=filled("height"), change=tenth)
COPIED = exact_copy()


def spoiled(defects, counts, seed=0):
    rng = np.random.default_rng(seed)
    return spoil(make_table(), COLUMNS, defects, counts, seed=rng)


def test_without_defects_the_text_is_the_table():
    cells, defects = spoiled((), ())
    assert cells["height"].to_pylist() == ["170", "165.5", None, "180", "172", "160"]
    assert cells["subject_id"].to_pylist() == ["1", "2", "3", "4", "5", "6"]
    assert defects.empty
    assert list(defects) == ["row", "column", "kind", "written", "right"]


@pytest.mark.parametrize("seed", range(5))
def test_a_changed_cell_is_listed_with_what_is_right(seed):
    cells, defects = spoiled((IN_PLACE,), (2,), seed)
    assert len(defects) == 4
    for defect in defects.itertuples():
        written = cells[defect.column][defect.row - 1].as_py()
        assert (written or "") == defect.written
        right = to_text(make_table()[defect.column])[defect.row - 1].as_py()
        assert right == defect.right


@pytest.mark.parametrize("seed", range(5))
def test_a_copy_stands_behind_its_original_and_is_listed_once(seed):
    cells, defects = spoiled((COPIED,), (3,), seed)
    assert cells.num_rows == 9
    assert len(defects) == 3
    assert (defects["right"] == "").all()
    for row in defects["row"]:
        assert cells.slice(row - 1, 1) == cells.slice(row - 2, 1)


@pytest.mark.parametrize("seed", range(5))
def test_no_row_gets_two_defects(seed):
    _, defects = spoiled((IN_PLACE, COPIED), (3, 6), seed)
    kinds = defects.groupby("kind")["row"].nunique()
    assert kinds["slip"] == 3
    assert kinds["exact copy"] == 3  # all rows that were left


def test_only_rows_that_can_have_a_defect_get_it():
    _, defects = spoiled((IN_PLACE,), (100,))
    assert set(defects["row"]) == {1, 2, 4, 5, 6}


def test_a_cell_that_is_blank_already_is_no_defect():
    both = Defect(kind="gone", eligible=everywhere, change=blank("height", "unit"))
    _, defects = spoiled((both,), (6,))
    assert 3 not in set(defects["row"])


def test_a_share_gives_at_least_a_few_cases_unless_it_is_zero():
    parameters = {"mess_factor": 1.0, "mess_floor": 3}
    assert how_many(100, 0.001, parameters) == 3
    assert how_many(100_000, 0.001, parameters) == 100
    assert how_many(100_000, 0.0, parameters) == 0
    assert how_many(100_000, 0.001, parameters | {"mess_factor": 0.0}) == 0


def test_numbers_become_their_shortest_text():
    text = to_text(pd.Series([3.0, 0.1, np.nan, 1e6, -2.5]))
    assert text.to_pylist() == ["3", "0.1", None, "1000000", "-2.5"]
    category = to_text(pd.Series(["a", None, "b"], dtype="category"))
    assert category.to_pylist() == ["a", None, "b"]
    assert isinstance(category, pa.Array)


def test_every_defect_has_a_share_of_its_own():
    names = [d.parameter(table) for table in tables() for d in defects_of(table)]
    assert len(set(names)) == len(names)
    shares = {name for name in read_parameters() if name.startswith("mess_")}
    assert shares == {*names, "mess_floor", "mess_factor"}
