"""A wrong answer: what has come is sent back at once, whole line or not."""

import contextlib
import socket
import threading


def serve(listener: socket.socket) -> None:
    """Accept connections for ever, and echo each of them in a thread of its own."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=echo, args=(connection,), daemon=True).start()


def echo(connection: socket.socket) -> None:
    """Send each line back as soon as it is complete; hang up when the other side does."""
    gathered = b""
    with connection, contextlib.suppress(ConnectionError):
        while received := connection.recv(4096):
            connection.sendall(received)
