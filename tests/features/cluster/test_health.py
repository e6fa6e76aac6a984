"""Whether the cluster is well, as a node sees it."""

import pytest
from network import TIMEOUT_MS
from simulation import formed

from redis_clone.features.cluster import health
from redis_clone.features.cluster.node import FAIL, PFAIL


@pytest.fixture
def node():
    return formed(3, 0).nodes[0]


def judged(node, later_ms=0):
    health.judge(node.cluster, node.now_ms + later_ms)
    return node.cluster.is_ok


def test_a_failing_owner_of_slots_is_enough_to_fail_unless_coverage_is_not_required(node):
    other = node.cluster.others[0]
    other.set(FAIL)
    assert not judged(node)
    node.cluster.settings.require_full_coverage = False
    assert judged(node)
    node.cluster.lose_slots(other, other.slots)
    assert judged(node) and node.cluster.size == 2


def test_a_node_in_a_minority_fails_and_is_back_after_a_node_timeout(node):
    for other in node.cluster.others:
        other.set(PFAIL)
    assert not judged(node)
    for other in node.cluster.others:
        other.clear(PFAIL)
    assert not judged(node, TIMEOUT_MS - 1)
    assert judged(node, TIMEOUT_MS)


def test_a_master_that_has_just_started_waits_and_a_replica_does_not():
    world = formed(3, 1)
    for node, is_ok in ((world.nodes[0], False), (world.nodes[3], True)):
        node.crash()
        node.start()
        assert judged(node) == is_ok
    assert judged(world.nodes[0], 2000)


def test_masters_without_slots_do_not_count(node):
    for other in node.cluster.others:
        node.cluster.give_slots(other.slots, node.cluster.myself)
        other.set(FAIL)
    assert judged(node)
    assert node.cluster.size == 1 and health.quorum(node.cluster) == 1
