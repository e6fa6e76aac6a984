"""The output buffer of a connection: messages that other threads have for its client, in their order.

Only a connection's own thread reads or writes its socket.  So another thread that has a message for a client
appends it to the client's output buffer, under the server's lock, and wakes the connection once the lock is
released:

    publisher's thread      output_buffer.append(message)  ...  lock released  ...  output_buffer.wake()
    connection's thread     wakes, drains the buffer, sends its bytes

An order to close the connection comes the same way.  `wake` is set by the connection (network/connection.py).
A message wakes it only if the buffer was empty, because a connection that has been woken drains all of it.
The replies to the client's own commands are not in the buffer: the connection's thread keeps them.
"""

from collections.abc import Callable

from redis_clone.structures.clock import Clock

FREE_BYTES = 16 * 1024  # of replies: Redis keeps so many in a buffer that no limit counts
Limit = tuple[int, int, int]  # hard bytes, soft bytes, seconds allowed above the soft ones; 0: no limit


MANY_BYTES = 64 * 1024


class OutputBufferFull(Exception):
    """An output buffer has grown beyond what `client-output-buffer-limit` allows the client's class."""


class OutputBufferLimits:
    """The parameter `client-output-buffer-limit`, shared by all output buffers of a server."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.smallest: float = float("inf")  # a buffer below it is within every limit
        self.most_bytes: float = MANY_BYTES  # of replies: beyond it a time slice ends, so that they are sent
        self.holds_replies = False  # to the end of a pipeline: the limit is one for all of its replies
        self._of_class: dict[str, Limit] = {}

    def set(self, of_class: dict[str, Limit]) -> None:
        """Set the limits of the classes "normal", "slave" and "pubsub"."""
        self._of_class = of_class
        sizes = [size for hard, soft, _ in of_class.values() for size in (hard, soft) if size]
        self.smallest = min(sizes, default=float("inf"))
        self.most_bytes = min(MANY_BYTES, self.smallest + FREE_BYTES)
        self.holds_replies = any(self.of("normal")[:2])

    def of(self, name: str) -> Limit:
        return self._of_class.get(name, (0, 0, 0))


def _wake_no_connection() -> None:
    """The `wake` of a client without a connection, as in a test."""


def _has_no_connection() -> bool:
    return False


class OutputBuffer:
    """The messages for one connection, and whether it is to be closed.  The caller holds the lock.

    Two things need no lock.  The connection's own thread alone writes `sending`, and others read it as it was
    a moment ago.  And that thread reads the flags, which stay set; if it sees one too late, it is woken.

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
        self.sending = 0  # bytes that the connection holds or is sending, so they still take memory
        self._limits = limits or OutputBufferLimits(Clock())
        self._subscriptions = subscriptions  # a client with subscriptions is of the class "pubsub"
        self._full_since_ns: int | None = None  # since when the size is above the soft limit
        self.overflowed = False  # the connection is closed because of a limit
        self._to_wake = to_wake  # shared by all buffers: those to wake once the lock is released
        self.close_after_reply = False  # close once the replies are sent, without another command
        self.close_asap = False  # close at once, whatever the connection is doing
        self.takes_pushes = False  # its client may get messages, so its connection waits for wake() too
        self.disconnect()

    def disconnect(self) -> None:
        """There is no connection yet, or it has ended."""
        self.wake: Callable[[], None] = _wake_no_connection
        self.has_hung_up: Callable[[], bool] = _has_no_connection  # even if its thread has not noticed yet

    def append(self, message: bytes) -> None:
        """Add a message; never waits.  A client that does not read is disconnected at its limit."""
        if self.close_asap:
            return  # it would never be sent
        if not self._messages:
            self._to_wake.append(self)
        self._messages.append(message)
        self.size += len(message)
        if self.size + self.sending >= self._limits.smallest and self.is_too_full():
            self.overflow()

    def is_too_full(self) -> bool:
        """Is the size above the hard limit, or has it been above the soft one for too long?

        The replies that the connection's own thread holds count too, except for FREE_BYTES.  That thread
        waits until they are sent, so for a client without messages the limits apply to those of one pipeline.
        A client that reads nothing gets no more of them than the hard limit allows.
        """
        hard, soft, seconds = self._limits.of("pubsub" if self._subscriptions else "normal")
        size = self.size + max(self.sending - FREE_BYTES, 0)
        now_ns = self._limits.clock.now_ns
        if not 0 < soft <= size:
            self._full_since_ns = None
        elif self._full_since_ns is None:
            self._full_since_ns = now_ns
        elif now_ns - self._full_since_ns > seconds * 10**9:
            return True
        return 0 < hard <= size

    def has_room_for(self, more: int) -> bool:
        """Whether the hard limit allows so many bytes more."""
        hard, _, _ = self._limits.of("pubsub" if self._subscriptions else "normal")
        return not 0 < hard <= self.size + self.sending + more

    @property
    def is_above_soft_limit(self) -> bool:
        """Whether it was so when it was last looked at; sent() ends that."""
        return self._full_since_ns is not None

    def sent(self) -> None:
        """All that was being sent has left."""
        self.sending = 0
        if not self.size:
            self._full_since_ns = None

    def overflow(self) -> None:
        """Order the connection to close, because a limit is exceeded."""
        self.overflowed = True
        self.close()

    def drain(self) -> bytes:
        """Remove and return all messages, in their order."""
        messages = b"".join(self._messages)
        self._messages.clear()
        self.size = 0
        return messages

    def close(self) -> None:
        """Order the connection to close at once."""
        self.close_after_reply = self.close_asap = True
        self._to_wake.append(self)

    @property
    def length(self) -> int:
        """The number of messages."""
        return len(self._messages)

    def __bool__(self) -> bool:
        return bool(self._messages)
