"""The view as text and replies; the shapes are those of a real 7.0.15."""

import pytest
from network import World
from simulation import formed

from redis_clone.features.cluster import description
from redis_clone.features.cluster.node import FAIL, HANDSHAKE, PFAIL, Node


@pytest.fixture
def world():
    world = formed(3, 1)
    for node in world.nodes:
        node.instance.log = [1, 2]
    world.run_for(2000)
    return world


def test_cluster_nodes_of_a_new_node():
    """A 7.0.15 alone says `<id> :0@27991 myself,master - 0 0 0 connected`."""
    world = World(1, 1)
    world.nodes[0].start()
    node = world.nodes[0]
    line = f"{node.id} :7000@17000 myself,master - 0 0 0 connected\n"
    assert description.nodes_text(node.cluster, uses_tls=False) == line


def test_cluster_nodes_shows_slots_as_ranges_and_the_moves_of_this_node(world):
    node, other = world.nodes[:2]
    cluster = node.cluster
    cluster.give_slots(1 << 1, cluster.nodes[other.id])
    cluster.migrating[7] = cluster.nodes[other.id]
    cluster.importing[9000] = cluster.nodes[other.id]
    cluster.nodes[other.id].hostname = "one.example.org"
    lines = {line.split()[0]: line for line in description.nodes_text(cluster, uses_tls=False).splitlines()}
    words = lines[node.id].split()
    assert words[8:] == ["0", "2-5460", f"[7->-{other.id}]", f"[9000-<-{other.id}]"]
    assert lines[other.id].split()[1] == "10.0.0.1:7001@17001,one.example.org"
    assert lines[other.id].split()[8:] == ["1", "5461-10921"]
    replica = lines[world.nodes[3].id].split()
    assert replica[2:4] == ["slave", node.id] and replica[6] == "1"  # the epoch of its master
    assert description.replica_lines(cluster, cluster.myself) == [lines[world.nodes[3].id]]


def test_cluster_info_counts_slots_nodes_and_messages(world):
    cluster = world.nodes[0].cluster
    cluster.nodes[world.nodes[1].id].set(PFAIL)
    cluster.nodes[world.nodes[2].id].set(FAIL)
    lines = description.info_text(cluster).split("\r\n")
    assert lines[:9] == [
        "cluster_state:ok", "cluster_slots_assigned:16384", "cluster_slots_ok:5461",
        "cluster_slots_pfail:5461", "cluster_slots_fail:5462", "cluster_known_nodes:6", "cluster_size:3",
        "cluster_current_epoch:3", "cluster_my_epoch:1",
    ]  # fmt: skip
    names = [line.partition(":")[0].removeprefix("cluster_stats_messages_") for line in lines[9:]]
    assert names == [
        "ping_sent", "pong_sent", "sent", "ping_received", "pong_received", "received",
        "total_cluster_links_buffer_limit_exceeded", "",
    ]  # fmt: skip
    sent = [int(line.partition(":")[2]) for line in lines[9:12]]
    assert sent[0] + sent[1] == sent[2] > 0


def test_cluster_slots_lists_masters_with_the_replicas_that_have_data(world):
    cluster = world.nodes[0].cluster
    rows = description.slots_reply(cluster, uses_tls=False)
    assert [row[:2] for row in rows] == [[0, 5460], [5461, 10921], [10922, 16383]]
    assert rows[0][2:] == [
        ["10.0.0.0", 7000, world.nodes[0].id, {}],
        ["10.0.0.3", 7003, world.nodes[3].id, {}],
    ]
    cluster.nodes[world.nodes[3].id].offset = 0
    cluster.nodes[world.nodes[4].id].set(FAIL)
    assert [len(row) for row in description.slots_reply(cluster, uses_tls=False)] == [3, 3, 4]


def test_other_names_of_an_endpoint_stand_beside_the_preferred_one(world):
    cluster = world.nodes[0].cluster
    cluster.nodes[world.nodes[1].id].hostname = "one"
    place = [row[2] for row in description.slots_reply(cluster, uses_tls=False)][1]
    assert (place[0], place[3]) == ("10.0.0.1", {"hostname": "one"})
    cluster.settings.preferred_endpoint_type = "hostname"
    place = [row[2] for row in description.slots_reply(cluster, uses_tls=False)][1]
    assert (place[0], place[3]) == ("one", {"ip": "10.0.0.1"})
    cluster.settings.preferred_endpoint_type = "unknown-endpoint"
    place = [row[2] for row in description.slots_reply(cluster, uses_tls=False)][1]
    assert (place[0], place[3]) == (None, {"ip": "10.0.0.1", "hostname": "one"})


def test_cluster_shards_groups_nodes_by_shard(world):
    cluster = world.nodes[0].cluster
    stranger = Node("d" * 40, HANDSHAKE, 0)
    cluster.add_node(stranger)
    cluster.nodes[world.nodes[3].id].offset = 0
    cluster.nodes[world.nodes[1].id].set(PFAIL)
    cluster.nodes[world.nodes[1].id].hostname = "one"
    shards = description.shards_reply(cluster)
    assert [shard["slots"] for shard in shards] == [[0, 5460], [5461, 10921], [10922, 16383]]
    (master, replica), (failing, _), _ = (shard["nodes"] for shard in shards)
    assert master == {
        "id": world.nodes[0].id, "port": 7000, "ip": "10.0.0.0", "endpoint": "10.0.0.0", "role": "master",
        "replication-offset": 2, "health": "online",
    }  # fmt: skip
    assert list(failing) == [
        "id",
        "port",
        "ip",
        "endpoint",
        "hostname",
        "role",
        "replication-offset",
        "health",
    ]
    assert (replica["role"], replica["health"], failing["health"]) == ("replica", "loading", "fail")
