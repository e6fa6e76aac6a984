"""Sends many commands with few round trips."""

from collections.abc import Callable, Sequence
from typing import Any

from redis_clone.protocol.replies import encode_command, read_reply
from redis_clone.protocol.stream import Stream


def ask(
    send: Callable[[bytes], None], receive: Callable[[int], bytes], commands: Sequence[Sequence[bytes]]
) -> list[Any]:
    """The replies of these commands, in their order."""
    raise NotImplementedError("ask is yours to write")
