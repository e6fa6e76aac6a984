"""Follows one command through the functions of its way, the stations, and records what happened at each.

Python calls a profile function at each call and each return in one thread (sys.setprofile).  A command that
is to be recorded runs under such a function, so the way itself has no line for the page, and costs nothing
when nobody watches.  What is shown are the calls that really happened; followed so closely, a command takes
a few times as long as else.

A station may also be where the command is to stop, in step mode (stepping.py).
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread
from types import CodeType, FrameType
from typing import Any, NamedTuple, Protocol

from redis_clone.command_table import registry
from redis_clone.command_table.redaction import REDACTED, redacted, reply_has_secret
from redis_clone.features.notifications import Notifications
from redis_clone.features.propagation import Propagation
from redis_clone.features.tracking import Tracking
from redis_clone.features.transactions import Transaction
from redis_clone.protocol.replies import encode_command
from redis_clone.server import blocked_clients, checks, dispatch, locking
from redis_clone.server.inspection.texts import shown
from redis_clone.server.inspection.watch import Watch
from redis_clone.server.state import Client
from redis_clone.structures.clock import Clock

MOST_ARGUMENTS = 12
MOST_CHANGES = 20
LONGEST_RESP = 160  # bytes of a command as it is sent
MOST_STATIONS = 60  # of one command; an EXEC may have thousands
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep

Detail = Callable[[dict[str, Any]], str]  # what a station shows, from the variables of its function


class Station(NamedTuple):
    """A function of the way: its name on the page, and what is shown at its call and at its return."""

    name: str
    at_call: Detail | None = None
    at_return: Callable[[Any], str] | None = None


def _changes(variables: dict[str, Any]) -> str:
    changes = variables["server"].changes
    texts = [f"{event} {shown(key, 40)} in db {db}" for event, key, db in changes[:MOST_CHANGES]]
    return ", ".join(texts) + (", …" if len(changes) > MOST_CHANGES else "")


def _found(command: Any) -> str:
    if command is None:
        return "no such command"
    return f"{command.name}, arity {command.arity}: {' '.join(sorted(command.flags))}"


def _runs_command(frame: FrameType) -> bool:
    """Whether this is a call of the function of a command."""
    is_called_by_dispatch = frame.f_back is not None and frame.f_back.f_code in CALLERS
    return is_called_by_dispatch and frame.f_globals["__name__"].startswith("redis_clone.commands.")


def _place(frame: FrameType) -> str:
    """A function, and where it stands."""
    code = frame.f_code
    return f"{code.co_name}() in {code.co_filename.removeprefix(ROOT)}:{code.co_firstlineno}"


def _flushed(variables: dict[str, Any]) -> str:
    count = len(variables["self"].unflushed)
    return f"{count} command{'s' * (count != 1)} for the log and the replicas"


def _client_of(variables: dict[str, Any]) -> str:
    return f"client-{variables['blocked_client'].client.id}"


TAKE, RELEASE = "take the lock", "release the lock"  # between these two a command holds it
SEND = "send"  # it is over, and its reply has not left
ENCODE = Station("encode")  # what it returns is shown unless it has a password
# No command stops within it: the client that is served must not reach the end of its time meanwhile.
SERVE = Station("serve the blocked", lambda _: "whose keys were written, or whose pause is over")
STATIONS: dict[CodeType, Station] = {
    locking.execute_pipeline.__code__: Station("wait for the lock"),
    Clock.tick.__code__: Station(TAKE),
    registry.find.__code__: Station("find", None, _found),
    checks.check.__code__: Station("check", lambda _: "each of the CHECKS, in Redis's order"),
    dispatch._make_room.__code__: Station("make room", lambda _: "evict keys if memory is full"),
    Transaction.queue.__code__: Station("queue", lambda _: "kept until EXEC"),
    dispatch.call.__code__: Station("call"),
    dispatch.propagate.__code__: Station("propagate", _changes),
    Notifications.notify.__code__: Station("notify", lambda _: "subscribers to keyspace events"),
    Propagation.record.__code__: Station("record", lambda _: "for the log and the replicas"),
    Tracking.invalidate.__code__: Station("invalidate", lambda _: "the caches of tracking clients"),
    blocked_clients.serve_blocked_clients.__code__: SERVE,
    blocked_clients._serve.__code__: Station("client", _client_of),
    blocked_clients.block_client.__code__: Station("block", lambda _: "until a key is written or time is up"),
    blocked_clients.encode_reply.__code__: ENCODE,
    Propagation.flush.__code__: Station("flush", _flushed),
    locking._take_woken.__code__: Station(RELEASE),
}
# They call the functions of the commands.
CALLERS = {dispatch.call.__code__, dispatch._call_untouched.__code__}


class Stops(Protocol):
    """What decides where a command stops."""

    def stop_at(self, followed: "Followed") -> None:
        """Called at each station; returns when the command may go on."""

    def end(self, followed: "Followed") -> None:
        """The command is over."""


class Followed:
    """One command on its way; the profile function of its thread."""

    def __init__(self, client: Client, argv: list[bytes], stops: "Stops") -> None:
        self.client = client
        self.station = ""
        self.holds_lock = False
        self._serves = False  # it runs the commands of clients that were blocked
        self._stops = stops
        self._begun_ns, self._begun_cpu_ns = time.perf_counter_ns(), time.thread_time_ns()
        self.locked_ns = self.unlocked_ns = 0  # when it took the lock and released it, since 1970
        self.argv = argv
        first = redacted(argv[:MOST_ARGUMENTS])
        texts = [shown(argument) for argument in first]
        self.record: dict[str, Any] = {
            "client": client.id,
            "address": client.address,
            "db": client.db.index,
            "argv": [*texts, "…"] if len(argv) > MOST_ARGUMENTS else texts,
            "resp": "" if len(argv) > MOST_ARGUMENTS else shown(encode_command(first), LONGEST_RESP),
            "at_ms": time.time_ns() // 1_000_000,
            "stations": [],
        }

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        station = STATIONS.get(frame.f_code)
        if station is None:
            if event == "call" and _runs_command(frame):
                self._add_detail("call", _place(frame))
            return
        if event == "call":
            self._arrive(station, frame)
        elif event == "return" and station.at_return is not None:
            self._add_detail(station.name, station.at_return(argument))
        elif event == "return" and station is ENCODE and isinstance(argument, bytes):
            self._add_detail(station.name, self._shown_reply(argument))
        elif event == "return" and station is SERVE:
            self._serves = False

    def _arrive(self, station: Station, frame: FrameType) -> None:
        detail = station.at_call(frame.f_locals) if station.at_call else ""
        if station.name == TAKE:
            self.holds_lock, self.locked_ns = True, time.time_ns()
        self._pass(station.name, detail)
        self._serves = self._serves or station is SERVE
        if station.name == RELEASE:
            self.holds_lock, self.unlocked_ns = False, time.time_ns()

    def _pass(self, name: str, detail: str) -> None:
        """Record a station, and wait there if the command is to stop."""
        stations = self.record["stations"]
        if len(stations) < MOST_STATIONS:
            at_us = (time.perf_counter_ns() - self._begun_ns) // 1000
            stations.append({"name": name, "at_us": at_us, "detail": detail})
        self.station = name
        if not self._serves:
            self._stops.stop_at(self)

    def _add_detail(self, name: str, detail: str) -> None:
        """To the last station of that name."""
        for station in reversed(self.record["stations"]):
            if station["name"] == name:
                station["detail"] = detail
                return

    def so_far(self) -> dict[str, Any]:
        """A copy of the record, for another thread."""
        return {**self.record, "stations": self.record["stations"][:]}

    def _shown_reply(self, reply: bytes) -> str:
        return REDACTED.decode() if reply_has_secret(reply, self.argv) else shown(reply)

    def end(self, reply: bytes) -> None:
        """The command is over, or its client is blocked now; its reply is sent next."""
        if reply:
            self._pass(SEND, f"{len(reply)} bytes, once the log has what they report")
        self.record["took_us"] = (time.perf_counter_ns() - self._begun_ns) // 1000
        # With what it costs to follow it.
        self.record["cpu_us"] = (time.thread_time_ns() - self._begun_cpu_ns) // 1000
        self.record["reply"] = self._shown_reply(reply)


@contextmanager
def recording(
    watch: Watch, stops: Stops, client: Client, argv: list[bytes], replies: bytearray
) -> Iterator[None]:
    """Follow what this thread does with a command, and record it, if there is room for a record."""
    if not watch.take_command():
        yield
        return
    begin = len(replies)
    followed = Followed(client, argv, stops)
    before = sys.getprofile()  # a profiler of somebody else, who must not lose it
    sys.setprofile(followed)
    try:
        yield
    finally:
        sys.setprofile(before)
        followed.end(bytes(replies[begin:]))
        stops.end(followed)
        watch.add_command(followed.record)
        watch.add_hold(current_thread().name, followed.locked_ns, followed.unlocked_ns)
