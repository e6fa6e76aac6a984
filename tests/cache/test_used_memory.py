"""The used memory, without measuring each database each time."""

import pytest

from redis_clone.cache.used_memory import Used
from redis_clone.storage.database import Database
from redis_clone.structures.clock import Clock


class World:
    def __init__(self):
        self.changes = []
        self.dbs = [Database(index, Clock(), self.changes) for index in range(2)]


@pytest.fixture
def world():
    return World()


def test_only_databases_that_were_written_to_are_measured_again(world):
    used = Used()
    world.dbs[0].update(b"old", b"v", "set")
    total = used.by(world.dbs)
    assert total == sum(database.size() for database in world.dbs)
    world.dbs[0].update(b"new", b"v" * 100, "set")
    assert used.by(world.dbs) == total, "the change was not recorded"
    used.record(world.changes)
    assert used.by(world.dbs) == sum(database.size() for database in world.dbs) > total


def test_after_a_swap_all_databases_are_measured_again(world):
    used = Used()
    world.dbs[1].update(b"old", b"v", "set")
    total = used.by(world.dbs)
    world.changes.clear()
    world.dbs[0].swap(world.dbs[1])
    used.record(world.changes)
    world.dbs[1].update(b"new", b"v", "set")
    used.record(world.changes)
    assert used.by(world.dbs) == sum(database.size() for database in world.dbs) > total


def test_buffers_count_though_no_database_was_written_to(world):
    used = Used()
    before = used.by(world.dbs)
    used.buffers += 1000
    assert used.by(world.dbs) == before + 1000
