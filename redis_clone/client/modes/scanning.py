"""Walking through all keys with SCAN: what --scan, --bigkeys, --memkeys and --hotkeys have in common."""

import sys
import time
from collections.abc import Iterator
from typing import BinaryIO

from redis_clone.client.connection import Connection
from redis_clone.client.options import Options
from redis_clone.errors import RedisError
from redis_clone.protocol.inline import quote
from redis_clone.protocol.replies import Reply, encode_command

PAUSE_EVERY = 100  # rounds, for those that look at each key


class Refused(Exception):
    """The server answered an error; the text is for the user."""


def rounds(connection: Connection, options: Options) -> Iterator[list[bytes]]:
    """The keys that each SCAN answers, until the cursor is 0 again; a key may come twice."""
    cursor = b"0"
    while True:
        reply = connection.call(b"SCAN", cursor, *_scan_options(options))
        if isinstance(reply, RedisError):
            raise Refused(f"SCAN error: {reply}")
        cursor, keys = reply
        yield keys
        if cursor == b"0":
            return


def ask_each(connection: Connection, commands: list[tuple[bytes, ...]]) -> list[Reply]:
    """All of them in one go, then all the replies: a pipeline, which costs one round trip."""
    if not commands:
        return []
    connection.send_encoded(b"".join(map(encode_command, commands)))
    return [connection.read() for _ in commands]


def scan(connection: Connection, options: Options, output: BinaryIO) -> None:
    """--scan: the names alone, a line each; as quoted strings only in the form for people."""
    for keys in rounds(connection, options):
        for key in keys:
            output.write((quote(key) if options.form == "pretty" else key) + b"\n")
        output.flush()
        time.sleep(options.interval)


class Progress:
    """How far a walk has come, and the pauses of -i."""

    def __init__(self, connection: Connection, options: Options) -> None:
        size = connection.call(b"DBSIZE")
        if isinstance(size, RedisError):
            raise Refused(f"Couldn't determine DBSIZE: {size}")
        self._total = size
        self._interval = options.interval
        self._rounds = 0
        self.seen = 0
        self._percent = 0.0

    def round(self, keys: list[bytes]) -> None:
        """One more round of SCAN is about to be looked at."""
        self._percent = 100 * self.seen / self._total if self._total else 0.0
        self.seen += len(keys)
        self._rounds += 1
        if self._rounds % PAUSE_EVERY == 0:
            time.sleep(self._interval)

    def __str__(self) -> str:
        return f"[{self._percent:05.2f}%]"


def say(line: str = "") -> None:
    """A line of a report, at once: a walk through many keys may take long."""
    print(line)
    sys.stdout.flush()


def _scan_options(options: Options) -> list[bytes]:
    words = [b"MATCH", options.pattern] if options.pattern is not None else []
    return words + ([b"COUNT", b"%d" % options.count] if options.count is not None else [])
