"""What others have for a connection: bytes in the order in which they came, and an order to hang up.

Only a connection's own thread reads or writes its socket.  So whoever has something for it puts it into
its outbox, under the server's lock, and wakes it once the lock is released:

    publisher's thread      outbox.put(message)  ...  lock released  ...  outbox.ring()
    connection's thread     wakes, takes all that is there, sends it

`ring` is what the connection hung up there (network/connection.py); it is rung only when the outbox was
empty before, for a connection that has been woken will take everything anyway.
"""

from collections.abc import Callable

MOST_BYTES = 32 * 1024 * 1024  # the hard limit of Redis for a subscriber


def _nobody_to_wake() -> None:
    """A client without a connection, as in a test."""


def _never_gone() -> bool:
    return False


class Outbox:
    """
    >>> to_wake = []
    >>> outbox = Outbox(to_wake)
    >>> outbox.put(b"one"), outbox.put(b"two"), len(to_wake), outbox.take(), outbox.take()
    (None, None, 1, b'onetwo', b'')
    """

    __slots__ = ("_messages", "_to_wake", "closing", "is_cut", "is_gone", "is_open", "ring", "size")

    def __init__(self, to_wake: "list[Outbox]") -> None:
        self._messages: list[bytes] = []
        self.size = 0
        self._to_wake = to_wake  # shared by all outboxes; dispatch rings each of them and empties the list
        self.closing = False  # set: the connection is to end, without taking another command
        self.is_cut = False  # set: it is to end at once, whatever it is doing
        self.is_open = False  # set: its connection may be pushed to, so it waits for this outbox too
        self.ring: Callable[[], None] = _nobody_to_wake
        self.is_gone: Callable[[], bool] = _never_gone  # has the peer hung up, though nobody noticed yet?

    def put(self, message: bytes) -> None:
        """Add a message.  A connection that lets MOST_BYTES gather, for it does not read, is closed."""
        if self.is_cut:
            return  # nobody will read it
        if not self._messages:
            self._to_wake.append(self)
        self._messages.append(message)
        self.size += len(message)
        if self.size > MOST_BYTES:
            self.take()
            self.close()

    def take(self) -> bytes:
        """All that is there, in order."""
        taken = b"".join(self._messages)
        self._messages.clear()
        self.size = 0
        return taken

    def close(self) -> None:
        """Order the connection to hang up at once."""
        self.closing = self.is_cut = True
        self._to_wake.append(self)

    @property
    def length(self) -> int:
        return len(self._messages)

    def __bool__(self) -> bool:
        return bool(self._messages)
