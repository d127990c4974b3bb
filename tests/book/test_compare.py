import json
import math

import nbformat
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from nbformat import v4

from alsnb.book.compare import COLUMNS, compare, read_outcome
from alsnb.checks import BadInput
from alsnb.cli import commands, main

VALUES = {"pearson": 0.25, "best_model": "forest", "n_patients": 8635, "undefined": math.nan}
SCORES = pd.DataFrame(
    {
        "model": ["mean", "ridge", "ridge"],
        "metric": ["rmse", "rmse", "r"],
        "estimate": [0.61, 0.53, math.nan],
        "n": [100, 100, 100],
    }
)


def write_run(folder, *, values=None, tables=None, spread=None):
    """A run by hand, as ``alsnb run`` would leave it."""
    (folder / "tables").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "values.json").write_text(json.dumps(VALUES if values is None else values))
    (folder / "spread.json").write_text(json.dumps(spread or {"values": {}, "tables": {}}))
    for name, frame in ({"scores": SCORES} if tables is None else tables).items():
        frame.to_csv(folder / "tables" / f"{name}.csv", index=False)
    return folder


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "a")


def moved(a, b):
    found = compare(read_outcome(a), read_outcome(b))
    assert list(found.columns) == COLUMNS
    return found


def one(found):
    assert len(found) == 1
    return found.iloc[0]


def with_cell(row, column, value):
    frame = SCORES.copy()
    frame.loc[row, column] = value
    return frame


def test_equal_runs_agree_also_where_a_number_is_undefined(run, tmp_path):
    assert moved(run, write_run(tmp_path / "b")).empty
    assert moved(run, run).empty


@pytest.mark.parametrize(
    ("spread", "verdict"),
    [
        ({}, "no seed-to-seed spread recorded"),
        ({"pearson": 0.02}, "within the seed-to-seed spread"),
        ({"pearson": 0.01}, "beyond the seed-to-seed spread"),
        ({"pearson": 0.0}, "beyond the seed-to-seed spread"),
    ],
)
@pytest.mark.parametrize("recorded_in", ["a", "b"])
def test_a_value_that_moved_is_judged_by_the_spread_of_either_run(
    tmp_path, spread, verdict, recorded_in
):
    spread = {"values": spread, "tables": {}}
    a = write_run(tmp_path / "a", spread=spread if recorded_in == "a" else None)
    changed = VALUES | {"pearson": 0.30}
    b = write_run(tmp_path / "b", values=changed, spread=spread if recorded_in == "b" else None)
    row = one(moved(a, b))
    assert row["where"] == "pearson"
    assert (row["a"], row["b"]) == (0.25, 0.30)
    assert row["difference"] == pytest.approx(0.05)
    assert row["verdict"] == verdict
    assert one(moved(b, a))["difference"] == pytest.approx(-0.05)


def test_the_last_digit_counts(run, tmp_path):
    nearly = np.nextafter(0.53, 1)
    b = write_run(tmp_path / "b", tables={"scores": with_cell(1, "estimate", nearly)})
    assert one(moved(run, b))["b"] == nearly


@pytest.mark.parametrize(
    ("sd", "verdict"),
    [
        (math.nan, "no seed-to-seed spread recorded"),
        (0.02, "within the seed-to-seed spread"),
        (0.001, "beyond the seed-to-seed spread"),
    ],
)
def test_a_cell_that_moved_is_named_by_its_row_and_column(tmp_path, sd, verdict):
    spread = SCORES.assign(estimate=[math.nan, sd, math.nan], n=math.nan).to_csv(index=False)
    facts = {"values": {}, "tables": {"scores": spread}}
    a = write_run(tmp_path / "a", spread=facts)
    b = write_run(tmp_path / "b", tables={"scores": with_cell(1, "estimate", 0.55)}, spread=facts)
    row = one(moved(a, b))
    assert row["where"] == "scores[ridge, rmse, estimate]"
    assert row["difference"] == pytest.approx(0.02)
    assert row["verdict"] == verdict


def test_a_number_that_became_defined_moved(run, tmp_path):
    b = write_run(tmp_path / "b", tables={"scores": with_cell(2, "estimate", 0.4)})
    row = one(moved(run, b))
    assert row["where"] == "scores[ridge, r, estimate]"
    assert row["b"] == 0.4


def test_the_order_of_rows_is_no_number(run, tmp_path):
    b = write_run(tmp_path / "b", tables={"scores": SCORES.iloc[::-1]})
    assert moved(run, b).empty


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"values": {k: v for k, v in VALUES.items() if k != "pearson"}}, "pearson"),
        ({"tables": {}}, "scores"),
        ({"tables": {"scores": SCORES.iloc[[0, 2]]}}, "scores[ridge, rmse]"),
        ({"tables": {"scores": SCORES.iloc[:0]}}, "scores[mean, rmse]"),
        ({"tables": {"scores": SCORES.drop(columns="n")}}, "scores[mean, rmse, n]"),
    ],
)
def test_what_only_one_run_has_is_listed(run, tmp_path, change, where):
    b = write_run(tmp_path / "b", **change)
    for found, verdict in ((moved(run, b), "only in A"), (moved(b, run), "only in B")):
        assert found["where"].iloc[0] == where
        assert set(found["verdict"]) == {verdict}


def test_words_that_changed_are_listed(tmp_path):
    words = pd.DataFrame({"feature": ["onset", "FVC"], "unit": ["months", "percent"]})
    a = write_run(tmp_path / "a", tables={"units": words})
    changed = words.replace("percent", "litres")
    b = write_run(
        tmp_path / "b", values=VALUES | {"best_model": "ridge"}, tables={"units": changed}
    )
    found = moved(a, b).set_index("where")
    assert found.loc["best_model", "verdict"] == "differs"
    assert found.loc["units[FVC, percent]", "verdict"] == "only in A"
    assert found.loc["units[FVC, litres]", "verdict"] == "only in B"
    assert len(found) == 3


def test_a_column_that_turned_from_numbers_to_words_is_noticed(tmp_path):
    a = write_run(tmp_path / "a", tables={"t": pd.DataFrame({"model": ["m"], "x": [math.nan]})})
    b = write_run(tmp_path / "b", tables={"t": pd.DataFrame({"model": ["m"], "x": ["high"]})})
    assert len(moved(a, b)) == 2
    assert moved(a, a).empty


def test_rows_without_words_and_rows_of_the_same_words_are_numbered(tmp_path):
    plain = pd.DataFrame({"x": [1.0, 2.0]})
    twins = pd.DataFrame({"m": ["a", "a"], "x": [1.0, 2.0]})
    a = write_run(tmp_path / "a", tables={"plain": plain, "twins": twins})
    changed = {"plain": plain.replace(2.0, 3.0), "twins": twins.replace(2.0, 3.0)}
    found = moved(a, write_run(tmp_path / "b", tables=changed))
    assert found["where"].tolist() == ["plain[row #2, x]", "twins[a #2, x]"]


def notebook(path, pearson):
    """An executed notebook that shows the same as the run written by hand."""
    outputs = [
        v4.new_output(
            "display_data",
            {"text/plain": "x"},
            metadata={"alsnb": {"value": name, "raw": raw, "text": "x", "spread": None}},
        )
        for name, raw in (VALUES | {"pearson": pearson}).items()
    ]
    data, facts = {"text/csv": SCORES.to_csv(index=False)}, {"table": "scores", "spread": None}
    outputs.append(v4.new_output("display_data", data, metadata={"alsnb": facts}))
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1", outputs=outputs)]), path)
    return path


def test_a_notebook_is_compared_with_a_run(run, tmp_path):
    assert moved(run, notebook(tmp_path / "same.ipynb", 0.25)).empty
    assert one(moved(run, notebook(tmp_path / "other.ipynb", 0.5)))["where"] == "pearson"


def damaged(tmp_path, how):
    path = tmp_path / how
    if how == "empty folder":
        path.mkdir()
    elif how.endswith("notebook.ipynb"):
        path.write_text('{"cells": [' if how.startswith("cut") else '{"cells": 3, "nbformat": 4}')
    elif how == "notes.txt":
        path.write_text("no run")
    elif how != "nothing":
        write_run(path)
        if how == "run without spread":
            (path / "spread.json").unlink()
        elif how == "run with cut values":
            (path / "values.json").write_text('{"pearson": 0.')
        elif how == "run with another spread":
            (path / "spread.json").write_text("{}")
        elif how == "run with an empty table":
            (path / "tables" / "scores.csv").write_text("")
    return path


DAMAGES = [
    "nothing",
    "empty folder",
    "notes.txt",
    "cut notebook.ipynb",
    "other notebook.ipynb",
    "run without spread",
    "run with cut values",
    "run with another spread",
    "run with an empty table",
]


@pytest.mark.parametrize("how", DAMAGES)
def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path, how):
    path = damaged(tmp_path, how)
    with pytest.raises(BadInput, match=f"{how}': expected .*; found .*"):
        read_outcome(path)


# --- the command -------------------------------------------------------------------------


def test_the_command_says_nothing_moved_and_ends_with_0(run):
    said = CliRunner().invoke(commands, ["compare", str(run), str(run)])
    assert said.exit_code == 0
    assert "agree in every number" in said.output


def test_the_command_lists_what_moved_and_ends_with_1(run, tmp_path):
    b = write_run(tmp_path / "b", values=VALUES | {"pearson": 0.2625})
    said = CliRunner().invoke(commands, ["compare", str(run), str(b)])
    assert said.exit_code == 1
    for word in ("pearson", "0.25", "0.2625", "0.0125", "no seed-to-seed spread recorded"):
        assert word in said.output
    exact = CliRunner().invoke(commands, ["compare", "--csv", str(run), str(b)])
    assert exact.exit_code == 1
    assert f"pearson,0.25,0.2625,{0.2625 - 0.25}" in exact.output


@pytest.mark.parametrize("how", ["nothing", "cut notebook.ipynb"])
def test_the_command_ends_with_2_and_a_sentence_if_it_cannot_read(
    run, tmp_path, how, monkeypatch, capsys
):
    path = damaged(tmp_path, how)
    monkeypatch.setattr("sys.argv", ["alsnb", "compare", str(run), str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"alsnb: '{path.name}': expected")
    assert str(path.parent) not in said
    assert "Traceback" not in said
