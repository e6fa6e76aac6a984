"""A cluster inside another program: all nodes are in this process, and they have one clock.

    where     `url`, `urls` and `addresses`, for clients that know clusters; `nodes` are the servers
    who       `master_of` a key, `replicas_of` a node
    time      `advance` moves the clock in small steps, in which the nodes talk; `wait_until_ok` moves it
              until the cluster is well, so that a failover takes no real seconds
    faults    `kill` and `start` a node, `fail_over` to a replica
    anew      `reset` undoes all that a test may have changed

The nodes exchange real messages on a real bus, which ticks ten times a second as always, and at each step of
the clock besides.  A step is over when each node that runs has answered the others: so no node seems to be
dead because the time ran faster than its answer.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from redis_clone.features.cluster.slots import key_slot
from redis_clone.testing import forming
from redis_clone.testing.cluster_node import ClusterNode, Role, role_of
from redis_clone.testing.parameters import Value
from redis_clone.testing.running import Directory, MovableTime

STEP_NS = 100_000_000  # of the cluster's time, as between two ticks of the bus
STEPS_PER_CRON = 10
POLL_S = 0.0005
LONGEST_STEP_S = 2.0  # real seconds; longer, and a node has been told not to answer
LONGEST_WAIT_S = 30.0  # real seconds until something has happened that takes no time of the cluster
TIMEOUTS_TO_RECOVER, SECONDS_TO_RECOVER = 4, 30  # of the cluster's time, in which it is well or never
HEAD_START_NS = 10_000_000_000  # the time that forming the cluster may take before now


class RunningCluster:
    """A cluster that runs in this process, from its creation to stop()."""

    def __init__(
        self,
        masters: int,
        replicas: int,
        directory: Directory | None,
        parameters: Mapping[str, Value],
        first_port: int = 0,
        first_page: int = 0,
    ) -> None:
        if masters < 1 or replicas < 0:
            raise ValueError(f"masters={masters}, replicas={replicas}: a cluster has at least one master")
        self._masters, self._replicas = masters, replicas
        self._is_kept = directory is not None
        self._folder = Path(directory if directory is not None else tempfile.mkdtemp(prefix="redis-cluster-"))
        self._steps = 0
        self.time = MovableTime()
        self.nodes: list[ClusterNode] = []
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._start_all(parameters, first_port, first_page)
            self._form()
            undo.pop_all()

    def _start_all(self, parameters: Mapping[str, Value], first_port: int, first_page: int) -> None:
        """Start the nodes, at a time from which forming the cluster leads to now.

        Ports and pages are numbered from the first; port 0: any free ones, page 0: no pages.
        """
        self.time.ahead_ns = -HEAD_START_NS
        defaults: dict[str, Value] = {"cluster_enabled": True, "repl_diskless_sync_delay": 0}
        if not self._is_kept:
            defaults["save"] = ""
        for number in range(self._masters * (1 + self._replicas)):
            folder = self._folder / f"node-{number + 1}"
            numbered = {
                "port": first_port and first_port + number,
                "page": first_page and first_page + number,
            }
            self.nodes.append(ClusterNode(self, folder, {**defaults, **numbered, **parameters}))

    def _form(self) -> None:
        """Form the cluster, unless the files of the nodes say that it was formed before."""
        if all(len(node.view.nodes) == 1 for node in self.nodes):
            forming.distribute(self.nodes, self._masters)
            self._tick_until(lambda: forming.have_met(self.nodes), "the nodes did not meet")
            forming.appoint(self.nodes, self._masters)
        self.wait_until_ok()
        while self.time.ahead_ns < 0:
            self._step(min(STEP_NS, -self.time.ahead_ns))
        self._formed = self._layout()

    # Its life.

    def __enter__(self) -> "RunningCluster":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all nodes; nothing is left.  A second stop() does nothing."""
        for node in self.nodes:
            node.stop()
        if not self._is_kept:
            shutil.rmtree(self._folder, ignore_errors=True)

    def reset(self) -> None:
        """Undo what a test may have done: the cluster is as after its start, at the same addresses.

        Where only data and settings have changed, they are undone.  After a failover, a move of slots or a
        movement of the clock the cluster is made anew, which closes its connections.
        """
        if self.time.ahead_ns or self._layout() != self._formed:
            self._make_anew()
        for node in self.nodes:
            node.undo()
        self._tick_until(self._has_copied, "a replica does not follow its master")

    def _make_anew(self) -> None:
        for node in self.nodes:
            node.kill()
            node.clear()
        self.time.ahead_ns = -HEAD_START_NS
        for node in self.nodes:
            node.restart()
        self._form()

    def _layout(self) -> list[tuple[bool, str, Role]]:
        """Which nodes run, and what they say of themselves."""
        return [(node.is_running, node.view.myself.id, role_of(node.view.myself)) for node in self.nodes]

    # Where clients connect.

    @property
    def running(self) -> list[ClusterNode]:
        """The nodes that run now."""
        return [node for node in self.nodes if node.is_running]

    @property
    def url(self) -> str:
        """The URL of a node that runs; it names the others to a client that knows clusters."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """The URLs of all nodes that run."""
        return [node.url for node in self.running]

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The hosts and ports of all nodes that run."""
        return [(node.host, node.port) for node in self.running]

    # Who is who.

    @property
    def masters(self) -> list[ClusterNode]:
        """The nodes that run and own slots."""
        return [node for node in self.running if node.view.myself.slots]

    def master_of(self, key: str | bytes) -> ClusterNode:
        """The node that owns a key now; RuntimeError when none of those that run does."""
        slot = key_slot(key.encode() if isinstance(key, str) else key)
        owners = [node for node in self.masters if node.view.owners[slot] is node.view.myself]
        if not owners:
            raise RuntimeError(f"no node that runs owns the slot {slot} of {key!r}")
        return max(owners, key=lambda node: node.view.myself.config_epoch)

    def replicas_of(self, node: ClusterNode) -> list[ClusterNode]:
        """The replicas of a node that run now; the node itself may be killed."""
        id_ = node.view.myself.id
        masters = [(each, each.view.myself.master) for each in self.running]
        return [each for each, master in masters if master is not None and master.id == id_]

    # Time.

    def advance(self, seconds: float) -> None:
        """Move the clock of all nodes forward, in steps in which they talk; ValueError if it is negative."""
        if seconds < 0:
            raise ValueError(f"advance({seconds}): a cluster's time does not go back")
        ends_ns = self.time.ahead_ns + round(seconds * 1e9)
        while self.time.ahead_ns < ends_ns:
            self._step(min(STEP_NS, ends_ns - self.time.ahead_ns))
        for node in self.running:
            node.catch_up()

    def wait_until_ok(self) -> None:
        """Move the clock until the cluster is well: it has found who is gone, and replicas have taken over.

        All nodes that run agree then who owns which slots, and all owners run.  TimeoutError when that does
        not come, for example because a master without a replica was killed.
        """
        timeout_ms = max(node.view.settings.node_timeout_ms for node in self.running)
        ends_ns = self.time.ahead_ns + SECONDS_TO_RECOVER * 10**9
        ends_ns += TIMEOUTS_TO_RECOVER * timeout_ms * 1_000_000
        while not self._is_ok():
            if self.time.ahead_ns > ends_ns:
                text = self.running[0].execute("CLUSTER", "NODES").decode()
                raise TimeoutError(f"the cluster does not recover:\n{text}")
            self._step(STEP_NS)

    def _is_ok(self) -> bool:
        """Whether all nodes that run see the same: who owns the slots, which all have owners that run."""
        ids = self._running_ids()
        views = [roles for node in self.running if (roles := node.roles()) is not None]
        if len(views) < len(self.running) or not self._have_talked():
            return False
        owners = {id_ for id_, role in views[0].items() if role.slots}
        return owners <= ids and all(_of(view, ids) == _of(views[0], ids) for view in views)

    def _running_ids(self) -> set[str]:
        return {node.view.myself.id for node in self.running}

    def _have_talked(self) -> bool:
        ids = self._running_ids()
        return all(node.has_talked(ids) for node in self.running)

    def _has_copied(self) -> bool:
        """Whether all replicas have what their masters have."""
        return all(
            replica.offset == master.offset for master in self.masters for replica in self.replicas_of(master)
        )

    def _step(self, step_ns: int) -> None:
        """Move the clock a little, and wait until the nodes have answered each other."""
        self.time.ahead_ns += step_ns
        self._steps += 1
        for node in self.running:
            node.tick()
            if self._steps % STEPS_PER_CRON == 0:
                node.catch_up()
        ends_s = time.monotonic() + LONGEST_STEP_S
        while not self._have_talked() and time.monotonic() < ends_s:
            time.sleep(POLL_S)

    def _tick_until(self, is_done: Callable[[], bool], problem: str) -> None:
        """Have the buses tick without moving the clock, until something is done that takes no time of it."""
        ends_s = time.monotonic() + LONGEST_WAIT_S
        while not is_done():
            if time.monotonic() > ends_s:
                raise TimeoutError(problem)
            for node in self.running:
                node.tick()
            time.sleep(POLL_S)

    # Faults.

    def kill(self, node: ClusterNode) -> None:
        """End a node at once, as kill -9 does: nothing is saved, and the others find out by themselves."""
        node.kill()

    def start(self, node: ClusterNode) -> None:
        """Start a node again that was killed, at its address and with its files; it finds its new role."""
        node.restart()

    def fail_over(self, node: ClusterNode) -> ClusterNode:
        """Have a replica take over from its master by CLUSTER FAILOVER, which loses nothing.

        `node` is the replica, or a master, whose first replica is taken.  Returns the new master.  It takes
        some time of the cluster; after an election for the same master more, for nobody votes again so soon.
        """
        replica = node if node.view.myself.master else next(iter(self.replicas_of(node)), None)
        if replica is None:
            raise ValueError("the node has no replica that runs")
        master_id = role_of(replica.view.myself).master
        self.advance(max(each.refuses_s(master_id) for each in self.masters))
        replica.execute("CLUSTER", "FAILOVER")
        self._tick_until(lambda: replica.view.myself.is_master, "the replica has not taken over")
        self.wait_until_ok()
        return replica


def _of(roles: dict[str, Role], ids: set[str]) -> dict[str, Role]:
    return {id_: role for id_, role in roles.items() if id_ in ids}
