"""One value beyond all measures, in any column of any table, is told of and harms nobody."""

import io

import pandas as pd
import pytest

from alsnb.commands.check import as_json, check_release
from alsnb.study.proact import prepare
from alsnb.synthetic.damage.small_release import small_release, write
from alsnb.tables.proact import schema

USED = [table.files["2022"] for table in schema.tables_of("2022").values() if table.used]


@pytest.mark.parametrize("name", USED)
def test_a_giant_in_every_column_changes_no_more_than_its_cell(tmp_path, name):
    files = small_release()
    frame = pd.read_csv(io.StringIO(files[name]), dtype=str, keep_default_na=False)
    # one giant to a row, so that no row loses more than a cell
    for place, column in enumerate(frame.columns[1:]):
        frame.loc[place % len(frame), column] = "1e308" if place % 2 else "-1e308"
    text = frame.to_csv(index=False, lineterminator="\n")
    checkup = check_release(write(tmp_path, files | {name: text}))
    assert checkup.buildable
    assert "1e308" not in as_json(checkup).lower()
    numeric = {f.column for f in checkup.failures.itertuples() if "larger than" in f.problem}
    table = next(t for t in schema.tables_of("2022").values() if t.files["2022"] == name)
    expected = {column.name for column in table.columns[1:] if column.kind != "text"}
    assert numeric == expected
    study = prepare(tmp_path)
    assert not (study.features.abs() > 1e6).any(axis=None)
