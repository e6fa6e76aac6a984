"""A wrong answer: each connection is served to its end before the next one is accepted."""

import contextlib
import socket
import threading


def serve(listener: socket.socket) -> None:
    """Accept connections for ever, and echo each of them in a thread of its own."""
    while True:
        connection, _ = listener.accept()
        echo(connection)


def echo(connection: socket.socket) -> None:
    """Send each line back as soon as it is complete; hang up when the other side does."""
    gathered = b""
    with connection, contextlib.suppress(ConnectionError):
        while received := connection.recv(4096):
            gathered += received
            complete, newline, gathered = gathered.rpartition(b"\n")
            connection.sendall(complete + newline)
