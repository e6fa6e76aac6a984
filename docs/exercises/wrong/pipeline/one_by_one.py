"""A wrong answer: each command waits for its reply."""

from collections.abc import Callable, Sequence
from typing import Any

from redis_clone.protocol.replies import encode_command, read_reply
from redis_clone.protocol.stream import Stream

PORTION = 1  # commands whose replies, of a hundred bytes each, fit into the 64 KiB on the way


def ask(
    send: Callable[[bytes], None], receive: Callable[[int], bytes], commands: Sequence[Sequence[bytes]]
) -> list[Any]:
    """The replies of these commands, in their order."""
    stream = Stream(receive)
    replies: list[Any] = []
    for start in range(0, len(commands), PORTION):
        portion = commands[start : start + PORTION]
        send(b"".join(map(encode_command, portion)))
        replies += [read_reply(stream) for _ in portion]
    return replies
