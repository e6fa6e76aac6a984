"""The bus of a lesson's cluster, step by step: one message arrives, or a tenth of a second passes.

While the bus is halted the cluster's clock stands still, and each message that reaches a node waits here in
place of being received.  step() lets the oldest one arrive, or one that was chosen; when there is none, the
clock moves to the next tick of all nodes.  So what takes a second in life can be looked at for an hour, and a
teacher decides which of two messages comes first.

    halt, resume              the clock stands, and messages wait; all goes on
    step, step_to_event       one step; as many as it takes until a node logs something
    cut, pause                what two nodes send each other waits; a node hears nothing and does not tick
    align                     the replicas that wait for their election ask for votes at the same time

A cut and a pause hold what they hold while the bus runs, too; elections are aligned while it is halted.
Only the bus is halted: clients are served, and the data are replicated.  Each node's lock is taken by itself,
and the guard of the state here last.
"""

import re
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from redis_clone.features.cluster import messages
from redis_clone.features.cluster.actions import Link
from redis_clone.features.cluster.cron import PERIOD_MS
from redis_clone.features.cluster.messages import Message
from redis_clone.features.cluster.node import FAIL, FLAG_NAMES, PFAIL, flag_names
from redis_clone.server import clustering
from redis_clone.server.locking import locked
from redis_clone.server.state import Server
from redis_clone.testing.cluster_node import ClusterNode
from redis_clone.testing.running import MovableTime
from redis_clone.testing.space_time import Arrow, SpaceTime

ID = re.compile(r"[0-9a-f]{40}")
LONGEST_SETTLING_S = 0.05  # real seconds until what a step has sent has come to its receivers
POLL_S = 0.0005
LONGEST_CALM_NS = 10_000_000_000  # of the cluster's time, for which step_to_event() looks for one
MOST_STEPS = 3000  # of it


class InTransit(NamedTuple):
    """A message that has reached its receiver, and waits for its step."""

    server: Server
    link: Link
    message: Message
    arrow: Arrow


class BusSteps:
    """The bus of all nodes of a cluster; server/clustering.py asks it as the scheduler of each."""

    def __init__(self, nodes: Sequence[ClusterNode], cluster_time: MovableTime) -> None:
        self._nodes, self._time = nodes, cluster_time
        self._ports = {node.port for node in nodes}
        self._guard = threading.Lock()
        self._stepping = threading.Lock()  # one step at a time
        self._searching = threading.Lock()
        self._diagram = SpaceTime()
        self._begun_ns = cluster_time()
        self._held: list[InTransit] = []
        self._cuts: set[tuple[int, int]] = set()  # (sender, receiver)
        self._paused: set[int] = set()
        self._held_so_far = 0
        self._aligns = False
        self.is_halted = False
        for node in nodes:
            node.schedule_by(self)  # which asks us from now on, so nobody else need keep this object

    # What the nodes ask, under their locks.

    def holds(self, server: Server, link: Link, message: Message) -> bool:
        """Whether a message that has come is received later; it is kept then.

        What somebody sends who is not of this cluster is never held.
        """
        sender = self._port_of(message.sender)
        with self._guard:
            may_pass = not self.is_halted and self._may_pass(sender, server.port)
            is_behind = any(other.link is link for other in self._held)
            if sender is None or (may_pass and not is_behind):
                return False
            self._lose_what_has_no_connection()
            kind = messages.NAMES[message.type]
            arrow = self._diagram.sent(sender, server.port, kind, self._about(message))
            self._held.append(InTransit(server, link, message, arrow))
            self._held_so_far += 1
            return True

    def holds_tick(self, server: Server) -> bool:
        """Whether the time stands still for a node."""
        return self.is_halted or server.port in self._paused

    def record(self, server: Server, text: str) -> None:
        """A node logs something."""
        text = ID.sub(lambda match: self._name_of(match[0]), text)
        with self._guard:
            if self.is_halted:
                self._diagram.record(server.port, text)

    def _may_pass(self, sender: int | None, receiver: int) -> bool:
        return (sender, receiver) not in self._cuts and receiver not in self._paused

    def _port_of(self, id_: str) -> int | None:
        return next((node.port for node in self._nodes if node.view.myself.id == id_), None)

    def _name_of(self, id_: str) -> str:
        return str(self._port_of(id_) or id_[:8])

    def _about(self, message: Message) -> str:
        """What is worth knowing of a message, beside its kind."""
        words = []
        if message.type in (messages.AUTH_REQUEST, messages.AUTH_ACK):
            words.append(f"epoch {message.current_epoch}")
        if message.failing:
            words.append(self._name_of(message.failing))
        if message.owner is not None:
            words.append(f"{self._name_of(message.owner.id)} owns its slots")
        for entry in message.gossip:
            if entry.flags & (PFAIL | FAIL):
                flag = FLAG_NAMES[FAIL if entry.flags & FAIL else PFAIL]
                words.append(f"{self._name_of(entry.id)} {flag}")
        return ", ".join(words)

    # What the teacher asks.

    def halt(self) -> None:
        """From now on each message waits for its step, and the clock stands still; a new diagram begins."""
        with self._stepping:
            if self.is_halted:
                return
            self._time.stop()
            with self._guard:
                self._diagram, self._begun_ns = SpaceTime(), self._time()
                self._held = [each._replace(arrow=self._diagram.take_over(each.arrow)) for each in self._held]
                self.is_halted = True

    def resume(self) -> None:
        """Let the messages that wait arrive, in their order, and the time go on."""
        with self._stepping:
            while self.is_halted:
                if not self._deliver_next():
                    self._run_if_nothing_waits()
            self._time.go_on()

    def _run_if_nothing_waits(self) -> None:
        """End the halt, unless a message has come in the meantime."""
        with self._guard:
            self.is_halted = any(self._may_go(each) for each in self._held)

    def step(self, number: int | None = None) -> None:
        """Let a message arrive, that of an arrow or the oldest; when there is none, let a tick's time pass.

        A message behind another one on its connection waits for it, as TCP has it.
        """
        with self._stepping:
            if not self.is_halted:
                return
            sent, held = self._sent_so_far(), self._held_so_far
            if not self._deliver_next(number) and number is None:
                self._pass_time()
            self._settle(held + self._sent_so_far() - sent)
            if self._aligns:
                self._align_elections()

    def step_to_event(self) -> None:
        """Make steps until a node logs something, or for ten seconds of the cluster's time.

        Only one such search goes on; what is asked for meanwhile is ignored.
        """
        if not self._searching.acquire(blocking=False):
            return
        try:
            ends_ns = self._time() + LONGEST_CALM_NS
            for _ in range(MOST_STEPS):
                self.step()
                if not self.is_halted or not self._diagram.is_quiet or self._time() >= ends_ns:
                    return
        finally:
            self._searching.release()

    def cut(self, one: int, other: int) -> None:
        """Hold what two nodes send each other, or let it pass again."""
        if not {one, other} <= self._ports or one == other:
            return
        with self._guard:
            self._cuts ^= {(one, other), (other, one)}
            self._mark(f"{one} and {other} {'cut' if (one, other) in self._cuts else 'joined'}")
        self._deliver_what_may_go()

    def pause(self, port: int) -> None:
        """Hold the bus of a node: it hears nothing and does not tick, or goes on again."""
        if port not in self._ports:
            return
        with self._guard:
            self._paused ^= {port}
            self._mark(f"{port} {'paused' if port in self._paused else 'goes on'}")
        self._deliver_what_may_go()

    def align(self) -> None:
        """While the bus is halted, waiting replicas ask for votes at the same time; again: no longer."""
        with self._stepping:
            with self._guard:
                self._aligns = not self._aligns
                self._mark("elections aligned" if self._aligns else "elections not aligned")
            if self._aligns:
                self._align_elections()

    def _mark(self, text: str) -> None:
        if self.is_halted:
            self._diagram.begin_row(self._elapsed_ms, text)

    # A step.

    def _deliver_next(self, number: int | None = None) -> bool:
        """Let a message arrive that may; whether there is one."""
        with self._guard:
            chosen = next((each for each in self._held if self._is_next(each, number)), None)
            if chosen is None:
                return False
            if self.is_halted:
                self._diagram.begin_row(self._elapsed_ms)
            is_lost = not self._is_connected(chosen)
            (self._diagram.lost if is_lost else self._diagram.received)(chosen.arrow)
        try:
            with locked(chosen.server):
                if self._is_connected(chosen):
                    clustering.receive(chosen.server, chosen.link, chosen.message)
        finally:
            with self._guard:  # only now, so that nothing has overtaken it on its connection
                self._held = [each for each in self._held if each is not chosen]
        return True

    def _lose_what_has_no_connection(self) -> None:
        """Messages that a cut or a pause holds while their connections end do not gather."""
        for each in self._held:
            if not each.link.is_open and not self._may_go(each):
                self._diagram.lost(each.arrow)
        self._held = [each for each in self._held if each.link.is_open or self._may_go(each)]
        if not self.is_halted:
            self._diagram.forget_arrows()

    def _is_next(self, each: InTransit, number: int | None) -> bool:
        if number is not None and each.arrow.number != number:
            return False
        return self._may_go(each) and next(other for other in self._held if other.link is each.link) is each

    def _is_connected(self, each: InTransit) -> bool:
        """Whether the receiver runs, and has not closed the connection."""
        return each.link.is_open and any(node.is_run_by(each.server) for node in self._nodes)

    def _may_go(self, each: InTransit) -> bool:
        return self._may_pass(each.arrow.sender, each.arrow.receiver)

    def _deliver_what_may_go(self) -> None:
        """After the end of a cut or a pause: what waited arrives, unless the bus is halted."""
        with self._stepping:
            while not self.is_halted and self._deliver_next():
                pass

    def _pass_time(self) -> None:
        self._time.ahead_ns += PERIOD_MS * 1_000_000
        with self._guard:
            self._diagram.begin_row(self._elapsed_ms, f"+{PERIOD_MS} ms")
        for node in self._running:
            if node.port not in self._paused:
                with suppress(RuntimeError):  # it has just ended
                    node.tick_at_once()

    @property
    def _running(self) -> list[ClusterNode]:
        return [node for node in self._nodes if node.is_running]

    @property
    def _elapsed_ms(self) -> int:
        return (self._time() - self._begun_ns) // 1_000_000

    def _sent_so_far(self) -> int:
        return sum(node.view.sent.total() for node in self._nodes)

    def _settle(self, held: int) -> None:
        """Wait until so many messages have come in all, for they travel over real connections."""
        ends_s = time.monotonic() + LONGEST_SETTLING_S
        while self._held_so_far < held and time.monotonic() < ends_s:
            time.sleep(POLL_S)

    def _align_elections(self) -> None:
        """Replicas that wait for their election wait for the one that would ask last."""
        waiting = {node: ms for node in self._running if (ms := node.election_begins_ms()) is not None}
        for node in waiting:
            node.begin_election_at(max(waiting.values()))

    # What the page shows.

    def panel(self) -> dict[str, Any]:
        nodes = [self._describe(node) for node in self._nodes]
        with self._guard:
            return {
                "is_halted": self.is_halted,
                "aligns": self._aligns,
                "nodes": nodes,
                "cuts": sorted(cut for cut in self._cuts if cut[0] < cut[1]),
                "waiting": [each.arrow.number for each in self._held if self._is_next(each, None)],
                **(self._diagram.as_dict() if self.is_halted else {"rows": [], "arrows": []}),
            }

    def _describe(self, node: ClusterNode) -> dict[str, Any]:
        """What a node says of itself."""
        view, is_paused = node.view, node.port in self._paused
        myself = view.myself
        master = myself.master
        role = f"replica of {master.port}" if master is not None else "master"
        return {
            "port": node.port,
            "role": role,
            "flags": flag_names(myself),
            "slots": myself.slots.bit_count(),
            "epoch": view.current_epoch,
            "is_running": node.is_running,
            "is_paused": is_paused,
            "is_ok": view.is_ok,
        }
