"""Step 2: a server that speaks RESP, so that every client of Redis can talk to it.  It knows two commands.

python docs/steps/02_resp.py 7000
"""

import contextlib
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # where redis_clone lies

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply, SimpleString, encode
from redis_clone.protocol.resp import ProtocolError, read_command
from redis_clone.protocol.stream import Stream


def run(argv: list[bytes]) -> Reply:
    name, arguments = argv[0].upper(), argv[1:]
    if name == b"PING" and not arguments:
        return SimpleString("PONG")
    if name == b"ECHO" and len(arguments) == 1:
        return arguments[0]
    return RedisError(f"ERR what is {argv[0].decode('latin-1')}?")


def serve(connection: socket.socket) -> None:
    stream = Stream(connection.recv)
    with connection, contextlib.suppress(EOFError, ConnectionError):
        try:
            while (argv := read_command(stream)) is not None:
                if argv:
                    connection.sendall(encode(run(argv)))
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
    except (OSError, KeyboardInterrupt) as end:  # another program has the port; or Ctrl-C
        sys.exit(str(end) or 0)
