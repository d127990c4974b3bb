"""A chapter as it is read: its prose without code and markup, sentence by sentence."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

VALUE = "Computed"
"""Stands in the prose for what is computed when the page is built."""

ALWAYS = "% always:"
"""Opens a comment before a paragraph that holds in every run, and says why it does."""

LEFT_OUT = ("Change it", "References")
"""Sections without prose of their own."""

_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```\s*$", re.S | re.M)
_MARKUP = re.compile(r":::|```|:\w[\w-]*:|\||\([\w-]*\)=$|% |</?\w")
_ITEM = re.compile(r"([-*]|\d+\.)\s+(.*)")
_ABBREVIATED = re.compile(r"\b(et al|e\.g|i\.e|vs|cf)\.$")
_END = re.compile(rf"(?<=[.!?:])[\"')]*\s+(?=[\"'(]*[A-Z0-9])|(?<=^{VALUE})\s+(?=[A-Z])")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*|\d[\d.,]*")


@dataclass(frozen=True)
class Block:
    """A paragraph, an item of a list or a caption; ``always`` is why it holds in every run."""

    section: str
    text: str
    always: str = ""


def blocks_of(source: str) -> list[Block]:
    """Return the prose of a page's source, without code, formulas, tables and headings."""
    found: list[Block] = []
    section, always, lines = "", "", []
    for line in [*_lines_of_prose(source), ""]:
        heading = re.match(r"##+ (.*)", line)
        item = _ITEM.match(line)
        caption = re.match(r":::+\{table\}\s+(.*)", line)
        begins = not line or line.startswith("#") or _MARKUP.match(line) or item
        if begins and lines:
            if not section.startswith(LEFT_OUT):
                found.append(Block(section, plain(" ".join(lines)), always))
            lines, always = [], always if item else ""
        if line.startswith(ALWAYS):
            always = line.removeprefix(ALWAYS).strip()
        elif heading:
            section = heading.group(1).strip()
        elif caption:
            lines = [caption.group(1)]
        elif item:
            lines = [item.group(2)]
        elif not begins:
            lines.append(line)
    return found


def _lines_of_prose(source: str) -> Iterator[str]:
    """Yield the stripped lines that are neither code nor formulas, nor the header."""
    text = source.split("---\n", 2)[-1] if source.startswith("---\n") else source
    fences: list[bool] = []
    in_formula = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("```"):
            opens = not fences or line != "```"
            if opens:
                fences.append(not line.startswith("```{") or line.startswith("```{code-cell}"))
            else:
                fences.pop()
            yield ""
        elif line.startswith("$$"):
            in_formula = not in_formula
            yield ""
        elif not in_formula and not any(fences):
            yield line


def plain(text: str) -> str:
    """Return a piece of MyST Markdown as it is read aloud."""
    text = re.sub(r"\{glue:text\}`[^`]*`", VALUE, text)
    text = re.sub(r"\{built-on\}`[^`]*`", "this table", text)
    text = re.sub(r"\s*\{cite:p\}`[^`]*`", "", text)
    text = re.sub(r"\{cite:t\}`[^`]*`", "Somebody", text)
    text = re.sub(r"\{(numref|eq|ref|doc|term)\}`[^`]*`", "Table 1", text)
    text = re.sub(r"\$[^$]*\$", "x", text)
    text = re.sub(r"\[\]\([^)]*\)", "this chapter", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`[^`]*`", "name", text)
    text = re.sub(r"\(\s*(Table 1(, | and )?)+\)", "", text)
    return re.sub(r"\s+", " ", re.sub(r"[*\\]", "", text)).strip()


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text; abbreviations such as ``et al.`` end none."""
    found: list[str] = []
    for piece in _END.split(text):
        if found and _ABBREVIATED.search(found[-1]):
            found[-1] += " " + piece
        elif piece.strip():
            found.append(piece.strip())
    return found


def sentences_of(source: str) -> list[str]:
    """Return the sentences of a page's prose, without those that are computed as a whole."""
    split = [s for block in blocks_of(source) for s in split_sentences(block.text)]
    return [sentence for sentence in split if sentence.strip(".") != VALUE]


def templates_of(source: str, least: int = 6) -> list[str]:
    """Return the texts in a chapter's code that are long enough to be sentences.

    What is filled in counts as one word.
    """
    found = []
    for cell in _CELL.findall(source):
        code = re.sub(r"^:[a-z-]+:[^\n]*\n", "", cell, flags=re.M)
        strings = [n.value for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Constant)]
        texts = [re.sub(r"\{[^{}]*\}", VALUE, text) for text in strings if isinstance(text, str)]
        found += [text for text in texts if len(text.split()) >= least]
    return found


def words_of(text: str) -> list[str]:
    """Return the words of a text; a number is a word, and so is a computed value."""
    return _WORD.findall(text)


def syllables(word: str) -> int:
    """Return about how many syllables a word has: groups of vowels without a silent e."""
    if word == VALUE or word[0].isdigit():
        return 1
    silent = r"(?<=[^aeiouyl])e$|(?<=[^aeiouytd])ed$|(?<=[^aeioucsxzg])es$"
    parts = [re.sub(silent, "", part) for part in word.lower().split("-") if part]
    return sum(max(len(re.findall(r"[aeiouy]+", part)), 1) for part in parts)


def reading_ease(sentences: list[str]) -> float:
    """Return the reading ease of Flesch (1948); higher is easier, 60 to 70 is plain English."""
    words = [word for sentence in sentences for word in words_of(sentence)]
    per_word = sum(map(syllables, words)) / len(words)
    return 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * per_word
