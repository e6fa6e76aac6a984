"""A wrong answer: of two lines that come in one piece only the first is sent back."""

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
            gathered += received
            complete, newline, gathered = gathered.partition(b"\n")
            connection.sendall(complete + newline)
