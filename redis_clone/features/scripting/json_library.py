"""cjson: reads and writes JSON as the library lua-cjson 2.1 does.

A table whose keys are positive integers is an array, unless it has too many holes; an empty one is an object.
JSON's null is cjson.null.  Numbers are written with 14 digits.  No function here is recursive, because tables
may be nested a thousand deep.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple

from redis_clone.features.scripting.library import (
    LibraryError,
    Pairs,
    Table,
    Tables,
    bad_argument,
    int32_at,
    parse_number,
    string_at,
    type_name,
    with_breaks,
)
from redis_clone.features.scripting.plain_json import decode_plain

INT_MAX = 2**31 - 1
MOST_HOLES = 100_000_000  # in an array; their text fills Lua's memory

ESCAPES = {
    ord('"'): b'\\"', ord("\\"): b"\\\\", ord("/"): b"\\/", ord("\b"): b"\\b", ord("\t"): b"\\t",
    ord("\n"): b"\\n", ord("\f"): b"\\f", ord("\r"): b"\\r", 127: b"\\u007f",
}  # fmt: skip
ESCAPES |= {code: b"\\u%04x" % code for code in range(32) if code not in ESCAPES}
UNESCAPES = {
    b'"': b'"',
    b"\\": b"\\",
    b"/": b"/",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
}
MARKS = {
    b"{": "T_OBJ_BEGIN", b"}": "T_OBJ_END", b"[": "T_ARR_BEGIN", b"]": "T_ARR_END", b":": "T_COLON",
    b",": "T_COMMA", b"": "T_END", b"\0": "T_END",
}  # fmt: skip
WORDS = {b"true": ("T_BOOLEAN", True), b"false": ("T_BOOLEAN", False), b"null": ("T_NULL", None)}

_SPACE = re.compile(rb"[ \t\n\r]*")
_NUMBER = re.compile(  # as much as strtod() reads
    rb"[-+]?(?:0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[-+]?\d+)?"
    rb"|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?|nan(?:\(\w*\))?)",
    re.IGNORECASE,
)
_UNUSUAL = re.compile(rb"\+|-?(?:0x|0\d|inf|nan)", re.IGNORECASE)  # what is not JSON
_PLAIN = re.compile(rb'[^"\\\x00]*')
_SPECIAL = re.compile(rb'[\x00-\x1f"\\/\x7f]')
_HEX = re.compile(rb"[0-9a-fA-F]{4}")


@dataclass
class Settings:
    """The settings that cjson.encode_max_depth() and similar functions read and change."""

    sparse_convert: bool = False
    sparse_ratio: int = 2
    sparse_safe: int = 10
    encode_depth: int = 1000
    decode_depth: int = 1000
    precision: int = 14
    keep_buffer: bool = True  # has no effect here
    encode_invalid: bool | bytes = False  # whether NaN and infinity are written: True, or b"null" for null
    decode_invalid: bool = True


@dataclass
class Encoder:
    settings: Settings
    tables: Tables
    pieces: list[bytes] = field(default_factory=list)
    opened: list[Iterator[Table]] = field(default_factory=list)  # containers that are not yet at their end

    def encode(self, value: Any) -> bytes:
        if not self._adds(value):
            self._open(value)
        while self.opened:
            for table in self.opened[-1]:
                self._open(table)
                break
            else:
                self.opened.pop()
        return b"".join(self.pieces)

    def _adds(self, value: Any) -> bool:
        """Writes a value that is no table; False if it is one."""
        kind = type(value)
        if kind is bytes:
            self.pieces.append(_quoted(value))
        elif kind is int or kind is float:
            self.pieces.append(self._number(value))
        elif kind is bool:
            self.pieces.append(b"true" if value else b"false")
        elif value is None or self.tables.is_null(value):
            self.pieces.append(b"null")
        else:
            return False
        return True

    def _open(self, table: Table) -> None:
        pairs = self.tables.pairs_of(table)
        if pairs is None:
            raise LibraryError(f"Cannot serialise {type_name(table)}: type not supported")
        if len(self.opened) == self.settings.encode_depth:
            raise LibraryError(f"Cannot serialise, excessive nesting ({len(self.opened) + 1})")
        is_array = self._array_length(pairs) > 0
        self.opened.append(self._write_array(pairs) if is_array else self._write_object(pairs))

    def _array_length(self, pairs: Pairs) -> int:
        """The length of the array; 0 if the table is none."""
        length = 0
        for key, _ in pairs:
            if type(key) is not int or not 0 < key <= INT_MAX:
                return 0
            length = max(length, key)
        settings = self.settings
        is_sparse = length > len(pairs) * settings.sparse_ratio and length > settings.sparse_safe
        if settings.sparse_ratio and is_sparse:
            if not settings.sparse_convert:
                raise LibraryError("Cannot serialise table: excessively sparse array")
            return 0
        return length

    def _write_array(self, pairs: Pairs) -> Iterator[Table]:
        """Writes an array; yields each table in it, which is written before the array goes on."""
        pairs.sort(key=itemgetter(0))
        self.pieces.append(b"[")
        expected = 1
        for key, value in with_breaks(pairs, self.tables.check_time):
            self.pieces.append(b"" if expected == 1 else b",")
            self.pieces.append(_holes(key - expected))
            if not self._adds(value):
                yield value
            expected = key + 1
        self.pieces.append(b"]")

    def _write_object(self, pairs: Pairs) -> Iterator[Table]:
        """Writes an object; yields as _write_array does."""
        comma = b"{"
        for key, value in with_breaks(pairs, self.tables.check_time):
            if type(key) not in (bytes, int, float):
                raise LibraryError(f"Cannot serialise {type_name(key)}: table key must be a number or string")
            name = _quoted(key) if isinstance(key, bytes) else b'"%b"' % self._number(key)
            self.pieces.append(comma + name + b":")
            if not self._adds(value):
                yield value
            comma = b","
        self.pieces.append(b"}" if pairs else b"{}")

    def _number(self, number: int | float) -> bytes:
        if not math.isfinite(number):
            if not self.settings.encode_invalid:
                raise LibraryError("Cannot serialise number: must not be NaN or Inf")
            if self.settings.encode_invalid == b"null":
                return b"null"
            if math.isnan(number):
                return b"nan"
        return b"%.*g" % (self.settings.precision, number)


def _holes(missing: int) -> bytes:
    """The nulls of so many items that are not there."""
    if missing > MOST_HOLES:
        raise LibraryError("not enough memory")
    return b"null," * missing


def _quoted(text: bytes) -> bytes:
    return b'"%b"' % _SPECIAL.sub(lambda found: ESCAPES[found[0][0]], text)


class Token(NamedTuple):
    kind: str  # "" for an invalid one; `value` is the reason
    value: Any
    start: int  # counted from 1

    def instead_of(self, expected: str) -> LibraryError:
        return LibraryError(
            f"Expected {expected} but found {self.kind or self.value} at character {self.start}"
        )


class Decoder:
    """Reads one text."""

    def __init__(self, text: bytes, settings: Settings, tables: Tables) -> None:
        self._text = text
        self._at = 0
        self._settings = settings
        self._tables = tables

    def decode(self) -> Any:
        if b"\0" in self._text[:2] and len(self._text) > 1:
            raise LibraryError("JSON parser does not support UTF-16 or UTF-32")
        value = self._document()
        token = self._token()
        if token.kind != "T_END":
            raise token.instead_of("the end")
        return value

    def _document(self) -> Any:
        """Reads one value.  `opened` holds unfinished containers: a list, or a dict and its next key."""
        opened: list[tuple[Any, Any]] = []
        for _ in with_breaks(count(), self._tables.check_time):
            kind, value, start = token = self._token()
            if kind in ("T_ARR_BEGIN", "T_OBJ_BEGIN"):
                self._check_depth(len(opened) + 1, start)
                container: Any = [] if kind == "T_ARR_BEGIN" else {}
                if self._closes_at_once(kind):
                    value = self._closed(container)
                else:
                    opened.append((container, self._key() if kind == "T_OBJ_BEGIN" else None))
                    continue
            elif kind not in ("T_STRING", "T_NUMBER", "T_BOOLEAN", "T_NULL"):
                raise token.instead_of("value")
            value = self._tables.null() if kind == "T_NULL" else value
            while opened:
                container, key = opened.pop()
                if not self._put(container, key, value):
                    opened.append((container, self._key() if isinstance(container, dict) else None))
                    break
                value = self._closed(container)
            else:
                return value
        raise AssertionError("the count has no end")

    def _closed(self, container: Any) -> Table:
        if isinstance(container, list):
            return self._tables.of_list(container)
        return self._tables.of_pairs(list(container.items()))

    def _put(self, container: Any, key: Any, value: Any) -> bool:
        """Adds a value to a container, and reads the sign behind it; True if that ends the container."""
        if isinstance(container, list):
            container.append(value)
            name, end = "array", "T_ARR_END"
        else:
            container[key] = value
            name, end = "object", "T_OBJ_END"
        token = self._token()
        if token.kind not in ("T_COMMA", end):
            raise token.instead_of(f"comma or {name} end")
        return token.kind == end

    def _closes_at_once(self, kind: str) -> bool:
        before = self._at
        if self._token().kind == kind.replace("BEGIN", "END"):
            return True
        self._at = before
        return False

    def _key(self) -> bytes:
        name = self._token()
        if name.kind != "T_STRING":
            raise name.instead_of("object key string")
        colon = self._token()
        if colon.kind != "T_COLON":
            raise colon.instead_of("colon")
        return name.value  # type: ignore[no-any-return]

    def _check_depth(self, depth: int, start: int) -> None:
        if depth > self._settings.decode_depth:
            raise LibraryError(f"Found too many nested data structures ({depth}) at character {start}")

    def _token(self) -> Token:
        found = _SPACE.match(self._text, self._at)
        start = found.end() if found else self._at
        first = self._text[start : start + 1]
        if first in MARKS:
            self._at = start + len(first.rstrip(b"\0"))  # the end is not passed
            return Token(MARKS[first], None, start + 1)
        if first == b'"':
            return self._string(start)
        for word, (kind, value) in WORDS.items():
            if self._text.startswith(word, start):
                self._at = start + len(word)
                return Token(kind, value, start + 1)
        return self._number(start, first)

    def _number(self, start: int, first: bytes) -> Token:
        is_unusual, takes_it = _UNUSUAL.match(self._text, start), self._settings.decode_invalid
        begins_one = first == b"-" or first.isdigit()
        if not (begins_one or (is_unusual and takes_it)):
            return Token("", "invalid token", start + 1)
        number = _NUMBER.match(self._text, start)
        if not number or (is_unusual and not takes_it):
            return Token("", "invalid number", start + 1)
        self._at = number.end()
        return Token("T_NUMBER", _number(number[0]), start + 1)

    def _string(self, start: int) -> Token:
        pieces = []
        at = start + 1
        for _ in with_breaks(count(), self._tables.check_time):
            plain = _PLAIN.match(self._text, at)
            assert plain is not None
            pieces.append(plain[0])
            at = plain.end()
            if self._text[at : at + 1] == b'"':
                self._at = at + 1
                return Token("T_STRING", b"".join(pieces), start + 1)
            if self._text[at : at + 1] != b"\\":
                return Token("", "unexpected end of string", at + 1)
            piece, following = self._escape(at)
            if piece is None:
                is_unicode = self._text[at + 1 : at + 2] == b"u"
                return Token("", f"invalid {'unicode ' if is_unicode else ''}escape code", at + 1)
            pieces.append(piece)
            at = following
        raise AssertionError("the count has no end")

    def _escape(self, at: int) -> tuple[bytes | None, int]:
        """The escaped bytes, None if they are invalid, and where the escape ends."""
        letter = self._text[at + 1 : at + 2]
        if letter != b"u":
            return UNESCAPES.get(letter), at + 2
        code, end = self._code(at), at + 6
        if 0xD800 <= code < 0xDC00:
            low = self._code(end) if self._text[end : end + 2] == b"\\u" else 0
            if not 0xDC00 <= low < 0xE000:
                return None, at
            code, end = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF), end + 6
        if code < 0 or 0xDC00 <= code < 0xE000:
            return None, at
        return chr(code).encode(), end

    def _code(self, at: int) -> int:
        """The code behind \\u; -1 if it is invalid."""
        digits = _HEX.match(self._text, at + 2)
        return int(digits[0], 16) if digits else -1


def _number(text: bytes) -> int | float:
    number = parse_number(text.partition(b"(")[0])
    assert number is not None
    is_plain = number.is_integer() and abs(number) < 2**53
    return int(number) if is_plain and number else number  # -0 stays a float


def functions(tables: Tables) -> dict[str, Any]:
    settings = Settings()

    def encode(*arguments: Any) -> bytes:
        if len(arguments) != 1:
            raise bad_argument(1, "expected 1 argument")
        return Encoder(settings, tables).encode(arguments[0])

    def decode(*arguments: Any) -> Any:
        if len(arguments) != 1:
            raise bad_argument(1, "expected 1 argument")
        text = string_at(arguments, 0)
        plain = decode_plain(text, settings.decode_depth, tables)
        return plain[0] if plain else Decoder(text, settings, tables).decode()

    def encode_sparse_array(*arguments: Any) -> tuple[Any, ...]:
        _at_most(arguments, 3)
        settings.sparse_convert = _flag(arguments, settings.sparse_convert)
        settings.sparse_ratio = _within(arguments, 1, settings.sparse_ratio, (0, INT_MAX))
        settings.sparse_safe = _within(arguments, 2, settings.sparse_safe, (0, INT_MAX))
        return settings.sparse_convert, settings.sparse_ratio, settings.sparse_safe

    def encode_invalid_numbers(*arguments: Any) -> bool | bytes:
        _at_most(arguments, 1)
        if arguments[:1] == (b"null",):
            settings.encode_invalid = b"null"
        elif arguments and arguments[0] is not None:
            settings.encode_invalid = _flag(arguments, False)
        return settings.encode_invalid

    return {
        "encode": encode,
        "decode": decode,
        "encode_sparse_array": encode_sparse_array,
        "encode_invalid_numbers": encode_invalid_numbers,
        "encode_max_depth": _setting(settings, "encode_depth", (1, INT_MAX)),
        "decode_max_depth": _setting(settings, "decode_depth", (1, INT_MAX)),
        "encode_number_precision": _setting(settings, "precision", (1, 14)),
        "encode_keep_buffer": _switch(settings, "keep_buffer"),
        "decode_invalid_numbers": _switch(settings, "decode_invalid"),
    }


def _setting(settings: Settings, attribute: str, limits: tuple[int, int]) -> Any:
    def setting(*arguments: Any) -> int:
        _at_most(arguments, 1)
        setattr(settings, attribute, _within(arguments, 0, getattr(settings, attribute), limits))
        return getattr(settings, attribute)  # type: ignore[no-any-return]

    return setting


def _switch(settings: Settings, attribute: str) -> Any:
    def switch(*arguments: Any) -> bool:
        _at_most(arguments, 1)
        setattr(settings, attribute, _flag(arguments, getattr(settings, attribute)))
        return getattr(settings, attribute)  # type: ignore[no-any-return]

    return switch


def _at_most(arguments: tuple[Any, ...], count: int) -> None:
    if len(arguments) > count:
        raise bad_argument(count + 1, "found too many arguments")


def _within(arguments: tuple[Any, ...], index: int, default: int, limits: tuple[int, int]) -> int:
    low, high = limits
    number = int32_at(arguments, index, default)
    if not low <= number <= high:
        raise bad_argument(1, f"expected integer between {low} and {high}")  # always #1, as in lua-cjson
    return number


def _flag(arguments: tuple[Any, ...], default: bool) -> bool:
    value = arguments[0] if arguments else None
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    text = string_at(arguments, 0)
    if text not in (b"on", b"off"):
        raise bad_argument(1, f"invalid option '{text.decode('latin-1')}'")
    return text == b"on"
