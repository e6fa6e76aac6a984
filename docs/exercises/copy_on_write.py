"""A snapshot of data that goes on changing.

A snapshot must show one instant, and to write it takes seconds, in which the server goes on. To copy all
values first would block all clients. So only the *dict* is copied, into a snapshot view: it holds the
same values as the database. A value that is replaced or deleted in the database stays in the view by
itself. Only a value that is changed in place, by an APPEND to a string or an element pushed to a list,
would change in the view too. So a command that is about to do that calls `keep` first, which puts a copy
of the value into the view: `frozen_copy(value)`. `self.copied` counts these copies.

But only where that is needed: the view may hold another value for that key by now, or none, for it is
written already, or the key is new. Then nothing is to be done, and above all no copy is made: the value
may have a million elements. `value` is None where the database has none.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.proxies import StudentPeer
from exercises.machinery.trial import calling, expect
from redis_clone.storage.snapshot_view import SnapshotView

CHAPTER = 12
LEVEL = 1
CONCEPT = "copy on write"
HOLE = "redis_clone/storage/snapshot_view.py:SnapshotView.keep"
HINTS = (
    "What the view holds for a key is self.values.get(key).",
    "Is it *this* value, and not only an equal one? Python has a word for that, and it is not ==.",
    "If it is (and not None): self.values[key] = frozen_copy(value), and self.copied grows by one.",
)


def after(view: SnapshotView, key: bytes, value: object) -> dict[bytes, object]:
    view.keep(key, value)
    return view.values


def test_the_value_that_the_view_holds_is_copied(process: StudentPeer) -> None:
    bag = process.moved(bytearray(b"abc"))
    view = SnapshotView(0, {b"bag": bag}, {})
    view.keep(b"bag", bag)
    bag += b"def"
    calling(lambda: view.values, given="bag was abc, keep, and then def was appended", shown="values").gives(
        {b"bag": b"abc"}
    )


def test_another_value_is_not_copied(process: StudentPeer) -> None:
    old, new = process.moved(bytearray(b"abc")), process.moved(bytearray(b"xyz"))
    view = SnapshotView(0, {b"bag": old}, {})
    given, shown = "the view holds abc, and bag is xyz by now", "values after keep(b'bag', xyz)"
    calling(after, view, b"bag", new, given=given, shown=shown).gives({b"bag": old})


def test_an_equal_value_that_is_not_the_same_is_not_copied(process: StudentPeer) -> None:
    old, new = process.moved(bytearray(b"abc")), process.moved(bytearray(b"abc"))
    view = SnapshotView(0, {b"bag": old}, {})
    view.keep(b"bag", new)
    expect(view.values[b"bag"] is old, "the view holds the value that it held before", "a copy")


def test_a_key_that_the_view_does_not_hold_is_not_added(process: StudentPeer) -> None:
    bag = process.moved(bytearray(b"abc"))
    for value in (bag, None):
        view, shown = SnapshotView(0, {}, {}), f"values after keep(b'new', {value})"
        calling(after, view, b"new", value, given="an empty view", shown=shown).gives({})


def test_it_is_copied_once(process: StudentPeer) -> None:
    bag = process.moved(bytearray(b"abc"))
    view = SnapshotView(0, {b"bag": bag}, {})
    view.keep(b"bag", bag)
    bag += b"def"
    view.keep(b"bag", bag)
    calling(lambda: view.values, given="keep, def is appended, and keep once more", shown="values").gives(
        {b"bag": b"abc"}
    )


def test_the_copies_are_counted(process: StudentPeer) -> None:
    bag, other = process.moved(bytearray(b"abc")), process.moved(bytearray(b"xyz"))
    view = SnapshotView(0, {b"bag": bag, b"other": other}, {})
    for key, value in ((b"bag", bag), (b"bag", bag), (b"other", other), (b"new", bag)):
        view.keep(key, value)
    given = "keep for bag twice, for another value of the view, and for a key that is not in it"
    calling(lambda: view.copied, given=given, shown="copied").gives(2)


def test_a_list_in_the_server(server: LiveServer) -> None:
    client = server.client()
    client("RPUSH jobs a b")
    view = server.databases[0].take_snapshot_view()
    client("RPUSH jobs c")
    client.expect("LLEN jobs", 3)
    given = "RPUSH jobs a b, a snapshot view, RPUSH jobs c"
    calling(lambda: len(view.values[b"jobs"]), given=given, shown="how many elements the view holds").gives(2)
