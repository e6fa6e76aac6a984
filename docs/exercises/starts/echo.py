"""A server that says each line back.  Run this file, and elsewhere docs/steps/01_talk.py 7007 hello."""

import socket
import threading


def serve(listener: socket.socket) -> None:
    """Accept connections for ever, and echo each of them in a thread of its own."""
    raise NotImplementedError("serve is yours to write")


def echo(connection: socket.socket) -> None:
    """Send each line back as soon as it is complete; hang up when the other side does."""
    raise NotImplementedError("echo is yours to write")


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 7007)) as listener:
        print("listening at 127.0.0.1:7007")
        serve(listener)
