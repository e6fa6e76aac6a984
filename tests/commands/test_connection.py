"""PING, ECHO, SELECT, AUTH, HELLO, QUIT and RESET."""

import pytest
from harness import ours_alone
from tables import for_each

from redis_clone.protocol.errors import DB_OUT_OF_RANGE, NOT_AN_INTEGER, SYNTAX, RedisError, wrong_arity
from redis_clone.protocol.replies import Push

WRONG_PASSWORD = RedisError("WRONGPASS invalid username-password pair or user is disabled.")
NO_PASSWORD_SET = RedisError(
    "ERR AUTH <password> called without any password configured for the default user. "
    "Are you sure your configuration is correct?"
)
NOT_AUTHENTICATED = RedisError("NOAUTH Authentication required.")


@pytest.fixture
def guarded(redis, connect):
    """A server that asks for the password "secret"; makes clients that have not said it yet."""
    redis("CONFIG SET requirepass secret")
    try:
        yield connect
    finally:
        redis("CONFIG SET requirepass ''")


@pytest.mark.parametrize("protocol", [2, 3])
def test_ping_answers_pong_or_the_message(connect, protocol):
    redis = connect(protocol)
    assert redis("PING") == "PONG"
    assert redis("PING", b"\x00\xff\r\n") == b"\x00\xff\r\n"
    assert redis("PING a b") == wrong_arity("ping")


def test_echo_answers_the_message(redis):
    assert redis("ECHO", b"\x00\xff") == b"\x00\xff"
    assert redis("ECHO ''") == b""
    assert redis("ECHO") == wrong_arity("echo")
    assert redis("ECHO a b") == wrong_arity("echo")


def test_ping_of_a_resp2_subscriber_is_an_array(redis):
    redis("SUBSCRIBE channel")
    assert redis("PING") == [b"pong", b""]
    assert redis("PING hello") == [b"pong", b"hello"]
    redis("UNSUBSCRIBE channel")
    assert redis("PING") == "PONG"


def test_ping_of_a_resp3_subscriber_is_as_ever(redis3):
    redis3("SUBSCRIBE channel")
    assert redis3("PING") == "PONG"
    assert redis3("PING hello") == b"hello"


def test_each_database_has_keys_of_its_own(redis, other):
    redis("SET k zero")
    assert redis("SELECT 15") == "OK"
    assert redis("GET k") is None
    redis("SET k fifteen")
    assert other("GET k") == b"zero"
    redis("SELECT 0")
    assert redis("GET k") == b"zero"


@for_each(
    "index, error",
    [("16", DB_OUT_OF_RANGE), ("-1", DB_OUT_OF_RANGE), ("x", NOT_AN_INTEGER), ("1.0", NOT_AN_INTEGER)],
)
def test_select_of_a_database_that_is_not_there_fails_and_changes_nothing(redis, index, error):
    redis("SET k v")
    assert redis(f"SELECT {index}") == RedisError(error)
    assert redis("GET k") == b"v"


def test_a_password_is_needed_before_anything_else(guarded):
    stranger = guarded()
    for command in (
        "GET k",
        "PING",
        "SELECT 0",
        "SUBSCRIBE c",
        "MULTI",
        "COMMAND COUNT",
        "CLIENT ID",
        "CONFIG GET *",
    ):
        assert stranger(command) == NOT_AUTHENTICATED, command
    assert stranger("AUTH wrong") == WRONG_PASSWORD
    assert stranger("PING") == NOT_AUTHENTICATED
    assert stranger("AUTH secret") == "OK"
    assert stranger("PING") == "PONG"


def test_unknown_commands_and_wrong_arities_are_reported_before_authentication(guarded):
    stranger = guarded()
    assert "unknown command" in str(stranger("NONSENSE"))
    assert stranger("GET") == wrong_arity("get")


def test_auth_takes_the_user_default_too(guarded):
    stranger = guarded()
    assert stranger("AUTH default wrong") == WRONG_PASSWORD
    assert stranger("AUTH nobody secret") == WRONG_PASSWORD
    assert stranger("AUTH '' secret") == WRONG_PASSWORD
    assert stranger("AUTH default secret") == "OK"
    assert stranger("PING") == "PONG"


def test_a_failed_auth_leaves_an_authenticated_client_as_it_was(redis, guarded):
    assert redis("AUTH wrong") == WRONG_PASSWORD
    assert redis("PING") == "PONG"


def test_auth_without_a_password_to_know(redis):
    assert redis("AUTH secret") == NO_PASSWORD_SET
    assert redis("AUTH default anything") == "OK"
    assert redis("AUTH nobody anything") == WRONG_PASSWORD
    assert redis("AUTH a b c") == RedisError(SYNTAX)
    assert redis("AUTH") == wrong_arity("auth")


def test_a_client_connected_before_the_password_was_set_stays_authenticated(redis, guarded):
    assert redis("PING") == "PONG"


def test_a_password_may_hold_spaces_and_letters_of_any_alphabet(redis, connect):
    password = "pass wörd"
    redis("CONFIG", "SET", "requirepass", password.encode())
    try:
        assert redis("CONFIG GET requirepass") == [b"requirepass", password.encode()]
        assert connect()("AUTH", password.encode()) == "OK"
    finally:
        redis("CONFIG SET requirepass ''")


def test_hello_describes_the_server_in_the_shape_of_the_chosen_protocol(redis):
    flat = redis("HELLO 2")
    assert flat[::2] == [b"server", b"version", b"proto", b"id", b"mode", b"role", b"modules"]
    greeting = redis("HELLO 3")
    assert greeting[b"server"] == b"redis"
    assert greeting[b"proto"] == 3
    assert greeting[b"id"] == redis("CLIENT ID")
    assert greeting[b"mode"] == b"standalone"
    assert greeting[b"role"] == b"master"
    assert greeting[b"modules"] == []
    assert isinstance(redis("HELLO"), dict)
    assert isinstance(redis("HELLO 2"), list)
    assert isinstance(redis("HELLO"), list)


def test_hello_may_name_the_connection(redis):
    redis("HELLO 3 SETNAME me")
    assert redis("CLIENT GETNAME") == b"me"
    redis("HELLO 3 setname you setname they")
    assert redis("CLIENT GETNAME") == b"they"
    redis("HELLO 2 SETNAME ''")
    assert redis("CLIENT GETNAME") is None


@pytest.mark.parametrize(
    "words, error",
    [
        ("1", "NOPROTO unsupported protocol version"),
        ("4", "NOPROTO unsupported protocol version"),
        ("-1 NONSENSE", "NOPROTO unsupported protocol version"),
        ("x", "ERR Protocol version is not an integer or out of range"),
        ("AUTH default x", "ERR Protocol version is not an integer or out of range"),
        ("3 NONSENSE", "ERR Syntax error in HELLO option 'NONSENSE'"),
        ("3 AUTH", "ERR Syntax error in HELLO option 'AUTH'"),
        ("3 auth default", "ERR Syntax error in HELLO option 'auth'"),
        ("3 SETNAME", "ERR Syntax error in HELLO option 'SETNAME'"),
        ("3 SETNAME 'a b'", "ERR Client names cannot contain spaces, newlines or special characters."),
        (
            "3 SETNAME 'a b' AUTH no one",
            "ERR Client names cannot contain spaces, newlines or special characters.",
        ),
        ("3 AUTH nobody secret", str(WRONG_PASSWORD)),
    ],
)
def test_a_hello_that_fails_changes_nothing(redis, guarded, words, error):
    assert redis(f"HELLO {words}") == RedisError(error)
    assert isinstance(redis("HELLO"), list)
    assert redis("CLIENT GETNAME") is None


def test_hello_before_authentication_needs_the_password(guarded):
    stranger = guarded()
    for words in ("", "3", "3 SETNAME me"):
        assert str(stranger(f"HELLO {words}")).startswith(
            "NOAUTH HELLO must be called with the client already"
        )
    assert stranger("HELLO 9") == RedisError("NOPROTO unsupported protocol version")
    assert stranger("HELLO 3 AUTH default wrong") == WRONG_PASSWORD
    assert stranger("PING") == NOT_AUTHENTICATED
    assert stranger("HELLO 3 AUTH default secret SETNAME me")[b"proto"] == 3
    assert stranger("CLIENT GETNAME") == b"me"


@ours_alone  # 7.0 acts on each word as it reads it
@pytest.mark.parametrize(
    "words, error",
    [
        ("AUTH default secret NONSENSE", RedisError("ERR Syntax error in HELLO option 'NONSENSE'")),
        (
            "SETNAME me AUTH default secret NONSENSE",
            RedisError("ERR Syntax error in HELLO option 'NONSENSE'"),
        ),
        ("SETNAME me AUTH default wrong", WRONG_PASSWORD),
    ],
)
def test_hello_reads_all_its_arguments_before_it_acts(guarded, words, error):
    stranger = guarded()
    assert stranger(f"HELLO 3 {words}") == error
    assert stranger("PING") == NOT_AUTHENTICATED
    stranger("AUTH secret")
    assert stranger("CLIENT GETNAME") is None


@pytest.mark.parametrize("words", ["QUIT", "quit", "QUIT at once"])
def test_quit_answers_ok_and_hangs_up(redis, words):
    assert redis(words) == "OK"
    assert redis.is_closed()


def test_commands_after_quit_in_a_pipeline_are_not_run(redis, other):
    redis.send_bytes(b"SET before 1\r\nQUIT\r\nSET after 1\r\n")
    assert redis.read() == "OK"
    assert redis.read() == "OK"
    assert redis.is_closed()
    assert other("EXISTS before after") == 1


def test_quit_and_reset_need_no_password(guarded):
    stranger = guarded()
    assert stranger("RESET") == "RESET"
    assert stranger("QUIT") == "OK"
    assert stranger.is_closed()


def test_reset_leaves_transaction_and_watch(redis, other):
    redis("WATCH k")
    redis("MULTI")
    redis("SET k v")
    assert redis("RESET") == "RESET"
    assert redis("EXEC") == RedisError("ERR EXEC without MULTI")
    other("SET k other")
    redis("MULTI")
    redis("GET k")
    assert redis("EXEC") == [b"other"]


def test_reset_returns_to_database_zero_without_a_name(redis):
    redis("SET k zero")
    redis("SELECT 5")
    redis("CLIENT SETNAME me")
    redis("RESET")
    assert redis("GET k") == b"zero"
    assert redis("CLIENT GETNAME") is None


def test_reset_returns_to_resp2_and_its_own_reply_is_in_it(redis3):
    assert redis3("RESET") == "RESET"
    assert redis3("HELLO")[:2] == [b"server", b"redis"]


def test_reset_leaves_every_subscription(redis, other):
    redis("SUBSCRIBE reset")
    redis("PSUBSCRIBE r?set")
    redis("SSUBSCRIBE reset")
    assert redis("RESET") == "RESET"
    assert redis("GET k") is None
    assert other("PUBLISH reset message") == 0
    assert other("SPUBLISH reset message") == 0


def test_reset_ends_the_authentication(redis, guarded):
    client = guarded()
    client("AUTH secret")
    client("RESET")
    assert client("PING") == NOT_AUTHENTICATED
    assert redis("RESET x") == wrong_arity("reset")


def test_a_subscriber_may_change_from_resp3_to_resp2(redis3, other):
    assert redis3("SUBSCRIBE a") == Push([b"subscribe", b"a", 1])
    redis3("HELLO 2")
    other("PUBLISH a message")
    assert type(redis3.read()) is list
    assert "only (P|S)SUBSCRIBE" in str(redis3("GET k"))


def test_the_id_of_a_later_connection_is_higher(connect):
    first, second = connect(), connect()
    assert first("CLIENT ID") < second("CLIENT ID")
