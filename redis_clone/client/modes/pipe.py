"""--pipe: sends stdin to the server as it is, as fast as the server takes it, and only counts the replies.

It is here, though redis-cli has it, because a student fills a server with it, and because it shows what a
pipeline without an end needs.  No command waits for the reply to the one before.  So one thread reads the
replies while the other sends; otherwise the server, whose replies nobody takes, would stop taking commands.
The last command is an ECHO of random bytes: when they come back, all replies are here.
"""

import os
import sys
import threading
from typing import BinaryIO

from redis_clone.client.connection import Connection, ConnectionLost
from redis_clone.client.dialing import print_error
from redis_clone.client.options import Options
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command

CHUNK = 64 * 1024


class Replies:
    """What has come back so far; `news` is set by each reply, `is_over` when no more will come."""

    def __init__(self, connection: Connection, last: bytes) -> None:
        self._connection = connection
        self._last = last
        self.count = self.errors = 0
        self.is_over, self.has_last = threading.Event(), False
        self.news = threading.Event()

    def read_all(self) -> None:
        try:
            while (reply := self._connection.read()) != self._last:
                self.count += 1
                if isinstance(reply, RedisError):
                    self.errors += 1
                    print_error(str(reply))
                self.news.set()
            self.has_last = True
        except ConnectionLost as lost:
            print_error(f"Error: {lost}")
        self.is_over.set()
        self.news.set()


def pipe(connection: Connection, options: Options, output: BinaryIO) -> int:
    """The exit code: 1 when a reply was an error, or did not come."""
    last = os.urandom(20)
    replies = Replies(connection, last)
    reader = threading.Thread(target=replies.read_all, daemon=True)  # it may wait for ever
    reader.start()
    try:
        _send_all(connection, sys.stdin.fileno(), last)
    except ConnectionLost:
        pass  # the reader hears of it too, and of the server's reason before
    else:
        print("All data transferred. Waiting for the last reply...", flush=True)
    if not _wait(replies, options.pipe_timeout):
        print_error(f"No replies for {options.pipe_timeout:g} seconds: exiting.")
        replies.errors += 1
    elif replies.has_last:
        print("Last reply received from server.")
    print(f"errors: {replies.errors}, replies: {replies.count}")
    return 0 if replies.has_last and not replies.errors else 1


def _send_all(connection: Connection, source: int, last: bytes) -> None:
    while chunk := os.read(source, CHUNK):
        connection.send_encoded(chunk)
    connection.send_encoded(b"\r\n" + encode_command([b"ECHO", last]))  # a line may lack its end


def _wait(replies: Replies, patience: float) -> bool:
    """For the end; False when no reply came for that long."""
    while not replies.is_over.is_set():
        if not replies.news.wait(patience or None):
            return False
        replies.news.clear()
    return True
