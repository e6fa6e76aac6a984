"""Finds the fenced blocks of a page of Markdown with their line numbers, and writes them back.

A fence begins with three backquotes at the start of a line and a few words that say what it holds:

    python redis_clone/structures/clock.py Clock.tick      an excerpt of that file (course/excerpts.py)
    python my_redis.py                          what the reader adds to a file (course/listings.py)
    python                                      an example that runs (course/examples.py)
    console                                     a session with a live server (course/sessions.py)
    text                                        a drawing, which is not checked
    text tests/features/cluster/scripts/x.txt   that file as it is (course/excerpts.py)
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

BEGIN = re.compile(r"```(\w+)(.*)")
END = "```"


@dataclass(frozen=True)
class Fence:
    page: Path
    line: int  # on which its text begins, counted from 1
    language: str
    words: tuple[str, ...]  # after the language
    text: str  # ends with a newline, unless it is empty

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"


def fences_of(page: Path) -> list[Fence]:
    """All of them, in their order.  A fence that is never closed goes on to the end."""
    found = []
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    for number, line in lines:
        if begun := BEGIN.fullmatch(line):
            text = []
            for _, inner in lines:
                if inner == END:
                    break
                text.append(inner + "\n")
            words = tuple(shlex.split(begun[2]))
            found.append(Fence(page, number + 1, begun[1], words, "".join(text)))
    return found


def replace(page: Path, texts: dict[Fence, str]) -> None:
    """Gives some fences of one page another text."""
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    for fence in sorted(texts, key=lambda fence: fence.line, reverse=True):  # so that the numbers stay true
        start = fence.line - 1
        lines[start : start + fence.text.count("\n")] = [texts[fence]]
    page.write_text("".join(lines), encoding="utf-8")
