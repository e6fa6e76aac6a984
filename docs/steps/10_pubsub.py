"""Step 10: a server with subscribers.  A client that publishes never waits for one that subscribes.

python docs/steps/10_pubsub.py 7000         PING, SUBSCRIBE, PUBLISH
"""

import select
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone.features.pubsub import PubSub, Subscriptions
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.output_buffer import OutputBuffer
from redis_clone.protocol.replies import Push, Reply, SimpleString, encode
from redis_clone.protocol.resp import read_command
from redis_clone.protocol.stream import Stream

LOCK = threading.Lock()  # guards the two below
PUBSUB = PubSub()
TO_WAKE: list[OutputBuffer] = []


class Client(BaseRequestHandler):
    """A connection, in a thread of its own."""

    protocol = 2

    def handle(self) -> None:
        self.subscriptions = Subscriptions()
        self.output_buffer = OutputBuffer(TO_WAKE)
        self.write_end, self.read_end = socket.socketpair()  # the wake-up pipe
        self.output_buffer.wake = lambda: self.write_end.sendall(b"!")
        commands = Stream(self.receive)
        with suppress(OSError):  # the client has left
            while argv := read_command(commands):
                self.request.sendall(execute(self, argv))
        with LOCK:
            PUBSUB.forget(self)

    def receive(self, at_most: int) -> bytes:
        """The next bytes of the client; until they come, send what is put into its output buffer."""
        while True:
            ready, _, _ = select.select([self.request, self.read_end], [], [])
            if self.read_end in ready:
                self.read_end.recv(at_most)
                with LOCK:
                    messages = self.output_buffer.drain()
                self.request.sendall(messages)
            if self.request in ready:
                return bytes(self.request.recv(at_most))


def execute(client: Client, argv: list[bytes]) -> bytes:
    with LOCK:
        try:
            reply = COMMANDS.get(argv[0].upper(), unknown)(client, *argv[1:])
        except TypeError:
            reply = RedisError("ERR wrong number of arguments")
        encoded = encode(reply) + client.output_buffer.drain()
        woken, TO_WAKE[:] = TO_WAKE[:], []
    for output_buffer in woken:
        output_buffer.wake()
    return encoded


def ping(client: Client) -> Reply:
    return SimpleString("PONG")


def subscribe(client: Client, channel: bytes) -> Reply:
    client.subscriptions.channels[channel] = None
    PUBSUB.channels.add(channel, client)
    return Push([b"subscribe", channel, client.subscriptions.count])


def publish(client: Client, channel: bytes, message: bytes) -> Reply:
    return PUBSUB.publish(channel, message)


def unknown(client: Client, *arguments: bytes) -> Reply:
    return RedisError("ERR unknown command")


COMMANDS: dict[bytes, Callable[..., Reply]] = {b"PING": ping, b"SUBSCRIBE": subscribe, b"PUBLISH": publish}

if __name__ == "__main__":
    ThreadingTCPServer.daemon_threads = ThreadingTCPServer.allow_reuse_address = True
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"At which port? python {sys.argv[0]} 7000")
    try:
        server = ThreadingTCPServer(("127.0.0.1", port), Client)
        print(f"Listening at port {server.server_address[1]}", flush=True)
        server.serve_forever()
    except (OSError, KeyboardInterrupt) as end:  # the port is taken; or Ctrl-C
        sys.exit(str(end) or 0)
