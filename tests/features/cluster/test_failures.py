"""How a node is found to have failed, and to be back."""

from network import TIMEOUT_MS
from simulation import formed

from redis_clone.features.cluster import failures
from redis_clone.features.cluster.node import FAIL, PFAIL


def seen(world, observer, node):
    return world.nodes[observer].cluster.nodes[world.nodes[node].id]


def test_one_opinion_is_not_enough_and_a_majority_is():
    world = formed(5, 0)
    cluster = world.nodes[0].cluster
    node, now_ms = seen(world, 0, 4), world.nodes[0].now_ms
    failures.suspect(cluster, node, now_ms)
    failures.report(cluster, node, seen(world, 0, 1), True, now_ms)
    failures.suspect(cluster, node, now_ms)
    assert node.has(PFAIL) and failures.count_reports(cluster, node, now_ms) == 1
    failures.report(cluster, node, seen(world, 0, 2), True, now_ms)
    assert node.has(FAIL) and not node.has(PFAIL)


def test_a_report_is_withdrawn_or_grows_old():
    world = formed(5, 0)
    cluster = world.nodes[0].cluster
    node, now_ms = seen(world, 0, 4), world.nodes[0].now_ms
    for reporter in (1, 2):
        failures.report(cluster, node, seen(world, 0, reporter), True, now_ms)
    failures.report(cluster, node, seen(world, 0, 1), False, now_ms)
    assert failures.count_reports(cluster, node, now_ms + 2 * TIMEOUT_MS) == 1
    assert failures.count_reports(cluster, node, now_ms + 2 * TIMEOUT_MS + 1) == 0


def test_the_only_master_decides_alone():
    world = formed(1, 1)
    world.nodes[1].crash()
    world.run_for(3 * TIMEOUT_MS)
    assert seen(world, 0, 1).has(FAIL)


def test_nobody_says_of_itself_that_it_has_failed():
    world = formed(3, 0)
    cluster = world.nodes[0].cluster
    failures.has_failed(cluster, cluster.myself, world.nodes[0].now_ms)
    assert not cluster.myself.has(FAIL)


def test_a_replica_that_answers_is_back_at_once_and_a_master_with_slots_after_a_while():
    world = formed(3, 1)
    cluster, now_ms = world.nodes[1].cluster, world.nodes[1].now_ms
    master, replica = seen(world, 1, 0), seen(world, 1, 3)
    for node in (master, replica):
        failures.has_failed(cluster, node, now_ms)
        failures.has_answered(cluster, node, now_ms + 1)
    assert master.has(FAIL) and not replica.has(FAIL)
    failures.has_answered(cluster, master, now_ms + 2 * TIMEOUT_MS + 1)
    assert not master.has(FAIL)


def test_an_opinion_is_given_up_at_the_first_answer():
    world = formed(3, 1)
    cluster, node = world.nodes[1].cluster, seen(world, 1, 0)
    failures.suspect(cluster, node, world.nodes[1].now_ms)
    failures.has_answered(cluster, node, world.nodes[1].now_ms)
    assert not node.has(PFAIL | FAIL)
