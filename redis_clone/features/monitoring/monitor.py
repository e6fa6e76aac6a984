"""MONITOR: every command that runs, as a line to each client that has called MONITOR.

    1339518083.107412 [0 127.0.0.1:60866] "set" "greeting" "hello"

The lines go through each client's output buffer, so a slow client delays no other one.  Passwords are
redacted, and a client that CLIENT REPLY has muted gets no lines.  The caller holds the lock.
"""

from typing import Protocol

from redis_clone.command_table.redaction import redacted
from redis_clone.protocol.inline import quote
from redis_clone.protocol.output_buffer import OutputBuffer


class Listener(Protocol):
    """The attributes of a client that this module uses."""

    output_buffer: OutputBuffer

    @property
    def is_muted(self) -> bool: ...


class Monitors:
    """The clients that have called MONITOR."""

    def __init__(self) -> None:
        self.listeners: dict[Listener, None] = {}  # read to see whether there are any

    def add(self, client: Listener) -> None:
        client.output_buffer.takes_pushes = True
        self.listeners[client] = None

    def forget(self, client: Listener) -> None:
        self.listeners.pop(client, None)

    def feed(self, now_us: int, db: int, address: str, argv: list[bytes]) -> None:
        seconds, microseconds = divmod(now_us, 1_000_000)
        arguments = b" ".join(map(quote, redacted(argv)))
        line = b"+%d.%06d [%d %b] %b\r\n" % (seconds, microseconds, db, address.encode(), arguments)
        for client in self.listeners:
            if not client.is_muted:
                client.output_buffer.append(line)
