"""Who may connect: for now the one user `default`, with the password of `requirepass`.

A password is kept as its SHA-256 only, and compared in constant time, so that neither a memory dump nor
the time of an answer gives it away.
"""

import hashlib
import hmac

from redis_clone.errors import RedisError

NO_PASSWORD_SET = (
    "ERR AUTH <password> called without any password configured for the default user. "
    "Are you sure your configuration is correct?"
)
WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled."
NOT_AUTHENTICATED = "NOAUTH Authentication required."


class Users:
    """
    >>> users = Users()
    >>> users.set_default_password("secret")
    >>> users.default_needs_password
    True
    """

    def __init__(self) -> None:
        self._default_hash: bytes | None = None

    @property
    def default_needs_password(self) -> bool:
        return self._default_hash is not None

    def set_default_password(self, password: str) -> None:
        """What applies `requirepass`; an empty one lets everybody in."""
        self._default_hash = _hashed(password.encode("utf-8", "surrogateescape")) if password else None

    def authenticate(self, password: bytes, user: bytes | None) -> None:
        """Nothing, or the RedisError that AUTH answers; `user` is None in AUTH's one-argument form."""
        if user is None and self._default_hash is None:
            raise RedisError(NO_PASSWORD_SET)
        if user not in (None, b"default"):
            raise RedisError(WRONG_PASSWORD)
        if self._default_hash and not hmac.compare_digest(self._default_hash, _hashed(password)):
            raise RedisError(WRONG_PASSWORD)


def _hashed(password: bytes) -> bytes:
    return hashlib.sha256(password).digest()
