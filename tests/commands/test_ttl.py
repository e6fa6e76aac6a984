"""Times to live: EXPIRE and its family, TTL and its family, PERSIST."""

import time

from harness import wait_until
from tables import for_each

from redis_clone.protocol.errors import NOT_AN_INTEGER, RedisError, wrong_arity

BIGGEST, SMALLEST = 2**63 - 1, -(2**63)
FAR_FUTURE = 33177117420  # the year 3021, as a Unix time in seconds
FAMILY = ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"]


@for_each(
    "command, left_ms",
    [
        ("EXPIRE k 100", 100_000),
        ("PEXPIRE k 70000", 70_000),
        ("SETEX k 100 v", 100_000),
        ("PSETEX k 70000 v", 70_000),
    ],
)
def test_a_key_has_the_time_to_live_that_was_set(redis, command, left_ms):
    redis("SET k v")
    before_ms = time.time() * 1000
    redis(command)
    after_ms = time.time() * 1000
    assert left_ms / 2 < redis("PTTL k") <= left_ms
    assert before_ms - 1 <= redis("PEXPIRETIME k") - left_ms <= after_ms + 1


def test_expireat_and_pexpireat_take_a_unix_time(redis):
    redis("SET k v")
    assert redis(f"EXPIREAT k {FAR_FUTURE}") == 1
    assert redis("PEXPIRETIME k") == FAR_FUTURE * 1000
    assert redis(f"PEXPIREAT k {FAR_FUTURE}123") == 1
    assert redis("PEXPIRETIME k") == FAR_FUTURE * 1000 + 123


@for_each("command", FAMILY)
def test_a_missing_key_gets_no_time_to_live(redis, command):
    assert redis(f"{command} missing 100") == 0
    assert redis(f"{command} missing -100") == 0


@for_each("command", ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"])
def test_a_key_that_lives_for_ever_has_minus_one_left_and_a_missing_one_minus_two(redis, command):
    redis("SET k v")
    assert redis(f"{command} k") == -1
    assert redis(f"{command} missing") == -2


def test_seconds_are_rounded_to_the_nearest(redis):
    for line in ("MULTI", "SET k v PX 1900", "TTL k", "SET k v PX 400", "TTL k"):  # all in one instant
        redis(line)
    assert redis("EXEC") == ["OK", 2, "OK", 0]
    for milliseconds, seconds in ((0, 0), (499, 0), (500, 1), (999, 1)):
        redis(f"PEXPIREAT k {FAR_FUTURE * 1000 + milliseconds}")
        assert redis("EXPIRETIME k") == FAR_FUTURE + seconds


@for_each("command", FAMILY)
@for_each("number", [0, -1, SMALLEST // 1000 + 1])
def test_a_time_that_is_past_deletes_the_key(redis, command, number):
    redis("SET k v")
    assert redis(f"{command} k {number}") == 1
    assert redis("EXISTS k") == 0


def test_persist_takes_the_time_to_live_away(redis):
    redis("SET k v EX 100")
    assert redis("PERSIST k") == 1
    assert redis("PERSIST k") == 0
    assert redis("PERSIST missing") == 0
    assert redis("TTL k") == -1


@for_each(
    "condition, without, shorter, same, longer",
    [
        ("", 1, 1, 1, 1),
        ("NX", 1, 0, 0, 0),
        ("XX", 0, 1, 1, 1),
        ("GT", 0, 0, 0, 1),
        ("LT", 1, 1, 0, 0),
        ("xx gt", 0, 0, 0, 1),
        ("LT XX", 0, 1, 0, 0),
        ("NX NX", 1, 0, 0, 0),
    ],
)
def test_expire_changes_a_time_to_live_only_on_its_condition(
    redis, condition, without, shorter, same, longer
):
    now = int(time.time())
    redis("SET k v")
    assert redis(f"EXPIREAT k {now + 500} {condition}") == without
    assert redis("TTL k") == -1 or without
    for expire_at, changes in ((now + 100, shorter), (now + 500, same), (now + 900, longer)):
        redis(f"EXPIREAT k {now + 500}")
        assert redis(f"EXPIREAT k {expire_at} {condition}") == changes
        assert redis("EXPIRETIME k") == (expire_at if changes else now + 500)


def test_a_time_that_is_past_deletes_only_on_the_condition_too(redis):
    redis("SET k v EX 100")
    assert redis("EXPIRE k -1 GT") == 0
    assert redis("EXPIRE k -1 NX") == 0
    assert redis("EXISTS k") == 1
    assert redis("EXPIRE k -1 LT") == 1
    assert redis("EXISTS k") == 0


@for_each("command", FAMILY)
@for_each(
    "words, error",
    [
        ("10 NX XX", "ERR NX and XX, GT or LT options at the same time are not compatible"),
        ("10 GT NX", "ERR NX and XX, GT or LT options at the same time are not compatible"),
        ("10 NX LT GT", "ERR NX and XX, GT or LT options at the same time are not compatible"),
        ("10 GT LT", "ERR GT and LT options at the same time are not compatible"),
        ("10 GT NX BAD", "ERR Unsupported option BAD"),
        ("soon bad", "ERR Unsupported option bad"),
        ("soon", NOT_AN_INTEGER),
        ("1.5", NOT_AN_INTEGER),
        ("'' NX", NOT_AN_INTEGER),
        ("9223372036854775808", NOT_AN_INTEGER),
    ],
)
def test_expire_says_what_is_wrong_before_it_looks_for_the_key(redis, command, words, error):
    redis("SET k v EX 100")
    assert redis(f"{command} k {words}") == RedisError(error)
    assert redis(f"{command} missing {words}") == RedisError(error)
    assert 50 < redis("TTL k") <= 100


@for_each(
    "command, number",
    [
        ("EXPIRE", BIGGEST),
        ("EXPIRE", BIGGEST // 1000),  # counted from now it is too much
        ("EXPIRE", SMALLEST),
        ("PEXPIRE", BIGGEST),
        ("EXPIREAT", BIGGEST // 1000 + 1),
        ("EXPIREAT", SMALLEST // 1000),
    ],
)
def test_a_time_must_fit_into_64_bits_of_milliseconds(redis, command, number):
    redis("SET k v")
    error = RedisError(f"ERR invalid expire time in '{command.lower()}' command")
    assert redis(f"{command} k {number}") == error
    assert redis(f"{command} missing {number}") == error
    assert redis("TTL k") == -1


def test_the_last_time_that_fits_into_64_bits_is_kept(redis):
    redis("SET k v")
    assert redis(f"PEXPIREAT k {BIGGEST}") == 1
    assert redis("PEXPIRETIME k") == BIGGEST
    assert redis(f"PEXPIREAT k {SMALLEST}") == 1
    assert redis("EXISTS k") == 0


@for_each(
    "make, change",
    [
        ("SADD k a", "SADD k b"),
        ("SET k 1", "INCR k"),
        ("SET k 1", "APPEND k 2"),
        ("SET k 1", "SETRANGE k 0 2"),
        ("SET k 1", "SET k 2 KEEPTTL"),
    ],
)
def test_a_value_that_is_changed_in_place_keeps_its_time_to_live(redis, make, change):
    redis(make)
    redis("EXPIRE k 100")
    redis(change)
    assert 50 < redis("TTL k") <= 100


@for_each("renew", ["SET k new", "GETSET k new", "MSET k new", "SUNIONSTORE k s", "COPY s k REPLACE"])
def test_a_value_that_is_replaced_lives_for_ever(redis, renew):
    redis("SADD s a")
    redis("SET k v EX 100")
    redis(renew)
    assert redis("TTL k") == -1


def test_a_key_that_is_deleted_and_made_again_lives_for_ever(redis):
    redis("SET k v EX 100")
    redis("DEL k")
    redis("SET k v")
    assert redis("TTL k") == -1


@for_each(
    "command, answer",
    [
        ("GET k", None), ("EXISTS k", 0), ("TYPE k", "none"), ("TTL k", -2), ("PTTL k", -2),
        ("EXPIRETIME k", -2),
        ("PERSIST k", 0), ("EXPIRE k 100", 0), ("DEL k", 0), ("UNLINK k", 0), ("TOUCH k", 0), ("KEYS *", []),
        ("SCAN 0", [b"0", []]), ("RANDOMKEY", None), ("RENAME k other", RedisError("ERR no such key")),
        ("COPY k other", 0), ("MOVE k 1", 0), ("SET k v XX", None), ("SET k v NX", "OK"),
        ("SET k v GET", None),
        ("SETNX k v", 1), ("MSETNX k v", 1), ("GETDEL k", None), ("GETEX k", None), ("MGET k", [None]),
        ("INCR k", 1),
        ("APPEND k x", 1), ("STRLEN k", 0), ("SADD k a", 1), ("SCARD k", 0),
    ],
)  # fmt: skip
def test_no_command_sees_an_expired_key(redis, command, answer):
    redis("SET k 5 PX 1")
    redis("SET later 5 PX 1")
    wait_until(lambda: not redis("EXISTS later"))  # so that no command has touched k itself since
    assert redis(command) == answer


def test_a_key_that_is_made_in_place_of_an_expired_one_starts_afresh(redis):
    redis("SET k 5 PX 1")
    wait_until(lambda: not redis("EXISTS k"))
    assert redis("SADD k a") == 1
    assert redis("TTL k") == -1


def test_each_command_knows_how_many_arguments_it_takes(redis):
    for line in (
        "EXPIRE k",
        "PEXPIRE k",
        "EXPIREAT k",
        "PEXPIREAT",
        "TTL",
        "TTL k k",
        "PTTL",
        "PERSIST",
        "EXPIRETIME",
    ):
        assert redis(line) == wrong_arity(line.split()[0].lower()), line
