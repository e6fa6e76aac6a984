r"""Bytes become a command.

The heart of a server: bytes become a command. `stream` can look at the next byte (`peek`), read a line
(`read_line`) and read a number of bytes (`read_exactly`). A command comes as an array,
`*2\r\n$3\r\nGET\r\n$1\r\na\r\n`, or as a line that a person typed, `GET a\r\n`; its first byte says which
of the two. `read_command` answers its argv, or None at the end of the stream. Three helpers of this
module do the small things, with Redis's own error texts:

    _read_inline(stream)                        the argv of a typed line
    _read_count(stream, trusted)                the number behind *; it reads the line
    _read_length(stream, limits, trusted)       the number behind $; it reads the line

One command may not hold more than `limits.command_bytes` in all its arguments together: QueryBufferFull,
which must be raised *before* the argument that is too much is read.
"""

import io

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling
from redis_clone.protocol.resp import Limits, ProtocolError, QueryBufferFull, read_command
from redis_clone.protocol.stream import Stream

CHAPTER = 2
LEVEL = 3
CONCEPT = "parsing by count"
HOLE = "redis_clone/protocol/resp.py:read_command"
HINTS = (
    "peek() answers b'' at the end of the stream: then there is no command, None. If it is not b'*', "
    "the rest is _read_inline's.",
    "Read the count; then so many times a length, and with read_exactly(length + 2) the argument and "
    "its \\r\\n.",
    "Keep the room that is left: limits.command_bytes at first, less each length as soon as it is "
    "known; below 0, raise QueryBufferFull.",
)


def stream(data: bytes) -> Stream:
    return Stream(io.BytesIO(data).read)


def test_an_array_of_bulk_strings() -> None:
    data = b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"
    calling(read_command, stream(data), given=f"the bytes {data!r}").gives([b"GET", b"a"])


def test_an_argument_may_hold_the_end_of_a_line() -> None:
    data = b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n"
    calling(read_command, stream(data), given=f"the bytes {data!r}").gives([b"GET", b"a\r\nb"])


def test_one_command_after_the_other() -> None:
    both = stream(b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n")
    calling(read_command, both, given="PING and GET a, one after the other").gives([b"PING"])
    calling(read_command, both, given="the same stream, one command later").gives([b"GET", b"a"])
    calling(read_command, both, given="the same stream, at its end").gives(None)


def test_a_line_that_a_person_typed() -> None:
    data = b"SET 'my key' hello\r\n"
    calling(read_command, stream(data), given=f"the bytes {data!r}").gives([b"SET", b"my key", b"hello"])


def test_an_array_of_nothing() -> None:
    for data in (b"*0\r\n", b"*-1\r\n"):
        calling(read_command, stream(data), given=f"the bytes {data!r}").gives([])


def test_the_stream_may_end_within_a_command() -> None:
    for data in (b"*2\r\n", b"*2\r\n$3\r\nGE", b"*1\r\n$4\r\nPING"):
        calling(read_command, stream(data), given=f"the bytes {data!r}, and then the end").raises(EOFError)


def test_what_is_no_command_is_refused() -> None:
    for data in (b"*x\r\n", b"*1\r\nPING\r\n", b"*1\r\n$-5\r\n"):
        calling(read_command, stream(data), given=f"the bytes {data!r}").raises(ProtocolError)


def test_a_command_may_not_be_too_large_in_all() -> None:
    limits = Limits(bulk_bytes=100, command_bytes=10)
    small, large = b"*2\r\n$3\r\nGET\r\n$7\r\n1234567\r\n", b"*2\r\n$3\r\nGET\r\n$8\r\n"
    calling(read_command, stream(small), limits, given=f"the bytes {small!r}").gives([b"GET", b"1234567"])
    calling(read_command, stream(large), limits, given=f"the bytes {large!r}").raises(QueryBufferFull)


def test_a_client_without_the_password_may_send_little() -> None:
    data = b"*11\r\n"
    calling(read_command, stream(data), Limits(), False, given=f"the bytes {data!r}").raises(ProtocolError)


def test_the_server_reads_with_it(server: LiveServer) -> None:
    client = server.client("client")
    client.expect([b"SET", b"a", b"x\r\ny" * 1000], "OK")
    client.expect("STRLEN a", 4000)
