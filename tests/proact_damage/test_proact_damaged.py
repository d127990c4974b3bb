"""Every damaged release ends in an audited result or in a sentence, never in silent loss."""

import csv
import gzip
import io
import json
import re
import zipfile
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from alsnb.checks import BadInput
from alsnb.cli import commands
from alsnb.commands.check import as_json, as_text, check_release, check_tables
from alsnb.synthetic.damage import DAMAGES, list_damages
from alsnb.synthetic.damage.small_release import FIRST_ID
from alsnb.tables.proact import schema
from alsnb.tables.proact.reading import read_release

pytestmark = pytest.mark.slow

READABLE = [damage for damage in DAMAGES if not damage.refused]
REFUSED = [damage for damage in DAMAGES if damage.refused]

IDENTIFIERS = [str(FIRST_ID + 37 * place) for place in range(24)]


def by_name(damage):
    return damage.name.replace(" ", "-")


def plain_bytes(content):
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def lines_below_header(content):
    """Count the lines of a file that hold something, header not included."""
    content = plain_bytes(content)
    wide = "utf-16" if content.startswith(b"\xff\xfe") else None
    wide = wide or ("utf-16-le" if content[1:2] == b"\0" else None)
    text = content.decode(wide or "latin-1").replace("\0", "")
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line]
    header = next(i for i, line in enumerate(lines) if re.search("subject.?id", line, re.I))
    return len(lines) - header - 1


def is_a_subject(cell):
    """Whether a cell names somebody: text, and no blank, rounded number, footer or header."""
    text = cell.strip().lower()
    rounded = re.fullmatch(r"[+-]?\d+(\.\d+)?e[+-]?\d+", text)
    no_name = text in schema.MISSING_MARKERS or text == "subject_id" or "affected" in text
    return not no_name and not rounded


def cells_by_column(content, table):
    """Return the filled cells of each column of a plain file, for records with a subject."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    header, *rows = [row for row in csv.reader(io.StringIO(text)) if row]
    keys = [schema.normalise(name) for name in header]
    subject = keys.index("subject_id")
    kept = [row for row in rows if is_a_subject(row[subject])]
    return {
        column.key: sum(
            row[keys.index(column.key)].strip().lower() not in schema.MISSING_MARKERS
            for row in kept
        )
        for column in schema.tables()[table].columns
        if column.key in keys and column.kind != "text"
    }


def assert_rows_are_accounted_for(audit, frames):
    for table, rules in audit.groupby("table", sort=False):
        before, after = rules["rows_before"].to_numpy(), rules["rows_after"].to_numpy()
        np.testing.assert_array_equal(before[1:], after[:-1])
        assert (after <= before).all()
        assert after[-1] == len(frames[table])


def assert_is_safe(text):
    assert "<script" not in text
    assert not any(identifier in text for identifier in IDENTIFIERS)
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Read each damaged release once."""

    @cache
    def read_damaged(damage):
        return read_release(damage.make(tmp_path_factory.mktemp("damaged")))

    return read_damaged


@pytest.mark.parametrize("damage", READABLE, ids=by_name)
def test_a_damaged_release_that_can_be_read_is_reported_on(damage, read):
    raw = read(damage)
    checkup = check_tables(raw)
    text, machine = as_text(checkup), as_json(checkup)
    assert damage.told in text
    assert checkup.buildable != bool(checkup.reason)
    assert json.loads(machine)["buildable"] == checkup.buildable
    assert_is_safe(text)
    assert_is_safe(machine)
    assert str(raw.release.path.parent) not in text + machine


@pytest.mark.damage
@pytest.mark.parametrize("damage", READABLE, ids=by_name)
def test_every_line_of_a_damaged_file_is_read_or_counted(damage, read):
    raw = read(damage)
    assert_rows_are_accounted_for(raw.audit, raw.frames)
    assert set(raw.audit["table"]) == set(raw.frames)
    for table in raw.frames:
        content = plain_bytes(raw.release.content(table).to_pybytes())
        rules = raw.audit[raw.audit["table"] == table].set_index("rule")
        counted = rules.loc["broken line", "rows_before"]
        assert counted == raw.counts.set_index("table").loc[table, "rows"]
        if damage.name != "line ends in quotes":
            assert counted == lines_below_header(content)


@pytest.mark.damage
@pytest.mark.parametrize("damage", [d for d in READABLE if d.plain], ids=by_name)
def test_every_cell_of_a_damaged_file_is_read_or_logged(damage, read):
    raw = read(damage)
    logged = raw.failures.groupby(["table", "column"])["cells"].sum()
    for name, frame in raw.frames.items():
        if name == "labs":
            continue  # rows of tests that are not used are left out, and counted above
        table = schema.tables()[name]
        for key, filled in cells_by_column(raw.release.content(name).to_pybytes(), name).items():
            lost = logged.get((name, table.column(key).name), 0)
            assert frame[key].notna().sum() + lost == filled, (name, key)


@pytest.mark.parametrize("damage", REFUSED, ids=by_name)
def test_a_release_that_cannot_be_read_is_refused_in_a_sentence(damage, tmp_path):
    path = damage.make(tmp_path)
    with pytest.raises(BadInput) as refusal:
        check_release(path)
    sentence = str(refusal.value)
    assert damage.refused in sentence
    assert re.match(r".+: expected .+; found .+\. [A-Z].+\.$", sentence)
    assert str(tmp_path) not in sentence
    assert_is_safe(sentence)


def test_there_are_enough_damages_and_each_has_its_own_name():
    names = [damage.name for damage in DAMAGES]
    assert len(set(names)) == len(names) >= 70


def test_nothing_is_written_when_a_zip_leads_out_of_its_folder(tmp_path):
    path = next(d for d in DAMAGES if d.name == "zip slip beside").make(tmp_path / "a" / "b")
    assert any(".." in name for name in zipfile.ZipFile(path).namelist())
    check_release(path)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


# --- as published ------------------------------------------------------------------------


def typed(*words):
    return CliRunner().invoke(commands, ["simulate", *words])


def files_in(folder):
    """Return what lies below a folder: the bytes of files, and where links lead."""
    return {
        str(path.relative_to(folder)): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_the_list_names_every_damage_and_what_it_must_lead_to():
    lines = typed("--damage", "list").output.splitlines()
    assert lines == list_damages().splitlines()
    assert [line.split()[0] for line in lines] == [damage.word for damage in DAMAGES]
    assert len({damage.word for damage in DAMAGES}) == len(DAMAGES)
    for line, damage in zip(lines, DAMAGES, strict=True):
        assert ("is refused:" in line) == bool(damage.refused)
        assert (damage.refused or damage.told) in line


@pytest.mark.parametrize("name", ["a link in a circle", "zip slip", "a cut gzip", "no such path"])
def test_a_damage_is_written_as_the_tests_know_it(name, tmp_path):
    damage = next(damage for damage in DAMAGES if damage.name == name)
    folder = tmp_path / "deep" / "damaged"
    said = typed(str(folder), "--damage", damage.word)
    assert said.exit_code == 0, said.output
    assert damage.outcome in said.output
    (tmp_path / "same").mkdir()
    path = damage.make(tmp_path / "same")
    assert files_in(folder) == files_in(tmp_path / "same")
    assert str(folder / path.relative_to(tmp_path / "same")) in said.output
    assert [path.name for path in folder.parent.iterdir()] == ["damaged"]


def test_what_cannot_be_written_is_a_sentence(tmp_path):
    unknown = typed(str(tmp_path / "new"), "--damage", "vitals")
    assert isinstance(unknown.exception, BadInput)
    assert "'no-vitals'" in str(unknown.exception)
    both = typed(str(tmp_path / "new"), "--damage", "no labs", "--seed", "3")
    assert both.exit_code == 2
    assert "leave out --seed" in both.output
    (tmp_path / "mine.txt").touch()
    taken = typed(str(tmp_path), "--damage", "no labs")
    assert "one that holds something" in str(taken.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
