"""Every chapter has a room: what it imports, and what the room holds."""

import ast
import re

import pytest

from alsnb.book.chapters import book_chapters, read_chapter
from alsnb.settings import top_folder

LESSONS = top_folder() / "alsnb" / "lessons"
ROOMS = sorted(folder.name for folder in LESSONS.iterdir() if (folder / "__init__.py").exists())
FILES = {"__init__", "study", "fits", "figures", "tables"}

CHAPTERS = {path.stem: path for path in book_chapters()}


def rooms_of(chapter):
    """The rooms that a chapter imports from."""
    text = "\n".join(read_chapter(CHAPTERS[chapter]).code())
    return set(re.findall(r"from alsnb\.lessons\.(\w+) import", text))


def imports(source):
    """What a piece of code imports from alsnb: modules, and names behind ``from``."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names if alias.name.startswith("alsnb")]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("alsnb"):
            found += [(node.module, alias.name) for alias in node.names]
    return found


def is_allowed(module, name):
    """Whether a chapter may import this: the front door, the page, and modules of a room."""
    if (module, name) in {("alsnb", None), ("alsnb.book.page", "Page")}:
        return True
    return re.fullmatch(r"alsnb\.lessons\.\w+", module) is not None and name in FILES


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_imports_the_front_door_its_page_and_its_room(chapter):
    for cell in read_chapter(CHAPTERS[chapter]).code():
        code = "\n".join(line for line in cell.splitlines() if not line.startswith(("%", "!")))
        assert [found for found in imports(code) if not is_allowed(*found)] == []
    assert len(rooms_of(chapter)) <= 1


def test_every_room_has_a_chapter():
    assert sorted({room for chapter in CHAPTERS for room in rooms_of(chapter)}) == ROOMS
    assert ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_files_of_four_names(room):
    assert {path.stem for path in (LESSONS / room).glob("*.py")} <= FILES
    assert [path.name for path in (LESSONS / room).iterdir() if path.is_dir()] in (
        [],
        ["__pycache__"],
    )


def public_functions(path):
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [n.name for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")]


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_of_a_room_is_used_by_its_chapter_or_its_other_files(room):
    code = {
        chapter: "\n".join(read_chapter(path).code())
        for chapter, path in CHAPTERS.items()
        if room in rooms_of(chapter)
    }
    sources = {path: path.read_text() for path in (LESSONS / room).glob("*.py")}
    for path in sources:
        others = [*code.values(), *(text for other, text in sources.items() if other != path)]
        unused = [
            name
            for name in public_functions(path)
            if not any(re.search(rf"\b{name}\b", text) for text in others)
        ]
        assert unused == [], path.name


def imported_names(path):
    """The names that a module imports at its top."""
    tree = ast.parse(path.read_text())
    statements = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    aliases = [alias for statement in statements for alias in statement.names]
    return [(alias.asname or alias.name).split(".")[0] for alias in aliases]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_it_uses_or_hands_on_to_its_chapter(room):
    shown = "\n".join(
        "\n".join(read_chapter(path).code())
        for chapter, path in CHAPTERS.items()
        if room in rooms_of(chapter)
    )
    for path in (LESSONS / room).glob("*.py"):
        used = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
        handed_on = set(re.findall(rf"\b{path.stem}\.(\w+)", shown))
        assert [name for name in imported_names(path) if name not in used | handed_on] == []
