"""The story on the terminal: each command with its connection, thread and reply, and the bytes themselves.

`--loglevel debug` tells the first, `--trace` the second.  Secrets are struck out of the first; the second
shows what came over the wire, so it is for learning, not for a server with passwords.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from redis_clone import logging
from redis_clone.command_table.redaction import REDACTED, SECRET_PARAMETERS, redacted
from redis_clone.protocol.inline import quote
from redis_clone.structures.glob import compiled

if TYPE_CHECKING:
    from redis_clone.server.state import Client

LONGEST = 200  # bytes of a reply or a burst that are shown


def show_command(client: Client, argv: list[bytes], reply: bytes) -> None:
    command = " ".join(quote(word[:LONGEST]).decode() for word in redacted(argv)[:LONGEST])
    thread = threading.current_thread().name
    answer = REDACTED.decode() if _tells_the_password(argv) else _shown(reply)
    logging.debug(f"[{client.address} db{client.db.index} {thread}] {_cut(command)} -> {answer}")


def show_bytes(client: Client, direction: str, data: bytes) -> None:
    """`<` came from the client, `>` went to it."""
    logging.notice(f"[{client.address}] {direction} {_shown(data) if data else '(end)'}")


def _tells_the_password(argv: list[bytes]) -> bool:
    is_config_get = [word.upper() for word in argv[:2]] == [b"CONFIG", b"GET"]
    patterns = [compiled(pattern, True) for pattern in argv[2:]] if is_config_get else []
    return any(pattern.matches(name) for pattern in patterns for name in SECRET_PARAMETERS)


def _shown(data: bytes) -> str:
    return _cut(quote(data[: LONGEST + 1])[1:-1].decode())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."
