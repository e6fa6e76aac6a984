r"""Commands typed as text: a line from telnet, from redis-cli's prompt or from redis.conf, split into words.

Words are separated by spaces.  A word may be "quoted", with the escapes \n \r \t \b \a \xHH \" \\, or
'quoted', with the escape \' only.  A closing quote ends the word, so a space or the end of the line must
follow it (sdssplitargs in sds.c).

Imports nothing of ours.
"""

import re

ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}

_SPACES = re.compile(rb"[ \t\n\v\f\r\0]*")
_BARE = re.compile(rb"[^ \t\n\r\0\"']+")
_DOUBLE_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"(?=[ \t\n\v\f\r]|\Z)', re.DOTALL)
_SINGLE_QUOTED = re.compile(rb"'((?:[^'\\]|\\.)*)'(?=[ \t\n\v\f\r]|\Z)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)


class UnbalancedQuotes(ValueError):
    """A quote that is never closed, or closed in the middle of a word."""


def split_words(line: bytes) -> list[bytes]:
    r"""The words of a line, without their quotes.

    >>> split_words(rb'''SET "a key" 'it\'s' "\x00\n"''')
    [b'SET', b'a key', b"it's", b'\x00\n']
    """
    words = []
    at = _skip_spaces(line, 0)
    while at < len(line):
        word, at = _read_word(line, at)
        words.append(word)
        at = _skip_spaces(line, at)
    return words


def quote(word: bytes) -> bytes:
    r"""`word` in quotes and escapes, as MONITOR and redis-cli print it (sdscatrepr in sds.c).

    >>> quote(b'say "hi"\n\xff')
    b'"say \\"hi\\"\\n\\xff"'
    """
    return b'"' + b"".join(_QUOTED[byte] for byte in word) + b'"'


def _quoted_byte(byte: int) -> bytes:
    character = bytes([byte])
    if character in (b"\\", b'"'):
        return b"\\" + character
    for letter, escaped in ESCAPES.items():
        if character == escaped:
            return b"\\" + letter
    return character if 0x20 <= byte < 0x7F else b"\\x%02x" % byte


_QUOTED = [_quoted_byte(byte) for byte in range(256)]


def _skip_spaces(line: bytes, at: int) -> int:
    found = _SPACES.match(line, at)
    assert found is not None  # the pattern matches the empty string too
    return found.end()


def _read_word(line: bytes, at: int) -> tuple[bytes, int]:
    """The word that begins at `at`, and the position behind it.  Quotes may begin in its middle: ab"c d"."""
    parts = []
    while found := _BARE.match(line, at):
        parts.append(found[0])
        at = found.end()
    if line[at : at + 1] == b'"':
        found = _DOUBLE_QUOTED.match(line, at)
        parts.append(_ESCAPE.sub(_unescaped, found[1]) if found else b"")
    elif line[at : at + 1] == b"'":
        found = _SINGLE_QUOTED.match(line, at)
        parts.append(found[1].replace(rb"\'", b"'") if found else b"")
    else:
        return b"".join(parts), at
    if found is None:
        raise UnbalancedQuotes
    return b"".join(parts), found.end()


def _unescaped(found: "re.Match[bytes]") -> bytes:
    escape = found[1]
    if len(escape) == 3:
        return bytes([int(escape[1:], 16)])
    return ESCAPES.get(escape, escape)
