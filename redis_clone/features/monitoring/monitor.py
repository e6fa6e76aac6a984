"""MONITOR: every command that runs, as a line to each client that has called MONITOR.

    1339518083.107412 [0 127.0.0.1:60866] "set" "greeting" "hello"

The lines go through each client's output buffer, so a slow client delays no other one.  Passwords are
redacted.  The caller holds the lock.
"""

from redis_clone.command_table.redaction import redacted
from redis_clone.protocol.inline import quote
from redis_clone.protocol.output_buffer import OutputBuffer


class Monitors:
    """The clients that have called MONITOR.

    >>> monitors, output_buffer = Monitors(), OutputBuffer([])
    >>> monitors.add(output_buffer)
    >>> monitors.feed(1_500_000, 0, "127.0.0.1:7", [b"AUTH", b"secret"]); output_buffer.drain()
    b'+1.500000 [0 127.0.0.1:7] "AUTH" "(redacted)"\\r\\n'
    """

    def __init__(self) -> None:
        self.listeners: dict[OutputBuffer, None] = {}  # read to see whether there are any

    def add(self, output_buffer: OutputBuffer) -> None:
        output_buffer.takes_pushes = True
        self.listeners[output_buffer] = None

    def forget(self, output_buffer: OutputBuffer) -> None:
        self.listeners.pop(output_buffer, None)

    def feed(self, now_us: int, db: int, address: str, argv: list[bytes]) -> None:
        seconds, microseconds = divmod(now_us, 1_000_000)
        arguments = b" ".join(map(quote, redacted(argv)))
        line = b"+%d.%06d [%d %b] %b\r\n" % (seconds, microseconds, db, address.encode(), arguments)
        for output_buffer in self.listeners:
            output_buffer.append(line)
