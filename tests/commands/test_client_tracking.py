"""Client-side caching: which client is notified of which keys, when, and the errors of CLIENT TRACKING."""

import pytest
from harness import ours_alone, wait_until
from tables import for_each

from redis_clone.protocol.errors import SYNTAX, RedisError, wrong_arity
from redis_clone.protocol.replies import Members, Push

OTHER_MODE = "before disabling tracking for this client, and then re-enabling it with a different mode."


def invalidate(*keys):
    return Push([b"invalidate", list(keys)])


GONE = Push([b"invalidate", None])


def messages_to(client):
    """The messages that a client has been sent besides its replies, until now."""
    client.send("ECHO mark")
    messages = []
    while (reply := client.read()) != b"mark":
        messages.append(reply)
    return messages


@pytest.fixture
def reader(connect):
    """A client of RESP3 that tracks what it reads."""
    client = connect(3)
    client("CLIENT TRACKING ON")
    return client


# The default: what was read.


@pytest.mark.parametrize(
    "before, within, messages",
    [
        ("HELLO 3", ["HELLO 3"], [invalidate(b"k")]),
        ("HELLO 3", ["HELLO 2"], []),
        ("HELLO 2", ["HELLO 3"], [invalidate(b"k")]),
        ("HELLO 3", ["HELLO 2", "SET j 1", "HELLO 3"], [invalidate(b"k"), invalidate(b"j")]),
        ("HELLO 3", ["CLIENT TRACKING OFF"], [invalidate(b"k")]),
        ("HELLO 3", ["FLUSHALL"], [invalidate(b"k"), GONE]),
    ],
)
def test_its_protocol_after_a_transaction_decides_whether_it_hears_of_its_own_changes(
    redis, before, within, messages
):
    redis("CLIENT TRACKING ON")
    redis(before), redis("GET k"), redis("GET j"), redis("MULTI"), redis("SET k 1")
    for line in within:
        redis(line)
    redis("EXEC")
    assert messages_to(redis) == messages


@pytest.mark.parametrize(
    "reading, writing, keys",
    [
        ("GET a", "SET a 1", [b"a"]),
        ("GET a", "DEL other", []),
        ("GET a", "FLUSHALL", None),
        ("GET a", "FLUSHDB", None),
        ("GET missing", "SET missing 1", [b"missing"]),
        ("MGET a b", "MSET a 1 c 3", [b"a"]),
        ("EXISTS a", "DEL a", [b"a"]),
        ("TTL a", "EXPIRE a 100", [b"a"]),
        ("TYPE a", "RENAME a b", [b"a"]),
        ("GET b", "RENAME a b", [b"b"]),
        ("GET b", "COPY a b", [b"b"]),
        ("GET a", "MOVE a 3", [b"a"]),
        ("GET a", "SWAPDB 0 1", []),
        ("OBJECT ENCODING a", "APPEND a x", [b"a"]),
        ("SMEMBERS s", "SADD s member", [b"s"]),
        ("SINTERCARD 2 s a", "SADD s member", [b"s"]),  # the error does not matter
        ("XREAD STREAMS x 0", "XADD x * f v", [b"x"]),
        ("GETSET a 2", "SET a 1", []),  # a command that writes is not remembered
        ("WATCH a", "SET a 1", []),
        ("SUBSCRIBE a", "SET a 1", []),
    ],
)
def test_a_client_that_has_read_a_key_is_notified_when_it_is_written(redis, reader, reading, writing, keys):
    redis("SET a 0")
    reader(reading)
    redis(writing)
    assert messages_to(reader) == ([] if keys == [] else [Push([b"invalidate", keys])])


def test_it_is_notified_once_and_again_when_it_has_read_the_key_again(redis, reader):
    reader("GET a")
    redis("SET a 1")
    redis("SET a 2")
    assert messages_to(reader) == [invalidate(b"a")]
    reader("GET a")
    redis("SET a 3")
    assert messages_to(reader) == [invalidate(b"a")]


def test_keys_are_notified_one_by_one(redis, reader):
    reader("MGET a b c")
    redis("MSET a 1 b 2")
    assert messages_to(reader) == [invalidate(b"a"), invalidate(b"b")]


def test_its_own_changes_are_notified_after_the_reply(reader):
    reader("GET a")
    assert reader("SET a 1") == "OK"
    assert reader.read() == invalidate(b"a")


def test_its_own_changes_in_a_transaction_are_notified_after_the_reply_of_exec(redis, reader):
    for line in ("MULTI", "GET a", "SET a 1", "GET a", "SET a 2", "GET b", "SET b 1", "GET z", "FLUSHALL"):
        reader(line)
    reader("GET after")
    assert reader("EXEC") == [None, "OK", b"1", "OK", None, "OK", None, "OK", None]
    assert [reader.read() for _ in range(4)] == [invalidate(b"a"), invalidate(b"a"), invalidate(b"b"), GONE]
    redis("SET after 1")
    assert messages_to(reader) == [invalidate(b"after")]


def test_a_transaction_of_another_client_is_notified_key_by_key(redis, reader):
    reader("MGET a b")
    for line in ("MULTI", "SET a 1", "SET b 1", "EXEC"):
        redis(line)
    assert messages_to(reader) == [invalidate(b"a"), invalidate(b"b")]


def test_a_reader_is_notified_inside_multi(redis, reader):
    reader("GET a")
    reader("MULTI")
    redis("SET a 1")
    assert [reader("PING"), reader.read()] == [invalidate(b"a"), "QUEUED"]
    assert reader("EXEC") == ["PONG"]


def test_an_idle_reader_is_notified_at_once(redis, reader):
    reader("GET a")
    redis("SET a 1")
    assert reader.read() == invalidate(b"a")


def test_a_key_of_the_same_name_in_another_database_counts(redis, reader):
    reader("GET a")
    redis("SELECT 3")
    redis("SET a 1")
    assert messages_to(reader) == [invalidate(b"a")]


def test_a_key_that_expires_is_notified(redis, reader):
    for line in ("MULTI", "SET a 1 PX 20", "GET a"):  # all in one instant, so that it reads what is there
        reader(line)
    assert reader("EXEC") == ["OK", b"1"]
    wait_until(lambda: redis("GET a") is None)
    assert messages_to(reader) == [invalidate(b"a")]


def test_flushall_is_notified_once_even_to_a_client_that_has_read_nothing(redis, reader):
    redis("FLUSHALL")
    assert messages_to(reader) == [GONE]
    assert reader("FLUSHALL") == "OK"
    assert reader.read() == GONE


def test_in_resp2_no_client_is_notified(redis, other):
    other("CLIENT TRACKING ON")
    other("GET a")
    redis("SET a 1")
    assert messages_to(other) == []


def test_off_forgets_for_as_long_as_it_is_off(redis, reader):
    reader("GET a")
    reader("CLIENT TRACKING OFF")
    redis("SET a 1")
    assert messages_to(reader) == []
    reader("CLIENT TRACKING ON")
    reader("GET b")
    reader("CLIENT TRACKING OFF")
    reader("CLIENT TRACKING ON")
    redis("SET b 1")
    assert messages_to(reader) == [invalidate(b"b")]


def test_reset_ends_it(redis, reader):
    reader("GET a")
    assert reader("RESET") == "RESET"
    assert reader("CLIENT GETREDIR") == -1
    redis("SET a 1")
    assert messages_to(reader) == []


def test_noloop_spares_a_client_its_own_changes(redis, connect):
    client = connect(3)
    client("CLIENT TRACKING ON NOLOOP")
    client("GET a")
    client("SET a 1")
    redis("SET a 2")
    assert messages_to(client) == []  # its own write has used up what was remembered
    client("GET a")
    redis("SET a 3")
    assert messages_to(client) == [invalidate(b"a")]
    client("FLUSHALL")
    assert messages_to(client) == [GONE]


# OPTIN and OPTOUT.


@pytest.mark.parametrize(
    "mode, lines, keys",
    [
        ("OPTIN", ["GET a"], []),
        ("OPTIN", ["CLIENT CACHING YES", "GET a", "GET b"], [b"a"]),
        ("OPTIN", ["CLIENT CACHING YES", "CLIENT ID", "GET a"], [b"a"]),
        ("OPTIN", ["CLIENT CACHING YES", "PING", "GET a"], []),
        ("OPTIN", ["CLIENT CACHING YES", "GET", "GET a"], []),
        ("OPTIN", ["CLIENT CACHING YES", "MULTI", "GET a", "GET b", "EXEC", "GET c"], [b"a", b"b"]),
        ("OPTIN", ["MULTI", "CLIENT CACHING YES", "GET a", "GET b", "EXEC", "GET c"], [b"a", b"b"]),
        ("OPTOUT", ["GET a"], [b"a"]),
        ("OPTOUT", ["CLIENT CACHING NO", "GET a", "GET b"], [b"b"]),
    ],
)
def test_a_client_chooses_what_is_remembered(redis, connect, mode, lines, keys):
    client = connect(3)
    client(f"CLIENT TRACKING ON {mode}")
    for line in lines:
        client(line)
    redis("MSET a 1 b 1 c 1")
    assert messages_to(client) == [invalidate(key) for key in keys]


# BCAST.


def test_with_prefixes_the_keys_of_one_command_are_in_one_message_for_each_prefix(redis, connect):
    client = connect(3)
    client("CLIENT TRACKING ON BCAST PREFIX u: PREFIX v:")
    redis("SET other 1")
    redis("MSET u:1 1 v:1 1 u:2 1 other 1")
    messages = [sorted(message[1]) for message in messages_to(client)]
    assert messages == [[b"u:1", b"u:2"], [b"v:1"]]


def test_with_prefixes_a_transaction_is_one_message_with_each_key_once(redis, connect):
    client = connect(3)
    client("CLIENT TRACKING ON BCAST")
    for line in ("MULTI", "SET a 1", "SET b 1", "SET a 2"):
        redis(line)
    redis("EXEC")
    [message] = messages_to(client)
    assert sorted(message[1]) == [b"a", b"b"]


def test_with_prefixes_every_client_is_notified_each_time_and_of_its_own_changes_too(redis, connect):
    clients = [connect(3), connect(3)]
    for client in clients:
        client("CLIENT TRACKING ON BCAST")
    for _ in range(2):
        redis("SET a 1")
        assert [client.read() for client in clients] == [invalidate(b"a")] * 2
    assert clients[0]("SET b 1") == "OK"
    assert [client.read() for client in clients] == [invalidate(b"b")] * 2
    redis("FLUSHALL")
    assert [client.read() for client in clients] == [GONE] * 2


def test_with_noloop_all_clients_but_the_writer_are_notified(connect):
    writer, listener = connect(3), connect(3)
    for client in (writer, listener):
        client("CLIENT TRACKING ON BCAST NOLOOP")
    writer("SET a 1")
    assert messages_to(writer) == [] and listener.read() == invalidate(b"a")


def test_an_expired_key_is_no_clients_own_change(connect):
    client = connect(3)
    client("CLIENT TRACKING ON BCAST NOLOOP")
    client("DEBUG SET-ACTIVE-EXPIRE 0")  # so that the message comes after a reply, never before it
    client("SET a 1 PX 20")
    wait_until(lambda: client("EXISTS a") == 0)
    assert client.read() == invalidate(b"a")
    client("DEBUG SET-ACTIVE-EXPIRE 1")


# REDIRECT.


@pytest.fixture
def redirected(connect):
    """A client of RESP2 that tracks, and the one that gets its messages."""
    client, listener = connect(), connect()
    number = listener("CLIENT ID")
    listener("SUBSCRIBE __redis__:invalidate")
    assert client(f"CLIENT TRACKING ON REDIRECT {number}") == "OK"
    assert client("CLIENT GETREDIR") == number
    return client, listener


def message(keys):
    return [b"message", b"__redis__:invalidate", keys]


def test_a_subscriber_gets_the_messages_of_a_client_of_resp2(redis, redirected):
    client, listener = redirected
    client("GET a")
    redis("SET a 1")
    assert listener.read() == message([b"a"])
    client("GET a")
    assert client("SET a 2") == "OK"
    assert listener.read() == message([b"a"])
    redis("FLUSHALL")
    assert listener.read() == message(None)


def test_it_gets_them_while_it_subscribes_to_any_channel(redis, redirected):
    client, listener = redirected
    listener("UNSUBSCRIBE")
    client("GET a")
    redis("SET a 1")
    listener("SUBSCRIBE other")
    client("GET a")
    redis("SET a 1")
    assert listener.read() == message([b"a"])


def test_a_listener_of_resp3_gets_a_push(redis, connect):
    client, listener = connect(), connect(3)
    client(f"CLIENT TRACKING ON REDIRECT {listener('CLIENT ID')}")
    client("GET a")
    redis("SET a 1")
    assert listener.read() == invalidate(b"a")


def test_an_idle_listener_of_resp3_is_notified_at_once(redis, connect):
    client, listener = connect(), connect(3)
    number = listener("CLIENT ID")
    client(f"CLIENT TRACKING ON REDIRECT {number}")
    client("GET a")
    redis("SET a 1")
    assert listener.read() == invalidate(b"a")


def test_a_listener_that_is_gone_is_reported_in_resp3(redis, connect):
    client, listener = connect(3), connect()
    number = listener("CLIENT ID")
    client(f"CLIENT TRACKING ON REDIRECT {number}")
    listener.close()
    wait_until(lambda: redis(f"CLIENT LIST ID {number}") == b"")
    assert client("CLIENT TRACKINGINFO")[b"flags"] == [b"on"]
    client("GET a")
    redis("SET a 1")
    assert client.read() == [b"tracking-redir-broken", number]
    assert client("CLIENT TRACKINGINFO") == {
        b"flags": [b"on", b"broken_redirect"], b"redirect": number, b"prefixes": [],
    }  # fmt: skip
    assert b"flags=tR" in client("CLIENT INFO") and f"redir={number} ".encode() in client("CLIENT INFO")
    client("CLIENT TRACKING ON")
    assert client("CLIENT TRACKINGINFO")[b"flags"] == [b"on"]


# What is said of it.


@pytest.mark.parametrize(
    "lines, flags, prefixes",
    [
        ([], [b"off"], []),
        (["TRACKING ON"], [b"on"], []),
        (["TRACKING ON OPTIN"], [b"on", b"optin"], []),
        (["TRACKING ON OPTIN", "CACHING YES"], [b"on", b"optin", b"caching-yes"], []),
        (["TRACKING ON OPTOUT NOLOOP", "CACHING no"], [b"on", b"optout", b"caching-no", b"noloop"], []),
        (["TRACKING ON OPTIN", "TRACKING ON NOLOOP"], [b"on", b"noloop"], []),
        (["TRACKING ON BCAST NOLOOP PREFIX b PREFIX a"], [b"on", b"bcast", b"noloop"], [b"a", b"b"]),
        (["TRACKING ON BCAST PREFIX b", "TRACKING ON BCAST PREFIX a"], [b"on", b"bcast"], [b"a", b"b"]),
        (["TRACKING ON BCAST PREFIX b", "TRACKING ON BCAST"], [b"on", b"bcast"], [b"", b"b"]),
        (["TRACKING ON", "TRACKING OFF"], [b"off"], []),
    ],
)
def test_client_trackinginfo_shows_the_options(redis3, lines, flags, prefixes):
    for line in lines:
        assert redis3(f"CLIENT {line}") == "OK"
    info = redis3("CLIENT TRACKINGINFO")
    assert info == {
        b"flags": flags,
        b"redirect": 0 if lines and b"on" in flags else -1,
        b"prefixes": prefixes,
    }
    assert (type(info[b"flags"]), type(info[b"prefixes"])) == (Members, list)


def test_client_info_shows_it(redis):
    assert b"redir=-1 " in redis("CLIENT INFO")
    redis("CLIENT TRACKING ON BCAST")
    assert b"flags=tB" in redis("CLIENT INFO") and b"redir=0 " in redis("CLIENT INFO")


@pytest.mark.usefixtures("alone")
def test_info_counts_clients_keys_readers_and_prefixes(redis, connect):
    def figures():
        lines = dict(line.split(b":") for line in redis("INFO").splitlines() if b":" in line)
        names = ("tracking_clients", "tracking_total_keys", "tracking_total_items", "tracking_total_prefixes")
        return [int(lines[name.encode()]) for name in names]

    redis("FLUSHALL")
    assert figures() == [0, 0, 0, 0] or figures()[0] == 0
    first, second, broadcast = connect(3), connect(3), connect(3)
    for client in (first, second):
        client("CLIENT TRACKING ON")
        client("MGET a b")
    first("GET c")
    broadcast("CLIENT TRACKING ON BCAST PREFIX a PREFIX b")
    assert figures() == [3, 3, 5, 2]
    redis("FLUSHALL")
    broadcast.close()
    first("CLIENT TRACKING OFF")
    wait_until(lambda: figures() == [1, 0, 0, 0])


def test_beyond_its_limit_the_table_lets_keys_go_as_if_they_had_changed(redis, connect):
    redis("FLUSHALL")
    before = redis("CONFIG GET tracking-table-max-keys")[1].decode()
    client = connect(3)
    client("CLIENT TRACKING ON")
    for number in range(20):
        client(f"GET key:{number}")
    redis("CONFIG SET tracking-table-max-keys 15")
    redis("PING")
    try:
        messages = [client.read() for _ in range(5)]
        assert len({message[1][0] for message in messages}) == 5
        assert messages_to(client) == []
    finally:
        redis(f"CONFIG SET tracking-table-max-keys {before}")


@for_each(
    "before, words, error",
    [
        ("", "TRACKING", wrong_arity("client|tracking")),
        ("", "TRACKING MAYBE", SYNTAX),
        ("", "TRACKING ON x", SYNTAX),
        ("", "TRACKING ON REDIRECT", SYNTAX),
        ("", "TRACKING ON BCAST PREFIX", SYNTAX),
        ("", "TRACKING ON REDIRECT x", "ERR value is not an integer or out of range"),
        ("", "TRACKING ON REDIRECT 99999999", "ERR The client ID you want redirect to does not exist"),
        ("", "TRACKING OFF REDIRECT 0", "ERR The client ID you want redirect to does not exist"),
        ("", "TRACKING ON PREFIX a", "ERR PREFIX option requires BCAST mode to be enabled"),
        ("", "TRACKING ON BCAST OPTIN", "ERR OPTIN and OPTOUT are not compatible with BCAST"),
        ("", "TRACKING ON OPTIN OPTOUT", "ERR You can't specify both OPTIN mode and OPTOUT mode"),
        ("", "TRACKING ON BCAST PREFIX a PREFIX ab",
         "ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client must not "
         "overlap."),
        ("", "TRACKING ON BCAST PREFIX a PREFIX a",
         "ERR Prefix 'a' overlaps with another provided prefix 'a'. Prefixes for a single client must not "
         "overlap."),
        ("ON BCAST PREFIX a", "TRACKING ON BCAST PREFIX ab",
         "ERR Prefix 'ab' overlaps with an existing prefix 'a'. Prefixes for a single client must not "
         "overlap."),
        ("ON", "TRACKING ON BCAST", f"ERR You can't switch BCAST mode on/off {OTHER_MODE}"),
        ("ON BCAST", "TRACKING ON", f"ERR You can't switch BCAST mode on/off {OTHER_MODE}"),
        ("ON OPTIN", "TRACKING ON OPTOUT", f"ERR You can't switch OPTIN/OPTOUT mode {OTHER_MODE}"),
        ("", "CACHING YES",
         "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT "
         "mode enabled"),
        ("ON", "CACHING YES",
         "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."),
        ("ON OPTIN", "CACHING NO",
         "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."),
        ("ON", "CACHING x", SYNTAX),
    ],
)  # fmt: skip
def test_each_says_what_is_wrong_with_it(redis, before, words, error):
    if before:
        assert redis(f"CLIENT TRACKING {before}") == "OK"
    assert redis(f"CLIENT {words}") == (RedisError(error) if isinstance(error, str) else error)


def test_a_second_redirection_is_an_error(redis):
    number = redis("CLIENT ID")
    assert redis(f"CLIENT TRACKING ON REDIRECT {number} REDIRECT {number}") == RedisError(
        "ERR A client can only redirect to a single other client"
    )
    assert redis(f"CLIENT TRACKING OFF PREFIX a BCAST OPTIN REDIRECT {number}") == "OK"


@ours_alone  # 7.0 puts it in front of the reply
def test_a_listener_that_writes_gets_its_reply_first(connect):
    client, listener = connect(), connect(3)
    client(f"CLIENT TRACKING ON REDIRECT {listener('CLIENT ID')}")
    client("GET a")
    assert [listener("SET a 1"), listener.read()] == ["OK", invalidate(b"a")]
