"""The stream commands without groups.  Test names read as sentences about Redis."""

import pytest
from harness import Client
from tables import for_each

from redis_clone.protocol.errors import (
    NO_SUCH_KEY,
    NOT_AN_INTEGER,
    SYNTAX,
    WRONG_TYPE,
    RedisError,
    wrong_arity,
)
from redis_clone.protocol.replies import NullArray

HIGHEST = "18446744073709551615"  # half of an id
LAST = f"{HIGHEST}-{HIGHEST}"
INVALID_ID = "ERR Invalid stream ID specified as stream command argument"
TOO_SMALL = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
EXHAUSTED = "ERR The stream has exhausted the last possible ID, unable to add more items"
BOTH = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
LIMIT_ALONE = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
BELOW_LENGTH = "ERR The entries_added specified in XSETID is smaller than the target stream length"
BELOW_TOMBSTONE = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
LIMIT_EXACT = "ERR syntax error, LIMIT cannot be used without the special ~ option"


def ids(entries):
    return [entry[0].decode() for entry in entries]


def fill(redis, *entry_ids, key="s"):
    for id_ in entry_ids:
        redis.send(f"XADD {key} {id_} field value")
    assert [redis.read() for _ in entry_ids] == [id_.encode() for id_ in entry_ids]


def info(redis, key="s"):
    flat = redis(f"XINFO STREAM {key}")
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


@pytest.fixture
def five(redis):
    """Makes the stream `s` with the entries 1-0 to 5-0."""
    fill(redis, "1-0", "2-0", "3-0", "4-0", "5-0")


@pytest.fixture
def long(redis):
    """Makes the stream `s` with 250 entries, which are three blocks."""
    fill(redis, *(f"{number}-0" for number in range(1, 251)))


def test_xadd_appends_an_entry_with_its_fields_in_their_order(redis):
    assert redis("XADD", "s", "1-1", "z", "1", "a", b"\x00\r\n", "z", "") == b"1-1"
    assert redis("XRANGE s - +") == [[b"1-1", [b"z", b"1", b"a", b"\x00\r\n", b"z", b""]]]
    assert redis("TYPE s") == "stream"


def test_an_entry_is_a_flat_list_in_resp3_too(redis3):
    redis3("XADD s 1-1 a 1 b 2")
    assert redis3("XRANGE s - +") == [[b"1-1", [b"a", b"1", b"b", b"2"]]]


def test_xadd_takes_the_time_for_an_id_and_never_an_older_one(redis):
    first, second = redis("XADD s * a 1"), redis("XADD s * a 1")
    assert tuple(map(int, second.split(b"-"))) > tuple(map(int, first.split(b"-"))) > (1_600_000_000_000, 0)
    redis(f"XADD s 99999999999999-{HIGHEST} a 1")
    assert redis("XADD s * a 1") == b"100000000000000-0"


def test_xadd_chooses_the_second_half_of_an_id(redis):
    assert redis("XADD s 5-* a 1") == b"5-0"
    assert redis("XADD s 5-* a 1") == b"5-1"
    assert redis("XADD s 7-* a 1") == b"7-0"
    assert redis("XADD s 6-* a 1") == RedisError(TOO_SMALL)
    assert redis("XADD t 0-* a 1") == b"0-1"


def test_half_an_id_is_that_id_with_a_0(redis):
    assert redis("XADD s 5 a 1") == b"5-0"
    assert redis("XADD s 5 a 1") == RedisError(TOO_SMALL)


@pytest.mark.parametrize("id_, meant", [("007", b"7-0"), ("+7-01", b"7-1"), (" 7- 1", b"7-1")])
def test_the_halves_of_an_id_are_read_leniently(redis, id_, meant):
    assert redis("XADD", "s", id_, "a", "1") == meant


@for_each(
    "id_",
    [
        "x", "-", "+", "", "5-", "-5", "5--1", "1-1-1", "1.5", "5-x", "5-**", "*-5", "**", "$", ">", "(5",
        "18446744073709551616", "5-18446744073709551616", "1" * 128,
    ],
)  # fmt: skip
def test_xadd_rejects_an_invalid_id(redis, id_):
    assert redis("XADD", "s", id_, "a", "1") == RedisError(INVALID_ID)
    assert redis("EXISTS s") == 0


def test_the_id_0_0_is_below_every_entry(redis):
    error = RedisError("ERR The ID specified in XADD must be greater than 0-0")
    redis("SET text a")
    assert redis("XADD s 0-0 a 1") == redis("XADD s 0 a 1") == redis("XADD text 0 a 1") == error
    assert redis("XADD s 0-0 a") == wrong_arity("xadd")


@pytest.mark.parametrize("id_", ["4-9", "5-0", "5", "0-1"])
def test_ids_only_grow(redis, five, id_):
    assert redis(f"XADD s {id_} a 1") == RedisError(TOO_SMALL)
    assert redis("XLEN s") == 5


def test_ids_grow_on_when_the_last_entry_is_deleted(redis, five):
    redis("XDEL s 5-0")
    assert redis("XADD s 5-0 a 1") == RedisError(TOO_SMALL)


@pytest.mark.parametrize("id_", ["*", f"{HIGHEST}-*", LAST])
def test_after_the_last_id_nothing_can_be_added(redis, id_):
    assert redis(f"XADD s {LAST} a 1") == LAST.encode()
    assert redis(f"XADD s {id_} a 1") == RedisError(EXHAUSTED)


def test_when_the_second_half_of_an_id_runs_out_the_first_must_be_raised(redis):
    redis(f"XADD s 5-{HIGHEST} a 1")
    assert isinstance(redis("XADD s 5-* a 1"), RedisError)  # 7.0 has either of two error lines
    assert redis("XADD s 6-* a 1") == b"6-0"


def test_nomkstream_makes_no_new_stream(redis):
    assert redis("XADD s NOMKSTREAM 1-0 a 1") is None
    assert redis("EXISTS s") == 0
    fill(redis, "1-0")
    assert redis("XADD s nomkstream NOMKSTREAM 2-0 a 1") == b"2-0"


@for_each("args", ["1-0 a", "1-0 a 1 b", "* a 1 b", "MAXLEN 1 NOMKSTREAM", "MAXLEN 1 5-0"])
def test_each_field_has_a_value(redis, args):
    redis("SET text a")
    assert redis(f"XADD s {args}") == redis(f"XADD text {args}") == wrong_arity("xadd")
    assert redis("EXISTS s") == 0


@for_each(
    "args, error",
    [
        ("MAXLEN x 6-0 a 1", NOT_AN_INTEGER),
        ("MAXLEN -1 6-0 a 1", "ERR The MAXLEN argument must be >= 0."),
        ("MAXLEN ~ -1 6-0 a 1", "ERR The MAXLEN argument must be >= 0."),
        ("MAXLEN ~ ~ 1 6-0 a 1", NOT_AN_INTEGER),
        ("MINID x 6-0 a 1", INVALID_ID),
        ("MINID - 6-0 a 1", INVALID_ID),
        ("MAXLEN 1 MINID 1 6-0 a 1", BOTH),
        ("MAXLEN 1 MAXLEN x 6-0 a 1", BOTH),
        ("LIMIT 1 6-0 a 1", LIMIT_ALONE),
        ("LIMIT 0 6-0 a 1", LIMIT_EXACT),
        ("LIMIT 0 6-0 a", LIMIT_EXACT),
        ("MAXLEN 1 LIMIT 1 6-0 a 1", LIMIT_EXACT),
        ("MAXLEN = 1 LIMIT 0 6-0 a 1", LIMIT_EXACT),
        ("MAXLEN ~ 1 LIMIT -1 6-0 a 1", "ERR The LIMIT argument must be >= 0."),
        ("MAXLEN ~ 1 LIMIT x 6-0 a 1", NOT_AN_INTEGER),
        ("MAXLEN ~ 1 SLOWLY 6-0 a 1", INVALID_ID),
        ("NOMKSTREAM NOMKSTREAM MAXLEN", INVALID_ID),
    ],
    keeps_keys=True,
)
def test_xadd_says_what_is_wrong_with_its_options(redis, five, args, error):
    assert redis(f"XADD s {args}") == RedisError(error)
    assert redis("XLEN s") == 5


def test_xadd_trims_when_it_has_appended(redis, five):
    assert redis("XADD s MAXLEN 2 6-0 a 1") == b"6-0"
    assert ids(redis("XRANGE s - +")) == ["5-0", "6-0"]
    assert redis("XADD s MINID = 6 7-0 a 1") == b"7-0"
    assert ids(redis("XRANGE s - +")) == ["6-0", "7-0"]
    assert redis("XADD s maxlen 0 8-0 a 1") == b"8-0"
    assert redis("XLEN s") == 0 and redis("EXISTS s") == 1


def test_xadd_may_trim_approximately(redis, long):
    redis("XADD s MAXLEN ~ 100 251-0 a 1")
    assert redis("XLEN s") == 151
    redis("XADD s MINID ~ 201 LIMIT 99 252-0 a 1")
    assert redis("XLEN s") == 152


@pytest.mark.parametrize(
    "args, deleted",
    [
        ("MAXLEN 3", 2),
        ("MAXLEN = 3", 2),
        ("maxlen 0", 5),
        ("MAXLEN 5", 0),
        ("MAXLEN 9223372036854775807", 0),
        ("MINID 3", 2),
        ("minid = 3-1", 3),
        ("MINID 99", 5),
        ("MINID 0", 0),
        ("MAXLEN ~ 3", 0),
        ("MINID ~ 99", 5),
        ("MAXLEN ~ 0 LIMIT 4", 0),
        ("MAXLEN ~ 0 LIMIT 5", 5),
        ("LIMIT 0 MAXLEN ~ 0", 5),
    ],
)
def test_xtrim_deletes_the_oldest_entries(redis, five, args, deleted):
    assert redis(f"XTRIM s {args}") == deleted
    assert ids(redis("XRANGE s - +")) == [f"{number}-0" for number in range(1 + deleted, 6)]


@pytest.mark.parametrize(
    "args, left",
    [
        ("MAXLEN 120", 120),
        ("MAXLEN ~ 149", 150),
        ("MAXLEN ~ 150", 150),
        ("MAXLEN ~ 151", 250),
        ("MINID ~ 100", 250),
        ("MINID ~ 101", 150),
        ("MINID ~ 249", 50),
        ("MINID ~ 251", 0),
        ("MAXLEN ~ 0", 0),
        ("MAXLEN ~ 0 LIMIT 99", 250),
        ("MAXLEN ~ 0 LIMIT 100", 150),
        ("MAXLEN ~ 0 LIMIT 0", 0),
        ("MINID ~ 251 LIMIT 240", 50),
    ],
)
def test_an_approximate_trim_drops_whole_blocks_of_a_hundred(redis, long, args, left):
    assert redis(f"XTRIM s {args}") == 250 - left
    assert redis("XLEN s") == left


def test_deleted_entries_count_for_the_length_of_a_block(redis):
    fill(redis, *(f"{number}-0" for number in range(1, 51)))
    redis("XDEL", "s", *range(1, 41))
    fill(redis, *(f"{number}-0" for number in range(51, 121)))
    assert redis("XTRIM s MAXLEN ~ 20") == 60


@for_each(
    "args, error",
    [
        ("MAXLEN x", NOT_AN_INTEGER),
        ("MAXLEN ~", NOT_AN_INTEGER),
        ("MAXLEN = -1", "ERR The MAXLEN argument must be >= 0."),
        ("MINID ~", INVALID_ID),
        ("MINID +", INVALID_ID),
        ("MAXLEN 1 MINID 1", BOTH),
        ("MAXLEN 1 MINID", SYNTAX),
        ("MAXLEN 1 junk", SYNTAX),
        ("NOMKSTREAM MAXLEN 1", SYNTAX),
        ("LIMIT 0", "ERR syntax error, XTRIM must be called with a trimming strategy"),
        ("LIMIT 1", LIMIT_ALONE),
        ("MAXLEN 1 LIMIT 0", LIMIT_EXACT),
        ("MAXLEN ~ 1 LIMIT", SYNTAX),
        ("MAXLEN ~ 1 LIMIT -1", "ERR The LIMIT argument must be >= 0."),
    ],
    keeps_keys=True,
)
@for_each("key", ["s", "missing", "text"], keeps_keys=True)
def test_xtrim_says_what_is_wrong_whatever_the_key_holds(redis, five, key, args, error):
    redis("SET text a")
    assert redis(f"XTRIM {key} {args}") == RedisError(error)
    assert redis("XLEN s") == 5


def test_xtrim_of_a_missing_stream_deletes_nothing(redis):
    assert redis("XTRIM missing MAXLEN 0") == 0
    assert redis("EXISTS missing") == 0


def test_xlen_counts_and_a_missing_stream_has_none(redis, five):
    assert redis("XLEN s") == 5
    assert redis("XLEN missing") == 0


@for_each(
    "command",
    [
        "XADD text 1-0 a 1", "XADD text NOMKSTREAM * a 1", "XTRIM text MAXLEN 0", "XLEN text",
        "XRANGE text - +", "XRANGE text - + COUNT 0", "XREVRANGE text + -", "XDEL text 1-0", "XDEL text x",
        "XSETID text 1-0", "XREAD STREAMS text 0", "XREAD STREAMS s text 0 x", "XREAD STREAMS text $",
        "XINFO STREAM text", "XINFO GROUPS text", "XINFO CONSUMERS text g", "XGROUP CREATE text g 0",
        "XGROUP CREATE text g x MKSTREAM", "XGROUP SETID text g x", "XGROUP DESTROY text g",
        "XGROUP CREATECONSUMER text g c", "XGROUP DELCONSUMER text g c", "XACK text g x",
        "XREADGROUP GROUP g c STREAMS text >", "XPENDING text g", "XPENDING text g - + 1",
        "XCLAIM text g c x x", "XAUTOCLAIM text g c 0 0",
    ], keeps_keys=True,
)  # fmt: skip
def test_a_string_is_the_wrong_type_and_stays_as_it_is(redis, five, command):
    redis("SET text a")
    assert redis(command) == RedisError(WRONG_TYPE)
    assert redis("GET text") == b"a"


@for_each(
    "command",
    [
        "XADD s * a", "XADD s", "XTRIM s MAXLEN", "XLEN", "XLEN s s", "XRANGE s -", "XDEL s", "XSETID s",
        "XREAD STREAMS s", "XREADGROUP GROUP g c STREAMS s", "XACK s g", "XPENDING s", "XCLAIM s g c 0",
        "XAUTOCLAIM s g c 0",
    ],
)  # fmt: skip
def test_too_few_and_too_many_arguments(redis, command):
    assert redis(command) == wrong_arity(command.split()[0].lower())


RANGES = [
    ("- +", "12345"),
    ("2 4", "234"),
    ("2-0 4-0", "234"),
    ("(2 (4", "34"),
    ("(2-0 4", "34"),
    ("2-1 3", "3"),
    ("2 (4-0", "23"),
    ("4 2", ""),
    ("+ -", ""),
    (f"0 {LAST}", "12345"),
    ("3 +", "345"),
    ("- 3-0", "123"),
]


@for_each("bounds, found", RANGES, keeps_keys=True)
def test_xrange_and_xrevrange_return_the_entries_between_two_ids(redis, five, bounds, found):
    expected = [f"{number}-0" for number in found]
    start, end = bounds.split()
    assert ids(redis(f"XRANGE s {start} {end}")) == expected
    assert ids(redis(f"XREVRANGE s {end} {start}")) == expected[::-1]


def test_half_an_id_at_the_end_of_a_range_means_the_highest(redis):
    fill(redis, "5-1", "5-2", "6-1")
    assert ids(redis("XRANGE s 5 5")) == ["5-1", "5-2"]
    assert ids(redis("XREVRANGE s 5 5")) == ["5-2", "5-1"]
    assert ids(redis("XRANGE s (5 +")) == ["5-1", "5-2", "6-1"]


def test_count_bounds_a_range(redis, five):
    assert ids(redis("XRANGE s - + COUNT 2")) == ["1-0", "2-0"]
    assert ids(redis("XREVRANGE s + - count 1 COUNT 2")) == ["5-0", "4-0"]
    assert redis("XRANGE missing - + COUNT 0") == redis("XRANGE missing - +") == []


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("count", ["0", "-1"])
def test_a_range_of_no_entries_is_a_null_array(connect, protocol, count):
    redis = connect(protocol)
    fill(redis, "1-0")
    reply = redis(f"XRANGE s - + COUNT {count}")
    assert reply is None if protocol == 3 else isinstance(reply, NullArray)


@for_each(
    "args, error",
    [
        ("x +", INVALID_ID),
        ("- x", INVALID_ID),
        ("(- +", INVALID_ID),
        ("- (+", INVALID_ID),
        ("( +", INVALID_ID),
        ("$ +", INVALID_ID),
        (f"({LAST} x", "ERR invalid start ID for the interval"),
        ("x (0-0", INVALID_ID),
        ("- (0-0", "ERR invalid end ID for the interval"),
        ("- + COUNT x", NOT_AN_INTEGER),
        ("- + COUNT", SYNTAX),
        ("- + LIMIT 1", SYNTAX),
    ],
    keeps_keys=True,
)
@for_each("key", ["s", "missing", "text"], keeps_keys=True)
def test_xrange_says_what_is_wrong_whatever_the_key_holds(redis, five, key, args, error):
    redis("SET text a")
    assert redis(f"XRANGE {key} {args}") == RedisError(error)


def test_xrevrange_reads_its_start_first_too(redis, five):
    assert redis(f"XREVRANGE s x ({LAST}") == RedisError("ERR invalid start ID for the interval")


def test_xdel_deletes_entries_and_counts_them(redis, five):
    assert redis("XDEL s 2-0 2-0 4 9-9") == 2
    assert ids(redis("XRANGE s - +")) == ["1-0", "3-0", "5-0"]
    assert redis("XDEL missing 1-0") == 0


def test_an_emptied_stream_is_kept(redis):
    fill(redis, "5-0")
    assert redis("XDEL s 5-0") == 1
    assert redis("EXISTS s") == 1 and redis("XLEN s") == 0
    assert redis("XRANGE s - +") == []
    assert redis("XADD s 4-0 a 1") == RedisError(TOO_SMALL)


def test_xdel_reads_all_ids_before_it_deletes_but_only_if_there_is_a_stream(redis, five):
    assert redis("XDEL s 1-0 x") == redis("XDEL s -") == RedisError(INVALID_ID)
    assert redis("XLEN s") == 5
    assert redis("XDEL missing x") == 0


def test_xsetid_sets_the_last_id_and_the_counters(redis, five):
    assert redis("XSETID s 9-1") == "OK"
    assert info(redis)["last-generated-id"] == b"9-1"
    assert redis("XSETID s 10 ENTRIESADDED 100 MAXDELETEDID 2-0") == "OK"
    assert info(redis)["entries-added"] == 100
    assert info(redis)["max-deleted-entry-id"] == b"2-0"
    assert redis("XADD s 10-0 a 1") == RedisError(TOO_SMALL)


@for_each(
    "args, error",
    [
        ("x", INVALID_ID),
        ("-", INVALID_ID),
        ("4-9", "ERR The ID specified in XSETID is smaller than the target stream top item"),
        ("9 ENTRIESADDED 4", BELOW_LENGTH),
        ("9 ENTRIESADDED -1", "ERR entries_added must be positive"),
        ("9 ENTRIESADDED x", NOT_AN_INTEGER),
        ("9 MAXDELETEDID x", INVALID_ID),
        ("9 MAXDELETEDID 9-1", BELOW_TOMBSTONE),
        ("9 MAXDELETEDID", SYNTAX),
        ("9 ENTRIESADDED", SYNTAX),
        ("9 junk", SYNTAX),
    ], keeps_keys=True,
)  # fmt: skip
def test_xsetid_says_what_is_wrong(redis, five, args, error):
    before = info(redis)
    assert redis(f"XSETID s {args}") == RedisError(error)
    assert info(redis) == before


def test_xsetid_needs_a_stream_after_it_has_read_its_arguments(redis):
    assert redis("XSETID missing 1-0") == RedisError(NO_SUCH_KEY)
    assert redis("XSETID missing x") == RedisError(INVALID_ID)


def test_the_last_id_of_an_empty_stream_may_go_down(redis):
    fill(redis, "5-0")
    redis("XTRIM s MAXLEN 0")
    assert redis("XSETID s 1-0") == "OK"
    assert redis("XADD s 1-1 a 1") == b"1-1"


def test_a_copy_of_a_stream_changes_alone(redis, five):
    redis("XGROUP CREATE s g 0")
    redis("XREADGROUP GROUP g c COUNT 2 STREAMS s >")
    assert redis("COPY s twin") == 1
    assert redis("XPENDING twin g") == [2, b"1-0", b"2-0", [[b"c", b"2"]]]
    redis("XACK twin g 1-0")
    redis("XADD twin 6-0 a 1")
    assert redis("XPENDING s g")[0] == 2
    assert redis("XLEN s") == 5


# Differences from the installed 7.0.


@pytest.fixture
def ours(our_address):
    client = Client(our_address)
    client("FLUSHALL")
    yield client
    client.close()


def test_xsetid_cannot_go_below_a_deleted_entry(ours):
    fill(ours, "1-0", "5-0")
    ours("XDEL s 5-0")
    error = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
    assert ours("XSETID s 3-0") == RedisError(error)
    assert ours("XSETID s 5-0") == "OK"


def test_an_id_whose_second_half_has_run_out_is_too_small(ours):
    ours(f"XADD s 5-{HIGHEST} a 1")
    assert ours("XADD s 5-* a 1") == RedisError(TOO_SMALL)
