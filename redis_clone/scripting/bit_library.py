"""bit: operations on 32 bits, as the library LuaBitOp has them.  Results are signed."""

from functools import reduce
from operator import and_, or_, xor
from typing import Any

from redis_clone.scripting.library import bad_argument, integer_at, number_at

WORD = 0xFFFFFFFF


def signed(bits: int) -> int:
    """
    >>> signed(0xFFFFFFFF), signed(2**32 + 5)
    (-1, 5)
    """
    return ((bits & WORD) ^ 0x80000000) - 0x80000000


def _bits(arguments: tuple[Any, ...], index: int, name: str) -> int:
    number = number_at(arguments, index, name)
    try:
        return round(number) & WORD
    except (OverflowError, ValueError):
        return 0  # of no number or an infinite one, the lowest bits are nothing in particular


def _folding(name: str, operator: Any) -> Any:
    def fold(*arguments: Any) -> int:
        if not arguments:
            raise bad_argument(1, name, "number expected, got no value")
        return signed(reduce(operator, [_bits(arguments, at, name) for at in range(len(arguments))]))

    return fold


def _shifting(name: str, shift: Any) -> Any:
    def shifted(*arguments: Any) -> int:
        return signed(shift(_bits(arguments, 0, name), _bits(arguments, 1, name) & 31))

    return shifted


def _tohex(*arguments: Any) -> bytes:
    bits = _bits(arguments, 0, "tohex")
    digits = integer_at(arguments, 1, "tohex", 8)
    text = b"%08x" % bits
    shown = text[8 - min(abs(digits), 8) :]
    return shown.upper() if digits < 0 else shown


def _bswap(*arguments: Any) -> int:
    return signed(int.from_bytes(_bits(arguments, 0, "bswap").to_bytes(4, "little"), "big"))


FUNCTIONS = {
    "tobit": lambda *arguments: signed(_bits(arguments, 0, "tobit")),
    "bnot": lambda *arguments: signed(~_bits(arguments, 0, "bnot")),
    "band": _folding("band", and_),
    "bor": _folding("bor", or_),
    "bxor": _folding("bxor", xor),
    "lshift": _shifting("lshift", lambda bits, by: bits << by),
    "rshift": _shifting("rshift", lambda bits, by: bits >> by),
    "arshift": _shifting("arshift", lambda bits, by: signed(bits) >> by),
    "rol": _shifting("rol", lambda bits, by: bits << by | bits >> (32 - by)),
    "ror": _shifting("ror", lambda bits, by: bits >> by | bits << (32 - by)),
    "tohex": _tohex,
    "bswap": _bswap,
}
