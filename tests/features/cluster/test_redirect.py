"""Where a command belongs.  The lines are those that clients of Redis know how to follow."""

import pytest
from simulation import formed

from redis_clone.features.cluster.redirect import Request, check_place
from redis_clone.features.cluster.slots import key_slot
from redis_clone.protocol.errors import RedisError

KEY = b"x"  # slot 16287, of n2
SLOT = key_slot(KEY)


def answer(node, request, *stored):
    """ "here", or the error line."""
    try:
        check_place(node.cluster, request, lambda key: key in stored)
    except RedisError as redirect:
        return str(redirect)
    return "here"


@pytest.fixture
def nodes():
    return formed(3, 1).nodes


def test_keys_of_several_slots_are_found_nowhere(nodes):
    nodes[0].cluster.is_ok = False
    both = Request([KEY, b"y"])
    assert answer(nodes[0], both) == "CROSSSLOT Keys in request don't hash to the same slot"
    assert answer(nodes[2], Request([KEY, b"{x}y"])) == "here"


def test_a_key_of_another_node_is_asked_for_there(nodes):
    assert answer(nodes[2], Request([KEY])) == "here"
    assert answer(nodes[0], Request([KEY])) == f"MOVED {SLOT} 10.0.0.2:7002"


def test_the_endpoint_is_told_in_the_way_that_is_preferred(nodes):
    cluster = nodes[0].cluster
    cluster.settings.preferred_endpoint_type = "hostname"
    assert answer(nodes[0], Request([KEY])) == f"MOVED {SLOT} ?:7002"
    cluster.nodes[nodes[2].id].hostname = "two.example.org"
    assert answer(nodes[0], Request([KEY])) == f"MOVED {SLOT} two.example.org:7002"
    cluster.settings.preferred_endpoint_type = "unknown-endpoint"
    assert answer(nodes[0], Request([KEY])) == f"MOVED {SLOT} :7002"


def test_a_replica_answers_reads_of_its_master_if_the_client_wants_that(nodes):
    replica = nodes[5]
    assert answer(replica, Request([KEY])) == f"MOVED {SLOT} 10.0.0.2:7002"
    assert answer(replica, Request([KEY], reads_replicas=True)) == "here"
    assert answer(replica, Request([KEY], reads_replicas=True, writes=True)).startswith("MOVED")
    assert answer(nodes[3], Request([KEY], reads_replicas=True)).startswith("MOVED")


def test_a_cluster_that_is_down_refuses(nodes):
    cluster = nodes[2].cluster
    cluster.is_ok = False
    assert answer(nodes[2], Request([KEY])) == "CLUSTERDOWN The cluster is down"
    assert answer(nodes[2], Request([KEY], is_shard_channel=True)) == "here"
    cluster.settings.allow_shard_channels_when_down = False
    assert answer(nodes[2], Request([KEY], is_shard_channel=True)) == "CLUSTERDOWN The cluster is down"
    cluster.settings.allow_reads_when_down = True
    assert answer(nodes[2], Request([KEY])) == "here"
    refused = answer(nodes[2], Request([KEY], writes=True))
    assert refused == "CLUSTERDOWN The cluster is down and only accepts read commands"
    cluster.lose_slots(cluster.myself, cluster.myself.slots)
    assert answer(nodes[2], Request([KEY])) == "CLUSTERDOWN Hash slot not served"


def test_a_key_that_may_have_moved_already_is_asked_for_once_at_its_new_owner(nodes):
    cluster = nodes[2].cluster
    cluster.migrating[SLOT] = cluster.nodes[nodes[0].id]
    both = Request([KEY, b"{x}2"])
    assert answer(nodes[2], both, KEY, b"{x}2") == "here"
    assert answer(nodes[2], both) == f"ASK {SLOT} 10.0.0.0:7000"
    assert answer(nodes[2], both, KEY) == "TRYAGAIN Multiple keys request during rehashing of slot"
    assert answer(nodes[2], both._replace(is_migrate=True)) == "here"
    assert answer(nodes[2], both._replace(is_shard_channel=True)) == "here"


def test_a_slot_that_comes_is_served_after_asking(nodes):
    cluster = nodes[0].cluster
    cluster.importing[SLOT] = cluster.nodes[nodes[2].id]
    assert answer(nodes[0], Request([KEY])) == f"MOVED {SLOT} 10.0.0.2:7002"
    asking = Request([KEY, b"{x}2"], is_asking=True)
    assert answer(nodes[0], asking._replace(keys=[KEY, KEY])) == "here"
    assert answer(nodes[0], asking, KEY) == "TRYAGAIN Multiple keys request during rehashing of slot"
    assert answer(nodes[0], asking, KEY, b"{x}2") == "here"
    assert answer(nodes[0], Request([KEY], is_migrate=True)) == "here"
