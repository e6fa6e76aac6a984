"""Two servers, one of which follows the other: each is killed again and again under load."""

import random

import pytest
from harness import has_real_server, wait_until
from nodes import OURS, REAL, assert_equal, at_once, keep_keys, nodes
from replicating import Load

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_real_server(), reason="needs redis-server"),
]
KILLS = 4


def survives(programs, folder):
    """A replica that comes back goes on from the file of its last synchronization.

    A master that comes back has nothing, so its replica has nothing either.
    """
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    with nodes(folder, *programs) as servers:
        master, replica = servers
        replica.follow(master)
        replica("CONFIG REWRITE")
        wait_until(lambda: b"state=online" in master("INFO replication"))
        expected = [1, 0, 1]
        with Load(master.address, seed, writers=2):
            for number in range(KILLS):
                master.wait_for_writes(draw.randrange(20_000))
                killed = servers[number % 2] if number < 2 else draw.choice(servers)
                killed.kill()
                killed.start()
                expected = [1, 0, 1] if killed is master else [expected[0], expected[1] + 1, expected[2]]
                wait_until(lambda expected=expected: sum(master.counters()) >= sum(expected))
                assert master.counters() == expected, (programs, number, killed)
        keep_keys(master)
        assert_equal(*servers)


PAIRS = {
    "a real replica": (OURS, REAL),
    "a real master": (REAL, OURS),
    "both ours": (OURS, OURS),
}


def test_either_end_is_killed_and_comes_back_to_the_same_data(tmp_path):
    at_once(lambda name: survives(PAIRS[name], tmp_path / name), PAIRS)
