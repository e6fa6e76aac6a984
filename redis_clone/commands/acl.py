"""ACL: shows and changes the users.  The users and their rules are in redis_clone/features/acl/."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from redis_clone import logging
from redis_clone.command_table.registry import Command, command_group, find
from redis_clone.commands.arguments import integer
from redis_clone.commands.containers import container
from redis_clone.features.acl import files
from redis_clone.features.acl.acl_log import Entry
from redis_clone.features.acl.categories import CATEGORIES, BadRule, commands_in
from redis_clone.features.acl.selectors import Selector, covers
from redis_clone.features.acl.users import User, channels_lost, is_name
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, Members, SimpleString
from redis_clone.server.checks import denial_message

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")

container("ACL", "server", help_since="6.0.0")

MOST_BITS = 4096
NO_FILE = (
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL "
    "SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in "
    "order to store users in the Redis configuration."
)


@command("ACL|CAT", arity=-2, flags="noscript loading stale")
def acl_cat(client: Client, category: bytes | None = None) -> list[str]:
    """Returns the categories of commands, or the commands of one of them.

    ACL CAT [category]
    Since 6.0.0, O(1)
    """
    if category is None:
        return list(CATEGORIES)
    try:
        return [spec.shown_name for spec in commands_in(category.decode("latin-1"))]
    except BadRule:
        raise RedisError(f"ERR Unknown category '{category.decode('latin-1')[:128]}'") from None


@command("ACL|SETUSER", arity=-3, flags="admin noscript loading stale")
def acl_setuser(client: Client, username: bytes, *rules: bytes) -> SimpleString:
    """Creates a user, or changes its rules: applies all of the given rules or none.

    ACL SETUSER username [rule [rule ...]]
    Since 6.0.0, O(N) where N is the number of rules.
    """
    if not is_name(username):
        raise RedisError("ERR Usernames can't contain spaces or null characters")
    users = client.server.users
    user = users.get(username)
    before = user.copy() if user else None
    try:
        user = users.set(username, rules)
    except BadRule as problem:
        raise RedisError(f"ERR {problem}") from None
    if before is not None:
        _end_lost_subscriptions(client, user, channels_lost(before, user))
    return OK


@command("ACL|DELUSER", arity=-3, flags="admin noscript loading stale")
def acl_deluser(client: Client, *usernames: bytes) -> int:
    """Removes users, closes their connections, and returns how many users there were.

    ACL DELUSER username [username ...]
    Since 6.0.0, O(1)
    """
    if b"default" in usernames:
        raise RedisError("ERR The 'default' user cannot be removed")
    removed = [client.server.users.remove(name) for name in usernames]
    gone = [user for user in removed if user is not None]
    _disconnect(client, [other for other in client.server.clients.values() if other.user in gone])
    return len(gone)


@command("ACL|GETUSER", arity=3, flags="admin noscript loading stale")
def acl_getuser(client: Client, username: bytes) -> dict[str, object] | None:
    """Returns the flags, passwords and rules of a user.

    ACL GETUSER username
    Since 6.0.0, O(N) where N is the number of rules and passwords of the user.
    """
    user = client.server.users.get(username)
    if user is None:
        return None
    return {
        "flags": Members(user.flags),
        "passwords": list(user.passwords),
        **_selector_reply(user.root),
        "selectors": [_selector_reply(selector) for selector in user.selectors[1:]],
    }


def _selector_reply(selector: Selector) -> dict[str, object]:
    return {
        "commands": selector.commands.formatted,
        "keys": selector.formatted_keys,
        "channels": selector.formatted_channels,
    }


@command("ACL|LIST", arity=2, flags="admin noscript loading stale")
def acl_list(client: Client) -> list[bytes]:
    """Returns all users, each as a line of an ACL file.

    ACL LIST
    Since 6.0.0, O(N) where N is the number of users.
    """
    return [files.format_user(user) for user in client.server.users]


@command("ACL|USERS", arity=2, flags="admin noscript loading stale")
def acl_users(client: Client) -> list[bytes]:
    """Returns the names of all users.

    ACL USERS
    Since 6.0.0, O(N) where N is the number of users.
    """
    return [user.name for user in client.server.users]


@command("ACL|WHOAMI", arity=2, flags="noscript loading stale")
def acl_whoami(client: Client) -> bytes:
    """Returns the name of this connection's user.

    ACL WHOAMI
    Since 6.0.0, O(1)
    """
    return client.user.name


@command("ACL|DRYRUN", arity=-4, flags="admin noscript loading stale")
def acl_dryrun(client: Client, username: bytes, *argv: bytes) -> SimpleString | str:
    """Tells whether a user may run a command, without running it.

    ACL DRYRUN username command [arg [arg ...]]
    Since 7.0.0, O(1)
    """
    user = client.server.users.get(username)
    if user is None:
        raise RedisError(f"ERR User '{username.decode('latin-1')}' not found")
    spec = _find(argv)
    denial = user.denial(spec, argv)
    return OK if denial is None else denial_message(denial, user.name, spec, argv)


def _find(argv: tuple[bytes, ...]) -> Command:
    try:
        return find(argv)
    except RedisError as error:
        if str(error).startswith("ERR unknown"):
            raise RedisError(f"ERR Command '{argv[0].decode('latin-1')}' not found") from None
        raise


@command("ACL|GENPASS", arity=-2, flags="noscript loading stale")
def acl_genpass(client: Client, bits: bytes = b"256") -> str:
    """Returns a random password, in hexadecimal digits.

    ACL GENPASS [bits]
    Since 6.0.0, O(1)
    """
    wanted = integer(bits)
    if not 1 <= wanted <= MOST_BITS:
        raise RedisError(
            "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number "
            f"up to {MOST_BITS}"
        )
    digits = (wanted + 3) // 4
    return os.urandom((digits + 1) // 2).hex()[:digits]


@command("ACL|LOG", arity=-2, flags="admin noscript loading stale")
def acl_log(client: Client, count: bytes = b"10") -> list[dict[str, object]] | SimpleString:
    """Returns the entries of the ACL log, the latest first, or clears it.

    ACL LOG [count | RESET]
    Since 6.0.0, O(N) where N is the number of entries returned.
    """
    acl_log = client.server.acl_log
    if count.upper() == b"RESET":
        acl_log.clear()
        return OK
    now_ms = client.server.clock.now_ms
    return [_entry_reply(entry, now_ms) for entry in acl_log.latest(max(integer(count), 0))]


def _entry_reply(entry: Entry, now_ms: int) -> dict[str, object]:
    return {
        "count": entry.count,
        "reason": entry.event.reason,
        "context": entry.event.context,
        "object": entry.event.object,
        "username": entry.event.username,
        "age-seconds": (now_ms - entry.updated_ms) / 1000,
        "client-info": entry.client_info,
        "entry-id": entry.id,
        "timestamp-created": entry.created_ms,
        "timestamp-last-updated": entry.updated_ms,
    }


@command("ACL|LOAD", arity=2, flags="admin noscript loading stale")
def acl_load(client: Client) -> SimpleString:
    """Loads all users from the ACL file again; changes nothing when the file has a fault.

    ACL LOAD
    Since 6.0.0, O(N) where N is the number of users.
    """
    server = client.server
    try:
        users = files.load(_file(client), server.users.all_channels)
    except files.BadFile as problem:
        raise RedisError(f"ERR {problem}") from None
    gone = server.users.replace_all(users)
    _disconnect(client, [other for other in server.clients.values() if other.user in gone])
    return OK


@command("ACL|SAVE", arity=2, flags="admin noscript loading stale")
def acl_save(client: Client) -> SimpleString:
    """Writes all users to the ACL file.

    ACL SAVE
    Since 6.0.0, O(N) where N is the number of users.
    """
    try:
        files.save(_file(client), client.server.users)
    except OSError as problem:
        logging.warning(f"ACL SAVE: {problem}")
        raise RedisError(
            "ERR There was an error trying to save the ACLs. "
            "Please check the server logs for more information"
        ) from None
    return OK


def _file(client: Client) -> str:
    path: str = client.server.config["aclfile"]
    if not path:
        raise RedisError(NO_FILE)
    return path


def _end_lost_subscriptions(client: Client, user: User, left: dict[bytes, None] | None) -> None:
    """Disconnects subscribers of channels that the user has lost; `left` are those it keeps, None for all."""
    if left is None:
        return
    losers = []
    for other in client.server.clients.values():
        mine = other.subscriptions
        channels = [*mine.channels, *mine.shard_channels]
        keeps = (
            all(covers(left, channel, False) for channel in channels) and mine.patterns.keys() <= left.keys()
        )
        if other.user is user and not keeps:
            losers.append(other)
    _disconnect(client, losers)


def _disconnect(client: Client, others: list[Client]) -> None:
    """Takes the user from each client at once, then closes it; the caller itself gets its reply first."""
    for other in others:
        other.user, other.authenticated = client.server.users.default, False
        if other is client:
            client.output_buffer.close_after_reply = True
        else:
            other.output_buffer.close()
