"""Step mode: the server is halted before the next command, and one command goes on, station by station.

A command that comes while the server is halted is held before it takes the lock; its client simply waits.
step() lets it go on to its next station.  Once it has taken the lock it is the one on its way, and no other
command goes on until it has released the lock: so what is seen is the order that the lock makes, in slow
motion.  Nothing waits under the lock here either: a command that is held between two stations gives the lock
away (locking.release_while), and the cron, clients that come and go, and the page take it meanwhile.

A replica's stream from its master, and the cron, are not halted.  State here has a lock of its own, which is
taken last and never while waiting for the server's.
"""

import threading
from functools import partial
from typing import Any

from redis_clone.server import locking
from redis_clone.server.inspection.stations import RELEASE, SEND, Followed
from redis_clone.server.inspection.what_if import Command, TooMuch
from redis_clone.server.state import Server

ANYBODY = 0  # in place of a client's id
BUSY = "BUSY The page holds a command between two steps"


class Stepping:
    """Whether the server is halted, the commands that are held, and how many steps each may make."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._changed = threading.Condition()
        self.is_halted = False
        self._held: dict[int, Followed] = {}  # by the client's id, in the order in which they came
        self._steps: dict[int, int] = {}  # allowed and not made yet
        self._on_its_way: Followed | None = None  # the command that has taken the lock

    # Called for the teacher, by the threads of the page.

    def halt(self) -> None:
        """Hold every command from the next one on."""
        with self._changed:
            self.is_halted = True
        with locking.locked(self._server):
            self._server.watch.record_all(True)

    def resume(self) -> None:
        """Let all commands run again."""
        with self._changed:
            self.is_halted = False
            self._steps.clear()
            self._changed.notify_all()
        with locking.locked(self._server):
            self._server.watch.record_all(False)

    def step(self, client_id: int = ANYBODY) -> bool:
        """Let a held command go on to its next station: of that client, or of whoever is next."""
        with self._changed:
            chosen = client_id or self._next_client()
            if chosen not in self._held:
                return False
            self._steps[chosen] = self._steps.get(chosen, 0) + 1
            self._changed.notify_all()
            return True

    def _next_client(self) -> int:
        if self._on_its_way is not None:
            return self._on_its_way.client.id
        return next(iter(self._held), ANYBODY)

    def before_the_lock(self) -> list[Command]:
        """The commands that are held before they take the lock, in the order in which they came."""
        with self._changed:
            if self._on_its_way is not None:
                raise TooMuch("A command has the lock: bring it to its end first.")
            return [Command(each.client, each.argv) for each in self._held.values() if each.station != SEND]

    def held(self) -> dict[int, dict[str, Any]]:
        """The record of each held command so far, by its client's id; it is held at its last station."""
        with self._changed:
            return {client_id: followed.so_far() for client_id, followed in self._held.items()}

    # Called at each station, by the thread of the command.

    def stop_at(self, followed: Followed) -> None:
        """Return when the command may go on from this station."""
        if not self.is_halted:
            return
        if not followed.holds_lock:
            self._wait(followed)
        else:
            before, self._server.busy = self._server.busy, BUSY  # nobody takes a snapshot of half a command
            locking.release_while(self._server, partial(self._wait, followed))
            self._server.busy = before

    def _wait(self, followed: Followed) -> None:
        client_id = followed.client.id
        with self._changed:
            self._held[client_id] = followed
            self._changed.wait_for(partial(self._may_go_on, followed))
            self._steps[client_id] = max(self._steps.get(client_id, 0) - 1, 0)
            self._held.pop(client_id, None)
            if followed.station not in (RELEASE, SEND):
                self._on_its_way = followed
            elif self._on_its_way is followed:
                self._on_its_way = None
                self._changed.notify_all()

    def _may_go_on(self, followed: Followed) -> bool:
        if not self.is_halted:
            return True
        is_free = self._on_its_way in (None, followed) or followed.station == SEND
        return is_free and self._steps.get(followed.client.id, 0) > 0

    def end(self, followed: Followed) -> None:
        """The command is over, and another one may take the lock."""
        with self._changed:
            if self._on_its_way is followed:
                self._on_its_way = None
            self._steps.pop(followed.client.id, None)
            self._changed.notify_all()
