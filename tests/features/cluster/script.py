"""Runs a script of events in a simulated cluster, and writes what follows from each below it.

    python tests/features/cluster/script.py --update    writes all scripts anew

A script is a text: lines that begin with # explain, lines that begin with > are events, and all others are
what followed: the time in milliseconds, and a message (`n0 -> n1 ping ...`) or a change of what a node knows
(`n1 sees n0: master -> master,fail`).

    > nodes 3                   three nodes that have never met, n0 to n2
    > formed 3 1                a cluster: the masters n0 to n2, their replicas n3 to n5
    > show ping pong fail ...   which messages are written from here on; `show nothing`
    > wait 500                  time passes
    > n0 meet n1                commands of administrators: see COMMANDS
    > crash n0                  `start n0` lets it come back, with its nodes.conf
    > separate n0 | n1 n2       nothing passes between the two sides; `connect` lets it pass again
    > keys n0 5 2               n0 has two keys in slot 5
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from network import World
from promises import Promises
from simulation import formed

from redis_clone.features.cluster import administration, messages
from redis_clone.features.cluster.description import slot_words
from redis_clone.features.cluster.node import FLAG_NAMES, MYSELF, flag_names
from redis_clone.features.cluster.slots import ranges, slots_of
from redis_clone.protocol.errors import RedisError

FOLDER = Path(__file__).with_name("scripts")
SEED = 7


class Observer(Promises):
    """Looks at each event, and writes down what it has changed."""

    def __init__(self, script):
        super().__init__()
        self.script = script

    def before(self, node):
        return super().before(node), facts(node)

    def after(self, node, kind, before, actions):
        super().after(node, kind, before[0], actions)
        old, new = before[1], facts(node)
        for name in [*old, *(name for name in new if name not in old)]:
            if old.get(name) != new.get(name):
                change = f"{old.get(name, 'nothing')} -> {new.get(name, 'nothing')}"
                self.script.write(f"{node.name} {name}: {change}")

    def sent(self, node, message, link):
        super().sent(node, message, link)
        kind = messages.NAMES[message.type]
        if kind in self.script.shown:
            wire = node.world.wires.get(link)
            if wire is not None:
                receiver = wire.other_end(node).name
                self.script.write(f"{node.name} -> {receiver} {kind}{details(node.world, message)}")


def name_of(world, id_):
    return world.names.get(id_, "somebody")


def facts(node):
    """What a node knows, by what it is about."""
    cluster, world = node.cluster, node.world
    found = {"current epoch": cluster.current_epoch, "last vote": cluster.last_vote_epoch}
    found["state"] = "ok" if cluster.is_ok else "fail"
    found["moving slots"] = moving(world, cluster)
    found["is failing over by hand"] = bool(cluster.manual_failover.ends_ms)
    for other in cluster.nodes.values():
        is_new = other.in_handshake
        name = f"sees {'somebody at ' + other.ip if is_new else name_of(world, other.id)}"
        if other is cluster.myself:
            name = "itself"
        words = [flag_names(other).replace("myself,", "")]
        if other.master:
            words.append(f"of {name_of(world, other.master.id)}")
        if other.is_master:
            words.append(f"epoch {other.config_epoch}")
        found[name] = " ".join([*words, *slot_words(other)])
    return found


def moving(world, cluster):
    words = [f"{slot} to {name_of(world, node.id)}" for slot, node in cluster.migrating.items()]
    words += [f"{slot} from {name_of(world, node.id)}" for slot, node in cluster.importing.items()]
    return ", ".join(words) or "none"


def details(world, message):
    """What is in a message, beside who sends it: the epochs, and what it is for."""
    words = [f"epoch {message.current_epoch}"]
    if message.message_flags & messages.PAUSED:
        words.append(f"paused at offset {message.offset}")
    if message.message_flags & messages.FORCEACK:
        words.append("although the master works")
    if message.failing:
        words.append(name_of(world, message.failing))
    if message.owner is not None:
        owned = " ".join(f"{begin}-{end}" for begin, end in ranges(message.owner.slots))
        words.append(
            f"{name_of(world, message.owner.id)} owns {owned} with epoch {message.owner.config_epoch}"
        )
    for entry in message.gossip:
        flags = ",".join(name for flag, name in FLAG_NAMES.items() if entry.flags & flag & ~MYSELF)
        words.append(f"{name_of(world, entry.id)} is {flags}")
    for id_, seconds in message.forgotten:
        words.append(f"forget {name_of(world, id_)} for {seconds} s")
    return " " + ", ".join(words)


class Script:
    """A script while it runs."""

    def __init__(self):
        self.world = None
        self.lines = []
        self.shown = set(messages.NAMES)
        self.is_listening = False

    def write(self, line):
        if self.is_listening:
            self.lines.append(f"{self.world.now_ms - self.begun_ms:>6} {line}")

    def node(self, name):
        return self.world.nodes[int(name.removeprefix("n"))]

    def run(self, text):
        """The script as it is with this machine: the same text, if nothing has changed."""
        for line in text.splitlines():
            if line.startswith(">"):
                self.lines.append(line)
                self.event(line[1:].split())
            elif line.startswith("#") or not line:
                self.lines.append(line)
        return "\n".join(self.lines) + "\n"

    def event(self, words):
        name, *args = words
        if name in ("nodes", "formed"):
            self.begin(name, *map(int, args))
        elif name.startswith("n") and name[1:].isdigit():
            self.command(self.node(name), *args)
        else:
            getattr(self, f"event_{name}")(*args)

    def begin(self, how, masters, replicas=0):
        observer = Observer(self)
        if how == "formed":
            self.world = formed(masters, replicas, SEED)
            self.world.promises = observer
        else:
            self.world = World(SEED, masters, observer)
            for node in self.world.nodes:
                node.start()
        self.begun_ms, self.is_listening = self.world.now_ms, True

    def command(self, node, name, *words):
        try:
            node.command(*COMMANDS[name](self, node, *words))
        except RedisError as refusal:
            self.write(f"{node.name} refuses: {refusal}")

    def event_show(self, *kinds):
        self.shown = set(kinds)

    def event_wait(self, duration_ms):
        self.world.run_for(int(duration_ms))

    def event_crash(self, name):
        self.node(name).crash()

    def event_start(self, name):
        self.node(name).start()

    def event_separate(self, *words):
        self.world.unreachable |= self.pairs(words)

    def event_connect(self, *words):
        self.world.unreachable -= self.pairs(words)
        self.world.release()

    def pairs(self, words):
        middle = words.index("|")
        both = [(self.node(one), self.node(two)) for one in words[:middle] for two in words[middle + 1 :]]
        return {*both, *((two, one) for one, two in both)}

    def event_keys(self, name, slot, number):
        self.node(name).instance.keys[int(slot)] = int(number)


def _slots(word):
    begin, _, end = word.partition("-")
    return list(slots_of((2 << int(end or begin)) - (1 << int(begin))))


# By name: what to call, for the script, the node and the words of the line.
COMMANDS = {
    "meet": lambda script, node, other: (
        administration.meet, script.node(other).ip, script.node(other).port,
        script.node(other).port + 10000, node.now_ms,
    ),
    "addslots": lambda script, node, word: (administration.add_slots, _slots(word)),
    "delslots": lambda script, node, word: (administration.delete_slots, _slots(word)),
    "set-config-epoch": lambda script, node, epoch: (administration.set_config_epoch, int(epoch)),
    "bumpepoch": lambda script, node: (administration.bump_epoch,),
    "importing": lambda script, node, slot, other: (
        administration.set_importing, int(slot), script.node(other).id,
    ),
    "migrating": lambda script, node, slot, other: (
        administration.set_migrating, int(slot), script.node(other).id,
    ),
    "stable": lambda script, node, slot: (administration.set_stable, int(slot)),
    "owner": lambda script, node, slot, other: (
        administration.set_owner, int(slot), script.node(other).id, node.now_ms,
    ),
    "replicate": lambda script, node, other: (administration.replicate, script.node(other).id),
    "failover": lambda script, node, how="": (administration.fail_over, how, node.now_ms),
    "forget": lambda script, node, other: (administration.forget, script.node(other).id, node.now_ms),
    "reset": lambda script, node, how="": (administration.reset, how == "hard"),
}  # fmt: skip


def main():
    for path in sorted(FOLDER.glob("*.txt")):
        before = path.read_text()
        after = Script().run(before)
        if before != after:
            print(f"{path.name} is not what follows")
        if "--update" in sys.argv:
            path.write_text(after)


if __name__ == "__main__":
    main()
