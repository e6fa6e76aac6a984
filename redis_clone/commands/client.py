"""CLIENT: the list of connections, the name and modes of each, and commands that end or unblock one.

PAUSE and TRACKING are in client_pause.py and client_tracking.py.
"""

from collections.abc import Callable

from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.commands.containers import container
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.protocol.replies import OK, Encoded, SimpleString, Verbatim
from redis_clone.server.blocked_clients import unblock_client
from redis_clone.server.client_info import client_info_line
from redis_clone.server.state import Client

command = command_group("connection")

container("CLIENT", "connection")

UNBLOCKED = RedisError("UNBLOCKED client unblocked via CLIENT UNBLOCK")
TYPES = ("normal", "master", "replica", "slave", "pubsub")

Wanted = Callable[[Client], bool]


@command("CLIENT|ID", arity=2, flags="noscript loading stale")
def client_id(client: Client) -> int:
    """Returns the number of this connection; a later connection has a higher one.

    CLIENT ID
    Since 5.0.0, O(1)
    """
    return client.id


@command("CLIENT|SETNAME", arity=3, flags="noscript loading stale")
def client_setname(client: Client, name: bytes) -> SimpleString:
    """Gives this connection a name; an empty one takes it away.

    CLIENT SETNAME connection-name
    Since 2.6.9, O(1)
    """
    check_name(name)
    client.name = name
    return OK


@command("CLIENT|GETNAME", arity=2, flags="noscript loading stale")
def client_getname(client: Client) -> bytes | None:
    """Returns the name of this connection.

    CLIENT GETNAME
    Since 2.6.9, O(1)
    """
    return client.name or None


@command("CLIENT|SETINFO", arity=4, flags="noscript loading stale")
def client_setinfo(client: Client, attribute: bytes, value: bytes) -> SimpleString:
    """Records which client library this connection uses.

    CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>
    Since 7.2.0, O(1)
    """
    shown = attribute.decode("latin-1")
    if attribute.lower() not in (b"lib-name", b"lib-ver"):
        raise RedisError(f"ERR Unrecognized option '{shown}'")
    if not _is_printable(value):
        raise RedisError(f"ERR {shown} cannot contain spaces, newlines or special characters.")
    if attribute.lower() == b"lib-name":
        client.library = value
    else:
        client.library_version = value
    return OK


@command("CLIENT|INFO", arity=2, flags="noscript loading stale", tips="nondeterministic_output")
def client_info(client: Client) -> Verbatim:
    """Returns what is known of this connection, in the form of CLIENT LIST.

    CLIENT INFO
    Since 6.2.0, O(1)
    """
    return Verbatim(client_info_line(client) + b"\n")


@command("CLIENT|LIST", arity=-2, flags="admin noscript loading stale", tips="nondeterministic_output")
def client_list(client: Client, *args: bytes) -> Verbatim:
    """Returns one line for each connection.

    CLIENT LIST [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]
    Since 2.4.0, O(N) where N is the number of connections.
    """
    clients = client.server.clients
    chosen = list(clients.values())
    if len(args) == 2 and args[0].upper() == b"TYPE":
        wanted = _type_named(args[1])
        chosen = [other for other in chosen if type_of(other) == wanted]
    elif len(args) > 1 and args[0].upper() == b"ID":
        ids = [integer(word, "ERR Invalid client ID") for word in args[1:]]
        chosen = [clients[number] for number in ids if number in clients]
    elif args:
        raise RedisError(SYNTAX)
    return Verbatim(b"".join(client_info_line(other) + b"\n" for other in chosen))


@command("CLIENT|KILL", arity=-3, flags="admin noscript loading stale")
def client_kill(client: Client, *args: bytes) -> SimpleString | int:
    """Closes one connection by its address, or all that match the filters.

    CLIENT KILL <ip:port | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] |
        [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME yes/no]> [...]>
    Since 2.4.0, O(N) where N is the number of connections.
    """
    if len(args) == 1:
        killed = _kill(client, [lambda other: other.address.encode() == args[0]])
        if not killed:
            raise RedisError("ERR No such client")
        return OK
    filters, skip_me = _kill_filters(client, args)
    if skip_me:
        filters.append(lambda other: other is not client)
    return _kill(client, filters)


@command("CLIENT|UNBLOCK", arity=-3, flags="admin noscript loading stale")
def client_unblock(client: Client, client_id: bytes, reason: bytes = b"TIMEOUT") -> int:
    """Unblocks a client as if its time-out had passed, or with an error.

    CLIENT UNBLOCK client-id [TIMEOUT | ERROR]
    Since 5.0.0, O(1)
    """
    if reason.upper() not in (b"TIMEOUT", b"ERROR"):
        raise RedisError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    other = client.server.clients.get(integer(client_id))
    if other is None or other.blocked is None or other.blocked.wait.is_postponed:
        return 0  # 7.0 crashes when the client was postponed by a pause
    reply_when_over = other.blocked.wait.reply_when_over()
    if reply_when_over is None:
        return 0  # SHUTDOWN, MIGRATE
    unblock_client(other.blocked, reply_when_over if reason.upper() == b"TIMEOUT" else UNBLOCKED)
    return 1


@command("CLIENT|REPLY", arity=3, flags="noscript loading stale")
def client_reply(client: Client, mode: bytes) -> SimpleString | Encoded:
    """Leaves out the replies to this connection: to all commands, or to the next one.

    CLIENT REPLY <ON | OFF | SKIP>
    Since 3.2.0, O(1)
    """
    match mode.upper():
        case b"ON":
            client.reply_off = False
            client.reply_skip &= ~1
            return OK
        case b"OFF":
            client.reply_off = True
        case b"SKIP":
            client.reply_skip |= 0 if client.reply_off else 2
        case _:
            raise RedisError(SYNTAX)
    return Encoded(b"")


@command("CLIENT|NO-EVICT", arity=3, flags="admin noscript loading stale")
def client_no_evict(client: Client, mode: bytes) -> SimpleString:
    """Keeps this connection when others are closed for lack of memory.

    CLIENT NO-EVICT <ON | OFF>
    Since 7.0.0, O(1)
    """
    client.no_evict = _read_switch(mode)
    return OK


@command("CLIENT|NO-TOUCH", arity=3, flags="noscript loading stale")
def client_no_touch(client: Client, mode: bytes) -> SimpleString:
    """Lets the commands of this connection leave the access time of keys as it is.

    CLIENT NO-TOUCH <ON | OFF>
    Since 7.2.0, O(1)
    """
    client.no_touch = _read_switch(mode)
    return OK


def _read_switch(word: bytes) -> bool:
    if word.upper() not in (b"ON", b"OFF"):
        raise RedisError(SYNTAX)
    return word.upper() == b"ON"


def _kill(client: Client, filters: list[Wanted]) -> int:
    killed = [other for other in client.server.clients.values() if all(wanted(other) for wanted in filters)]
    for other in killed:
        if other is client:
            client.output_buffer.close_after_reply = True  # once it has this command's reply
        else:
            other.output_buffer.close()
    return len(killed)


def _kill_filters(client: Client, args: tuple[bytes, ...]) -> tuple[list[Wanted], bool]:
    """The filters that a client must all match, and whether the caller itself is spared."""
    filters: list[Wanted] = []
    skip_me = True
    options = Options(args)
    while options:
        option = options.word()
        value = options.value()
        match option:
            case b"ID":
                number = integer(value, "ERR client-id should be greater than 0")
                if number < 1:
                    raise RedisError("ERR client-id should be greater than 0")
                filters.append(lambda other, number=number: other.id == number)  # type: ignore[misc]
            case b"TYPE":
                kind = _type_named(value)
                filters.append(lambda other, kind=kind: type_of(other) == kind)  # type: ignore[misc]
            case b"ADDR":
                filters.append(lambda other, at=value: other.address.encode() == at)  # type: ignore[misc]
            case b"LADDR":
                filters.append(lambda other, at=value: other.local_address.encode() == at)  # type: ignore[misc]
            case b"USER":
                user = client.server.users.get(value)
                if user is None:
                    raise RedisError(f"ERR No such user '{value.decode('latin-1')}'")
                filters.append(lambda other, user=user: other.user is user)  # type: ignore[misc]
            case b"SKIPME" if value.lower() in (b"yes", b"no"):
                skip_me = value.lower() == b"yes"
            case _:
                raise options.error()
    return filters, skip_me


def check_name(name: bytes) -> None:
    if not _is_printable(name):
        raise RedisError("ERR Client names cannot contain spaces, newlines or special characters.")


def _is_printable(text: bytes) -> bool:
    return all(0x21 <= byte <= 0x7E for byte in text)


def type_of(client: Client) -> str:
    if client.is_replica or client.is_master:
        return "replica" if client.is_replica else "master"
    return "pubsub" if client.subscriptions else "normal"


def _type_named(word: bytes) -> str:
    name = word.decode("latin-1").lower()
    if name not in TYPES:
        raise RedisError(f"ERR Unknown client type '{word.decode('latin-1')}'")
    return "replica" if name == "slave" else name
