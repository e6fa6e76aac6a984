"""Indexes that count from the end.

GETRANGE answers a part of a string, and *both* its ends are included. A negative index counts from the end:
-1 is the last byte. What reaches beyond the string is cut off, and a key that is not there is an empty
string: there is no error. One thing only the real server can tell you: an index so negative that it lies
before the first byte stands for the first byte, at either end, so -100 -90 is one byte; but of two negative
indexes the first must not be greater than the last, so -90 -100 is nothing. Arguments come as bytes:
`integer(word)` makes a number of one, or raises Redis's error, and both are checked before the key is read.
"""

from exercises.machinery.conversation import LiveServer

CHAPTER = 4
LEVEL = 2
CONCEPT = "both ends included, negative from the end"
HOLE = "redis_clone/commands/strings.py:getrange"
HINTS = (
    "Read both indexes first, then the string: client.db.get(key, STRING) or b''. Then make negative "
    "indexes positive.",
    "An index that is still negative after adding the length is before the string: 0 for both ends is "
    "what Redis takes.",
    "Python's slices leave their end out, so it is stored[first : last + 1]. One surprise of Redis: "
    "when both are negative and the first is the greater one, the answer is empty, and you must "
    "say so before you add.",
)


def test_both_ends_are_included(server: LiveServer) -> None:
    client = server.client()
    client("SET word hello")
    client.expect("GETRANGE word 1 3", b"ell")
    client.expect("GETRANGE word 0 0", b"h")


def test_negative_indexes_count_from_the_end(server: LiveServer) -> None:
    client = server.client()
    client("SET word hello")
    client.expect("GETRANGE word -3 -1", b"llo")
    client.expect("GETRANGE word 0 -1", b"hello")
    client.expect("GETRANGE word -1 4", b"o")
    client.expect("GETRANGE word -1 -1", b"o")


def test_what_reaches_beyond_is_cut_off(server: LiveServer) -> None:
    client = server.client()
    client("SET word hello")
    client.expect("GETRANGE word 3 100", b"lo")
    client.expect("GETRANGE word -100 1", b"he")
    client.expect("GETRANGE word -7 1", b"he")
    client.expect("GETRANGE word 5 9", b"")
    client.expect("GETRANGE word -100 -90", b"h")  # a surprise of the real one
    client.expect("GETRANGE word -90 -100", b"")


def test_the_wrong_way_round_is_empty(server: LiveServer) -> None:
    client = server.client()
    client("SET word hello")
    client.expect("GETRANGE word 3 1", b"")
    client.expect("GETRANGE word -1 -3", b"")
    client("SET letter x")
    client.expect("GETRANGE letter -1 -5", b"")


def test_a_key_that_is_not_there_is_empty(server: LiveServer) -> None:
    client = server.client()
    client.expect("GETRANGE nothing 0 -1", b"")
    client.expect("EXISTS nothing", 0)


def test_what_it_refuses(server: LiveServer) -> None:
    client = server.client()
    client("SET word hello")
    client.expect_error("GETRANGE word a 1", "ERR value is not an integer or out of range")
    client("LPUSH list a")
    client.expect_error("GETRANGE list 0 1", "WRONGTYPE")
    client.expect_error("GETRANGE list 0 x", "ERR value is not an integer or out of range")
