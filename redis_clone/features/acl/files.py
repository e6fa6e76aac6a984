"""Users as lines of text, one each, as ACL LIST shows them and as `aclfile` and redis.conf hold them.

    user alice on #5e88489... ~app:* resetchannels -@all +@read

Quotes have no meaning here, and there are no comments, because ACL SAVE writes the whole file anew.
"""

import os
from collections.abc import Iterable, Sequence

from redis_clone.features.acl.categories import UNKNOWN_COMMAND, BadRule
from redis_clone.features.acl.users import User, Users, is_name, join_selectors


class BadFile(Exception):
    """A file that cannot be loaded; the text lists every fault in it."""


def format_user(user: User) -> bytes:
    """The line of a user.

    >>> format_user(User(b"alice"))
    b'user alice off sanitize-payload resetchannels -@all'
    """
    return b"user " + user.name + b" " + user.formatted


def save(path: str, users: Iterable[User]) -> None:
    """Write all users to a file; with an OSError the old file stays as it was.

    There is no fsync, because the server's lock is held.  The file is replaced in one step, so a crash of the
    server leaves the old or the new one; only a crash of the machine may lose what was saved seconds before.
    """
    draft = f"{path}.tmp-{os.getpid()}"
    try:
        with open(draft, "wb") as file:
            file.writelines(format_user(user) + b"\n" for user in users)
        os.replace(draft, path)
    except OSError:
        if os.path.exists(draft):
            os.unlink(draft)
        raise


def load(path: str, all_channels: bool) -> dict[bytes, User]:
    """The users in a file by their names.  BadFile lists all faults of the file in one line."""
    try:
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
    except OSError as problem:
        raise BadFile(f"Error loading ACLs, opening file '{path}': {problem.strerror}") from None
    users: dict[bytes, User] = {}
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        words = line.strip(b" \t\r\n").split(b" ")
        if words != [b""]:
            faults += _read_line(words, users, (path, number), all_channels)
    if faults:
        raise BadFile(
            "".join(faults)
            + "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
        )
    return users


def set_up(users: Users, path: str, lines: Sequence[Sequence[bytes]]) -> None:
    """Load all users at the start: from the `aclfile`, or from the `user` lines of redis.conf.  BadFile."""
    if path and lines:
        raise BadFile(
            "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is "
            "invalid. This setup is very likely to lead to configuration errors and security holes, please "
            "define either an ACL file or declare users directly in your redis.conf, but not both."
        )
    names = [name for name, *_ in lines]
    for name, *rules in lines:
        shown = name.decode("latin-1")
        if not is_name(name):
            raise BadFile("Spaces not allowed in ACL usernames")
        if names.count(name) > 1:
            raise BadFile(
                f"Error in user declaration '{shown}': Duplicate user found. "
                "A user can only be defined once in config files"
            )
        try:
            users.set(name, [b"reset", *rules])
        except BadRule as problem:
            raise BadFile(f"Error in user declaration '{shown}': {problem}") from None
    if path:
        users.replace_all(load(path, users.all_channels))


def _read_line(
    words: list[bytes], users: dict[bytes, User], where: tuple[str, int], all_channels: bool
) -> list[str]:
    """Add one user to `users`; returns the faults of its line."""
    path, number = where
    if words[0] != b"user" or len(words) < 2:
        return [f"{path}:{number} should start with user keyword followed by the username. "]
    name = words[1]
    if not is_name(name):
        return [f"'{path}:{number}: username '{name.decode('latin-1')}' contains invalid characters. "]
    if name in users:
        return [f"WARNING: Duplicate user '{name.decode('latin-1')}' found on line {number}. "]
    user = users[name] = User(name, all_channels)
    try:
        rules = join_selectors(words[2:])
    except BadRule:
        return [f"{path}:{number}: Unmatched parenthesis in selector definition."]
    return _apply(user, rules, where, all_channels)


def _apply(user: User, rules: list[bytes], where: tuple[str, int], all_channels: bool) -> list[str]:
    """Apply the rules to a new user; returns the faults: each unknown command, and the first other one.

    Only a rule with an unknown command is shown: any other may hold a password.
    """
    path, number = where
    faults: list[str] = []
    syntax_is_bad = False
    for rule in (each.strip(b"\t\r\n") for each in rules):
        try:
            user.apply_rule(rule, all_channels)
        except BadRule as problem:
            if str(problem) == UNKNOWN_COMMAND:
                shown = rule.decode("latin-1")
                faults.append(f"{path}:{number}: Error in applying operation '{shown}': {problem}. ")
            elif not syntax_is_bad:
                faults.append(f"{path}:{number}: {problem}. ")
                syntax_is_bad = True
    user.become(user.copy())  # computes anew what follows from the rules
    return faults
