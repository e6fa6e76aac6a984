"""Clients that wait for a key, though nobody ever waits under the lock.

python docs/steps/11_waiting.py 7000        RPUSH key value ..., BLPOP key seconds
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

from redis_clone.blocking import Blocked, Waiter, WaitingRoom
from redis_clone.errors import RedisError
from redis_clone.outbox import Outbox
from redis_clone.protocol.replies import NULL_ARRAY, Reply, encode
from redis_clone.protocol.resp import read_command
from redis_clone.protocol.stream import Stream

LOCK = threading.Lock()  # guards all below
DATA: dict[bytes, deque[bytes]] = defaultdict(deque)
ROOM = WaitingRoom()
TO_WAKE: list[Outbox] = []


class Client(BaseRequestHandler):
    waiter: Waiter | None = None

    def handle(self) -> None:
        self.outbox = Outbox(TO_WAKE)
        self.hand, self.ear = socket.socketpair()  # the bell
        self.outbox.ring = lambda: self.hand.sendall(b"!")
        commands = Stream(self.request.recv)
        with suppress(OSError):  # it left
            while words := read_command(commands):
                self.request.sendall(execute(self, words))
                while self.waiter:
                    self.wait(commands, self.waiter.blocked.timeout_ms)
        with LOCK:
            if self.waiter:
                ROOM.leave(self.waiter)

    def wait(self, commands: Stream, timeout_ms: int) -> None:
        """Until the bell, the time, or the client: one that hangs up must not get an element."""
        ready, _, _ = select.select([self.request, self.ear], [], [], timeout_ms / 1000 or None)
        if self.request in ready and not commands.read_ahead():
            raise ConnectionError
        if self.ear in ready:
            self.ear.recv(4096)
        with LOCK:
            if self.waiter and not ready:
                answer(self.waiter, NULL_ARRAY)
            encoded = self.outbox.take()
        self.request.sendall(encoded)


def execute(client: Client, words: list[bytes]) -> bytes:
    with LOCK:
        reply = call(client, words)
        for place in ROOM.take_ready():
            for waiter in ROOM.waiting_for(place):
                if type(again := call(waiter.client, waiter.argv)) is not Blocked:
                    answer(waiter, again)
        if type(reply) is Blocked:
            client.waiter = Waiter(client, None, words, reply, [(0, key) for key in reply.keys], None)
            ROOM.enter(client.waiter)
        encoded = b"" if type(reply) is Blocked else encode(reply)
        woken, TO_WAKE[:] = TO_WAKE[:], []
    for outbox in woken:
        outbox.ring()
    return encoded


def answer(waiter: Waiter, reply: Reply) -> None:
    ROOM.leave(waiter)
    waiter.client.waiter = None
    waiter.client.outbox.put(encode(reply))


def call(client: Client, words: list[bytes]) -> Reply:
    name, key, *rest = words if len(words) > 2 else [b"", b""]
    if name.upper() == b"RPUSH":
        DATA[key].extend(rest)
        ROOM.note_written([("rpush", key, 0)])
        return len(DATA[key])
    if name.upper() != b"BLPOP":
        return RedisError("ERR unknown command")
    return [key, DATA[key].popleft()] if DATA[key] else Blocked((key,), deque, int(float(rest[0]) * 1000))


if __name__ == "__main__":
    ThreadingTCPServer.daemon_threads = ThreadingTCPServer.allow_reuse_address = True
    with suppress(KeyboardInterrupt), ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Client) as server:
        print(f"port {server.server_address[1]}", flush=True)
        server.serve_forever()
