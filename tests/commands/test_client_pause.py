"""CLIENT PAUSE and UNPAUSE: which commands are postponed, until when, and in which order they run."""

import time

import pytest
from harness import ours_alone, wait_until
from tables import for_each

from redis_clone.protocol.errors import RedisError, wrong_arity
from redis_clone.protocol.replies import NULL_ARRAY

pytestmark = pytest.mark.usefixtures("unpaused")


@pytest.fixture
def unpaused(connect):
    """Leaves no pause behind, for all tests share one server."""
    last = connect()
    yield
    last("CLIENT UNPAUSE")


def blocked_clients(client):
    return int(client("INFO clients").partition(b"blocked_clients:")[2].split()[0])


@pytest.fixture
def postponed(redis, connect):
    """Sends a command that the pause must postpone; returns its connection once it is blocked."""

    def start(line, client=None):
        waiting = blocked_clients(redis)
        client = client or connect()
        client.send(line)
        wait_until(lambda: blocked_clients(redis) == waiting + 1)
        return client

    return start


@pytest.mark.parametrize(
    "line, reply",
    [
        ("SET a 1", "OK"),
        ("DEL a", 0),
        ("GETEX a", None),
        ("PUBLISH channel message", 0),
        ("SPUBLISH channel message", 0),
        ("PFCOUNT h", 0),
        ("FLUSHALL", "OK"),
        ("SORT l", []),
        ("BLPOP l 0.01", None),
    ],
)
def test_what_may_write_waits_for_the_end_of_the_pause(redis, postponed, connect, line, reply):
    redis("CLIENT PAUSE 100000 WRITE")
    client = postponed(line, connect(3))
    redis("CLIENT UNPAUSE")
    assert client.read() == reply
    assert blocked_clients(redis) == 0


def test_what_only_reads_goes_on_in_a_pause_of_writes(redis, other):
    redis("SET a 1")
    redis("CLIENT PAUSE 100000 WRITE")
    assert [other(line) for line in ("GET a", "PING", "SELECT 0", "WATCH a", "SUBSCRIBE c")] == [
        b"1", "PONG", "OK", "OK", [b"subscribe", b"c", 1],
    ]  # fmt: skip


def test_nothing_goes_on_in_a_pause_of_everything_and_it_ends_by_itself(redis, other):
    start = time.monotonic()
    assert redis("CLIENT PAUSE 100") == "OK"
    assert other("PING") == "PONG"
    assert redis("CLIENT UNPAUSE") == "OK"
    assert time.monotonic() - start >= 0.1


def test_postponed_commands_run_in_the_order_they_came(redis, postponed, connect):
    redis("CLIENT PAUSE 100000 WRITE")
    clients = [postponed(f"RPUSH order {number}") for number in range(5)]
    redis("CLIENT UNPAUSE")
    assert [client.read() for client in clients] == [1, 2, 3, 4, 5]
    assert redis("LRANGE order 0 -1") == [b"0", b"1", b"2", b"3", b"4"]


def test_the_replies_of_a_pipeline_come_in_their_order(redis, connect):
    redis("CLIENT PAUSE 100000 WRITE")
    client = connect()
    client.send_bytes(b"PING\r\nSET a 1\r\nGET a\r\nAPPEND a 2\r\nQUIT\r\n")
    assert client.read() == "PONG"
    redis("CLIENT UNPAUSE")
    assert [client.read() for _ in range(4)] == ["OK", b"1", 2, "OK"]
    assert client.is_closed()


def test_quit_is_postponed_too_and_answered(redis, other):
    redis("CLIENT PAUSE 50 ALL")
    assert other("QUIT") == "OK"
    assert other.is_closed()


@pytest.mark.parametrize(
    "first, second, probe",
    [
        ("1 ALL", "100 WRITE", "PING"),
        pytest.param("100 ALL", "1 WRITE", "PING", marks=pytest.mark.slow),
        pytest.param("100 WRITE", "1 ALL", "PING", marks=pytest.mark.slow),
        ("100 WRITE", "1 WRITE", "SET a 1"),
    ],
)
def test_of_two_pauses_the_longer_and_the_stricter_count(redis, other, first, second, probe):
    start = time.monotonic()
    for line in ("MULTI", f"CLIENT PAUSE {first}", f"CLIENT PAUSE {second}", "EXEC"):
        redis(line)
    other(probe)
    assert time.monotonic() - start >= 0.1


def test_a_transaction_waits_at_its_first_write_or_at_exec(redis, postponed, other, connect):
    early = connect()
    for line in ("MULTI", "GET a", "SET a 1"):
        early(line)
    redis("CLIENT PAUSE 100000 WRITE")
    for line, reply in (("MULTI", "OK"), ("GET a", "QUEUED"), ("EXEC", [None])):
        assert other(line) == reply
    other("MULTI")
    late = postponed("SET b 1", other)
    postponed("EXEC", early)
    redis("CLIENT UNPAUSE")
    assert early.read() == [None, "OK"]
    assert late.read() == "QUEUED" and late("EXEC") == ["OK"]


def test_commands_after_a_pause_in_its_own_transaction_run(redis):
    for line in ("MULTI", "CLIENT PAUSE 100000 WRITE", "SET a 1"):
        redis(line)
    assert redis("EXEC") == ["OK", "OK"]


def test_a_rejected_command_is_not_postponed(redis, other):
    redis("CLIENT PAUSE 100000 WRITE")
    assert other("SET a") == wrong_arity("set")
    assert other("NONSENSE") == RedisError("ERR unknown command 'NONSENSE', with args beginning with: ")


def test_a_client_that_hangs_up_takes_its_command_with_it(redis, postponed):
    redis("CLIENT PAUSE 100000 WRITE")
    postponed("SET a 1").close()
    wait_until(lambda: blocked_clients(redis) == 0)
    redis("CLIENT UNPAUSE")
    assert redis("GET a") is None


def test_a_command_that_waits_is_shown_as_one_that_is_blocked(redis, postponed):
    redis("CLIENT PAUSE 100000 WRITE")
    postponed("SET a 1")
    [line] = [line for line in redis("CLIENT LIST").splitlines() if b"cmd=set" in line]
    assert b"b" in line.partition(b"flags=")[2].split()[0]


@ours_alone  # the real 7.0 crashes
def test_a_pause_is_no_wait_that_client_unblock_ends(redis, postponed, connect):
    client = connect()
    number = client("CLIENT ID")
    redis("CLIENT PAUSE 100000 WRITE")
    postponed("SET a 1", client)
    assert redis(f"CLIENT UNBLOCK {number}") == 0
    redis("CLIENT UNPAUSE")
    assert client.read() == "OK"


def test_a_blocking_command_begins_to_wait_when_the_pause_ends(redis, postponed):
    redis("CLIENT PAUSE 100000 WRITE")
    client = postponed("BLPOP l 0")
    redis("CLIENT UNPAUSE")
    assert blocked_clients(redis) == 1
    redis("RPUSH l a")
    assert client.read() == [b"l", b"a"]


def test_in_a_pause_an_expired_key_is_not_seen_but_stays(redis, other):
    redis("SADD s member")
    redis("SET a 1")
    for line in ("MULTI", "CLIENT PAUSE 100000 WRITE", "PEXPIRE a 1", "PEXPIRE s 1", "EXEC"):
        redis(line)
    wait_until(lambda: other("GET a") is None and other("EXISTS s") == 0)
    assert [other(line) for line in ("TYPE a", "TTL a", "KEYS *", "SMEMBERS s", "MGET a s")] == [
        "none", -2, [], [], [None, None],
    ]  # fmt: skip
    assert other("DBSIZE") == 2
    redis("CLIENT UNPAUSE")
    assert other("GET a") is None and other("EXISTS s") == 0
    assert other("DBSIZE") == 0


@ours_alone  # the real 7.0 never comes back from it
def test_in_a_pause_a_random_key_is_not_an_expired_one(redis, other):
    redis("SET a 1")
    for line in ("MULTI", "CLIENT PAUSE 100000 WRITE", "PEXPIRE a 1", "EXEC"):
        redis(line)
    wait_until(lambda: other("GET a") is None)
    assert other("RANDOMKEY") is None


def test_a_watched_key_that_expires_in_a_pause_has_changed(redis, other):
    def watches_what_is_there():
        for line in ("CLIENT UNPAUSE", "UNWATCH", "SET a 1 PX 30", "WATCH a", "CLIENT PAUSE 100000 WRITE"):
            redis(line)
        return redis("PTTL a") > 0  # on a busy machine it may have gone by now

    wait_until(watches_what_is_there)
    wait_until(lambda: other("GET a") is None)
    for line in ("MULTI", "PING"):
        redis(line)
    assert redis("EXEC") is NULL_ARRAY
    assert other("DBSIZE") == 1


@for_each(
    "words, error",
    [
        ("PAUSE", wrong_arity("client|pause")),
        ("PAUSE x", "ERR timeout is not an integer or out of range"),
        ("PAUSE 1.5", "ERR timeout is not an integer or out of range"),
        ("PAUSE -1", "ERR timeout is negative"),
        ("PAUSE 10 NO", "ERR CLIENT PAUSE mode must be WRITE or ALL"),
        ("PAUSE x NO", "ERR CLIENT PAUSE mode must be WRITE or ALL"),
        ("UNPAUSE x", wrong_arity("client|unpause")),
    ],
)
def test_client_pause_says_what_is_wrong(redis, words, error):
    assert redis(f"CLIENT {words}") == (RedisError(error) if isinstance(error, str) else error)


@ours_alone  # 7.0 takes it for a time long past
def test_a_pause_that_ends_beyond_all_time_is_an_error(redis):
    assert redis(f"CLIENT PAUSE {2**63 - 1}") == RedisError("ERR timeout is out of range")


def test_unpause_without_a_pause_does_nothing(redis):
    assert redis("CLIENT UNPAUSE") == "OK"
    assert redis("CLIENT PAUSE 0") == "OK"
    assert redis("PING") == "PONG"
