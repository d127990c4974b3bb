"""Chapters on imaging show nobody of a reader's study, and that on mice is built without them."""

import re

import pytest
from in_process import run_chapter

from alsnb.book import page
from alsnb.book.chapters import book_chapters, read_chapter
from alsnb.book.unpack import as_frame, unpack
from alsnb.synthetic.files import MARKER
from alsnb.synthetic.imaging.draw import draw_imaging_cohort
from alsnb.synthetic.imaging.write import write_study

pytestmark = [pytest.mark.book, pytest.mark.slow]

CHAPTERS = {path.stem: path for path in book_chapters()}
ON_IMAGING = [name for name, path in CHAPTERS.items() if "imaging" in read_chapter(path).data]

OF_NOBODY = {
    "brains_dialects",  # simulated people, whoever stands behind the page
    "brains_spoilt",
}
"""Tables whose counts are of simulated people."""

N_PATIENTS = 70


@pytest.fixture(scope="module")
def called_real(tmp_path_factory):
    """A study of which nothing says that it is simulated, with three people who lack a file."""
    cohort = draw_imaging_cohort(N_PATIENTS, 40, seed=8, deceased_only=True)
    folder = tmp_path_factory.mktemp("secret-place") / "my-clinic"
    folder.mkdir()
    write_study(cohort, folder)
    (folder / MARKER).unlink()
    names = {f"sub-{number:03}": f"sub-QX{7000 + number}" for number in range(1, 111)}
    table = folder / "participants.tsv"
    text = table.read_text(encoding="utf-8")
    for file in (folder / "freesurfer").iterdir():
        file.write_text(renamed(file.read_text(encoding="utf-8"), names), encoding="utf-8")
    table.write_text(renamed(text, names), encoding="utf-8")
    for file in sorted((folder / "connectomes").iterdir()):
        subject = file.name.partition("_")[0]
        if subject in names:
            file.rename(file.with_name(file.name.replace(subject, names[subject])))
    for number in (3, 30, 90):
        (folder / "connectomes" / f"sub-QX{7000 + number}_connectome.csv").unlink()
    return folder


def renamed(text, names):
    return re.sub(r"sub-\d{3}\b", lambda found: names[found[0]], text)


@pytest.fixture(autouse=True)
def little_is_drawn(monkeypatch, tmp_path):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    monkeypatch.setenv("ALSNB_CORES", "1")
    drawn = page._written
    monkeypatch.setattr(
        page, "_written", lambda figure, form, **o: drawn(figure, "svg") if form == "svg" else b"-"
    )


def small_cells(frame):
    """The counts of one to four in the columns that count people."""
    counting = [
        c
        for c in frame
        if re.match(
            r"n_(?!numbers|inputs|figures|within|splits|studies|divisions|repeats|cohorts)", c
        )
    ]
    return {
        c: sorted(set(frame[c][frame[c].between(1, 4)]))
        for c in counting
        if frame[c].dtype.kind in "if" and frame[c].between(1, 4).any()
    }


@pytest.mark.parametrize("name", ON_IMAGING)
def test_a_chapter_on_a_readers_study_shows_nobody(name, called_real):
    notebook = run_chapter(CHAPTERS[name], {"imaging_dir": str(called_real), "profile": "smoke"})
    shown = unpack(notebook)
    everything = str(notebook.cells)
    assert "the reader's own" in everything
    assert "QX7" not in everything
    assert "my-clinic" not in everything
    assert "not patients" not in everything
    for table, content in shown.tables.items():
        if table not in OF_NOBODY:
            frame = as_frame(content)
            assert small_cells(frame) == {}, table
            if {"n_right", "n_patients"} <= set(frame):
                wrong = frame["n_patients"] - frame["n_right"]
                assert not wrong.between(1, 4).any(), table


@pytest.mark.parametrize("name", ON_IMAGING)
def test_a_chapter_on_simulated_people_says_so(name):
    notebook = run_chapter(CHAPTERS[name], {"profile": "smoke"})
    everything = str(notebook.cells)
    assert "simulated: nobody behind any row" in everything
    for figure in unpack(notebook).figures.values():
        assert b"simulated: not patients" in figure["svg"]


def test_the_chapter_on_mice_is_built_without_them(monkeypatch, tmp_path):
    monkeypatch.delenv("ALSNB_MICE", raising=False)
    monkeypatch.setattr("alsnb.imaging.mice.data_folder", lambda: tmp_path)
    path = CHAPTERS["44-real-brains"]
    shown = unpack(run_chapter(path, {"profile": "smoke"}))
    text = path.read_text(encoding="utf-8")
    quoted = {
        *re.findall(r"\{glue:text\}`(\w+)`", text),
        *re.findall(r"\{glue:(?:md|figure)\} (\w+)", text),
    }
    assert quoted <= {*shown.values, *shown.tables, *shown.figures}
    for name in ("mice_answer", "mice_here"):
        assert "alsnb fetch mice" in shown.values[name]["text"]
    assert not any("nan" in facts["text"].split() for facts in shown.values.values())
