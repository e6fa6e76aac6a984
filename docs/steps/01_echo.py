"""Step 1: a server that sends back each line, to as many clients as connect.

python docs/steps/01_echo.py 7000
"""

import contextlib
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # where redis_clone lies

from redis_clone.protocol.stream import Stream


def serve(connection: socket.socket) -> None:
    """One connection, in a thread of its own, until the other side hangs up."""
    stream = Stream(connection.recv)
    with connection, contextlib.suppress(EOFError, ConnectionError):
        while True:
            line = stream.read_line()
            connection.sendall(line + b"\r\n")


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
