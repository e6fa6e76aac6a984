"""Formats what a student reads when a stage fails.  It uses ASCII only, for not every terminal shows more.

A failure has the conversation, the bytes that came with a caret where they went wrong, what was expected,
and, in words, what that may mean and why it was expected.
"""

from collections.abc import Sequence
from typing import Any

from exercises.judge.values import ANY, NULL_ARRAY, Failure, InAnyOrder, Status, describe, encode
from exercises.machinery.conversation import pretty

REMEMBERED = 12  # exchanges that are shown, the last ones
BEFORE, AFTER = 40, 60  # bytes that are shown before and after the caret
LONGEST_LINE = 300
MARGIN = " " * 11

ENDED = "the connection ended: your server probably crashed, or closed it after one command"
NOBODY = "nobody listens at {}: is your server running, and at that port?"


class StageFailed(Exception):
    """The stage does not hold; the text is what the student reads."""


def conversation(exchanges: Sequence[tuple[str, str, str]]) -> list[str]:
    """The lines of (who, ">" or "<", what), the last ones."""
    lines = ["..."] if len(exchanges) > REMEMBERED else []
    width = max((len(who) for who, _, _ in exchanges), default=0)
    for who, way, text in exchanges[-REMEMBERED:]:
        first, *others = text.split("\n")
        lines.append(f"{who:>{width}} {way} {first[:LONGEST_LINE]}")
        lines += [f"{'':>{width}}   {other[:LONGEST_LINE]}" for other in others]
    return lines


def received(data: bytes, position: int) -> list[str]:
    r"""The bytes as Python writes them, and a caret under the one at `position`.

    >>> print("\n".join(received(b"+pong\r\n", 1)))
    received   +pong\r\n
                ^
    """
    start = max(0, position - BEFORE)
    before, after = _shown(data[start:position]), _shown(data[position : position + AFTER])
    cut_before = "..." if start else ""
    cut_after = "..." if len(data) > position + AFTER else ""
    return [
        f"received   {cut_before}{before}{after}{cut_after}",
        f"{MARGIN}{' ' * len(cut_before + before)}^",
    ]


def wrong_reply(expected: Any, came: Any, data: bytes, why: str) -> list[str]:
    """The lines for a reply that is well formed, and not the expected one."""
    wanted = b"" if expected is ANY or isinstance(expected, InAnyOrder) else encode(expected)
    if isinstance(expected, Failure):
        wanted = wanted[:-2]
    position = first_difference(wanted, data) if wanted else 0
    error = " ..., as you like" if isinstance(expected, Failure) else ""
    lines = [*received(data, position), f"expected   {_shown(wanted)[:LONGEST_LINE]}{error}"]
    if not wanted or isinstance(expected, list):
        lines[-1] = f"expected   {describe(expected)}"
    if meaning := translate(expected, came):
        lines.append(f"this means {meaning}")
    return [*lines, *([f"because    {why}"] if why else [])]


def first_difference(wanted: bytes, data: bytes) -> int:
    """Where two byte strings begin to differ."""
    for position, (left, right) in enumerate(zip(wanted, data, strict=False)):
        if left != right:
            return position
    return min(len(wanted), len(data))


def translate(expected: Any, came: Any) -> str:
    """What a wrong reply usually means; "" where there is nothing to say."""
    if isinstance(came, Failure) and came.startswith("ERR unknown command"):
        return "your server does not know this command yet"
    if isinstance(came, Failure) and not isinstance(expected, Failure):
        return "your server answered with an error where none belongs"
    if isinstance(expected, Failure) and isinstance(came, Failure):
        return "an error is right, but clients look at how its text begins"
    if isinstance(expected, Failure):
        return "your server did it, or says so, where it must refuse"
    if (expected is NULL_ARRAY and came is None) or (came is NULL_ARRAY and expected is None):
        return "there are two kinds of nothing: $-1 is no string, *-1 is no array"
    if came is None:
        return "your server says that there is nothing"
    if type(expected) is not type(came) and _text(expected) == _text(came):
        return f"the value is right, but it is {_kind(came)} where {_kind(expected)} belongs"
    if isinstance(expected, list) and isinstance(came, list):
        return _compare_lists(expected, came)
    return ""


def _compare_lists(expected: list[Any], came: list[Any]) -> str:
    if len(expected) != len(came):
        return f"{len(expected)} elements were expected, and {len(came)} came"
    if sorted(map(encode, expected)) == sorted(map(encode, came)):
        return "the elements are right, and their order is not"
    return ""


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str(value) if isinstance(value, str | int | float) else repr(value)


def _kind(value: Any) -> str:
    if isinstance(value, Status):
        return "a simple string (+)"
    if isinstance(value, bytes | str):
        return "a bulk string ($)"
    if isinstance(value, int):
        return "an integer (:)"
    return "another kind of reply"


def _shown(data: bytes) -> str:
    return repr(data)[2:-1].replace("\\'", "'")


def shown_reply(value: Any) -> str:
    """A reply as the conversation shows it, with lines for the elements of an array."""
    return pretty(list(value)) if type(value) is list and _is_plain(value) else describe(value)


def _is_plain(value: list[Any]) -> bool:
    return all(isinstance(item, bytes | int | str) or item is None for item in value)
