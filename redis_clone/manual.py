"""The manual page of a command, read from its docstring, and its syntax as COMMAND DOCS tells it.

A page is a summary, an empty line, the syntax and what follows "Since".  The syntax is written as Redis's
documentation writes it, and parsed into the tree that redis-cli draws its hints from:

    SET key value [NX | XX] [GET] [EX seconds | PX milliseconds]

    CAPITALS        a word to be typed                  name          an argument
    [a]             may be left out                     [a ...]       again, as often as you like
    <a | b>         one of them                         WORD name     a word that says what follows

Imports nothing of ours.
"""

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

TYPES = {  # of an argument, told by the last part of its name; the others are strings
    "key": "key", "newkey": "key", "destkey": "key", "source": "key", "destination": "key",
    "pattern": "pattern",
    "seconds": "integer", "milliseconds": "integer", "count": "integer", "index": "integer",
    "start": "integer", "stop": "integer", "end": "integer", "offset": "integer", "increment": "integer",
    "decrement": "integer", "numkeys": "integer", "cursor": "integer", "timeout": "integer", "len": "integer",
    "rank": "integer", "limit": "integer", "index1": "integer", "index2": "integer", "db": "integer",
    "id": "integer", "port": "integer",
    "score": "double", "min": "double", "max": "double", "weight": "double",
    "time-seconds": "unix-time", "time-milliseconds": "unix-time",
}  # fmt: skip


class Page(NamedTuple):
    summary: str
    syntax: str = ""
    since: str = ""
    complexity: str = ""


@dataclass(frozen=True)
class Argument:
    """One node of the tree: `type` is string, integer, double, key, pattern, unix-time, pure-token, oneof or block."""

    name: str
    type: str
    token: str | None = None
    optional: bool = False
    multiple: bool = False
    repeats_token: bool = False
    children: list["Argument"] = field(default_factory=list)

    def described(self) -> dict[str, object]:
        """As COMMAND DOCS answers it."""
        reply: dict[str, object] = {"name": self.name, "type": self.type}
        if self.type not in ("oneof", "block", "pure-token"):
            reply["display_text"] = self.name
        if self.type == "key":
            reply["key_spec_index"] = 0
        if self.token is not None:
            reply["token"] = self.token
        flags = {"optional": self.optional, "multiple": self.multiple, "multiple_token": self.repeats_token}
        if any(flags.values()):
            reply["flags"] = {flag for flag, is_set in flags.items() if is_set}
        if self.children:
            reply["arguments"] = [child.described() for child in self.children]
        return reply


def read_page(docstring: str) -> Page:
    """
    >>> read_page('''Returns a value.
    ...
    ...     GET key
    ...     Since 1.0.0, O(1)
    ... ''')
    Page(summary='Returns a value.', syntax='GET key', since='1.0.0', complexity='O(1)')
    """
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", docstring.strip())]
    summary, manual = parts[0], next((part for part in parts[1:] if " Since " in part), "")
    syntax, _, rest = manual.partition(" Since ")
    since, _, complexity = rest.partition(", ")
    return Page(summary, syntax, since, complexity)


def read_syntax(syntax: str) -> list[Argument]:
    """The arguments of a command; `syntax` is without the command's name.

    >>> [(a.name, a.type, a.optional) for a in read_syntax("key [COUNT count]")]
    [('key', 'key', False), ('count', 'integer', True)]
    >>> [option.token for option in read_syntax("key [NX | XX]")[1].children]
    ['NX', 'XX']
    """
    return _Syntax(re.findall(r"\.\.\.|[][<>|]|\"\"|[^\s\][<>|]+", syntax)).sequence()


class _Syntax:
    """A parser by recursive descent over the words of one syntax line."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0

    def sequence(self) -> list[Argument]:
        """Arguments one after another, up to a bracket that closes or a bar."""
        found: list[Argument] = []
        while self._next() not in ("]", ">", "|", ""):
            if self._is_repetition(found):
                self._skip_brackets()
                repeats_token = found[-1].token is not None and self._repeated_token
                found[-1] = replace(found[-1], multiple=True, repeats_token=repeats_token)
            else:
                found.append(self._argument())
        return found

    def _argument(self) -> Argument:
        word = self._take()
        if word == "[":
            return replace(self._alternatives("]"), optional=True)
        if word == "<":
            return self._alternatives(">")
        if not _is_token(word):
            return Argument(word, _type_of(word))
        if self._next() not in ("]", ">", "|", "[", "") and not _is_token(self._next()):
            value = self._argument()
            return replace(value, token=word.strip('"'))
        return Argument(word.lower(), "pure-token", word)

    def _alternatives(self, closing: str) -> Argument:
        choices = [_together(self.sequence())]
        while self._next() == "|":
            self._take()
            choices.append(_together(self.sequence()))
        assert self._take() == closing, "a bracket that is not closed"
        if len(choices) == 1:
            return choices[0]
        name = "-or-".join(choice.name for choice in choices[:2])
        return Argument(name, "oneof", children=choices)

    def _is_repetition(self, found: list[Argument]) -> bool:
        """At a bracket that ends in `...]`, and so says again what stands before it."""
        if self._next() != "[" or not found:
            return False
        depth = 0
        for at in range(self._at, len(self._words)):
            depth += {"[": 1, "]": -1}.get(self._words[at], 0)
            if not depth:
                return self._words[at - 1] == "..."
        return False

    def _skip_brackets(self) -> None:
        self._repeated_token = _is_token(self._words[self._at + 1])
        depth = 0
        while True:
            depth += {"[": 1, "]": -1}.get(self._take(), 0)
            if not depth:
                return

    def _next(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _take(self) -> str:
        word = self._next()
        self._at += 1
        return word


def _together(arguments: list[Argument]) -> Argument:
    if len(arguments) == 1:
        return arguments[0]
    return Argument("-".join(argument.name for argument in arguments), "block", children=arguments)


def _is_token(word: str) -> bool:
    return word == '""' or (word.upper() == word and word.lower() != word) or word in ("=", "~")


def _type_of(name: str) -> str:
    return next((kind for end, kind in TYPES.items() if name == end or name.endswith("-" + end)), "string")
