"""A server of your own, in twenty lines.

Before the server of this book, the smallest one: it accepts connections, and sends each line that it gets
back. Two functions: `serve` accepts, again and again, and gives each connection a thread; `echo` is that
thread. Mind three things. A client that sends nothing must not keep the others waiting: that is what the
threads are for. A line may come in pieces, and is sent back when its newline has come, not before. And a
client that hangs up in the middle must not do any harm.
"""

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Iterator
from types import ModuleType

from exercises.machinery.trial import NotYet, calling

CHAPTER = 1
LEVEL = 1
CONCEPT = "a thread for each connection"
FILE = "docs/exercises/yours/echo.py"
HINTS = (
    "listener.accept() answers a connection and an address. threading.Thread(target=echo, "
    "args=(connection,), daemon=True).start() gives it a thread.",
    "connection.recv(4096) waits, and answers b'' when the other side has hung up. Gather what it "
    "answers, and send back what has its newline: gathered.rpartition(b'\\n') cuts behind the last "
    "one.",
    "When the client vanishes, recv and sendall raise ConnectionError: close the connection and return.",
)
LINGER = "hh" if os.name == "nt" else "ii"  # how the system packs two small numbers


@contextlib.contextmanager
def running(yours: ModuleType) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=yours.serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()


class Caller:
    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, 2)

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def hears(self, expected: bytes, given: str) -> None:
        heard = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            while len(heard) < len(expected) and (more := self.socket.recv(len(expected) - len(heard))):
                heard += more
        if heard != expected:
            raise NotYet(
                f"given     {given}\nexpected  {expected!r}\ncame      {heard!r}, within two seconds"
            )


def test_a_line_is_sent_back(yours: ModuleType) -> None:
    with running(yours) as address:
        caller = Caller(address)
        caller.say(b"hello\n")
        caller.hears(b"hello\n", "b'hello\\n' was sent")
        caller.say(b"again\n")
        caller.hears(b"again\n", "b'again\\n' was sent after it")


def test_several_lines_in_one_piece(yours: ModuleType) -> None:
    with running(yours) as address:
        caller = Caller(address)
        caller.say(b"one\ntwo\nthree\n")
        caller.hears(b"one\ntwo\nthree\n", "three lines were sent in one piece")


def test_a_client_that_sends_nothing_keeps_no_other_waiting(yours: ModuleType) -> None:
    with running(yours) as address:
        slow, caller = Caller(address), Caller(address)
        caller.say(b"hello\n")
        caller.hears(b"hello\n", "a first client sends nothing, a second one b'hello\\n'")
        slow.say(b"now me\n")
        slow.hears(b"now me\n", "and then the first one sends b'now me\\n'")


def test_a_line_is_sent_back_when_it_is_complete(yours: ModuleType) -> None:
    with running(yours) as address:
        caller = Caller(address)
        caller.say(b"hel")
        caller.socket.settimeout(0.15)
        with contextlib.suppress(TimeoutError):
            early = caller.socket.recv(10)
            raise NotYet(
                f"given     b'hel' was sent, and no newline\nexpected  nothing yet\ncame      {early!r}"
            )
        caller.socket.settimeout(2)
        caller.say(b"lo\nrest")
        caller.hears(b"hello\n", "b'hel' was sent, and then b'lo\\nrest'")


def test_a_client_that_hangs_up_does_no_harm(yours: ModuleType) -> None:
    with running(yours) as address:
        rude = Caller(address)
        rude.say(b"half a li")
        rude.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(LINGER, 1, 0))
        rude.socket.close()  # with linger 0: the connection is reset
        caller = Caller(address)
        caller.say(b"still there?\n")
        caller.hears(b"still there?\n", "another client hung up in the middle of a line")


def test_the_connection_is_closed_when_the_client_has_sent_all(yours: ModuleType) -> None:
    with running(yours) as address:
        caller = Caller(address)
        caller.say(b"bye\n")
        caller.socket.shutdown(socket.SHUT_WR)
        caller.hears(b"bye\n", "b'bye\\n' was sent, and then the end")
        calling(caller.socket.recv, 1, given="the client has sent all", shown="recv(1)").gives(b"")
