"""Reading arguments: each reader returns a value, or raises Redis's own error.

Options come in any order and in any letter case; a command reads them with Options, in a `match`:

    options = Options(args)
    while options:
        match options.word():
            case b"NX": ...
            case b"EX": seconds = integer(options.value())
            case _: raise options.error()
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from redis_clone.protocol.errors import NOT_A_FLOAT, NOT_AN_INTEGER, NOT_POSITIVE, SYNTAX, RedisError
from redis_clone.structures.numbers import INT64_MAX, parse_double, parse_integer, parse_long_double

if TYPE_CHECKING:
    from redis_clone.server.state import Client

MOST_PICKS = 10_000_000  # about a gigabyte
LEAST_ELEMENT = len(b"$0\r\n\r\n")  # bytes of an element in a reply


def integer(argument: bytes, error: str = NOT_AN_INTEGER) -> int:
    """A signed 64-bit integer."""
    try:
        return parse_integer(argument)
    except ValueError:
        raise RedisError(error) from None


def integer_within(argument: bytes, low: int, high: int, error: str) -> int:
    number = integer(argument)
    if not low <= number <= high:
        raise RedisError(error)
    return number


def positive(argument: bytes, error: str = NOT_POSITIVE) -> int:
    """0 or more (getPositiveLongFromObjectOrReply in Redis); `error` is raised for any fault."""
    number = integer(argument, error)
    if number < 0:
        raise RedisError(error)
    return number


def int32(argument: bytes, error: str = "") -> int:
    """A signed 32-bit integer, such as a database's number (getIntFromObjectOrReply in Redis)."""
    number = integer(argument, error or NOT_AN_INTEGER)
    if not -(2**31) <= number < 2**31:
        raise RedisError(error or f"ERR value is out of range, value must between {-(2**31)} and {2**31 - 1}")
    return number


def one_or_more(argument: bytes, error: str) -> int:
    """1 or more; `error` is raised for any fault."""
    number = integer(argument, error)
    if number < 1:
        raise RedisError(error)
    return number


def negatable_integer(argument: bytes) -> int:
    """An integer whose negative fits into 64 bits too: a count that may be negative must be one."""
    error = f"ERR value is out of range, value must between {-INT64_MAX} and {INT64_MAX}"
    return integer_within(argument, -INT64_MAX, INT64_MAX, error)


def picks(client: Client, count: int) -> range:
    """One number for each pick that a negative count asks for.

    The real server makes such a reply for hours if need be, and serves no other client; or it disconnects the
    client once the reply exceeds its output buffer's limit, as we do at once.
    """
    if -count > MOST_PICKS:
        if not client.output_buffer.has_room_for(-count * LEAST_ELEMENT):
            client.output_buffer.overflow()
            return range(0)
        raise RedisError(f"ERR value is out of range, a reply holds {MOST_PICKS} elements at most")
    return range(-count)


def double(argument: bytes, error: str = NOT_A_FLOAT) -> float:
    try:
        return parse_double(argument)
    except ValueError:
        raise RedisError(error) from None


def long_double(argument: bytes) -> Fraction:
    """A finite long double.  OverflowError for an infinite one: the caller knows its error line."""
    try:
        return parse_long_double(argument)
    except ValueError:
        raise RedisError(NOT_A_FLOAT) from None


def timeout_ms(argument: bytes) -> int:
    """A time-out in seconds, with a fraction or without, as milliseconds, rounded up; 0 waits for ever."""
    try:
        milliseconds = math.ceil(parse_long_double(argument) * 1000)
    except OverflowError:
        raise RedisError("ERR timeout is out of range") from None
    except ValueError:
        raise RedisError("ERR timeout is not a float or out of range") from None
    if milliseconds < 0:
        raise RedisError("ERR timeout is negative")
    if milliseconds > INT64_MAX:  # 7.0 calls this one negative
        raise RedisError("ERR timeout is out of range")
    return milliseconds


class Options:
    """The arguments at the end of a command, read one by one.  True while some are left."""

    def __init__(self, args: Sequence[bytes]) -> None:
        self._args = args
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._args)

    @property
    def left(self) -> int:
        return len(self._args) - self._at

    def word(self) -> bytes:
        """The next option's name, in capitals."""
        return self.value().upper()

    def value(self) -> bytes:
        """The next argument as it is; a syntax error when there is none."""
        if not self:
            raise self.error()
        self._at += 1
        return self._args[self._at - 1]

    @staticmethod
    def error() -> RedisError:
        return RedisError(SYNTAX)


def pairs(args: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """
    >>> pairs([b"field", b"value", b"other", b"word"])
    [(b'field', b'value'), (b'other', b'word')]
    """
    each = iter(args)  # one iterator, from which zip takes two at a time: twice as fast as two slices
    return list(zip(each, each, strict=True))
