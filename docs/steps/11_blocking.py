"""Step 11: a server with blocked clients.  They wait for a key, but never under the lock.

python docs/steps/11_blocking.py 7000        RPUSH key value ..., BLPOP key seconds
"""

import select
import socket
import sys
import threading
from collections import defaultdict, deque
from contextlib import suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone.features.blocking import Blocked, BlockedClient, BlockedClients
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.output_buffer import OutputBuffer
from redis_clone.protocol.replies import NULL_ARRAY, Reply, encode
from redis_clone.protocol.resp import read_command
from redis_clone.protocol.stream import Stream

LOCK = threading.Lock()  # guards all below
DATA: dict[bytes, deque[bytes]] = defaultdict(deque)
BLOCKED_CLIENTS = BlockedClients()
TO_WAKE: list[OutputBuffer] = []


class Client(BaseRequestHandler):
    def handle(self) -> None:
        self.blocked, self.output_buffer = None, OutputBuffer(TO_WAKE)
        self.write_end, self.read_end = socket.socketpair()  # the wake-up pipe
        self.output_buffer.wake = lambda: self.write_end.sendall(b"!")
        commands = Stream(self.request.recv)
        with suppress(OSError):  # the client has left
            while argv := read_command(commands):
                self.request.sendall(execute(self, argv))
                while (waiting := self.blocked) or self.output_buffer:  # unblock() writes the second first
                    self.request.sendall(self.wait(commands, waiting.wait.timeout_ms if waiting else 0))
        with LOCK:
            if self.blocked:
                BLOCKED_CLIENTS.remove(self.blocked)

    def wait(self, commands: Stream, timeout_ms: int) -> bytes:
        """Wait until woken, or until the time is up; a client that hangs up must not get an element."""
        ready, _, _ = select.select([self.request, self.read_end], [], [], timeout_ms / 1000 or None)
        if self.request in ready and not commands.read_ahead():
            raise ConnectionError
        if self.read_end in ready:
            self.read_end.recv(4096)
        with LOCK:
            if self.blocked and not ready:
                unblock(self.blocked, NULL_ARRAY)
            return self.output_buffer.drain()


def execute(client: Client, argv: list[bytes]) -> bytes:
    with LOCK:
        reply = call(client, argv)
        for db_key in BLOCKED_CLIENTS.take_ready_keys():
            for each in BLOCKED_CLIENTS.blocked_on(db_key):
                if type(again := call(each.client, each.argv)) is not Blocked:
                    unblock(each, again)
        if type(reply) is Blocked:
            client.blocked = BlockedClient(client, None, argv, reply, [(0, key) for key in reply.keys], None)
            BLOCKED_CLIENTS.add(client.blocked)
        encoded = b"" if type(reply) is Blocked else encode(reply)
        woken, TO_WAKE[:] = TO_WAKE[:], []
    for output_buffer in woken:
        output_buffer.wake()
    return encoded


def unblock(blocked_client: BlockedClient, reply: Reply) -> None:
    BLOCKED_CLIENTS.remove(blocked_client)
    blocked_client.client.output_buffer.append(encode(reply))
    blocked_client.client.blocked = None


def call(client: Client, argv: list[bytes]) -> Reply:
    name, key, *rest = argv if len(argv) > 2 else [b"", b""]
    if name.upper() == b"RPUSH":
        DATA[key].extend(rest)
        BLOCKED_CLIENTS.signal_keys_as_ready([("rpush", key, 0)])
        return len(DATA[key])
    if name.upper() != b"BLPOP" or not rest[0].replace(b".", b"").isdigit():
        return RedisError("ERR here are RPUSH key value ... and BLPOP key seconds, and no more")
    return [key, DATA[key].popleft()] if DATA[key] else Blocked((key,), deque, int(float(rest[0]) * 1000))


if __name__ == "__main__":
    ThreadingTCPServer.daemon_threads = ThreadingTCPServer.allow_reuse_address = True
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"At which port? python {sys.argv[0]} 7000")
    try:
        server = ThreadingTCPServer(("127.0.0.1", port), Client)
        print(f"Listening at port {server.server_address[1]}", flush=True)
        server.serve_forever()
    except (OSError, KeyboardInterrupt) as end:  # the port is taken; or Ctrl-C
        sys.exit(str(end) or 0)
