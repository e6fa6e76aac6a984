"""Redaction of passwords wherever commands are shown: the log, MONITOR, the slow log, the client."""

from collections.abc import Iterable

from redis_clone.command_table.registry import lookup
from redis_clone.structures.glob import compiled

REDACTED = b"(redacted)"
SECRET_PARAMETERS = {
    b"requirepass", b"masterauth", b"masteruser", b"tls-key-file-pass", b"tls-client-key-file-pass",
    b"page-token",
}  # fmt: skip


def redacted(argv: list[bytes]) -> list[bytes]:
    """The arguments of a command, with its passwords replaced.

    >>> redacted([b"AUTH", b"secret"]), redacted([b"CONFIG", b"SET", b"requirepass", b"secret"])
    ([b'AUTH', b'(redacted)'], [b'CONFIG', b'SET', b'requirepass', b'(redacted)'])
    """
    lowered = [argument.lower() for argument in argv]
    spec = lookup(argv)  # which knows a command by its new name after rename-command
    name = spec.name.lower().encode() if spec else b"|".join(lowered[:2])
    find = SECRETS.get(name) or SECRETS.get(lowered[0])
    if find is None:
        return argv
    secret = set(find(lowered))
    return [REDACTED if at in secret else argument for at, argument in enumerate(argv)]


def reply_has_secret(reply: bytes, argv: list[bytes]) -> bool:
    """Whether the reply to a command may show a password: that of CONFIG GET, or an error that quotes one.

    That of EXEC has the replies of others: it may show one if it names such a parameter.

    >>> reply_has_secret(b"*0", [b"CONFIG", b"GET", b"*"]), reply_has_secret(b"+OK", [b"AUTH", b"secret"])
    (True, False)
    """
    if argv[0].upper() == b"EXEC":
        return any(name in reply for name in SECRET_PARAMETERS)
    is_config_get = [argument.upper() for argument in argv[:2]] == [b"CONFIG", b"GET"]
    patterns = [compiled(pattern, True) for pattern in argv[2:]] if is_config_get else []
    return _quotes_secret(reply, argv) or any(
        pattern.matches(name) for pattern in patterns for name in SECRET_PARAMETERS
    )


def _quotes_secret(reply: bytes, argv: list[bytes]) -> bool:
    """Whether an error may quote a secret argument, at least its beginning: the line cuts long arguments."""
    secrets = [word for word, shown in zip(argv, redacted(argv), strict=True) if shown is REDACTED]
    return any(b"'" + secret[:1] in reply for secret in secrets)


def _behind(option: bytes, count: int, argv: list[bytes]) -> range:
    """The positions of `count` arguments behind the first `option`, if it is there."""
    at = argv.index(option) + 1 if option in argv else len(argv)
    return range(at, at + count)


def _of_auth(argv: list[bytes]) -> Iterable[int]:
    return range(1, len(argv))


def _of_hello(argv: list[bytes]) -> Iterable[int]:
    return _behind(b"auth", 2, argv)


def _of_migrate(argv: list[bytes]) -> Iterable[int]:
    """MIGRATE host port key db timeout [COPY] [REPLACE] [AUTH pw | AUTH2 user pw] [KEYS key ...]"""
    at = 6
    while at < len(argv) and argv[at] != b"keys":
        secrets = {b"auth": 1, b"auth2": 2}.get(argv[at], 0)
        yield from range(at + 1, at + 1 + secrets)
        at += 1 + secrets


def _of_config_set(argv: list[bytes]) -> Iterable[int]:
    return (at + 1 for at in range(2, len(argv), 2) if argv[at] in SECRET_PARAMETERS)


def _of_acl(argv: list[bytes]) -> Iterable[int]:
    """All arguments: the rights of a user are secret too, as in Redis."""
    return range(2, len(argv))


# By command: a function that finds the positions of the secrets in argv, given in small letters.
SECRETS = {
    b"auth": _of_auth,
    b"hello": _of_hello,
    b"migrate": _of_migrate,
    b"config|set": _of_config_set,
    b"acl|deluser": _of_acl,
    b"acl|getuser": _of_acl,
    b"acl|setuser": _of_acl,
}
