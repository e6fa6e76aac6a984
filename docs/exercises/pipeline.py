"""One round trip for many commands.

A command takes a microsecond in the server and half a millisecond on the network. A client that sends a
thousand and waits for each reply waits half a second. So send many at once, and then read the replies: a
pipeline.

`ask(send, receive, commands)` sends these commands (each the list of its arguments) and answers their
replies in the same order. `send(data)` hands bytes to the network. `receive(at_most)` waits for the next
bytes and answers some of them. encode_command and read_reply of redis_clone.protocol.replies make and
read the bytes; Stream(receive) is what replies are read from. It may receive more than one reply at once
and keep the rest, so make one Stream for all.

But if you send all commands at once and only then read, both sides may wait for ever: the server's replies
fill the network's buffers, so the server stops reading your commands, so your send waits. Here 64 KiB of
replies may be on their way, and no reply is longer than 100 bytes.
"""

import hashlib
import secrets
from collections.abc import Callable
from types import ModuleType

from exercises.machinery.trial import NotYet, calling

CHAPTER = 22
LEVEL = 2
CONCEPT = "round trips, and backpressure"
FILE = "docs/exercises/yours/pipeline.py"
HINTS = (
    "Begin with one after the other: send(encode_command(words)), read_reply(Stream(receive)). One "
    "Stream for all, for it may have read ahead.",
    "Then in portions: send a hundred commands joined, read a hundred replies, and so on.",
    "64 KiB / 100 bytes are 655 replies; a portion of 500 is safe, and 10,000 commands take 20 round trips.",
)
ON_THE_WAY = 64 * 1024
SECRET = secrets.token_bytes(16)


class Network:
    """A server with a value for each key, behind a wire with room for ON_THE_WAY bytes of replies."""

    def __init__(self) -> None:
        self.round_trips = 0
        self._unread = b""  # of commands
        self._replies = b""
        self._is_sending = False

    def send(self, data: bytes) -> None:
        self._is_sending = True
        self._unread += data
        lines = self._unread.split(b"\r\n")
        whole = (len(lines) - 1) // 5  # *2 $3 GET $n key
        values = [value_of(lines[5 * number + 4]) for number in range(whole)]
        self._unread = b"\r\n".join(lines[5 * whole :])
        self._replies += b"".join(b"$%d\r\n%b\r\n" % (len(value), value) for value in values)
        if len(self._replies) > ON_THE_WAY:
            raise NotYet(
                "given     the replies are not read, and there is no more room for them on the way\n"
                "expected  replies are read before too many commands are sent\n"
                f"came      a deadlock: {len(self._replies)} bytes of replies wait, and send() waits too"
            )

    def receive(self, at_most: int) -> bytes:
        self.round_trips += self._is_sending
        self._is_sending = False
        if not self._replies:
            raise NotYet("expected  receive() is called while a reply is to come\ncame      a wait for ever")
        part, self._replies = self._replies[: min(at_most, 1000)], self._replies[min(at_most, 1000) :]
        return part


def value_of(key: bytes) -> bytes:
    """What no student's code can know without having asked."""
    return hashlib.sha256(SECRET + key).hexdigest().encode()[: max(len(key), 1)]


def asked(yours: ModuleType, count: int, key: Callable[[int], bytes]) -> Network:
    network = Network()
    keys = [key(number) for number in range(count)]
    commands = [[b"GET", each] for each in keys]
    replies = calling(
        yours.ask,
        network.send,
        network.receive,
        commands,
        given=f"{count} times GET",
        shown="ask(send, receive, commands)",
    ).passes(lambda replies: isinstance(replies, list) and len(replies) == count, f"{count} replies")
    values = list(map(value_of, keys))
    calling(lambda: replies == values, shown="whether each reply is that of its command").gives(True)
    return network


def test_one_command(yours: ModuleType) -> None:
    asked(yours, 1, lambda number: b"hello")


def test_no_command(yours: ModuleType) -> None:
    asked(yours, 0, lambda number: b"")


def test_a_few_commands(yours: ModuleType) -> None:
    asked(yours, 7, lambda number: b"word-%d" % number)


def test_few_round_trips(yours: ModuleType) -> None:
    round_trips = asked(yours, 10_000, lambda number: b"%d" % number).round_trips
    if round_trips > 200:
        raise NotYet(f"given     10,000 commands\nexpected  200 round trips at most\ncame      {round_trips}")


def test_no_deadlock(yours: ModuleType) -> None:
    asked(yours, 10_000, lambda number: b"%090d" % number)
