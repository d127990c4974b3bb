import pytest
import yaml

from alsnb import settings
from alsnb.book import chapters
from alsnb.book.chapters import (
    book_chapters,
    check_parameters,
    execution,
    find_chapter,
    is_chapter,
    read_chapter,
    read_value,
    settled,
)
from alsnb.checks import BadInput
from alsnb.compute import digests
from alsnb.settings import top_folder

CHAPTER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
alsnb: {data: [toy], minutes: 2.5}
---
# A chapter

A sentence.

```{code-cell}
:tags: [parameters]
profile: str = "book"  # how much is computed
seed: int = 1  # seed of the folds
rate: float = 0.5  # learning rate
word: str = "größer # 1"  # what it's called
strict: bool = False  # whether to refuse
several: str = (
    "one "
    "two"
)  # in more than one line
```

```{code-cell}
%matplotlib inline
from fakelib.scores import score
x = (7
     % 3)
!echo hello
```

```{code-cell}
:tags: [remove-output]
score([x])
```

```{image} figure.png
:alt: An alternative text.
:name: fig-one
A caption.
```
"""


@pytest.fixture
def chapter_file(tmp_path):
    path = tmp_path / "10-toy.md"
    path.write_text(CHAPTER)
    return path


@pytest.fixture
def data_file(tmp_path, monkeypatch):
    path = tmp_path / "toy.csv"
    path.write_text("a,b\n1,2\n")
    monkeypatch.setattr(chapters, "FINDERS", {"toy": lambda _: path if path.exists() else None})
    return path


# --- parameters --------------------------------------------------------------------------


def test_parameters_are_read_with_type_default_and_help(chapter_file):
    chapter = read_chapter(chapter_file)
    assert chapter.name == "10-toy"
    assert chapter.data == ("toy",)
    assert chapter.minutes == 2.5
    found = {n: (p.type, p.default, p.help) for n, p in chapter.parameters.items()}
    assert found == {
        "profile": ("str", "book", "how much is computed"),
        "seed": ("int", 1, "seed of the folds"),
        "rate": ("float", 0.5, "learning rate"),
        "word": ("str", "größer # 1", "what it's called"),
        "strict": ("bool", False, "whether to refuse"),
        "several": ("str", "one two", "in more than one line"),
    }


def test_a_chapter_without_parameters_has_none(chapter_file):
    chapter_file.write_text(CHAPTER.replace(":tags: [parameters]\n", ""))
    assert read_chapter(chapter_file).parameters == {}


VALID = "seed: int = 1 (seed of the folds)"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"sed": 3}, "'sed'"),
        ({"seed": 3, "sed": 3}, "'sed'"),
        ({"seed": "3"}, "'3' of type str"),
        ({"seed": True}, "True of type bool"),
        ({"seed": 3.0}, "3.0 of type float"),
        ({"seed": None}, "None of type NoneType"),
        ({"strict": 1}, "1 of type int"),
        ({"rate": "0.1"}, "'0.1' of type str"),
        ({"rate": True}, "True of type bool"),
        ({"word": 3}, "3 of type int"),
    ],
)
def test_unknown_names_and_other_types_are_refused_with_the_valid_ones(chapter_file, given, found):
    with pytest.raises(BadInput) as refused:
        check_parameters(read_chapter(chapter_file), given)
    sentence = str(refused.value)
    assert "Chapter '10-toy'" in sentence
    assert f"found {found}" in sentence
    assert VALID in sentence
    assert "rate: float = 0.5 (learning rate)" in sentence
    assert "nothing was run" in sentence


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("profile", "'smoke', 'book', 'full'"),
        ("release", "'2016', '2022', 'F'"),
        ("rule", "'paper', 'challenge'"),
        ("scale", "'ALSFRS', 'ALSFRS-R'"),
    ],
)
def test_a_value_that_is_not_among_the_few_is_refused_before_anything_runs(name, allowed):
    chapter = read_chapter(find_chapter("04"))
    check_parameters(chapter, {name: chapter.parameters[name].default})
    with pytest.raises(BadInput) as refused:
        check_parameters(chapter, {name: "nonsense"})
    assert f"Chapter '04-cohort', parameter '{name}': expected one of {allowed}; " in str(
        refused.value
    )
    assert "found 'nonsense'. Correct the value; nothing was run." in str(refused.value)


def test_what_fits_is_accepted(chapter_file):
    chapter = read_chapter(chapter_file)
    check_parameters(chapter, {})
    check_parameters(chapter, {"seed": 3, "rate": 1, "word": "", "strict": True, "several": "x"})


@pytest.mark.parametrize(
    ("text", "declared", "value"),
    [
        ("3", "int", 3),
        ("3", "float", 3.0),
        ("1e-3", "float", 0.001),
        ("3", "str", "3"),
        ("true", "bool", True),
        ("False", "bool", False),
        ("abc", "int", "abc"),
        ("3.0", "int", "3.0"),
        ("1", "bool", "1"),
    ],
)
def test_the_text_of_a_command_line_is_read_as_the_declared_type(text, declared, value):
    read = read_value(text, declared)
    assert read == value
    assert type(read) is type(value)


def test_defaults_stand_where_nothing_is_given(chapter_file):
    found = settled(read_chapter(chapter_file), {"seed": 7})
    assert found["seed"] == 7
    assert found["rate"] == 0.5


# --- the key of an execution -------------------------------------------------------------


@pytest.fixture
def key(chapter_file, data_file, fakelib, tmp_path, monkeypatch):
    """Return a function that gives the key of the chapter's execution as things are now."""
    (tmp_path / "requirements.lock").write_text("numpy==2.3.0\n")
    monkeypatch.setattr(settings, "top_folder", lambda: tmp_path)
    return lambda **given: execution(read_chapter(chapter_file), given).key


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A sentence.", "Another sentence."),
        ("# A chapter", "# The chapter\n\n## With a part"),
        ("A caption.", "Another caption."),
        ("An alternative text.", "Other words."),
        (":tags: [remove-output]", ":tags: [remove-input]"),
        (":tags: [remove-output]\n", ""),
        (":tags: [remove-output]", ':tags: [remove-output]\n:caption: "words"'),
        ("minutes: 2.5", "minutes: 9"),
    ],
)
def test_words_captions_and_tags_are_not_part_of_the_key(key, rewrite, tmp_path, old, new):
    before = key()
    rewrite(tmp_path, "10-toy.md", old, new)
    assert key() == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("10-toy.md", "score([x])", "score([x, x])"),
        ("10-toy.md", "seed: int = 1", "seed: int = 2"),
        ("10-toy.md", "score([x])\n```", "score([x])\n```\n\n```{code-cell}\nx\n```"),
        ("toy.csv", "1,2", "1,3"),
        ("fakelib/scores.py", "LIMIT = 3", "LIMIT = 4"),
        ("fakelib/deep.py", "sorted(x)", "sorted(x)[:1]"),
        ("requirements.lock", "2.3.0", "2.3.1"),
    ],
)
def test_code_data_library_and_lock_are_part_of_the_key(key, rewrite, tmp_path, name, old, new):
    before = key()
    rewrite(tmp_path, name, old, new)
    assert key() != before


def test_a_module_that_the_chapter_does_not_import_is_not_part_of_the_key(key, rewrite, fakelib):
    before = key()
    rewrite(fakelib, "other.py", "x = 1", "x = 2")
    assert key() == before


def test_parameters_are_part_of_the_key_and_defaults_are_parameters_too(key):
    assert key(seed=1) == key()
    assert key(seed=2) != key()
    assert key(word="b") != key()


def test_data_that_is_not_there_is_another_key(key, data_file):
    before = key()
    data_file.unlink()
    assert key() != before


def test_unknown_data_is_refused(key, rewrite, tmp_path):
    rewrite(tmp_path, "10-toy.md", "data: [toy]", "data: [tofu]")
    with pytest.raises(BadInput, match="expected one of 'toy'; found 'tofu'"):
        key()


def test_a_cell_that_is_not_python_is_refused_with_its_line(key, rewrite, tmp_path):
    rewrite(tmp_path, "10-toy.md", "score([x])", "score([x]")
    with pytest.raises(BadInput, match=r"'10-toy', line 1 of a cell: .*score\(\[x\]"):
        key()


# --- the book as it is -------------------------------------------------------------------


def test_every_page_of_the_contents_exists_and_every_page_is_in_the_contents():
    contents = yaml.safe_load((top_folder() / "_toc.yml").read_text())
    named = chapters._pages(contents)
    there = sorted(path.stem for path in (top_folder() / "book").glob("*.md"))
    assert sorted(set(named)) == sorted(named), "a page is in _toc.yml twice"
    assert sorted(named) == there, "_toc.yml and the pages in book/ are not the same"


def test_all_chapters_name_the_same_kernel_and_format():
    headers = {}
    for path in book_chapters():
        head = path.read_text().split("---\n")[1]
        facts = yaml.safe_load(head)
        headers[path.name] = (str(facts["kernelspec"]), str(facts["jupytext"]))
    assert len(headers) > 1
    assert len(set(headers.values())) == 1, f"the headers differ: {headers}"


@pytest.mark.parametrize("path", book_chapters(), ids=lambda path: path.stem)
def test_every_parameter_of_the_book_is_explained_and_of_a_known_type(path):
    for parameter in read_chapter(path).parameters.values():
        assert parameter.type in chapters.TYPES, parameter
        assert type(parameter.default) is chapters.TYPES[parameter.type], parameter
        assert parameter.help, f"{path.name}: '{parameter.name}' has no explanation"


@pytest.mark.parametrize("path", book_chapters(), ids=lambda path: path.stem)
def test_every_chapter_of_the_book_has_a_key(path, monkeypatch):
    assert digests.PACKAGE.name == "alsnb"
    for name in chapters.FINDERS:
        monkeypatch.setitem(chapters.FINDERS, name, lambda _: None)
    chapter = read_chapter(path)
    assert execution(chapter, {}).key == execution(chapter, {}).key


def test_a_chapter_is_found_by_its_name_a_beginning_of_it_or_its_path(tmp_path, monkeypatch):
    for path in book_chapters():
        assert find_chapter(path.stem) == path
        assert find_chapter(path.stem[:2]) == path
        assert find_chapter(path.name) == path
        assert find_chapter(f"./book/{path.name}") == path
        assert find_chapter(str(path.resolve())) == path
    monkeypatch.chdir(tmp_path)
    assert find_chapter("book/05-features.md").stem == "05-features"
    monkeypatch.chdir(book_chapters()[0].parent)
    assert find_chapter("05-features.md").stem == "05-features"
    assert find_chapter("./05-features").stem == "05-features"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("no-such-chapter", "'no-such-chapter', the beginning of none"),
        ("features", "'features', the beginning of none"),
        ("5-features", "'5-features', the beginning of none"),
        ("2", "'2', the beginning of 10 of them"),
        ("-", "'-', the beginning of none"),
        ("", "'', the beginning of none"),
        ("book/index.md", "the path of 'index.md', which is another file or none"),
        ("book/", "the path of 'book', which is another file or none"),
        ("/tmp/05-features.md", "the path of '05-features.md', which is another file or none"),
    ],
)
def test_what_is_no_chapter_of_the_book_is_refused(name, found):
    with pytest.raises(BadInput) as refused:
        find_chapter(name)
    assert found in str(refused.value)
    assert "'05-features'" in str(refused.value)
    assert "/tmp" not in str(refused.value)


def test_a_copy_of_a_chapter_is_not_run_for_the_chapter(tmp_path, monkeypatch):
    """Somebody who names his own altered copy shall not get the book's chapter instead."""
    (tmp_path / "book").mkdir()
    for copy in ("05-features.md", "book/05-features.md"):
        (tmp_path / copy).write_text(find_chapter("05").read_text())
    monkeypatch.chdir(tmp_path)
    for name in ("05-features.md", "./05-features.md", "book/05-features.md"):
        with pytest.raises(BadInput, match="which is another file or none"):
            find_chapter(name)
    assert find_chapter("05-features").stem == "05-features"


def test_a_page_without_a_kernel_is_no_chapter(tmp_path, chapter_file):
    assert is_chapter(chapter_file)
    page = tmp_path / "index.md"
    page.write_text("# About kernelspec: names\n\n---\nkernelspec: no\n---\n")
    assert not is_chapter(page)
    assert not is_chapter(tmp_path / "missing.md")
    assert not is_chapter(tmp_path)
