"""The sockets, threads and RESP of chapters 1 to 3, for the steps.

A step passes two functions: one makes a client, and one runs a command of that client.  The module also has a
NoLog, because the real commands expect a log that no step is about.
"""

import contextlib
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode
from redis_clone.protocol.resp import ProtocolError, read_command
from redis_clone.protocol.stream import Stream

Run = Callable[[Any, list[bytes]], bytes]


class NoLog:
    """Takes the place of the log of chapter 13, and keeps nothing."""

    is_on = False

    def replicate_as(self, *argv: bytes) -> None:
        pass

    replicate_as_deletion = prevent_propagation = replicate_as


def listen(port: int, make_client: Callable[[], Any], run: Run) -> None:
    """Serve until Ctrl-C, each connection in a thread of its own."""
    try:
        with socket.create_server(("127.0.0.1", port)) as listener:
            print(f"Listening at port {listener.getsockname()[1]}", flush=True)
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=_serve, args=(connection, make_client(), run), daemon=True).start()
    except (OSError, KeyboardInterrupt) as end:  # another program has the port; or Ctrl-C
        sys.exit(str(end) or 0)


def _serve(connection: socket.socket, client: Any, run: Run) -> None:
    stream = Stream(connection.recv)
    with connection, contextlib.suppress(EOFError, ConnectionError):
        try:
            while (argv := read_command(stream)) is not None:
                if argv:
                    connection.sendall(_reply(client, argv, run))
        except ProtocolError as error:
            connection.sendall(encode(error))


def _reply(client: Any, argv: list[bytes], run: Run) -> bytes:
    """Run a command.  A step may lack what a real command needs: SET ... EX needs a clock."""
    try:
        return run(client, argv)
    except AttributeError as missing:
        return encode(RedisError(f"ERR this step is too small for that: {missing}"))
