"""XINFO.  Test names read as sentences about Redis.

The fields about radix trees are left out, since this server has none.
"""

import pytest
from harness import Client
from tables import for_each

from redis_clone.protocol.errors import NO_SUCH_KEY, NOT_AN_INTEGER, RedisError, wrong_arity

WRONG = "ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP."
ENTRY = [b"field", b"value"]
NOW_MS = range(1_600_000_000_000, 10_000_000_000_000)
A_WHILE = range(60_000)


def fill(redis, *entry_ids):
    for id_ in entry_ids:
        redis(f"XADD s {id_} field value")


@pytest.fixture
def stream(redis3):
    """Makes the stream `s` with 1-0 to 3-0.  In its group `g` ada has read two of them."""
    fill(redis3, "1-0", "2-0", "3-0")
    redis3("XGROUP CREATE s g 0")
    redis3("XREADGROUP GROUP g ada COUNT 2 STREAMS s >")


def general(redis3, args="s"):
    reply = redis3(f"XINFO STREAM {args}")
    keys, nodes = reply.pop(b"radix-tree-keys"), reply.pop(b"radix-tree-nodes")
    assert nodes > keys >= 0
    return reply


def lag(redis3, name=b"g"):
    return next(row[b"lag"] for row in redis3("XINFO GROUPS s") if row[b"name"] == name)


def entries_read(redis3):
    return redis3("XINFO GROUPS s")[0][b"entries-read"]


def test_xinfo_stream_shows_a_stream(redis3, stream):
    redis3("XDEL s 2-0")
    assert general(redis3) == {
        b"length": 2,
        b"last-generated-id": b"3-0",
        b"max-deleted-entry-id": b"2-0",
        b"entries-added": 3,
        b"recorded-first-entry-id": b"1-0",
        b"groups": 1,
        b"first-entry": [b"1-0", ENTRY],
        b"last-entry": [b"3-0", ENTRY],
    }


def test_an_empty_stream_has_no_first_and_no_last_entry(redis3):
    redis3("XGROUP CREATE s g 0 MKSTREAM")
    assert general(redis3) == {
        b"length": 0,
        b"last-generated-id": b"0-0",
        b"max-deleted-entry-id": b"0-0",
        b"entries-added": 0,
        b"recorded-first-entry-id": b"0-0",
        b"groups": 1,
        b"first-entry": None,
        b"last-entry": None,
    }


def test_trimming_leaves_no_tombstone(redis3, stream):
    redis3("XTRIM s MAXLEN 1")
    reply = general(redis3)
    assert reply[b"max-deleted-entry-id"] == b"0-0" and reply[b"recorded-first-entry-id"] == b"3-0"
    assert reply[b"entries-added"] == 3


def test_xinfo_is_a_flat_list_in_resp2(redis, other):
    fill(redis, "1-0")
    reply = redis("XINFO STREAM s")
    assert reply[:2] == [b"length", 1] and len(reply) == 20
    assert redis("XINFO GROUPS s") == []
    redis("XGROUP CREATE s g 0")
    assert redis("XINFO GROUPS s")[0][:4] == [b"name", b"g", b"consumers", 0]


def test_full_shows_groups_and_consumers_too(redis3, stream):
    reply = general(redis3, "s FULL")
    assert reply[b"entries"] == [[b"1-0", ENTRY], [b"2-0", ENTRY], [b"3-0", ENTRY]]
    [group] = reply[b"groups"]
    [consumer] = group.pop(b"consumers")
    pending = group.pop(b"pending")
    assert group == {
        b"name": b"g",
        b"last-delivered-id": b"2-0",
        b"entries-read": 2,
        b"lag": 1,
        b"pel-count": 2,
    }
    assert [row[:2] + row[3:] for row in pending] == [[b"1-0", b"ada", 1], [b"2-0", b"ada", 1]]
    assert all(row[2] in NOW_MS for row in pending)
    assert consumer[b"name"] == b"ada" and consumer[b"pel-count"] == 2 and consumer[b"seen-time"] in NOW_MS
    assert [[row[0], row[2]] for row in consumer[b"pending"]] == [[b"1-0", 1], [b"2-0", 1]]
    assert all(row[1] in NOW_MS for row in consumer[b"pending"])


@pytest.mark.parametrize("args, listed", [("", 10), ("COUNT 3", 3), ("count 0", 15), ("COUNT -1", 10)])
def test_full_lists_ten_entries_unless_count_says_otherwise(redis3, args, listed):
    fill(redis3, *(f"{number}-0" for number in range(1, 16)))
    redis3("XGROUP CREATE s g 0")
    redis3("XREADGROUP GROUP g ada STREAMS s >")
    reply = general(redis3, f"s FULL {args}")
    [group] = reply[b"groups"]
    assert len(reply[b"entries"]) == len(group[b"pending"]) == listed
    assert len(group[b"consumers"][0][b"pending"]) == listed
    assert group[b"pel-count"] == 15


def test_groups_and_consumers_are_listed_by_name(redis3, stream):
    redis3("XGROUP CREATE s a $")
    redis3("XGROUP CREATECONSUMER s g Zoe")
    assert [row[b"name"] for row in redis3("XINFO GROUPS s")] == [b"a", b"g"]
    assert [row[b"name"] for row in redis3("XINFO CONSUMERS s g")] == [b"Zoe", b"ada"]
    assert [row[b"name"] for row in redis3("XINFO STREAM s FULL")[b"groups"]] == [b"a", b"g"]


def test_xinfo_groups_shows_the_lag_of_a_group(redis3, stream):
    assert redis3("XINFO GROUPS s") == [
        {
            b"name": b"g",
            b"consumers": 1,
            b"pending": 2,
            b"last-delivered-id": b"2-0",
            b"entries-read": 2,
            b"lag": 1,
        }
    ]


def test_xinfo_consumers_shows_the_consumers_of_one_group(redis3, stream):
    redis3("XGROUP CREATE s h 0")
    assert redis3("XINFO CONSUMERS s h") == []
    [row] = redis3("XINFO CONSUMERS s g")
    assert (row[b"name"], row[b"pending"]) == (b"ada", 2)
    assert row[b"idle"] in A_WHILE


def test_the_lag_goes_down_as_a_group_reads(redis3, stream):
    fill(redis3, "4-0")
    assert lag(redis3) == 2
    redis3("XREADGROUP GROUP g ada STREAMS s >")
    assert (lag(redis3), entries_read(redis3)) == (0, 4)


def test_the_lag_is_unknown_while_a_tombstone_lies_ahead(redis3, stream):
    fill(redis3, "4-0", "5-0")
    redis3("XDEL s 4-0")
    assert lag(redis3) is None
    redis3("XREADGROUP GROUP g ada STREAMS s >")
    assert (lag(redis3), entries_read(redis3)) == (0, 5)


def test_a_tombstone_behind_does_not_matter(redis3, stream):
    redis3("XDEL s 1-0")
    assert lag(redis3) == 1


@pytest.mark.parametrize(
    "id_, expected", [("0", 3), ("0-1", 3), ("1-0", 2), ("2-0", None), ("3-0", 0), ("$", 0), ("9-0", None)]
)
def test_the_lag_of_a_new_group_is_known_at_the_ends_of_the_stream(redis3, stream, id_, expected):
    redis3(f"XGROUP CREATE s new {id_}")
    assert lag(redis3, b"new") == expected


def test_entriesread_sets_the_position_of_a_group(redis3, stream):
    redis3("XGROUP SETID s g 2-0 ENTRIESREAD 2")
    assert lag(redis3) == 1
    redis3("XGROUP SETID s g 2-0")
    assert (lag(redis3), entries_read(redis3)) == (None, None)


def test_trimmed_entries_do_not_count_as_lag(redis3):
    fill(redis3, "1-0", "2-0", "3-0")
    redis3("XGROUP CREATE s g 0")
    redis3("XTRIM s MAXLEN 1")
    assert lag(redis3) == 1
    redis3("XTRIM s MAXLEN 0")
    assert lag(redis3) == 0


@for_each(
    "args, error",
    [
        ("missing", NO_SUCH_KEY),
        ("missing junk", NO_SUCH_KEY),
        ("s junk", WRONG),
        ("s FULL COUNT", WRONG),
        ("s FULL junk 1", WRONG),
        ("s COUNT FULL 1", WRONG),
        ("s FULL COUNT 1 2", WRONG),
        ("s FULL COUNT x", NOT_AN_INTEGER),
    ],
)
def test_xinfo_stream_says_what_is_wrong(redis, args, error):
    fill(redis, "1-0")
    assert redis(f"XINFO STREAM {args}") == RedisError(error)


def test_xinfo_needs_a_stream_and_a_group(redis):
    assert redis("XINFO GROUPS missing") == redis("XINFO CONSUMERS missing g") == RedisError(NO_SUCH_KEY)
    fill(redis, "1-0")
    error = "NOGROUP No such consumer group 'nobody' for key name 's'"
    assert redis("XINFO CONSUMERS s nobody") == RedisError(error)
    assert redis("XINFO CONSUMERS s") == wrong_arity("xinfo|consumers")
    assert redis("XINFO HELP")[0] == "XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"


# Fields that the installed 7.0 does not have.


@pytest.fixture
def ours(our_address):
    client = Client(our_address)
    client("FLUSHALL")
    client("HELLO 3")
    fill(client, "1-0")
    client("XGROUP CREATE s g 0")
    yield client
    client.close()


def consumer(ours):
    [of_consumers] = ours("XINFO CONSUMERS s g")
    [of_full] = ours("XINFO STREAM s FULL")[b"groups"][0][b"consumers"]
    return of_consumers[b"inactive"], of_full[b"active-time"]


def test_a_consumer_that_was_never_given_anything_was_never_active(ours):
    ours("XGROUP CREATECONSUMER s g ada")
    assert consumer(ours) == (-1, -1)
    ours("XREADGROUP GROUP g ada NOACK STREAMS s >")
    ours("XREADGROUP GROUP g ada STREAMS s >")
    ours("XREADGROUP GROUP g ada STREAMS s 0")
    ours("XCLAIM s g ada 0 1-0")
    assert consumer(ours) == (-1, -1)


@pytest.mark.parametrize(
    "command", ["XREADGROUP GROUP g ada STREAMS s >", "XCLAIM s g ada 0 1-0 FORCE", "XAUTOCLAIM s g ada 0 0"]
)
def test_a_consumer_is_active_when_it_is_given_something(ours, command):
    ours("XGROUP CREATECONSUMER s g ada")
    if command.startswith("XAUTOCLAIM"):
        ours("XREADGROUP GROUP g bob STREAMS s >")
        ours(command)
        ours("XGROUP DELCONSUMER s g bob")
    ours(command)
    inactive, active = consumer(ours)
    assert inactive in A_WHILE and active in NOW_MS
