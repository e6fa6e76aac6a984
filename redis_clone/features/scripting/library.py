"""Helpers of the libraries for scripts: errors, and arguments read as C functions read them.

Always true: a whole number arrives as an int, however Lua computed it.  An argument that is -0 arrives as 0;
in a table -0 stays what it is.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

Table = Any
Item = TypeVar("Item")
Pairs = list[tuple[Any, Any]]  # the items of a table; in a dict 1 and true would be the same key
INT64_MIN = -(2**63)
MOST_RESULTS = 7900  # Lua's stack holds 8000
MANY_ITEMS = 4096  # handled between two checks of the time

TYPE_NAMES = {
    bytes: "string", bool: "boolean", int: "number", float: "number", type(None): "nil",
}  # fmt: skip
LUA_TYPE_NAMES = {
    "_LuaTable": "table", "_LuaFunction": "function", "_LuaThread": "thread",
    "function": "function",  # a Python function
    "_LuaCoroutineFunction": "thread",  # a coroutine that has not begun
}  # fmt: skip
_HEX = re.compile(rb"[-+]?0x", re.IGNORECASE)
_NAME = "\2"  # sandbox.lua replaces it by the name that the script calls the function by


class Tables(NamedTuple):
    """The functions by which a library reads and makes Lua tables."""

    pairs_of: Callable[[Any], "Pairs | None"]  # None if it is no table
    of_list: Callable[[Any], Table]  # of a list or a dict
    of_pairs: Callable[[Pairs], Table]
    is_null: Callable[[Any], bool]  # cjson.null
    null: Callable[[], Any]
    check_time: Callable[[], None]  # lets others in after a while; raises an error when the script must end


def with_breaks(items: Iterable[Item], check_time: Callable[[], None]) -> Iterator[Item]:
    """The items, and a check of the time every few thousand: Lua cannot interrupt Python by its hook."""
    for count, item in enumerate(items, 1):
        if not count % MANY_ITEMS:
            check_time()
        yield item


class LibraryError(ValueError):
    """An error that the script gets as a string."""

    def __str__(self) -> str:
        return "\1" + str(self.args[0])  # sandbox.lua writes the line of the script in front


def bad_argument(number: int, reason: str) -> LibraryError:
    return LibraryError(f"bad argument #{number} to '{_NAME}' ({reason})")


def number_at(arguments: Sequence[Any], index: int) -> int | float:
    """The argument at `index`, counted from 0; a string with a number in it will do, as always in Lua."""
    value = arguments[index] if index < len(arguments) else None
    if type(value) is int or type(value) is float:
        return value
    number = parse_number(value) if type(value) is bytes else None
    if number is None:
        raise bad_argument(index + 1, f"number expected, got {_type_name(arguments, index)}")
    return number


def parse_number(text: bytes) -> float | None:
    """A text as a number, read as strtod() does, up to a zero byte; None if it is none.

    >>> parse_number(b" 0x10 "), parse_number(b"1e3"), parse_number(b"1_0"), parse_number(b"")
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
    """A double cast to int64 as in C: towards zero; the lowest integer if it does not fit.

    >>> as_int64(-2.9), as_int64(2.0**63), as_int64(float("nan"))
    (-2, -9223372036854775808, -9223372036854775808)
    """
    if not -(2.0**63) <= number < 2.0**63:  # also true for NaN
        return INT64_MIN
    return int(number)


def int32_at(arguments: Sequence[Any], index: int, default: int | None = None) -> int:
    return int32(integer_at(arguments, index, default))


def int32(number: int) -> int:
    """An int64 cast to int as in C: its lowest 32 bits, signed.

    >>> int32(5), int32(2**32 - 1), int32(2**31)
    (5, -1, -2147483648)
    """
    return ((number & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def string_at(arguments: Sequence[Any], index: int) -> bytes:
    value = arguments[index] if index < len(arguments) else None
    if type(value) is bytes:
        return value
    if type(value) is int or type(value) is float:
        return format_number(value)
    raise bad_argument(index + 1, f"string expected, got {_type_name(arguments, index)}")


def format_number(number: int | float) -> bytes:
    """A number as Lua's tostring() formats it.

    >>> format_number(3), format_number(0.1), format_number(1e100), format_number(2**60)
    (b'3', b'0.1', b'1e+100', b'1.1529215046068e+18')
    """
    if number != number:
        return b"-nan" if math.copysign(1, number) < 0 else b"nan"
    return b"%.14g" % number


def must_fit(values: Sequence[Any], why: str) -> None:
    """Raises LibraryError when there are more values than a function can return."""
    if len(values) > MOST_RESULTS:
        raise LibraryError(f"stack overflow ({why})")


def type_name(value: Any) -> str:
    kind = type(value)
    return TYPE_NAMES.get(kind) or LUA_TYPE_NAMES.get(kind.__name__, "userdata")


def _type_name(arguments: Sequence[Any], index: int) -> str:
    return type_name(arguments[index]) if index < len(arguments) else "no value"
