"""Clients that wait for a key: BLPOP and its family, XREAD with BLOCK.

A blocking command never sleeps, for it runs under the lock.  When there is nothing to take it returns a
Blocked, and the client becomes a Waiter in the waiting room.  Whoever then writes one of its keys has the
command run once more, after his own command has ended (serving.serve_waiters): first come, first served.

    connection's thread     BLPOP jobs 5  ->  Blocked  ->  enters the room; sleeps at its bell
    another thread          LPUSH jobs a  ->  BLPOP jobs 5 again  ->  reply into the outbox; rings the bell
    connection's thread     wakes, and sends what it finds in its outbox

Only the connection's own thread looks at the time, and only it can be late.  The caller holds the lock.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from redis_clone.protocol.replies import NULL_ARRAY, Reply

PlaceOfKey = tuple[int, bytes]  # the number of a database, and a key


class Blocked(NamedTuple):
    """What a command returns in place of a reply, when there may be one later."""

    keys: tuple[bytes, ...]
    kind: type  # of value; as long as a key holds another one, it is not there for us
    timeout_ms: int  # 0: for ever
    reply_at_once: Reply = NULL_ARRAY  # where nobody may wait, as inside EXEC
    reply_on_timeout: Reply = NULL_ARRAY
    argv: list[bytes] | None = None  # the command to run again, where it is not the one that came
    wakes_without_key: bool = False  # XREADGROUP must hear that its group is gone with the key


POSTPONED = Blocked((), object, 0)  # in place of a reply: the command is to run when a pause ends


class Waiter:
    """One client's wait.  `client` and `command` are dispatch's business."""

    def __init__(
        self,
        client: Any,
        command: Any,
        argv: list[bytes],
        blocked: Blocked,
        places: list[PlaceOfKey],
        deadline_ns: int | None,
    ) -> None:
        self.client = client
        self.command = command
        self.argv = argv
        self.blocked = blocked
        self.places = places
        self.deadline_ns = deadline_ns  # None: never


class WaitingRoom:
    """Who waits for which key, in the order of their coming.

    >>> room = WaitingRoom()
    >>> ada = Waiter("ada", None, [], Blocked((b"jobs",), list, 0), [(0, b"jobs")], None)
    >>> room.enter(ada); room.note_written([("lpush", b"jobs", 0)]); room.take_ready()
    [(0, b'jobs')]
    >>> [waiter.client for waiter in room.waiting_for((0, b"jobs"))], len(room)
    (['ada'], 1)
    """

    def __init__(self) -> None:
        self._waiters: dict[PlaceOfKey, dict[Waiter, None]] = {}  # a place that nobody waits for is not there
        self.everybody: dict[Waiter, None] = {}  # for looking: is there anybody
        self.postponed: dict[Waiter, None] = {}  # those of them who wait for the end of a pause
        self._ready: dict[PlaceOfKey, None] = {}  # written, and waited for, since take_ready()

    def __len__(self) -> int:
        return len(self.everybody)

    def enter(self, waiter: Waiter) -> None:
        """O(keys it waits for)"""
        self.everybody[waiter] = None
        if waiter.blocked is POSTPONED:
            self.postponed[waiter] = None
        for place in waiter.places:
            self._waiters.setdefault(place, {})[waiter] = None

    def leave(self, waiter: Waiter) -> None:
        """O(keys it waits for)"""
        self.everybody.pop(waiter, None)
        self.postponed.pop(waiter, None)
        for place in waiter.places:
            waiters = self._waiters.get(place)
            if waiters is not None:
                waiters.pop(waiter, None)
                if not waiters:
                    del self._waiters[place]

    def note_written(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """Remember which of the keys that somebody waits for were written.  O(changes)"""
        for event, key, db in changes:
            if event in ("flushdb", "swapdb"):  # a whole database has changed
                self._ready.update(dict.fromkeys(self._places_in(db, event)))
            elif (db, key) in self._waiters:
                self._ready[db, key] = None

    def _places_in(self, db: int, event: str) -> list[PlaceOfKey]:
        """A swap concerns a second database too, so then we look at them all: it is rare."""
        return [place for place in self._waiters if place[0] == db or event == "swapdb"]

    @property
    def keys(self) -> int:
        """How many keys are waited for."""
        return len(self._waiters)

    @property
    def keys_that_may_vanish(self) -> int:
        """How many of them somebody waits for who must hear when they go."""
        return sum(any(w.blocked.wakes_without_key for w in waiters) for waiters in self._waiters.values())

    def take_ready(self) -> list[PlaceOfKey]:
        """The keys that were written, in that order; they are not ready any more."""
        ready = list(self._ready)
        self._ready.clear()
        return ready

    def put_back(self, places: Iterable[PlaceOfKey]) -> None:
        """What take_ready() took, for later."""
        self._ready = {**dict.fromkeys(places), **self._ready}

    def waiting_for(self, place: PlaceOfKey) -> Iterator[Waiter]:
        """Those who wait for a key now; whoever leaves meanwhile is passed over."""
        for waiter in list(self._waiters.get(place, ())):
            if waiter in self.everybody:
                yield waiter
