"""Shows messages as they come while a connection is subscribed; at a prompt a key interrupts that.

Messages and replies come on the same connection, and the reply to a command has no mark.  So while the
connection is subscribed, no reply is paired with a command: each is only shown.  After MONITOR, and without a
prompt, the client listens until the server refuses or the user presses Ctrl-C.
"""

import contextlib
import select
import sys
from collections.abc import Callable, Iterator

from redis_clone.client.connection import Connection
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply

FAMILIES = {
    b"subscribe": "channels",
    b"psubscribe": "channels",  # one count for both
    b"unsubscribe": "channels",
    b"punsubscribe": "channels",
    b"ssubscribe": "shard channels",
    b"sunsubscribe": "shard channels",
}


class Subscriptions:
    """How many channels and patterns the server says that the connection listens to.

    >>> subscriptions = Subscriptions()
    >>> subscriptions.notice([b"subscribe", b"news", 1]), subscriptions.are_there
    (None, True)
    >>> subscriptions.notice([b"unsubscribe", b"news", 0]), subscriptions.are_there
    (None, False)
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    @property
    def are_there(self) -> bool:
        return any(self._counts.values())

    def notice(self, reply: Reply) -> None:
        if reply == "RESET":
            self.clear()
        elif isinstance(reply, list) and len(reply) == 3 and isinstance(reply[0], bytes):
            family = FAMILIES.get(reply[0])
            if family and isinstance(reply[2], int):
                self._counts[family] = reply[2]

    def clear(self) -> None:
        self._counts = {}


def listen(connection: Connection, show: Callable[[Reply], None]) -> None:
    """Show what comes, until the server refuses."""
    reply = None
    while not isinstance(reply, RedisError):
        reply = connection.read()
        show(reply)


def listen_until_key(
    connection: Connection, show: Callable[[Reply], None], subscriptions: Subscriptions
) -> None:
    """Show what comes, until a key is pressed or there is no subscription (any more)."""
    due = 1  # the reply to what was just sent comes first
    with _single_keys():
        while due or subscriptions.are_there:
            if not due and not connection.has_unread and _key_comes_first(connection):
                return
            reply = connection.read()
            subscriptions.notice(reply)
            show(reply)
            due = 0


def can_wait_for_keys() -> bool:
    """Whether this is a terminal at which one can wait for a key and for the server at once."""
    return sys.platform != "win32" and sys.stdin.isatty()


def _key_comes_first(connection: Connection) -> bool:
    ready, _, _ = select.select([connection, sys.stdin], [], [])
    return connection not in ready


@contextlib.contextmanager
def _single_keys() -> Iterator[None]:
    """Have the terminal hand over each key, not each line; Ctrl-C stays what it is."""
    if sys.platform == "win32":
        yield
        return
    import termios  # not to be had on Windows
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)
