"""Writes the index, docs/book-index.md: where the book speaks of commands, modules, terms and so on.

Each entry has one link for each chapter, to the first section there that names it:

  * a command, where it stands in `such letters` or is typed in a session;
  * a parameter, where it stands so, or behind -- or CONFIG SET or GET;
  * a module of redis_clone/, where its path is named, and a function, where it is shown;
  * a term of the glossary, where it is used.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from course import BOOK_INDEX, GLOSSARY
from course.chapters import Chapter, chapters, modules
from course.excerpts import is_excerpt
from course.fences import Fence, fences_of
from course.transcripts import read_transcript
from redis_clone import commands
from redis_clone.command_table.registry import CALLED
from redis_clone.config.parameters import PARAMETERS

HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
FENCES = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python.*?^```$", re.MULTILINE | re.DOTALL)
TERM = re.compile(r"^\| ([^|]+) \| [^|]+ \| \[\d+\]", re.MULTILINE)
CONFIG = re.compile(r"CONFIG (?:SET|GET) (\S+)", re.IGNORECASE)

INTRODUCTION = """# Index

This page says where [the course](walkthrough.md) speaks of what: for each entry it names the chapters, each
with a link to the first section there that names the entry. `python docs/check.py --update` writes this page.
"""


class Section(NamedTuple):
    """What is under one heading of a chapter, with the pieces in which an entry can be found."""

    chapter: Chapter
    anchor: str
    text: str  # in small letters and without Python: terms are found in words, sessions and drawings
    codes: tuple[str, ...]  # `in such letters`, and what is typed in sessions
    shown: tuple[tuple[str, ...], ...]  # the words of each excerpt: its path and names


class Mention(NamedTuple):
    entry: str
    section: Section


def anchor_of(heading: str) -> str:
    """The name that a heading has in a link.

    >>> anchor_of("Build: `SET`, and more")
    'build-set-and-more'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def sections() -> tuple[Section, ...]:
    return tuple(section for chapter in chapters() for section in _sections_of(chapter))


def _sections_of(chapter: Chapter) -> Iterator[Section]:
    text = chapter.page.read_text(encoding="utf-8")
    fences = fences_of(chapter.page)
    found = list(HEADING.finditer(text))
    starts = [0, *(heading.start() for heading in found), len(text)]
    anchors = ["", *(anchor_of(heading[1]) for heading in found)]
    for anchor, start, end in zip(anchors, starts, starts[1:], strict=False):
        first, last = text.count("\n", 0, start), text.count("\n", 0, end)
        inside = [fence for fence in fences if first < fence.line <= last]
        yield _section(chapter, anchor, text[start:end], inside)


def _section(chapter: Chapter, anchor: str, text: str, fences: list[Fence]) -> Section:
    sessions = [read_transcript(fence.text) for fence in fences if fence.language == "console"]
    typed = [act.typed for acts in sessions for act in acts]
    shown = tuple(fence.words for fence in fences if is_excerpt(fence))
    codes = (*INLINE_CODE.findall(FENCES.sub("", text)), *typed)
    words = " ".join(PYTHON.sub("", text).lower().split())
    return Section(chapter, anchor, words, codes, shown)


def _commands() -> Iterator[Mention]:
    commands.load()
    names = {spec.name for spec in CALLED.values()}
    subcommands = {f"{spec.name} {name}" for spec in CALLED.values() for name in spec.subcommands}
    for section in sections():
        for code in section.codes:
            words = code.split()
            if " ".join(words[:2]) in subcommands:
                yield Mention(" ".join(words[:2]), section)
            elif words and words[0] in names:
                yield Mention(words[0], section)


def _parameters() -> Iterator[Mention]:
    names = set(PARAMETERS)
    for section in sections():
        for code in section.codes:
            words = [code.split(" ")[0], *CONFIG.findall(code), *re.findall(r"--([\w-]+)", code)]
            yield from (Mention(word, section) for word in words if word in names)


def _modules() -> Iterator[Mention]:
    known = set(modules())
    for section in sections():
        paths = [shown[0].removeprefix("redis_clone/") for shown in section.shown]
        yield from (Mention(path, section) for path in (*section.codes, *paths) if path in known)


def _functions() -> Iterator[Mention]:
    for section in sections():
        for path, *names in section.shown:
            if path.startswith("redis_clone/"):
                module = path.removeprefix("redis_clone/")
                for name in names:
                    yield Mention(f"{name.partition(':')[0]}` in `{module}", section)


def _terms() -> Iterator[Mention]:
    for term in TERM.findall(GLOSSARY.read_text(encoding="utf-8")):
        word = term.lower()
        pattern = re.compile(rf"\b{re.escape(word)}(?:e?s|e?d)?\b")
        for section in sections():
            if word in section.text and pattern.search(section.text):  # `in` first, which is much faster
                yield Mention(term, section)


PARTS: dict[str, Callable[[], Iterable[Mention]]] = {
    "Terms": _terms,
    "Commands": _commands,
    "Parameters": _parameters,
    "Modules": _modules,
    "Functions that are shown": _functions,
}


def book_index() -> str:
    parts = (f"\n## {title}\n\n{_list(title, list(find()))}" for title, find in PARTS.items())
    return INTRODUCTION + "".join(parts)


def _list(title: str, mentions: list[Mention]) -> str:
    entries: dict[str, dict[int, str]] = {}
    for mention in mentions:
        section = mention.section
        target = f"chapters/{section.chapter.page.name}" + (section.anchor and f"#{section.anchor}")
        number = section.chapter.number
        entries.setdefault(mention.entry, {}).setdefault(number, f"[{number}]({target})")
    quote = "" if title == "Terms" else "`"
    lines = (
        f"- {quote}{entry}{quote}: {', '.join(entries[entry].values())}\n"
        for entry in sorted(entries, key=str.lower)
    )
    return "".join(lines)


def check_book_index(update: bool = False) -> list[str]:
    """What is stale in the index, after the update if there is to be one."""
    wanted = book_index()
    if update:
        BOOK_INDEX.write_text(wanted, encoding="utf-8")
        return []
    is_stale = BOOK_INDEX.read_text(encoding="utf-8") != wanted
    return [f"{BOOK_INDEX.name}: the index is stale"] if is_stale else []
