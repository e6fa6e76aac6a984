"""Colours a session: the prompts and what is typed behind them stand out from what comes back."""

import re
from collections.abc import Iterator
from typing import ClassVar

from course.transcripts import PROMPT
from pygments.lexer import Lexer
from pygments.lexers._mapping import LEXERS
from pygments.token import Generic, Keyword, _TokenType

__all__ = ["SessionLexer"]  # Pygments looks here

NAME = "session"
DOLLAR = re.compile(r"\$ .*")
SCREEN = re.compile(r"-- .*|\^C")


class SessionLexer(Lexer):
    """The sessions of the book, whose form course/transcripts.py describes."""

    name = "A session of the book"
    aliases: ClassVar[list[str]] = [NAME]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        start = 0
        for line in text.splitlines(keepends=True):
            yield from _tokens_of(start, line)
            start += len(line)


def _tokens_of(start: int, line: str) -> Iterator[tuple[int, _TokenType, str]]:
    bare = line.rstrip("\n")
    if SCREEN.fullmatch(bare):
        yield start, Generic.Subheading, line
    elif DOLLAR.fullmatch(bare) or PROMPT.fullmatch(bare):
        behind = line.index("$ " if bare.startswith("$") else "> ") + 2
        yield start, Generic.Prompt, line[:behind]
        yield start + behind, Keyword.Namespace, line[behind:]
    else:
        yield start, Generic.Output, line


def register() -> None:
    """Makes the lexer known under its name, which is how the fences of a page ask for it."""
    LEXERS["SessionLexer"] = (__name__, SessionLexer.name, (NAME,), (), ())
