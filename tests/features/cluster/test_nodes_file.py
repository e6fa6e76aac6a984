"""The file nodes.conf: those of 7.0 and of 7.2 are read, and what cannot be is refused as a whole."""

import random

import pytest
from network import SimulatedInstance
from simulation import formed

from redis_clone.features.cluster.node import FAIL, REPLICA
from redis_clone.features.cluster.nodes_file import BadNodesFile, load_text, to_text
from redis_clone.features.cluster.slots import slot_set
from redis_clone.features.cluster.state import Cluster, Settings

A, B, C = "a" * 40, "b" * 40, "c" * 40
SHARD = "5" * 40
OF_7_0 = f"""\
{B} 10.0.0.2:7002@17002 slave,fail {A} 1700000000000 1700000000001 3 disconnected
{A} 10.0.0.1:7001@17001 myself,master - 0 1700000000000 3 connected 0-5460 5462 [5->-{C}] [9000-<-{C}]
{C} 10.0.0.3:7003@17003,c.example.org master - 0 0 9 connected 5461 9000-16383
vars currentEpoch 7 lastVoteEpoch 6
"""
OF_7_2 = f"""\
{A} 10.0.0.1:7001@17001,,tls-port=0,shard-id={SHARD} myself,master - 0 0 3 connected 0-16383
{B} 10.0.0.2:7002@17002,b.example.org,tls-port=7100,nodename=two,shard-id={SHARD} slave {A} 0 0 3 connected
{C} :0@0,,tcp-port=9 noaddr,master - 0 0 0 disconnected
vars currentEpoch 3 lastVoteEpoch 0
"""


def load(text):
    instance = SimulatedInstance()
    cluster = Cluster("f" * 40, Settings(), instance, random.Random(1), 1000)
    load_text(cluster, text, 1000)
    cluster.check()
    cluster.check_owners()
    return cluster


def test_a_file_of_7_0_is_read():
    cluster = load(OF_7_0)
    assert cluster.myself.id == A and list(cluster.nodes) == [B, A, C]
    replica, other = cluster.nodes[B], cluster.nodes[C]
    assert (
        replica.has(REPLICA) and replica.has(FAIL) and replica.failed_ms and replica.master is cluster.myself
    )
    assert replica.config_epoch == 0  # the line shows its master's
    assert other.hostname == "c.example.org" and other.address == ("10.0.0.3", 7003, 17003)
    assert cluster.myself.slots == slot_set([*range(5461), 5462])
    assert cluster.migrating == {5: other} and cluster.importing == {9000: other}
    assert cluster.last_vote_epoch == 6
    assert cluster.current_epoch == 9  # no epoch in the file may be above it


def test_a_file_of_7_2_is_read():
    cluster = load(OF_7_2)
    two = cluster.nodes[B]
    assert (two.hostname, two.nodename, two.other_port, two.shard_id) == ("b.example.org", "two", 7100, SHARD)
    assert cluster.nodes[C].other_port == 9 and cluster.myself.shard_id == SHARD


def test_an_address_without_a_bus_port_is_that_of_redis_3():
    cluster = load(OF_7_2.replace("10.0.0.2:7002@17002", "10.0.0.2:7002"))
    assert cluster.nodes[B].bus_port == 17002


def test_what_is_saved_is_loaded_as_it_was():
    world = formed(3, 2)
    for node in world.nodes:
        text = to_text(node.cluster)
        again = load(text)
        assert to_text(again).splitlines()[-1] == text.splitlines()[-1]
        for one, two in zip(node.cluster.nodes.values(), again.nodes.values(), strict=True):
            assert (one.id, one.flags & 15, one.slots, one.address, one.shard_id) == (
                two.id, two.flags & 15, two.slots, two.address, two.shard_id,
            )  # fmt: skip


def test_a_new_node_writes_the_line_that_redis_writes():
    """A 7.0.15 alone writes `<id> :0@0 myself,master - 0 0 0 connected` and the epochs."""
    cluster = Cluster(A, Settings(), SimulatedInstance(), random.Random(1), 1000)
    shard = cluster.myself.shard_id
    assert to_text(cluster) == (
        f"{A} :0@0,,tls-port=0,shard-id={shard} myself,master - 0 0 0 connected\n"
        "vars currentEpoch 0 lastVoteEpoch 0\n"
    )


def test_the_names_of_a_node_are_saved():
    cluster = load(OF_7_2)
    again = load(to_text(cluster)).nodes[B]
    assert (again.hostname, again.nodename, again.other_port) == ("b.example.org", "two", 7100)


def test_blank_lines_are_skipped():
    assert list(load(OF_7_2.replace("\n", "\n\n") + "  \n").nodes) == [A, B, C]


def test_moves_that_have_come_to_their_end_otherwise_are_dropped():
    cluster = load(OF_7_0.replace(f"[5->-{C}] [9000-<-{C}]", f"[9000->-{C}] [5-<-{C}]"))
    assert not cluster.migrating and not cluster.importing


def test_a_torn_file_is_refused_wherever_it_ends():
    for end in range(len(OF_7_2)):
        with pytest.raises(BadNodesFile):
            load(OF_7_2[:end])


@pytest.mark.parametrize(("before", "after", "words"), [
    (f"slave {A}", f"slave {'d' * 40}", "dddd"),
    (f"slave {A}", f"slave,king {A}", "king"),
    (f"slave {A}", f"slave,master {A}", "contradict"),
    ("noaddr,master", "master,fail?,fail", "contradict"),
    ("myself,master", "master", "myself"),
    ("noaddr,master", "myself,master", A),
    ("0-16383", "0-16384", "no slot 16384"),
    ("0-16383", "0-", "invalid literal"),
    ("0-16383", "9-8", "'9-8' is no range"),
    ("0-16383", f"[5->{C}]", "no move"),
    ("0 0 3 connected\n", "0 0 3 connected 7\n", "only a master"),
    (f"{C} :0@0", f"{C[1:]} :0@0", "no node ID"),
    (f"{C} :0@0", f"{C.upper()} :0@0", "no node ID"),
    (f"{C} :0@0", f"{B} :0@0", "already"),
    ("currentEpoch 3", "currentEpoch three", "three"),
    ("currentEpoch 3 ", "", "currentEpoch"),
    ("- 0 0 3 connected", "- 0 0", "line 1"),
    ("b.example.org", "'b.example.org", "line 2"),
])  # fmt: skip
def test_what_cannot_be_is_refused(before, after, words):
    assert before in OF_7_2
    with pytest.raises(BadNodesFile, match=words):
        load(OF_7_2.replace(before, after, 1))


def test_a_file_of_nothing_but_blank_lines_is_refused():
    with pytest.raises(BadNodesFile):
        load("\n")


def test_garbage_never_raises_anything_else():
    draw = random.Random(2)
    letters = "ab0159 -@,:=[]<>\n'\"\\\0é"
    loaded = 0
    for _ in range(400):
        text = list(draw.choice([OF_7_0, OF_7_2]))
        for _ in range(draw.randrange(1, 4)):
            text[draw.randrange(len(text) - 1)] = draw.choice(letters)
        try:
            load("".join(text))
            loaded += 1
        except BadNodesFile:
            pass
    assert loaded > 10
