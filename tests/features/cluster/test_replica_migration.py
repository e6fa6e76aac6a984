"""A master that has lost its last replica is lent one."""

import pytest
from simulation import formed

from redis_clone.features.cluster import replica_migration
from redis_clone.features.cluster.actions import Follow
from redis_clone.features.cluster.node import FAIL


@pytest.fixture
def world():
    """The replicas of n2 have failed; n0 and n1 have two each."""
    world = formed(3, 2)
    for node in world.nodes:
        for failed in (world.nodes[5], world.nodes[8]):
            node.cluster.nodes[failed.id].set(FAIL)
    return world


def goes(world, node, later_ms=5001):
    """Whether a replica follows n2 after that time."""
    node.cluster.actions.clear()
    replica_migration.migrate_if_needed(node.cluster, node.now_ms)
    replica_migration.migrate_if_needed(node.cluster, node.now_ms + later_ms)
    orphan = world.nodes[2]
    return Follow(orphan.ip, orphan.port) in node.cluster.actions


def chosen(world):
    candidates = [world.nodes[number] for number in (3, 4, 6, 7)]
    return min(candidates, key=lambda node: node.id), candidates


def test_the_replica_with_the_smallest_id_goes_after_five_seconds(world):
    first, candidates = chosen(world)
    assert not goes(world, first, 5000)
    assert [node for node in candidates if goes(world, node)] == [first]


@pytest.mark.parametrize(("name", "value"), [
    ("allow_replica_migration", False), ("migration_barrier", 2), ("replica_no_failover", True),
])  # fmt: skip
def test_settings_keep_it_where_it_is(world, name, value):
    first, _ = chosen(world)
    setattr(first.cluster.settings, name, value)
    assert not goes(world, first)


def test_nobody_goes_while_the_cluster_is_down_or_when_a_replica_is_back(world):
    first, _ = chosen(world)
    first.cluster.is_ok = False
    assert not goes(world, first)
    first.cluster.is_ok = True
    first.cluster.nodes[world.nodes[5].id].clear(FAIL)
    assert not goes(world, first)


def test_the_only_replica_of_a_master_stays():
    world = formed(3, 1)
    for node in world.nodes:
        node.cluster.nodes[world.nodes[5].id].set(FAIL)
    assert not any(goes(world, node) for node in world.nodes[3:5])
