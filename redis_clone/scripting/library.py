"""What the libraries for scripts have in common: errors, and the reading of arguments."""

import math
from collections.abc import Sequence
from typing import Any

from redis_clone.numbers import INT64_MIN

TYPE_NAMES = {bytes: "string", bool: "boolean", int: "number", float: "number", type(None): "nil"}


class LibraryError(ValueError):
    """An error line for the script."""

    def __str__(self) -> str:
        return "\1" + str(self.args[0])  # sandbox.lua writes the place in front


def bad_argument(number: int, name: str, reason: str) -> LibraryError:
    return LibraryError(f"bad argument #{number} to '{name}' ({reason})")


def number_at(arguments: Sequence[Any], index: int, name: str) -> int | float:
    """The argument at `index`, counted from 0; a string that spells a number is one, as everywhere in Lua."""
    value = arguments[index] if index < len(arguments) else None
    if type(value) is int or type(value) is float:
        return value
    if type(value) is bytes:
        try:
            return float(value)
        except ValueError:
            pass
    raise bad_argument(index + 1, name, f"number expected, got {_type_name(arguments, index)}")


def integer_at(arguments: Sequence[Any], index: int, name: str, default: int | None = None) -> int:
    if default is not None and (index >= len(arguments) or arguments[index] is None):
        return default
    number = number_at(arguments, index, name)
    return int(number) if math.isfinite(number) else INT64_MIN  # as C casts what is no integer


def string_at(arguments: Sequence[Any], index: int, name: str) -> bytes:
    value = arguments[index] if index < len(arguments) else None
    if type(value) is bytes:
        return value
    if type(value) is int or type(value) is float:
        return spell(value)
    raise bad_argument(index + 1, name, f"string expected, got {_type_name(arguments, index)}")


def spell(number: int | float) -> bytes:
    """As Lua's tostring().

    >>> spell(3), spell(0.1), spell(1e100), spell(2**60)
    (b'3', b'0.1', b'1e+100', b'1.1529215046068e+18')
    """
    return b"%.14g" % number


def _type_name(arguments: Sequence[Any], index: int) -> str:
    if index >= len(arguments):
        return "no value"
    return TYPE_NAMES.get(type(arguments[index]), "table")
