"""The commands about the connection itself, except CLIENT, which is in client.py."""

from redis_clone import REDIS_VERSION
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, int32, integer
from redis_clone.commands.client import check_name
from redis_clone.protocol.errors import DB_OUT_OF_RANGE, SYNTAX, RedisError, not_in_a_cluster
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.server.checks import log_denial
from redis_clone.server.state import Client

command = command_group("connection")

NO_PASSWORD_SET = (
    "ERR AUTH <password> called without any password configured for the default user. "
    "Are you sure your configuration is correct?"
)
HELLO_NEEDS_AUTH = (
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH "
    "<user> <pass> option can be used to authenticate the client and select the RESP protocol version at "
    "the same time"
)


@command("PING", arity=-1, flags="fast", tips="request_policy:all_shards response_policy:all_succeeded")
def ping(client: Client, message: bytes | None = None) -> SimpleString | bytes | list[bytes]:
    """Answers PONG, or the message.

    PING [message]
    Since 1.0.0, O(1)
    """
    if client.protocol == 2 and client.subscriptions:
        return [b"pong", message or b""]  # a subscriber of RESP2 can read nothing but arrays
    return SimpleString("PONG") if message is None else message


@command("ECHO", arity=2, flags="loading stale fast")
def echo(client: Client, message: bytes) -> bytes:
    """Answers the message.

    ECHO message
    Since 1.0.0, O(1)
    """
    return message


@command("SELECT", arity=2, flags="loading stale fast")
def select(client: Client, index: bytes) -> SimpleString:
    """Changes the database that this connection uses.

    SELECT index
    Since 1.0.0, O(1)
    """
    number = int32(index)
    if number and client.server.cluster is not None:
        raise not_in_a_cluster("SELECT")
    if not 0 <= number < len(client.server.databases):
        raise RedisError(DB_OUT_OF_RANGE)
    client.db = client.server.databases[number]
    return OK


@command("AUTH", arity=-2, flags="noscript loading stale fast no_auth allow_busy")
def auth(client: Client, *args: bytes) -> SimpleString:
    """Authenticates this connection by a password.

    AUTH [username] password
    Since 1.0.0, O(N) where N is the number of passwords of the user.
    """
    if len(args) > 2:
        raise RedisError(SYNTAX)
    if len(args) == 1 and client.server.users.default.needs_no_password:
        raise RedisError(NO_PASSWORD_SET)
    name = args[0] if len(args) == 2 else b"default"
    _authenticate(client, name, args[-1], b"AUTH")
    return OK


def _authenticate(client: Client, name: bytes, password: bytes, by: bytes) -> None:
    user = client.server.users.authenticate(name, password)
    if user is None:
        log_denial(client, "auth", by, username=name)
        raise RedisError("WRONGPASS invalid username-password pair or user is disabled.")
    client.user = user
    client.authenticated = True


@command("HELLO", arity=-1, flags="noscript loading stale fast no_auth allow_busy")
def hello(client: Client, *args: bytes) -> dict[str, object]:
    """Greets the server, chooses RESP2 or RESP3, and may authenticate and name the connection.

    HELLO [protover [AUTH username password] [SETNAME clientname]]
    Since 6.0.0, O(1)
    """
    protocol, name, credentials = client.protocol, None, None
    if args:
        protocol = integer(args[0], "ERR Protocol version is not an integer or out of range")
        if protocol not in (2, 3):
            raise RedisError("NOPROTO unsupported protocol version")
    options = Options(args[1:])
    while options:
        option = options.value()
        match option.upper():
            case b"AUTH" if options.left >= 2:
                credentials = options.value(), options.value()
            case b"SETNAME" if options.left >= 1:
                name = options.value()
                check_name(name)
            case _:
                raise RedisError(f"ERR Syntax error in HELLO option '{option.decode('latin-1')}'")
    if credentials is not None:
        _authenticate(client, *credentials, b"HELLO")
    if not client.authenticated:
        raise RedisError(HELLO_NEEDS_AUTH)
    if name is not None:
        client.name = name
    client.protocol = protocol
    if protocol == 3:
        client.output_buffer.takes_pushes = True  # another client may now REDIRECT its invalidations here
    return _greeting(client)


def _greeting(client: Client) -> dict[str, object]:
    return {
        "server": "redis",
        "version": REDIS_VERSION,
        "proto": client.protocol,
        "id": client.id,
        "mode": client.server.mode,
        "role": "master" if client.server.following is None else "replica",
        "modules": [],
    }


@command("QUIT", arity=-1, flags="noscript loading stale fast no_auth allow_busy")
def quit_(client: Client, *ignored: bytes) -> SimpleString:
    """Answers OK, then closes the connection.

    QUIT
    Since 1.0.0, O(1)
    """
    client.output_buffer.close_after_reply = True
    return OK


@command("RESET", arity=1, flags="noscript loading stale fast no_auth allow_busy")
def reset(client: Client) -> SimpleString:
    """Makes the connection as if it were new: no transaction, no subscription, database 0, RESP2.

    RESET
    Since 6.2.0, O(1)
    """
    client.transaction.end()
    client.server.pubsub.forget(client)
    client.server.monitors.forget(client)
    client.server.tracking.stop(client)
    client.reply_off = False
    client.reply_skip &= 1  # which RESET's own reply heeds
    client.reads_replicas, client.asking = False, 0
    client.db = client.server.databases[0]
    client.protocol = 2
    client.name = b""
    client.user = client.server.users.default
    client.authenticated = client.server.users.default_lets_in
    return SimpleString("RESET")
