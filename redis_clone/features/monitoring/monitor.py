"""MONITOR: every command that runs, as a line to each client that asked for it.

    1339518083.107412 [0 127.0.0.1:60866] "set" "greeting" "hello"

The lines go through the outbox of the one who listens, so a slow one holds up nobody.  Passwords are struck
out.  The caller holds the lock.
"""

from redis_clone.command_table.redaction import redacted
from redis_clone.protocol.inline import quote
from redis_clone.protocol.output_buffer import Outbox


class Monitors:
    """
    >>> monitors, outbox = Monitors(), Outbox([])
    >>> monitors.add(outbox)
    >>> monitors.tell(1_500_000, 0, "127.0.0.1:7", [b"AUTH", b"secret"]); outbox.take()
    b'+1.500000 [0 127.0.0.1:7] "AUTH" "(redacted)"\\r\\n'
    """

    def __init__(self) -> None:
        self.listeners: dict[Outbox, None] = {}  # for looking: is there anybody

    def add(self, outbox: Outbox) -> None:
        outbox.is_open = True
        self.listeners[outbox] = None

    def forget(self, outbox: Outbox) -> None:
        self.listeners.pop(outbox, None)

    def tell(self, now_us: int, db: int, address: str, argv: list[bytes]) -> None:
        seconds, microseconds = divmod(now_us, 1_000_000)
        words = b" ".join(map(quote, redacted(argv)))
        line = b"+%d.%06d [%d %b] %b\r\n" % (seconds, microseconds, db, address.encode(), words)
        for outbox in self.listeners:
            outbox.put(line)
