"""Commands without their passwords, for all that shows them: the log, MONITOR, the slow log, the client.

Imports nothing of ours.
"""

from collections.abc import Iterable

REDACTED = b"(redacted)"
SECRET_PARAMETERS = {
    b"requirepass", b"masterauth", b"masteruser", b"tls-key-file-pass", b"tls-client-key-file-pass",
}  # fmt: skip


def redacted(argv: list[bytes]) -> list[bytes]:
    """Without passwords.

    >>> redacted([b"AUTH", b"secret"]), redacted([b"CONFIG", b"SET", b"requirepass", b"secret"])
    ([b'AUTH', b'(redacted)'], [b'CONFIG', b'SET', b'requirepass', b'(redacted)'])
    """
    words = [word.lower() for word in argv]
    name, subcommand = words[0], words[1] if len(words) > 1 else b""
    find = SECRETS.get(name) or SECRETS.get(name + b"|" + subcommand)
    if find is None:
        return argv
    hidden = set(find(words))
    return [REDACTED if at in hidden else word for at, word in enumerate(argv)]


def _behind(word: bytes, count: int, words: list[bytes]) -> range:
    """The places of the words behind the first `word`, if it is there."""
    at = words.index(word) + 1 if word in words else len(words)
    return range(at, at + count)


def _of_auth(words: list[bytes]) -> Iterable[int]:
    return range(1, len(words))


def _of_hello(words: list[bytes]) -> Iterable[int]:
    return _behind(b"auth", 2, words)


def _of_migrate(words: list[bytes]) -> Iterable[int]:
    """MIGRATE host port key db timeout [COPY] [REPLACE] [AUTH pw | AUTH2 user pw] [KEYS key ...]"""
    options = words[6:]
    behind = *_behind(b"auth", 1, options), *_behind(b"auth2", 2, options)
    return (6 + at for at in behind)


def _of_config_set(words: list[bytes]) -> Iterable[int]:
    return (at + 1 for at in range(2, len(words), 2) if words[at] in SECRET_PARAMETERS)


def _of_acl(words: list[bytes]) -> Iterable[int]:
    """Who may do what is nobody else's business either, as in the real server."""
    return range(2, len(words))


# Where the secrets of a command stand among its words, which come in small letters.
SECRETS = {
    b"auth": _of_auth,
    b"hello": _of_hello,
    b"migrate": _of_migrate,
    b"config|set": _of_config_set,
    b"acl|deluser": _of_acl,
    b"acl|getuser": _of_acl,
    b"acl|setuser": _of_acl,
}
