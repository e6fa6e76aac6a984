"""bit: operations on 32 bits, as in the library LuaBitOp.  Results are signed.

A number is rounded to the nearest integer and cut to its lowest 32 bits.  As in LuaBitOp, this is done by
adding 2^52 + 2^51 and reading the bits of the sum, so beyond 2^51 the result is inexact, but the same as
there.
"""

import struct
from functools import reduce
from operator import and_, or_, xor
from typing import Any

from redis_clone.features.scripting.library import number_at

WORD = 0xFFFFFFFF
BIAS = 2.0**52 + 2.0**51


def signed(bits: int) -> int:
    """
    >>> signed(0xFFFFFFFF), signed(2**32 + 5)
    (-1, 5)
    """
    return ((bits & WORD) ^ 0x80000000) - 0x80000000


def low_bits(number: int | float) -> int:
    """
    >>> low_bits(-1), low_bits(2.5), low_bits(1e16)
    (4294967295, 2, 937459712)
    """
    word: int = struct.unpack("<I", struct.pack("<d", number + BIAS)[:4])[0]
    return word


def _bits(arguments: tuple[Any, ...], index: int) -> int:
    return low_bits(number_at(arguments, index))


def _folding(operator: Any) -> Any:
    def fold(*arguments: Any) -> int:
        count = max(len(arguments), 1)  # without arguments, the error is about the first
        return signed(reduce(operator, [_bits(arguments, at) for at in range(count)]))

    return fold


def _shifting(shift: Any) -> Any:
    def shifted(*arguments: Any) -> int:
        return signed(shift(_bits(arguments, 0), _bits(arguments, 1) & 31))

    return shifted


def _tohex(*arguments: Any) -> bytes:
    bits = _bits(arguments, 0)
    digits = signed(_bits(arguments, 1)) if len(arguments) > 1 else 8
    text = b"%08x" % bits
    shown = text[8 - min(abs(digits), 8) :]
    return shown.upper() if digits < 0 else shown


def _bswap(*arguments: Any) -> int:
    return signed(int.from_bytes(_bits(arguments, 0).to_bytes(4, "little"), "big"))


FUNCTIONS = {
    "tobit": lambda *arguments: signed(_bits(arguments, 0)),
    "bnot": lambda *arguments: signed(~_bits(arguments, 0)),
    "band": _folding(and_),
    "bor": _folding(or_),
    "bxor": _folding(xor),
    "lshift": _shifting(lambda bits, by: bits << by),
    "rshift": _shifting(lambda bits, by: bits >> by),
    "arshift": _shifting(lambda bits, by: signed(bits) >> by),
    "rol": _shifting(lambda bits, by: bits << by | bits >> (32 - by)),
    "ror": _shifting(lambda bits, by: bits >> by | bits << (32 - by)),
    "tohex": _tohex,
    "bswap": _bswap,
}
