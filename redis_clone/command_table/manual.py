"""The manual page of a command, read from its docstring, and its syntax as a tree for COMMAND DOCS.

A page is a summary, an empty line, the syntax, and then "Since" with version and cost.  The syntax is written
as in Redis's documentation, and parsed into the tree from which redis-cli makes its hints:

    SET key value [NX | XX] [GET] [EX seconds | PX milliseconds]

    CAPITALS        a token, typed as it is             name          an argument
    [a]             may be left out                     [a ...]       may be repeated
    <a | b>         one of them                         TOKEN name    an argument behind its token

May import: protocol.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from redis_clone.protocol.replies import SimpleString

TYPES = {  # of an argument, by the last part of its name; the first that fits; all others are strings
    "time-seconds": "unix-time", "time-milliseconds": "unix-time",
    "key": "key", "key1": "key", "key2": "key", "newkey": "key", "destkey": "key", "sourcekey": "key",
    "source": "key", "destination": "key", "src": "key", "dst": "key",
    "pattern": "pattern",
    "seconds": "integer", "milliseconds": "integer", "count": "integer", "index": "integer",
    "start": "integer", "stop": "integer", "end": "integer", "offset": "integer", "increment": "integer",
    "decrement": "integer", "numkeys": "integer", "cursor": "integer", "timeout": "integer", "len": "integer",
    "rank": "integer", "protover": "integer", "matches": "integer", "limit": "integer",
    "index1": "integer", "index2": "integer", "db": "integer",
    "client-id": "integer", "port": "integer", "ttl": "integer", "frequency": "integer", "bit": "integer",
    "ms": "integer", "entries_read": "integer", "entries_added": "integer",
    "weight": "integer", "version": "integer", "numreplicas": "integer", "bits": "integer",
    "slot": "integer", "epoch": "integer",
    "score": "double", "min": "double", "max": "double",
    "longitude": "double", "latitude": "double", "radius": "double", "width": "double", "height": "double",
}  # fmt: skip
ID_OR_EDGE = {"start": "string", "end": "string"}
FRACTION = {"timeout": "double"}
LETTERS = {"min": "string", "max": "string"}
TYPES_IN = {  # the commands in which a name has another type
    "HINCRBYFLOAT": {"increment": "double"}, "INCRBYFLOAT": {"increment": "double"},
    "SETBIT": {"value": "integer"}, "BITFIELD": {"value": "integer"},
    **dict.fromkeys(["XRANGE", "XREVRANGE", "XAUTOCLAIM"], ID_OR_EDGE),
    "XPENDING": {"min-idle-time": "integer", **ID_OR_EDGE},
    **dict.fromkeys(["ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZREMRANGEBYLEX", "ZLEXCOUNT", "ZRANGESTORE"], LETTERS),
    "FUNCTION|LIST": {"library-name-pattern": "string"},
    "CLUSTER|KEYSLOT": {"key": "string"},
    "ZRANGE": {"start": "string", "stop": "string"},
    **dict.fromkeys(["BLPOP", "BRPOP", "BLMPOP", "BLMOVE", "BRPOPLPUSH"], FRACTION),
    **dict.fromkeys(["BZPOPMIN", "BZPOPMAX", "BZMPOP"], FRACTION),
}  # fmt: skip


class Page(NamedTuple):
    """One manual page."""

    summary: str
    syntax: str = ""
    since: str = ""
    complexity: str = ""


class Argument(NamedTuple):
    """One node of a syntax tree.

    `type` is string, integer, double, key, pattern, unix-time, pure-token, oneof or block.
    """

    name: str
    type: str
    token: str | None = None
    optional: bool = False
    multiple: bool = False
    repeats_token: bool = False
    children: Sequence["Argument"] = ()
    number: int = 0  # of a key: how many arguments before it are keys

    def as_reply(self, specs: int = 1) -> dict[str, object]:
        """The answer of COMMAND DOCS; `specs` is the number of the command's key specs, in key order."""
        reply: dict[str, object] = {"name": self.name, "type": self.type}
        if self.type not in ("oneof", "block", "pure-token"):
            reply["display_text"] = self.name
        if self.type == "key":
            reply["key_spec_index"] = min(self.number, specs - 1)
        if self.token is not None:
            reply["token"] = self.token
        flags = {"optional": self.optional, "multiple": self.multiple, "multiple_token": self.repeats_token}
        if any(flags.values()):
            reply["flags"] = {SimpleString(flag) for flag, is_set in flags.items() if is_set}
        if self.children:
            reply["arguments"] = [child.as_reply(specs) for child in self.children]
        return reply


def read_page(docstring: str) -> Page:
    """The manual page in a docstring.

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


def read_syntax(syntax: str, command: str = "") -> list[Argument]:
    """The arguments of a command; `syntax` is without its name.

    >>> [(a.name, a.type, a.optional) for a in read_syntax("key [COUNT count]")]
    [('key', 'key', False), ('count', 'integer', True)]
    >>> [option.token for option in read_syntax("key [NX | XX]")[1].children]
    ['NX', 'XX']
    """
    symbols = re.findall(r"\.\.\.|[][<>|]|\"\"|[^\s\][<>|]+", syntax)
    return _Syntax(symbols, TYPES_IN.get(command, {})).sequence()


class _Syntax:
    """A parser by recursive descent over one syntax line."""

    def __init__(self, symbols: list[str], types: dict[str, str]) -> None:
        self._symbols = symbols  # names, tokens, brackets and bars
        self._types = types  # of this command only
        self._at = 0
        self._keys = 0  # read so far

    def sequence(self) -> list[Argument]:
        """Arguments one behind another, up to a closing bracket or a bar."""
        found: list[Argument] = []
        while self._next() not in ("]", ">", "|", "...", ""):
            if self._is_repetition():
                self._repeat(found)
            else:
                found.append(self._argument())
        return found

    def _argument(self) -> Argument:
        symbol = self._take()
        if symbol == "[":
            return self._alternatives("]")._replace(optional=True)
        if symbol == "<":
            return self._alternatives(">")
        if not _is_token(symbol):
            return self._named(symbol)
        if self._next() not in ("]", ">", "|", "[", "") and not _is_token(self._next()):
            value = self._argument()
            return value._replace(token=symbol.strip('"'))
        return Argument(symbol.lower(), "pure-token", symbol.strip('"'))

    def _named(self, name: str) -> Argument:
        kind = self._types.get(name) or _type_of(name)
        number = self._keys if kind == "key" else 0
        self._keys += kind == "key"
        return Argument(name, kind, number=number)

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

    def _is_repetition(self) -> bool:
        """Whether a bracket begins here that ends in `...]`: it repeats the arguments in front of it."""
        if self._next() != "[":
            return False
        depth = 0
        for at in range(self._at, len(self._symbols)):
            depth += {"[": 1, "]": -1}.get(self._symbols[at], 0)
            if not depth:
                return self._symbols[at - 1] == "..."
        return False

    def _repeat(self, found: list[Argument]) -> None:
        """Mark as many of the last arguments as the bracket repeats."""
        self._take()
        again = self.sequence()
        assert (self._take(), self._take()) == ("...", "]"), "a repetition that is not closed"
        repeated = _together(found[-len(again) :])
        repeats_token = repeated.token is not None and again[0].token is not None
        found[-len(again) :] = [repeated._replace(multiple=True, repeats_token=repeats_token)]

    def _next(self) -> str:
        return self._symbols[self._at] if self._at < len(self._symbols) else ""

    def _take(self) -> str:
        symbol = self._next()
        self._at += 1
        return symbol


def _together(arguments: list[Argument]) -> Argument:
    """One argument for several; a token in front, as in `LIMIT offset count`, belongs to them all."""
    first, *rest = arguments
    if not rest:
        return first
    name = "-".join(argument.name for argument in arguments)
    own_token = first.optional or first.type == "pure-token"
    own_token |= any(argument.token or argument.type == "oneof" for argument in rest)
    if first.token is None or own_token:
        return Argument(name, "block", children=arguments)
    return Argument(first.token.lower(), "block", first.token, children=[first._replace(token=None), *rest])


def _is_token(symbol: str) -> bool:
    is_in_capitals = symbol.upper() == symbol and symbol.lower() != symbol
    return is_in_capitals or symbol in ('""', "=", "~", "*", "$")


def _type_of(name: str) -> str:
    return next((kind for end, kind in TYPES.items() if name == end or name.endswith("-" + end)), "string")
