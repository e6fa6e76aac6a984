"""The string commands."""

import random

import pytest
from harness import wait_until
from tables import for_each

from redis_clone.protocol.errors import (
    NOT_AN_INTEGER,
    SYNTAX,
    TOO_LONG,
    WRONG_TYPE,
    RedisError,
    wrong_arity,
)

BIGGEST, SMALLEST = 2**63 - 1, -(2**63)
FAR_FUTURE = 33177117420  # the year 3021, as a Unix time in seconds


def test_set_replaces_a_value_of_any_type_and_its_time_to_live(redis):
    redis("SADD k member")
    redis("EXPIRE k 100")
    assert redis("SET k text") == "OK"
    assert redis("GET k") == b"text"
    assert redis("TTL k") == -1


def test_a_string_holds_any_bytes_and_so_does_its_key(redis):
    everything = bytes(range(256))
    assert redis("SET", everything, everything + b"\r\n") == "OK"
    assert redis("GET", everything) == everything + b"\r\n"
    assert redis("STRLEN", everything) == 258
    assert redis("SET", b"", b"") == "OK"
    assert redis("GET", b"") == b""


def test_set_with_nx_only_makes_and_with_xx_only_replaces(redis):
    assert redis("SET k v XX") is None
    assert redis("EXISTS k") == 0
    assert redis("SET k v NX") == "OK"
    assert redis("SET k other NX") is None
    assert redis("GET k") == b"v"
    assert redis("SET k new xx") == "OK"
    assert redis("GET k") == b"new"


def test_set_with_get_returns_the_old_value_whether_or_not_it_sets(redis):
    assert redis("SET k one GET") is None
    assert redis("SET k two GET") == b"one"
    assert redis("SET k three NX GET") == b"two"
    assert redis("GET k") == b"two"
    assert redis("SET k three XX GET") == b"two"
    assert redis("SET missing v XX GET") is None
    assert redis("EXISTS missing") == 0
    assert redis("SET missing v NX GET") is None
    assert redis("GET missing") == b"v"


def test_set_with_get_wants_a_string_but_without_get_any_type_will_do(redis):
    redis("SADD s a")
    for words in ("GET", "NX GET", "XX GET EX 10"):
        assert redis(f"SET s v {words}") == RedisError(WRONG_TYPE)
    assert redis("TYPE s") == "set"
    assert redis("SET s v NX") is None
    assert redis("SET s v XX") == "OK"


@for_each(
    "words, left_ms",
    [("EX 100", 100_000), ("ex 100 nx", 100_000), ("PX 100000", 100_000), ("GET PX 70000", 70_000)],
)
def test_set_takes_a_time_to_live_in_seconds_or_milliseconds(redis, words, left_ms):
    redis(f"SET k v {words}")
    assert left_ms / 2 < redis("PTTL k") <= left_ms


@for_each("command", ["SET k v", "GETEX k"])
@for_each(
    "words, expire_at_ms",
    [(f"EXAT {FAR_FUTURE}", FAR_FUTURE * 1000), (f"PXAT {FAR_FUTURE}123", FAR_FUTURE * 1000 + 123)],
)
def test_set_and_getex_take_a_unix_time_in_seconds_or_milliseconds(redis, command, words, expire_at_ms):
    redis("SET k v")
    redis(f"{command} {words}")
    assert redis("PEXPIRETIME k") == expire_at_ms


@for_each("command", ["SET k v", "GETEX k"])
@for_each("words", ["EXAT 1", "PXAT 1"])
def test_a_unix_time_that_is_past_removes_the_key_at_once(redis, command, words):
    redis("SET k old")
    redis(f"{command} {words}")
    assert redis("EXISTS k") == 0


def test_set_with_keepttl_keeps_it_and_without_forgets_it(redis):
    redis("SET k v EX 100")
    redis("SET k w KEEPTTL")
    assert 50 < redis("TTL k") <= 100
    redis("SET k x KEEPTTL XX GET")
    assert 50 < redis("TTL k") <= 100
    redis("SET k y")
    assert redis("TTL k") == -1


def test_a_set_that_does_not_set_leaves_the_time_to_live_alone(redis):
    redis("SET k v EX 100")
    redis("SET k w EX 5 NX")
    redis("SET k w NX GET")
    assert redis("GET k") == b"v"
    assert 50 < redis("TTL k") <= 100


@for_each(
    "words",
    [
        "NX XX", "XX NX", "NX GET XX", "EX", "PX", "EXAT", "PXAT", "EX 10 PX 10", "PX 10 EX 10",
        "EX 10 PXAT 10", "EX 10 KEEPTTL", "KEEPTTL EX 10", "EX NX 10", "EX 10 11", "PERSIST", "NONSENSE",
        "EX abc NONSENSE",
    ],
)  # fmt: skip
def test_set_rejects_options_that_do_not_go_together(redis, words):
    redis("SET k old EX 100")
    assert redis(f"SET k v {words}") == RedisError(SYNTAX)
    assert redis("GET k") == b"old"


def test_the_same_option_may_be_said_twice_and_the_last_counts(redis):
    assert redis("SET k v NX NX") == "OK"
    assert redis("SET k v EX 10 EX 100") == "OK"
    assert 50 < redis("TTL k") <= 100
    assert redis("GETEX k EX 10 EX 200") == b"v"
    assert 150 < redis("TTL k") <= 200
    assert redis("GETEX k PERSIST PERSIST") == b"v"
    assert redis("TTL k") == -1


def each_way_of_setting_with_a_time(number):
    for option in ("EX", "PX", "EXAT", "PXAT"):
        yield f"SET k v {option} {number}", "set"
        yield f"GETEX k {option} {number}", "getex"
    yield f"SETEX k {number} v", "setex"
    yield f"PSETEX k {number} v", "psetex"


@pytest.mark.parametrize("number", ["0", "-1", SMALLEST])
def test_a_time_to_live_must_be_positive(redis, number):
    redis("SET k old")
    for command, name in each_way_of_setting_with_a_time(number):
        assert redis(command) == RedisError(f"ERR invalid expire time in '{name}' command"), command
    assert redis("GET k") == b"old"


@for_each("number", ["x", "1.5", "+1", "''", "9223372036854775808"])
def test_a_time_to_live_must_be_an_integer(redis, number):
    redis("SET k old")
    for command, _ in each_way_of_setting_with_a_time(number):
        assert redis(command) == RedisError(NOT_AN_INTEGER), command
    assert redis("GET k") == b"old"


def test_a_time_to_live_must_fit_into_64_bits_of_milliseconds(redis):
    redis("SET k old")
    too_large = {
        f"SET k v EX {BIGGEST // 1000}": "set",  # counted from now it is more
        f"SET k v EX {BIGGEST // 1000 + 1}": "set",
        f"SET k v PX {BIGGEST}": "set",
        f"SET k v EXAT {BIGGEST // 1000 + 1}": "set",
        f"GETEX k EX {BIGGEST // 1000}": "getex",
        f"SETEX k {BIGGEST // 1000} v": "setex",
        f"PSETEX k {BIGGEST} v": "psetex",
    }
    for command, name in too_large.items():
        assert redis(command) == RedisError(f"ERR invalid expire time in '{name}' command"), command
    assert redis("GET k") == b"old"
    assert redis(f"SET k v EXAT {BIGGEST // 1000}") == "OK"
    assert redis(f"SET k v PXAT {BIGGEST}") == "OK"
    assert redis("PEXPIRETIME k") == BIGGEST


def test_setex_and_psetex_set_a_value_and_its_time_to_live(redis):
    redis("SADD k member")
    assert redis("SETEX k 100 v") == "OK"
    assert 50 < redis("TTL k") <= 100
    assert redis("PSETEX k 100000 w") == "OK"
    assert 50_000 < redis("PTTL k") <= 100_000
    assert redis("GET k") == b"w"


def test_setnx_sets_only_what_is_not_there(redis):
    redis("SADD s a")
    assert redis("SETNX k v") == 1
    assert redis("SETNX k w") == 0
    assert redis("SETNX s w") == 0
    assert redis("GET k") == b"v"


def test_getset_returns_the_old_value_and_forgets_the_time_to_live(redis):
    assert redis("GETSET k one") is None
    redis("EXPIRE k 100")
    assert redis("GETSET k two") == b"one"
    assert redis("TTL k") == -1
    assert redis("GET k") == b"two"


def test_getdel_returns_a_value_and_deletes_it(redis):
    redis("SET k v")
    assert redis("GETDEL k") == b"v"
    assert redis("GETDEL k") is None
    assert redis("EXISTS k") == 0


def test_getex_returns_a_value_and_changes_its_time_to_live(redis):
    redis("SET k v")
    assert redis("GETEX k EX 100") == b"v"
    assert redis("GETEX k") == b"v"
    assert 50 < redis("TTL k") <= 100
    assert redis("GETEX k PX 100000") == b"v"
    assert 50_000 < redis("PTTL k") <= 100_000
    assert redis("GETEX k persist") == b"v"
    assert redis("TTL k") == -1


@for_each("words", ["EX", "EX 10 PX 10", "PERSIST EX 10", "EX 10 PERSIST", "EX 10 NX", "NX", "KEEPTTL"])
def test_getex_rejects_options_that_do_not_go_together(redis, words):
    assert redis(f"GETEX missing {words}") == RedisError(SYNTAX)


def test_getex_looks_for_the_key_before_it_looks_at_the_time(redis):
    redis("SADD s a")
    assert redis("GETEX missing EX 0") is None
    assert redis("GETEX missing EX soon") is None
    assert redis("GETEX s EX 0") == RedisError(WRONG_TYPE)


def test_mget_returns_null_for_what_is_missing_and_for_what_is_no_string(redis):
    redis("MSET a 1 b 2")
    redis("SADD s member")
    assert redis("MGET a s missing b a") == [b"1", None, None, b"2", b"1"]


def test_mset_sets_all_and_forgets_their_times_to_live(redis):
    redis("SET a old EX 100")
    redis("SADD b member")
    assert redis("MSET a 1 b 2 c 3 c 4") == "OK"
    assert redis("MGET a b c") == [b"1", b"2", b"4"]
    assert redis("TTL a") == -1


def test_msetnx_sets_all_or_none(redis):
    assert redis("MSETNX a 1 b 2 a 3") == 1
    assert redis("MGET a b") == [b"3", b"2"]
    assert redis("MSETNX c 1 b 5") == 0
    assert redis("MGET b c") == [b"2", None]


@pytest.mark.parametrize("name", ["mset", "msetnx"])
def test_a_key_without_its_value_is_an_arity_error_and_sets_nothing(redis, name):
    assert redis(f"{name} a 1 b") == wrong_arity(name)
    assert redis("EXISTS a b") == 0


def test_append_makes_a_string_or_makes_it_longer(redis):
    assert redis("APPEND k ''") == 0
    assert redis("EXISTS k") == 1
    assert redis("APPEND k Hello") == 5
    redis("EXPIRE k 100")
    assert redis("APPEND", "k", b"\x00\xff") == 7
    assert redis("GET k") == b"Hello\x00\xff"
    assert redis("STRLEN k") == 7
    assert 50 < redis("TTL k") <= 100


def test_strlen_of_a_missing_key_is_zero(redis):
    assert redis("STRLEN missing") == 0


def test_a_string_that_was_appended_to_is_a_string_in_every_way(redis):
    redis("SET k 1")
    redis("APPEND k 0")
    assert redis("TYPE k") == "string"
    assert redis("INCR k") == 11
    redis("APPEND k .5")
    assert redis("INCRBYFLOAT k 1") == b"12.5"
    redis("SETRANGE k 1 9")
    assert redis("MGET k") == [b"19.5"]
    assert redis("COPY k twin") == 1
    redis("APPEND k x")
    assert redis("GETSET k new") == b"19.5x"
    redis("APPEND twin y")
    assert redis("SET twin z GET") == b"19.5y"


@for_each(
    "start, end, part",
    [
        (0, -1, b"hello"), (0, 0, b"h"), (-3, -1, b"llo"), (1, 3, b"ell"), (3, 1, b""), (-1, -3, b""),
        (0, 100, b"hello"), (-100, 1, b"he"), (-100, -50, b"h"), (-50, -100, b""), (-100, -100, b"h"),
        (4, 4, b"o"), (5, 5, b""), (10, 20, b""), (0, -100, b"h"), (2, -2, b"ll"),
        (0, BIGGEST, b"hello"), (SMALLEST, -1, b"hello"), (BIGGEST, BIGGEST, b""),
    ],
)  # fmt: skip
def test_getrange_counts_from_both_ends_and_stops_at_them(redis, start, end, part):
    redis("SET k hello")
    assert redis("GETRANGE", "k", start, end) == part
    assert redis("SUBSTR", "k", start, end) == part


def test_getrange_of_nothing_is_empty(redis):
    redis("SET empty ''")
    assert redis("GETRANGE missing 0 -1") == b""
    assert redis("GETRANGE empty 0 0") == b""
    assert redis("GETRANGE missing x 0") == RedisError(NOT_AN_INTEGER)
    assert redis("GETRANGE missing 0 1.0") == RedisError(NOT_AN_INTEGER)


def test_setrange_writes_over_and_fills_the_gap_with_zero_bytes(redis):
    redis("SET k 'Hello World' EX 100")
    assert redis("SETRANGE k 6 Redis") == 11
    assert redis("GET k") == b"Hello Redis"
    assert redis("SETRANGE k 10 Y!") == 12
    assert redis("GET k") == b"Hello RediY!"
    assert 50 < redis("TTL k") <= 100
    assert redis("SETRANGE fresh 3 abc") == 6
    assert redis("GET fresh") == b"\x00\x00\x00abc"


def test_setrange_of_nothing_makes_nothing(redis):
    redis("SET k hello")
    assert redis("SETRANGE k 100 ''") == 5
    assert redis("SETRANGE missing 100 ''") == 0
    assert redis("EXISTS missing") == 0


@for_each(
    "words, error",
    [
        ("-1 x", "ERR offset is out of range"),
        ("-1 ''", "ERR offset is out of range"),
        ("x x", NOT_AN_INTEGER),
        ("536870912 x", TOO_LONG),
        ("536870910 xyz", TOO_LONG),
        (f"{BIGGEST} x", TOO_LONG),
    ],
)
def test_setrange_keeps_within_512_megabytes(redis, words, error):
    redis("SET k hello")
    assert redis(f"SETRANGE k {words}") == RedisError(error)
    assert redis("GET k") == b"hello"
    assert redis(f"SETRANGE missing {words}") == RedisError(error)
    assert redis("EXISTS missing") == 0


@for_each(
    "command",
    [
        "GET s", "GETSET s v", "GETDEL s", "GETEX s", "GETEX s PERSIST", "STRLEN s", "APPEND s x",
        "GETRANGE s 0 1", "SUBSTR s 0 1", "SETRANGE s 0 x", "SETRANGE s 0 ''", "INCR s", "DECR s",
        "INCRBY s 1", "DECRBY s 1",
        "INCRBYFLOAT s 1", "INCRBYFLOAT s nonsense",
    ],
)  # fmt: skip
def test_a_set_is_the_wrong_type_and_stays_as_it_is(redis, command):
    redis("SADD s member")
    assert redis(command) == RedisError(WRONG_TYPE)
    assert redis("SMEMBERS s") == [b"member"]


@for_each("command", ["INCRBY s x", "DECRBY s x", "GETRANGE s x 1", "SETRANGE s x v"])
def test_the_number_is_looked_at_before_the_type(redis, command):
    redis("SADD s member")
    assert redis(command) == RedisError(NOT_AN_INTEGER)


@for_each("command", ["GET k", "STRLEN k", "GETRANGE k 0 -1", "INCR k", "APPEND k x", "SETNX k v"])
def test_a_string_that_has_expired_is_not_there(redis, command):
    redis("SET fresh 1")
    expected = redis(command.replace(" k", " none", 1))
    redis("SET k 5 PX 1")
    wait_until(lambda: not redis("EXISTS k"))
    assert redis(command) == expected


@pytest.mark.parametrize(
    "command, answer",
    [
        ("GET missing", None), ("GETSET fresh 1", None), ("GETDEL missing", None), ("GETEX missing", None),
        ("MGET missing", [None]), ("SET k v XX", None), ("SET k v NX GET", None), ("SETNX k v", 1),
        ("MSETNX k v", 1), ("INCR n", 1), ("STRLEN missing", 0), ("APPEND k xyz", 3),
    ],
)  # fmt: skip
def test_resp3_has_one_null_and_its_numbers_stay_numbers(redis3, command, answer):
    reply = redis3(command)
    assert reply == answer
    assert type(reply) is type(answer)


def test_lcs_returns_the_common_letters_their_number_or_their_places(redis):
    redis("MSET one ohmytext two mynewtext")
    assert redis("LCS one two") == b"mytext"
    assert redis("LCS one two LEN") == 6
    assert redis("LCS one two IDX") == [b"matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], b"len", 6]
    assert redis("LCS one two IDX MINMATCHLEN 4") == [b"matches", [[[4, 7], [5, 8]]], b"len", 6]
    assert redis("LCS one two minmatchlen 4 idx withmatchlen") == [
        b"matches",
        [[[4, 7], [5, 8], 4]],
        b"len",
        6,
    ]
    assert redis("LCS one two IDX MINMATCHLEN -1") == redis("LCS one two IDX")


def test_lcs_takes_a_missing_key_for_an_empty_string(redis):
    redis("SET k text")
    assert redis("LCS k missing") == b""
    assert redis("LCS missing k LEN") == 0
    assert redis("LCS missing missing IDX") == [b"matches", [], b"len", 0]


def test_lcs_with_idx_is_a_map_in_resp3(redis3):
    redis3("MSET one abc two xbc")
    assert redis3("LCS one two IDX WITHMATCHLEN") == {b"matches": [[[1, 2], [1, 2], 2]], b"len": 2}


@for_each(
    "words, error",
    [
        ("k missing LEN IDX", "ERR If you want both the length and indexes, please just use IDX."),
        ("k missing MINMATCHLEN", SYNTAX),
        ("k missing NONSENSE", SYNTAX),
        ("k missing MINMATCHLEN x", NOT_AN_INTEGER),
        ("k missing LEN IDX NONSENSE", SYNTAX),
        ("k s NONSENSE", "ERR The specified keys must contain string values"),
        ("s k", "ERR The specified keys must contain string values"),
    ],
)
def test_lcs_says_what_is_wrong_with_its_arguments(redis, words, error):
    redis("SET k text")
    redis("SADD s member")
    assert redis(f"LCS {words}") == RedisError(error)


@pytest.mark.parametrize("alphabet", [b"ab", b"abcd", bytes(range(256))])
def test_lcs_agrees_with_redis_on_random_strings(both, alphabet):
    dice = random.Random(len(alphabet))
    for _ in range(40):
        one, two = (bytes(dice.choices(alphabet, k=dice.randrange(60))) for _ in "12")
        both("MSET", "one", one, "two", two)
        for words in ("", "LEN", "IDX WITHMATCHLEN"):
            ours, real = both(f"LCS one two {words}")
            assert ours == real, (one, two, words)


def test_each_command_knows_how_many_arguments_it_takes(redis):
    for line in (
        "GET", "GET a b", "SET a", "SETNX a", "SETEX a 1", "PSETEX a 1", "GETSET a", "GETDEL", "GETDEL a b",
        "GETEX", "MGET", "MSET", "MSET a", "MSETNX a", "STRLEN", "APPEND a", "GETRANGE a 0", "SUBSTR a 0 1 2",
        "SETRANGE a 0", "INCR", "INCR a 1", "DECR", "INCRBY a", "DECRBY a 1 2", "INCRBYFLOAT a", "LCS a",
    ):  # fmt: skip
        assert redis(line) == wrong_arity(line.split()[0].lower()), line


def test_lcs_of_strings_that_are_too_long_together_is_rejected(redis):
    redis("SET", "a", b"x" * 1_000_000)
    redis("SET", "b", b"x" * 134)
    for words in ("LCS a b", "LCS a b LEN", "LCS a b IDX"):
        assert redis(words) == RedisError(
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
        )


def test_keepttl_keeps_no_time_to_live_that_is_over(redis):
    redis("SET k v PXAT 1"), redis("SET k w KEEPTTL")
    assert redis("GET k") == b"w" and redis("TTL k") == -1
