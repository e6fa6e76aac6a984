"""A cluster: keys in slots, slots on nodes (chapter 21)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, error
from exercises.judge.wire import Connection

CLUSTER = ("--cluster-enabled", "yes", "--save", "")
SLOTS = 16384


def slot_of(key: str) -> int:
    """CRC16 of the key, or of what stands between { and } in it, modulo 16384.

    >>> slot_of("foo"), slot_of("{foo}.bar")
    (12182, 12182)
    """
    _, opened, rest = key.partition("{")
    tag, closed, _ = rest.partition("}")
    crc = 0
    for byte in (tag if opened and closed and tag else key).encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc % SLOTS


def _key_in(judge: Judge, first: int, last: int) -> str:
    """A random key whose slot lies in this range."""
    while not first <= slot_of(key := judge.word()) <= last:
        pass
    return key


def _whole_cluster(judge: Judge) -> Connection:
    """A client of a cluster of one node, which has all slots."""
    judge.start(*CLUSTER)
    client = judge.client()
    client.expect(["CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1], OK)
    client.expect_soon_that("CLUSTER INFO", lambda text: b"cluster_state:ok" in text, "cluster_state:ok")
    return client


@stage(
    2, 20, "the slot of a key",
    "CRC16 (XMODEM) modulo 16384. If the key has {tag} in it, only the tag counts.",
    alone=True,
)  # fmt: skip
def cluster_keyslot(judge: Judge) -> None:
    """CLUSTER KEYSLOT computes the slot of a key."""
    judge.start(*CLUSTER)
    client, (a, tag) = judge.client(), judge.words(2)
    for key in (a, f"{a}{{{tag}}}", f"{{{tag}}}{a}", f"{{}}{a}", f"{{{a}"):
        client.expect(
            ["CLUSTER", "KEYSLOT", key], slot_of(key), "CRC16 of the key or of its {tag}, modulo 16384"
        )


@stage(
    3, 30, "slots that nobody has",
    "-CLUSTERDOWN Hash slot not served: the node knows no owner of the slot.",
    alone=True,
)  # fmt: skip
def cluster_addslots(judge: Judge) -> None:
    """A node serves keys only when all slots have an owner."""
    judge.start(*CLUSTER)
    client, key = judge.client(), judge.word()
    client.expect(["SET", key, "1"], error("CLUSTERDOWN Hash slot not served"))
    client.expect(["CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1], OK)
    client.expect_soon_that("CLUSTER INFO", lambda text: b"cluster_state:ok" in text, "cluster_state:ok")
    client.expect(["SET", key, "1"], OK)
    slot = slot_of(key)
    client.expect(["CLUSTER", "ADDSLOTS", slot], error(f"ERR Slot {slot} is already busy"))


@stage(
    3, 20, "commands with several keys",
    "All keys of a command must have the same slot: -CROSSSLOT.",
    alone=True,
)  # fmt: skip
def crossslot(judge: Judge) -> None:
    """A command whose keys have different slots is refused; with a {tag} they have the same."""
    client, (a, b, tag) = _whole_cluster(judge), judge.words(3)
    wrong = error("CROSSSLOT Keys in request don't hash to the same slot")
    client.expect(["MSET", a, "1", b, "2"], wrong)
    client.expect(["MSET", f"{{{tag}}}{a}", "1", f"{{{tag}}}{b}", "2"], OK)
    client.expect(["CLUSTER", "COUNTKEYSINSLOT", slot_of(tag)], 2)
    client.expect("SELECT 1", error("ERR SELECT is not allowed in cluster mode"))


@stage(
    3, 20, "the map of the cluster",
    "CLUSTER SLOTS: for each range its first and last slot, then address, port and id of the owner.",
    alone=True,
)  # fmt: skip
def cluster_slots(judge: Judge) -> None:
    """CLUSTER SLOTS and CLUSTER SHARDS say which node has which slots."""
    client = _whole_cluster(judge)
    name = client.expect_that("CLUSTER MYID", lambda reply: len(reply) == 40, "40 hexadecimal digits")
    assert isinstance(judge.address, tuple)
    port = judge.address[1]
    client.expect_that(
        "CLUSTER SLOTS",
        lambda reply: len(reply) == 1 and reply[0][:2] == [0, SLOTS - 1] and reply[0][2][1:3] == [port, name],
        f"one range, 0 to {SLOTS - 1}, of port {port} and this node's id",
    )
    client.expect_that(
        "CLUSTER SHARDS", lambda reply: reply[0][:2] == [b"slots", [0, SLOTS - 1]], "slots, 0, 16383"
    )


def _two_nodes(judge: Judge) -> tuple[Connection, Connection, int]:
    """Clients of two nodes that know each other, with half of the slots each; and the second one's port."""
    judge.start(*CLUSTER)
    other = judge.another(*CLUSTER)
    assert isinstance(other.address, tuple)
    first, second, port = judge.client("first"), judge.keep(other.client("second")), other.address[1]
    first.expect(["CLUSTER", "ADDSLOTSRANGE", 0, SLOTS // 2 - 1], OK)
    second.expect(["CLUSTER", "ADDSLOTSRANGE", SLOTS // 2, SLOTS - 1], OK)
    second.expect("CLUSTER SET-CONFIG-EPOCH 2", OK)
    first.expect(["CLUSTER", "MEET", "127.0.0.1", port], OK)
    for client in (first, second):
        client.seconds = 2 * client.seconds  # nodes gossip once a second
        client.expect_soon_that(
            "CLUSTER INFO", lambda text: b"cluster_state:ok" in text, "cluster_state:ok in the end"
        )
        client.expect_that(
            "CLUSTER INFO", lambda text: b"cluster_known_nodes:2" in text, "cluster_known_nodes:2"
        )
    return first, second, port


@stage(
    5, 240, "nodes that talk to each other",
    "How your nodes talk is your affair here; Redis's do it at port + 10000.",
    alone=True,
)  # fmt: skip
def moved(judge: Judge) -> None:
    """Two nodes that met share the slots, and each sends clients to the other with MOVED.

    The judge starts your server twice, gives each half of the slots, and lets the first one MEET the second.
    """
    first, second, port = _two_nodes(judge)
    mine, other = _key_in(judge, 0, SLOTS // 2 - 1), _key_in(judge, SLOTS // 2, SLOTS - 1)
    first.expect(["SET", mine, "1"], OK)
    first.expect(["SET", other, "1"], error(f"MOVED {slot_of(other)} 127.0.0.1:{port}"))
    second.expect(["SET", other, "2"], OK)
    second.expect(["GET", mine], error(f"MOVED {slot_of(mine)} 127.0.0.1:"))


@stage(
    5, 60, "moving a slot while it is in use",
    "In a slot that migrates, a key that is here is served; for one that is not, answer -ASK.",
    alone=True,
)  # fmt: skip
def ask(judge: Judge) -> None:
    """While a slot moves, its old owner answers ASK for keys that it does not have."""
    first, second, port = _two_nodes(judge)
    key = _key_in(judge, 0, SLOTS // 2 - 1)
    slot, here = slot_of(key), f"{{{key}}}here"
    names = [
        client.expect_that("CLUSTER MYID", lambda reply: len(reply) == 40, "40 digits")
        for client in (first, second)
    ]
    first.expect(["SET", here, "1"], OK)
    second.expect(["CLUSTER", "SETSLOT", slot, "IMPORTING", names[0]], OK)
    first.expect(["CLUSTER", "SETSLOT", slot, "MIGRATING", names[1]], OK)
    first.expect(["GET", here], "1", "this key is still here")
    first.expect(["SET", key, "2"], error(f"ASK {slot} 127.0.0.1:{port}"))
    second.expect(["SET", key, "2"], error(f"MOVED {slot}"), "the slot is not its own yet")
    second.expect("ASKING", OK)
    second.expect(["SET", key, "2"], OK, "after ASKING one command is served")
