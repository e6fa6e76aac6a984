"""A run of a simulated cluster: faults drawn from a seed, and then peace, in which it must heal.

    python tests/features/cluster/simulation.py 0 10000    runs these seeds, and tells which broke a promise

A run begins with a cluster that has formed before (its nodes.conf are written here), or with nodes that must
meet.  Then come faults, clients' writes and administrators' commands, while promises.py looks at every event.
Then the faults end, an administrator mends what only an administrator can (slots that stopped on their way,
nodes that were forgotten), and within 20 node timeouts all must agree.  Last, a master crashes, and must be
replaced.
"""

import pickle
import sys
import traceback
from functools import cache, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import promises
from faults import Faults
from network import TIMEOUT_MS, NoPromises, World

from redis_clone.features.cluster import administration, machine, messages
from redis_clone.features.cluster.sending import header
from redis_clone.features.cluster.slots import SLOTS, slot_set

FAULTS_MS = 5 * TIMEOUT_MS, 20 * TIMEOUT_MS
HEALING_MS = 20 * TIMEOUT_MS
FORGOTTEN_MS = 61_000
LONGEST_IGNORANCE_MS = 4 * TIMEOUT_MS  # clocks that jump and connections that are slow included
SETTLED_MS = 2 * TIMEOUT_MS  # for so long a cluster that has just formed is left alone
# How masters with so many replicas each are drawn: small clusters are quick, and show nearly all.
SHAPES = [(3, 1)] * 6 + [(3, 2)] * 3 + [(4, 1)] * 2 + [(5, 1)] * 2 + [(3, 0), (5, 0), (4, 2), (7, 1)]


class ClusterWorld(World):
    """A world whose nodes form a cluster, with clients that write."""

    def __init__(self, seed, masters, replicas):
        super().__init__(seed, masters * (1 + replicas), promises.Promises())
        self.masters = masters
        self.acknowledged = {}  # the number of each write that a client saw done: the node that did it
        self.waited = set()  # those of them that all replicas had
        self.replaced_ms = {}  # since when we know that a master is replaced, and takes writes
        self.is_risky = False  # an administrator has done what may lose writes
        self.encodes = self.draw.random() < 0.1

    def by_id(self, id_):
        return next(node for node in self.nodes if node.id == id_)

    def form(self):
        """Begin with the files of a cluster that has formed."""
        ids = [f"{self.draw.getrandbits(160):040x}" for _ in self.nodes]
        for node in self.nodes:
            lines = [self._file_line(each, ids, each is node) for each in self.nodes]
            epochs = f"vars currentEpoch {self.masters} lastVoteEpoch 0\n"
            node.saved = "".join(lines) + epochs
            node.start()

    def _file_line(self, node, ids, is_myself):
        shard = node.number % self.masters
        is_master = node.number < self.masters
        begin, end = shard * SLOTS // self.masters, (shard + 1) * SLOTS // self.masters - 1
        flags = ("myself," if is_myself else "") + ("master" if is_master else "slave")
        role = f"{flags} - 0 0 {shard + 1}" if is_master else f"{flags} {ids[shard]} 0 0 {shard + 1}"
        address = f"{node.ip}:{node.port}@{node.port + 10000},,tls-port=0,shard-id={ids[shard]}"
        slots = f" {begin}-{end}" if is_master else ""
        return f"{ids[node.number]} {address} {role} connected{slots}\n"

    def join(self):
        """Begin with nodes that have never met."""
        for node in self.nodes:
            node.start()
        for node in self.nodes[: self.masters]:
            begin = node.number * SLOTS // self.masters
            end = (node.number + 1) * SLOTS // self.masters
            node.command(administration.add_slots, list(range(begin, end)))
            node.command(administration.set_config_epoch, node.number + 1)
        first = self.nodes[0]
        for node in self.nodes[1:]:
            node.command(administration.meet, first.ip, first.port, first.port + 10000, node.now_ms)
        self.wait_until(self.all_have_met)
        for node in self.nodes[self.masters :]:
            node.command(administration.replicate, self.nodes[node.number % self.masters].id)

    def all_have_met(self):
        return all(
            len(node.cluster.nodes) == len(self.nodes)
            and not any(other.in_handshake for other in node.cluster.nodes.values())
            for node in self.nodes
        )

    def wait_until(self, condition, duration_ms=HEALING_MS):
        assert self.run_for(duration_ms, condition, 200), f"not within {duration_ms} ms: {condition}"

    # Clients.

    def keep_writing(self):
        self.write()
        self.at(20 + self.draw.randrange(100), self.keep_writing)

    def write(self):
        """A client writes at a node that lets it, and another one asks whether all replicas have it."""
        node = self.draw.choice(self.nodes)
        if not node.runs or not node.cluster.is_ok or not node.cluster.myself.slots:
            return
        if node.instance.paused_until_ms > node.now_ms:
            return
        self._wait(node)
        self._look_at_replaced(node)
        number = len(self.acknowledged)
        node.instance.log.append(number)
        self.acknowledged[number] = node.name

    def _wait(self, master):
        log = master.instance.log
        replicas = [node for node in self.nodes if node.instance.follows == master.port]
        if not replicas or not self._is_current(master):
            return
        reached = min(len(node.instance.log) for node in replicas)
        if all(node.instance.log[:reached] == log[:reached] for node in replicas):
            self.waited.update(log[:reached])

    def _look_at_replaced(self, master):
        """A master that has been replaced may not know so yet, but not for long; with TAKEOVER it may."""
        if self.is_risky or self._is_current(master):
            self.replaced_ms.pop(master, None)
            return
        since_ms = max(self.replaced_ms.setdefault(master, self.now_ms), master.awake_ms)
        assert self.now_ms - since_ms < LONGEST_IGNORANCE_MS, f"{master.name} takes writes, and is replaced"

    def _is_current(self, master):
        """Whether no other node owns the same slots with a higher epoch, even if the master does not know."""
        mine = master.cluster.myself
        rivals = (node.cluster.myself for node in self.nodes if node is not master)
        return not any(
            rival.slots & mine.slots and rival.config_epoch > mine.config_epoch for rival in rivals
        )

    def lost(self):
        """The acknowledged writes that no master has now."""
        kept = set()
        for node in self.nodes:
            if node.is_up and node.cluster.myself.slots:
                kept.update(node.instance.log)
        return set(self.acknowledged) - kept


def formed(masters=3, replicas=1, seed=1):
    """A world in which a cluster works; nobody writes, and nothing goes wrong."""
    return pickle.loads(_formed(masters, replicas, seed))


@cache
def _formed(masters, replicas, seed):
    world = ClusterWorld(seed, masters, replicas)
    world.promises, promises_later = NoPromises(), world.promises
    world.form()
    world.wait_until(partial(has_converged, world))
    world.run_for(TIMEOUT_MS // 2)
    world.promises = promises_later
    return pickle.dumps(world)


def receive(node, link, message):
    """What follows at a node; it is not carried out."""
    actions = machine.receive(node.cluster, link, message, node.now_ms)
    node.cluster.check()
    return actions


def said_by(sender, type_=messages.PING, **fields):
    return header(sender.cluster, type_)._replace(**fields)


def end_faults(world, faults):
    """Mend the network and the nodes, and what only an administrator can mend."""
    faults.is_over = True
    faults.tell("the faults end")
    for node in world.nodes:
        node.crashes_at_save, node.skew_ms = "", 0
        if node.is_paused:
            node.wake_up()
    world.longest_delay_ms = 5
    faults.mend()
    for node in world.nodes:
        if not node.is_up:
            node.start()
    if any(node.cluster.forgotten_ms for node in world.nodes):
        world.run_for(FORGOTTEN_MS)
    stabilize(world)
    introduce(world)


def stabilize(world):
    """No slot moves any more, as `redis-cli --cluster fix` does first."""
    for node in world.nodes:
        for slot in {*node.cluster.migrating, *node.cluster.importing}:
            node.command(administration.set_stable, slot)


def introduce(world):
    """Let nodes meet that were forgotten, and forget those that are somebody else now."""
    ids = {node.id for node in world.nodes}
    for node in world.nodes:
        for other in list(node.cluster.others):
            if other.id not in ids and not other.in_handshake and other is not node.cluster.myself.master:
                node.command(administration.forget, other.id, node.now_ms)
        for other in world.nodes:
            if other.id not in node.cluster.nodes:
                assert world.is_risky, (
                    f"{node.name} does not know {other.name}, and was not told to forget it"
                )
                node.command(administration.meet, other.ip, other.port, other.port + 10000, node.now_ms)


def give_unclaimed_slots(world):
    """Give away the slots that no node believes to own, for their move has stopped half-way."""
    claimed = 0
    for node in world.nodes:
        claimed |= node.cluster.myself.slots
    missing = ~claimed & slot_set(range(SLOTS))
    masters = [node for node in world.nodes if node.cluster.myself.is_master]
    assert not missing or world.is_risky, "slots have no owner, and no administrator is to blame"
    if missing and masters:
        node = world.draw.choice([each for each in masters if each.cluster.myself.slots] or masters)
        world.tell("-- the slots that nobody owns go to {}", node.name)
        for slot in range(SLOTS):
            if missing >> slot & 1:
                node.command(administration.set_owner, slot, node.id, node.now_ms)
        node.command(administration.bump_epoch)


def heal(world):
    for _ in range(4):
        if world.run_for(HEALING_MS // 4, partial(has_converged, world), 300):
            break
        give_unclaimed_slots(world)
        introduce(world)
    why = promises.disagreement(world)
    assert not why, f"within {HEALING_MS} ms of peace the cluster did not converge: {why}"
    for node in world.nodes:
        node.cluster.check_owners()


def has_converged(world):
    return not promises.disagreement(world)


def crash_a_master(world):
    """A master with a replica that works must be replaced."""
    world.run_for(SETTLED_MS)
    by_port = world.by_port
    masters = [by_port[node.instance.follows] for node in world.nodes if node.instance.follows in by_port]
    masters = [node for node in masters if node.cluster.myself.slots]
    if not masters or len({node for node in world.nodes if node.cluster.myself.slots}) < 3:
        return
    master = world.draw.choice(masters)
    slots = master.cluster.myself.slots
    master.crash()

    def is_replaced():
        owners = (node for node in world.nodes if node.is_up and node.cluster.myself.slots & slots)
        return any(owners) and has_converged(world)

    is_replaced_soon = world.run_for(HEALING_MS, is_replaced, 300)
    assert is_replaced_soon, f"{master.name} crashed, and was not replaced: {promises.disagreement(world)}"
    master.start()
    heal(world)


def run(seed, shape=None):
    """One run.  AssertionError with the story if a promise is broken."""
    world = ClusterWorld(seed, *(shape or SHAPES[seed % len(SHAPES)]))
    try:
        _run(world)
    except Exception as problem:
        reason = f"seed {seed}: {type(problem).__name__}: {problem}"
        raise AssertionError(f"{world.story}\n{reason}") from problem
    return world


def _run(world):
    world.keeps_messages = True
    if world.seed % 10 == 9:
        world.join()
    else:
        world.form()
    world.wait_until(partial(has_converged, world))
    world.keep_writing()
    world.run_for(SETTLED_MS)
    faults = Faults(world)
    faults.go_on()
    world.run_for(world.draw.randrange(*FAULTS_MS))
    end_faults(world, faults)
    heal(world)
    world.run_for(SETTLED_MS)
    lost = world.lost()
    if not world.is_risky:
        assert not lost & world.waited, (
            f"writes that all replicas had are lost: {sorted(lost & world.waited)}"
        )
    world.lost_count = len(lost)
    crash_a_master(world)


def main(first, last):
    broken, lost, written = [], 0, 0
    for seed in range(first, last):
        if seed % 100 == 0:
            print(f"seed {seed}, {len(broken)} broke a promise until now", flush=True)
        try:
            world = run(seed)
            lost, written = lost + world.lost_count, written + len(world.acknowledged)
        except AssertionError as problem:
            broken.append(seed)
            print(str(problem).splitlines()[-1], flush=True)
            traceback.print_exception(problem.__cause__, limit=-2)
    print(f"seeds {first} to {last}: {len(broken)} broke a promise; {lost} of {written} writes were lost")
    print(broken)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
