"""A snapshot of data that goes on changing.

A snapshot must show one instant, and to write it takes seconds, in which the server goes on. To copy all
values first would block all clients. So only the *dict* is copied: the snapshot holds the same values as the
database. A value that is replaced or deleted there stays in the snapshot by itself. Only a value that is
changed in place, by an APPEND to a string or an element pushed to a list, would change in the snapshot too.
So a command that is about to do that calls `keep` first: it puts a copy of the value into the snapshot,
`still(value)`.

But only where that is needed: the snapshot may show another value for that key by now, or none, for it is
written already, or the key is new. Then nothing is to be done, and above all no copy is made: the value may
have a million elements. `value` is None where there is none.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling, expect
from redis_clone.storage.snapshot_view import SnapshotView

CHAPTER = 12
LEVEL = 1
CONCEPT = "copy on write"
HOLE = "redis_clone/storage/snapshot_view.py:SnapshotView.keep"
HINTS = (
    "What the snapshot shows for a key is self.values.get(key).",
    "Is it *this* value, and not only an equal one? Python has a word for that, and it is not ==.",
    "If it is (and not None): self.values[key] = still(value).",
)


def after(snapshot: SnapshotView, key: bytes, value: object) -> dict[bytes, object]:
    snapshot.keep(key, value)
    return snapshot.values


def test_the_value_that_it_shows_is_copied() -> None:
    bag = bytearray(b"abc")
    snapshot = SnapshotView(0, {b"bag": bag}, {})
    snapshot.keep(b"bag", bag)
    bag += b"def"
    calling(
        lambda: snapshot.values, given="bag was abc, keep, and then def was appended", shown="values"
    ).gives({b"bag": b"abc"})


def test_another_value_is_not() -> None:
    old, new = bytearray(b"abc"), bytearray(b"xyz")
    snapshot = SnapshotView(0, {b"bag": old}, {})
    calling(after, snapshot, b"bag", new, given="it shows abc, and bag is xyz by now").gives({b"bag": old})


def test_an_equal_value_that_is_not_the_same_is_not() -> None:
    old, new = bytearray(b"abc"), bytearray(b"abc")
    snapshot = SnapshotView(0, {b"bag": old}, {})
    snapshot.keep(b"bag", new)
    expect(snapshot.values[b"bag"] is old, "the snapshot shows the value that it showed before", "a copy")


def test_a_key_that_it_does_not_show_stays_away() -> None:
    calling(after, SnapshotView(0, {}, {}), b"new", bytearray(b"abc"), given="an empty snapshot").gives({})
    calling(after, SnapshotView(0, {}, {}), b"new", None, given="an empty snapshot").gives({})


def test_it_is_copied_once() -> None:
    bag = bytearray(b"abc")
    snapshot = SnapshotView(0, {b"bag": bag}, {})
    snapshot.keep(b"bag", bag)
    bag += b"def"
    snapshot.keep(b"bag", bag)
    calling(lambda: snapshot.values, given="keep, def is appended, and keep once more", shown="values").gives(
        {b"bag": b"abc"}
    )


def test_a_list_in_the_server(server: LiveServer) -> None:
    client = server.client()
    client("RPUSH jobs a b")
    snapshot = server.databases[0].take_snapshot_view()
    client("RPUSH jobs c")
    client.expect("LLEN jobs", 3)
    given = "RPUSH jobs a b, a snapshot, RPUSH jobs c"
    calling(lambda: len(snapshot.values[b"jobs"]), given=given, shown="how many it shows").gives(2)
