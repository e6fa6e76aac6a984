"""Reads replies strictly, and says in words what is wrong with the bytes.  Pure functions of bytes.

A reply is read again from its first byte whenever more has come: slow, and simple.
"""

from typing import Any

from exercises.judge.values import NULL, NULL_ARRAY, Failure, Map, Push, Set, Status

KINDS = b"+-:$*%~>,#_(="  # the first bytes that a reply may have
LONGEST_LINE = 65536
Parsed = tuple[Any, int]  # a value, and where its bytes end


class Incomplete(Exception):
    """More bytes must come; the text says which are missing."""


class Malformed(Exception):
    """These bytes can never become a reply."""

    def __init__(self, position: int, sentence: str) -> None:
        super().__init__(sentence)
        self.position = position


def parse(data: bytes, start: int = 0) -> Parsed:
    """The value that begins at `start`, and the position behind it; may raise Incomplete or Malformed."""
    if start >= len(data):
        raise Incomplete("a reply was to begin here")
    kind = data[start : start + 1]
    if kind not in KINDS:
        shown = repr(kind)[1:]
        raise Malformed(start, f"a reply begins with one of + - : $ * and not with {shown}")
    line, end = _line(data, start + 1)
    if kind == b"+":
        return Status(line.decode("latin-1")), end
    if kind == b"-":
        return Failure(line.decode("latin-1")), end
    if kind in b"$=":
        return _bulk(data, start, line, end)
    if kind in b"*~>%":
        return _aggregate(data, start, kind, line, end)
    return _scalar(start, kind, line), end


def _line(data: bytes, start: int) -> tuple[bytes, int]:
    newline = data.find(b"\n", start)
    if newline < 0:
        if len(data) - start > LONGEST_LINE:
            raise Malformed(start, "this line has no end: \\r\\n never came")
        raise Incomplete("the line has no end yet: \\r\\n is missing")
    if data[newline - 1 : newline] != b"\r" or newline == start:
        raise Malformed(newline, "you sent \\n where \\r\\n belongs")
    return data[start : newline - 1], newline + 1


def _integer(text: bytes, start: int) -> int:
    if not text.lstrip(b"-+").isdigit():
        raise Malformed(start + 1, f"a whole number belongs here, and not {text.decode('latin-1')!r}")
    return int(text)


def _float(text: bytes, start: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise Malformed(start + 1, f"a number belongs here, and not {text.decode('latin-1')!r}") from None


def _scalar(start: int, kind: bytes, line: bytes) -> Any:
    if kind == b"_":
        return NULL
    if kind == b"#":
        return line == b"t"
    if kind == b",":
        return _float(line, start)
    return _integer(line, start)


def _bulk(data: bytes, start: int, line: bytes, begin: int) -> Parsed:
    length = _integer(line, start)
    if length < 0:
        return None, begin
    end = begin + length
    if len(data) < end + 2:
        if data.endswith(b"\r\n") and len(data) > begin + 1:
            raise Incomplete(f"a bulk string of {length} bytes has {len(data) - begin - 2}")
        raise Incomplete(f"a bulk string of {length} bytes is not whole: only {len(data) - begin} came")
    if data[end : end + 2] != b"\r\n":
        there = data.find(b"\r\n", begin)
        has = f"has {there - begin}" if there >= 0 else "goes on"
        raise Malformed(end, f"a bulk string of {length} bytes {has}: \\r\\n belongs here")
    return data[begin:end], end + 2


def _aggregate(data: bytes, start: int, kind: bytes, line: bytes, end: int) -> Parsed:
    count = _integer(line, start)
    if count < 0:
        return NULL_ARRAY, end
    items: list[Any] = []
    wanted = 2 * count if kind == b"%" else count
    for number in range(wanted):
        try:
            item, end = parse(data, end)
        except Incomplete as missing:
            raise Incomplete(f"element {number + 1} of {wanted} is missing: {missing}") from None
        items.append(item)
    if kind == b"%":
        return Map(zip(map(_hashable, items[::2]), items[1::2], strict=True)), end
    return {b"*": list, b"~": Set, b">": Push}[kind](items), end


def _hashable(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key
