"""Draws what the threads of four connections do over time: wait for bytes or for the lock, hold it, send.

A server is started in this process, with a lock that records which thread asks for it, and which one has it.
What differs from run to run is fixed: the lock is given to the threads in the order in which they ask, and
before a command ends the bytes of the next clients have come.  Time is drawn in commands, not in seconds.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import groupby
from typing import NamedTuple

from redis_clone import commands
from redis_clone.benchmark.svg import BLUE, GREEN, INK, PAPER, RULE, TINTS, Colour, Drawing
from redis_clone.network.server import Network
from redis_clone.protocol.replies import encode_command
from redis_clone.server.state import Server

THREADS = {"client-1": "ada", "client-2": "bob", "client-3": "cyd", "client-4": "dan"}  # clients, by thread
INCR = encode_command([b"INCR", b"visits"])
REPLY_SIZE = 4  # :1\r\n
# Whose bytes come while the first command runs, while the second one runs, and so on.
ARRIVALS = (("bob", "cyd"), ("dan",), (), ("ada",), ())
PATIENCE_S = 20.0
BYTES, WAITS, HOLDS, SENDS = "waits for bytes", "waits for the lock", "holds the lock", "sends"
LOOKS = {BYTES: (RULE, 6), WAITS: (TINTS[2], 18), HOLDS: (BLUE, 28), SENDS: (GREEN, 28)}  # colour, height
LEFT, TOP, COLUMN, ROW = 84, 104, 94, 44  # pixels


class Command(NamedTuple):
    """A command that ran: its number, and that of the command that ran when its thread asked for the lock."""

    client: str
    asked: int
    ran: int


class QueueLock:
    """A lock that the threads of clients get in the order in which they ask; it records their commands."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.send: Callable[[str], object] = bool  # sends the command of a client
        self.is_recording = False
        self._queue: list[str] = []  # the first one holds the lock
        self._changed = threading.Condition()
        self._lock = threading.Lock()  # for the threads that are not recorded too

    def __enter__(self) -> None:
        client = THREADS.get(threading.current_thread().name)
        if client is not None and self.is_recording and len(self.commands) < len(ARRIVALS):
            self._enter_queue(client)
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        client = THREADS.get(threading.current_thread().name)
        if self._queue and self._queue[0] == client:
            self._let_others_ask()
            self._lock.release()
            self._leave_queue()
        else:
            self._lock.release()

    def _enter_queue(self, client: str) -> None:
        with self._changed:
            asked = len(self.commands) - 1 if self._queue else len(self.commands)
            self._queue.append(client)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._queue[0] == client, PATIENCE_S)
            self.commands.append(Command(client, asked, len(self.commands)))

    def _let_others_ask(self) -> None:
        arrivals = ARRIVALS[len(self.commands) - 1]
        with self._changed:
            for client in arrivals:  # one after the other, so that they ask in this order
                self.send(client)
                assert self._changed.wait_for(lambda: self._queue[-1] == client, PATIENCE_S)  # noqa: B023

    def _leave_queue(self) -> None:
        with self._changed:
            del self._queue[0]
            self._changed.notify_all()


def draw() -> str:
    return picture(trace())


def trace() -> list[Command]:
    """The commands in the order in which they ran in a server."""
    lock = QueueLock()
    server = Server(lock=lock)  # type: ignore[arg-type]
    server.config.set_all({"port": "0", "save": ""}, starting=True)
    commands.load()
    with Network(server), ExitStack() as stack:
        address = ("127.0.0.1", server.port)
        clients = {
            name: stack.enter_context(socket.create_connection(address, PATIENCE_S))
            for name in THREADS.values()
        }
        for client in clients.values():  # their threads run from the reply on
            client.sendall(encode_command([b"PING"]))
            assert client.recv(100)
        lock.send = lambda name: clients[name].sendall(INCR)
        lock.is_recording = True
        lock.send("ada")
        for name in ("ada", *(name for arrivals in ARRIVALS for name in arrivals)):
            assert clients[name].recv(REPLY_SIZE)
    return lock.commands


def states(client: str, commands: list[Command]) -> list[str]:
    """What a client's thread does, in each column; the last one is after the last command.

    >>> states("ada", [Command("bob", 0, 0), Command("ada", 0, 1)])
    ['waits for the lock', 'holds the lock', 'sends']
    """
    found = [BYTES] * (len(commands) + 1)
    for command in commands:
        if command.client == client:
            found[command.asked : command.ran] = [WAITS] * (command.ran - command.asked)
            found[command.ran : command.ran + 2] = [HOLDS, SENDS]
    return found


def picture(commands: list[Command]) -> str:
    clients = list(THREADS.values())
    bottom = TOP + ROW * len(clients)
    drawing = Drawing(LEFT + COLUMN * (len(commands) + 1) + 20, bottom + 92)
    drawing.text(20, 28, "Four threads and one lock; time runs to the right", INK, 15, "font-weight:bold")
    for number, (meaning, (colour, height)) in enumerate(LOOKS.items()):
        drawing.box(20 + 165 * number, 58 - height / 2, 16, height, colour, radius=2)
        drawing.text(42 + 165 * number, 62, meaning, INK, 13)
    for column in range(len(commands) + 1):
        drawing.line(LEFT + COLUMN * column, TOP - 12, LEFT + COLUMN * column, bottom + 30, RULE)
    for number, client in enumerate(clients):
        _draw_thread(drawing, client, states(client, commands), TOP + ROW * number)
    _draw_lock(drawing, commands, bottom)
    return drawing.finished()


def _bars(found: list[str]) -> Iterator[tuple[str, int, int]]:
    """Each state with its first column and the number of columns."""
    column = 0
    for state, same in groupby(found):
        length = len(list(same))
        yield state, column, length
        column += length


def _draw_thread(drawing: Drawing, client: str, found: list[str], y: int) -> None:
    drawing.text(20, y + 18, client, INK, 13, "font-weight:bold")
    for state, column, length in _bars(found):
        colour, height = LOOKS[state]
        x, width = LEFT + COLUMN * column + 1, COLUMN * length - 2
        drawing.box(x, y + 14 - height / 2, width, height, colour, radius=2)
        if state != BYTES:
            ink: Colour = INK if state == WAITS else PAPER
            drawing.text(x + 8, y + 18, state.partition(" ")[0], ink, 13)


def _draw_lock(drawing: Drawing, commands: list[Command], y: int) -> None:
    drawing.text(20, y + 20, "the lock", INK, 13)
    for command in commands:
        drawing.text(
            LEFT + COLUMN * (command.ran + 0.5), y + 20, command.client, BLUE, 13, "text-anchor:middle"
        )
    drawing.text(
        20,
        y + 54,
        "In no column do two threads hold the lock. Waiting for bytes and sending need no",
        INK,
        13,
    )
    drawing.text(20, y + 74, "lock, so they go on beside the command of another client.", INK, 13)
