"""The command trace in the log: each command with its connection, thread and reply, and the bytes themselves.

`--loglevel debug` logs each command, without its secrets.  `--trace` logs the bytes of every connection,
passwords too, so it is for learning and not for a server with passwords.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from redis_clone import logging
from redis_clone.command_table.redaction import REDACTED, redacted, reply_has_secret
from redis_clone.protocol.inline import quote

if TYPE_CHECKING:
    from redis_clone.server.state import Client

LONGEST = 200  # bytes of a command, a reply or a pipeline that are shown


def show_command(client: Client, argv: list[bytes], reply: bytes) -> None:
    """Log a command and its reply, without passwords."""
    thread = threading.current_thread().name
    shown = REDACTED.decode() if reply_has_secret(reply, argv) else _shown(reply)
    logging.debug(f"[{client.address} db{client.db.index} {thread}] {shown_command(argv)} -> {shown}")


def shown_command(argv: list[bytes]) -> str:
    """A command for the log, without passwords, and not too long."""
    return _cut(" ".join(quote(argument[:LONGEST]).decode() for argument in redacted(argv)[:LONGEST]))


def show_bytes(client: Client, direction: str, data: bytes) -> None:
    """Log bytes that came from the client (direction `<`) or were sent to it (`>`)."""
    logging.notice(f"[{client.address}] {direction} {_shown(data) if data else '(end)'}")


def _shown(data: bytes) -> str:
    return _cut(quote(data[: LONGEST + 1])[1:-1].decode())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."
