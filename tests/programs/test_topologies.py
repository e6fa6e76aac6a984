"""Five servers, ours among real ones, whose topology changes again and again under load."""

import random
from itertools import pairwise

import pytest
from harness import has_real_server, wait_until
from nodes import OURS, REAL, assert_equal, keep_keys, nodes
from replicating import Load

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_real_server(), reason="needs redis-server"),
]
CHANGES = 5


def follow_at_random(servers, draw):
    """One becomes the master, and each other one follows a server that was there before it; returns it.

    Those that follow the new master already get its new replication ID first: a server that knows it and one
    that does not yet could not follow each other.
    """
    order = draw.sample(servers, len(servers))
    assert order[0]("REPLICAOF NO ONE") == "OK"
    wait_until(lambda: all(is_up_to_date(node, servers) for node in servers))
    for number, node in enumerate(order[1:], 1):
        node.follow(draw.choice(order[:number]))
    return order[0]


def is_up_to_date(node, servers):
    """Whether a replica has the replication ID of the master at the head of its chain, if there is one."""
    by_port = {str(each.port): each for each in servers}
    head = node
    while head.field("role") == "slave" and (above := by_port.get(head.field("master_port"))):
        head = above
    return head.field("role") == "slave" or head.field("master_replid") == node.field("master_replid")


def silence(master):
    """Let it feed its replicas no PING any more, which not all would have when they follow another one."""
    assert master("REPLICAOF 127.0.0.1 0") == "OK"


def cut_at_random(servers, draw, cuts):
    for _ in range(cuts):
        assert draw.choice(servers)(f"CLIENT KILL TYPE {draw.choice(('master', 'replica'))}") in range(5)


def test_after_any_change_of_topology_all_go_on_without_a_copy(tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    programs = draw.sample([OURS, OURS, REAL, REAL, draw.choice([OURS, REAL])], 5)
    with nodes(tmp_path, *programs) as servers:
        for change in range(CHANGES):
            master = follow_at_random(servers, draw)
            with Load(master.address, seed, writers=2):
                cut_at_random(servers, draw, cuts=draw.randrange(5))
                master.wait_for_writes(20_000)
            keep_keys(master)
            assert_equal(*servers)
            silence(master)
            assert_equal(*servers)
            full = [node.count("sync_full") for node in servers]
            assert sum(full) == 4, (change, list(zip(servers, full, strict=True)), "only the first syncs")


def test_a_server_of_a_chain_that_is_restarted_goes_on_without_a_copy(tmp_path):
    for number, programs in enumerate([(OURS, REAL, OURS), (REAL, OURS, REAL)]):
        with nodes(tmp_path / str(number), *programs) as servers:
            chain(servers)
            restart_while_it_is_written_to(servers[0], servers[2])
            restart_while_it_is_written_to(servers[0], servers[1])
            assert master_is_restarted(servers)
            keep_keys(servers[0])
            assert_equal(*servers)
            counts = [node.count("sync_full") for node in servers]
            assert counts == [0, 0, 0], (programs, "all since the restarts, by partial ones")


def chain(servers):
    for above, node in pairwise(servers):
        node.follow(above)
        node("CONFIG REWRITE")


def restart_while_it_is_written_to(master, replica):
    with Load(master.address, seed=1, writers=1):
        replica.stop()
        master.wait_for_writes(10_000)
        replica.start()
        replica.wait_for_link()


def master_is_restarted(servers):
    """It ends when its replica has everything, and takes it on again afterwards."""
    master, replica, _ = servers
    with Load(master.address, seed=2, writers=1):
        master.wait_for_writes(10_000)
    before = master.field("master_replid")
    master.stop()
    master.start()
    replica.wait_for_link()
    return before != master.field("master_replid") == replica.field("master_replid")
