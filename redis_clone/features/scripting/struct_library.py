"""struct: packs numbers and strings into bytes, as Lua's library of that name does.

A format is a sequence of letters:

    > <         big, little endian from here on; the default is the machine's
    ! !n        align from here on, to n bytes at most, 8 without n
    b h i l T   integers of 1, 2, 4, 8 and 8 bytes; in has n bytes; capitals are unsigned
    f d         floating point of 4 and 8 bytes
    x           a padding byte
    s           a string with a zero byte at its end
    cn          n bytes, one without n; for c0 the number before is the length

Integers have 64 bits, whatever their size: the bytes beyond are written as zeros, and ignored when read.
"""

import math
import re
import struct
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from redis_clone.features.scripting.library import (
    LibraryError,
    as_int64,
    bad_argument,
    integer_at,
    must_fit,
    number_at,
    parse_number,
    string_at,
    with_breaks,
)

SIZES = {"b": 1, "B": 1, "h": 2, "H": 2, "l": 8, "L": 8, "T": 8, "f": 4, "d": 8, "x": 1, "s": 0}
INTEGERS = frozenset("bBhHlLTiI")
LARGEST_INTEGER = 32
LARGEST_ALIGNMENT = 8  # of a ! without a number
INT_MAX = 2**31 - 1
NATIVE = "<" if sys.byteorder == "little" else ">"
_DIGITS = re.compile(r"[0-9]*")


class Item(NamedTuple):
    letter: str
    size: int | None  # bytes; 0 for a string of another length; None for a letter without a value
    order: str  # "<" or ">"
    alignment: int

    def padding(self, at: int) -> int:
        """The number of padding bytes before it; the formula of Lua's library, which is odd for odd sizes."""
        if not self.size or self.letter == "c":
            return 0
        size = min(self.size, self.alignment)
        return (size - (at & (size - 1))) & (size - 1)


class Format:
    """Reads a format, letter by letter.

    A letter without a value takes effect, or raises its error, when the next item is taken.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text.partition(b"\0")[0].decode("latin-1")
        self._at = 0
        self._order, self._alignment = NATIVE, 1

    def items(self, ignores_letters: bool = False) -> Iterator[Item]:
        """
        >>> [(item.letter, item.size) for item in Format(b">hi3c0").items()]
        [('>', None), ('h', 2), ('i', 3), ('c', 0)]
        """
        while self._at < len(self._text):
            letter = self._text[self._at]
            self._at += 1
            size = self._size(letter)
            yield Item(letter, size, self._order, self._alignment)
            if size is None and not (ignores_letters and letter.isascii() and letter.isalnum()):
                self._control(letter)

    def _size(self, letter: str) -> int | None:
        """The size of an item in bytes; None for a letter without a value."""
        if letter == "c":
            return self._number(1)
        if letter in "iI":
            size = self._number(4)
            if size > LARGEST_INTEGER:
                raise LibraryError(f"integral size {size} is larger than limit of {LARGEST_INTEGER}")
            return size
        return SIZES.get(letter)

    def _control(self, letter: str) -> None:
        if letter in "<>":
            self._order = letter
        elif letter == "!":
            self._alignment = self._number(LARGEST_ALIGNMENT)
            if self._alignment < 1 or self._alignment & (self._alignment - 1):
                raise LibraryError(f"alignment {self._alignment} is not a power of 2")
        elif letter != " ":
            raise bad_argument(1, f"invalid format option '{letter}'")

    def _number(self, default: int) -> int:
        found = _DIGITS.match(self._text, self._at)
        digits = found[0] if found else ""
        self._at += len(digits)
        if len(digits) > 10 or int(digits or 0) > INT_MAX:
            raise LibraryError("integral size overflow")
        return int(digits) if digits else default


def _pack(check_time: Callable[[], None], *arguments: Any) -> bytes:
    packed = bytearray()
    layout = string_at(arguments, 0)
    arguments = (*arguments, None)  # the C function ends its arguments by a nil
    index = 1
    for item in with_breaks(Format(layout).items(), check_time):
        packed += b"\0" * item.padding(len(packed))
        if item.letter == "x":
            packed += b"\0"
        elif item.size is not None:
            packed += _packed(item, item.size, arguments, index)
            index += 1
    return bytes(packed)


def _packed(item: Item, size: int, arguments: tuple[Any, ...], index: int) -> bytes:
    if item.letter in INTEGERS:
        value = _as_uint64(number_at(arguments, index)) & ((1 << 8 * size) - 1)
        return value.to_bytes(size, "little" if item.order == "<" else "big")
    if item.letter in "fd":
        return _packed_float(item, number_at(arguments, index))
    text = string_at(arguments, index)
    if len(text) < size:
        raise bad_argument(index + 2, "string too short")
    return text + b"\0" if item.letter == "s" else text[:size] if size else text


def _as_uint64(number: int | float) -> int:
    """A double cast to uint64 as in C: a negative one by way of int64, one that is too large to 0."""
    if number < 0:
        return as_int64(number) & (2**64 - 1)
    return int(number) if number < 2.0**64 else 2**63 if math.isnan(number) else 0


def _packed_float(item: Item, number: float) -> bytes:
    try:
        return struct.pack(item.order + item.letter, number)
    except OverflowError:  # C makes it infinite
        return struct.pack(item.order + item.letter, math.copysign(math.inf, number))


def _unpack(check_time: Callable[[], None], *arguments: Any) -> tuple[Any, ...]:
    layout, data = string_at(arguments, 0), string_at(arguments, 1)
    at = integer_at(arguments, 2, 1) - 1
    if at == -1:
        raise bad_argument(3, "offset must be 1 or greater")
    values: list[Any] = []
    for item in with_breaks(Format(layout).items(), check_time):
        at += item.padding(at)
        _must_reach(data, at, item.size or 0)
        size = _unpacked_size(item, data, at, values)
        _must_reach(data, at, size)
        if item.letter != "x" and item.size is not None:
            values.append(_unpacked(item, data[at : at + size]))
        at += size
    must_fit(values, "too many results")
    return (*values, at + 1)


def _must_reach(data: bytes, at: int, size: int) -> None:
    if not 0 <= at <= len(data) - size:
        raise bad_argument(2, "data string too short")


def _unpacked_size(item: Item, data: bytes, at: int, values: list[Any]) -> int:
    if item.letter == "s":
        end = data.find(b"\0", at)
        if end < 0:
            raise LibraryError("unfinished string in data")
        return end + 1 - at
    if item.letter == "c" and not item.size:
        size = _as_number(values[-1]) if values else None
        if size is None:
            raise LibraryError("format 'c0' needs a previous size")
        values.pop()
        return _as_uint64(size)
    return item.size or 0


def _as_number(value: Any) -> int | float | None:
    return parse_number(value) if isinstance(value, bytes) else value


def _unpacked(item: Item, data: bytes) -> Any:
    if item.letter in "fd":
        return struct.unpack(item.order + item.letter, data)[0]
    if item.letter == "s":
        return data[:-1]
    if item.letter == "c":
        return data
    number = int.from_bytes(data, "little" if item.order == "<" else "big") & (2**64 - 1)
    if item.letter.islower():
        sign = 1 << (8 * len(data) - 1) % 64  # the shift of a longer one wraps around
        number = number | -sign if number & -sign else number
        number = ((number & (2**64 - 1)) ^ 2**63) - 2**63
    return number if abs(number) < 2**53 else float(number)


def _measured(check_time: Callable[[], None], *arguments: Any) -> int:
    total = 0
    for item in with_breaks(Format(string_at(arguments, 0)).items(ignores_letters=True), check_time):
        total += item.padding(total) + (item.size or 0)
        if item.letter == "s":
            raise bad_argument(1, "option 's' has no fixed size")
        if item.letter == "c" and item.size == 0:
            raise bad_argument(1, "option 'c0' has no fixed size")
    return total


def functions(check_time: Callable[[], None]) -> dict[str, Any]:
    library = {"pack": _pack, "unpack": _unpack, "size": _measured}
    return {name: partial(function, check_time) for name, function in library.items()}
