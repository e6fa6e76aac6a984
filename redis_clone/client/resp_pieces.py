r"""Takes RESP apart: bytes -> one piece for each value in them, with its meaning in plain words.

    *2\r\n                   array of 2 ...
    ├ $3\r\n GET\r\n         bulk string of 3 bytes ...
    └ $8\r\n greeting\r\n    bulk string of 8 bytes ...

Legend
    head    what says of which type and how long a value is: $3\r\n; or the whole of a short value: :7\r\n
    body    the counted bytes behind a head, with the end of line that is not counted: GET\r\n
    branch  the lines of a tree that lead from an array to its items
    role    what the value is to the one around it: "the command", "key", "value"

The note on a type is given once in a message, so that a long message stays readable.  Bytes that are no RESP
become one last piece that says so.  This module is pure: no socket, no terminal.  It has a parser of its own,
because read_reply() throws away the lengths and the ends of lines, which are shown here.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

MOST_ITEMS = 32  # of one array; the rest is counted
MOST_LEVELS = 100  # of arrays in arrays; what is deeper is left out

KINDS = {
    b"+": "simple string",
    b"-": "error",
    b":": "integer",
    b"$": "bulk string",
    b"*": "array",
    b"_": "null",
    b"#": "boolean",
    b",": "double",
    b"(": "big number",
    b"=": "verbatim string",
    b"~": "set",
    b"%": "map",
    b"|": "attribute",
    b">": "push",
}

NOTES = {
    b"+": "a short status, up to the end of the line",
    b"-": "the first word is its kind, the rest for people",
    b":": "in decimal digits",
    b"$": "counted, so any byte may be in it",
    b"*": "",
    b"_": "there is no value (RESP2: $-1 or *-1)",
    b"#": "RESP2 would say :1 or :0",
    b",": "a number with a fraction (RESP2: its digits as a bulk string)",
    b"(": "an integer of more than 64 bits",
    b"=": "3 letters for the format, a colon, then a text for people",
    b"~": "an array in no order (RESP2: *)",
    b"%": "key and value in turn (RESP2: *, twice as many)",
    b"|": "it is about the reply behind it",
    b">": "nobody asked for it just now (RESP2: *)",
}

INLINE = "inline command, words in a line as one types them into telnet"
EMPTY_LINE = "an empty line, which the server passes over"

COUNTED, AGGREGATES, PAIRED = b"$=", b"*~%|>", b"%|"
SHAPES_UNICODE, SHAPES_ASCII = ("├ ", "└ ", "│ ", "  "), ("|-", "`-", "| ", "  ")


class Piece(NamedTuple):
    branch: str
    head: bytes
    body: bytes
    meaning: str


class Broken(ValueError):
    """The bytes are no RESP, or end in the middle."""


def pieces_of(data: bytes, is_request: bool = False, shapes: tuple[str, ...] = SHAPES_UNICODE) -> list[Piece]:
    r"""
    >>> for branch, head, body, meaning in pieces_of(b"*2\r\n:1\r\n$1\r\na\r\n"):
    ...     print(branch, head, body, meaning)
     b'*2\r\n' b'' array of 2
    ├  b':1\r\n' b'' integer; in decimal digits
    └  b'$1\r\n' b'a\r\n' bulk string of 1 byte; counted, so any byte may be in it
    """
    parser = _Parser(data, is_request, shapes)
    return list(parser.all_of_it())


def count_commands(pieces: list[Piece]) -> int:
    r"""How many commands these pieces of requests are.

    >>> count_commands(pieces_of(b"*1\r\n$4\r\nPING\r\n" * 3, is_request=True))
    3
    """
    return sum(not piece.branch and bool(piece.head.strip()) for piece in pieces)


class _Parser:
    """Walks through the bytes once; `_at` is where it stands."""

    def __init__(self, data: bytes, is_request: bool, shapes: tuple[str, ...]) -> None:
        self._data = data
        self._is_request = is_request
        self._item, self._last_item, self._past_item, self._past_last = shapes
        self._at = 0
        self._noted: set[bytes] = set()

    def all_of_it(self) -> Iterator[Piece]:
        while self._at < len(self._data):
            began = self._at
            try:
                yield from self._value("", "", "the command" if self._is_request else "")
            except ValueError:  # Broken, or a length that is no number
                yield Piece("", self._data[began:], b"", "not RESP, or not all of it")
                return

    def _value(self, first: str, further: str, role: str) -> Iterator[Piece]:
        """The value that begins here; `first` stands before its line, `further` before those of its items."""
        if self._is_request and not first and self._data[self._at : self._at + 1] != b"*":
            line = self._line()
            yield Piece("", line, b"", INLINE if line.strip() else EMPTY_LINE)
            return
        if len(further) == MOST_LEVELS * len(self._past_item):
            self._skip_value()
            yield Piece(first, b"", b"", "... nested deeper")
            return
        head = self._line()
        kind, text = head[:1], head[1:-2]
        if kind not in KINDS:
            raise Broken
        if kind in AGGREGATES and int(text) >= 0:
            yield from self._aggregate(head, first, further, role)
            return
        body = self._take(int(text) + 2) if kind in COUNTED and int(text) >= 0 else b""
        yield Piece(first, head, body, _with_role(role, self._meaning(kind, text, body)))

    def _aggregate(self, head: bytes, first: str, further: str, role: str) -> Iterator[Piece]:
        kind, count = head[:1], int(head[1:-2])
        is_command = self._is_request and not first
        meaning = _size_of_command(count) if is_command else self._meaning(kind, b"%d" % count, b"")
        yield Piece(first, head, b"", meaning if is_command else _with_role(role, meaning))
        roles = _roles_of_command if is_command else _roles_of_pairs if kind in PAIRED else _no_roles
        total = count * 2 if kind in PAIRED else count
        for at in range(total):
            is_last = at == total - 1
            branch = further + (self._last_item if is_last else self._item)
            inner = further + (self._past_last if is_last else self._past_item)
            shown = list(self._value(branch, inner, roles(at)))
            if at < MOST_ITEMS:
                yield from shown
        if total > MOST_ITEMS:
            yield Piece(further + self._last_item, b"", b"", f"... and {total - MOST_ITEMS} more")

    def _skip_value(self) -> None:
        missing = 1  # values
        while missing:
            head = self._line()
            kind, text = head[:1], head[1:-2]
            missing -= 1
            if kind in AGGREGATES:
                missing += max(int(text), 0) * (2 if kind in PAIRED else 1)
            elif kind in COUNTED and int(text) >= 0:
                self._take(int(text) + 2)

    def _meaning(self, kind: bytes, text: bytes, body: bytes) -> str:
        meaning = _describe(kind, text, body)
        is_news = kind not in self._noted and not self._is_request and text != b"-1"
        self._noted.add(kind)
        return f"{meaning}; {NOTES[kind]}" if is_news and NOTES[kind] else meaning

    def _line(self) -> bytes:
        end = self._data.find(b"\n" if self._is_request else b"\r\n", self._at)
        if end < 0:
            raise Broken
        return self._take(end + (1 if self._is_request else 2) - self._at)

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise Broken
        self._at += count
        return taken


def _describe(kind: bytes, text: bytes, body: bytes) -> str:
    if kind in DESCRIPTIONS:
        return DESCRIPTIONS[kind](text, body)
    return KINDS[kind]


def _describe_counted(kind: str) -> Callable[[bytes, bytes], str]:
    def describe(text: bytes, body: bytes) -> str:
        if text == b"-1":
            return f"null {kind}; there is no value (RESP3: _)"
        return f"{kind} of {_plural(int(text), 'byte')}{_reading(body[:-2])}"

    return describe


def _describe_array(text: bytes, _: bytes) -> str:
    if text == b"-1":
        return "null array; nothing came, or nothing was done (RESP3: _)"
    return f"array of {text.decode()}" if int(text) else "empty array"


DESCRIPTIONS: dict[bytes, Callable[[bytes, bytes], str]] = {
    b"$": _describe_counted("bulk string"),
    b"=": _describe_counted("verbatim string"),
    b"*": _describe_array,
    b"~": lambda text, _: f"set of {text.decode()}",
    b">": lambda text, _: f"push of {text.decode()}",
    b"%": lambda text, _: f"map of {_plural(int(text), 'pair')}",
    b"|": lambda text, _: f"attribute of {_plural(int(text), 'pair')}",
    b"#": lambda text, _: f"boolean, {'true' if text == b't' else 'false'}",
}


def _reading(body: bytes) -> str:
    r"""What the bytes say where they are text beyond ASCII, for a letter may be several bytes.

    >>> _reading("café".encode()), _reading(b"cafe"), _reading(b"\xff")
    (' (café in UTF-8)', '', '')
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return f" ({text} in UTF-8)" if not text.isascii() and text.isprintable() and len(text) <= 24 else ""


def _size_of_command(count: int) -> str:
    """
    >>> _size_of_command(3), _size_of_command(1)
    ('array of 3, a command with 2 arguments', 'array of 1, a command alone')
    """
    if count == 1:
        return "array of 1, a command alone"
    return f"array of {count}, a command with {_plural(count - 1, 'argument')}"


def _roles_of_command(at: int) -> str:
    return f"argument {at}" if at else "the command"


def _roles_of_pairs(at: int) -> str:
    return "value" if at % 2 else "key"


def _no_roles(at: int) -> str:
    return ""


def _with_role(role: str, meaning: str) -> str:
    return f"{role}: {meaning}" if role else meaning


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
