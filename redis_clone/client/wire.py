r"""`--wire` shows the bytes of each request and each reply, and explains every piece of them.

127.0.0.1:6379> GET greeting
──> 27 bytes to the server
    *2\r\n                 array of 2, a command with 1 argument
    ├ $3\r\n GET\r\n       the command: bulk string of 3 bytes
    └ $8\r\n greeting\r\n  argument 1: bulk string of 8 bytes
<── 11 bytes from the server, 0.2 ms later
    $5\r\n hello\r\n  bulk string of 5 bytes; counted, so any byte may be in it
"hello"

The bytes are shown on stderr, so that a pipe still gets the replies alone.  Passwords are hidden, because
others may see the screen; on the connection they are sent as plain text, unless there is TLS.
"""

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from redis_clone.client.resp_pieces import (
    KINDS,
    NOTES,
    SHAPES_ASCII,
    SHAPES_UNICODE,
    Piece,
    count_commands,
    pieces_of,
)
from redis_clone.command_table.redaction import redacted
from redis_clone.protocol.inline import quote

LONGEST_BODY = 40  # characters of a value; the rest is counted
WIDEST_COLUMN = 44  # what is longer pushes its meaning to the right

PLAIN = {"kind": "", "body": "", "end": "", "meaning": "", "arrow": "", "off": ""}
COLOURS = {
    "kind": "\x1b[36m",  # cyan: what the protocol adds
    "body": "\x1b[1m",  # bold: what the user sent or gets
    "end": "\x1b[2m",
    "meaning": "\x1b[32m",
    "arrow": "\x1b[33m",
    "off": "\x1b[0m",
}

LEGEND_END = """\
A request is always an array of bulk strings.  A reply is one value of any type.
The types from _ on are RESP3's: say HELLO 3, or start with -3."""


class Wire:
    """A watcher of the connection, which can be switched on and off."""

    def __init__(self, screen: TextIO, is_on: bool, clock: Callable[[], float] = time.perf_counter) -> None:
        self._screen = screen
        self.is_watching = is_on
        self._clock = clock
        self._sent_at = 0.0
        self._due = 0  # replies to a pipeline that are still to come
        self._pipelined = 0
        self._style = COLOURS if _has_colours(screen) else PLAIN
        self._is_unicode = (screen.encoding or "").lower().replace("-", "").startswith("utf8")

    def begin(self) -> None:
        """Start with a new connection, on which no reply is due."""
        self._due = 0

    def sending(self, commands: bytes) -> None:
        pieces = pieces_of(commands, is_request=True, shapes=self._shapes)
        count = count_commands(pieces)
        self._pipelined = count + (self._pipelined if self._due else 0)
        self._due += count
        title = f"{_bytes(commands)} to the server"
        if count > 1:
            title += f": a pipeline, {count} commands in one go, before any reply is read"
        self._show("──> " if self._is_unicode else "--> ", title, list(_without_passwords(pieces)))
        self._sent_at = self._clock()

    def received(self, reply: bytes) -> None:
        title = f"{_bytes(reply)} from the server"
        if reply[:1] == b">":
            title += ", out of turn"
        else:
            title += self._which_reply()
        self._show("<── " if self._is_unicode else "<-- ", title, pieces_of(reply, shapes=self._shapes))

    def legend(self) -> str:
        """The types of RESP, a line each."""
        rows = [f"  {kind.decode()}  {name:<16} {NOTES[kind]}".rstrip() for kind, name in KINDS.items()]
        return "\n".join(
            ["The first byte of a value says its type; \\r\\n ends each line.", *rows, LEGEND_END]
        )

    @property
    def _shapes(self) -> tuple[str, ...]:
        return SHAPES_UNICODE if self._is_unicode else SHAPES_ASCII

    def _which_reply(self) -> str:
        if self._due == 0:
            return ""  # a message, or one more answer to the same command
        self._due -= 1
        number = f", reply {self._pipelined - self._due} of {self._pipelined}" if self._pipelined > 1 else ""
        return f"{number}, {(self._clock() - self._sent_at) * 1000:.1f} ms later"

    def _show(self, arrow: str, title: str, pieces: list[Piece]) -> None:
        sys.stdout.flush()  # the two share a screen
        style = self._style
        lines = [f"{style['arrow']}{arrow}{title}{style['off']}", *self._drawn(pieces)]
        self._screen.write("\n".join(lines) + "\n")
        self._screen.flush()

    def _drawn(self, pieces: list[Piece]) -> Iterator[str]:
        shown = [self._drawn_bytes(piece) for piece in pieces]
        fitting = [width for _, width in shown if width <= WIDEST_COLUMN]
        column = max(fitting, default=0)
        for piece, (text, width) in zip(pieces, shown, strict=True):
            gap = " " * (max(column - width, 0) + 2)
            yield f"    {text}{gap}{self._style['meaning']}{piece.meaning}{self._style['off']}"

    def _drawn_bytes(self, piece: Piece) -> tuple[str, int]:
        """A piece's bytes as they are shown, and how wide that is without its colours."""
        style, head, body = self._style, _text(piece.head), _text(piece.body)
        width = len(piece.branch) + len(head) + len(body) + (1 if body else 0)
        text = f"{style['end']}{piece.branch}{style['off']}{self._coloured(head, 'kind')}"
        return text + (f" {self._coloured(body, 'body')}" if body else ""), width

    def _coloured(self, text: str, part: str) -> str:
        body, end = (text[:-4], text[-4:]) if text.endswith("\\r\\n") else (text, "")
        style = self._style
        return f"{style[part]}{body}{style['off']}{style['end']}{end}{style['off']}"


def _text(data: bytes) -> str:
    r"""Bytes as they could be typed in quotes; of a long value the beginning, and always its end of line.

    >>> _text(b"$3\r\n"), _text(b"\xc3\xa9\r\n")
    ('$3\\r\\n', '\\xc3\\xa9\\r\\n')
    """
    value, end = (data[:-2], "\\r\\n") if data.endswith(b"\r\n") else (data, "")
    shown = ""
    for byte in value:
        letter = chr(byte) if byte == ord('"') else quote(bytes([byte]))[1:-1].decode("ascii")
        if len(shown) + len(letter) > LONGEST_BODY:
            return shown + "..." + end
        shown += letter
    return shown + end


def _bytes(data: bytes) -> str:
    return "1 byte" if len(data) == 1 else f"{len(data)} bytes"


def _has_colours(screen: TextIO) -> bool:
    return screen.isatty() and os.environ.get("TERM") not in (None, "dumb") and "NO_COLOR" not in os.environ


def _without_passwords(pieces: list[Piece]) -> Iterator[Piece]:
    """The pieces of requests; each command is a piece without a branch, and one for each of its words."""
    at = 0
    while at < len(pieces):
        words = list(itertools.takewhile(lambda piece: piece.branch, pieces[at + 1 :]))
        yield pieces[at] if words else _safe_line(pieces[at])
        plain = [piece.body[:-2] for piece in words]
        shown = redacted(plain) if plain else []
        for piece, before, after in zip(words, plain, shown, strict=True):
            yield piece if before == after else _hidden(piece)._replace(body=b"********\r\n")
        at += 1 + len(words)


def _safe_line(piece: Piece) -> Piece:
    """An inline command, in which the password is not marked off: all of it is hidden."""
    words = piece.head.split()
    is_secret = bool(words) and redacted(words) != words
    return _hidden(piece)._replace(head=b"********\r\n") if is_secret else piece


def _hidden(piece: Piece) -> Piece:
    return piece._replace(meaning=f"{piece.meaning}, hidden here")
