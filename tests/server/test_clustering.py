"""What follows for data and clients from what a node hears of its cluster; without a socket or a thread."""

import pytest
from node_alone import NOBODYS, OTHER, THERE, OurNode

from redis_clone.features.cluster.actions import DeleteKeys, Publish, Send
from redis_clone.features.cluster.messages import PUBLISH
from redis_clone.features.cluster.slots import key_slot
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.protocol.ops import BOTH
from redis_clone.server.clustering import begin, carry_out, keys_in_slot
from redis_clone.server.locking import locked


@pytest.fixture
def node():
    return OurNode()


@pytest.fixture
def replica():
    return OurNode(is_replica=True)


@pytest.fixture
def client(node):
    return node.connect()


@pytest.fixture
def stream(node):
    """What replicas and the file are sent from now on."""
    ops = []
    node.server.propagation.listen(ops.extend, BOTH)
    return ops


def happens(node, *actions):
    with locked(node.server):
        carry_out(node.server, actions)


def test_the_keys_of_a_slot_are_counted_and_listed_whatever_has_made_or_removed_them(node, client):
    slot = client("CLUSTER KEYSLOT x")

    def assert_keys(*expected):
        assert client(f"CLUSTER COUNTKEYSINSLOT {slot}") == len(expected)
        assert sorted(client(f"CLUSTER GETKEYSINSLOT {slot} 100")) == sorted(expected)

    for line, expected in (
        ("MSET {x}1 a {x}2 b {x}3 c", [b"{x}1", b"{x}2", b"{x}3"]),
        ("SET other d", [b"{x}1", b"{x}2", b"{x}3"]),
        ("RENAME {x}1 {x}4", [b"{x}2", b"{x}3", b"{x}4"]),
        ("COPY {x}2 {x}5", [b"{x}2", b"{x}3", b"{x}4", b"{x}5"]),
        ("DEL {x}2 {x}3", [b"{x}4", b"{x}5"]),
        ("PEXPIRE {x}4 50", [b"{x}4", b"{x}5"]),
    ):
        client(line)
        assert_keys(*expected)
    node.let_time_pass(100)
    assert_keys(b"{x}4", b"{x}5")  # as in Redis: a key that has expired is there until somebody finds it
    assert client("GET {x}4") is None
    assert_keys(b"{x}5")
    assert len(client(f"CLUSTER GETKEYSINSLOT {slot} 0")) == 0
    client("FLUSHALL")
    assert_keys()


def test_the_slots_of_keys_that_were_loaded_are_claimed_or_imported(node):
    database, view = node.server.databases[0], node.server.cluster.view
    there, nobodys = (key_slot(key.encode()) for key in (THERE, NOBODYS))
    for key in (THERE, NOBODYS, "x"):
        database.load(key.encode(), b"value", None)
    with locked(node.server):
        begin(node.server)
    assert view.owners[nobodys] is view.myself
    assert view.owners[there].id == OTHER and view.importing[there].id == OTHER


def test_a_node_does_not_start_with_keys_in_another_database_than_the_first(node):
    node.server.databases[1].load(b"x", b"value", None)
    with pytest.raises(CannotLoad, match=r"^You can't have keys in a DB different than DB 0 when in Cluster"):
        begin(node.server)


def test_the_keys_of_a_lost_slot_are_deleted_here_at_the_replicas_and_in_the_file(node, client, stream):
    client("MSET {x}1 a {x}2 b")
    client("SET y c")
    slot = client("CLUSTER KEYSLOT x")
    del stream[:]
    happens(node, DeleteKeys([slot]))
    assert client("KEYS *") == [b"y"] and not keys_in_slot(node.server, slot)
    assert [argv for _, argv, _ in stream] == [[b"DEL", b"{x}1", b"{x}2"]]


def test_a_message_of_the_bus_reaches_the_subscribers_of_its_kind(node, client):
    plain, sharded = node.connect(), node.connect()
    plain("SUBSCRIBE x"), sharded("SSUBSCRIBE x")
    happens(node, Publish(b"x", b"to all", is_sharded=False), Publish(b"x", b"to the shard", is_sharded=True))
    assert plain.read() == [b"message", b"x", b"to all"]
    assert sharded.read() == [b"smessage", b"x", b"to the shard"]


def test_a_message_is_sent_over_the_bus_and_not_in_the_stream(node, client, stream):
    node.server.cluster.view.nodes[OTHER].link.is_open = True
    assert client("PUBLISH x hello") == 0 and client("SPUBLISH x hello") == 0
    messages = [action.message for action in node.for_bus if isinstance(action, Send)]
    sent = [(message.type, message.channel, message.payload) for message in messages]
    assert sent == [(PUBLISH, b"x", b"hello")], "the other node is not of our shard, so it gets one of them"
    assert stream == []


def test_a_replica_that_is_reset_has_no_keys_and_whoever_reads_its_file_is_not_reset(replica):
    ops = []
    replica.server.databases[0].load(b"x", b"value", None)
    replica.server.propagation.listen(ops.extend, BOTH)
    client = replica.connect()
    assert client("CLUSTER RESET") == "OK" and client("DBSIZE") == 0
    assert [argv for _, argv, _ in ops] == [(b"FLUSHALL",)]
