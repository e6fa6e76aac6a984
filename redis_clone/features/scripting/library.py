"""What the libraries for scripts have in common: errors, and arguments, read as functions in C read them.

Always true: a whole number comes as an int, whatever Lua computed it from, so -0 comes as 0.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Table = Any
Pairs = list[tuple[Any, Any]]  # what a table holds; a dict would take 1 and true for the same key
INT64_MIN = -(2**63)
MOST_RESULTS = 7900  # Lua's stack holds 8000

TYPE_NAMES = {
    bytes: "string", bool: "boolean", int: "number", float: "number", type(None): "nil",
}  # fmt: skip
LUA_TYPE_NAMES = {
    "_LuaTable": "table", "_LuaFunction": "function", "_LuaThread": "thread",
    "function": "function",  # of ours: as a script sees it
    "_LuaCoroutineFunction": "thread",  # as lupa shows a coroutine that has not begun
}  # fmt: skip
_HEX = re.compile(rb"[-+]?0x", re.IGNORECASE)
_NAME = "\2"  # sandbox.lua writes there how the script calls the function


class Tables(NamedTuple):
    """How a library gets at the tables of its interpreter."""

    pairs_of: Callable[[Any], "Pairs | None"]  # None of what is no table
    of_list: Callable[[list[Any]], Table]
    of_pairs: Callable[[Pairs], Table]
    is_null: Callable[[Any], bool]  # cjson.null
    null: Callable[[], Any]


class LibraryError(ValueError):
    """An error line for the script."""

    def __str__(self) -> str:
        return "\1" + str(self.args[0])  # sandbox.lua writes the place in front


def bad_argument(number: int, reason: str) -> LibraryError:
    return LibraryError(f"bad argument #{number} to '{_NAME}' ({reason})")


def number_at(arguments: Sequence[Any], index: int) -> int | float:
    """The argument at `index`, counted from 0; a string that spells a number is one, as everywhere in Lua."""
    value = arguments[index] if index < len(arguments) else None
    if type(value) is int or type(value) is float:
        return value
    number = spelled_number(value) if type(value) is bytes else None
    if number is None:
        raise bad_argument(index + 1, f"number expected, got {_type_name(arguments, index)}")
    return number


def spelled_number(text: bytes) -> float | None:
    """As strtod() reads it, up to a zero byte.

    >>> spelled_number(b" 0x10 "), spelled_number(b"1e3"), spelled_number(b"1_0"), spelled_number(b"")
    (16.0, 1000.0, None, None)
    """
    text = text.partition(b"\0")[0].strip(b" \t\n\v\f\r")
    if b"_" in text:
        return None
    try:
        return float.fromhex(text.decode("latin-1")) if _HEX.match(text) else float(text)
    except OverflowError:
        return -math.inf if text.startswith(b"-") else math.inf
    except ValueError:
        return None


def integer_at(arguments: Sequence[Any], index: int, default: int | None = None) -> int:
    if default is not None and (index >= len(arguments) or arguments[index] is None):
        return default
    return as_int64(number_at(arguments, index))


def as_int64(number: int | float) -> int:
    """As C casts a double: towards zero, and what does not fit is the lowest.

    >>> as_int64(-2.9), as_int64(2.0**63), as_int64(float("nan"))
    (-2, -9223372036854775808, -9223372036854775808)
    """
    if not -(2.0**63) <= number < 2.0**63:  # true of no number at all, too
        return INT64_MIN
    return int(number)


def int32_at(arguments: Sequence[Any], index: int, default: int | None = None) -> int:
    return int32(integer_at(arguments, index, default))


def int32(number: int) -> int:
    """As C makes an int of it: the lowest bits.

    >>> int32(5), int32(2**32 - 1), int32(2**31)
    (5, -1, -2147483648)
    """
    return ((number & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def string_at(arguments: Sequence[Any], index: int) -> bytes:
    value = arguments[index] if index < len(arguments) else None
    if type(value) is bytes:
        return value
    if type(value) is int or type(value) is float:
        return spell(value)
    raise bad_argument(index + 1, f"string expected, got {_type_name(arguments, index)}")


def spell(number: int | float) -> bytes:
    """As Lua's tostring().

    >>> spell(3), spell(0.1), spell(1e100), spell(2**60)
    (b'3', b'0.1', b'1e+100', b'1.1529215046068e+18')
    """
    if number != number:
        return b"-nan" if math.copysign(1, number) < 0 else b"nan"
    return b"%.14g" % number


def must_fit(values: Sequence[Any], why: str) -> None:
    """LibraryError when these are more than a function can return."""
    if len(values) > MOST_RESULTS:
        raise LibraryError(f"stack overflow ({why})")


def type_name(value: Any) -> str:
    kind = type(value)
    return TYPE_NAMES.get(kind) or LUA_TYPE_NAMES.get(kind.__name__, "userdata")


def _type_name(arguments: Sequence[Any], index: int) -> str:
    return type_name(arguments[index]) if index < len(arguments) else "no value"
