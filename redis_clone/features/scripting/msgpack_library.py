"""cmsgpack: reads and writes MessagePack as the library lua-cmsgpack does.

A table is an array when its keys are 1 to n, else a map; an empty one is an array.  A number without a
fraction is written as an integer, the others as doubles (as a float, where that loses nothing).
"""

import math
import struct
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple

from redis_clone.features.scripting.library import (
    LibraryError,
    Pairs,
    Table,
    Tables,
    bad_argument,
    int32,
    integer_at,
    must_fit,
    string_at,
    with_breaks,
)

DEEPEST = 16  # a table nested deeper than this is written as nil
DEEPEST_READ = 3995
LARGEST_FLOAT = struct.unpack(">f", b"\x7f\x7f\xff\xff")[0]

UNSIGNED = ((0xCC, 8), (0xCD, 16), (0xCE, 32), (0xCF, 64))  # the byte in front, and how many bits follow
SIGNED = ((0xD0, 8), (0xD1, 16), (0xD2, 32), (0xD3, 64))
WHOLE = {code: (bits, bits == 64) for code, bits in UNSIGNED} | {code: (bits, True) for code, bits in SIGNED}
STRINGS = {0xD9: 1, 0xDA: 2, 0xDB: 4}  # how many bytes tell the length
ARRAYS, MAPS = {0xDC: 2, 0xDD: 4}, {0xDE: 2, 0xDF: 4}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
DOUBLES = {0xCA: ">f", 0xCB: ">d"}


def packed(value: Any, tables: Tables, depth: int = 0) -> bytes:
    match value:
        case None | False | True:
            return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
        case bytes():
            return _head(len(value), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + value
        case int() | float():
            return _packed_number(value)
    pairs = tables.pairs_of(value)
    if pairs is None or depth == DEEPEST:
        return b"\xc0"
    if _is_array(pairs):
        pairs.sort(key=itemgetter(0))
        elements = [packed(item, tables, depth + 1) for _, item in with_breaks(pairs, tables.check_time)]
        return _head(len(pairs), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(elements)
    parts = [
        packed(part, tables, depth + 1) for pair in with_breaks(pairs, tables.check_time) for part in pair
    ]
    return _head(len(pairs), 0x80, 16, (None, 0xDE, 0xDF)) + b"".join(parts)


def _is_array(pairs: Pairs) -> bool:
    """Whether the keys are 1 to n: since no key is there twice, the largest must be their number."""
    return all(type(key) is int and key > 0 for key, _ in pairs) and len(pairs) == max(
        (key for key, _ in pairs), default=0
    )


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
    """A number with a fraction, or of more than 64 bits, is a double, or a float if that loses nothing."""
    if number and (type(number) is float or not -(2**63) <= number < 2**63):  # -0 is whole
        fits = abs(number) <= LARGEST_FLOAT or math.isinf(number)
        single = struct.pack(">f", number) if fits else b""
        is_same = bool(single) and struct.unpack(">f", single)[0] == number
        return b"\xca" + single if is_same else b"\xcb" + struct.pack(">d", number)
    whole = int(number)
    if -32 <= whole < 128:
        return bytes([whole & 0xFF])
    for code, bits in UNSIGNED if whole >= 0 else SIGNED:
        low, high = (0, 1 << bits) if whole >= 0 else (-(1 << bits - 1), 1 << bits - 1)
        if low <= whole < high:
            return bytes([code]) + whole.to_bytes(bits // 8, "big", signed=whole < 0)
    raise AssertionError("64 bits hold it")


class Open(NamedTuple):
    """An array or a map that is not yet read to its end."""

    is_map: bool
    size: int  # number of parts; a map has two for each pair
    parts: list[Any]


class Reader:
    """Reads values one after another.  No method is recursive: values may be nested thousands deep."""

    def __init__(self, data: bytes, at: int, tables: Tables) -> None:
        self.data = data
        self.at = at
        self._tables = tables

    def value(self) -> Any:
        opened: list[Open] = []
        for _ in with_breaks(count(), self._tables.check_time):
            value = self._begun()
            if isinstance(value, Open):
                if len(opened) == DEEPEST_READ:
                    raise LibraryError(f"stack overflow (in function mp_decode_to_lua_{_kind(value)})")
                opened.append(value)
                if value.size:
                    continue
                value = self._closed(opened.pop())
            while opened:
                opened[-1].parts.append(value)
                if len(opened[-1].parts) < opened[-1].size:
                    break
                value = self._closed(opened.pop())
            else:
                return value
        raise AssertionError("the count has no end")

    def _closed(self, whole: Open) -> Table:
        if not whole.is_map:
            return self._tables.of_list(whole.parts)
        return self._tables.of_pairs(list(zip(whole.parts[::2], whole.parts[1::2], strict=True)))

    def _begun(self) -> Any:
        """A value, or the beginning of a table."""
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
        if code in WHOLE:
            bits, is_signed = WHOLE[code]
            return float(int.from_bytes(self._take(bits // 8), "big", signed=is_signed))
        return self._long(code)

    def _short(self, code: int) -> Any:
        if code >= 0xA0:
            return self._take(code & 0x1F)
        return self._open(code & 0x0F, is_map=code < 0x90)

    def _long(self, code: int) -> Any:
        if code in STRINGS:
            return self._take(int.from_bytes(self._take(STRINGS[code]), "big"))
        for codes, is_map in ((ARRAYS, False), (MAPS, True)):
            if code in codes:
                return self._open(int.from_bytes(self._take(codes[code]), "big"), is_map)
        raise LibraryError("Bad data format in input.")

    def _open(self, length: int, is_map: bool) -> Open:
        return Open(is_map, 2 * length if is_map else length, [])

    def _take(self, length: int) -> bytes:
        if self.at + length > len(self.data):
            raise LibraryError("Missing bytes in input.")
        self.at += length
        return self.data[self.at - length : self.at]


def _kind(whole: Open) -> str:
    return "hash" if whole.is_map else "array"


def functions(tables: Tables) -> dict[str, Any]:
    def pack(*arguments: Any) -> bytes:
        if not arguments:
            raise bad_argument(0, "MessagePack pack needs input.")
        return b"".join([packed(argument, tables) for argument in arguments])

    def read(data: bytes, limit: int, offset: int) -> tuple[Any, ...]:
        """Up to `limit` values, with the offset of the next one in front, -1 at the end of the data.

        Without limit and offset: all values, and nothing in front.
        """
        if offset < 0 or limit < 0:  # lua-cmsgpack too shows the length as the limit
            raise LibraryError(
                f"Invalid request to unpack with offset of {int32(offset)} and limit of {len(data)}."
            )
        if offset > len(data):
            raise LibraryError(f"Start offset {int32(offset)} greater than input length {len(data)}.")
        reader = Reader(data, offset, tables)
        wants_all = not limit and not offset
        values: list[Any] = []
        for _ in with_breaks(count(), tables.check_time):
            if reader.at == len(data) or not (wants_all or len(values) < limit):
                break
            values.append(reader.value())
        end = () if wants_all else (-1 if reader.at == len(data) else reader.at,)
        must_fit(values, "too many return values at once; use unpack_one or unpack_limit instead.")
        return (*end, *values)

    def unpack(*arguments: Any) -> tuple[Any, ...]:
        return read(string_at(arguments, 0), 0, 0)

    def unpack_one(*arguments: Any) -> tuple[Any, ...]:
        offset = integer_at(arguments, 1, 0)
        return read(string_at(arguments, 0), 1, offset)

    def unpack_limit(*arguments: Any) -> tuple[Any, ...]:
        limit, offset = integer_at(arguments, 1), integer_at(arguments, 2, 0)
        return read(string_at(arguments, 0), limit, offset)

    return {"pack": pack, "unpack": unpack, "unpack_one": unpack_one, "unpack_limit": unpack_limit}
