"""Groups of consumers.  Test names read as sentences about Redis."""

import pytest
from harness import Client
from tables import for_each

from redis_clone.protocol.errors import NOT_AN_INTEGER, SYNTAX, RedisError
from redis_clone.protocol.replies import NullArray

HIGHEST = "18446744073709551615"  # half of an id
INVALID_ID = "ERR Invalid stream ID specified as stream command argument"
NO_KEY = (
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the "
    "MKSTREAM option to create an empty stream automatically."
)
NO_GROUP = "NOGROUP No such consumer group '{}' for key name '{}'"
NO_KEY_OR_GROUP = "NOGROUP No such key '{}' or consumer group '{}'"
IN_XREADGROUP = " in XREADGROUP with GROUP option"
NOT_IN_A_GROUP = (
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this "
    "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just "
    "return an empty result set."
)
BAD_ENTRIES_READ = "ERR value for ENTRIESREAD must be positive or -1"
WRONG = "ERR unknown subcommand or wrong number of arguments for '{}'. Try XGROUP HELP."
LONG_AGO = 900_000_000  # milliseconds: longer than any test has been running


def fill(redis, *entry_ids, key="s"):
    for id_ in entry_ids:
        redis(f"XADD {key} {id_} field value")


def ids(entries):
    return [entry[0].decode() for entry in entries]


def read(redis, args="STREAMS s >", consumer="ada"):
    """The ids that a consumer reads from one stream; None when there is none."""
    reply = redis(f"XREADGROUP GROUP g {consumer} {args}")
    return reply if isinstance(reply, NullArray | RedisError) else ids(reply[0][1])


def pending(redis, consumer=""):
    """The id, consumer and number of deliveries of each pending entry."""
    rows = redis(f"XPENDING s g - + 100 {consumer}")
    return [(id_.decode(), name.decode(), deliveries) for id_, name, _, deliveries in rows]


def group_info(redis, name="g"):
    for flat in redis("XINFO GROUPS s"):
        row = {field.decode(): value for field, value in zip(flat[::2], flat[1::2], strict=True)}
        if row["name"] == name.encode():
            return row


@pytest.fixture
def group(redis):
    """Makes the stream `s` with the entries 1-0 to 5-0, and a group `g` that has read none."""
    fill(redis, "1-0", "2-0", "3-0", "4-0", "5-0")
    redis("XGROUP CREATE s g 0")


@pytest.fixture
def reading(redis, group):
    """Makes the stream and group of `group`; ada has read 1-0 and 2-0, bob 3-0."""
    read(redis, "COUNT 2 STREAMS s >")
    read(redis, "COUNT 1 STREAMS s >", "bob")


@pytest.mark.parametrize("id_, first", [("0", "1-0"), ("2-0", "3-0"), ("2-1", "3-0"), ("4", "5-0")])
def test_a_group_reads_the_entries_after_its_id(redis, group, id_, first):
    redis("XGROUP DESTROY s g")
    assert redis(f"XGROUP CREATE s g {id_}") == "OK"
    assert read(redis)[0] == first


def test_a_group_at_the_last_id_reads_only_later_entries(redis, group):
    assert redis("XGROUP CREATE s h $") == "OK"
    assert isinstance(redis("XREADGROUP GROUP h ada STREAMS s >"), NullArray)
    fill(redis, "6-0")
    assert ids(redis("XREADGROUP GROUP h ada STREAMS s >")[0][1]) == ["6-0"]


def test_mkstream_makes_an_empty_stream(redis):
    assert redis("XGROUP CREATE s g $ MKSTREAM") == "OK"
    assert redis("TYPE s") == "stream" and redis("XLEN s") == 0
    assert redis("XGROUP CREATE s h 0 mkstream ENTRIESREAD 3") == "OK"
    assert group_info(redis, "h")["entries-read"] == 3


@for_each(
    "args, error",
    [
        ("s g 0", "BUSYGROUP Consumer Group name already exists"),
        ("s g 0 MKSTREAM", "BUSYGROUP Consumer Group name already exists"),
        ("s g x", INVALID_ID),
        ("s h -", INVALID_ID),
        ("s h +", INVALID_ID),
        ("s h >", INVALID_ID),
        ("missing h x", NO_KEY),
        ("missing h x MKSTREAM", INVALID_ID),
        ("s h 0 ENTRIESREAD x", NOT_AN_INTEGER),
        ("missing h 0 ENTRIESREAD -2", BAD_ENTRIES_READ),
        ("s h 0 junk", WRONG.format("CREATE")),
        ("s h 0 ENTRIESREAD", WRONG.format("CREATE")),
        ("s h 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM", WRONG.format("CREATE")),
        ("missing h 0 ENTRIESREAD 1 ENTRIESREAD 2", NO_KEY),
    ],
    keeps_keys=True,
)
def test_xgroup_create_says_what_is_wrong(redis, group, args, error):
    assert redis(f"XGROUP CREATE {args}") == RedisError(error)
    assert redis("EXISTS missing") == 0
    assert len(redis("XINFO GROUPS s")) == 1


def test_setid_moves_a_group_to_another_id(redis, reading):
    assert redis("XGROUP SETID s g 4") == "OK"
    assert read(redis) == ["5-0"]
    assert redis("XGROUP SETID s g - ENTRIESREAD 0") == "OK"
    assert group_info(redis)["last-delivered-id"] == b"0-0" and group_info(redis)["entries-read"] == 0
    assert redis("XGROUP SETID s g $") == "OK"
    assert group_info(redis)["last-delivered-id"] == b"5-0" and group_info(redis)["entries-read"] is None


@for_each(
    "args, error",
    [
        ("s g x", INVALID_ID),
        ("s nobody x", NO_GROUP.format("nobody", "s")),
        ("missing g 0", NO_KEY),
        ("s g 0 MKSTREAM", WRONG.format("SETID")),
        ("s nobody 0 ENTRIESREAD -2", BAD_ENTRIES_READ),
        ("s g 0 ENTRIESREAD x", NOT_AN_INTEGER),
    ],
    keeps_keys=True,
)
def test_xgroup_setid_says_what_is_wrong(redis, group, args, error):
    assert redis(f"XGROUP SETID {args}") == RedisError(error)
    assert group_info(redis)["last-delivered-id"] == b"0-0"


def test_destroy_removes_a_group_with_its_pending_entries(redis, reading):
    assert redis("XGROUP DESTROY s g") == 1
    assert redis("XGROUP DESTROY s g") == 0
    assert redis("XACK s g 1-0") == 0
    assert redis("XLEN s") == 5
    assert redis("XGROUP DESTROY missing g") == RedisError(NO_KEY)


def test_consumers_are_created_once(redis, group):
    assert redis("XGROUP CREATECONSUMER s g ada") == 1
    assert redis("XGROUP CREATECONSUMER s g ada") == 0
    assert group_info(redis)["consumers"] == 1


def test_delconsumer_loses_the_pending_entries(redis, reading):
    assert redis("XGROUP DELCONSUMER s g ada") == 2
    assert redis("XGROUP DELCONSUMER s g ada") == 0
    assert pending(redis) == [("3-0", "bob", 1)]
    assert read(redis) == ["4-0", "5-0"]


@pytest.mark.parametrize("subcommand", ["CREATECONSUMER", "DELCONSUMER"])
def test_a_consumer_needs_its_group(redis, group, subcommand):
    assert redis(f"XGROUP {subcommand} s nobody ada") == RedisError(NO_GROUP.format("nobody", "s"))
    assert redis(f"XGROUP {subcommand} missing g ada") == RedisError(NO_KEY)


def test_xgroup_knows_its_subcommands(redis):
    assert redis("XGROUP nonsense") == RedisError("ERR unknown subcommand 'nonsense'. Try XGROUP HELP.")
    assert redis("XGROUP HELP")[0] == "XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    assert redis("XGROUP CREATE s g") == RedisError(
        "ERR wrong number of arguments for 'xgroup|create' command"
    )


def test_each_entry_goes_to_one_consumer_of_a_group(redis, group):
    assert read(redis, f"COUNT 2 STREAMS s {HIGHEST}-{HIGHEST}") == ["1-0", "2-0"]  # the same as >
    assert read(redis, "STREAMS s >", "bob") == ["3-0", "4-0", "5-0"]
    assert isinstance(read(redis), NullArray)
    assert pending(redis, "ada") == [("1-0", "ada", 1), ("2-0", "ada", 1)]


def test_groups_are_independent_of_each_other(redis, reading):
    redis("XGROUP CREATE s h 0")
    assert len(redis("XREADGROUP GROUP h ada STREAMS s >")[0][1]) == 5
    assert len(pending(redis)) == 3


def test_any_other_id_reads_the_pending_entries_of_the_consumer(redis, reading):
    assert read(redis, "STREAMS s 0") == ["1-0", "2-0"]
    assert read(redis, "STREAMS s 1-0") == ["2-0"]
    assert read(redis, "COUNT 1 STREAMS s 0") == ["1-0"]
    assert read(redis, "STREAMS s 9") == []
    assert pending(redis, "ada") == [("1-0", "ada", 3), ("2-0", "ada", 3)]
    assert read(redis, "STREAMS s 0", "carol") == []


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_pending_entry_that_was_deleted_has_no_fields_left(connect, protocol, reading):
    redis = connect(protocol)
    redis("XDEL s 1-0")
    reply = redis("XREADGROUP GROUP g ada STREAMS s 0")
    [first, second] = reply[b"s"] if protocol == 3 else reply[0][1]
    assert first[0] == b"1-0" and (first[1] is None if protocol == 3 else isinstance(first[1], NullArray))
    assert second == [b"2-0", [b"field", b"value"]]
    assert pending(redis, "ada") == [("1-0", "ada", 1), ("2-0", "ada", 2)]


def test_noack_leaves_nothing_pending(redis, group):
    assert read(redis, "NOACK STREAMS s >") == ["1-0", "2-0", "3-0", "4-0", "5-0"]
    assert pending(redis) == []
    assert group_info(redis)["last-delivered-id"] == b"5-0"


def test_xreadgroup_reads_several_streams_new_entries_and_old_ones(redis, reading):
    fill(redis, "9-0", key="t")
    redis("XGROUP CREATE t g 0")
    reply = redis("XREADGROUP GROUP g ada COUNT 1 STREAMS s t s > > 0")
    assert [[key, ids(entries)] for key, entries in reply] == [
        [b"s", ["4-0"]],
        [b"t", ["9-0"]],
        [b"s", ["1-0"]],
    ]


def test_xreadgroup_replies_with_a_map_in_resp3(redis3, group):
    entry = [b"1-0", [b"field", b"value"]]
    assert redis3("XREADGROUP GROUP g ada COUNT 1 STREAMS s >") == {b"s": [entry]}
    assert redis3("XREADGROUP GROUP g bob STREAMS s 0") == {b"s": []}
    redis3("XREADGROUP GROUP g ada STREAMS s >")
    assert redis3("XREADGROUP GROUP g ada STREAMS s >") is None


def test_an_entry_that_is_read_again_after_setid_changes_hands(redis, reading):
    redis("XGROUP SETID s g 0")
    assert read(redis, "COUNT 3 STREAMS s >", "bob") == ["1-0", "2-0", "3-0"]
    assert pending(redis) == [("1-0", "bob", 1), ("2-0", "bob", 1), ("3-0", "bob", 1)]


@for_each(
    "args, error",
    [
        ("GROUP g ada STREAMS missing >", NO_KEY_OR_GROUP.format("missing", "g") + IN_XREADGROUP),
        ("GROUP h ada STREAMS s x", NO_KEY_OR_GROUP.format("s", "h") + IN_XREADGROUP),
        ("GROUP g ada STREAMS s x", INVALID_ID),
        ("GROUP g ada STREAMS s -", INVALID_ID),
        ("STREAMS s s s > > >", "ERR Missing GROUP option for XREADGROUP"),
        ("GROUP g ada COUNT x STREAMS s >", NOT_AN_INTEGER),
        ("GROUP g ada BLOCK x STREAMS s >", "ERR timeout is not an integer or out of range"),
        ("GROUP g ada BLOCK -1 STREAMS s >", "ERR timeout is negative"),
        ("GROUP g ada NOACK junk s >", SYNTAX),
        ("GROUP g ada NOACK NOACK STREAMS", SYNTAX),
        ("GROUP g ada STREAMS s $", NOT_IN_A_GROUP),
    ], keeps_keys=True,
)  # fmt: skip
def test_xreadgroup_says_what_is_wrong(redis, group, args, error):
    assert redis(f"XREADGROUP {args}") == RedisError(error)
    assert group_info(redis)["consumers"] == 0


def test_xreadgroup_reads_nothing_when_one_of_its_streams_is_wrong(redis, group):
    assert isinstance(redis("XREADGROUP GROUP g ada STREAMS s missing > >"), RedisError)
    assert pending(redis) == [] and group_info(redis)["last-delivered-id"] == b"0-0"


def test_xack_counts_the_entries_that_were_pending(redis, reading):
    assert redis("XACK s g 1-0 1-0 3 9-9") == 2
    assert pending(redis) == [("2-0", "ada", 1)]
    assert read(redis, "STREAMS s 0") == ["2-0"]


def test_xack_reads_all_ids_first_but_only_if_there_is_a_group(redis, reading):
    assert redis("XACK s g 1-0 x") == RedisError(INVALID_ID)
    assert len(pending(redis)) == 3
    assert redis("XACK s nobody x") == redis("XACK missing g x") == 0


@pytest.mark.parametrize("protocol", [2, 3])
def test_xpending_sums_up_a_group(connect, protocol, reading):
    redis = connect(protocol)
    assert redis("XPENDING s g") == [3, b"1-0", b"3-0", [[b"ada", b"2"], [b"bob", b"1"]]]
    redis("XACK s g 1-0 2-0 3-0")
    [count, first, last, consumers] = redis("XPENDING s g")
    assert (count, first, last) == (0, None, None)
    assert consumers is None if protocol == 3 else isinstance(consumers, NullArray)


def test_consumers_are_listed_by_name_and_only_those_with_something_pending(redis, group):
    for consumer in ("zoe", "ada", "bob"):
        read(redis, "COUNT 1 STREAMS s >", consumer)
    redis("XACK s g 3-0")
    assert redis("XPENDING s g")[3] == [[b"ada", b"1"], [b"zoe", b"1"]]


def test_xpending_lists_a_range(redis, reading):
    [row] = redis("XPENDING s g 2-0 (3-0 10")
    assert row[:2] == [b"2-0", b"ada"] and 0 <= row[2] < LONG_AGO and row[3] == 1
    assert [row[0] for row in redis("XPENDING s g - + 2")] == [b"1-0", b"2-0"]
    assert [row[0] for row in redis("XPENDING s g - + 10 bob")] == [b"3-0"]
    assert (
        redis("XPENDING s g - + 10 nobody")
        == redis("XPENDING s g - + 0")
        == redis("XPENDING s g - + -1")
        == []
    )


def test_xpending_lists_idle_entries(redis, reading):
    redis(f"XCLAIM s g ada 0 2-0 IDLE {LONG_AGO + 5}")
    assert ids(redis(f"XPENDING s g IDLE {LONG_AGO} - + 10")) == ["2-0"]
    assert ids(redis(f"XPENDING s g idle {LONG_AGO} - + 10 bob")) == []
    assert len(redis("XPENDING s g IDLE 0 - + 10")) == 3
    assert redis("XPENDING s g 2 2 1")[0][2] >= LONG_AGO


@for_each(
    "args, error",
    [
        ("s g -", SYNTAX),
        ("s g - +", SYNTAX),
        ("s g IDLE 0 - +", SYNTAX),
        ("s g - + 10 ada 1 2 3", SYNTAX),
        ("s g IDLE x - + 10", NOT_AN_INTEGER),
        ("s g IDLE x - +", NOT_AN_INTEGER),
        ("s g x x x", NOT_AN_INTEGER),
        ("s g x + 10", INVALID_ID),
        ("missing g - x 10", INVALID_ID),
        (f"s g ({HIGHEST}-{HIGHEST} + 10", "ERR invalid start ID for the interval"),
        ("s g - (0-0 10", "ERR invalid end ID for the interval"),
        ("missing g", NO_KEY_OR_GROUP.format("missing", "g")),
        ("s nobody - + 10", NO_KEY_OR_GROUP.format("s", "nobody")),
    ],
    keeps_keys=True,
)
def test_xpending_says_what_is_wrong(redis, reading, args, error):
    assert redis(f"XPENDING {args}") == RedisError(error)


def test_xclaim_takes_entries_over(redis, reading):
    assert redis("XCLAIM s g bob 0 1-0 4-0 9-9") == [[b"1-0", [b"field", b"value"]]]
    assert pending(redis) == [("1-0", "bob", 2), ("2-0", "ada", 1), ("3-0", "bob", 1)]
    assert read(redis, "STREAMS s 0") == ["2-0"]


def test_justid_answers_ids_and_does_not_count_as_a_delivery(redis, reading):
    assert redis("XCLAIM s g bob 0 1-0 2-0 JUSTID") == [b"1-0", b"2-0"]
    assert redis("XCLAIM s g bob 0 JUSTID") == []
    assert pending(redis) == [("1-0", "bob", 1), ("2-0", "bob", 1), ("3-0", "bob", 1)]


def test_only_idle_entries_are_claimed(redis, reading):
    assert redis(f"XCLAIM s g bob {LONG_AGO} 1-0 JUSTID") == []
    redis(f"XCLAIM s g ada 0 1-0 IDLE {LONG_AGO} JUSTID")
    assert redis(f"XCLAIM s g bob {LONG_AGO} 1-0 2-0 JUSTID") == [b"1-0"]
    assert redis("XCLAIM s g bob -7 2-0 JUSTID") == [b"2-0"]


def test_force_claims_entries_that_were_not_pending(redis, reading):
    assert redis(f"XCLAIM s g bob {LONG_AGO} 5-0 9-9 FORCE JUSTID") == [b"5-0"]
    assert redis("XCLAIM s g bob 0 4-0 force") == [[b"4-0", [b"field", b"value"]]]
    assert pending(redis)[3:] == [("4-0", "bob", 2), ("5-0", "bob", 1)]


@for_each(
    "options, idle_ms",
    [
        (f"IDLE {LONG_AGO}", LONG_AGO),
        ("IDLE 0", 0),
        ("IDLE -5", 0),
        ("IDLE 9223372036854775807", 0),
        ("TIME 9223372036854775807", 0),
        ("TIME -1", 0),
        ("TIME 0", 1_600_000_000_000),
        (f"TIME 0 IDLE {LONG_AGO}", LONG_AGO),
    ],
    keeps_keys=True,
)
def test_idle_and_time_set_the_time_of_delivery_if_it_is_a_sane_one(redis, reading, options, idle_ms):
    redis(f"XCLAIM s g ada 0 1-0 {options}")
    [[_, _, found, _]] = redis("XPENDING s g 1 1 1")
    assert idle_ms <= found < max(idle_ms * 2, 60_000)


@pytest.mark.parametrize(
    "options, deliveries", [("7", 7), ("0", 0), ("-1", 2), ("7 JUSTID", 7), ("-1 JUSTID", 1)]
)
def test_retrycount_sets_how_often_it_was_delivered(redis, reading, options, deliveries):
    redis(f"XCLAIM s g bob 0 1-0 RETRYCOUNT {options}")
    assert pending(redis)[0] == ("1-0", "bob", deliveries)


def test_lastid_moves_a_group_forward_only(redis, reading):
    assert redis("XCLAIM s g ada 0 9-9 LASTID 4-0") == []
    assert group_info(redis)["last-delivered-id"] == b"4-0"
    redis("XCLAIM s g ada 0 9-9 LASTID 1-0")
    assert group_info(redis)["last-delivered-id"] == b"4-0"


def test_xclaim_drops_deleted_entries(redis, reading):
    redis("XDEL s 1-0")
    assert redis(f"XCLAIM s g bob {LONG_AGO} 1-0") == []
    assert pending(redis) == [("2-0", "ada", 1), ("3-0", "bob", 1)]


@for_each(
    "args, error",
    [
        ("missing g ada x x", NO_KEY_OR_GROUP.format("missing", "g")),
        ("s nobody ada x x", NO_KEY_OR_GROUP.format("s", "nobody")),
        ("s g ada x 1-0", "ERR Invalid min-idle-time argument for XCLAIM"),
        ("s g ada 0 junk", "ERR Unrecognized XCLAIM option 'junk'"),
        ("s g ada 0 1-0 JUSTID 2-0", "ERR Unrecognized XCLAIM option '2-0'"),
        ("s g ada 0 1-0 IDLE", "ERR Unrecognized XCLAIM option 'IDLE'"),
        ("s g ada 0 1-0 IDLE x", "ERR Invalid IDLE option argument for XCLAIM"),
        ("s g ada 0 1-0 TIME x", "ERR Invalid TIME option argument for XCLAIM"),
        ("s g ada 0 1-0 RETRYCOUNT x", "ERR Invalid RETRYCOUNT option argument for XCLAIM"),
        ("s g ada 0 1-0 LASTID -", INVALID_ID),
    ],
    keeps_keys=True,
)
def test_xclaim_says_what_is_wrong(redis, reading, args, error):
    before = redis("XPENDING s g")
    assert redis(f"XCLAIM {args}") == RedisError(error)
    assert redis("XPENDING s g") == before


def test_xautoclaim_claims_the_idle_entries_it_finds(redis, reading):
    entry = [b"field", b"value"]
    assert redis("XAUTOCLAIM s g bob 0 2") == [b"0-0", [[b"2-0", entry], [b"3-0", entry]], []]
    assert pending(redis) == [("1-0", "ada", 1), ("2-0", "bob", 2), ("3-0", "bob", 2)]
    assert redis("XAUTOCLAIM s g carol 0 (1-0 JUSTID") == [b"0-0", [b"2-0", b"3-0"], []]
    assert pending(redis)[1:] == [("2-0", "carol", 2), ("3-0", "carol", 2)]


def test_xautoclaim_returns_the_id_to_go_on_from(redis, reading):
    assert redis("XAUTOCLAIM s g bob 0 - COUNT 1 JUSTID") == [b"2-0", [b"1-0"], []]
    assert redis("XAUTOCLAIM s g bob 0 2-0 count 1 COUNT 2 JUSTID") == [b"0-0", [b"2-0", b"3-0"], []]


def test_xautoclaim_looks_at_ten_entries_for_each_that_it_may_claim(redis):
    fill(redis, *(f"{number}-0" for number in range(1, 31)))
    redis("XGROUP CREATE s g 0")
    read(redis)
    assert redis(f"XAUTOCLAIM s g bob {LONG_AGO} - COUNT 2") == [b"21-0", [], []]
    assert redis(f"XAUTOCLAIM s g bob {LONG_AGO} 21-0 COUNT 2") == [b"0-0", [], []]


def test_xautoclaim_drops_deleted_entries_and_returns_their_ids(redis, reading):
    redis("XDEL s 1-0 3-0")
    assert redis(f"XAUTOCLAIM s g bob {LONG_AGO} - JUSTID COUNT 1") == [b"2-0", [], [b"1-0"]]
    assert redis("XAUTOCLAIM s g bob 0 - JUSTID") == [b"0-0", [b"2-0"], [b"3-0"]]
    assert pending(redis) == [("2-0", "bob", 1)]


@for_each(
    "args, error",
    [
        ("s g ada x x", "ERR Invalid min-idle-time argument for XAUTOCLAIM"),
        ("s g ada 0 x", INVALID_ID),
        (f"s g ada 0 ({HIGHEST}-{HIGHEST}", "ERR invalid start ID for the interval"),
        ("s g ada 0 0 COUNT 0", "ERR COUNT must be > 0"),
        ("s g ada 0 0 COUNT -1", "ERR COUNT must be > 0"),
        ("s g ada 0 0 COUNT x", "ERR COUNT must be > 0"),
        ("s g ada 0 0 COUNT 9223372036854775807", "ERR COUNT must be > 0"),
        ("s g ada 0 0 COUNT", SYNTAX),
        ("missing g ada 0 0 junk", SYNTAX),
        ("missing g ada 0 0", NO_KEY_OR_GROUP.format("missing", "g")),
        ("s nobody ada 0 0", NO_KEY_OR_GROUP.format("s", "nobody")),
    ],
    keeps_keys=True,
)
def test_xautoclaim_says_what_is_wrong(redis, reading, args, error):
    before = redis("XPENDING s g")
    assert redis(f"XAUTOCLAIM {args}") == RedisError(error)
    assert redis("XPENDING s g") == before


# Differences from the installed 7.0.


@pytest.fixture
def ours(our_address):
    client = Client(our_address)
    client("FLUSHALL")
    fill(client, "1-0", "2-0")
    client("XGROUP CREATE s g $")
    yield client
    client.close()


@pytest.mark.parametrize(
    "command",
    [
        "XREADGROUP GROUP g ada STREAMS s >",
        f"XCLAIM s g ada {LONG_AGO} 1-0",
        f"XAUTOCLAIM s g ada {LONG_AGO} 0",
    ],
)
def test_a_consumer_is_made_even_if_there_is_nothing_for_it(ours, command):
    ours(command)
    assert group_info(ours)["consumers"] == 1
