"""A client that waits no longer leaves nothing behind.

A client was blocked, and then it was served, or its time-out came, or it hung up. It may have waited for
several keys, and at each of them it must be forgotten. And where no client waits any more, nothing may
stay: `self._by_key` has only keys that a client waits for, or in a year it would hold every key that was
ever waited for.

`self._by_key` leads from a (database, key) to an ordered dict of the blocked clients that wait for it,
the first that came at the front; the values of that dict are None. `blocked_client.db_keys` are all that
one of them waits for. `self.clients` and `self.postponed` are ordered dicts too, of all blocked clients
and of those that wait for the end of a pause. To remove a client twice does no harm, for it may be served
and reach its time-out at the same moment.
"""

from exercises.machinery.trial import calling
from redis_clone.features.blocking import POSTPONED, Blocked, BlockedClient, BlockedClients

CHAPTER = 11
LEVEL = 1
CONCEPT = "no leaks: what is empty goes"
HOLE = "redis_clone/features/blocking.py:BlockedClients.remove"
HINTS = (
    "dict.pop(blocked_client, None) takes it out and does not mind when it is not there.",
    "For each of its db_keys: the dict of the clients that wait there may be gone already, so use get().",
    "After taking the client out of such a dict: if the dict is empty now, del self._by_key[db_key].",
)


def blocked_client(name: str, *keys: bytes, blocked: Blocked | None = None) -> BlockedClient:
    return BlockedClient(name, None, [], blocked or Blocked(keys, list, 0), [(0, key) for key in keys], None)


def made(*clients: BlockedClient) -> BlockedClients:
    blocked_clients = BlockedClients()
    for each in clients:
        blocked_clients.add(each)
    return blocked_clients


def names(blocked_clients: BlockedClients, key: bytes) -> list[str]:
    return [each.client for each in blocked_clients.blocked_on((0, key))]


def test_one_of_two() -> None:
    ada, bob = blocked_client("ada", b"jobs"), blocked_client("bob", b"jobs")
    blocked_clients = made(ada, bob)
    calling(blocked_clients.remove, ada, given="ada and bob wait for jobs", shown="remove(ada)").gives(None)
    calling(names, blocked_clients, b"jobs", shown="who waits for jobs").gives(["bob"])
    calling(len, blocked_clients, shown="how many clients wait at all").gives(1)


def test_a_client_that_waits_for_several_keys() -> None:
    ada = blocked_client("ada", b"a", b"b", b"c")
    blocked_clients = made(ada)
    calling(blocked_clients.remove, ada, given="ada waits for a, b and c", shown="remove(ada)").gives(None)
    calling(
        lambda: [names(blocked_clients, key) for key in (b"a", b"b", b"c")], shown="who waits for a, b, c"
    ).gives([[], [], []])


def test_nothing_is_left_where_no_client_waits() -> None:
    ada, bob = blocked_client("ada", b"a", b"b"), blocked_client("bob", b"b")
    blocked_clients = made(ada, bob)
    calling(blocked_clients.remove, ada, given="ada waits for a and b, bob for b", shown="remove(ada)").gives(
        None
    )
    calling(lambda: blocked_clients.keys, shown="how many keys are waited for").gives(1)
    calling(blocked_clients.remove, bob, shown="remove(bob)").gives(None)
    calling(lambda: blocked_clients._by_key, shown="_by_key").gives({})


def test_removing_twice_does_no_harm() -> None:
    ada = blocked_client("ada", b"jobs")
    blocked_clients = made(ada)
    blocked_clients.remove(ada)
    calling(blocked_clients.remove, ada, given="ada was removed already", shown="remove(ada)").gives(None)


def test_a_client_that_waits_for_the_end_of_a_pause() -> None:
    ada = blocked_client("ada", blocked=POSTPONED)
    blocked_clients = made(ada)
    calling(blocked_clients.remove, ada, given="ada waits for the end of a pause", shown="remove(ada)").gives(
        None
    )
    calling(
        lambda: (blocked_clients.postponed, blocked_clients.clients), shown="postponed, and clients"
    ).gives(({}, {}))
