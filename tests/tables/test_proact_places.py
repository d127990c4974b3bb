"""Files are read whole or refused, and nothing packed unpacks to more than is allowed."""

import errno
import gzip
import io
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsnb.checks import BadInput
from alsnb.synthetic.damage.small_release import small_release, write
from alsnb.tables import unpacking
from alsnb.tables.proact import counting, places
from alsnb.tables.proact.places import Place
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.release import find_release

LABS, MEDICATION = "PROACT_LABS.csv", "PROACT_CONMEDS.csv"


def make_zip(path, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def as_zip(files):
    content = io.BytesIO()
    make_zip(content, files)
    return content.getvalue()


# --- files that change -------------------------------------------------------------------


@pytest.mark.parametrize("end", ["cut", "longer"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, end):
    monkeypatch.setattr(places, "PIECE_BYTES", 10)
    path = tmp_path / LABS
    path.write_bytes(b"0123456789" * 5)
    pieces = Place(tmp_path).pieces(LABS)
    assert next(pieces) == b"0123456789"
    with path.open("r+b") as file:
        if end == "cut":
            file.truncate(10)
        else:
            file.seek(0, io.SEEK_END)
            file.write(b"more")
    with pytest.raises(BadInput, match=f"^{LABS}: expected a file that stays as it is"):
        list(pieces)


def test_a_file_that_is_cut_between_its_size_and_its_bytes_is_refused(tmp_path, monkeypatch):
    (tmp_path / LABS).write_bytes(b"subject_id\n1\n")
    monkeypatch.setattr(Place, "size", lambda self, member: 20)
    with pytest.raises(BadInput, match="another program cut"):
        Place(tmp_path).read(LABS)
    monkeypatch.setattr(Place, "size", lambda self, member: 3)
    with pytest.raises(BadInput, match="another program cut"):
        Place(tmp_path).read(LABS)


CUT_WHILE_READ = """
import sys
from alsnb.tables.proact.release import find_release
content = find_release(sys.argv[1]).content("alsfrs")
open(sys.argv[1] + "/PROACT_ALSFRS.csv", "w").close()
print(content.to_pybytes().count(b"x"))
"""


def test_no_file_is_mapped_into_memory(tmp_path):
    (tmp_path / "PROACT_ALSFRS.csv").write_bytes(b"x" * 1_000_000)
    words = [sys.executable, "-c", CUT_WHILE_READ, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, "1000000\n"), done.stderr


def test_a_file_that_went_away_is_named_without_its_folder(tmp_path):
    found = find_release(write(tmp_path, {"PROACT_ALSFRS.csv": "subject_id\n"}))
    (tmp_path / "PROACT_ALSFRS.csv").unlink()
    with pytest.raises(
        BadInput, match=r"^PROACT_ALSFRS\.csv: .* found nothing of that name"
    ) as told:
        found.content("alsfrs")
    assert str(tmp_path) not in str(told.value)


@pytest.mark.parametrize("what", ["file", "folder", "zip"])
def test_what_may_not_be_read_is_told(tmp_path, monkeypatch, what):
    write(tmp_path, small_release())
    path = make_zip(tmp_path / "x.zip", small_release()) if what == "zip" else tmp_path

    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / LABS))

    def no_walk(folder, onerror):
        onerror(PermissionError(errno.EACCES, "Permission denied", str(folder)))

    name = {"file": "PROACT_", "folder": tmp_path.name, "zip": "x.zip"}[what]
    if what == "folder":
        monkeypatch.setattr(places.os, "walk", no_walk)
    else:
        monkeypatch.setattr(Path, "open" if what == "file" else "stat", refuse)
    with pytest.raises(BadInput, match=f"^{name}.*no permission") as told:
        read_release(path)
    assert str(tmp_path) not in str(told.value)


# --- bounds ------------------------------------------------------------------------------


def test_a_zip_is_bounded_in_all_and_by_member(tmp_path, monkeypatch):
    path = make_zip(
        tmp_path / "x.zip", {"PROACT_ALSFRS.csv": "subject_id\n" * 9, "b.csv": "1" * 99}
    )
    assert len(Place(path).read("PROACT_ALSFRS.csv")) == 99
    monkeypatch.setenv("ALSNB_UNPACKED_MB", "0.000197")
    with pytest.raises(BadInput, match=r"unpack to 198 or more.*set ALSNB_UNPACKED_MB higher"):
        find_release(path)
    monkeypatch.setenv("ALSNB_UNPACKED_MB", "0.000198")
    assert find_release(path).files == {"alsfrs": "PROACT_ALSFRS.csv"}


@pytest.mark.parametrize("place", ["zip", "zip in a zip", "zip in a folder"])
def test_what_shrinks_more_than_a_table_does_is_not_unpacked(tmp_path, monkeypatch, place):
    bomb = as_zip(small_release() | {MEDICATION: "subject_id\n" + "0" * 30_000_000})
    path = tmp_path / "x.zip"
    path.write_bytes(as_zip({"in.zip": bomb}) if place == "zip in a zip" else bomb)
    monkeypatch.setattr(places, "_unpacked", unpacked_at_most(places._unpacked, 100_000))
    given = tmp_path if place == "zip in a folder" else path
    with pytest.raises(BadInput, match=r"100 times its size at most.*it was not unpacked.*_RATIO"):
        read_release(given)


def unpacked_at_most(unpack, most):
    def pieces(archive, member, name):
        assert member.file_size < most
        yield from unpack(archive, member, name)

    return pieces


@pytest.mark.parametrize("table", [LABS, MEDICATION])
def test_a_gzip_bomb_is_refused_or_told_of(tmp_path, table):
    files = small_release()
    bomb = gzip.compress(files.pop(table).encode() + b"1\n" * 10_000_000)
    folder = write(tmp_path, files | {f"{table}.gz": bomb})
    tracemalloc.start()
    if table == LABS:
        with pytest.raises(BadInput, match=f"{table}.gz: .* 100 times its size at most"):
            read_release(folder)
    else:
        notes = read_release(folder).notes
        told = notes.loc[notes["table"] == "medication", "note"].item()
        assert "cannot be counted" in told
        assert "100 times its size" in told
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120e6


def test_a_zip_in_a_zip_may_take_a_part_of_the_memory_only(tmp_path, monkeypatch):
    inner = io.BytesIO()
    make_zip(inner, small_release(), zipfile.ZIP_STORED)
    path = make_zip(tmp_path / "x.zip", {"in.zip": inner.getvalue()}, zipfile.ZIP_STORED)
    assert find_release(path).inner == "in.zip"
    monkeypatch.setenv("ALSNB_UNPACKED_MB", str(3 * inner.tell() / 1e6))
    with pytest.raises(BadInput, match=r"in\.zip: .* ALSNB_UNPACKED_MB higher"):
        find_release(path)


@pytest.mark.parametrize("text", ["much", "0", "-1", "nan", "inf"])
def test_a_bound_that_is_no_number_is_refused(monkeypatch, text):
    monkeypatch.setenv("ALSNB_UNPACKED_MB", text)
    with pytest.raises(BadInput, match=f"ALSNB_UNPACKED_MB: .* found '{text}'"):
        unpacking.read_bounds()


def cut_to(content, size):
    return (content[at : at + size] for at in range(0, len(content), size))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_every_part_of_a_gzip_is_unpacked(parts, size):
    packed = b"".join(map(gzip.compress, parts)) + b"\0" * 7
    assert b"".join(unpacking.gunzipped(cut_to(packed, size), len(packed), "x")) == b"".join(parts)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_gzip_that_is_cut_is_noticed(content, data):
    packed = gzip.compress(content)
    cut = packed[: data.draw(st.integers(1, len(packed) - 1))]
    with pytest.raises((EOFError, zlib.error)):
        list(unpacking.gunzipped([cut], len(cut), "x"))


# --- what is only counted ----------------------------------------------------------------

ROWS = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from(["", "a", "b,c", "two\nlines", 'quo"ted', "ö"])),
    max_size=60,
)


@given(ROWS, st.integers(20, 400), st.sampled_from(["utf-8", "utf-16", "gzip"]))
def test_a_table_is_counted_alike_in_blocks_of_any_size(rows, size, form):
    lines = [f'{subject},"{text.replace(chr(34), chr(34) * 2)}"' for subject, text in rows]
    text = "\n".join(["subject_id,Medication_Coded", *lines]) + "\n"
    content = text.encode("utf-16" if form == "utf-16" else "utf-8")
    content = gzip.compress(content) if form == "gzip" else content
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "BLOCK_BYTES", size)
        found = counting.count_records(cut_to(content, 17), len(content), "medication", "x.csv")
    assert found == (len(rows), sorted({str(subject) for subject, _ in rows}))


def test_a_counted_table_is_never_held_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(counting, "BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(places, "PIECE_BYTES", 1 << 16)
    rows = "".join(f"{at % 5},{at},,,,\n" for at in range(100_000))
    write(tmp_path, small_release() | {MEDICATION: "subject_id,Start_Delta,a,b,c,d\n" + rows})
    monkeypatch.setattr(Place, "read", None)
    release = find_release(tmp_path)
    tracemalloc.start()
    size = release.size("medication")
    found = counting.count_records(release.pieces("medication"), size, "medication", MEDICATION)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == (100_000, list("01234"))
    assert peak < size / 2


def test_a_line_without_end_is_no_table(tmp_path, monkeypatch):
    monkeypatch.setattr(counting, "BLOCK_BYTES", 100)
    monkeypatch.setattr(counting, "LONGEST_BYTES", 1_000)
    content = b"subject_id" + b" " * 2_000
    with pytest.raises(BadInput, match="a line of more than 1,000 bytes"):
        counting.count_records(cut_to(content, 50), len(content), "medication", "x.csv")
