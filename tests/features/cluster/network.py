"""Nodes of a cluster in a simulated network: no sockets, no clock, and all chance drawn from one seed.

Time is an integer of milliseconds, and jumps from one event to the next.  A connection keeps the order of
its messages, as TCP does: a partition holds them back, and the end of the connection comes behind them.  A
node that crashes comes back with the nodes.conf that it had saved, and with its data.

    World           what happens next, who reaches whom, and the story of the run
    Wire            a connection; each of its two ends has a Link of a node
    SimulatedNode   a node: it runs events of the machine, and carries out what follows
    SimulatedInstance   its server: the log of the writes that it has, and whom it replicates
"""

import heapq
import random
import re
from collections import deque
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
    PauseWrites,
    ResumeWrites,
    Save,
    Send,
)  # fmt: skip
from redis_clone.features.cluster.messages import NAMES, decode, encode
from redis_clone.features.cluster.nodes_file import load_text
from redis_clone.features.cluster.state import Cluster, Settings

TIMEOUT_MS = 1000
BEGIN_MS = 1_000_000  # no clock begins at 0, which means never
LINES_KEPT = 4000


class SimulatedInstance:
    """The server of a node, as far as the cluster sees it.  A write is a number; the offset counts them."""

    def __init__(self):
        self.log = []  # the writes that the data have, in order
        self.keys = {}  # how many there are in a slot
        self.follows = 0  # the port of the master
        self.heard_ms = 0  # when the master was last heard of; 0: not since we follow it
        self.paused_until_ms = 0

    def replication_offset(self):
        return len(self.log)

    def data_age_ms(self, now_ms):
        return now_ms - self.heard_ms

    def count_keys(self, slot):
        return self.keys.get(slot, 0)

    def keys_in_slot(self, slot):
        return [b"%d" % number for number in range(self.count_keys(slot))]

    def has_keys(self):
        return any(self.keys.values())


class Wire:
    """A connection.  Its ends are the nodes; what one sends waits until it may arrive at the other."""

    def __init__(self, caller, link, callee, inbound):
        self.links = {caller: link, callee: inbound}  # None: this end is closed
        self.held = {caller: deque(), callee: deque()}  # by receiver: what a partition holds back
        self.arrives_ms = {caller: 0, callee: 0}  # nothing overtakes what was sent before

    def other_end(self, node):
        return next(end for end in self.links if end is not node)


class SimulatedNode:
    def __init__(self, world, number):
        self.world, self.number = world, number
        self.name, self.ip, self.port = f"n{number}", f"10.0.0.{number}", 7000 + number
        self.is_up = self.is_paused = False
        self.awake_ms = 0  # since when it runs
        self.skew_ms = 0
        self.incarnation = 0
        self.saved = ""  # nodes.conf
        self.backups = deque(maxlen=20)  # what it was before
        self.crashes_at_save = ""  # "before" or "after" it is on the disk
        self.instance = SimulatedInstance()

    def start(self):
        settings = Settings()
        settings.node_timeout_ms = TIMEOUT_MS
        settings.port, settings.bus_port = self.port, self.port + 10000
        draw = self.world.draw
        cluster = Cluster(f"{draw.getrandbits(160):040x}", settings, self.instance, draw, self.now_ms)
        if self.saved:
            load_text(cluster, self.saved, self.now_ms)  # BadNodesFile: it is still down then
        self.cluster = cluster
        master = cluster.myself.master
        self.instance.follows, self.instance.heard_ms = master.port if master else 0, 0
        self.instance.paused_until_ms = 0
        self.is_up, self.crashes_at_save = True, ""
        self.wake_up()
        self.incarnation += 1
        self.world.names[self.id] = self.name
        self.world.tell("{} starts", self.name)
        self.world.at(draw.randrange(100), partial(self.tick, self.incarnation))

    def wake_up(self):
        self.is_paused, self.awake_ms = False, self.world.now_ms

    def crash(self, is_told=True):
        """End at once.  `is_told`: the machine still runs, and ends the connections."""
        self.world.tell("{} crashes", self.name)
        self.is_up = False
        for link in [link for link, wire in self.world.wires.items() if wire.links.get(self) is link]:
            self.world.hang_up(self, link, is_told)

    @property
    def id(self):
        return self.cluster.myself.id

    @property
    def runs(self):
        return self.is_up and not self.is_paused

    @property
    def now_ms(self):
        return BEGIN_MS + self.world.now_ms + self.skew_ms

    def tick(self, incarnation):
        if not self.is_up or incarnation != self.incarnation:
            return
        if not self.is_paused:
            self._replicate()
            self.run("tick", machine.tick)
        self.world.at(machine.cron.PERIOD_MS, partial(self.tick, incarnation))

    def _replicate(self):
        """Take over the data of our master, if it can be reached."""
        master = self.world.by_port.get(self.instance.follows)
        if (
            master is None
            or master is self
            or not master.runs
            or not self.world.reach_each_other(self, master)
        ):
            return
        self.instance.heard_ms = self.now_ms
        if self.instance.log != master.instance.log:
            self.instance.log = list(master.instance.log)

    def run(self, kind, event, *args):
        """Let an event happen, see that all promises hold, and carry out what follows."""
        before = self.world.promises.before(self)
        actions = event(self.cluster, *args, self.now_ms)
        self.world.promises.after(self, kind, before, actions)
        self.carry_out(actions)

    def command(self, function, *args):
        """What an administrator does; RedisError if the node refuses."""
        before = self.world.promises.before(self)
        try:
            return function(self.cluster, *args)
        finally:
            self.world.names.setdefault(self.id, self.name)
            actions = machine.take_actions(self.cluster, self.now_ms)
            self.world.promises.after(self, "command", before, actions)
            self.carry_out(actions)

    def carry_out(self, actions):
        for action in actions:
            if not self.is_up:
                return  # it has crashed meanwhile
            getattr(self, f"_do_{type(action).__name__}", self._do_nothing)(action)

    def _do_nothing(self, action):
        pass

    def _do_Save(self, action: Save):
        if self.crashes_at_save != "before":
            self.backups.append(self.saved)
            self.saved = action.text
        if self.crashes_at_save:
            self.crash()

    def _do_Connect(self, action: Connect):
        self.world.connect(self, action.link)

    def _do_Close(self, action: Close):
        self.world.hang_up(self, action.link)

    def _do_Send(self, action: Send):
        self.world.promises.sent(self, action.message, action.link)
        self.world.send(self, action.link, action.message)

    def _do_Log(self, action: Log):
        self.world.tell("{}@{} {}", self.name, self.cluster.current_epoch, action.text)

    def _do_DeleteKeys(self, action: DeleteKeys):
        for slot in action.slots:
            self.instance.keys.pop(slot, None)

    def _do_EmptyData(self, action: EmptyData):
        self.instance.keys.clear()

    def _do_Follow(self, action: Follow):
        self.instance.follows, self.instance.heard_ms = action.port, 0
        self.world.tell("{}@{} follows n{}", self.name, self.cluster.current_epoch, action.port - 7000)

    def _do_FollowNobody(self, action: FollowNobody):
        self.instance.follows = 0
        self.world.tell("{}@{} is a master", self.name, self.cluster.current_epoch)

    def _do_PauseWrites(self, action: PauseWrites):
        self.instance.paused_until_ms = action.until_ms

    def _do_ResumeWrites(self, action: ResumeWrites):
        self.instance.paused_until_ms = 0


class NoPromises:
    """Nothing is looked at."""

    def before(self, node):
        return None

    def after(self, node, kind, before, actions):
        pass

    def sent(self, node, message, link):
        pass


class World:
    """The network: what happens next, and who reaches whom."""

    def __init__(self, seed, nodes, promises=None):
        self.seed, self.draw = seed, random.Random(seed)
        self.promises = promises or NoPromises()
        self.now_ms = 0
        self.events, self.counter = [], 0  # a heap, in which equal times keep their order
        self.wires = {}  # by the Link at either end
        self.names = {}  # of nodes, by their IDs
        self.lines = deque(maxlen=LINES_KEPT)  # the story
        self.unreachable = set()  # pairs: what the first sends does not come to the second
        self.longest_delay_ms = 5
        self.swallows = False  # who calls a node that cannot be reached is left waiting, and not refused
        self.encodes = False  # messages travel as bytes
        self.keeps_messages = False  # in the story
        self.nodes = [SimulatedNode(self, number) for number in range(nodes)]
        self.by_port = {node.port: node for node in self.nodes}

    # The story.

    def tell(self, line, *args):
        self.lines.append((self.now_ms, line, args))

    @property
    def story(self):
        """All lines, with the nodes' names for their IDs."""
        text = "\n".join(f"{ms:>7} {line.format(*args)}" for ms, line, args in self.lines)
        return re.sub(r"[0-9a-f]{40}", lambda match: self.names.get(match[0], match[0][:8]), text)

    # Time.

    def at(self, delay_ms, action):
        self.counter += 1
        heapq.heappush(self.events, (self.now_ms + delay_ms, self.counter, action))

    def run_for(self, duration_ms, until=None, look_every_ms=1):
        """Let time pass.  `until` ends it early, and is then what is returned."""
        end_ms = self.now_ms + duration_ms
        look_ms = self.now_ms
        while self.events and self.events[0][0] <= end_ms:
            self.now_ms, _, action = heapq.heappop(self.events)
            action()
            if until is not None and self.now_ms >= look_ms:
                look_ms = self.now_ms + look_every_ms
                if until():
                    return True
        self.now_ms = end_ms
        return until is not None and until()

    # Connections.

    def reach_each_other(self, one, two):
        return not {(one, two), (two, one)} & self.unreachable

    def _delay(self):
        return self.draw.randrange(self.longest_delay_ms + 1)

    def connect(self, caller, link):
        self.at(1 + self._delay(), partial(self._connected, caller, link, caller.incarnation))

    def _connected(self, caller, link, incarnation):
        if not caller.is_up or caller.incarnation != incarnation or link.node is None:
            return
        if link.node.link is not link:
            return  # it has been given up
        if caller.is_paused:
            self.at(100, partial(self._connected, caller, link, incarnation))
            return
        target = self.by_port.get(link.node.port)
        is_reached = target is not None and self.reach_each_other(caller, target)
        if self.swallows and not is_reached:
            self.at(500, partial(self._connected, caller, link, incarnation))  # TCP asks again
            return
        if not is_reached or not target.is_up:
            caller.run("closed", machine.closed, link)
            return
        inbound = machine.accepted(caller.ip, target.ip, target.now_ms)
        link.own_address = caller.ip
        self.wires[link] = self.wires[inbound] = Wire(caller, link, target, inbound)
        caller.run("connected", machine.connected, link)

    def send(self, sender, link, message):
        wire = self.wires.get(link)
        if wire is None:
            return
        if self.keeps_messages:
            receiver = wire.other_end(sender)
            self.tell(
                "{}@{} {} -> {}", sender.name, message.current_epoch, NAMES[message.type], receiver.name
            )
        self._put(wire, wire.other_end(sender), encode(message) if self.encodes else message)

    def hang_up(self, node, link, is_told=True):
        """A node closes its end.  The other hears of it behind all that was sent, or never."""
        wire = self.wires.pop(link, None)
        if wire is None:
            return
        wire.links[node] = None
        if is_told:
            self._put(wire, wire.other_end(node), None)

    def _put(self, wire, receiver, what):
        arrives_ms = max(self.now_ms + self._delay(), wire.arrives_ms[receiver])
        wire.arrives_ms[receiver] = arrives_ms
        self.at(arrives_ms - self.now_ms, partial(self._arrive, wire, receiver, what))

    def _arrive(self, wire, receiver, what):
        link = wire.links[receiver]
        if link is None or not receiver.is_up:
            return
        is_held = receiver.is_paused or (wire.other_end(receiver), receiver) in self.unreachable
        if is_held or wire.held[receiver]:
            wire.held[receiver].append(what)
        elif what is None:
            self.wires.pop(link, None)
            wire.links[receiver] = None
            receiver.run("closed", machine.closed, link)
        else:
            message = decode(what) if self.encodes else what
            receiver.run("receive", machine.receive, link, message)

    def release(self):
        """Let arrive what was held back, as far as it can now: in any order, but each wire keeps its own."""
        wires = list(dict.fromkeys(self.wires.values()))
        self.draw.shuffle(wires)
        for wire in wires:
            for receiver, held in wire.held.items():
                whole, wire.held[receiver] = held, deque()
                for what in whole:
                    self._put(wire, receiver, what)
