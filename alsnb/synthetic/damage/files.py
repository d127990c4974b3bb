"""Damages of whole files: cut, of another kind, in another encoding, with other separators."""

import gzip
import re

from alsnb.synthetic.damage.kinds import (
    ALSFRS,
    DEATH,
    DEMOGRAPHICS,
    FVC,
    LABS,
    VITALS,
    add,
    column,
    every,
    everywhere,
    in_file,
    joined,
    line,
    rows_of,
    set_cells,
    without,
)
from alsnb.synthetic.damage.small_release import FIRST_ID

# --- whole files -------------------------------------------------------------------------

add("nothing is damaged", lambda files: files, told="can be built")
add(
    "cut in a line",
    in_file(ALSFRS, lambda t: t[: len(t) // 2 - 9]),
    told="broken line",
    plain=False,
)
add("labs cut in a line", in_file(LABS, lambda t: t.rstrip()[:-9]), told="broken line", plain=False)
add(
    "cut inside a quote",
    in_file(LABS, lambda t: t + f'{FIRST_ID},"Albu'),
    told="broken line",
    plain=False,
)
add("empty ALSFRS", in_file(ALSFRS, lambda t: ""), refused="an empty file")
add("ALSFRS of blanks", in_file(ALSFRS, lambda t: "\n \n\n"), refused="an empty file")
add("ALSFRS of a header", in_file(ALSFRS, lambda t: t.splitlines()[0]), refused="no row with a sub")
add("labs of a header", in_file(LABS, lambda t: t.splitlines()[0] + "\n"), told="has no row")
add("empty labs", in_file(LABS, lambda t: ""), refused="an empty file")
add("all tables of a header", everywhere(lambda t: t.splitlines()[0]), refused="no row with a")
add("no header", in_file(ALSFRS, lambda t: t.split("\n", 1)[1]), refused="no header")
add("no header in labs", in_file(LABS, lambda t: t.split("\n", 1)[1]), refused="a header")
add("a web page", in_file(LABS, lambda t: "<!DOCTYPE html><p>Please log in"), refused="a web page")
add(
    "a web page, unused",
    in_file("PROACT_CONMEDS.csv", lambda t: "<html>"),
    told="cannot be counted",
)
add(
    "a pointer of Git LFS",
    in_file(LABS, lambda t: "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    refused="Git LFS",
)
add(
    "a spreadsheet called csv",
    in_file(FVC, lambda t: b"PK\x03\x04" + bytes(60)),
    refused="spreadsheet",
)
add(
    "gzip called csv",
    in_file(LABS, lambda t: gzip.compress(t.encode(), mtime=0)),
    told="gzip",
    plain=False,
)
add(
    "a cut gzip",
    in_file(LABS, lambda t: gzip.compress(t.encode(), mtime=0)[:200]),
    refused="gzip archive that",
)
add(
    "random bytes",
    in_file(VITALS, lambda t: bytes(range(256)) * 20),
    refused="PROACT_VITALSIGNS.csv",
)
add("JSON", in_file(ALSFRS, lambda t: '{"subject_id": 1}'), refused="JSON")
add("a PDF", in_file(DEMOGRAPHICS, lambda t: b"%PDF-1.4 ..."), refused="PDF")

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
    add(f"no {_table}", without(_file), told="the table is missing")
add("no ALSFRS", without(ALSFRS), refused="the ALSFRS table")
add("no adverse events", without("PROACT_ADVERSEEVENTS.csv"), told="can be built")
add("only ALSFRS", lambda files: {ALSFRS: files[ALSFRS]}, told="the table is missing")


# --- encodings and line ends -------------------------------------------------------------

add(
    "Windows letters",
    in_file(LABS, lambda t: (t + f"{FIRST_ID},Albumin,44,g/L \xb5,3\n").encode("cp1252")),
    told="Windows-1252",
    plain=False,
)
add("UTF-16", in_file(ALSFRS, lambda t: t.encode("utf-16")), told="UTF-16", plain=False)
add("UTF-16, no mark", in_file(LABS, lambda t: t.encode("utf-16-le")), told="UTF-16", plain=False)
add("byte order mark", everywhere(lambda t: "\ufeff" + t), told="can be built", plain=False)
add("two order marks", everywhere(lambda t: "\ufeff\ufeff" + t), told="can be built", plain=False)
add(
    "NUL in cells",
    in_file(LABS, lambda t: t.replace("Sodium", "Sod\0ium", 9)),
    told="NUL bytes",
    plain=False,
)
add("NUL far down", in_file(ALSFRS, lambda t: t[:-2] + "\0\0\n"), told="NUL bytes", plain=False)
add("NUL in the header", in_file(ALSFRS, lambda t: "\0" + t), told="NUL bytes", plain=False)
add("CRLF", everywhere(lambda t: t.replace("\n", "\r\n")), told="can be built")
add("CR", everywhere(lambda t: t.replace("\n", "\r")), told="can be built")
add(
    "mixed line ends",
    in_file(ALSFRS, lambda t: t.replace("\n", "\r\n", 30).replace("\n7", "\r7", 5)),
    told="can be built",
)
add("blank lines", in_file(ALSFRS, lambda t: t.replace("\n", "\n\n")), told="can be built")
add("no last line end", everywhere(lambda t: t.rstrip()), told="can be built")
add(
    "unicode in cells",
    in_file(VITALS, set_cells("Weight_Units", "Kilo\u0301gramm \U0001f600")),
    told="can",
)


# --- separators and quotes ---------------------------------------------------------------

add("semicolons", everywhere(lambda t: t.replace(",", ";")), told="semicolon", plain=False)
add("tabs", everywhere(lambda t: t.replace(",", "\t")), told="a tab", plain=False)
add("bars", in_file(ALSFRS, lambda t: t.replace(",", "|")), told="vertical bar", plain=False)
add(
    "decimal commas",
    everywhere(lambda t: t.replace(",", ";").replace(".", ",")),
    told="commas were read as decimal",
    plain=False,
)
add(
    "decimal commas in quotes",
    in_file(VITALS, column("Weight", lambda cell, _: '"' + cell.replace(".", ",") + '"')),
    told="commas were read as decimal",
    plain=False,
)
add(
    "some decimal commas",
    in_file(VITALS, column("Weight", every(5, lambda c: '"' + c.replace(".", ",") + '"'))),
    told="a comma that may stand",
    plain=False,
)
add(
    "everything quoted",
    everywhere(lambda t: re.sub(r"[^,\n]+", lambda match: f'"{match[0]}"', t)),
    told="can be built",
)
add(
    "line ends in quotes",
    in_file(VITALS, set_cells("Weight_Units", '"Kilo\ngrams"', 40)),
    told="can be built",
    plain=False,
)
add(
    "an open quote",
    in_file(LABS, line(31, lambda line: line.replace(",Al", ',"Al'))),
    told="a quote is opened and never closed",
    plain=False,
)
add(
    "an open quote, closed later",
    in_file(
        LABS, lambda t: line(900, lambda s: s + '"')(line(31, lambda s: s.replace(",g", ',"g'))(t))
    ),
    told="a quote is opened and never closed",
    plain=False,
)
add(
    "quotes that join lines in a column nobody reads",
    in_file(
        FVC,
        lambda t: joined(
            [
                [*row, '"z' if i == 9 else 'z"' if i == 30 else "z"]
                for i, row in enumerate(rows_of(t))
            ]
        ),
    ),
    told="a quote is opened and never closed",
    plain=False,
)
add("a trailing comma", everywhere(lambda t: t.replace("\n", ",\n")), told="can be built")
add(
    "commas without header",
    in_file(ALSFRS, lambda t: t.replace("\n", ",,\n").replace(",,\n", "\n", 1)),
    refused="with more or fewer",
)
add(
    "ragged rows",
    in_file(ALSFRS, line(9, lambda line: line + ",1,2")),
    told="broken line",
    plain=False,
)
add("short rows", in_file(FVC, line(9, lambda line: line[:9])), told="broken line", plain=False)
add(
    "row names of R",
    everywhere(lambda t: "".join(f'"{i or ""}",{line}\n' for i, line in enumerate(t.splitlines()))),
    told="can be built",
)
add(
    "a line above", in_file(ALSFRS, lambda t: "PRO-ACT\n" + t), told="above the header", plain=False
)
add("sep= above", in_file(ALSFRS, lambda t: "sep=,\n" + t), told="above the header", plain=False)
