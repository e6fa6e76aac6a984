"""The baseline: a server with a thread for each connection that answers +OK to every command unread.

It shows the limit of the design: a server of threads in Python cannot be faster than one that does nothing
for a command.
"""

import contextlib
import socket
import socketserver
import sys
import threading

CHUNK = 64 * 1024


class Bare(socketserver.BaseRequestHandler):
    """Counts the commands in the bytes that it received, and answers all of them in one send."""

    request: socket.socket

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            while received := self.request.recv(CHUNK):
                self.request.sendall(b"+OK\r\n" * received.count(b"*"))


class BareServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 511


def main() -> None:
    """Serve at a free port of the loopback, and print the port, until the standard input ends."""
    with BareServer(("127.0.0.1", 0), Bare) as server:
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
