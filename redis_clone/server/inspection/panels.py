"""All panels of the page, and how one look at the server makes them.

A look takes the lock once for each panel, so that no client waits for longer than one panel takes, a fraction
of a millisecond.  The threads are looked at first, without it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from redis_clone import REDIS_VERSION
from redis_clone.server.inspection.cluster import cluster_panel
from redis_clone.server.inspection.connections import connections_panel
from redis_clone.server.inspection.disk import disk_panel
from redis_clone.server.inspection.keys import keys_panel
from redis_clone.server.inspection.memory import eviction_panel, expiry_panel
from redis_clone.server.inspection.replication import pubsub_panel, replication_panel
from redis_clone.server.inspection.stations import recording
from redis_clone.server.inspection.stepping import Stepping
from redis_clone.server.inspection.threads import seen_threads
from redis_clone.server.inspection.values import key_panel
from redis_clone.server.inspection.what_if import TooMuch, outcomes
from redis_clone.server.locking import locked
from redis_clone.server.scheduling import Scheduler
from redis_clone.server.state import Server


class View(NamedTuple):
    """What a viewer looks at: a database, and perhaps a key of it."""

    db: int = 0
    key: bytes | None = None


def server_panel(server: Server, _: int) -> dict[str, Any]:
    stats = server.stats
    return {
        "version": REDIS_VERSION,
        "mode": server.mode,
        "role": "replica" if server.following else "master",
        "port": server.port,
        "start_ms": server.start_ms,
        "clients": len(server.clients),
        "commands": server.command_stats.calls,
        "rejected": stats.connections_rejected,
        "restrictions": sorted(server.restrictions),
    }


class Panel(NamedTuple):
    """`look` is given the number of the database that is looked at; `every`: at each so many looks."""

    look: Callable[[Server, int], dict[str, Any] | None]
    every: int


PANELS = {
    "server": Panel(server_panel, every=5),
    "keys": Panel(keys_panel, every=2),
    "expiry": Panel(expiry_panel, every=5),
    "eviction": Panel(eviction_panel, every=5),
    "disk": Panel(disk_panel, every=2),
    "pubsub": Panel(pubsub_panel, every=5),
    "replication": Panel(replication_panel, every=5),
    "cluster": Panel(cluster_panel, every=5),
}


class Inspection:
    """What the page shows of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.stepping = Stepping(server)
        self._has_halted_bus = False
        server.watch.let_go = self.stepping.resume
        server.watch.recording = partial(recording, server.watch, self.stepping)

    def look(self, view: View, seen: tuple[int, int], number: int = 0) -> dict[str, Any]:
        """The panels as they are now, those that are due at a viewer's look of that number; at look 0 all.

        `seen` are the numbers of the last command and the last hold of the lock that the viewer has; what was
        recorded since is under "commands" and "lock", with the numbers to ask with next time.
        """
        server = self._server
        threads, held = seen_threads(), self.stepping.held()
        found: dict[str, Any] = {}
        with locked(server):
            server.watch.refill()
            stations = {client_id: record["stations"][-1]["name"] for client_id, record in held.items()}
            found["connections"] = connections_panel(server, threads, stations)
            found["commands"] = server.watch.commands_since(seen[0])
            found["lock"] = server.watch.holds_since(seen[1])
        for name, panel in PANELS.items():
            if number % panel.every == 0:
                with locked(server):
                    found[name] = panel.look(server, view.db)
        if view.key is not None:
            with locked(server):
                found["key"] = key_panel(server, view.db, view.key)
        if (bus := self.bus) is not None:
            found["bus"] = bus.panel()
        found["steps"] = {"is_halted": self.stepping.is_halted, "held": list(held.values())}
        return found

    @property
    def clock_ms(self) -> int:
        """The time by which keys expire; in a lesson's cluster it may stand still."""
        return self._server.clock.now_ms

    @property
    def bus(self) -> Scheduler | None:
        """The bus of all nodes of a lesson's cluster, if this server is one of them."""
        cluster = self._server.cluster
        return cluster.scheduler if cluster is not None else None

    def what_if(self) -> dict[str, Any]:
        """What would come of the held commands in each order, or why that cannot be tried."""
        try:
            return {"outcomes": outcomes(self._server, self.stepping.before_the_lock())}
        except TooMuch as why_not:
            return {"why_not": str(why_not)}

    def halt_bus(self) -> None:
        """Halt the bus of a lesson's cluster, until this page lets it go on or is left."""
        if self.bus is not None:
            self._has_halted_bus = True
            self.bus.halt()

    def let_go(self) -> None:
        """Hold nobody any more: no command, and no message if it was this page that halted the bus."""
        self.stepping.resume()
        if self.bus is not None and self._has_halted_bus:
            self._has_halted_bus = False
            self.bus.resume()

    def stop(self) -> None:
        """Nobody watches any more: record nothing, and hold nobody."""
        self.let_go()
        with locked(self._server):
            self._server.watch.stop()
