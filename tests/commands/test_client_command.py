"""CLIENT and its subcommands."""

import pytest
from harness import ours_alone, wait_until
from tables import for_each

from redis_clone.protocol.errors import SYNTAX, RedisError, wrong_arity
from redis_clone.protocol.replies import Verbatim

A_WHILE = 60  # seconds: longer than a connection of these tests is open, and shorter than anything wrong
NO_SPACES_IN_A_NAME = RedisError("ERR Client names cannot contain spaces, newlines or special characters.")


pytestmark = pytest.mark.usefixtures("alone")


def read_line(line):
    """The fields of one line of CLIENT LIST; the flag U says only that we came by a Unix socket."""
    fields = dict(field.split("=", 1) for field in line.decode().split(" "))
    return {**fields, "flags": fields["flags"].replace("U", "") or "N"}


def about(redis, words="CLIENT INFO"):
    return read_line(redis(words).rstrip(b"\n"))


def listed(redis, words=""):
    return [read_line(line) for line in redis(f"CLIENT LIST {words}").splitlines()]


def ids(redis, words=""):
    return {int(fields["id"]) for fields in listed(redis, words)}


def test_client_setname_and_getname(redis):
    assert redis("CLIENT GETNAME") is None
    assert redis("CLIENT SETNAME me") == "OK"
    assert redis("CLIENT GETNAME") == b"me"
    assert redis("CLIENT SETNAME ''") == "OK"
    assert redis("CLIENT GETNAME") is None


@for_each("name", [b"a b", b" ", b"a\n", b"a\x00", b"\xc3\xa9", b"\x7f"])
def test_a_client_name_is_of_printable_letters_without_spaces(redis, name):
    redis("CLIENT SETNAME me")
    assert redis("CLIENT", "SETNAME", name) == NO_SPACES_IN_A_NAME
    assert redis("CLIENT GETNAME") == b"me"


@ours_alone  # CLIENT SETINFO came with 7.2
def test_client_setinfo_names_the_library(redis):
    assert redis("CLIENT SETINFO lib-name redis-py") == "OK"
    assert redis("CLIENT SETINFO LIB-VER 5.0.1") == "OK"
    fields = about(redis)
    assert (fields["lib-name"], fields["lib-ver"]) == ("redis-py", "5.0.1")
    assert redis("CLIENT SETINFO lib-ver ''") == "OK"
    assert about(redis)["lib-ver"] == ""
    assert redis("CLIENT SETINFO nonsense 1") == RedisError("ERR Unrecognized option 'nonsense'")
    assert redis("CLIENT SETINFO lib-name 'a b'") == RedisError(
        "ERR lib-name cannot contain spaces, newlines or special characters."
    )
    assert about(redis)["lib-name"] == "redis-py"


def test_client_info_shows_this_connection(redis):
    redis("CLIENT SETNAME me")
    redis("SELECT 3")
    fields = about(redis)
    expected = {
        "id": str(redis("CLIENT ID")), "name": "me", "db": "3", "flags": "N", "sub": "0", "psub": "0",
        "multi": "-1",
        "cmd": "client|info", "user": "default", "resp": "2", "redir": "-1",
    }  # fmt: skip
    assert expected.items() <= fields.items()
    assert 0 <= int(fields["idle"]) <= int(fields["age"]) + 1 < A_WHILE
    assert int(fields["fd"]) > 0
    assert fields["addr"] and fields["laddr"]


def test_client_info_is_a_text_of_one_line_in_resp3(redis3):
    reply = redis3("CLIENT INFO")
    assert isinstance(reply, Verbatim)
    assert reply.endswith(b"\n") and reply.count(b"\n") == 1
    assert about(redis3)["resp"] == "3"
    assert isinstance(redis3("CLIENT LIST"), Verbatim)


def test_client_list_has_the_fields_of_client_info_in_their_order(redis):
    fields = list(about(redis))
    wanted = [
        "id", "addr", "laddr", "fd", "name", "age", "idle", "flags", "db", "sub", "psub", "ssub", "multi",
        "qbuf",
        "qbuf-free", "argv-mem", "multi-mem", "rbs", "rbp", "obl", "oll", "omem", "tot-mem", "events", "cmd",
        "user",
        "redir", "resp",
    ]  # fmt: skip
    assert fields[: len(wanted)] == wanted
    assert list(listed(redis)[0]) == fields


def test_client_list_shows_every_connection_the_oldest_first(redis, other):
    other("CLIENT SETNAME other")
    both = [redis("CLIENT ID"), other("CLIENT ID")]
    shown = [int(fields["id"]) for fields in listed(redis)]
    assert [number for number in shown if number in both] == both
    [fields] = [fields for fields in listed(redis) if int(fields["id"]) == both[1]]
    assert fields["name"] == "other"
    assert fields["cmd"] == "client|id"


def test_client_list_takes_ids_in_the_order_asked_and_drops_the_unknown(redis, other):
    mine, theirs = redis("CLIENT ID"), other("CLIENT ID")
    shown = [int(fields["id"]) for fields in listed(redis, f"ID {theirs} 99999999 {mine}")]
    assert shown == [theirs, mine]


def test_client_list_takes_a_type(redis, other):
    other("SUBSCRIBE channel")
    theirs = int(about(redis, "CLIENT LIST TYPE pubsub")["id"])
    assert theirs not in ids(redis, "TYPE normal")
    assert redis("CLIENT ID") in ids(redis, "TYPE NORMAL")
    for kind in ("master", "replica", "slave"):
        assert listed(redis, f"TYPE {kind}") == []


@for_each(
    "words, error",
    [
        ("NONSENSE", SYNTAX),
        ("TYPE", SYNTAX),
        ("ID", SYNTAX),
        ("TYPE normal pubsub", SYNTAX),
        ("TYPE nonsense", "ERR Unknown client type 'nonsense'"),
        ("ID x", "ERR Invalid client ID"),
        ("ID 1 x", "ERR Invalid client ID"),
    ],
)
def test_client_list_says_what_is_wrong_with_its_arguments(redis, words, error):
    assert redis(f"CLIENT LIST {words}") == RedisError(error)


def test_client_list_counts_subscriptions_and_queued_commands(redis, other, connect):
    other("SUBSCRIBE a")
    other("SUBSCRIBE b")
    other("PSUBSCRIBE c*")
    other("SSUBSCRIBE d")
    fields = about(redis, "CLIENT LIST TYPE pubsub")
    assert (fields["sub"], fields["psub"], fields["ssub"], fields["flags"]) == ("2", "1", "1", "P")
    queuing = connect()
    number = queuing("CLIENT ID")
    queuing("MULTI")
    assert about(redis, f"CLIENT LIST ID {number}")["multi"] == "0"
    queuing("PING")
    fields = about(redis, f"CLIENT LIST ID {number}")
    assert (fields["multi"], fields["flags"], fields["cmd"]) == ("1", "x", "ping")


def test_client_kill_by_address_hangs_up_on_that_connection(redis, connect):
    if "/" in about(redis)["addr"]:
        pytest.skip("all connections to a Unix socket have the same address")
    victim = connect()
    address = about(victim)["addr"]
    assert redis(f"CLIENT KILL {address}") == "OK"
    assert victim.is_closed()
    wait_until(lambda: address not in {fields["addr"] for fields in listed(redis)})
    assert redis(f"CLIENT KILL {address}") == RedisError("ERR No such client")
    second = connect()
    assert redis(f"CLIENT KILL ADDR {about(second)['addr']}") == 1
    assert second.is_closed()


def test_client_kill_by_id_counts_the_clients_that_it_closes(redis, other):
    number = other("CLIENT ID")
    assert redis(f"CLIENT KILL ID {number}") == 1
    assert other.is_closed()
    wait_until(lambda: number not in ids(redis))
    assert redis(f"CLIENT KILL ID {number}") == 0


def test_client_kill_spares_the_caller_unless_skipme_is_no(redis, other):
    mine = redis("CLIENT ID")
    assert redis(f"CLIENT KILL ID {mine}") == 0
    assert redis(f"CLIENT KILL ID {mine} SKIPME yes") == 0
    assert redis(f"CLIENT KILL ID {mine} SKIPME no") == 1
    assert redis.is_closed()
    wait_until(lambda: mine not in ids(other))


def test_client_kill_wants_all_its_filters_to_fit(redis, connect):
    subscriber, plain = connect(), connect()
    number = plain("CLIENT ID")
    assert redis(f"CLIENT KILL TYPE pubsub ID {number}") == 0
    subscriber("SUBSCRIBE channel")
    assert redis(f"CLIENT KILL TYPE normal USER default ID {number}") == 1
    assert plain.is_closed()
    assert redis("CLIENT KILL TYPE pubsub") == 1
    assert subscriber.is_closed()
    for filters in ("TYPE master", "TYPE replica", "TYPE slave", "ADDR 1.2.3.4:5", "LADDR 1.2.3.4:5"):
        assert redis(f"CLIENT KILL {filters} SKIPME no") == 0
    assert redis("PING") == "PONG"


def test_client_kill_by_the_address_it_connected_to_spares_the_caller(redis, connect):
    victim = connect()
    assert redis(f"CLIENT KILL LADDR {about(redis)['laddr']} ID {victim('CLIENT ID')}") == 1
    assert victim.is_closed()
    assert redis("PING") == "PONG"


@pytest.mark.parametrize(
    "words, error",
    [
        ("1.2.3.4:5", "ERR No such client"),
        ("ID", "ERR No such client"),  # a single word is an address
        ("ID x", "ERR client-id should be greater than 0"),
        ("ID 0", "ERR client-id should be greater than 0"),
        ("ID -1", "ERR client-id should be greater than 0"),
        ("ID 1 ADDR", SYNTAX),
        ("NONSENSE x", SYNTAX),
        ("SKIPME maybe", SYNTAX),
        ("TYPE nonsense", "ERR Unknown client type 'nonsense'"),
        ("USER nobody", "ERR No such user 'nobody'"),
    ],
)
def test_client_kill_says_what_is_wrong_with_its_arguments(redis, other, words, error):
    assert redis(f"CLIENT KILL {words}") == RedisError(error)
    assert other("PING") == "PONG"


def test_a_connection_that_hangs_up_is_listed_no_more(redis, connect):
    leaving = connect()
    number = leaving("CLIENT ID")
    assert number in ids(redis)
    leaving.close()
    wait_until(lambda: number not in ids(redis))


def test_client_needs_a_subcommand_that_it_knows(redis):
    assert redis("CLIENT") == wrong_arity("client")
    assert redis("CLIENT NONSENSE") == RedisError("ERR unknown subcommand 'NONSENSE'. Try CLIENT HELP.")
    for line in ("ID x", "GETNAME x", "SETNAME", "SETNAME a b", "INFO x", "KILL"):
        assert redis(f"CLIENT {line}") == wrong_arity(f"client|{line.split()[0].lower()}"), line
    assert redis("client help")[0].startswith(
        "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    )
