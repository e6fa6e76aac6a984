"""CLUSTER: what a node answers and how it refuses, ours and the real one, each alone in its cluster."""

import shutil

import pytest
from harness import Client, free_port, has_real_server, our_server, real_server, wait_until

LAST_SLOT = 16383


@pytest.fixture(params=["ours", "real"])
def node(request, tmp_path):
    """A client of a new node without slots, and without other nodes."""
    words = {"cluster-enabled": "yes", "cluster-node-timeout": "500", "dir": str(tmp_path)}
    if request.param == "ours":
        running = our_server(**words)
    elif has_real_server():
        real = [word for name, value in words.items() for word in (f"--{name}", value)]
        port = str(free_port())
        running = real_server(tmp_path, *real, "--port", port, "--cluster-port", str(free_port()))
    else:
        pytest.skip("needs redis-server")
    with running as address:
        client = Client(address)
        yield client
        client.close()
    shutil.rmtree(tmp_path, ignore_errors=True)


def error_of(client, line):
    return str(client(line))


def info(client):
    return dict(line.split(":") for line in client("CLUSTER INFO").decode().split())


REFUSED = {
    "ADDSLOTS x": "Invalid or out of range slot",
    "ADDSLOTS 16384": "Invalid or out of range slot",
    "ADDSLOTS -1": "Invalid or out of range slot",
    "ADDSLOTS 5 5": "Slot 5 specified multiple times",
    "ADDSLOTSRANGE 1 2 3": "wrong number of arguments for 'cluster|addslotsrange' command",
    "ADDSLOTSRANGE 3 2": "start slot number 3 is greater than end slot number 2",
    "ADDSLOTSRANGE 3 x": "Invalid or out of range slot",
    "DELSLOTS 5": "Slot 5 is already unassigned",
    "DELSLOTSRANGE 5 6": "Slot 5 is already unassigned",
    "COUNTKEYSINSLOT 16384": "Invalid slot",
    "COUNTKEYSINSLOT x": "value is not an integer or out of range",
    "GETKEYSINSLOT 1 -1": "Invalid slot or number of keys",
    "GETKEYSINSLOT 16384 1": "Invalid slot or number of keys",
    "GETKEYSINSLOT x 1": "value is not an integer or out of range",
    "MEET a 1": "Invalid node address specified: a:1",
    "MEET 127.0.0.1 x": "Invalid TCP base port specified: x",
    "MEET 127.0.0.1 1 x": "Invalid TCP bus port specified: x",
    "MEET 127.0.0.1 0": "Invalid node address specified: 127.0.0.1:0",
    "MEET 127.0.0.1 60000": "Invalid node address specified: 127.0.0.1:60000",
    "FORGET x": "Unknown node x",
    "REPLICATE x": "Unknown node x",
    "REPLICAS x": "Unknown node x",
    "SLAVES x": "Unknown node x",
    "COUNT-FAILURE-REPORTS x": "Unknown node x",
    "SETSLOT 1 foo": "Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP",
    "SETSLOT 1 foo bar": "Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP",
    "SETSLOT 1 IMPORTING": "Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP",
    "SETSLOT 1 MIGRATING x": "I'm not the owner of hash slot 1",
    "SETSLOT 1 IMPORTING x": "I don't know about node x",
    "SETSLOT 1 NODE x": "Unknown node x",
    "SETSLOT x STABLE": "Invalid or out of range slot",
    "SET-CONFIG-EPOCH x": "value is not an integer or out of range",
    "SET-CONFIG-EPOCH -1": "Invalid config epoch specified: -1",
    "RESET foo": "syntax error",
    "FAILOVER": "You should send CLUSTER FAILOVER to a replica",
    "FAILOVER foo": "syntax error",
}


def test_what_a_node_refuses(node):
    wrong = {
        line: error_of(node, f"CLUSTER {line}")
        for line, error in REFUSED.items()
        if error_of(node, f"CLUSTER {line}") != f"ERR {error}"
    }
    assert not wrong


def test_who_follows_whom_is_for_the_cluster_to_say(node):
    assert error_of(node, "REPLICAOF NO ONE") == "ERR REPLICAOF not allowed in cluster mode."
    assert error_of(node, "FAILOVER x") == (
        "ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead."
    )
    assert error_of(node, "PSYNC x 1 FAILOVER") == "ERR PSYNC FAILOVER can't be sent to a master."


def test_a_new_node_is_alone_and_its_cluster_is_not_well(node):
    assert info(node)["cluster_state"] == "fail" and info(node)["cluster_known_nodes"] == "1"
    id_, address, flags, *rest = node("CLUSTER NODES").decode().split()
    assert id_ == node("CLUSTER MYID").decode() and flags == "myself,master"
    assert address.startswith(":") and rest == ["-", "0", "0", "0", "connected"]
    assert node("CLUSTER SLOTS") == [] and node("CLUSTER LINKS") == []


@pytest.mark.slow
def test_a_node_with_all_slots_is_a_cluster(node):
    assert node(f"CLUSTER ADDSLOTSRANGE 0 5 7 {LAST_SLOT}") == "OK"
    assert info(node)["cluster_slots_assigned"] == "16383"
    assert node("CLUSTER ADDSLOTS 6") == "OK"
    wait_until(lambda: info(node)["cluster_state"] == "ok")
    assert info(node)["cluster_slots_ok"] == "16384" and info(node)["cluster_size"] == "1"
    assert [row[:2] for row in node("CLUSTER SLOTS")] == [[0, LAST_SLOT]]
    assert node("CLUSTER NODES").decode().split()[-1] == f"0-{LAST_SLOT}"


def test_slots_are_given_and_taken_all_or_none(node):
    assert node("CLUSTER ADDSLOTS 1 2 3 9") == "OK"
    assert error_of(node, "CLUSTER ADDSLOTS 10 2") == "ERR Slot 2 is already busy"
    assert error_of(node, "CLUSTER DELSLOTS 1 4") == "ERR Slot 4 is already unassigned"
    assert node("CLUSTER NODES").decode().split()[8:] == ["1-3", "9"]
    assert node("CLUSTER DELSLOTSRANGE 2 3") == "OK"
    assert node("CLUSTER NODES").decode().split()[8:] == ["1", "9"]
    assert node("CLUSTER FLUSHSLOTS") == "OK"
    assert node("CLUSTER NODES").decode().split()[8:] == []


def test_the_slot_of_a_key_is_that_of_its_tag(node):
    slots = {
        b"123456789": 12739, b"foo": 12182, b"{foo}bar": 12182, b"a{foo}{bar}": 12182, b"foo{}{bar}": 8363,
        b"{}foo": 9500, b"foo{{bar}}zap": 4015, b"{": 4092, b"a}b{c": 13587, b"": 0,
    }  # fmt: skip
    answers = {key: node("CLUSTER", "KEYSLOT", key) for key in slots}
    assert answers == slots


def test_epochs_are_given_once_and_raised(node):
    assert node("CLUSTER SET-CONFIG-EPOCH 7") == "OK"
    assert error_of(node, "CLUSTER SET-CONFIG-EPOCH 8") == "ERR Node config epoch is already non-zero"
    assert (info(node)["cluster_my_epoch"], info(node)["cluster_current_epoch"]) == ("7", "7")
    assert node("CLUSTER BUMPEPOCH") == "STILL 7"
    assert node("CLUSTER RESET HARD") == "OK"
    assert info(node)["cluster_current_epoch"] == "0"
    assert node("CLUSTER BUMPEPOCH") == "BUMPED 1"


def test_a_reset_is_soft_or_hard(node):
    before = node("CLUSTER MYID")
    node("CLUSTER SET-CONFIG-EPOCH 7")
    node("CLUSTER ADDSLOTS 1 2")
    assert node("CLUSTER RESET") == "OK"
    assert node("CLUSTER MYID") == before and info(node)["cluster_current_epoch"] == "7"
    assert info(node)["cluster_slots_assigned"] == "0"
    node("MULTI")
    node("CLUSTER RESET HARD")
    node("CLUSTER SET-CONFIG-EPOCH 3")
    assert node("EXEC") == ["OK", "OK"]
    assert node("CLUSTER MYID") != before and info(node)["cluster_my_epoch"] == "3"


def test_it_cannot_forget_nor_replicate_itself(node):
    mine = node("CLUSTER MYID").decode()
    assert error_of(node, f"CLUSTER FORGET {mine}") == "ERR I tried hard but I can't forget myself..."
    assert error_of(node, f"CLUSTER REPLICATE {mine}") == "ERR Can't replicate myself"
    assert node(f"CLUSTER REPLICAS {mine}") == [] and node(f"CLUSTER COUNT-FAILURE-REPORTS {mine}") == 0


def test_a_node_with_slots_tells_of_its_shard(node):
    node("CLUSTER ADDSLOTS 1 2 9")
    [shard] = node("CLUSTER SHARDS")
    shown = dict(zip(shard[::2], shard[1::2], strict=True))
    assert shown[b"slots"] == [1, 2, 9, 9]
    [shown] = [dict(zip(each[::2], each[1::2], strict=True)) for each in shown[b"nodes"]]
    assert shown[b"id"] == node("CLUSTER MYID") and shown[b"role"] == b"master"
    assert shown[b"health"] == b"online" and shown[b"replication-offset"] == 0


def test_the_server_says_that_it_is_a_node(node):
    assert b"cluster_enabled:1" in node("INFO cluster") and b"redis_mode:cluster" in node("INFO server")
    hello = node("HELLO 2")
    assert dict(zip(hello[::2], hello[1::2], strict=True))[b"mode"] == b"cluster"


def test_debug_commands_of_the_bus(node):
    mine = node("CLUSTER MYID").decode()
    assert node("DEBUG DROP-CLUSTER-PACKET-FILTER 3") == "OK" == node("DEBUG DROP-CLUSTER-PACKET-FILTER -1")
    assert "not an integer" in error_of(node, "DEBUG DROP-CLUSTER-PACKET-FILTER x")
    assert error_of(node, "DEBUG CLUSTERLINK KILL all x") == "ERR Unknown node x"
    assert error_of(node, f"DEBUG CLUSTERLINK KILL foo {mine}") == "ERR Unknown direction foo"


def test_what_was_changed_is_on_the_disk_before_the_reply(node, tmp_path):
    node("CLUSTER ADDSLOTS 1 2 3")
    assert " 1-3\n" in (tmp_path / "nodes.conf").read_text()
    assert node("CLUSTER SET-CONFIG-EPOCH 9") == "OK"
    assert "vars currentEpoch 9 " in (tmp_path / "nodes.conf").read_text()
    (tmp_path / "nodes.conf").unlink()
    assert node("CLUSTER SAVECONFIG") == "OK" and (tmp_path / "nodes.conf").exists()
