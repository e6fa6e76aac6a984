"""Step 3: a server that looks commands up in a table.  To add a command, write it; nothing else changes.

python docs/steps/03_table.py 7000
"""

import contextlib
import socket
import sys
import threading
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # where redis_clone lies

from redis_clone.command_table.registry import command_group, find
from redis_clone.commands import command as command_about_commands  # noqa: F401
from redis_clone.commands import lolwut  # noqa: F401
from redis_clone.protocol.errors import RedisError, too_many_arguments
from redis_clone.protocol.replies import Reply, SimpleString, encode
from redis_clone.protocol.resp import ProtocolError, read_command
from redis_clone.protocol.stream import Stream

command = command_group("connection")

SERVER = SimpleNamespace(random=Random())  # what commands need of their server so far


@command("PING", arity=-1, flags="fast")
def ping(client: Any, message: bytes | None = None) -> bytes | SimpleString:
    """Answers PONG, or the message.

    PING [message]
    Since 1.0.0, O(1)
    """
    return SimpleString("PONG") if message is None else message


@command("ECHO", arity=2, flags="fast")
def echo(client: Any, message: bytes) -> bytes:
    """Answers what it was told.

    ECHO message
    Since 1.0.0, O(1)
    """
    return message


def run(client: Any, argv: list[bytes]) -> Reply:
    try:
        spec = find(argv)
        if len(argv) > spec.takes:
            raise too_many_arguments(spec.name, argv)
        return spec.function(client, *argv[spec.words :])  # type: ignore[misc]
    except RedisError as error:
        return error


def serve(connection: socket.socket) -> None:
    client = SimpleNamespace(server=SERVER)
    stream = Stream(connection.recv)
    with connection, contextlib.suppress(EOFError, ConnectionError):
        try:
            while (argv := read_command(stream)) is not None:
                if argv:
                    connection.sendall(encode(run(client, argv)))
        except ProtocolError as error:
            connection.sendall(encode(error))


def main(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"Listening at port {listener.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"At which port? python {sys.argv[0]} 7000")
    try:
        main(port)
    except (OSError, KeyboardInterrupt) as end:  # the port is taken; or Ctrl-C
        sys.exit(str(end) or 0)
