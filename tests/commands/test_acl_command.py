"""ACL, AUTH and the rights of users, compared with the real server.

Three things are of 7.2, so the installed 7.0 differs: the flag sanitize-payload of a user is always shown,
its rules for commands are shown as they were given, and the error line of a denial names the user.
"""

import pytest
from harness import Client, our_server, ours_alone, real_server, wait_until

from redis_clone.protocol.errors import RedisError

WRONG = RedisError("WRONGPASS invalid username-password pair or user is disabled.")
ALL = "reset on nopass ~* &* +@all"


@pytest.fixture(autouse=True)
def no_users(request):
    """Every test begins and ends with the default user alone."""
    if "address" not in request.fixturenames and "both" not in request.fixturenames:
        yield
        return
    names = ["our_address", "real_address"] if "both" in request.fixturenames else ["address"]
    admins = [Client(request.getfixturevalue(name)) for name in names]
    yield
    for admin in admins:
        admin("CONFIG SET requirepass ''")
        others = [name for name in admin("ACL USERS") if name != b"default"]
        if others:
            admin("ACL", "DELUSER", *others)
        admin(f"ACL SETUSER default {ALL}")
        admin("ACL LOG RESET")
        admin.close()


def is_noperm(reply, *args):
    """Whether the reply is a NOPERM error with these texts in it; the rest depends on the version."""
    line = str(reply)
    return isinstance(reply, RedisError) and line.startswith("NOPERM ") and all(word in line for word in args)


@pytest.fixture
def alice(redis, connect):
    """A function that gives alice these rules and returns a connection of hers: alice("+get ~a*")."""
    made = []

    def make(rules):
        assert redis(f"ACL SETUSER alice on >secret {rules}") == "OK"
        client = connect()
        assert client("AUTH alice secret") == "OK"
        made.append(client)
        return client

    return make


# Rules, as ACL LIST shows them.

SEQUENCES = [
    "",
    "on",
    "on off",
    "on nopass",
    "on >a >b >a",
    "on >a <a >b",
    "nopass >a",
    ">a nopass",
    ">a resetpass",
    "#" + "ab" * 32 + " >x",
    "#" + "ab" * 32 + " !" + "ab" * 32,
    "skip-sanitize-payload",
    "skip-sanitize-payload sanitize-payload",
    "~a ~b ~a",
    "%R~a %W~b %RW~c %rw~d %wR~e",
    "%R~a %W~a %R~b ~b",
    "%R~* %W~x",
    "~a resetkeys ~b",
    "allkeys",
    "~* resetkeys",
    "%RW~*",
    "~* ~*",
    "%R~ ~",
    "&a &b &a",
    "allchannels",
    "&* resetchannels &x",
    "+get",
    "+GET +Set",
    "+get -get",
    "+@all -get",
    "+@all -get +get",
    "+@all -@dangerous +keys",
    "+@read",
    "+@read -get +get",
    "+get +@read -@write",
    "-@all +@hash -hset",
    "+@ALL -@Admin",
    "allcommands -@write",
    "+@all nocommands +get",
    "+config",
    "+config|get",
    "+CONFIG|GET +config|SET",
    "+config -config|set",
    "+config|get +config",
    "+@admin -config|get",
    "+select|0",
    "+select|0 +select|1",
    "+select|0 +select",
    "+select|0 -select",
    "-@all +@all -@slow",
    "+client -client|kill +client|kill",
    "+@all -client|kill",
    "(+get ~a)",
    "(+get ~a) (+set %W~b &c) +ping",
    "(+get ~a) clearselectors (+set)",
    "()",
    "( +get   ~a )",
    "(allkeys allchannels allcommands)",
    "on >p ~a +get (+set ~b) reset",
    "reset",
    "reset on nopass ~* &* +@all",
    # Rejected.
    "nonsense",
    "+nonsense",
    "-nonsense",
    "+@nonsense",
    "-@nonsense",
    "+",
    "-",
    "+@",
    "-select|0",
    "+config|nonsense",
    "+config|get|maxclients",
    "+nonsense|get",
    "+select|",
    "+config|",
    "~* ~a",
    "allkeys %R~a",
    "&* &a",
    "%~a",
    "%X~a",
    "%RR~a",
    "%R",
    "%",
    "<nothing",
    "!" + "ab" * 32,
    "#short",
    "!short",
    "#" + "AB" * 32,
    "(+get",
    "+get ~a)",
    "(+get (+set))",
    "(on)",
    "(>secret)",
    "(+nonsense)",
    "( +get ~a",
    "on nonsense",
]


def user_after(client, line):
    """The user after a command, without the parts that 7.0 and 7.2 show differently."""
    reply = client(line)
    user = client("ACL GETUSER alice")
    if user is not None:
        user = dict(zip(user[::2], user[1::2], strict=True))
        user[b"flags"] = sorted({*user[b"flags"]} - {b"sanitize-payload"})
        user.pop(b"commands")
        user[b"selectors"] = [
            [item for item in selector if not item.startswith((b"+@all", b"-@all"))]
            for selector in user[b"selectors"]
        ]
    return reply, user


@pytest.mark.parametrize("rules", SEQUENCES)
def test_setuser_accepts_the_rules_that_redis_accepts_and_shows_them_alike(our_address, real_address, rules):
    ours, real = Client(our_address), Client(real_address)
    for client in (ours, real):
        client("ACL DELUSER alice")
    assert user_after(ours, f"ACL SETUSER alice {rules}") == user_after(real, f"ACL SETUSER alice {rules}")
    lines = [line for line in ours("ACL LIST") if line.startswith(b"user alice ")]
    theirs = real("ACL LIST")
    for line in lines:  # the line makes the same user on both servers
        for client in (ours, real):
            assert client("ACL", "SETUSER", "alice", "reset", *line.split()[2:]) == "OK"
        assert [each.replace(b" sanitize-payload", b"") for each in real("ACL LIST")] == [
            each.replace(b" sanitize-payload", b"") for each in theirs
        ]
        assert line in ours("ACL LIST")
    for client in (ours, real):
        client("ACL DELUSER alice")
        client.close()


@ours_alone
@pytest.mark.parametrize(
    "rules, line",
    [
        ("", "off sanitize-payload resetchannels -@all"),
        ("on nopass ~* &* +@all", "on nopass sanitize-payload ~* &* +@all"),
        ("+get +@read -@write", "off sanitize-payload resetchannels -@all +get +@read -@write"),
        ("+@all -get", "off sanitize-payload resetchannels +@all -get"),
        ("~b &c (+set ~d)", "off sanitize-payload ~b resetchannels &c -@all (~d resetchannels -@all +set)"),
        ("+config|get +config", "off sanitize-payload resetchannels -@all +config"),
    ],
)  # fmt: skip
def test_the_line_of_acl_list_in_7_2(redis, rules, line):
    redis(f"ACL SETUSER alice {rules}")
    assert f"user alice {line}".encode() in redis("ACL LIST")


def test_a_name_without_spaces(redis):
    error = RedisError("ERR Usernames can't contain spaces or null characters")
    assert redis("ACL", "SETUSER", "a b") == error
    assert redis("ACL", "SETUSER", "a\0b") == error
    assert redis("ACL", "SETUSER", "", "on") == "OK" and redis("ACL USERS") == [b"", b"default"]


def test_users_are_listed_in_the_order_of_their_names(redis):
    for name in ("zoe", "Bob", "alice"):
        redis(f"ACL SETUSER {name}")
    assert redis("ACL USERS") == [b"Bob", b"alice", b"default", b"zoe"]
    assert [line.split()[1] for line in redis("ACL LIST")] == [b"Bob", b"alice", b"default", b"zoe"]


def test_getuser_in_resp3(redis3):
    redis3("ACL SETUSER alice on skip-sanitize-payload ~a +get (~b)")
    user = redis3("ACL GETUSER alice")
    assert user[b"flags"] == [b"on", b"skip-sanitize-payload"]
    assert user[b"selectors"] == [{b"commands": b"-@all", b"keys": b"~b", b"channels": b""}]
    assert redis3("ACL GETUSER nobody") is None


def test_getuser_of_a_missing_user_is_null(redis):
    assert redis("ACL GETUSER nobody") is None


# Authentication.


def test_whoami_returns_the_user_of_the_connection(redis, other):
    assert redis("ACL WHOAMI") == b"default"
    redis("ACL SETUSER alice on nopass +acl|whoami")
    assert other("AUTH alice anything") == "OK" and other("ACL WHOAMI") == b"alice"
    assert other("RESET") == "RESET" and other("ACL WHOAMI") == b"default"


def test_a_wrong_password_a_wrong_user_and_a_user_that_is_off_get_the_same_error(redis, other):
    redis("ACL SETUSER alice on >secret >other")
    redis("ACL SETUSER bob off >secret")
    redis("ACL SETUSER carol on")
    for line in ("AUTH alice wrong", "AUTH alice ''", "AUTH ALICE secret", "AUTH nobody secret",
                 "AUTH bob secret", "AUTH carol ''"):  # fmt: skip
        assert other(line) == WRONG, line
    assert other("AUTH alice other") == "OK"
    assert other("AUTH alice wrong") == WRONG and redis("ACL SETUSER alice +acl|whoami") == "OK"
    assert other("ACL WHOAMI") == b"alice"  # a failed AUTH changes nothing


def test_a_user_that_is_switched_off_stays_connected(alice, redis):
    client = alice("+ping")
    redis("ACL SETUSER alice off")
    assert client("PING") == "PONG" and client("AUTH alice secret") == WRONG


def test_auth_without_a_name_means_the_default_user(redis, other):
    missing = (
        "ERR AUTH <password> called without any password configured for the default user. "
        "Are you sure your configuration is correct?"
    )
    assert other("AUTH secret") == RedisError(missing)
    assert other("AUTH a b c") == RedisError("ERR syntax error")
    redis("ACL SETUSER default >secret")
    assert other("PING") == "PONG"  # it was connected before
    assert other("AUTH wrong") == WRONG and other("AUTH secret") == "OK"


def test_requirepass_is_the_password_of_the_default_user(redis, connect):
    assert redis("CONFIG SET requirepass one") == "OK"
    late = connect()
    assert late("PING") == RedisError("NOAUTH Authentication required.")
    assert late("AUTH default one") == "OK" and late("PING") == "PONG"
    redis("ACL SETUSER default >two")
    assert connect()("AUTH two") == "OK"
    assert redis("CONFIG GET requirepass") == [b"requirepass", b"one"]
    redis("CONFIG SET requirepass three")
    assert connect()("AUTH two") == WRONG
    redis("CONFIG SET requirepass ''")
    assert connect()("PING") == "PONG"


def test_a_connection_without_a_name_may_nothing_while_the_default_user_is_off(redis, connect):
    redis("ACL SETUSER default off")
    redis("ACL SETUSER alice on nopass +ping")
    late = connect()
    assert late("PING") == RedisError("NOAUTH Authentication required.")
    assert late("AUTH alice x") == "OK" and late("PING") == "PONG"
    later = connect()
    redis("ACL SETUSER default on")
    assert later("PING") == "PONG"  # checked at each command, not at the connection's start


@pytest.mark.parametrize("password", [b"\xff\x00", "schlüssel".encode(), b"a" * 10_000])
def test_a_password_may_be_any_bytes(redis, other, password):
    assert redis("CONFIG", "SET", "requirepass", password) == "OK"
    assert redis("CONFIG GET requirepass") == [b"requirepass", password]
    assert other("AUTH", password) == "OK"
    assert other("AUTH", password + b"x") == WRONG
    assert redis("ACL", "SETUSER", "alice", "on", b">" + password) == "OK"
    assert other("AUTH", b"alice", password) == "OK"


def test_hello_may_authenticate(redis, other):
    redis("ACL SETUSER alice on >secret +acl|whoami")
    assert other("HELLO 2 AUTH alice wrong") == WRONG
    assert isinstance(other("HELLO 2 AUTH alice secret"), list)
    assert other("ACL WHOAMI") == b"alice"


def test_client_list_and_kill_know_the_user(alice, redis):
    client = alice("+client")
    assert b" user=alice " in client("CLIENT INFO")
    assert redis("CLIENT KILL USER nobody") == RedisError("ERR No such user 'nobody'")
    assert redis("CLIENT KILL USER alice") == 1 and client.is_closed()


# Commands, keys and channels.


def test_only_the_commands_that_are_allowed(alice):
    client = alice("~* +get +config|get -debug +select|2")
    assert client("GET a") is None and client("CONFIG GET maxclients")[0] == b"maxclients"
    assert is_noperm(client("SET a 1"), "'set' command")
    assert is_noperm(client("CONFIG SET maxclients 1"), "'config|set' command")
    assert client("SELECT 2") == "OK" and is_noperm(client("SELECT 1"), "'select'")
    assert client("NONSENSE") != client("GET") and client("HELLO")[:1] == [b"server"]


@ours_alone
def test_the_error_lines_of_a_denial_in_7_2(alice):
    client = alice("~a* &a* +get +publish")
    assert client("SET a 1") == RedisError("NOPERM User alice has no permissions to run the 'set' command")
    assert client("GET b") == RedisError("NOPERM No permissions to access a key")
    assert client("PUBLISH b 1") == RedisError("NOPERM No permissions to access a channel")
    assert client("GET b b").args[0].startswith("ERR wrong number")


@pytest.mark.parametrize(
    "line, allowed",
    [
        ("GET r", True), ("GET w", False), ("GET rw", True), ("GET x", False),
        ("SET r 1", False), ("SET w 1", True), ("SET w 1 GET", False), ("SET rw 1 GET", True),
        ("DEL r", False), ("DEL w", True), ("DEL w x", False),
        ("EXISTS r", True), ("EXISTS w", True), ("EXISTS x", False), ("STRLEN w", True), ("TTL w", False),
        ("INCR r", False), ("INCR w", False), ("INCR rw", True), ("APPEND w x", True),
        ("COPY r w", True), ("COPY w r", False), ("COPY w w", False), ("RENAME rw w", True),
        ("RENAME r w", False), ("SINTERSTORE w r r", True), ("SINTERSTORE r r", False),
        ("ZUNIONSTORE w 2 r r", True), ("ZUNIONSTORE w 2 r x", False), ("ZUNIONSTORE w 9 x", True),
        ("LMOVE rw w LEFT LEFT", True), ("LMOVE r w LEFT LEFT", False), ("LPUSH w 1", True),
        ("LPOP w", False),
        ("SORT r", True), ("SORT r STORE w", True), ("SORT r STORE r", False), ("SORT w", False),
        ("XREAD STREAMS r 0", True), ("XREAD STREAMS r x 0 0", False), ("OBJECT ENCODING w", True),
        ("MSET w 1 w 2", True), ("MSET w 1 x 2", False), ("BITOP NOT w r", True),
        ("BITFIELD w GET u8 0", False),
        ("BITFIELD r GET u8 0", True), ("BITFIELD r SET u8 0 1", False), ("GETDEL rw", True),
        ("SADD w 1", True),
        ("PFCOUNT r", True), ("PFCOUNT rw", True), ("GEORADIUS r 0 0 1 km STORE w", True),
        ("GEORADIUS r 0 0 1 km STORE r", False), ("KEYS *", True), ("SCAN 0", True), ("RANDOMKEY", True),
        ("WATCH w", True), ("WATCH x", False), ("TOUCH x", False), ("PUBLISH x 1", False),
        ("PUBLISH news:a 1", True), ("SPUBLISH news:a 1", True), ("SPUBLISH x 1", False),
        ("SUBSCRIBE news:a", True), ("SUBSCRIBE news:a x", False), ("SSUBSCRIBE x", False),
        ("PSUBSCRIBE news:*", True), ("PSUBSCRIBE news:a*", False), ("UNSUBSCRIBE x", True),
        ("PUNSUBSCRIBE x", True), ("PUBSUB NUMSUB x", True),
    ],
)  # fmt: skip
def test_each_access_to_a_key_must_be_allowed(both, line, allowed):
    """DRYRUN and the command itself agree."""
    rules = "on nopass +@all %R~r %W~w ~rw &news:*"
    assert both(f"ACL SETUSER alice {rules}") == ["OK", "OK"]
    dry = both(f"ACL DRYRUN alice {line}")
    assert [reply == "OK" for reply in dry] == [allowed, allowed]
    both("AUTH alice x")
    wet = both(line)
    assert [is_noperm(reply) for reply in wet] == [not allowed, not allowed]


def test_selectors_are_tried_one_after_the_other(alice):
    client = alice("+get ~a (+set ~b) (+mget ~c ~d)")
    assert client("GET a") is None and client("SET b 1") == "OK" and client("MGET c d") == [None, None]
    for line in ("GET b", "SET a 1", "MGET a c", "MGET c b"):
        assert is_noperm(client(line), "key"), line


def test_sort_by_other_keys_needs_all_keys(alice, redis):
    redis("RPUSH list 1 2")
    client = alice("+sort +sort_ro ~list")
    for option in ("BY", "GET"):
        error = RedisError(f"ERR {option} option of SORT denied due to insufficient ACL permissions.")
        assert client(f"SORT list {option} w_*") == error
        assert client(f"SORT_RO list {option} w_* nonsense") == error
    assert client("SORT list BY nothing") == [b"1", b"2"]
    redis("ACL SETUSER alice %R~*")
    assert client("SORT list BY w_* GET #") == [b"1", b"2"]
    assert is_noperm(client("SORT list BY w_* STORE other"), "key")


# Transactions and blocked clients.


def test_a_denied_command_aborts_the_transaction(alice):
    client = alice("+multi +exec +get ~a")
    client("MULTI")
    assert client("GET a") == "QUEUED" and is_noperm(client("GET b"))
    assert client("EXEC") == RedisError("EXECABORT Transaction discarded because of previous errors.")


def test_a_user_that_may_not_exec_has_its_transaction_discarded(alice, redis):
    client = alice("+multi +get ~a")
    client("MULTI")
    line = str(client("EXEC"))
    assert line.startswith("EXECABORT Transaction discarded because of: NOPERM ") and "'exec' command" in line
    redis("ACL SETUSER alice +exec")
    assert client("EXEC") == RedisError("ERR EXEC without MULTI")


@pytest.mark.parametrize(
    "change, reason",
    [
        ("-get", "no permission to execute the command or subcommand"),
        ("resetkeys", "no permission to touch the specified keys"),
        ("resetchannels", "no permission to access one of the channels used as arguments"),
    ],
)
def test_exec_checks_the_rights_to_queued_commands_again(alice, redis, change, reason):
    client = alice("+multi +exec +get +ping +publish ~a &news")
    client("MULTI")
    for line in ("PING", "GET a", "PUBLISH news 1"):
        assert client(line) == "QUEUED"
    redis(f"ACL SETUSER alice {change}")
    replies = client("EXEC")
    assert replies[0] == "PONG"
    assert [reply for reply in replies if isinstance(reply, RedisError)] == [
        RedisError(
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. "
            f"This command is no longer allowed for the following reason: {reason}"
        )
    ]


@ours_alone
def test_a_blocked_client_that_has_lost_the_right_gets_nothing(alice, redis):
    client = alice("+blpop ~list")
    client.send("BLPOP list 0")
    wait_until(lambda: b"blocked_clients:1" in redis("INFO clients"))
    redis("ACL SETUSER alice -blpop")
    redis("RPUSH list element")
    assert is_noperm(client.read(), "'blpop'") and redis("LLEN list") == 1


# Connections that ACL closes.


def test_the_connections_of_a_removed_user_end(alice, redis):
    clients = [alice("+ping"), alice("+ping")]
    assert redis("ACL DELUSER nobody alice alice") == 1
    assert all(client.is_closed() for client in clients)
    assert redis("ACL DELUSER alice default") == RedisError("ERR The 'default' user cannot be removed")


def test_a_user_that_removes_itself_gets_the_reply_first(alice):
    client = alice("+acl")
    assert client("ACL DELUSER alice") == 1 and client.is_closed()


@pytest.mark.parametrize(
    "subscription, change, ends",
    [
        ("SUBSCRIBE news", "resetchannels &news", False),
        ("SUBSCRIBE news", "resetchannels &ne*", False),
        ("SUBSCRIBE news", "resetchannels &other", True),
        ("PSUBSCRIBE ne*", "resetchannels &ne*", False),
        ("PSUBSCRIBE ne*", "resetchannels &n*", True),
        ("SSUBSCRIBE news", "resetchannels &other", True),
        ("SUBSCRIBE news", "+get -subscribe", False),
        ("SUBSCRIBE news", "resetchannels (&news)", False),
        ("PING", "resetchannels", False),
    ],
)
def test_subscribers_of_lost_channels_are_disconnected(alice, redis, subscription, change, ends):
    client = alice("+@pubsub +ping allchannels")
    client(subscription)
    redis(f"ACL SETUSER alice {change}")
    if ends:
        assert client.is_closed()
    else:
        client.send("PING")
        assert client.read() is not None


def test_acl_pubsub_default_is_for_new_users(redis):
    try:
        redis("CONFIG SET acl-pubsub-default allchannels")
        redis("ACL SETUSER alice (+get)")
        assert redis("ACL DRYRUN alice PING") != "OK" and redis("ACL GETUSER alice")[9] == b"&*"
        redis("ACL SETUSER bob resetchannels reset")
        assert redis("ACL GETUSER bob")[9] == b"&*"
    finally:
        redis("CONFIG SET acl-pubsub-default resetchannels")
    redis("ACL SETUSER carol")
    assert redis("ACL GETUSER carol")[9] == b"" and redis("ACL GETUSER alice")[9] == b"&*"


# The smaller subcommands.


def test_the_categories_and_the_commands_in_each(both):
    ours, real = both("ACL CAT")
    assert ours == real
    known = set.intersection(*map(set, both("COMMAND", "LIST")))  # to both servers
    known -= {b"wait"}  # is @blocking since 7.2
    for category in ours:
        mine, theirs = both("ACL", "CAT", category)
        assert known.intersection(mine) == known.intersection(theirs), category


def test_errors_of_the_smaller_subcommands(both):
    for line in ("ACL CAT nonsense", "ACL CAT a b", "ACL", "ACL NONSENSE", "ACL GENPASS 0",
                 "ACL GENPASS 4097", "ACL GENPASS x", "ACL GENPASS 1 2", "ACL LOG x", "ACL LOG 1 2",
                 "ACL SETUSER", "ACL DELUSER",
                 "ACL DRYRUN default", "ACL DRYRUN nobody GET a", "ACL DRYRUN default nonsense",
                 "ACL DRYRUN default GET", "ACL DRYRUN default CONFIG NONSENSE", "ACL DRYRUN default CONFIG",
                 "ACL LOAD", "ACL SAVE", "ACL WHOAMI x", "ACL GETUSER"):  # fmt: skip
        ours, real = both(line)
        assert ours == real, line


@ours_alone
def test_the_replies_of_dryrun_in_7_2(redis):
    redis("ACL SETUSER alice +get +publish")
    assert redis("ACL DRYRUN alice SET a 1") == b"User alice has no permissions to run the 'set' command"
    assert redis("ACL DRYRUN alice GET a") == b"User alice has no permissions to access the 'a' key"
    assert redis("ACL DRYRUN alice PUBLISH a 1") == b"User alice has no permissions to access the 'a' channel"


def test_genpass(redis):
    assert len(redis("ACL GENPASS")) == 64 and len(redis("ACL GENPASS 5")) == 2
    assert len(redis("ACL GENPASS 1")) == 1 and len(redis("ACL GENPASS 4096")) == 1024
    assert redis("ACL GENPASS") != redis("ACL GENPASS")
    assert set(redis("ACL GENPASS")) <= set(b"0123456789abcdef")


# ACL LOG.


def entries(client, line="ACL LOG"):
    return [dict(zip(entry[::2], entry[1::2], strict=True)) for entry in client(line)]


def test_denials_are_in_the_acl_log(alice, redis):
    client = alice("+get ~a +multi +exec +publish +config|get +auth")
    for line in (
        "SET a 1",
        "GET b",
        "GET b",
        "PUBLISH c 1",
        "CONFIG SET a b",
        "AUTH bob x",
        "MULTI",
        "GET d",
    ):
        client(line)
    found = [
        tuple(entry[field] for field in (b"count", b"reason", b"context", b"object", b"username"))
        for entry in entries(redis)
    ]
    assert found == [
        (1, b"key", b"multi", b"d", b"alice"),
        (1, b"auth", b"toplevel", b"AUTH", b"bob"),
        (1, b"command", b"toplevel", b"config|set", b"alice"),
        (1, b"channel", b"toplevel", b"c", b"alice"),
        (2, b"key", b"toplevel", b"b", b"alice"),
        (1, b"command", b"toplevel", b"set", b"alice"),
    ]
    [entry] = entries(redis, "ACL LOG 1")
    assert b"cmd=get user=alice" in entry[b"client-info"] and float(entry[b"age-seconds"]) < 60
    assert len(entries(redis, "ACL LOG 3")) == 3 and entries(redis, "ACL LOG -1") == []
    assert redis("ACL LOG RESET") == "OK" and redis("ACL LOG") == []


def test_the_context_within_exec_is_multi(alice, redis):
    client = alice("+multi +exec +auth +get ~a")
    for line in ("MULTI", "GET a", "AUTH bob wrong"):
        client(line)
    redis("ACL SETUSER alice -get")
    client("EXEC")
    assert [entry[b"context"] for entry in entries(redis)] == [b"multi", b"multi"]


def test_acllog_max_len(redis, alice):
    try:
        redis("CONFIG SET acllog-max-len 2")
        client = alice("+get")
        for key in "abcd":
            client(f"GET {key}")
        assert [entry[b"object"] for entry in entries(redis)] == [b"d", b"c"]
    finally:
        redis("CONFIG SET acllog-max-len 128")


@ours_alone
def test_7_2_adds_fields_to_the_acl_log_and_to_info(alice, redis, redis3):
    before = counts(redis)
    client = alice("+get +publish")
    for line in ("SET a 1", "GET b", "GET b", "PUBLISH c 1", "AUTH bob x"):
        client(line)
    [entry] = redis3("ACL LOG 1")
    assert set(entry) >= {b"entry-id", b"timestamp-created", b"timestamp-last-updated"}
    assert isinstance(entry[b"age-seconds"], float)
    ids = [entry[b"entry-id"] for entry in redis3("ACL LOG")]
    assert ids == sorted(ids, reverse=True) and len(set(ids)) == 4
    after = counts(redis)
    grown = {name: after[name] - before[name] for name in after}
    assert grown == {b"auth": 1, b"cmd": 1, b"key": 2, b"channel": 1}


def counts(client):
    lines = [line.partition(b":") for line in client("INFO stats").split()]
    prefix = b"acl_access_denied_"
    return {name.removeprefix(prefix): int(value) for name, _, value in lines if name.startswith(prefix)}


# Files.


@pytest.fixture(params=["ours", "real"])
def filed(request, tmp_path):
    """A server with an aclfile, and the file."""
    path = tmp_path / "users.acl"
    path.write_text("user alice on nopass +ping +subscribe &*\n\nuser bob off\n")
    if request.param == "ours":
        with our_server(aclfile=str(path)) as address:
            yield address, path
    else:
        request.getfixturevalue("real_address")
        with real_server(tmp_path, "--aclfile", str(path)) as address:
            yield address, path


def test_users_of_a_file_and_back_into_it(filed):
    address, path = filed
    redis, alice = Client(address), Client(address)
    assert redis("ACL USERS") == [b"alice", b"bob", b"default"]
    assert alice("AUTH alice x") == "OK"
    redis("ACL SETUSER carol on >secret ~c* +@read")
    before = redis("ACL LIST")
    assert redis("ACL SAVE") == "OK"
    assert path.read_bytes() == b"".join(line + b"\n" for line in before)
    redis("ACL DELUSER carol")
    assert redis("ACL LOAD") == "OK" and redis("ACL LIST") == before
    assert alice.is_closed() and redis("PING") == "PONG"
    redis.close(), alice.close()


def test_a_single_fault_and_the_old_users_stay(filed):
    address, path = filed
    redis = Client(address)
    before = redis("ACL LIST")
    path.write_text("# a comment\nuser carol on +nonsense ~* ~a\nuser carol on\nuser dave (on\n")
    assert redis("ACL LOAD") == RedisError(
        f"ERR {path}:1 should start with user keyword followed by the username. "
        f"{path}:2: Error in applying operation '+nonsense': Unknown command or category name in ACL. "
        f"{path}:2: Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not "
        "have any effect. Try 'resetkeys' to start with an empty list of patterns. "
        "WARNING: Duplicate user 'carol' found on line 3. "
        f"{path}:4: Unmatched parenthesis in selector definition."
        "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
    )
    assert redis("ACL LIST") == before
    redis.close()


def test_an_acl_file_that_was_deleted(filed):
    address, path = filed
    redis = Client(address)
    path.unlink()
    assert redis("ACL LOAD") == RedisError(
        f"ERR Error loading ACLs, opening file '{path}': No such file or directory"
    )
    assert redis("ACL SAVE") == "OK" and path.exists()
    redis.close()
