"""Simulated clusters keep their promises under faults, whatever the seed; simulation.py runs more of them."""

import pytest
import simulation

SMALL = (3, 1)


@pytest.mark.parametrize("seed", range(12))
def test_a_small_cluster_keeps_its_promises_and_heals(seed):
    world = simulation.run(seed, SMALL)
    assert world.acknowledged
    assert len(world.promises.winners) >= 1  # the last crash leads to an election, if nothing before did


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_clusters_of_all_shapes_keep_their_promises_and_heal(part):
    lost = written = 0
    for seed in range(part * 18, part * 18 + 18):
        world = simulation.run(seed)
        lost, written = lost + world.lost_count, written + len(world.acknowledged)
    assert lost < written / 10  # asynchronous replication loses a few, in partitions and crashes


def test_the_same_seed_tells_the_same_story():
    assert simulation.run(1, (3, 0)).story == simulation.run(1, (3, 0)).story
