"""A node of a cluster inside another program: a RunningServer that has its time from the cluster.

What testing/cluster.py does with all nodes, it asks of each here: whether it has talked with the others, and
what the cluster is in its view.
"""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from redis_clone.features.cluster.node import Node
from redis_clone.features.cluster.state import Cluster
from redis_clone.server import clustering
from redis_clone.server.following import CONNECTED
from redis_clone.server.locking import locked
from redis_clone.server.scheduling import Scheduler
from redis_clone.server.state import Server
from redis_clone.testing.parameters import Value
from redis_clone.testing.running import MovableTime, RunningServer

ADDRESS = re.compile(r":(\d+)@(\d+)\S* myself")


class Whole(Protocol):
    """The cluster that a node is of."""

    time: MovableTime

    def advance(self, seconds: float) -> None: ...

    def reset(self) -> None: ...


class Role(NamedTuple):
    """What a node is in its cluster."""

    slots: int  # a set of bits
    master: str  # its ID; "" for a master


class ClusterNode(RunningServer):
    """A server of a RunningCluster.  The clock is the cluster's, so `advance` and `reset` are too."""

    def __init__(self, cluster: Whole, folder: Path, parameters: Mapping[str, Value]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._cluster = cluster
        self._scheduler: Scheduler | None = None
        super().__init__(folder, {**parameters, **_ports_before(folder)}, cluster.time)

    def _start(self) -> None:
        super()._start()
        if self._scheduler is not None:
            self.schedule_by(self._scheduler)

    @property
    def is_running(self) -> bool:
        return self._run.is_serving

    @property
    def has_page(self) -> bool:
        """Whether its page is open; the port may have been taken."""
        return self._run.network.has_page

    @property
    def view(self) -> Cluster:
        """What the node knows of its cluster, or knew at its end.  The bus changes it, under the lock."""
        view: Cluster = self._run.state.cluster.view
        return view

    def advance(self, seconds: float) -> None:
        """Move the clock of the whole cluster forward; RunningCluster.advance."""
        self._cluster.advance(seconds)

    def reset(self) -> None:
        """Reset the whole cluster; RunningCluster.reset."""
        self._cluster.reset()

    def kill(self) -> None:
        """End the node at once: nothing is saved, nobody is told."""
        self._run.stop(saves=False)

    def clear(self) -> None:
        """Delete the files of a node that does not run."""
        shutil.rmtree(self._folder)
        os.mkdir(self._folder)

    def undo(self) -> None:
        """Undo what clients have changed here: data, scripts, rules, parameters, users, statistics."""
        self._undo()

    def tick(self) -> None:
        """Have the bus look at the time."""
        with locked(self._state):
            clustering.tick(self._state)

    def tick_at_once(self) -> None:
        """Have the bus look at the time, although a scheduler holds it."""
        with locked(self._state):
            clustering.tick_at_once(self._state)

    def is_run_by(self, server: Server) -> bool:
        """Whether this server runs as the node now, and not one from before a restart."""
        return self.is_running and self._run.state is server

    def schedule_by(self, scheduler: Scheduler) -> None:
        """From now on this decides when messages and ticks take effect here, after a restart too."""
        self._scheduler = scheduler
        with locked(self._state):
            self._state.cluster.scheduler = scheduler

    def election_begins_ms(self) -> int | None:
        """When this node asks for votes; None when it does not wait for an election."""
        election = self.view.election
        is_waiting = election.begins_ms > self._state.clock.now_ms and not election.is_asked
        return election.begins_ms if is_waiting else None

    def begin_election_at(self, begins_ms: int) -> None:
        with locked(self._state):
            self.view.election.begins_ms = begins_ms

    def catch_up(self) -> None:
        """Do what is due after the clock was moved."""
        self._catch_up()

    def has_talked(self, ids: set[str]) -> bool:
        """Whether these nodes have answered, and the link to the master is there if it is one of them."""
        state = self._state
        with locked(state):
            others = [node for node in self.view.others if node.id in ids]
            have_answered = all(node.link and node.link.is_open and not node.ping_sent_ms for node in others)
            master = self.view.myself.master
            is_linked = master not in others or (state.following and state.following.state == CONNECTED)
            return have_answered and bool(is_linked) and not state.cluster.for_bus

    def roles(self) -> dict[str, Role] | None:
        """Owners of slots and replicas by their IDs, as this node sees them; None: the cluster fails."""
        with locked(self._state):
            found = {node.id: role_of(node) for node in self.view.nodes.values()}
            return {id_: role for id_, role in found.items() if any(role)} if self.view.is_ok else None

    def refuses_s(self, id_: str) -> float:
        """How long this node does not vote for a replica of that master, for it has just done so."""
        with locked(self._state):
            voted_ms = self.view.nodes[id_].voted_ms
            left_ms = voted_ms + 2 * self.view.settings.node_timeout_ms - self._state.clock.now_ms
            return max(left_ms, 0) / 1000 if voted_ms else 0

    @property
    def offset(self) -> int:
        """How much of the data's history this node has."""
        with locked(self._state):
            return clustering.ThisServer(self._state).replication_offset()


def role_of(node: Node) -> Role:
    return Role(node.slots, node.master.id if node.master else "")


def _ports_before(folder: Path) -> dict[str, Value]:
    """The ports that a node had when its files were written: the other nodes look for it there."""
    path = folder / "nodes.conf"
    found = ADDRESS.search(path.read_text(encoding="utf-8")) if path.exists() else None
    return {"port": int(found[1]), "cluster_port": int(found[2])} if found else {}
