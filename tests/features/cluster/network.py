"""Nodes of a cluster in a simulated network: no sockets, no clock, and faults drawn by a seed.

Time is an integer of milliseconds, and jumps from one event to the next.  A connection keeps the order of its
messages, as TCP does, and loses what is on its way when it is cut.  A node that crashes comes back with what it
had saved.
"""

import heapq
import itertools
import random
from functools import partial

from redis_clone.features.cluster import machine
from redis_clone.features.cluster.actions import (
    Close,
    Connect,
    DeleteKeys,
    EmptyData,
    Follow,
    FollowNobody,
    Log,
    Save,
    Send,
)  # fmt: skip
from redis_clone.features.cluster.messages import decode, encode
from redis_clone.features.cluster.nodes_file import load_text
from redis_clone.features.cluster.state import Cluster, Settings

TIMEOUT_MS = 2000


class SimulatedInstance:
    """The server of a node, as far as the cluster sees it: an offset, keys in slots, and a master."""

    def __init__(self, node):
        self.node = node
        self.offset = 0
        self.keys = {}  # how many there are in a slot
        self.heard_ms = 0  # when the master was last heard of

    def replication_offset(self):
        return self.offset

    def data_age_ms(self, now_ms):
        return now_ms - self.heard_ms

    def count_keys(self, slot):
        return self.keys.get(slot, 0)

    def has_keys(self):
        return any(self.keys.values())


class Wire:
    """A connection between two nodes; each end has a Link of its own."""

    def __init__(self, world, caller, callee, link):
        self.world, self.caller, self.callee = world, caller, callee
        self.ends = {caller: link, callee: None}
        self.is_open = True
        self.arrives_ms = {caller: 0, callee: 0}  # nothing overtakes what was sent before on the same wire

    def other(self, node):
        return self.callee if node is self.caller else self.caller

    def cut(self):
        if not self.is_open:
            return
        self.is_open = False
        for node, link in self.ends.items():
            if link is not None and node.is_up and self.world.wires.pop((node, id(link)), None):
                node.run(machine.closed, link)


class SimulatedNode:
    def __init__(self, world, number):
        self.world, self.number = world, number
        self.name = f"n{number}"
        self.port = 7000 + number
        self.is_up = self.is_paused = False
        self.skew_ms = 0
        self.saved = ""
        self.incarnation = 0

    def start(self):
        settings = Settings()
        settings.node_timeout_ms = TIMEOUT_MS
        settings.port, settings.bus_port = self.port, self.port + 10000
        self.instance = SimulatedInstance(self)
        draw = self.world.draw
        self.cluster = Cluster(f"{draw.getrandbits(160):040x}", settings, self.instance, draw, self.now_ms)
        if self.saved:
            load_text(self.cluster, self.saved, self.now_ms)
        self.is_up, self.is_paused = True, False
        self.incarnation += 1
        self.world.at(self.world.draw.randrange(100), partial(self.tick, self.incarnation))

    @property
    def id(self):
        return self.cluster.myself.id

    @property
    def now_ms(self):
        return 1_000_000 + self.world.now_ms + self.skew_ms

    def tick(self, incarnation):
        if not self.is_up or incarnation != self.incarnation:
            return
        self.run(machine.tick)
        self.world.at(100, partial(self.tick, incarnation))

    def run(self, event, *args):
        """Let an event happen, and carry out what follows."""
        actions = event(self.cluster, *args, self.now_ms)
        self.cluster.check()
        for action in actions:
            self.carry_out(action)

    def command(self, function, *args):
        """What an administrator does."""
        try:
            return function(self.cluster, *args)
        finally:
            for action in machine.take_actions(self.cluster, self.now_ms):
                self.carry_out(action)

    def carry_out(self, action):
        world = self.world
        if isinstance(action, Save):
            self.saved = action.text
        elif isinstance(action, Connect):
            world.connect(self, action.link)
        elif isinstance(action, Close):
            wire = world.wires.get((self, id(action.link)))
            if wire is not None:
                wire.cut()
        elif isinstance(action, Send):
            world.send(self, action.link, encode(action.message))
        elif isinstance(action, Log):
            world.tell(f"{self.name} {action.text}")
        elif isinstance(action, DeleteKeys):
            for slot in action.slots:
                self.instance.keys.pop(slot, None)
        elif isinstance(action, EmptyData):
            self.instance.keys.clear()
        elif isinstance(action, (Follow, FollowNobody)):
            world.tell(f"{self.name} {action}")

    def crash(self):
        """Lose all that was not saved."""
        self.is_up = False
        for wire in self.world.wires_of(self):
            wire.cut()
        self.world.wires = {end: wire for end, wire in self.world.wires.items() if end[0] is not self}


class World:
    """The network: what happens next, and who can reach whom."""

    def __init__(self, seed, nodes):
        self.draw = random.Random(seed)
        self.now_ms = 0
        self.events, self.counter = [], itertools.count()
        self.wires = {}  # by one end: the node and its link
        self.links = {}
        self.story = []
        self.unreachable = set()  # pairs: what the first sends does not come to the second
        self.longest_delay_ms = 5
        self.nodes = [SimulatedNode(self, number) for number in range(nodes)]
        self.names = {}
        for node in self.nodes:
            node.start()

    def tell(self, line):
        self.story.append(f"{self.now_ms:>7} {line}")

    def at(self, delay_ms, action):
        heapq.heappush(self.events, (self.now_ms + delay_ms, next(self.counter), action))

    def run_for(self, duration_ms, until=None):
        end_ms = self.now_ms + duration_ms
        while self.events and self.events[0][0] <= end_ms:
            self.now_ms, _, action = heapq.heappop(self.events)
            action()
            if until is not None and until():
                return True
        self.now_ms = end_ms
        return until is not None and until()

    def wires_of(self, node):
        return [wire for (end, _), wire in list(self.wires.items()) if end is node]

    def _delay(self):
        return self.draw.randrange(self.longest_delay_ms + 1)

    def connect(self, caller, link):
        node = link.node
        target = next((each for each in self.nodes if each.port == node.port), None)
        self.at(1 + self._delay(), partial(self._connected, caller, link, target, caller.incarnation))

    def _connected(self, caller, link, target, incarnation):
        if not caller.is_up or caller.incarnation != incarnation:
            return
        if target is None or not target.is_up or {(caller, target), (target, caller)} & self.unreachable:
            caller.run(machine.closed, link)
            return
        if link.node is None:
            return
        wire = Wire(self, caller, target, link)
        inbound = machine.accepted(
            "10.0.0." + str(caller.number), "10.0.0." + str(target.number), target.now_ms
        )
        wire.ends[target] = inbound
        link.own_address = f"10.0.0.{caller.number}"
        self.wires[caller, id(link)] = self.wires[target, id(inbound)] = wire
        caller.run(machine.connected, link)

    def send(self, sender, link, frame):
        wire = self.wires.get((sender, id(link)))
        if wire is None or not wire.is_open:
            return
        receiver = wire.other(sender)
        arrives_ms = max(self.now_ms + self._delay(), wire.arrives_ms[receiver])
        wire.arrives_ms[receiver] = arrives_ms
        self.at(arrives_ms - self.now_ms, partial(self._arrive, wire, sender, receiver, frame))

    def _arrive(self, wire, sender, receiver, frame):
        if not wire.is_open or not receiver.is_up or (sender, receiver) in self.unreachable:
            return  # what a partition swallows is lost with the connection; TCP would send it again for a while
        message = decode(frame)
        link = wire.ends[receiver]
        receiver.run(machine.receive, link, message)
