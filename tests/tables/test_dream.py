import functools
import gzip
import http.server
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsnb.checks import BadInput
from alsnb.settings import top_folder
from alsnb.tables import dream
from alsnb.tables.dream import fetch_dream, find_dream, read_dream
from alsnb.tables.dream_columns import EXACT, column_names
from alsnb.tables.dream_standin import make_stand_in
from alsnb.tables.source import Source, parse_cells, read_text

NAMED = os.environ.get("ALSNB_DREAM2012")
REAL = Path(NAMED or top_folder().parent / "shared/data/dream2012/casi_als.csv.gz")

needs_real = pytest.mark.skipif(
    not REAL.is_file(), reason="the real table is not here: set ALSNB_DREAM2012 to its file"
)


class Cells(np.ndarray):
    """Cells that a failing test does not print, because they may be patients' rows."""

    def __repr__(self):
        return f"<cells of shape {self.shape}>"

    __str__ = __repr__


def grid(table):
    """Header and cells of all 371 columns, as they would be written."""
    frame = table.features.copy()
    frame.insert(0, "dFRS", table.slope)
    frame.insert(0, "testset", table.official_test.astype(int))
    columns = [list(map(repr, frame[name].tolist())) for name in frame]
    cells = [[name, *column] for name, column in zip(frame, columns, strict=True)]
    return np.array(cells).T.view(Cells)


def outcome(path, **options):
    """The table or the sentence that refuses it; other errors without their arguments."""
    try:
        return read_dream(path, **options)
    except BadInput as error:
        return str(error)
    except Exception as error:
        name = type(error).__name__
    return pytest.fail(f"read_dream ended in a bare {name}", pytrace=False)


@pytest.fixture(autouse=True)
def no_copy_stays(tmp_path):
    """Delete copies of rows at once; pytest keeps its folders for three sessions."""
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="module")
def stand_in():
    return make_stand_in()


@pytest.fixture(scope="module")
def real():
    return outcome(REAL)


@pytest.fixture(scope="module")
def real_cells(real):
    return grid(real)


@pytest.fixture(scope="module")
def stand_in_cells(stand_in):
    return grid(stand_in)


@pytest.fixture(autouse=True)
def no_file_around(monkeypatch, tmp_path):
    """Let no test find a file that lies on this machine by chance."""
    monkeypatch.delenv("ALSNB_DREAM2012", raising=False)
    monkeypatch.setattr(dream, "data_folder", lambda: tmp_path / "top" / "data")


def joined(cells, separator=",", end="\n"):
    return end.join(map(separator.join, cells.tolist())) + end


def as_r_text(cells):
    """Text as R writes it: quoted names, row names without a header, TRUE and FALSE."""
    cells = cells.astype(object)
    cells[1:, 0] = np.where(cells[1:, 0] == "1", "TRUE", "FALSE")
    header = " ".join(f'"{name}"' for name in cells[0])
    lines = [f'"{number}" ' + " ".join(row) for number, row in enumerate(cells[1:].tolist(), 1)]
    return "\n".join([header, *lines]) + "\n"


def with_row_numbers(cells):
    return np.column_stack([["", *map(str, range(len(cells) - 1))], cells])


def with_other_names(cells):
    return np.vstack([np.char.replace(cells[0], ".", "_"), cells[1:]])


FORMS = {
    "csv": joined,
    "spaces": lambda cells: joined(cells, " "),
    "tabs": lambda cells: joined(cells, "\t"),
    "r": as_r_text,
    "row_numbers": lambda cells: joined(with_row_numbers(cells)),
    "windows": lambda cells: "\ufeff" + joined(cells, ",", "\r\n"),
    "old_mac": lambda cells: joined(cells, " ", "\r"),
    "no_last_line_end": lambda cells: joined(cells).rstrip("\n"),
    "other_order": lambda cells: joined(cells[:, np.random.default_rng(0).permutation(371)]),
    "punctuation": lambda cells: joined(with_other_names(cells)),
}


def save(text, folder, name):
    content = text.encode()
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@needs_real
def test_the_real_table_is_what_its_makers_say(real):
    columns, keys = tuple(real.features.columns), list(real.features.index)
    n_test, mean, sd = int(real.official_test.sum()), real.slope.mean(), real.slope.std()
    aligned = real.features.index.equals(real.slope.index)
    assert columns == column_names()[2:]
    assert (len(keys), keys[0], keys[-1]) == (1822, "D0001", "D1822")
    assert n_test == 625
    assert mean == pytest.approx(-0.6855, abs=5e-5)
    assert sd == pytest.approx(0.5654, abs=5e-5)
    assert aligned
    assert real.source.is_real
    assert real.source.sha256 == EXACT
    assert real.source.file_name == REAL.name


@needs_real
@pytest.mark.parametrize(("form", "ending"), [*((form, "") for form in FORMS), ("r", ".gz")])
def test_every_accepted_form_gives_the_same_table(real, real_cells, tmp_path, form, ending):
    again = outcome(save(FORMS[form](real_cells), tmp_path, f"ALS.txt{ending}"))
    same = [
        again.features.equals(real.features),
        again.slope.equals(real.slope),
        again.official_test.equals(real.official_test),
        again.source.sha256 == real.source.sha256,
    ]
    assert all(same)
    assert again.source.notes == ()


@pytest.mark.parametrize("form", FORMS)
def test_every_accepted_form_of_the_stand_in_fails_by_its_values_only(
    stand_in, stand_in_cells, tmp_path, form
):
    path = save(FORMS[form](stand_in_cells), tmp_path, "ALS.txt")
    with pytest.raises(BadInput, match=f"altered values .sha256 {stand_in.source.sha256[:12]}"):
        read_dream(path)


@needs_real
@pytest.mark.parametrize("sign", ["NA", "", "NaN"])
def test_the_cell_that_a_known_copy_lacks_is_filled_in_with_a_note(real_cells, tmp_path, sign):
    cells = real_cells.copy()
    cells[1529, column_names().index("sum.dressing")] = sign
    again = outcome(save(joined(cells), tmp_path, "als.csv"))
    assert again.source.sha256 == EXACT
    assert "sum.dressing in row 1529" in again.source.notes[0]


@needs_real
def test_a_difference_in_the_last_digits_is_tolerated_with_a_note(real_cells, tmp_path):
    cells = real_cells.astype(object)
    place = column_names().index("weight.slope")
    cells[1:, place] = [repr(float(cell) * (1 + 1e-13)) for cell in cells[1:, place]]
    again = outcome(save(joined(cells), tmp_path, "als.csv"))
    assert again.source.notes == ("Values agree with the published ones to six digits.",)
    assert again.source.sha256 != EXACT


@needs_real
def test_a_printed_table_shows_no_patient(real):
    assert "D0001" not in repr(real)
    assert len(repr(real)) < 400


@needs_real
def test_unknown_sex_is_a_level_and_the_labels_are_not_swapped(real):
    male, female = real.features["Sex.Male"], real.features["Sex.Female"]
    n_unknown = int((male + female == 0).sum())
    share_male = float(male.sum() / (male + female).sum())
    assert n_unknown == 864
    assert share_male == pytest.approx(0.64, abs=0.005)


def test_a_file_is_looked_for_in_the_stated_order(tmp_path, monkeypatch):
    assert find_dream() is None
    folder = tmp_path / "top" / "data" / "dream2012"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("no table")
    assert find_dream() is None
    (folder / "casi_als.csv.gz").write_text("x")
    assert find_dream() == folder / "casi_als.csv.gz"
    (folder / "ALS.txt").write_text("x")
    assert find_dream() == folder / "ALS.txt"
    (tmp_path / "variable.csv").write_text("x")
    monkeypatch.setenv("ALSNB_DREAM2012", str(tmp_path / "variable.csv"))
    assert find_dream() == tmp_path / "variable.csv"
    (tmp_path / "argument.csv").write_text("x")
    assert find_dream(tmp_path / "argument.csv") == tmp_path / "argument.csv"


@pytest.mark.parametrize("named", ["gone.csv", "."])
def test_a_named_file_that_is_not_there_is_never_passed_over(tmp_path, monkeypatch, named):
    with pytest.raises(BadInput, match="expected a file; found"):
        read_dream(tmp_path / named, allow_stand_in=True)
    monkeypatch.setenv("ALSNB_DREAM2012", str(tmp_path / named))
    with pytest.raises(BadInput, match=r"^ALSNB_DREAM2012="):
        read_dream(allow_stand_in=True)


def test_without_a_file_there_is_a_stand_in_or_a_sentence(stand_in):
    with pytest.raises(BadInput, match="alsnb fetch dream2012"):
        read_dream()
    table = read_dream(allow_stand_in=True)
    pd.testing.assert_frame_equal(table.features, stand_in.features)
    assert not table.source.is_real


@pytest.mark.parametrize("seed", range(4))
def test_the_stand_in_agrees_with_itself(seed):
    table = make_stand_in(seed)
    features = table.features
    assert features.shape == (1822, 369)
    assert np.isfinite(features.to_numpy()).all()
    assert (features.max() > features.min()).all()
    assert table.official_test.sum() == 625
    series = [name.removeprefix("mean.") for name in features if name.startswith("mean.")]
    for name in series:
        lowest, mean = features[f"min.{name}"], features[f"mean.{name}"]
        assert (lowest <= mean + 0.011).all(), name
        assert (mean <= features[f"max.{name}"] + 0.011).all(), name
    flags = features.filter(regex=r"^(no|lessthan2)\.|Arm|Sex|Race|Symptom|Site")
    assert len(flags.columns) == 40
    assert flags.isin([0, 1]).all().all()
    totals = features[["min.alsfrs.score", "max.alsfrs.score"]]
    assert totals.to_numpy().min() >= 0
    assert totals.to_numpy().max() <= 40
    levels = features.filter(regex=r"^(min|max|mean|last)\.(speech|walking|handwriting)$")
    assert levels.shape[1] == 12
    assert levels.to_numpy().min() >= 0
    assert levels.to_numpy().max() <= 4
    assert features["num.alsfrs.score.visits"].between(3, 4).mean() > 0.98
    gone = features["no.fvc.liters.data"] == 1
    assert len(features.loc[gone, "mean.fvc.liters"].unique()) == 1


@pytest.mark.parametrize("seed", range(4))
def test_the_stand_in_has_the_shape_of_the_printed_aggregates(seed):
    table = make_stand_in(seed)
    slope, onset = table.slope, -table.features["Onset.Delta"]
    assert slope.mean() == pytest.approx(-0.69, abs=0.04)
    assert slope.std() == pytest.approx(0.57, abs=0.04)
    assert -1.5 < slope.skew() < -0.5
    assert 0.3 < np.corrcoef(np.log(onset), slope)[0, 1] < 0.5
    spread = slope.groupby(pd.qcut(onset, 5, labels=False)).std()
    assert spread.iloc[0] > 1.4 * spread.iloc[-1]


def test_a_linear_model_explains_about_a_fifth_of_the_stand_in(stand_in):
    used = stand_in.features.assign(log_onset=np.log(-stand_in.features["Onset.Delta"]))
    used = used[["log_onset", "alsfrs.score.slope", "Site.of.Onset.Onset..Bulbar"]]
    design = np.column_stack([np.ones(len(used)), used])
    train = ~stand_in.official_test.to_numpy()
    weights, *_ = np.linalg.lstsq(design[train], stand_in.slope[train], rcond=None)
    error = stand_in.slope[~train] - design[~train] @ weights
    r_squared = 1 - (error**2).mean() / stand_in.slope[~train].var(ddof=0)
    assert 0.12 < r_squared < 0.3


def test_the_same_seed_draws_the_same_stand_in(stand_in):
    digests = {make_stand_in(seed).source.sha256 for seed in (0, 1, 2)}
    assert len(digests) == 3
    assert stand_in.source.sha256 in digests
    assert stand_in.source.kind == "stand-in"
    assert "no patient" in stand_in.source.title


def test_a_source_holds_neither_a_path_nor_an_unknown_kind():
    given_ = {"name": "mine", "title": "My patients", "n_patients": 2, "sha256": ""}
    assert Source(kind="user", **given_).is_real
    assert not Source(kind="simulated", **given_).is_real
    with pytest.raises(BadInput, match="without its folder"):
        Source(kind="user", file_name="home/mine.csv", **given_)
    with pytest.raises(BadInput, match="'stand-in'"):
        Source(kind="fake", **given_)


NAMES = st.text("abcXYZ0189.", min_size=1, max_size=8).map(lambda name: f"n{name}")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@st.composite
def written_tables(draw):
    """A small table, and its text in one of the accepted ways of writing it."""
    names = draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    n_rows = draw(st.integers(1, 5))
    rows = [[draw(NUMBERS) for _ in names] for _ in range(n_rows)]
    separator = draw(st.sampled_from([",", ", ", " ", "  ", "\t"]))
    quote = draw(st.sampled_from(["", '"']))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    numbered = draw(st.booleans())
    lines = [separator.join(f"{quote}{name}{quote}" for name in names)]
    for number, row in enumerate(rows, 1):
        lines.append(separator.join(([f'"{number}"'] if numbered else []) + [repr(v) for v in row]))
    bom = draw(st.sampled_from(["", "\ufeff"]))
    return names, rows, bom + end.join(lines) + draw(st.sampled_from(["", end, end * 2]))


@given(written_tables(), st.booleans())
def test_text_is_read_alike_however_it_is_written(tmp_path_factory, written, zipped):
    names, rows, text = written
    folder = tmp_path_factory.getbasetemp()
    path = save(text, folder, "small.txt.gz" if zipped else "small.txt")
    cells = parse_cells(read_text(path, remedy="."), path.name, remedy=".")
    assert list(cells.columns) == names
    np.testing.assert_array_equal(cells.to_numpy(float), rows)


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder, and the local address under which its files can be fetched."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@needs_real
def test_a_good_file_is_fetched_once(served, real_cells, tmp_path):
    folder, address = served
    source = save(as_r_text(real_cells), folder, "ALS.txt")
    home = tmp_path / "home"
    home.mkdir()
    (home / "ALS.txt").write_text("<html>saved by mistake</html>")
    path = fetch_dream(home, address=f"{address}/ALS.txt")
    assert path == home / "ALS.txt"
    assert outcome(path).source.sha256 == EXACT
    assert list(home.iterdir()) == [path]
    source.unlink()
    assert fetch_dream(home, address=f"{address}/ALS.txt") == path


def test_a_fetched_file_with_another_content_is_deleted(served, stand_in_cells, tmp_path):
    folder, address = served
    save(joined(stand_in_cells), folder, "ALS.txt")
    with pytest.raises(BadInput, match=r"which was deleted .*altered values"):
        fetch_dream(tmp_path / "home", address=f"{address}/ALS.txt")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_damaged_copy_stays_until_a_good_one_arrives(served, tmp_path):
    _, address = served
    home = tmp_path / "home"
    home.mkdir()
    (home / "ALS.txt").write_text("damaged")
    with pytest.raises(BadInput, match="found the answer 404"):
        fetch_dream(home, address=f"{address}/ALS.txt")
    assert (home / "ALS.txt").read_text() == "damaged"


def test_without_a_network_the_sentence_says_what_to_do(served, tmp_path):
    with pytest.raises(BadInput, match=r"found no answer.*Save http://127.0.0.1:9/ALS.txt in a"):
        fetch_dream(address="http://127.0.0.1:9/ALS.txt")
    assert list((tmp_path / "top" / "data" / "dream2012").iterdir()) == []
