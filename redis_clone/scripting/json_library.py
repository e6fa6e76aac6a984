"""cjson: JSON as the library lua-cjson 2.1 writes and reads it.

A table whose keys are positive integers is an array, unless it has too many holes; an empty one is an object.
JSON's null is cjson.null.  Numbers are written with 14 digits.  Nothing here calls itself, for tables may be
nested a thousand deep.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from redis_clone.scripting.library import LibraryError, bad_argument, integer_at, string_at

Table = Any

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
_NUMBER = re.compile(rb"[-+]?(?:0x[0-9a-f]+|\d+\.?\d*(?:e[-+]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_UNUSUAL = re.compile(rb"[-+]?(?:0x|inf|nan)", re.IGNORECASE)
_PLAIN = re.compile(rb'[^"\\]*')
_SPECIAL = re.compile(rb'[\x00-\x1f"\\/\x7f]')
_HEX = re.compile(rb"[0-9a-fA-F]{4}")


@dataclass
class Settings:
    """What the functions cjson.encode_max_depth() and its kin read and change."""

    sparse_convert: bool = False
    sparse_ratio: int = 2
    sparse_safe: int = 10
    encode_depth: int = 1000
    decode_depth: int = 1000
    precision: int = 14
    keep_buffer: bool = True  # means nothing here
    encode_invalid: bool | bytes = False  # numbers that JSON has not: True, or b"null"
    decode_invalid: bool = True


@dataclass
class Encoder:
    """`items_of` gives what a table holds, None of what is no table; `is_null` knows cjson.null."""

    settings: Settings
    items_of: Callable[[Table], "dict[Any, Any] | None"]
    is_null: Callable[[Any], bool]
    pieces: list[bytes] = field(default_factory=list)
    opened: list[tuple[Iterator[tuple[bool, Any]], bytes]] = field(default_factory=list)

    def encode(self, value: Any) -> bytes:
        self._add(value)
        while self.opened:
            parts, closing = self.opened[-1]
            for is_text, part in parts:
                if is_text:
                    self.pieces.append(part)
                    continue
                before = len(self.opened)
                self._add(part)
                if len(self.opened) > before:
                    break
            else:
                self.opened.pop()
                self.pieces.append(closing)
        return b"".join(self.pieces)

    def _add(self, value: Any) -> None:
        match value:
            case None | True | False:
                self.pieces.append({None: b"null", True: b"true", False: b"false"}[value])
            case bytes():
                self.pieces.append(_quoted(value))
            case int() | float():
                self.pieces.append(self._number(value))
            case _ if self.is_null(value):
                self.pieces.append(b"null")
            case _:
                self._open(value)

    def _open(self, table: Table) -> None:
        items = self.items_of(table)
        if items is None:
            raise LibraryError("Cannot serialise function: type not supported")
        if len(self.opened) == self.settings.encode_depth:
            raise LibraryError(f"Cannot serialise, excessive nesting ({len(self.opened) + 1})")
        length = self._array_length(items)
        self.pieces.append(b"[" if length else b"{")
        parts = _array_parts(items, length) if length else self._object_parts(items)
        self.opened.append((parts, b"]" if length else b"}"))

    def _array_length(self, items: dict[Any, Any]) -> int:
        """0 when it is no array."""
        if not all(type(key) is int and key > 0 for key in items):
            return 0
        length = max(items, default=0)
        settings = self.settings
        is_sparse = length > len(items) * settings.sparse_ratio and length > settings.sparse_safe
        if settings.sparse_ratio and is_sparse:
            if not settings.sparse_convert:
                raise LibraryError("Cannot serialise table: excessively sparse array")
            return 0
        return length

    def _object_parts(self, items: dict[Any, Any]) -> Iterator[tuple[bool, Any]]:
        comma = b""
        for key, value in items.items():
            if isinstance(key, bool) or not isinstance(key, (bytes, int, float)):
                kind = "boolean" if isinstance(key, bool) else "table"
                raise LibraryError(f"Cannot serialise {kind}: table key must be a number or string")
            name = _quoted(key) if isinstance(key, bytes) else b'"%b"' % self._number(key)
            yield True, comma + name + b":"
            yield False, value
            comma = b","

    def _number(self, number: int | float) -> bytes:
        if not math.isfinite(number):
            if not self.settings.encode_invalid:
                raise LibraryError("Cannot serialise number: must not be NaN or Inf")
            if self.settings.encode_invalid == b"null":
                return b"null"
        return b"%.*g" % (self.settings.precision, number)


def _array_parts(items: dict[Any, Any], length: int) -> Iterator[tuple[bool, Any]]:
    for index in range(1, length + 1):
        if index > 1:
            yield True, b","
        yield False, items.get(index)


def _quoted(text: bytes) -> bytes:
    return b'"%b"' % _SPECIAL.sub(lambda found: ESCAPES[found[0][0]], text)


class Decoder:
    """Reads one text.  `table` makes a Lua table of a list or a dict, and `null` is cjson.null."""

    def __init__(self, text: bytes, settings: Settings, table: Callable[[Any], Table], null: Any) -> None:
        self._text = text
        self._at = 0
        self._settings = settings
        self._table = table
        self._null = null

    def decode(self) -> Any:
        value = self._document()
        kind, _, start = self._token()
        if kind != "T_END":
            raise self._unexpected("the end", kind, start)
        return value

    def _document(self) -> Any:
        """One value.  What is open is a list, or a dict with the key that waits for its value."""
        opened: list[tuple[Any, Any]] = []
        while True:
            kind, value, start = self._token()
            if kind in ("T_ARR_BEGIN", "T_OBJ_BEGIN"):
                self._check_depth(len(opened) + 1, start)
                container: Any = [] if kind == "T_ARR_BEGIN" else {}
                if self._closes_at_once(kind):
                    value = self._table(container)
                else:
                    opened.append((container, self._key() if kind == "T_OBJ_BEGIN" else None))
                    continue
            elif kind not in ("T_STRING", "T_NUMBER", "T_BOOLEAN", "T_NULL"):
                raise self._unexpected("value", kind, start)
            value = self._null if kind == "T_NULL" else value
            while opened:
                container, key = opened.pop()
                if not self._put(container, key, value):
                    opened.append((container, self._key() if isinstance(container, dict) else None))
                    break
                value = self._table(container)
            else:
                return value

    def _put(self, container: Any, key: Any, value: Any) -> bool:
        """Puts a value into what is open; True when that ends."""
        if isinstance(container, list):
            container.append(value)
            name, end = "array", "T_ARR_END"
        else:
            container[key] = value
            name, end = "object", "T_OBJ_END"
        kind, _, start = self._token()
        if kind not in ("T_COMMA", end):
            raise self._unexpected(f"comma or {name} end", kind, start)
        return kind == end

    def _closes_at_once(self, kind: str) -> bool:
        before = self._at
        try:
            following, _, _ = self._token()
        except LibraryError:
            following = ""
        if following == kind.replace("BEGIN", "END"):
            return True
        self._at = before
        return False

    def _key(self) -> bytes:
        kind, name, start = self._token("object key string")
        if kind != "T_STRING":
            raise self._unexpected("object key string", kind, start)
        following, _, at = self._token("colon")
        if following != "T_COLON":
            raise self._unexpected("colon", following, at)
        return name  # type: ignore[no-any-return]

    def _check_depth(self, depth: int, start: int) -> None:
        if depth > self._settings.decode_depth:
            raise LibraryError(f"Found too many nested data structures ({depth}) at character {start + 1}")

    def _token(self, expected: str = "value") -> tuple[str, Any, int]:
        """Its kind, its value and where it begins."""
        found = _SPACE.match(self._text, self._at)
        start = found.end() if found else self._at
        first = self._text[start : start + 1]
        if first in MARKS:
            self._at = start + 1
            return MARKS[first], None, start
        if first == b'"':
            return "T_STRING", self._string(start, expected), start
        for word, (kind, value) in WORDS.items():
            if self._text.startswith(word, start):
                self._at = start + len(word)
                return kind, value, start
        number = _NUMBER.match(self._text, start)
        if number and (self._settings.decode_invalid or not _UNUSUAL.match(number[0])):
            self._at = number.end()
            return "T_NUMBER", _number(number[0]), start
        return "invalid number" if first in b"-+" else "invalid token", None, start

    def _string(self, start: int, expected: str) -> bytes:
        pieces = []
        at = start + 1
        while True:
            plain = _PLAIN.match(self._text, at)
            assert plain is not None
            pieces.append(plain[0])
            at = plain.end()
            if self._text[at : at + 1] == b'"':
                self._at = at + 1
                return b"".join(pieces)
            if at == len(self._text):
                raise self._unexpected(expected, "unexpected end of string", at)
            piece, at = self._escape(at, expected)
            pieces.append(piece)

    def _escape(self, at: int, expected: str) -> tuple[bytes, int]:
        letter = self._text[at + 1 : at + 2]
        if letter in UNESCAPES:
            return UNESCAPES[letter], at + 2
        if letter != b"u":
            raise self._unexpected(expected, "invalid escape code", at)
        code, end = self._code(at, expected), at + 6
        if 0xD800 <= code < 0xDC00 and self._text[end : end + 2] == b"\\u":
            low = self._code(end, expected)
            if not 0xDC00 <= low < 0xE000:
                raise self._unexpected(expected, "invalid unicode escape code", at)
            code, end = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF), end + 6
        if 0xD800 <= code < 0xE000:
            raise self._unexpected(expected, "invalid unicode escape code", at)
        return chr(code).encode(), end

    def _code(self, at: int, expected: str) -> int:
        digits = _HEX.match(self._text, at + 2)
        if not digits:
            raise self._unexpected(expected, "invalid unicode escape code", at)
        return int(digits[0], 16)

    @staticmethod
    def _unexpected(expected: str, found: str, start: int) -> LibraryError:
        return LibraryError(f"Expected {expected} but found {found} at character {start + 1}")


def _number(text: bytes) -> int | float:
    if b"x" in text.lower():
        try:
            return float(int(text, 16))
        except OverflowError:
            return math.copysign(math.inf, -1 if text.startswith(b"-") else 1)
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def functions(
    items_of: Callable[[Table], "dict[Any, Any] | None"],
    table: Callable[[Any], Table],
    is_null: Callable[[Any], bool],
    null: Callable[[], Any],
) -> dict[str, Any]:
    settings = Settings()

    def encode(*arguments: Any) -> bytes:
        if len(arguments) != 1:
            raise bad_argument(1, "encode", "expected 1 argument")
        return Encoder(settings, items_of, is_null).encode(arguments[0])

    def decode(*arguments: Any) -> Any:
        if len(arguments) != 1:
            raise bad_argument(1, "decode", "expected 1 argument")
        return Decoder(string_at(arguments, 0, "decode"), settings, table, null()).decode()

    def encode_sparse_array(*arguments: Any) -> tuple[Any, ...]:
        name = "encode_sparse_array"
        settings.sparse_convert = _flag(arguments, 0, name, settings.sparse_convert)
        settings.sparse_ratio = _within(arguments, 1, name, settings.sparse_ratio, (0, 2**31 - 1))
        settings.sparse_safe = _within(arguments, 2, name, settings.sparse_safe, (0, 2**31 - 1))
        return settings.sparse_convert, settings.sparse_ratio, settings.sparse_safe

    def encode_invalid_numbers(*arguments: Any) -> bool | bytes:
        if arguments and arguments[0] == b"null":
            settings.encode_invalid = b"null"
        else:
            previous = bool(settings.encode_invalid)
            settings.encode_invalid = _flag(arguments, 0, "encode_invalid_numbers", previous)
        return settings.encode_invalid

    return {
        "encode": encode,
        "decode": decode,
        "encode_sparse_array": encode_sparse_array,
        "encode_invalid_numbers": encode_invalid_numbers,
        "encode_max_depth": _setting(settings, "encode_max_depth", "encode_depth", (1, 2**31 - 1)),
        "decode_max_depth": _setting(settings, "decode_max_depth", "decode_depth", (1, 2**31 - 1)),
        "encode_number_precision": _setting(settings, "encode_number_precision", "precision", (1, 14)),
        "encode_keep_buffer": _switch(settings, "encode_keep_buffer", "keep_buffer"),
        "decode_invalid_numbers": _switch(settings, "decode_invalid_numbers", "decode_invalid"),
    }


def _setting(settings: Settings, name: str, attribute: str, limits: tuple[int, int]) -> Any:
    def setting(*arguments: Any) -> int:
        setattr(settings, attribute, _within(arguments, 0, name, getattr(settings, attribute), limits))
        return getattr(settings, attribute)  # type: ignore[no-any-return]

    return setting


def _switch(settings: Settings, name: str, attribute: str) -> Any:
    def switch(*arguments: Any) -> bool:
        setattr(settings, attribute, _flag(arguments, 0, name, getattr(settings, attribute)))
        return getattr(settings, attribute)  # type: ignore[no-any-return]

    return switch


def _within(arguments: tuple[Any, ...], index: int, name: str, default: int, limits: tuple[int, int]) -> int:
    low, high = limits
    number = integer_at(arguments, index, name, default)
    if not low <= number <= high:
        raise bad_argument(index + 1, name, f"expected integer between {low} and {high}")
    return number


def _flag(arguments: tuple[Any, ...], index: int, name: str, default: bool) -> bool:
    value = arguments[index] if index < len(arguments) else None
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    text = string_at(arguments, index, name)
    if text not in (b"on", b"off"):
        raise bad_argument(index + 1, name, f"invalid option '{text.decode('latin-1')}'")
    return text == b"on"
