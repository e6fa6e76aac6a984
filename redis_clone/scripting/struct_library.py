"""struct: numbers and strings packed into bytes, as Lua's library of that name has it.

A format is a row of letters:

    > < =       big, little, native endian from here on
    ! !n        align from here on, to n bytes at most
    b h i l T   integers of 1, 2, 4, 8 and 8 bytes; in has n bytes; capitals are unsigned
    f d         floating point of 4 and 8 bytes
    x           a byte of nothing
    s           a string with a zero byte at its end
    cn          n bytes; c0: as many as the number before says
"""

import re
import struct
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from redis_clone.scripting.library import LibraryError, bad_argument, integer_at, number_at, string_at

SIZES = {"b": 1, "h": 2, "l": 8, "t": 8, "i": 4, "f": 4, "d": 8}
LARGEST_INTEGER = 32
MOST_BYTES = LARGEST_COUNT = 2**31 - 1
MOST_RESULTS = 7997  # that one unpack returns
_OPTION = re.compile(r"([a-zA-Z<>=! ])(\d*)", re.DOTALL)


class Item(NamedTuple):
    letter: str
    size: int  # bytes; of a string that is counted otherwise, 0
    order: str  # "<" or ">"
    alignment: int

    def padding(self, at: int) -> int:
        """How many bytes of nothing stand before it, so that it begins at a multiple of its alignment."""
        return -at % self.alignment if self.alignment > 1 else 0


def items_of(layout: bytes, name: str) -> Iterator[Item]:
    """
    >>> [(item.letter, item.size) for item in items_of(b">hi3c0", "pack")]
    [('h', 2), ('i', 3), ('c', 0)]
    """
    order, align = "<" if sys.byteorder == "little" else ">", 1
    text, at = layout.decode("latin-1"), 0
    while at < len(text):
        found = _OPTION.match(text, at)
        if not found:
            raise bad_argument(1, name, f"invalid format option '{text[at]}'")
        at = found.end()
        letter, digits = found.groups()
        if letter not in "iIc!" and digits:
            at -= len(digits)
            digits = ""
        if letter in "<>=":
            order = {"<": "<", ">": ">"}.get(letter, "<" if sys.byteorder == "little" else ">")
        elif letter == "!":
            align = _count(digits, 8)
            if align & (align - 1) or not align:
                raise LibraryError(f"alignment {align} is not a power of 2")
        elif letter != " ":
            size = _size(letter, digits, name)
            aligned = min(size, align) if letter.lower() in "hiltfd" else 1
            yield Item(letter, size, order, aligned)


def _size(letter: str, digits: str, name: str) -> int:
    if letter == "x":
        return 1
    if letter == "s":
        return 0
    if letter == "c":
        return _count(digits, 1)
    size = SIZES.get(letter.lower())
    if size is None or letter in "tDF":
        raise bad_argument(1, name, f"invalid format option '{letter}'")
    if letter in "iI" and digits:
        size = _count(digits, size)
        if not 0 <= size <= LARGEST_INTEGER:
            raise LibraryError(f"integral size {size} is larger than limit of {LARGEST_INTEGER}")
    return size


def _count(digits: str, default: int) -> int:
    if len(digits) > len(str(LARGEST_COUNT)) or int(digits or default) > LARGEST_COUNT:
        raise LibraryError("integral size overflow")
    return int(digits or default)


def _pack(*arguments: Any) -> bytes:
    packed = bytearray()
    index = 1
    for item in items_of(string_at(arguments, 0, "pack"), "pack"):
        packed += b"\0" * item.padding(len(packed))
        if item.letter == "x":
            packed += b"\0"
            continue
        packed += _packed(item, arguments, index)
        index += 1
    return bytes(packed)


def _packed(item: Item, arguments: tuple[Any, ...], index: int) -> bytes:
    if item.letter in "fd":
        return struct.pack(item.order + item.letter, number_at(arguments, index, "pack"))
    if item.letter == "s":
        return string_at(arguments, index, "pack") + b"\0"
    if item.letter == "c":
        text = string_at(arguments, index, "pack")
        if len(text) < item.size:
            raise bad_argument(index + 2, "pack", "string too short")
        return text[: item.size] if item.size else text
    number = integer_at(arguments, index, "pack") & ((1 << 8 * item.size) - 1)
    return number.to_bytes(item.size, "little" if item.order == "<" else "big")


def _unpack(*arguments: Any) -> tuple[Any, ...]:
    layout, data = string_at(arguments, 0, "unpack"), string_at(arguments, 1, "unpack")
    at = integer_at(arguments, 2, "unpack", 1) - 1
    if at < 0:
        raise bad_argument(3, "unpack", "offset must be 1 or greater")
    values: list[Any] = []
    for item in items_of(layout, "unpack"):
        at += item.padding(at)
        size = _unpacked_size(item, data, at, values)
        if size > MOST_BYTES or at + size > len(data):
            raise bad_argument(2, "unpack", "data string too short")
        if item.letter != "x":
            values.append(_unpacked(item, data[at : at + size]))
        if len(values) > MOST_RESULTS:
            raise LibraryError("stack overflow (too many results)")
        at += size
    return (*values, at + 1)


def _unpacked_size(item: Item, data: bytes, at: int, values: list[Any]) -> int:
    if item.letter == "s":
        end = data.find(b"\0", at)
        if end < 0:
            raise LibraryError("unfinished string in data")
        return end + 1 - at
    if item.letter == "c" and not item.size:
        if not values or not isinstance(values[-1], (int, float)):
            raise LibraryError("format 'c0' needs a previous size")
        size = int(values.pop())
        if size < 0:
            raise bad_argument(2, "unpack", "data string too short")
        return size
    return item.size


def _unpacked(item: Item, data: bytes) -> Any:
    if item.letter in "fd":
        return struct.unpack(item.order + item.letter, data)[0]
    if item.letter == "s":
        return data[:-1]
    if item.letter == "c":
        return data
    number = int.from_bytes(data, "little" if item.order == "<" else "big", signed=item.letter.islower())
    return number if abs(number) < 2**53 else float(number)


def _measured(*arguments: Any) -> int:
    total = 0
    for item in items_of(string_at(arguments, 0, "size"), "size"):
        if item.letter == "s":
            raise bad_argument(1, "size", "option 's' has no fixed size")
        if item.letter == "c" and not item.size:
            raise bad_argument(1, "size", "option 'c0' has no fixed size")
        total += item.padding(total) + item.size
    return total


FUNCTIONS = {"pack": _pack, "unpack": _unpack, "size": _measured}
