"""A client that waits no longer leaves nothing behind.

A client that waited for a key was served, or its time is up, or it hung up: it leaves the waiting room. It
may have waited for several keys, and it must be struck off at each of them. And where nobody waits any more
there must be nothing left: `self._by_key` has only places that somebody waits for, or in a year it would
hold every key that was ever waited for.

`self._by_key` is a dict of place to (ordered) dict of waiters; `blocked_client.db_keys` are those that one
waits for. `self.clients` and `self.postponed` are ordered dicts too, with all waiters and with some of them.
To leave twice does no harm: a client may be served and run out of time at the same moment.
"""

from exercises.machinery.trial import calling
from redis_clone.features.blocking import POSTPONED, Blocked, BlockedClient, BlockedClients

CHAPTER = 11
LEVEL = 1
CONCEPT = "no leaks: what is empty goes"
HOLE = "redis_clone/features/blocking.py:BlockedClients.remove"
HINTS = (
    "dict.pop(waiter, None) takes it out and does not mind when it is not there.",
    "For each place of the waiter: its dict of waiters may be gone already, so use get().",
    "After taking the waiter out of a place's dict: if that is empty now, del self._waiters[place].",
)


def blocked_client(name: str, *keys: bytes, blocked: Blocked | None = None) -> BlockedClient:
    return BlockedClient(name, None, [], blocked or Blocked(keys, list, 0), [(0, key) for key in keys], None)


def entered(*blocked_clients: BlockedClient) -> BlockedClients:
    room = BlockedClients()
    for each in blocked_clients:
        room.add(each)
    return room


def names(room: BlockedClients, key: bytes) -> list[str]:
    return [each.client for each in room.blocked_on((0, key))]


def test_one_of_two_leaves() -> None:
    ada, bob = blocked_client("ada", b"jobs"), blocked_client("bob", b"jobs")
    room = entered(ada, bob)
    calling(room.remove, ada, given="ada and bob wait for jobs", shown="leave(ada)").gives(None)
    calling(names, room, b"jobs", shown="who waits for jobs").gives(["bob"])
    calling(len, room, shown="how many wait at all").gives(1)


def test_from_all_of_its_keys() -> None:
    ada = blocked_client("ada", b"a", b"b", b"c")
    room = entered(ada)
    calling(room.remove, ada, given="ada waits for a, b and c", shown="leave(ada)").gives(None)
    calling(lambda: [names(room, key) for key in (b"a", b"b", b"c")], shown="who waits for a, b, c").gives(
        [[], [], []]
    )


def test_nothing_is_left_where_nobody_waits() -> None:
    ada, bob = blocked_client("ada", b"a", b"b"), blocked_client("bob", b"b")
    room = entered(ada, bob)
    calling(room.remove, ada, given="ada waits for a and b, bob for b", shown="leave(ada)").gives(None)
    calling(lambda: room.keys, shown="how many keys are waited for").gives(1)
    calling(room.remove, bob, shown="leave(bob)").gives(None)
    calling(lambda: room._by_key, shown="what _waiters holds").gives({})


def test_leaving_twice_does_no_harm() -> None:
    ada = blocked_client("ada", b"jobs")
    room = entered(ada)
    room.remove(ada)
    calling(room.remove, ada, given="ada has left already", shown="leave(ada)").gives(None)


def test_a_client_that_waits_for_the_end_of_a_pause() -> None:
    ada = blocked_client("ada", blocked=POSTPONED)
    room = entered(ada)
    calling(room.remove, ada, given="ada waits for the end of a pause", shown="leave(ada)").gives(None)
    calling(lambda: (room.postponed, room.clients), shown="who is postponed, and everybody").gives(({}, {}))
