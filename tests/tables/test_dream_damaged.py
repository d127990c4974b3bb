import gzip
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.settings import top_folder
from alsnb.tables.dream import read_dream
from alsnb.tables.dream_standin import make_stand_in

NAMED = os.environ.get("ALSNB_DREAM2012")
REAL = Path(NAMED or top_folder().parent / "shared/data/dream2012/casi_als.csv.gz")


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
    return grid(make_stand_in())


@pytest.fixture(scope="module")
def real():
    if not REAL.is_file():
        pytest.skip("the real table is not here: set ALSNB_DREAM2012 to its file")
    return grid(outcome(REAL))


def text(cells, separator=","):
    return "\n".join(map(separator.join, cells.tolist())).encode() + b"\n"


def at(cells, column):
    return list(cells[0]).index(column)


def with_cell(cells, rows, column, value):
    """Change the cell of a row, counted from 1 (row 0 is the header)."""
    cells = cells.astype(object)
    cells[rows, at(cells, column)] = value
    return text(cells)


def with_column(cells, column, change):
    cells = cells.astype(object)
    place = at(cells, column)
    cells[1:, place] = change(cells[1:, place])
    return text(cells)


def without(cells, column):
    return text(np.delete(cells, at(cells, column), axis=1))


def with_extra(cells):
    return text(np.column_stack([cells, ["extra", *["1"] * (len(cells) - 1)]]))


def with_line(cells, number, change):
    lines = text(cells).splitlines(keepends=True)
    lines[number] = change(lines[number])
    return b"".join(lines)


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes(b ^ 255 for b in content[middle : middle + 50]) + content[-9:]


def swapped(cells, one, other):
    cells = cells.copy()
    places = [at(cells, one), at(cells, other)]
    cells[1:, places] = cells[1:, places[::-1]]
    return text(cells)


def repeated(cells):
    """Put a patient over another of the same set, so that the count of test patients agrees."""
    cells = cells.copy()
    later = np.flatnonzero(cells[:, 0] == cells[10, 0])[-1]
    cells[later] = cells[10]
    return text(cells)


def shifted(values):
    return np.roll(values, 1)


def rounded(values):
    return [f"{float(value):.2f}" for value in values]


def negated(values):
    return [repr(-float(value)) for value in values]


STRUCTURE = {
    "empty": (lambda c: b"", "an empty file"),
    "blank lines": (lambda c: b"\n\n \n", "an empty file"),
    "byte order mark alone": (lambda c: b"\xef\xbb\xbf", "an empty file"),
    "web page": (lambda c: b"\n<!DOCTYPE html><html>404</html>", "a web page"),
    "error as json": (lambda c: b'{"message": "Not Found"}', "JSON"),
    "lfs pointer": (lambda c: b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
    "annex pointer": (lambda c: b"/annex/objects/SHA256E-s1--0.gz\n", "git-annex pointer"),
    "utf-16": (lambda c: text(c).decode().encode("utf-16"), "UTF-16"),
    "latin-1": (lambda c: text(c).replace(b"Son", b"S\xf6n", 1), "not UTF-8"),
    "zip": (lambda c: b"PK\x03\x04" + text(c), "a zip archive"),
    "r data": (lambda c: gzip.compress(b"RDX2\nX\n" + text(c[:9])), "an R data file"),
    "binary": (lambda c: text(c[:9]) + b"\0\0", "a binary file"),
    "cut gzip": (lambda c: gzip.compress(text(c), 1)[:-3000], "cut or damaged"),
    "flipped gzip": (lambda c: flipped(gzip.compress(text(c), 1)), "cut or damaged"),
    "header alone": (lambda c: text(c[:1]), "a header and no row"),
    "one endless line": (lambda c: b"9" * 200_000 + b",", "a header and no row"),
    "no header": (lambda c: text(c[1:]), "none of them"),
    "semicolons": (lambda c: text(c, ";"), "none of them"),
    "another table": (lambda c: b"a,b\n1,2\n", "none of them"),
    "cut after a line": (lambda c: text(c[:1001]), "found 1,000 (the file looks cut)"),
    "cut within a line": (lambda c: text(c)[:-700], "row 1822"),
    "row too many": (lambda c: text(c[[*range(1823), 1]]), "found 1,823"),
    "short line": (lambda c: with_line(c, 900, lambda line: line[:500] + b"\n"), "row 900"),
    "long line": (lambda c: with_line(c, 900, lambda line: b"7," + line), "then one of 372"),
    "open quote": (lambda c: text(c).replace(b"\n", b'\n"', 1), "never closed"),
    "missing column": (lambda c: without(c, "Age"), "no 'Age'"),
    "no testset": (lambda c: without(c, "testset"), "no 'testset'"),
    "extra column": (with_extra, "also 'extra'"),
    "renamed column": (lambda c: with_cell(c, 0, "Age", "Alter"), "no 'Age', but 'Alter'"),
    "column twice": (lambda c: with_cell(c, 0, "Father", "Mother"), "'Mother' twice"),
    "missing cell": (lambda c: with_cell(c, 7, "Age", "NA"), "column 'Age', row 7"),
    "two missing": (lambda c: with_cell(c, [4, 1529], "sum.dressing", ""), "1 more such"),
    "word": (lambda c: with_cell(c, 7, "Age", "fifty-five years"), "found 'fifty-five y'"),
    "decimal comma": (lambda c: with_cell(c, 7, "Age", '"55,5"'), "found '55,5'"),
    "infinite": (lambda c: with_cell(c, 7, "Age", "inf"), "found 'inf'"),
    "test rows": (
        lambda c: with_column(c, "testset", lambda v: np.where(v == "1", "0", "1")),
        "a sum of 1197",
    ),
    "test levels": (
        lambda c: with_column(c, "testset", lambda v: np.where(v == "1", "2", "0")),
        "a sum of 1250",
    ),
}
"""Damages that are seen whatever the values are, and what the message says about them."""

CONTENT = {
    "altered value": (lambda c: with_cell(c, 7, "Age", "17.25"), "altered values"),
    "altered slope": (lambda c: with_cell(c, 7, "dFRS", "-0.1234"), "altered values"),
    "wrong repair": (lambda c: with_cell(c, 1529, "sum.dressing", "9.0"), "altered values"),
    "gap elsewhere": (lambda c: with_cell(c, 1528, "sum.dressing", ""), "a missing cell"),
    "swapped summaries": (lambda c: swapped(c, "min.weight", "max.weight"), "'min.weight' above"),
    "swapped names": (lambda c: swapped(c, "Father", "Mother"), "altered values"),
    "shuffled slopes": (lambda c: with_column(c, "dFRS", shifted), "rows (shuffled)"),
    "shuffled test rows": (
        lambda c: with_column(c, "testset", shifted),
        "'testset' altered or shuffled",
    ),
    "rows in another order": (lambda c: text(c[[0, *range(1822, 0, -1)]]), "rows (shuffled)"),
    "row repeated": (repeated, "equal to an earlier row"),
    "rounded": (lambda c: with_column(c, "weight.slope", rounded), "altered values"),
    "negated": (lambda c: with_column(c, "dFRS", negated), "altered values"),
}
"""Damages of the real table that only its digests can show."""


def refusal(make, cells, folder, name="ALS.txt"):
    path = folder / name
    path.write_bytes(make(cells))
    message = outcome(path, allow_stand_in=True)
    assert isinstance(message, str), "the damage was not noticed"
    assert name in message
    assert "expected " in message
    assert "; found " in message
    assert "alsnb fetch dream2012" in message
    assert "\n" not in message
    assert len(message) < 700
    assert str(folder) not in message
    return message


@pytest.mark.parametrize("damage", STRUCTURE)
def test_a_damaged_file_is_refused_in_a_sentence(stand_in, tmp_path, damage):
    make, phrase = STRUCTURE[damage]
    assert phrase in refusal(make, stand_in, tmp_path)


@pytest.mark.parametrize("damage", CONTENT)
def test_a_changed_real_table_is_refused_in_a_sentence(real, tmp_path, damage):
    make, phrase = CONTENT[damage]
    assert phrase in refusal(make, real, tmp_path)


def test_the_stand_in_is_not_taken_for_the_real_table(stand_in, tmp_path):
    assert "altered values" in refusal(text, stand_in, tmp_path)


def test_a_name_that_promises_gzip_must_keep_it(stand_in, tmp_path):
    assert "not gzip although" in refusal(text, stand_in[:9], tmp_path, "casi_als.csv.gz")


@pytest.mark.parametrize("separator", [",", ";", " ", "|"])
def test_a_refusal_repeats_no_row(stand_in, tmp_path, separator):
    """A file without a header shows a patient where the names should be."""
    message = refusal(lambda cells: text(cells, separator), stand_in[1:], tmp_path)
    assert not [value for value in stand_in[1] if len(value) > 5 and value in message]
