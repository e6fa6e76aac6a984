"""What others have for a connection: bytes in the order in which they came, and an order to hang up.

Only a connection's own thread reads or writes its socket.  So whoever has something for it puts it into
its outbox, under the server's lock, and wakes it once the lock is released:

    publisher's thread      outbox.append(message)  ...  lock released  ...  outbox.wake()
    connection's thread     wakes, takes all that is there, sends it

`wake` is what the connection hung up there (network/connection.py); it is rung only when the outbox was
empty before, for a connection that has been woken will take everything anyway.
"""

from collections.abc import Callable

from redis_clone.structures.clock import Clock

Limit = tuple[
    int, int, int
]  # hard bytes, soft bytes, how many seconds it may be beyond the soft ones; 0: no limit


class OutputBufferFull(Exception):
    """A connection let more gather than `client-output-buffer-limit` allows its class."""


class OutputBufferLimits:
    """`client-output-buffer-limit`, as all outboxes of a server look at it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.smallest: float = float("inf")  # below it no outbox need look any closer
        self._of_class: dict[str, Limit] = {}

    def set(self, of_class: dict[str, Limit]) -> None:
        """The limits of the classes "normal", "slave" and "pubsub"."""
        self._of_class = of_class
        sizes = [size for hard, soft, _ in of_class.values() for size in (hard, soft) if size]
        self.smallest = min(sizes, default=float("inf"))

    def of(self, name: str) -> Limit:
        return self._of_class.get(name, (0, 0, 0))


def _nobody_to_wake() -> None:
    """A client without a connection, as in a test."""


def _never_gone() -> bool:
    return False


class OutputBuffer:
    """
    >>> to_wake = []
    >>> output_buffer = OutputBuffer(to_wake)
    >>> output_buffer.append(b"one"), output_buffer.append(b"two"), len(to_wake)
    (None, None, 1)
    >>> output_buffer.drain(), output_buffer.drain()
    (b'onetwo', b'')
    """

    __slots__ = (
        "_full_since_ns",
        "_limits",
        "_messages",
        "_subscriptions",
        "_to_wake",
        "close_after_reply",
        "close_asap",
        "has_hung_up",
        "overflowed",
        "sending",
        "size",
        "takes_pushes",
        "wake",
    )  # fmt: skip

    def __init__(
        self,
        to_wake: "list[OutputBuffer]",
        limits: OutputBufferLimits | None = None,
        subscriptions: object = (),
    ) -> None:
        self._messages: list[bytes] = []
        self.size = 0
        self.sending = 0  # bytes that its connection has taken, and that may not have left yet
        self._limits = limits or OutputBufferLimits(Clock())
        self._subscriptions = subscriptions  # who has any is of the class "pubsub"
        self._full_since_ns: int | None = None  # since when it is beyond its soft limit
        self.overflowed = False  # it was closed for being beyond a limit
        self._to_wake = to_wake  # shared by all outboxes; a turn rings each of them at its end
        self.close_after_reply = False  # set: the connection is to end, without taking another command
        self.close_asap = False  # set: it is to end at once, whatever it is doing
        self.takes_pushes = False  # set: its connection may be pushed to, so it waits for this outbox too
        self.disconnect()

    def disconnect(self) -> None:
        """There is no connection yet, or none any more."""
        self.wake: Callable[[], None] = _nobody_to_wake
        self.has_hung_up: Callable[[], bool] = _never_gone  # has the peer hung up, though nobody noticed yet?

    def append(self, message: bytes) -> None:
        """Add a message.  A connection that does not read is closed at its limit; nobody waits for it."""
        if self.close_asap:
            return  # nobody will read it
        if not self._messages:
            self._to_wake.append(self)
        self._messages.append(message)
        self.size += len(message)
        if self.size + self.sending >= self._limits.smallest and self.is_too_full():
            self.overflow()

    def is_too_full(self, replies: int = 0) -> bool:
        """Beyond the hard limit, or for too long beyond the soft one?

        Of replies only their own thread knows, and it waits until they are sent.  So for a client that
        neither subscribes nor is told of anything, the limit is about the `replies` of one burst.
        """
        hard, soft, seconds = self._limits.of("pubsub" if self._subscriptions else "normal")
        size = self.size + self.sending + replies
        now_ns = self._limits.clock.now_ns
        if not 0 < soft <= size:
            self._full_since_ns = None
        elif self._full_since_ns is None:
            self._full_since_ns = now_ns
        elif now_ns - self._full_since_ns > seconds * 10**9:
            return True
        return 0 < hard <= size

    def overflow(self) -> None:
        """Order the connection to hang up, for it is too full."""
        self.overflowed = True
        self.close()

    def drain(self) -> bytes:
        """All that is there, in order."""
        taken = b"".join(self._messages)
        self._messages.clear()
        self.size = 0
        return taken

    def close(self) -> None:
        """Order the connection to hang up at once."""
        self.close_after_reply = self.close_asap = True
        self._to_wake.append(self)

    @property
    def length(self) -> int:
        return len(self._messages)

    def __bool__(self) -> bool:
        return bool(self._messages)
