"""Damages of what the files hold: columns, cells and subjects."""

from alsnb.synthetic.damage.kinds import (
    ALSFRS,
    DEMOGRAPHICS,
    FVC,
    LABS,
    VITALS,
    add,
    column,
    drop_column,
    every,
    everywhere,
    in_file,
    joined,
    rows_of,
    set_cells,
)
from alsnb.synthetic.damage.small_release import FIRST_ID

# --- columns -----------------------------------------------------------------------------

add("no item", in_file(ALSFRS, drop_column("Q1_Speech")), told="Q1_Speech is missing")
add("no total", in_file(ALSFRS, drop_column("ALSFRS_Total")), told="ALSFRS_Total is missing")
add("no day", in_file(ALSFRS, drop_column("ALSFRS_Delta")), refused="ALSFRS_Delta")
add("no subject", in_file(ALSFRS, drop_column("subject_id")), refused="subject_id")
add("labs without subject", in_file(LABS, drop_column("subject_id")), refused="subject_id")
add("labs without test", in_file(LABS, drop_column("Test_Name")), told="Test_Name is missing")
add("labs without result", in_file(LABS, drop_column("Test_Result")), told="Test_Result is missing")
add(
    "labs without day", in_file(LABS, drop_column("Laboratory_Delta")), told="every laboratory test"
)
add("no sex", in_file(DEMOGRAPHICS, drop_column("Sex")), told="Sex is missing")
add(
    "a doubled column",
    in_file(
        VITALS,
        lambda t: joined([[*row, "9" if i else "Pulse"] for i, row in enumerate(rows_of(t))]),
    ),
    told="stands there twice",
)
add(
    "an equal column twice",
    in_file(VITALS, lambda t: joined([[*row, row[0]] for row in rows_of(t)])),
    told="can be built",
)
add("swapped columns", everywhere(lambda t: joined([r[::-1] for r in rows_of(t)])), told="can be")
add(
    "unknown columns",
    in_file(
        FVC,
        lambda t: joined(
            [[*row, "<b>new</b>" if not i else "1"] for i, row in enumerate(rows_of(t))]
        ),
    ),
    told="not known",
)
add(
    "headers in capitals, with blanks",
    everywhere(
        lambda t: t.split("\n", 1)[0].upper().replace("_", " ") + "\n" + t.split("\n", 1)[1]
    ),
    told="can be built",
)
add("all in lower case", everywhere(str.lower), told="can be built")
add("an empty column", in_file(VITALS, set_cells("Pulse", "", 1)), told="Pulse holds no value")
add(
    "all totals and items empty",
    in_file(
        ALSFRS,
        lambda t: joined(
            [
                row if not i else [row[0], *[""] * 11, row[12], *[""] * 7]
                for i, row in enumerate(rows_of(t))
            ]
        ),
    ),
    told="cannot be built",
)


# --- cells -------------------------------------------------------------------------------

add(
    "dates for days",
    in_file(ALSFRS, set_cells("ALSFRS_Delta", "2011-03-05", 1)),
    refused="ALSFRS_Delta",
)
add("some dates", in_file(ALSFRS, set_cells("ALSFRS_Delta", "05/03/2011")), told="a date instead")
add(
    "dates in labs",
    in_file(LABS, set_cells("Laboratory_Delta", "5-Mar-11", 1)),
    told="holds no value",
)
add("words in numbers", in_file(VITALS, set_cells("Pulse", "not done")), told="not a number")
add("formulas", in_file(VITALS, set_cells("Pulse", "=1+1")), told="a formula")
add("formulas to commands", in_file(VITALS, set_cells("Pulse", "@SUM(1)")), told="a formula")
add("giant numbers", in_file(VITALS, set_cells("Weight", "1e308")), told="larger than any value")
add(
    "overflowing numbers",
    in_file(VITALS, set_cells("Weight", "1e999")),
    told="larger than any value",
)
add("infinite numbers", in_file(VITALS, set_cells("Weight", "-inf")), told="larger than any value")
add("endless digits", in_file(VITALS, set_cells("Weight", "7" * 400)), told="larger than any value")
add("hexadecimal", in_file(VITALS, set_cells("Weight", "0x50")), told="not a number")
add("underscored numbers", in_file(VITALS, set_cells("Weight", "7_0")), told="not a number")
add(
    "digits of another script",
    in_file(VITALS, set_cells("Weight", "\u0667\u0660")),
    told="not a number",
)
add("numbers in brackets", in_file(VITALS, set_cells("Weight", "(70)")), told="not a number")
add("numbers with blanks", in_file(VITALS, set_cells("Weight", "7 0")), told="not a number")
add(
    "plus signs", in_file(ALSFRS, column("ALSFRS_Delta", lambda c, _: f"+{c}")), told="can be built"
)
add(
    "points at the end",
    in_file(ALSFRS, column("ALSFRS_Delta", lambda c, _: f"{c}.")),
    told="can be",
)
add("blanks around", everywhere(lambda t: t.replace(",", " , ")), told="can be built")
add("missing markers", in_file(VITALS, set_cells("Weight", "NULL")), told="can be built")
add("items out of range", in_file(ALSFRS, set_cells("Q1_Speech", "9")), told="can be built")
add("items as words", in_file(ALSFRS, set_cells("Q1_Speech", "normal")), told="not a number")
add("huge days", in_file(ALSFRS, set_cells("ALSFRS_Delta", "999999")), told="can be built")
add(
    "only negative days",
    in_file(ALSFRS, column("ALSFRS_Delta", lambda c, i: str(-1 - i % 9))),
    told="cannot be built",
)
add("all on one day", in_file(ALSFRS, set_cells("ALSFRS_Delta", "0", 1)), told="cannot be built")
add(
    "nothing after month 3",
    in_file(ALSFRS, column("ALSFRS_Delta", lambda c, _: str(min(int(c), 80)))),
    told="cannot be built",
)
add(
    "one patient",
    everywhere(
        lambda t: "\n".join(s for i, s in enumerate(t.splitlines()) if not i or str(FIRST_ID) in s)
    ),
    told="Patients",
)
add("units unknown", in_file(LABS, set_cells("Test_Unit", "furlong", 1)), told="can be built")
add("no units", in_file(LABS, set_cells("Test_Unit", "", 1)), told="can be built")
add("no test known", in_file(LABS, set_cells("Test_Name", "Alpha", 1)), told="test not used")
add(
    "script tags",
    in_file(VITALS, set_cells("Pulse", "<script>alert(1)</script>")),
    told="&lt;script&gt;",
)
add(
    "Markdown",
    in_file(VITALS, set_cells("Pulse", "[a](http://b) | **c** `d`")),
    told="not a number",
)
add("escape sequences", in_file(VITALS, set_cells("Pulse", "\x1b[2Jgone")), told="\\x1b")
add(
    "flags as words",
    in_file(DEMOGRAPHICS, set_cells("Race_Caucasian", "yes", 2)),
    told="not a number",
)
add(
    "sexes as letters", in_file(DEMOGRAPHICS, column("Sex", lambda c, _: c[0])), told="can be built"
)


# --- rows and subjects -------------------------------------------------------------------

add(
    "footers",
    everywhere(lambda t: t + "(24 row(s) affected)" + "," * t.split("\n")[0].count(",") + "\n"),
    told="footer or no subject",
)
add(
    "a bare footer",
    everywhere(lambda t: t + "(24 row(s) affected)\n"),
    told="footer or no subject",
    plain=False,
)
add("a repeated header", in_file(ALSFRS, lambda t: t + t), told="footer or no subject")
add("no subject in rows", in_file(ALSFRS, set_cells("subject_id", "")), told="footer or no subject")
add("subjects as floats", everywhere(column("subject_id", lambda c, _: f"{c}.0")), told="can be")
add(
    "some as floats",
    in_file(ALSFRS, column("subject_id", every(3, lambda c: f"{c}.0"))),
    told="more than one way",
)
add(
    "subjects with zeros",
    in_file(ALSFRS, column("subject_id", lambda c, _: f"000{c}")),
    told="can be",
)
add(
    "subjects as 1e5",
    in_file(ALSFRS, column("subject_id", every(9, lambda c: "7.3E+05"))),
    told="is written like 9.88E+08",
)
add(
    "subjects as words",
    in_file(ALSFRS, column("subject_id", lambda c, _: f"P{c}")),
    told="24 of its 24 subjects occur in no other table",
)
add(
    "negative subjects",
    in_file(ALSFRS, column("subject_id", every(9, lambda c: f"-{c}"))),
    told="subjects occur in no other table",
)
add(
    "subjects of 30 digits",
    in_file(LABS, column("subject_id", every(9, lambda c: c * 5))),
    told="subjects occur in no other table",
)
add("rows doubled", in_file(ALSFRS, lambda t: t + t.split("\n", 1)[1]), told="can be built")
add(
    "other subjects in labs",
    in_file(LABS, column("subject_id", lambda c, _: f"1{c}")),
    told="24 of its 24 subjects occur in no other table",
)
add(
    "rows upside down",
    everywhere(lambda t: joined([rows_of(t)[0], *rows_of(t)[:0:-1]])),
    told="can be built",
)

# --- what only the release of 2013 or other programs write -------------------------------

add(
    "text in litres", in_file(FVC, set_cells("Subject_Liters_Trial_1", "X.XX")), told="not a number"
)
add(
    "a point in litres",
    in_file(FVC, set_cells("Subject_Liters_Trial_1", ". 0")),
    told="not a number",
)
add(
    "a percent sign in litres",
    in_file(FVC, set_cells("Subject_Liters_Trial_1", "%")),
    told="not a number",
)
add(
    "ND in pressure",
    in_file(VITALS, set_cells("Blood_Pressure_Systolic", "ND")),
    told="not a number",
)
add(
    "a second label of kilograms",
    in_file(VITALS, set_cells("Weight_Units", "kg")),
    told="can be built",
)
add(
    "a third label of centimetres",
    in_file(VITALS, set_cells("Height_Units", "CM", 10)),
    told="can be built",
)
add("a digit for kilograms", in_file(VITALS, set_cells("Weight_Units", "2")), told="can be built")
add("zeros in flags", in_file(DEMOGRAPHICS, set_cells("Race_Asian", "0", 1)), told="can be built")
add(
    "subjects told twice, another ethnicity",
    in_file(
        DEMOGRAPHICS, lambda t: t + t.split("\n", 1)[1].replace("Unknown", "Hispanic or Latino")
    ),
    told="can be built",
)
