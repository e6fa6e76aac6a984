"""Bytes come in pieces; lines are what we want.

A socket gives bytes as they arrive, cut anywhere: a line may come in three pieces, and one piece may hold
ten lines. `Stream` keeps the bytes that have come and were not read yet in `self._buffer`, from
`self._position` on. `read_line` answers the bytes up to `end`, without it, and moves the position behind
it. While there is no `end` yet, it has `self._fill_or_fail()` fetch more (which drops what was read, so
the position changes) and looks again. A peer that sends more than `limit` bytes without an end of line
gets a `LineTooLong`: a server must not gather for ever.

Unless it `ends_after_nul`, a line with a zero byte before its end has no end: Redis's C strings stop there.

And with `beyond=1` the byte behind the end is taken as well, whatever it is: Redis ends a length at its \\r
and does not look at the next byte. An end whose byte behind it is still to come is not complete.
"""

import io

from exercises.machinery.proxies import StudentPeer
from exercises.machinery.trial import calling, expect, not_yet
from redis_clone.protocol.stream import LineTooLong, Stream

CHAPTER = 1
LEVEL = 2
CONCEPT = "a stream has no messages, only bytes"
HOLE = "redis_clone/protocol/stream.py:Stream.read_line"
HINTS = (
    "bytes.find(what, start) answers the place, or -1. While it is -1, call self._fill_or_fail() and "
    "look again.",
    "The limit is on what is unread (`self.unread`) when no end was found; look at it before you fetch more.",
    "When it is found: the line is self._buffer[self._position : found], and the new position found +"
    " len(end) + beyond. bytes.find(what, start, stop) looks no further than `stop`.",
)


def pieces(*parts: bytes) -> Stream:
    """A stream whose bytes come in these pieces, as from a slow socket."""
    rest = list(parts)
    return Stream(lambda at_most: rest.pop(0) if rest else b"")


def test_a_line_ends_at_its_end() -> None:
    stream = pieces(b"PING\r\nGET a\r\n")
    calling(stream.read_line, given="the bytes b'PING\\r\\nGET a\\r\\n' in one piece").gives(b"PING")
    calling(stream.read_line, given="the same stream, one line later").gives(b"GET a")


def test_a_line_may_come_in_pieces() -> None:
    stream = pieces(b"PI", b"N", b"G\r\nGET")
    calling(stream.read_line, given="the pieces b'PI', b'N', b'G\\r\\nGET'").gives(b"PING")
    calling(stream.read_exactly, 3, given="what is left after the line").gives(b"GET")


def test_the_end_itself_may_be_cut_in_two() -> None:
    stream = pieces(b"PING\r", b"\nGET a\r\n")
    calling(stream.read_line, given="the pieces b'PING\\r' and b'\\nGET a\\r\\n'").gives(b"PING")


def test_a_line_may_be_empty() -> None:
    calling(pieces(b"\r\nPING\r\n").read_line, given="the bytes b'\\r\\nPING\\r\\n'").gives(b"")


def test_the_end_may_be_another_one() -> None:
    stream = pieces(b"PI\rNG\nGET")
    calling(stream.read_line, b"\n", given="the bytes b'PI\\rNG\\nGET'").gives(b"PI\rNG")


def test_so_many_bytes_beyond_the_end_are_taken_too() -> None:
    stream = pieces(b"$3\r\nGET")
    calling(stream.read_line, b"\r", 5000, 1, given="the bytes b'$3\\r\\nGET'").gives(b"$3")
    calling(stream.read_exactly, 3, given="what is left after the line").gives(b"GET")


def test_what_is_taken_beyond_the_end_may_come_later() -> None:
    stream = pieces(b"$3\r", b"\nGET")
    calling(stream.read_line, b"\r", 5000, 1, given="the pieces b'$3\\r' and b'\\nGET'").gives(b"$3")
    calling(stream.read_exactly, 3, given="what is left after the line").gives(b"GET")


def test_a_line_with_a_zero_byte_may_have_no_end() -> None:
    data = b"PI\0NG\r\n"
    calling(pieces(data).read_line, given="the bytes b'PI\\0NG\\r\\n'").gives(b"PI\0NG")
    without_end = pieces(data, b"\r\n", b"x" * 100, b"\r\n")
    asked = (b"\r\n", 50, 0, False)
    calling(without_end.read_line, *asked, given="b'PI\\0NG\\r\\n' and more").raises(LineTooLong)
    calling(pieces(b"PING\r\n\0").read_line, *asked, given="a zero byte behind the end").gives(b"PING")


def test_the_stream_may_end_too_early() -> None:
    calling(pieces(b"PIN").read_line, given="b'PIN' and then nothing more").raises(EOFError)


def test_a_line_without_an_end_is_refused_at_the_limit() -> None:
    received: list[int] = []

    def receive(at_most: int) -> bytes:
        received.append(1000)
        if sum(received) > 20_000:
            raise not_yet(
                "LineTooLong, beyond 5000 bytes", "20,000 bytes were fetched", "x after x, for ever"
            )
        return b"x" * 1000

    calling(Stream(receive).read_line, b"\r\n", 5000, given="x after x, for ever").raises(LineTooLong)


def test_as_many_bytes_as_the_limit_are_allowed() -> None:
    stream = pieces(b"x" * 5000, b"\r\n")
    calling(stream.read_line, b"\r\n", 5000, given="5000 x, and then the end of the line").gives(b"x" * 5000)


COUNTING = """
looked_at = 0

class Counting(bytes):
    def _count(self, start, stop):
        global looked_at
        looked_at += len(range(*slice(start, stop).indices(len(self))))

    def find(self, what, start=None, stop=None):
        self._count(start, stop)
        return bytes.find(self, what, start, stop)

    def index(self, what, start=None, stop=None):
        self._count(start, stop)
        return bytes.index(self, what, start, stop)

    def partition(self, what):
        self._count(None, None)
        return tuple(map(Counting, bytes.partition(self, what)))

    def split(self, *arguments):
        self._count(None, None)
        return list(map(Counting, bytes.split(self, *arguments)))

    def __contains__(self, what):
        self._count(None, None)
        return bytes.__contains__(self, what)

    def __getitem__(self, key):
        found = bytes.__getitem__(self, key)
        return found if isinstance(found, int) else Counting(found)

    def __add__(self, other):
        return Counting(bytes.__add__(self, other))

    def __radd__(self, other):
        return Counting(bytes.__add__(bytes(other), self))

rest = [Counting(b"x" * 10)] * 1000 + [Counting(b"\\r\\n")]

def receive(at_most):
    return rest.pop(0) if rest else b""
"""


def test_what_was_searched_is_not_searched_again(process: StudentPeer) -> None:
    beside = process.moved({})
    process.module("builtins").exec(COUNTING, beside)
    given = "a line of 10,000 bytes, in a thousand pieces"
    line = calling(Stream(beside["receive"]).read_line, b"\r\n", 20_000, given=given, shown="read_line()")
    line.passes(lambda came: len(came) == 10_000, "a line of 10,000 bytes")
    looked_at = int(beside["looked_at"])
    expect(
        looked_at < 100_000,
        f"{given}: hardly more than 10,000 bytes are looked at, each once",
        f"{looked_at:,} bytes were looked at: those that were searched before are searched again",
    )


def test_a_line_may_be_long_below_the_limit() -> None:
    text = b"x" * 3000 + b"\r\n"
    calling(Stream(io.BytesIO(text).read).read_line, b"\r\n", 5000, given="3000 x").gives(b"x" * 3000)
