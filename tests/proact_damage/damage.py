"""Make damaged releases out of a small good one: each by name, with how it has to end.

Every damage changes the texts of a release (file name to text or bytes) or the way they are
put on disk. It says either which words the refusal holds, or which words the report holds.
"""

import gzip
import io
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from small_release import FIRST_ID, small_release, write

ALSFRS, LABS, VITALS = "PROACT_ALSFRS.csv", "PROACT_LABS.csv", "PROACT_VITALSIGNS.csv"
FVC, DEMOGRAPHICS, DEATH = "PROACT_FVC.csv", "PROACT_DEMOGRAPHICS.csv", "PROACT_DEATHDATA.csv"

Files = dict[str, str | bytes]


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A damaged release.

    Attributes
    ----------
    name : str
        What is damaged.
    make : callable
        Writes the release into a folder and returns the path to check.
    refused : str
        Words of the refusal; empty if the release can be read.
    told : str
        Words of the report, if it can be read.
    plain : bool
        Whether the files are text that the csv module reads, so that cells can be counted.
    """

    name: str
    make: Callable[[Path], Path]
    refused: str = ""
    told: str = ""
    plain: bool = True


DAMAGES: list[Damage] = []


def _add(name: str, change: Callable, *, told: str = "", refused: str = "", **more: object) -> None:
    def make(folder: Path) -> Path:
        return write(folder / "release", change(dict(small_release(**more.get("release", {})))))

    plain = bool(more.get("plain", True))
    DAMAGES.append(Damage(name=name, make=make, told=told, refused=refused, plain=plain))


def _add_path(
    name: str, make: Callable[[Path], Path], *, told: str = "", refused: str = ""
) -> None:
    DAMAGES.append(Damage(name=name, make=make, told=told, refused=refused, plain=False))


def _in(file: str, change: Callable[[str], str | bytes]) -> Callable[[Files], Files]:
    return lambda files: files | {file: change(files[file])}


def _everywhere(change: Callable[[str], str | bytes]) -> Callable[[Files], Files]:
    return lambda files: {name: change(text) for name, text in files.items()}


def _without(file: str) -> Callable[[Files], Files]:
    return lambda files: {name: text for name, text in files.items() if name != file}


def _rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def _joined(rows: list[list[str]], separator: str = ",") -> str:
    return "\n".join(separator.join(row) for row in rows) + "\n"


def _column(name: str, change: Callable[[str, int], str]) -> Callable[[str], str]:
    """Change the cells of a column; the change gets the cell and the number of its row."""

    def change_text(text: str) -> str:
        header, *rows = _rows(text)
        place = header.index(name)
        for number, row in enumerate(rows):
            row[place] = change(row[place], number)
        return _joined([header, *rows])

    return change_text


def _drop_column(name: str) -> Callable[[str], str]:
    def change_text(text: str) -> str:
        rows = _rows(text)
        place = rows[0].index(name)
        return _joined([row[:place] + row[place + 1 :] for row in rows])

    return change_text


def _line(number: int, change: Callable[[str], str]) -> Callable[[str], str]:
    def change_text(text: str) -> str:
        lines = text.splitlines()
        lines[number] = change(lines[number])
        return "\n".join(lines) + "\n"

    return change_text


def _every(count: int, new: Callable[[str], str]) -> Callable[[str, int], str]:
    return lambda cell, number: new(cell) if number % count == 0 else cell


def _set(name: str, value: str, count: int = 7) -> Callable[[str], str]:
    return _column(name, _every(count, lambda cell: value))


# --- whole files -------------------------------------------------------------------------

_add("nothing is damaged", lambda files: files, told="can be built")
_add("cut in a line", _in(ALSFRS, lambda t: t[: len(t) // 2 - 9]), told="broken line", plain=False)
_add("labs cut in a line", _in(LABS, lambda t: t.rstrip()[:-9]), told="broken line", plain=False)
_add(
    "cut inside a quote",
    _in(LABS, lambda t: t + f'{FIRST_ID},"Albu'),
    told="broken line",
    plain=False,
)
_add("empty ALSFRS", _in(ALSFRS, lambda t: ""), refused="an empty file")
_add("ALSFRS of blanks", _in(ALSFRS, lambda t: "\n \n\n"), refused="an empty file")
_add("ALSFRS of a header", _in(ALSFRS, lambda t: t.splitlines()[0]), refused="no row with a sub")
_add("labs of a header", _in(LABS, lambda t: t.splitlines()[0] + "\n"), told="has no row")
_add("empty labs", _in(LABS, lambda t: ""), refused="an empty file")
_add("all tables of a header", _everywhere(lambda t: t.splitlines()[0]), refused="no row with a")
_add("no header", _in(ALSFRS, lambda t: t.split("\n", 1)[1]), refused="no header")
_add("no header in labs", _in(LABS, lambda t: t.split("\n", 1)[1]), refused="a header")
_add("a web page", _in(LABS, lambda t: "<!DOCTYPE html><p>Please log in"), refused="a web page")
_add("a web page, unused", _in("PROACT_CONMEDS.csv", lambda t: "<html>"), told="cannot be counted")
_add(
    "a pointer of Git LFS",
    _in(LABS, lambda t: "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    refused="Git LFS",
)
_add(
    "a spreadsheet called csv", _in(FVC, lambda t: b"PK\x03\x04" + bytes(60)), refused="spreadsheet"
)
_add("gzip called csv", _in(LABS, lambda t: gzip.compress(t.encode())), told="gzip", plain=False)
_add(
    "a cut gzip", _in(LABS, lambda t: gzip.compress(t.encode())[:200]), refused="gzip archive that"
)
_add("random bytes", _in(VITALS, lambda t: bytes(range(256)) * 20), refused="PROACT_VITALSIGNS.csv")
_add("JSON", _in(ALSFRS, lambda t: '{"subject_id": 1}'), refused="JSON")
_add("a PDF", _in(DEMOGRAPHICS, lambda t: b"%PDF-1.4 ..."), refused="PDF")

for _table, _file in {
    "fvc": FVC,
    "svc": "PROACT_SVC.csv",
    "vitals": VITALS,
    "labs": LABS,
    "demographics": DEMOGRAPHICS,
    "history": "PROACT_ALSHISTORY.csv",
    "riluzole": "PROACT_RILUZOLE.csv",
    "treatment": "PROACT_TREATMENT.csv",
    "death": DEATH,
    "family": "PROACT_FAMILYHISTORY.csv",
    "el_escorial": "PROACT_ELESCORIAL.csv",
}.items():
    _add(f"no {_table}", _without(_file), told="the table is missing")
_add("no ALSFRS", _without(ALSFRS), refused="the ALSFRS table")
_add("no adverse events", _without("PROACT_ADVERSEEVENTS.csv"), told="can be built")
_add("only ALSFRS", lambda files: {ALSFRS: files[ALSFRS]}, told="the table is missing")

# --- encodings and line ends -------------------------------------------------------------

_add(
    "Windows letters",
    _in(LABS, lambda t: (t + f"{FIRST_ID},Albumin,44,g/L \xb5,3\n").encode("cp1252")),
    told="Windows-1252",
    plain=False,
)
_add("UTF-16", _in(ALSFRS, lambda t: t.encode("utf-16")), told="UTF-16", plain=False)
_add("UTF-16, no mark", _in(LABS, lambda t: t.encode("utf-16-le")), told="UTF-16", plain=False)
_add("byte order mark", _everywhere(lambda t: "\ufeff" + t), told="can be built", plain=False)
_add("two order marks", _everywhere(lambda t: "\ufeff\ufeff" + t), told="can be built", plain=False)
_add(
    "NUL in cells",
    _in(LABS, lambda t: t.replace("Sodium", "Sod\0ium", 9)),
    told="NUL bytes",
    plain=False,
)
_add("NUL far down", _in(ALSFRS, lambda t: t[:-2] + "\0\0\n"), told="NUL bytes", plain=False)
_add("NUL in the header", _in(ALSFRS, lambda t: "\0" + t), told="NUL bytes", plain=False)
_add("CRLF", _everywhere(lambda t: t.replace("\n", "\r\n")), told="can be built")
_add("CR", _everywhere(lambda t: t.replace("\n", "\r")), told="can be built")
_add(
    "mixed line ends",
    _in(ALSFRS, lambda t: t.replace("\n", "\r\n", 30).replace("\n7", "\r7", 5)),
    told="can be built",
)
_add("blank lines", _in(ALSFRS, lambda t: t.replace("\n", "\n\n")), told="can be built")
_add("no last line end", _everywhere(lambda t: t.rstrip()), told="can be built")
_add(
    "unicode in cells", _in(VITALS, _set("Weight_Units", "Kilo\u0301gramm \U0001f600")), told="can"
)

# --- separators and quotes ---------------------------------------------------------------

_add("semicolons", _everywhere(lambda t: t.replace(",", ";")), told="semicolon", plain=False)
_add("tabs", _everywhere(lambda t: t.replace(",", "\t")), told="a tab", plain=False)
_add("bars", _in(ALSFRS, lambda t: t.replace(",", "|")), told="vertical bar", plain=False)
_add(
    "decimal commas",
    _everywhere(lambda t: t.replace(",", ";").replace(".", ",")),
    told="commas were read as decimal",
    plain=False,
)
_add(
    "decimal commas in quotes",
    _in(VITALS, _column("Weight", lambda cell, _: '"' + cell.replace(".", ",") + '"')),
    told="commas were read as decimal",
    plain=False,
)
_add(
    "some decimal commas",
    _in(VITALS, _column("Weight", _every(5, lambda c: '"' + c.replace(".", ",") + '"'))),
    told="a comma that may stand",
    plain=False,
)
_add(
    "everything quoted",
    _everywhere(lambda t: re.sub(r"[^,\n]+", lambda match: f'"{match[0]}"', t)),
    told="can be built",
)
_add(
    "line ends in quotes",
    _in(VITALS, _set("Weight_Units", '"Kilo\ngrams"', 40)),
    told="can be built",
    plain=False,
)
_add(
    "an open quote",
    _in(LABS, _line(31, lambda line: line.replace(",Al", ',"Al'))),
    told="a quote is opened and never closed",
    plain=False,
)
_add(
    "an open quote, closed later",
    _in(
        LABS,
        lambda t: _line(900, lambda s: s + '"')(_line(31, lambda s: s.replace(",g", ',"g'))(t)),
    ),
    told="a quote is opened and never closed",
    plain=False,
)
_add(
    "quotes that join lines in a column nobody reads",
    _in(
        FVC,
        lambda t: _joined(
            [[*row, '"z' if i == 9 else 'z"' if i == 30 else "z"] for i, row in enumerate(_rows(t))]
        ),
    ),
    told="a quote is opened and never closed",
    plain=False,
)
_add("a trailing comma", _everywhere(lambda t: t.replace("\n", ",\n")), told="can be built")
_add(
    "commas without header",
    _in(ALSFRS, lambda t: t.replace("\n", ",,\n").replace(",,\n", "\n", 1)),
    refused="with more or fewer",
)
_add(
    "ragged rows",
    _in(ALSFRS, _line(9, lambda line: line + ",1,2")),
    told="broken line",
    plain=False,
)
_add("short rows", _in(FVC, _line(9, lambda line: line[:9])), told="broken line", plain=False)
_add(
    "row names of R",
    _everywhere(
        lambda t: "".join(f'"{i or ""}",{line}\n' for i, line in enumerate(t.splitlines()))
    ),
    told="can be built",
)
_add("a line above", _in(ALSFRS, lambda t: "PRO-ACT\n" + t), told="above the header", plain=False)
_add("sep= above", _in(ALSFRS, lambda t: "sep=,\n" + t), told="above the header", plain=False)

# --- columns -----------------------------------------------------------------------------

_add("no item", _in(ALSFRS, _drop_column("Q1_Speech")), told="Q1_Speech is missing")
_add("no total", _in(ALSFRS, _drop_column("ALSFRS_Total")), told="ALSFRS_Total is missing")
_add("no day", _in(ALSFRS, _drop_column("ALSFRS_Delta")), refused="ALSFRS_Delta")
_add("no subject", _in(ALSFRS, _drop_column("subject_id")), refused="subject_id")
_add("labs without subject", _in(LABS, _drop_column("subject_id")), refused="subject_id")
_add("labs without test", _in(LABS, _drop_column("Test_Name")), told="Test_Name is missing")
_add("labs without result", _in(LABS, _drop_column("Test_Result")), told="Test_Result is missing")
_add("labs without day", _in(LABS, _drop_column("Laboratory_Delta")), told="every laboratory test")
_add("no sex", _in(DEMOGRAPHICS, _drop_column("Sex")), told="Sex is missing")
_add(
    "a doubled column",
    _in(
        VITALS, lambda t: _joined([[*row, "9" if i else "Pulse"] for i, row in enumerate(_rows(t))])
    ),
    told="stands there twice",
)
_add(
    "an equal column twice",
    _in(VITALS, lambda t: _joined([[*row, row[0]] for row in _rows(t)])),
    told="can be built",
)
_add("swapped columns", _everywhere(lambda t: _joined([r[::-1] for r in _rows(t)])), told="can be")
_add(
    "unknown columns",
    _in(
        FVC,
        lambda t: _joined(
            [[*row, "<b>new</b>" if not i else "1"] for i, row in enumerate(_rows(t))]
        ),
    ),
    told="not known",
)
_add(
    "headers in capitals, with blanks",
    _everywhere(
        lambda t: t.split("\n", 1)[0].upper().replace("_", " ") + "\n" + t.split("\n", 1)[1]
    ),
    told="can be built",
)
_add("all in lower case", _everywhere(str.lower), told="can be built")
_add("an empty column", _in(VITALS, _set("Pulse", "", 1)), told="Pulse holds no value")
_add(
    "all totals and items empty",
    _in(
        ALSFRS,
        lambda t: _joined(
            [
                row if not i else [row[0], *[""] * 11, row[12], *[""] * 7]
                for i, row in enumerate(_rows(t))
            ]
        ),
    ),
    told="cannot be built",
)

# --- cells -------------------------------------------------------------------------------

_add("dates for days", _in(ALSFRS, _set("ALSFRS_Delta", "2011-03-05", 1)), refused="ALSFRS_Delta")
_add("some dates", _in(ALSFRS, _set("ALSFRS_Delta", "05/03/2011")), told="a date instead")
_add("dates in labs", _in(LABS, _set("Laboratory_Delta", "5-Mar-11", 1)), told="holds no value")
_add("words in numbers", _in(VITALS, _set("Pulse", "not done")), told="not a number")
_add("formulas", _in(VITALS, _set("Pulse", "=1+1")), told="a formula")
_add("formulas to commands", _in(VITALS, _set("Pulse", "@SUM(1)")), told="a formula")
_add("giant numbers", _in(VITALS, _set("Weight", "1e308")), told="larger than any value")
_add("overflowing numbers", _in(VITALS, _set("Weight", "1e999")), told="larger than any value")
_add("infinite numbers", _in(VITALS, _set("Weight", "-inf")), told="larger than any value")
_add("endless digits", _in(VITALS, _set("Weight", "7" * 400)), told="larger than any value")
_add("hexadecimal", _in(VITALS, _set("Weight", "0x50")), told="not a number")
_add("underscored numbers", _in(VITALS, _set("Weight", "7_0")), told="not a number")
_add("digits of another script", _in(VITALS, _set("Weight", "\u0667\u0660")), told="not a number")
_add("numbers in brackets", _in(VITALS, _set("Weight", "(70)")), told="not a number")
_add("numbers with blanks", _in(VITALS, _set("Weight", "7 0")), told="not a number")
_add("plus signs", _in(ALSFRS, _column("ALSFRS_Delta", lambda c, _: f"+{c}")), told="can be built")
_add("points at the end", _in(ALSFRS, _column("ALSFRS_Delta", lambda c, _: f"{c}.")), told="can be")
_add("blanks around", _everywhere(lambda t: t.replace(",", " , ")), told="can be built")
_add("missing markers", _in(VITALS, _set("Weight", "NULL")), told="can be built")
_add("items out of range", _in(ALSFRS, _set("Q1_Speech", "9")), told="can be built")
_add("items as words", _in(ALSFRS, _set("Q1_Speech", "normal")), told="not a number")
_add("huge days", _in(ALSFRS, _set("ALSFRS_Delta", "999999")), told="can be built")
_add(
    "only negative days",
    _in(ALSFRS, _column("ALSFRS_Delta", lambda c, i: str(-1 - i % 9))),
    told="cannot be built",
)
_add("all on one day", _in(ALSFRS, _set("ALSFRS_Delta", "0", 1)), told="cannot be built")
_add(
    "nothing after month 3",
    _in(ALSFRS, _column("ALSFRS_Delta", lambda c, _: str(min(int(c), 80)))),
    told="cannot be built",
)
_add(
    "one patient",
    _everywhere(
        lambda t: "\n".join(s for i, s in enumerate(t.splitlines()) if not i or str(FIRST_ID) in s)
    ),
    told="Patients",
)
_add("units unknown", _in(LABS, _set("Test_Unit", "furlong", 1)), told="can be built")
_add("no units", _in(LABS, _set("Test_Unit", "", 1)), told="can be built")
_add("no test known", _in(LABS, _set("Test_Name", "Alpha", 1)), told="test not used")
_add("script tags", _in(VITALS, _set("Pulse", "<script>alert(1)</script>")), told="&lt;script&gt;")
_add("Markdown", _in(VITALS, _set("Pulse", "[a](http://b) | **c** `d`")), told="not a number")
_add("escape sequences", _in(VITALS, _set("Pulse", "\x1b[2Jgone")), told="\\x1b")
_add("text in litres", _in(FVC, _set("Subject_Liters_Trial_1", "X.XX")), told="not a number")
_add("a point in litres", _in(FVC, _set("Subject_Liters_Trial_1", ". 0")), told="not a number")
_add("a percent sign in litres", _in(FVC, _set("Subject_Liters_Trial_1", "%")), told="not a number")
_add("ND in pressure", _in(VITALS, _set("Blood_Pressure_Systolic", "ND")), told="not a number")
_add("a second label of kilograms", _in(VITALS, _set("Weight_Units", "kg")), told="can be built")
_add("a third label of centimetres", _in(VITALS, _set("Height_Units", "CM", 10)), told="can be")
_add("a digit for kilograms", _in(VITALS, _set("Weight_Units", "2")), told="can be built")
_add("zeros in flags", _in(DEMOGRAPHICS, _set("Race_Asian", "0", 1)), told="can be built")
_add(
    "subjects told twice, another ethnicity",
    _in(DEMOGRAPHICS, lambda t: t + t.split("\n", 1)[1].replace("Unknown", "Hispanic or Latino")),
    told="can be built",
)
_add("flags as words", _in(DEMOGRAPHICS, _set("Race_Caucasian", "yes", 2)), told="not a number")
_add("sexes as letters", _in(DEMOGRAPHICS, _column("Sex", lambda c, _: c[0])), told="can be built")

# --- rows and subjects -------------------------------------------------------------------

_add(
    "footers",
    _everywhere(lambda t: t + "(24 row(s) affected)" + "," * t.split("\n")[0].count(",") + "\n"),
    told="footer or no subject",
)
_add(
    "a bare footer",
    _everywhere(lambda t: t + "(24 row(s) affected)\n"),
    told="footer or no subject",
    plain=False,
)
_add("a repeated header", _in(ALSFRS, lambda t: t + t), told="footer or no subject")
_add("no subject in rows", _in(ALSFRS, _set("subject_id", "")), told="footer or no subject")
_add("subjects as floats", _everywhere(_column("subject_id", lambda c, _: f"{c}.0")), told="can be")
_add(
    "some as floats",
    _in(ALSFRS, _column("subject_id", _every(3, lambda c: f"{c}.0"))),
    told="more than one way",
)
_add(
    "subjects with zeros", _in(ALSFRS, _column("subject_id", lambda c, _: f"000{c}")), told="can be"
)
_add(
    "subjects as 1e5",
    _in(ALSFRS, _column("subject_id", _every(9, lambda c: "7.3E+05"))),
    told="footer or no subject",
)
_add(
    "subjects as words", _in(ALSFRS, _column("subject_id", lambda c, _: f"P{c}")), refused="no row"
)
_add(
    "negative subjects",
    _in(ALSFRS, _column("subject_id", _every(9, lambda c: f"-{c}"))),
    told="footer or no subject",
)
_add(
    "subjects of 30 digits",
    _in(LABS, _column("subject_id", _every(9, lambda c: c * 5))),
    told="footer or no subject",
)
_add("rows doubled", _in(ALSFRS, lambda t: t + t.split("\n", 1)[1]), told="can be built")
_add(
    "other subjects in labs", _in(LABS, _column("subject_id", lambda c, _: f"1{c}")), told="can be"
)
_add(
    "rows upside down",
    _everywhere(lambda t: _joined([_rows(t)[0], *_rows(t)[:0:-1]])),
    told="can be built",
)


# --- places ------------------------------------------------------------------------------


def _zip_bytes(files: Files, prefix: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(prefix + name, text)
    return out.getvalue()


def _placed(name: str, content: Callable[[], bytes], file: str = "release.zip", **end: str) -> None:
    def make(folder: Path) -> Path:
        write(folder, {file: content()})
        return folder / file

    _add_path(name, make, **end)


def _link(folder: Path, target: Path, name: str) -> Path:
    write(folder, dict(small_release()))
    os.symlink(target, folder / name)
    return folder


def _only(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _damaged_member() -> bytes:
    content = bytearray(_zip_bytes(small_release()))
    content[300:330] = bytes(30)
    return bytes(content)


_placed("a zip", lambda: _zip_bytes(small_release()), told="can be built")
_placed("a zip of a folder", lambda: _zip_bytes(small_release(), "a/b/"), told="can be built")
_placed(
    "a zip in a zip", lambda: _zip_bytes({"in/x.zip": _zip_bytes(small_release())}), told="can be"
)
_placed("a cut zip", lambda: _zip_bytes(small_release())[:3000], refused="a zip that is cut")
_placed("a damaged zip", _damaged_member, refused="PROACT_ALSFRS.csv")


def _damaged_unused_member() -> bytes:
    content = bytearray(_zip_bytes({"PROACT_CONMEDS.csv": "subject_id\n" * 99} | small_release()))
    content[50:60] = bytes(10)
    return bytes(content)


_placed("a zip damaged in an unused table", _damaged_unused_member, told="cannot be counted")
_add_path(
    "a broken zip beside a good one",
    lambda f: write(f, {"a.zip": b"PK", "b.zip": _zip_bytes(small_release())}),
    told="can be built",
)
_add_path("a broken zip alone", lambda f: write(f, {"a.zip": b"PK"}), refused="damaged or cut")
_placed("an empty zip", lambda: _zip_bytes({}), refused="the ALSFRS table")
_placed("zip slip", lambda: _zip_bytes(small_release(), "../../"), refused="lead out of its folder")
_placed(
    "zip slip beside",
    lambda: _zip_bytes(small_release() | {"../../evil.csv": "x", "/etc/alsfrs.csv": "y"}),
    told="lead out of its folder",
)
_placed(
    "a zip of a Mac",
    lambda: _zip_bytes(small_release() | {"__MACOSX/._PROACT_ALSFRS.csv": "x", ".DS_Store": "y"}),
    told="can be built",
)
_placed(
    "one table", lambda: small_release()[ALSFRS].encode(), file=ALSFRS, refused="a folder or a zip"
)
_add_path(
    "a zip in a folder", lambda f: write(f, {"x.zip": _zip_bytes(small_release())}), told="can be"
)
_add_path(
    "two zips in a folder",
    lambda f: write(
        f, {"x.zip": _zip_bytes(small_release()), "y.zip": _zip_bytes(small_release(seed=1))}
    ),
    refused="2 zips",
)
_add_path(
    "deep folders",
    lambda f: write(f / "1" / "2" / "3", dict(small_release())).parents[2],
    told="can be built",
)
_add_path("no such path", lambda f: f / "nowhere", refused="no such path")
_add_path("an empty folder", lambda f: _only(f / "empty"), refused="the ALSFRS table")
_add_path(
    "a folder named like a table", lambda f: _only(f / ALSFRS).parent, refused="the ALSFRS table"
)
_add_path(
    "two files of a table",
    lambda f: write(f, small_release() | {"old/PROACT_LABS.csv": small_release()[LABS]}),
    refused="one file of the table labs",
)
_add_path(
    "two files of an unused table",
    lambda f: write(f, small_release() | {"ConMeds.csv": "subject_id\n"}),
    told="2 files of this table",
)
_add_path("a link in a circle", lambda f: _link(f / "a", f / "a", "again"), told="can be built")
_add_path("a link to nothing", lambda f: _link(f / "a", f / "b", "PROACT_notes.csv"), told="can be")
_add_path(
    "names of 2016 in capitals",
    lambda f: write(
        f, {name.upper(): text for name, text in small_release(release="2016").items()}
    ),
    told="2016",
)
_add_path(
    "names with a date",
    lambda f: write(f, {"2022_07_29_" + name: text for name, text in small_release().items()}),
    told="2022",
)
_add_path("release F", lambda f: write(f, dict(small_release(release="F"))), told="release F")
_add_path(
    "prefixes mixed",
    lambda f: write(
        f, {n.replace("PROACT_", "") if "VIT" in n else n: t for n, t in small_release().items()}
    ),
    told="2022",
)
_add_path(
    "unicode names",
    lambda f: write(
        f / "d\u00f6nn\u00e9es \U0001f4c1", small_release() | {"\u00fcbersicht <i>.txt": "x"}
    ),
    told="can be built",
)
_add_path(
    "a name that is not UTF-8",
    lambda f: write(f / os.fsdecode(b"d\xff"), dict(small_release())),
    told="can be built",
)
_add_path(
    "other files beside",
    lambda f: write(f, small_release() | {"readme.txt": "x", "dictionary.pdf": b"%PDF"}),
    told="can be built",
)
_add_path(
    "the layout of 2015",
    lambda f: write(f, {"all_forms_PROACT_training.txt": "SubjectID|form_name\n"}),
    refused="2015 challenge",
)
_add_path(
    "spreadsheets",
    lambda f: write(f, {"PROACT_ALSFRS.xlsx": b"PK\x03\x04" + bytes(99)}),
    refused="spreadsheet",
)
