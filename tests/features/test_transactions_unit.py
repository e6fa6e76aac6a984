"""What MULTI and WATCH keep for one client, without a server."""

import pytest

from redis_clone.command_table.registry import TABLE
from redis_clone.features.transactions import Transaction
from redis_clone.storage.database import Database
from redis_clone.structures.clock import Clock


@pytest.fixture
def database():
    return Database(0, Clock(lambda: 0), [])


@pytest.fixture
def transaction():
    return Transaction()


def test_it_is_idle_until_multi_and_after_exec(transaction):
    assert not transaction.queuing and transaction.length == -1
    transaction.begin()
    assert transaction.queuing and transaction.length == 0
    assert transaction.end() == [] and not transaction.queuing


def test_it_returns_the_queued_commands_in_their_order(transaction):
    transaction.begin()
    calls = [(TABLE.get("SET"), [b"SET", b"a", b"1"]), (TABLE.get("GET"), [b"GET", b"a"])]
    for spec, argv in calls:
        transaction.queue(spec, argv)
    assert transaction.length == 2
    assert transaction.end() == calls
    assert transaction.length == -1 and transaction.end() == []


def test_only_a_command_rejected_inside_multi_makes_it_dirty(transaction):
    transaction.flag_dirty()
    assert not transaction.dirty_exec
    transaction.begin()
    transaction.flag_dirty()
    assert transaction.dirty_exec
    transaction.end()
    assert not transaction.dirty_exec


@pytest.mark.parametrize(
    "write",
    [
        lambda database: database.update(b"a", b"2", "set"),
        lambda database: database.delete(b"a"),
        lambda database: database.expire_at(b"a", 99),
        lambda database: database.clear(),
        lambda database: database.rename(b"a", b"c"),
        lambda database: database.rename(b"b", b"a"),
    ],
)
def test_a_write_to_a_watched_key_is_noticed(transaction, database, write):
    database.update(b"a", b"1", "set")
    database.update(b"b", b"1", "set")
    transaction.watch(database, b"a")
    assert not transaction.watched_keys_changed()
    write(database)
    assert transaction.watched_keys_changed()


def test_a_write_to_another_key_or_database_is_not_noticed(transaction, database):
    transaction.watch(database, b"a")
    database.update(b"b", b"1", "set")
    Database(1, Clock(lambda: 0), []).update(b"a", b"1", "set")
    assert not transaction.watched_keys_changed()


def test_watching_twice_counts_from_the_first_time(transaction, database):
    transaction.watch(database, b"a")
    database.update(b"a", b"1", "set")
    transaction.watch(database, b"a")
    assert transaction.watched_keys_changed() and transaction.watching == 1


@pytest.mark.parametrize("forget", [Transaction.unwatch, Transaction.end])
def test_unwatching_leaves_nothing_behind(transaction, database, forget):
    for key in (b"a", b"b", b"a"):
        transaction.watch(database, key)
    database.update(b"a", b"1", "set")
    forget(transaction)
    assert transaction.watching == 0 and not transaction.watched_keys_changed()
    assert database.versions == {} == database.versions._watchers


def test_two_clients_that_watch_a_key_do_not_disturb_each_other(database):
    first, second = Transaction(), Transaction()
    first.watch(database, b"a")
    database.update(b"a", b"1", "set")
    second.watch(database, b"a")
    assert first.watched_keys_changed() and not second.watched_keys_changed()
    first.end()
    database.update(b"a", b"2", "set")
    assert second.watched_keys_changed()
