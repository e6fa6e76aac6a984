"""XREAD.  XREADGROUP is in test_stream_groups.py.  Test names read as sentences about Redis."""

import pytest
from harness import Client
from tables import for_each

from redis_clone.protocol.errors import NOT_AN_INTEGER, SYNTAX, RedisError
from redis_clone.protocol.replies import NullArray

LAST = "18446744073709551615-18446744073709551615"
INVALID_ID = "ERR Invalid stream ID specified as stream command argument"
NOT_XREAD = "ERR The {} option is only supported by XREADGROUP. You called XREAD instead."
NEW_IS_FOR_GROUPS = (
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
)


def ids(entries):
    return [entry[0].decode() for entry in entries]


def fill(redis, *entry_ids, key="s"):
    for id_ in entry_ids:
        redis(f"XADD {key} {id_} field value")


@pytest.fixture
def five(redis):
    """Makes the stream `s` with the entries 1-0 to 5-0."""
    fill(redis, "1-0", "2-0", "3-0", "4-0", "5-0")


def test_xread_returns_the_entries_after_an_id(redis, five):
    fill(redis, "1-1", key="t")
    assert [[key, ids(entries)] for key, entries in redis("XREAD STREAMS s t 3-0 0")] == [
        [b"s", ["4-0", "5-0"]],
        [b"t", ["1-1"]],
    ]
    assert ids(redis("xread count 2 streams s 1")[0][1]) == ["2-0", "3-0"]
    assert redis("XREAD STREAMS missing t 0 0") == [[b"t", [[b"1-1", [b"field", b"value"]]]]]


def test_xread_with_a_count_of_0_or_less_returns_all(redis, five):
    assert len(redis("XREAD COUNT 0 STREAMS s 0")[0][1]) == 5
    assert len(redis("XREAD COUNT 2 COUNT -1 STREAMS s 0")[0][1]) == 5


def test_xread_replies_with_a_map_in_resp3(redis3):
    fill(redis3, "1-0")
    fill(redis3, "2-0", key="t")
    entry = [b"field", b"value"]
    assert redis3("XREAD STREAMS s t missing 0 0 0") == {b"s": [[b"1-0", entry]], b"t": [[b"2-0", entry]]}


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize(
    "args", ["STREAMS s 5-0", "STREAMS missing 0", "STREAMS s missing $ $", f"STREAMS s {LAST}"]
)
def test_xread_without_anything_new_is_a_null_array(connect, protocol, args):
    redis = connect(protocol)
    fill(redis, "1-0", "5-0")
    reply = redis(f"XREAD {args}")
    assert reply is None if protocol == 3 else isinstance(reply, NullArray)


def test_xread_does_not_block_inside_a_transaction(redis):
    redis("MULTI")
    redis("XREAD BLOCK 0 STREAMS missing $")
    [reply] = redis("EXEC")
    assert isinstance(reply, NullArray)


def test_a_stream_may_be_read_twice_at_once(redis):
    fill(redis, "1-0")
    entry = [b"1-0", [b"field", b"value"]]
    assert redis("XREAD STREAMS s s 0 0") == [[b"s", [entry]], [b"s", [entry]]]


@for_each(
    "args, error",
    [
        ("COUNT x STREAMS s 0", NOT_AN_INTEGER),
        ("BLOCK x STREAMS s 0", "ERR timeout is not an integer or out of range"),
        ("BLOCK -1 STREAMS s 0", "ERR timeout is negative"),
        ("COUNT 1 BLOCK 1", SYNTAX),
        ("COUNT 1 STREAMS", SYNTAX),
        ("COUNT 1 junk", SYNTAX),
        ("STREAMS s x", INVALID_ID),
        ("STREAMS s +", INVALID_ID),
        ("STREAMS s -", INVALID_ID),
        ("STREAMS s s 0 x", INVALID_ID),
        ("STREAMS missing x", INVALID_ID),
        ("GROUP g c STREAMS s 0", NOT_XREAD.format("GROUP")),
        ("NOACK STREAMS s 0", NOT_XREAD.format("NOACK")),
        ("STREAMS s >", NEW_IS_FOR_GROUPS),
    ], keeps_keys=True,
)  # fmt: skip
def test_xread_says_what_is_wrong(redis, five, args, error):
    assert redis(f"XREAD {args}") == RedisError(error)


def test_xread_needs_an_id_for_each_key(redis):
    assert "Unbalanced" in str(redis("XREAD STREAMS s t 0"))


def test_a_list_of_streams_without_its_ids_is_unbalanced(our_address):
    """The error line of 7.2.  7.0 names XREAD and $ for both commands."""
    ours = Client(our_address)
    must = "for each stream key an ID or '{}' must be specified."
    assert ours("XREAD STREAMS s t 0") == RedisError(
        f"ERR Unbalanced 'xread' list of streams: {must.format('$')}"
    )
    assert ours("XREADGROUP GROUP g c STREAMS s t 0") == RedisError(
        f"ERR Unbalanced 'xreadgroup' list of streams: {must.format('>')}"
    )
    ours.close()
