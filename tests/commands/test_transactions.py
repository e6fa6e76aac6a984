"""MULTI, EXEC, DISCARD, WATCH and UNWATCH."""

import pytest
from harness import ours_alone, wait_until
from tables import for_each

from redis_clone.protocol.errors import NOT_AN_INTEGER, RedisError, wrong_arity
from redis_clone.protocol.replies import NULL_ARRAY

ABORTED = RedisError("EXECABORT Transaction discarded because of previous errors.")
NESTED = RedisError("ERR MULTI calls can not be nested")
WATCH_INSIDE = RedisError("ERR WATCH inside MULTI is not allowed")


def executes(redis):
    """Does EXEC run, or has a watched key changed?"""
    redis("MULTI")
    redis("PING")
    reply = redis("EXEC")
    assert reply in (["PONG"], NULL_ARRAY)
    return reply is not NULL_ARRAY


def test_exec_runs_what_was_queued_and_returns_every_reply(redis):
    assert redis("MULTI") == "OK"
    assert redis("SET a 1") == "QUEUED"
    assert redis("INCR a") == "QUEUED"
    assert redis("SADD s x y") == "QUEUED"
    assert redis("GET missing") == "QUEUED"
    assert redis("EXEC") == ["OK", 2, 2, None]
    assert redis("GET a") == b"2"


def test_nothing_is_run_before_exec(redis, other):
    redis("MULTI")
    redis("SET a 1")
    assert other("EXISTS a") == 0
    redis("EXEC")
    assert other("EXISTS a") == 1


def test_an_empty_transaction_is_fine(redis):
    redis("MULTI")
    assert redis("EXEC") == []


def test_discard_drops_what_was_queued(redis):
    redis("MULTI")
    redis("SET a 1")
    assert redis("DISCARD") == "OK"
    assert redis("EXISTS a") == 0
    assert redis("EXEC") == RedisError("ERR EXEC without MULTI")


def test_exec_and_discard_want_a_multi(redis):
    assert redis("EXEC") == RedisError("ERR EXEC without MULTI")
    assert redis("DISCARD") == RedisError("ERR DISCARD without MULTI")


@pytest.mark.parametrize("command, error", [("MULTI", NESTED), ("WATCH a", WATCH_INSIDE)])
def test_multi_and_watch_inside_a_transaction_fail_and_it_goes_on(redis, command, error):
    redis("MULTI")
    redis("SET a 1")
    assert redis(command) == error
    redis("SET b 2")
    assert redis("EXEC") == ["OK", "OK"]
    assert redis("MGET a b") == [b"1", b"2"]


@for_each(
    "line", ["NONSENSE", "GET", "SET a", "CLIENT NONSENSE", "CONFIG SET a", "WATCH", "DISCARD x", "MULTI x"]
)
def test_a_command_that_cannot_be_queued_makes_exec_fail(redis, line):
    redis("MULTI")
    redis("SET a 1")
    assert isinstance(redis(line), RedisError)
    assert redis("SET b 2") == "QUEUED"
    assert redis("EXEC") == ABORTED
    assert redis("EXISTS a b") == 0
    assert redis("EXEC") == RedisError("ERR EXEC without MULTI")


def test_exec_with_arguments_ends_the_transaction(redis):
    redis("MULTI")
    redis("SET a 1")
    assert redis("EXEC now") == RedisError(
        "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"
    )
    assert redis("EXEC") == RedisError("ERR EXEC without MULTI")
    assert redis("EXISTS a") == 0


def test_an_error_inside_exec_stops_nothing(redis):
    redis("SET word abc")
    redis("MULTI")
    for line in ("SET a 1", "INCR word", "SADD word x", "DEBUG NONSENSE", "SET b 2"):
        assert redis(line) == "QUEUED"
    first, not_a_number, wrong_type, nonsense, last = redis("EXEC")
    assert (first, last) == ("OK", "OK")
    assert not_a_number == RedisError(NOT_AN_INTEGER)
    assert str(wrong_type).startswith("WRONGTYPE")
    assert str(nonsense).startswith("ERR unknown subcommand")
    assert redis("MGET a b word") == [b"1", b"2", b"abc"]


def test_a_reply_is_what_it_was_when_its_command_ran(redis):
    redis("SET text x")
    redis("APPEND text y")
    redis("SADD s a")
    redis("HSET h f v")
    redis("RPUSH l a")
    redis("MULTI")
    for line in ("GET text", "MGET text", "SMEMBERS s", "HGETALL h", "LRANGE l 0 -1"):
        redis(line)
    for line in ("APPEND text z", "SADD s b", "HSET h g w", "RPUSH l b"):
        redis(line)
    assert redis("EXEC")[:5] == [b"xy", [b"xy"], [b"a"], [b"f", b"v"], [b"a"]]


def test_select_inside_a_transaction_holds_for_what_follows_and_after(redis):
    redis("MULTI")
    redis("SET k zero")
    redis("SELECT 5")
    redis("SET k five")
    assert redis("EXEC") == ["OK"] * 3
    assert redis("GET k") == b"five"
    redis("SELECT 0")
    assert redis("GET k") == b"zero"


def test_the_whole_transaction_sees_one_instant(redis):
    redis("SET k v PX 1")
    redis("SET later v PX 1")
    wait_until(lambda: not redis("EXISTS later"))
    redis("MULTI")
    redis("EXISTS k")
    redis("SET k w NX")
    redis("TTL k")
    assert redis("EXEC") == [0, "OK", -1]


def test_quit_inside_a_transaction_is_done_at_once_and_drops_it(redis, other):
    redis("MULTI")
    redis("SET a 1")
    assert redis("QUIT") == "OK"
    assert redis.is_closed()
    assert other("EXISTS a") == 0


def test_a_lost_connection_drops_its_transaction_and_its_watches(redis, connect):
    leaving = connect()
    leaving("WATCH w")
    leaving("MULTI")
    leaving("SET a 1")
    leaving.close()
    wait_until(lambda: b" multi=1 " not in redis("CLIENT LIST"))
    assert redis("EXISTS a") == 0
    assert redis("SET w 1") == "OK"


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_failed_exec_is_the_null_array_in_resp2_and_null_in_resp3(connect, other, protocol):
    redis = connect(protocol)
    redis("WATCH k")
    other("SET k v")
    redis("MULTI")
    redis("SET k mine")
    assert redis("EXEC") is (NULL_ARRAY if protocol == 2 else None)
    assert redis("GET k") == b"v"


def test_a_watch_holds_until_the_next_exec_and_no_longer(redis, other):
    redis("WATCH k")
    other("SET k v")
    assert not executes(redis)
    assert executes(redis)
    redis("WATCH k")
    assert executes(redis)
    other("SET k w")
    assert executes(redis)


@for_each("ending", ["UNWATCH", "MULTI|DISCARD", "MULTI|NONSENSE|EXEC", "RESET"])
def test_a_watch_ends_with_unwatch_and_with_every_end_of_a_transaction(redis, other, ending):
    redis("WATCH k")
    other("SET k v")
    for line in ending.split("|"):
        redis(line)
    assert executes(redis)


def test_unwatch_inside_a_transaction_is_queued_and_too_late(redis, other):
    redis("WATCH k")
    redis("MULTI")
    assert redis("UNWATCH") == "QUEUED"
    other("SET k v")
    assert redis("EXEC") is NULL_ARRAY


CHANGES = [
    "SET k new", "SET k 5", "DEL k", "INCR k", "APPEND k x", "SETRANGE k 0 x", "GETSET k x", "GETDEL k",
    "GETEX k EX 10",
    "MSET other 1 k 2", "RENAME k other", "RENAME here k", "MOVE k 1", "COPY here k REPLACE", "EXPIRE k 100",
    "EXPIRE k -1", "PEXPIREAT k 1", "FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "SWAPDB 1 0", "UNLINK k",
    "SUNIONSTORE k members", "SET k v KEEPTTL", "INCRBYFLOAT k 0",
]  # fmt: skip


@for_each("change", CHANGES)
@for_each("changer", ["redis", "other"])
def test_exec_does_nothing_once_a_watched_key_was_changed_by_anyone(redis, other, changer, change):
    redis("MSET k 5 here 1")
    redis("SADD members a")
    redis("WATCH k")
    reply = (redis if changer == "redis" else other)(change)
    assert not isinstance(reply, RedisError)
    assert not executes(redis)


@for_each(
    "command",
    [
        "GET k", "TTL k", "EXISTS k", "TOUCH k", "STRLEN k", "SET k v NX", "SETNX k v", "MSETNX k 1 fresh 2",
        "GETEX k",
        "GETEX k PERSIST", "PERSIST k", "SETRANGE k 0 ''", "EXPIRE k 10 XX", "COPY k copy", "COPY here k",
        "RENAME k k",
        "RENAMENX here k", "MOVE k 0", "DEL missing", "SADD k x", "SWAPDB 2 3", "SWAPDB 0 0", "SET other 1",
        "FLUSHDB BAD",
        "SCAN 0", "KEYS *", "MULTI", "INCRBY k x", "SMOVE members members nobody",
    ],
)  # fmt: skip
def test_what_leaves_a_watched_key_as_it_is_does_not_count(redis, other, command):
    redis("MSET k 5 here 1")
    redis("SADD members a")
    redis("WATCH k")
    other(command)
    assert executes(redis)


@for_each(
    "commands, runs",
    [
        ("DEL k", True),
        ("FLUSHDB", True),
        ("FLUSHALL", True),
        ("SWAPDB 0 1", True),
        ("SET k v XX", True),
        ("SET k v", False),
        ("SET k v|DEL k", False),
        ("SET other v|RENAME other k", False),
        ("SADD k v", False),
        ("SELECT 1|SET k v", True),
        ("SELECT 1|SET k v|SWAPDB 0 1", False),
        ("SELECT 1|SET k v|MOVE k 0", False),
        ("SELECT 1|SET k v|COPY k k DB 0", False),
    ],
)
def test_watching_a_key_that_is_missing_waits_for_it_to_come(redis, other, commands, runs):
    redis("WATCH k")
    for command in commands.split("|"):
        other(command)
    assert executes(redis) is runs


def test_a_key_that_was_deleted_and_made_again_has_changed(redis, other):
    redis("SET k v")
    redis("WATCH k")
    other("DEL k")
    other("SET k v")
    assert not executes(redis)


def test_an_empty_append_counts_as_a_change(redis, other):
    redis("SET k v")
    redis("WATCH k")
    other("APPEND k ''")
    assert not executes(redis)


def test_a_key_that_expires_while_it_is_watched_has_changed(redis, other):
    def watches_what_is_there():
        redis("UNWATCH")
        redis("SET k v PX 20")
        redis("WATCH k")
        return redis("PTTL k") > 0  # on a busy machine it may have gone by now

    wait_until(watches_what_is_there)
    wait_until(lambda: not other("EXISTS k"))
    assert not executes(redis)


# What is done while a key is watched that has expired or is missing, and whether EXEC runs then.
AFTER_WATCH = {
    "PING": True, "GET k": True, "DEL k": True, "ZRANGESTORE k none 0 -1": True, "FLUSHDB": True,
    "SET k 2": False, "SET k 2 PXAT 1": False, "COPY other k": False, "RENAME other k": False,
    "SWAPDB 0 1": True, "SWAPDB 0 2": False, "SWAPDB 0 3": True,
}  # fmt: skip


@pytest.mark.parametrize("begin", ["SET k 1 PXAT 1", "DEL k"])
def test_a_key_that_is_over_or_missing_when_it_is_watched_changes_only_by_a_new_value(redis, begin):
    redis("DEBUG SET-ACTIVE-EXPIRE 0")
    runs = {}
    for line in AFTER_WATCH:
        (
            redis("FLUSHALL"),
            redis("SELECT 2"),
            redis("SET k live"),
            redis("SELECT 3"),
            redis("SET k old PXAT 1"),
        )
        redis("SELECT 0"), redis("SET other 1"), redis(begin)
        redis("WATCH k"), redis(line), redis("MULTI"), redis("PING")
        runs[line] = redis("EXEC") == ["PONG"]
    redis("DEBUG SET-ACTIVE-EXPIRE 1")
    assert runs == AFTER_WATCH


def test_a_key_that_had_expired_when_it_was_watched_has_not_changed(redis):
    redis("SET k v PX 1")
    redis("SET later v PX 1")
    wait_until(lambda: not redis("EXISTS later"))
    redis("WATCH k")
    assert executes(redis)


def test_one_changed_key_of_many_is_enough(redis, other):
    redis("WATCH a b c")
    redis("WATCH d a a")
    other("SET c v")
    assert not executes(redis)


def test_watching_a_key_again_does_not_forget_what_happened_since(redis, other):
    redis("WATCH k")
    other("SET k v")
    redis("WATCH k")
    assert not executes(redis)


def test_a_watch_is_for_the_database_in_which_it_was_said(redis, other):
    redis("SELECT 1")
    redis("WATCH k")
    redis("SELECT 0")
    other("SET k v")
    assert executes(redis)
    redis("SELECT 1")
    redis("WATCH k")
    redis("SELECT 0")
    other("SELECT 1")
    other("SET k v")
    assert not executes(redis)


def test_clients_watch_without_knowing_of_each_other(redis, other, connect):
    third = connect()
    for client in (redis, other, third):
        client("WATCH k")
    other("UNWATCH")
    third.close()
    connect()("SET k v")
    assert not executes(redis)
    assert executes(other)


def test_of_two_that_watch_and_write_the_same_key_the_first_wins(redis, other):
    for client in (redis, other):
        client("WATCH k")
        client("GET k")
        client("MULTI")
        client("INCR k")
    assert redis("EXEC") == [1]
    assert other("EXEC") is NULL_ARRAY
    assert redis("GET k") == b"1"


def test_ones_own_transaction_is_no_change_for_its_watch(redis):
    redis("WATCH k")
    redis("MULTI")
    redis("SET k 1")
    redis("SET k 2")
    assert redis("EXEC") == ["OK", "OK"]


def test_a_queued_command_is_no_change_until_its_exec(redis, other):
    redis("WATCH k")
    other("MULTI")
    other("SET k v")
    assert executes(redis)
    redis("WATCH k")
    other("EXEC")
    assert not executes(redis)


def test_a_command_that_could_not_be_queued_counts_before_a_changed_key(redis, other):
    redis("WATCH k")
    other("SET k v")
    redis("MULTI")
    redis("NONSENSE")
    assert redis("EXEC") == ABORTED


def test_what_comes_when_exec_will_run_nothing_is_not_kept(redis, other):
    def queued():
        lines = other("CLIENT LIST").split(b"\n")
        return next(line.split(b" multi=")[1].split()[0] for line in lines if b" name=me " in line)

    redis("CLIENT SETNAME me")
    for line in ("MULTI", "GET a", "SET", "GET a"):
        redis(line)
    assert queued() == b"1"
    redis("DISCARD"), redis("WATCH a"), other("SET a 1"), redis("MULTI")
    assert redis("GET a") == "QUEUED" and queued() == b"0"


@pytest.mark.parametrize("protocol", [2, 3])
def test_one_may_subscribe_inside_a_transaction(connect, other, protocol):
    redis = connect(protocol)
    redis("MULTI")
    redis("SUBSCRIBE a")
    redis("SET k v")
    assert redis("EXEC") == [[b"subscribe", b"a", 1], "OK"]
    other("PUBLISH a hello")
    assert redis.read() == [b"message", b"a", b"hello"]


@ours_alone  # 7.0 puts the messages into the middle of the reply
@pytest.mark.parametrize("protocol", [2, 3])
def test_messages_to_oneself_come_after_the_reply_of_exec(connect, protocol):
    redis = connect(protocol)
    redis("MULTI")
    redis("SUBSCRIBE a")
    redis("PUBLISH a one")
    redis("PUBLISH a two")
    assert redis("EXEC") == [[b"subscribe", b"a", 1], 1, 1]
    assert redis.read() == [b"message", b"a", b"one"]
    assert redis.read() == [b"message", b"a", b"two"]
    assert redis("PING") == ([b"pong", b""] if protocol == 2 else "PONG")


@for_each("command", ["MULTI x", "EXEC x", "DISCARD x", "WATCH", "UNWATCH x"])
def test_each_command_knows_how_many_arguments_it_takes(redis, command):
    if command == "EXEC x":
        assert str(redis(command)).endswith("wrong number of arguments for 'exec' command")
    else:
        assert redis(command) == wrong_arity(command.split()[0].lower())


def test_too_many_arguments_are_found_out_only_when_the_command_runs(redis):
    redis("MULTI")
    assert redis("LPOP l 1 2") == "QUEUED"
    assert redis("SET a 1") == "QUEUED"
    assert redis("EXEC") == [RedisError("ERR wrong number of arguments for 'lpop' command"), "OK"]


@for_each(
    "line",
    [
        "XACK x g 1-1",
        "XCLAIM x g other 0 1-1",
        "XAUTOCLAIM x g other 0 0",
        "XREADGROUP GROUP g me STREAMS x >",
        "XREADGROUP GROUP g other NOACK STREAMS x >",
        "XGROUP CREATECONSUMER x g other",
        "XGROUP DELCONSUMER x g me",
        "XGROUP CREATE x another 0",
        "XGROUP SETID x g 0",
        "XGROUP DESTROY x g",
        "XSETID x 9-9",
    ],
)
def test_what_readers_of_a_stream_do_is_no_change_of_the_stream(redis, other, line):
    for feeding in ("XADD x 1-1 f v", "XADD x 2-1 f v", "XGROUP CREATE x g 0"):
        redis(feeding)
    redis("XREADGROUP GROUP g me COUNT 1 STREAMS x >")
    redis("WATCH x")
    assert not isinstance(other(line), RedisError)
    redis("MULTI")
    redis("PING")
    assert redis("EXEC") == ["PONG"]


@for_each("line", ["XADD x * f v", "XDEL x 1-1", "XTRIM x MAXLEN 0", "PFCOUNT h"])
def test_but_what_changes_its_entries_is_and_so_is_the_cache_of_a_hyperloglog(redis, other, line):
    redis("XADD x 1-1 f v")
    redis("PFADD h a")
    redis("WATCH x h")
    other(line)
    redis("MULTI")
    redis("PING")
    assert redis("EXEC") is NULL_ARRAY


def test_a_rejected_exec_is_counted_by_its_reply(redis):
    redis("CONFIG RESETSTAT")
    redis("MULTI")
    assert str(redis("EXEC now")).startswith("EXECABORT Transaction discarded because of: wrong number")
    assert redis("INFO errorstats").splitlines()[1:] == [b"errorstat_EXECABORT:count=1"]
