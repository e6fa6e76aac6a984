"""--scan: lists the names of all keys, by one SCAN after another until the cursor is 0 again.

It is here, though redis-cli has it, because it is how a client uses SCAN: with --wire the cursors are seen to
go back and forth, and no key is missed.
"""

import time
from collections.abc import Iterator
from typing import BinaryIO

from redis_clone.client.connection import Connection
from redis_clone.client.options import Options
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.inline import quote


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


def scan(connection: Connection, options: Options, output: BinaryIO) -> None:
    """--scan: the names alone, a line each; as quoted strings only in the form for people."""
    for keys in rounds(connection, options):
        for key in keys:
            output.write((quote(key) if options.form == "pretty" else key) + b"\n")
        output.flush()
        time.sleep(options.interval)


def _scan_options(options: Options) -> list[bytes]:
    words = [b"MATCH", options.pattern] if options.pattern is not None else []
    return words + ([b"COUNT", b"%d" % options.count] if options.count is not None else [])
