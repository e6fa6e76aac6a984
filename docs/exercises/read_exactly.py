"""Read as many bytes as were announced, and no more.

The length of an argument is announced before it (`$3`), so the reader knows how many bytes it wants. They
may be here already, in `self._buffer` from `self._position` on. Or a part of them is, and the others come
from `self._receive(at_most)`, which answers *up to* so many bytes, as a socket does: perhaps only one. b"" is
the end. The bytes behind the argument belong to the next command, and must stay where they are. A gigabyte
may be announced and never come: ask for pieces of a sensible size, so that memory grows only with what has
come.
"""

from exercises.machinery.trial import calling, expect
from redis_clone.protocol.stream import CHUNK, Stream

CHAPTER = 1
LEVEL = 2
CONCEPT = "counting instead of searching"
HOLE = "redis_clone/protocol/stream.py:Stream.read_exactly"
HINTS = (
    "First the easy case: when `count` is no more than self.unread, cut it out of the buffer and move on.",
    "Else take all that is in the buffer, make the buffer empty, and receive until nothing is missing.",
    "Receive at most what is missing (and no more than, say, 16 * CHUNK): so nothing of the next "
    "command is taken. Gather the parts in a list, and join it at the end.",
)


def pieces(*parts: bytes) -> Stream:
    rest = list(parts)

    def receive(at_most: int) -> bytes:
        if not rest:
            return b""
        part, rest[0] = rest[0][:at_most], rest[0][at_most:]
        if not rest[0]:
            del rest[0]
        return part

    return Stream(receive)


def test_what_is_here_already() -> None:
    stream = pieces(b"hello world")
    stream.peek()
    calling(stream.read_exactly, 5, given="b'hello world', all of it in the buffer").gives(b"hello")
    calling(stream.read_exactly, 6, given="the same stream, five bytes later").gives(b" world")


def test_what_comes_in_pieces() -> None:
    stream = pieces(b"he", b"l", b"lo wor", b"ld")
    stream.peek()
    calling(stream.read_exactly, 7, given="the pieces b'he', b'l', b'lo wor', b'ld'").gives(b"hello w")
    calling(stream.peek, given="what is behind it").gives(b"o")
    calling(stream.read_exactly, 4, given="what is behind it").gives(b"orld")


def test_nothing_is_a_count_too() -> None:
    calling(pieces(b"x").read_exactly, 0).gives(b"")


def test_the_next_command_stays_where_it_is() -> None:
    stream = pieces(b"$1", b"a\r\nPING\r\n")
    stream.peek()
    calling(stream.read_exactly, 3, given="the pieces b'$1' and b'a\\r\\nPING\\r\\n'").gives(b"$1a")
    calling(stream.read_line, given="what is behind it").gives(b"")
    calling(stream.read_line, given="what is behind it").gives(b"PING")


def test_the_stream_may_end_too_early() -> None:
    calling(pieces(b"abc").read_exactly, 5, given="b'abc' and then nothing more").raises(EOFError)


def test_what_is_announced_is_not_asked_for_at_once() -> None:
    asked: list[int] = []

    def receive(at_most: int) -> bytes:
        asked.append(at_most)
        return b""

    calling(Stream(receive).read_exactly, 10**9, given="nothing at all").raises(EOFError)
    expect(
        max(asked) <= 100 * CHUNK, "pieces of a sensible size are asked for", f"{max(asked)} bytes at once"
    )
