"""Runs one command in the server without a connection, and returns plain Python."""

import io
import threading
from collections import deque
from typing import Any

from redis_clone.features.acl.users import default_user
from redis_clone.protocol.errors import DB_OUT_OF_RANGE, RedisError
from redis_clone.protocol.replies import Members, read_reply
from redis_clone.protocol.stream import Stream
from redis_clone.server.clients import forget_unconnected
from redis_clone.server.locking import execute_pipeline
from redis_clone.server.state import Client, Server

Word = str | bytes | int | float
LONGEST_SAVE_S = 10.0  # how long CLUSTER may wait for the disk
READ: dict[
    str, tuple[list[Word], list[Word]]
] = {  # the command that reads a whole value: its words before the key, and behind it
    "string": (["GET"], []),
    "list": (["LRANGE"], [0, -1]),
    "set": (["SMEMBERS"], []),
    "hash": (["HGETALL"], []),
    "zset": (["ZRANGE"], [0, -1, "WITHSCORES"]),
    "stream": (["XRANGE"], ["-", "+"]),
}


def run(server: Server, words: tuple[Word, ...], db: int = 0) -> Any:
    """Run a command as a client of its own, who may do everything; raises RedisError for an error reply.

    The command goes the one way of all commands (server/dispatch.py).  The reply is that of RESP3: a map is a
    dict, a set is a set, a double is a float.  ValueError when the command would have to wait for others.
    """
    if not 0 <= db < len(server.databases):
        raise RedisError(DB_OUT_OF_RANGE)
    client = Client(server)
    client.user, client.authenticated = default_user(), True
    client.db, client.protocol, client.no_touch = server.databases[db], 3, True
    replies = _replies(client, [_encoded(word) for word in words])
    forget_unconnected(client)
    if not replies:
        raise ValueError(f"{words[0]!r} has to wait, which takes a client with a connection")
    reply = read_reply(Stream(io.BytesIO(replies).read))
    if isinstance(reply, RedisError):
        raise reply
    return set(reply) if isinstance(reply, Members) else reply


def _replies(client: Client, argv: list[bytes]) -> bytes:
    """The bytes of the reply; none when the client must wait, except for nodes.conf to be saved."""
    replies, woken = bytearray(), threading.Event()
    client.output_buffer.wake = woken.set
    is_blocked = execute_pipeline(client, deque([argv]), replies)
    if is_blocked and argv[0].upper() == b"CLUSTER" and woken.wait(LONGEST_SAVE_S):
        replies += client.output_buffer.drain()
    return bytes(replies)


def read_value(server: Server, key: Word, db: int = 0) -> Any:
    """The whole value of a key as plain Python; None when there is no such key."""
    kind = run(server, ("TYPE", key), db)
    if kind not in READ:
        return None
    before, behind = READ[kind]
    value = run(server, (*before, key, *behind), db)
    return dict(value) if kind == "zset" else value


def _encoded(word: Word) -> bytes:
    if isinstance(word, bool) or not isinstance(word, Word):
        raise TypeError(f"{word!r}: a word of a command is a str, bytes, an int or a float")
    return word if isinstance(word, bytes) else str(word).encode()
