r"""A command as clients send it.

A client sends a command as an array of bulk strings. `GET a` is

    *2\r\n            two arguments follow
    $3\r\nGET\r\n     the first: its length in bytes, and the bytes
    $1\r\na\r\n       the second

The length is in bytes, and counts, so an argument may hold anything, \r\n too. The server writes its log
with this function, and client.py its requests.
"""

import socket

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling

CHAPTER = 2
LEVEL = 1
CONCEPT = "a length before each value"
HOLE = "redis_clone/protocol/replies.py:encode_command"
HINTS = (
    "For each argument: a dollar, its length in decimal, \\r\\n, the argument itself, \\r\\n.",
    "bytes have % too: b'$%d\\r\\n%b\\r\\n' % (len(argument), argument)",
    "Gather the parts in a list and join them in the end. There are two tables above, COUNTS and LENGTHS, "
    "that hold the short headers ready; without them it is right as well.",
)


def encoded(*arguments: bytes) -> bytes:
    from redis_clone.protocol.replies import encode_command

    return encode_command(arguments)


def test_get() -> None:
    calling(encoded, b"GET", b"a").gives(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n")


def test_one_argument() -> None:
    calling(encoded, b"PING").gives(b"*1\r\n$4\r\nPING\r\n")


def test_an_argument_may_be_empty_or_hold_anything() -> None:
    calling(encoded, b"SET", b"", b"a\r\nb").gives(b"*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\nb\r\n")


def test_the_length_counts_bytes() -> None:
    calling(encoded, "\u00e9".encode()).gives(b"*1\r\n$2\r\n\xc3\xa9\r\n")


def test_a_long_argument_and_many() -> None:
    many = [b"x" * 5000] * 2000
    calling(encoded, *many, shown="2000 arguments of 5000 bytes").gives(
        b"*2000\r\n" + b"".join(b"$5000\r\n%b\r\n" % argument for argument in many)
    )


def test_the_server_understands_it(server: LiveServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 4) as connection:
        connection.sendall(encoded(b"SET", b"k", b"a\r\nb") + encoded(b"GET", b"k"))
        calling(connection.makefile("rb").read, 15, given="SET k, GET k, sent to the server").gives(
            b"+OK\r\n$4\r\na\r\nb\r\n"
        )
