"""What goes wrong in a simulated cluster: in the network, at the nodes, and by administrators' hands."""

from functools import partial

from network import TIMEOUT_MS

from redis_clone.features.cluster import administration, machine
from redis_clone.features.cluster.nodes_file import BadNodesFile
from redis_clone.protocol.errors import RedisError

DELAYS_MS = [1, 5, 5, 50, TIMEOUT_MS * 2 // 5]  # the longest, of which one is drawn


class Faults:
    """What goes wrong, one thing after the other.  Each kind is a method; `kinds` are those of this run."""

    def __init__(self, world):
        self.world, self.draw = world, world.draw
        self.is_over = False
        everything = [
            self.partition, self.isolate, self.one_way, self.mend_one_way, self.mend, self.crash,
            self.crash_at_save, self.restart, self.pause, self.resume, self.half_open, self.hang_up,
            self.jump, self.slow, self.tear,
        ]  # fmt: skip
        commands = [
            self.move_slots, self.fail_over, self.force, self.take_over, self.forget, self.replicate,
            self.meet, self.reset, self.restore,
        ]  # fmt: skip
        self.kinds = self.draw.sample(everything, self.draw.randrange(3, 9))
        if self.draw.random() < 0.6:
            self.kinds += self.draw.sample(commands, self.draw.randrange(1, 4))
        if self.draw.random() < 0.8 and self.forget in self.kinds:
            self.kinds.remove(self.forget)  # it takes long to heal: for a minute nobody adds the node again
        for node in world.nodes:
            node.skew_ms = self.draw.choice([0, 0, 40, -40, 700])
        world.longest_delay_ms = self.draw.choice(DELAYS_MS)
        world.swallows = self.draw.random() < 0.5

    def go_on(self):
        if self.is_over:
            return
        kind = self.draw.choice(self.kinds)
        try:
            kind()
        except RedisError as refusal:
            self.world.tell("-- refused: {}", str(refusal))
        self.world.at(self.draw.randrange(50, 1000), self.go_on)

    def _node(self):
        return self.draw.choice(self.world.nodes)

    def _running(self):
        return self.draw.choice([node for node in self.world.nodes if node.runs] or [None])

    def tell(self, line, *args):
        self.world.tell("-- " + line, *args)

    # The network.

    def partition(self):
        """Two sides do not reach each other."""
        nodes = self.world.nodes
        side = set(self.draw.sample(nodes, self.draw.randrange(1, len(nodes))))
        self.tell("partition: {}", " ".join(node.name for node in nodes if node in side))
        for node in side:
            for other in nodes:
                if other not in side:
                    self.world.unreachable |= {(node, other), (other, node)}

    def isolate(self):
        node = self._node()
        self.tell("{} is isolated", node.name)
        self.world.unreachable |= {(node, other) for other in self.world.nodes}
        self.world.unreachable |= {(other, node) for other in self.world.nodes}

    def one_way(self):
        one, two = self.draw.sample(self.world.nodes, 2)
        self.tell("nothing comes from {} to {}", one.name, two.name)
        self.world.unreachable.add((one, two))

    def mend_one_way(self):
        if self.world.unreachable:
            pairs = sorted((one.number, two.number) for one, two in self.world.unreachable)
            one, two = (self.world.nodes[number] for number in self.draw.choice(pairs))
            self.world.unreachable.discard((one, two))
            self.tell("{} reaches {}", one.name, two.name)
            self.world.release()

    def mend(self):
        self.tell("all reach each other")
        self.world.unreachable.clear()
        self.world.release()

    def half_open(self):
        """One end of a connection is closed, and the other does not hear of it."""
        if self.world.wires:
            link, wire = self.draw.choice(list(self.world.wires.items()))
            node = next(end for end, its_link in wire.links.items() if its_link is link)
            self.world.hang_up(node, link, is_told=False)
            node.run("closed", machine.closed, link)

    def hang_up(self):
        if self.world.wires:
            link, wire = self.draw.choice(list(self.world.wires.items()))
            node = next(end for end, its_link in wire.links.items() if its_link is link)
            self.world.hang_up(node, link)
            node.run("closed", machine.closed, link)

    def slow(self):
        self.world.longest_delay_ms = self.draw.choice(DELAYS_MS)

    # The nodes.

    def crash(self):
        """Mostly a master, for that is what matters."""
        owners = [node for node in self.world.nodes if node.is_up and node.cluster.myself.slots]
        node = self.draw.choice(owners) if owners and self.draw.random() < 0.7 else self._node()
        if node.is_up and sum(each.is_up for each in self.world.nodes) > 1:
            node.crash(is_told=self.draw.random() < 0.5)

    def crash_at_save(self):
        self._node().crashes_at_save = self.draw.choice(["before", "after"])

    def _down(self):
        """A node that is down; None if all are up."""
        return self.draw.choice([node for node in self.world.nodes if not node.is_up] or [None])

    def restart(self):
        node = self._down()
        if node is not None:
            node.start()

    def tear(self):
        """A node finds only the beginning of its file, and does not start."""
        node = self._down()
        if node is not None:
            whole = node.saved
            node.saved = whole[: self.draw.randrange(1, len(whole))]
            self.tell("the file of {} is torn", node.name)
            try:
                node.start()
            except BadNodesFile:
                node.saved = whole
            else:
                raise AssertionError("a torn file was read")

    def restore(self):
        """An administrator brings back an old file: what the node has promised since then is forgotten."""
        node = self._down()
        if node is not None and node.backups:
            self.world.is_risky = True
            node.saved = self.draw.choice(node.backups)
            self.tell("{} gets an old file", node.name)
            self.world.promises.excuse(node)
            node.start()

    def pause(self):
        node = self._node()
        self.tell("{} sleeps", node.name)
        node.is_paused = True

    def resume(self):
        for node in self.world.nodes:
            if node.is_paused:
                node.wake_up()
        self.world.release()

    def jump(self):
        node = self._node()
        node.skew_ms = self.draw.choice([0, 0, 300, -300, 1500, -1500])
        self.tell("the clock of {} jumps to {}", node.name, node.skew_ms)

    # Administrators.

    def move_slots(self):
        """The four steps of a slot's move, each of which may fail or never come."""
        masters = [node for node in self.world.nodes if node.runs and node.cluster.myself.is_master]
        sources = [node for node in masters if node.cluster.myself.slots]
        if len(masters) < 2 or not sources:
            return
        self.world.is_risky = True
        source = self.draw.choice(sources)
        target = self.draw.choice([node for node in masters if node is not source])
        mine = source.cluster.myself.slots
        slot = self.draw.choice([(mine & -mine).bit_length() - 1, mine.bit_length() - 1])
        self.tell("slot {} moves from {} to {}", slot, source.name, target.name)
        steps = [
            partial(self._step, target, administration.set_importing, slot, source.id),
            partial(self._step, source, administration.set_migrating, slot, target.id),
            partial(self._step, target, administration.set_owner, slot, target.id, "now"),
            partial(self._step, source, administration.set_owner, slot, target.id, "now"),
        ]
        for number, step in enumerate(steps[: self.draw.choice([1, 2, 3, 4, 4, 4, 4])]):
            self.world.at(number * 50, step)

    def _step(self, node, function, *args):
        if not node.runs or self.is_over:
            return
        try:
            node.command(function, *(node.now_ms if each == "now" else each for each in args))
        except RedisError as refusal:
            self.tell("refused: {}", str(refusal))

    def fail_over(self, how=""):
        """One replica, or two at once, which ask for votes in the same epoch then."""
        replicas = [node for node in self.world.nodes if node.runs and not node.cluster.myself.is_master]
        for node in self.draw.sample(replicas, min(len(replicas), self.draw.choice([1, 2]))):
            self.tell("{}: CLUSTER FAILOVER {}", node.name, how)
            node.command(administration.fail_over, how, node.now_ms)

    def force(self):
        self.world.is_risky = True
        self.fail_over("FORCE")

    def take_over(self):
        self.world.is_risky = True
        self.fail_over("TAKEOVER")

    def forget(self):
        node, other = self._running(), self._node()
        if node is not None and other is not node:
            self.world.is_risky = True
            self.tell("{}: CLUSTER FORGET {}", node.name, other.name)
            node.command(administration.forget, other.id, node.now_ms)

    def replicate(self):
        node, other = self._running(), self._node()
        if node is not None and not node.cluster.myself.slots:
            self.world.is_risky = True
            self.tell("{}: CLUSTER REPLICATE {}", node.name, other.name)
            node.command(administration.replicate, other.id)

    def reset(self):
        """A replica forgets all, and perhaps who it is."""
        node = self._running()
        if node is not None and not node.cluster.myself.slots:
            hard = self.draw.random() < 0.5
            self.world.is_risky = True
            self.tell("{}: CLUSTER RESET {}", node.name, "HARD" if hard else "SOFT")
            node.command(administration.reset, hard)

    def meet(self):
        node, other = self._running(), self._node()
        if node not in (None, other):
            node.command(administration.meet, other.ip, other.port, other.port + 10000, node.now_ms)
