"""A photograph of what goes on moving.

A snapshot must show one instant, and to write it takes seconds, in which the server goes on. To copy all
values first would hold everybody up. So only the *dict* is copied: the photograph holds the same values as
the database. A value that is replaced or deleted there lives on in the photograph by itself. Only one that
is changed in place, an APPEND to a string, an element pushed to a list, would spoil the picture. So whoever
is about to do that calls `keep` first: it lays a copy of the value into the photograph, `still(value)`.

But only where that is needed: the photograph may show another value for that key by now, or none, for it
was developed already, or the key is new. Then nothing is to be done, and above all no copy made: it may
have a million elements. `value` is None where there is none.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling, expect
from redis_clone.storage.photograph import Photograph

CHAPTER = 12
LEVEL = 1
CONCEPT = "copy on write"
HOLE = "redis_clone/storage/photograph.py:Photograph.keep"
HINTS = (
    "What the photograph shows for a key is self.values.get(key).",
    "Is it *this* value, and not only an equal one? Python has a word for that, and it is not ==.",
    "If it is (and not None): self.values[key] = still(value).",
)


def after(photograph: Photograph, key: bytes, value: object) -> dict[bytes, object]:
    photograph.keep(key, value)
    return photograph.values


def test_the_value_that_it_shows_is_copied() -> None:
    bag = bytearray(b"abc")
    photograph = Photograph(0, {b"bag": bag}, {})
    photograph.keep(b"bag", bag)
    bag += b"def"
    calling(
        lambda: photograph.values, given="bag was abc, keep, and then def was appended", shown="values"
    ).gives({b"bag": b"abc"})


def test_another_value_is_not() -> None:
    old, new = bytearray(b"abc"), bytearray(b"xyz")
    photograph = Photograph(0, {b"bag": old}, {})
    calling(after, photograph, b"bag", new, given="it shows abc, and bag is xyz by now").gives({b"bag": old})


def test_an_equal_value_that_is_not_the_same_is_not() -> None:
    old, new = bytearray(b"abc"), bytearray(b"abc")
    photograph = Photograph(0, {b"bag": old}, {})
    photograph.keep(b"bag", new)
    expect(photograph.values[b"bag"] is old, "the photograph shows the value that it showed before", "a copy")


def test_a_key_that_it_does_not_show_stays_away() -> None:
    calling(after, Photograph(0, {}, {}), b"new", bytearray(b"abc"), given="an empty photograph").gives({})
    calling(after, Photograph(0, {}, {}), b"new", None, given="an empty photograph").gives({})


def test_it_is_copied_once() -> None:
    bag = bytearray(b"abc")
    photograph = Photograph(0, {b"bag": bag}, {})
    photograph.keep(b"bag", bag)
    bag += b"def"
    photograph.keep(b"bag", bag)
    calling(
        lambda: photograph.values, given="keep, def is appended, and keep once more", shown="values"
    ).gives({b"bag": b"abc"})


def test_a_list_in_the_server(server: LiveServer) -> None:
    client = server.client()
    client("RPUSH jobs a b")
    photograph = server.databases[0].photograph()
    client("RPUSH jobs c")
    client.expect("LLEN jobs", 3)
    given = "RPUSH jobs a b, a photograph, RPUSH jobs c"
    calling(lambda: len(photograph.values[b"jobs"]), given=given, shown="how many it shows").gives(2)
