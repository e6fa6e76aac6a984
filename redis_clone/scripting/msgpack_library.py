"""cmsgpack: MessagePack, as the library lua-cmsgpack writes and reads it.

A table is an array when its keys are 1 to n, else a map; so an empty one is an array.  A number without a
fraction is written as an integer, the others as doubles (as a float, where that loses nothing).
"""

import struct
from collections.abc import Callable
from typing import Any

from redis_clone.scripting.library import LibraryError, bad_argument, integer_at, string_at

DEEPEST = 16  # a table within more tables than this is written as nil
MOST_VALUES = 7999  # that one unpack returns
TOO_MANY = "stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)"
TOO_DEEP = "stack overflow (in function mp_decode_to_lua_array)"

Table = Any
UNSIGNED = ((0xCC, 8), (0xCD, 16), (0xCE, 32), (0xCF, 64))  # the byte in front, and how many bits follow
SIGNED = ((0xD0, 8), (0xD1, 16), (0xD2, 32), (0xD3, 64))
STRINGS = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC4: 1, 0xC5: 2, 0xC6: 4}  # how many bytes tell the length
ARRAYS, MAPS = {0xDC: 2, 0xDD: 4}, {0xDE: 2, 0xDF: 4}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
DOUBLES = {0xCA: ">f", 0xCB: ">d"}


def packed(value: Any, items_of: Callable[[Table], "dict[Any, Any] | None"], depth: int = 0) -> bytes:
    """`items_of` gives what a table holds, None of what is no table."""
    match value:
        case None | False | True:
            return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
        case bytes():
            return _head(len(value), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + value
        case int() | float():
            return _packed_number(value)
    items = items_of(value)
    if items is None or depth == DEEPEST:
        return b"\xc0"
    if all(index in items for index in range(1, len(items) + 1)):
        elements = [packed(items[index], items_of, depth + 1) for index in range(1, len(items) + 1)]
        return _head(len(items), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(elements)
    parts = [packed(part, items_of, depth + 1) for pair in items.items() for part in pair]
    return _head(len(items), 0x80, 16, (None, 0xDE, 0xDF)) + b"".join(parts)


def _head(length: int, short: int, limit: int, codes: tuple[int | None, int, int]) -> bytes:
    if length < limit:
        return bytes([short | length])
    one, two, four = codes
    if one is not None and length < 1 << 8:
        return bytes([one, length])
    return (
        bytes([two]) + length.to_bytes(2, "big")
        if length < 1 << 16
        else bytes([four]) + length.to_bytes(4, "big")
    )


def _packed_number(number: int | float) -> bytes:
    whole = int(number) if number == number and abs(number) < 2**64 else None
    if whole is None or whole != number or not -(2**63) <= whole < 2**64:
        single = abs(number) < 3e38 and struct.unpack(">f", struct.pack(">f", number))[0] == number
        return b"\xca" + struct.pack(">f", number) if single else b"\xcb" + struct.pack(">d", number)
    if -32 <= whole < 128:
        return bytes([whole & 0xFF])
    for code, bits in UNSIGNED if whole >= 0 else SIGNED:
        low, high = (0, 1 << bits) if whole >= 0 else (-(1 << bits - 1), 1 << bits - 1)
        if low <= whole < high:
            return bytes([code]) + whole.to_bytes(bits // 8, "big", signed=whole < 0)
    raise LibraryError("a number that is none")


class Reader:
    """Reads values one after another; `table` makes a Lua table of a list or a dict."""

    def __init__(self, data: bytes, at: int, table: Callable[[Any], Table]) -> None:
        self.data = data
        self.at = at
        self._table = table

    def values(self, most: int) -> list[Any]:
        """All that follow, or `most` of them."""
        found: list[Any] = []
        try:
            while self.at < len(self.data) and len(found) < most:
                found.append(self.value())
        except RecursionError:
            raise LibraryError(TOO_DEEP) from None
        if len(found) > MOST_VALUES:
            raise LibraryError(TOO_MANY)
        return found

    def value(self) -> Any:
        code = self._take(1)[0]
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 0x100
        if code < 0xC0:
            return self._short(code)
        if code in CONSTANTS:
            return CONSTANTS[code]
        if code in DOUBLES:
            return struct.unpack(DOUBLES[code], self._take(4 if code == 0xCA else 8))[0]
        for codes, is_signed in ((UNSIGNED, False), (SIGNED, True)):
            for known, bits in codes:
                if code == known:
                    return float(int.from_bytes(self._take(bits // 8), "big", signed=is_signed))
        return self._long(code)

    def _short(self, code: int) -> Any:
        if code >= 0xA0:
            return self._take(code & 0x1F)
        return self._array(code & 0x0F) if code >= 0x90 else self._map(code & 0x0F)

    def _long(self, code: int) -> Any:
        for codes, read in ((STRINGS, self._take), (ARRAYS, self._array), (MAPS, self._map)):
            if code in codes:
                return read(int.from_bytes(self._take(codes[code]), "big"))
        raise LibraryError("Bad data format in input.")

    def _array(self, length: int) -> Table:
        self._must_have(length)
        return self._table([self.value() for _ in range(length)])

    def _map(self, length: int) -> Table:
        self._must_have(2 * length)
        found = {}
        for _ in range(length):
            key = self.value()
            value = self.value()
            if key is not None:
                found[key] = value
        return self._table(found)

    def _must_have(self, count: int) -> None:
        if self.at + count > len(self.data):
            raise LibraryError("Missing bytes in input.")

    def _take(self, count: int) -> bytes:
        self._must_have(count)
        self.at += count
        return self.data[self.at - count : self.at]


def functions(
    items_of: Callable[[Table], "dict[Any, Any] | None"], table: Callable[[Any], Table]
) -> dict[str, Any]:
    def pack(*arguments: Any) -> bytes:
        if not arguments:
            raise bad_argument(0, "pack", "MessagePack pack needs input.")
        return b"".join([packed(argument, items_of) for argument in arguments])

    def unpack(*arguments: Any) -> tuple[Any, ...]:
        reader = Reader(string_at(arguments, 0, "unpack"), 0, table)
        return tuple(reader.values(MOST_VALUES + 1))

    def limited(name: str, arguments: tuple[Any, ...], limit: int, offset: int) -> tuple[Any, ...]:
        data = string_at(arguments, 0, name)
        if offset < 0 or limit < 0:
            told = (offset + 2**31) % 2**32 - 2**31, len(data)  # as C prints them, which is not what it means
            raise LibraryError("Invalid request to unpack with offset of {} and limit of {}.".format(*told))
        if offset > len(data):
            raise LibraryError(f"Start offset {offset} greater than input length {len(data)}.")
        reader = Reader(data, offset, table)
        values = reader.values(min(limit or len(data), MOST_VALUES + 1))
        return (-1 if reader.at == len(data) else reader.at, *values)

    return {
        "pack": pack,
        "unpack": unpack,
        "unpack_one": lambda *a: limited("unpack_one", a, 1, integer_at(a, 1, "unpack_one", 0)),
        "unpack_limit": lambda *a: limited(
            "unpack_limit", a, integer_at(a, 1, "unpack_limit"), integer_at(a, 2, "unpack_limit", 0)
        ),
    }
