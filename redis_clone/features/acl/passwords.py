"""Passwords: kept as their SHA-256 only, so that neither a file nor a memory dump gives them away.

They are compared in constant time, and an unknown user costs as much as a known one, so that the time of an
answer tells nothing either.

hashlib and hmac load OpenSSL, so they are imported when the first password is looked at.
"""

import re
from collections.abc import Iterable

_HASH = re.compile(rb"[0-9a-f]{64}")
NOBODYS = "0" * 64  # what is compared with where there is no user; no password is known that hashes to it


def hashed(password: bytes) -> str:
    """64 lowercase hexadecimal digits."""
    import hashlib

    return hashlib.sha256(password).hexdigest()


def is_hash(text: bytes) -> bool:
    """
    >>> is_hash(b"ab" * 32), is_hash(b"AB" * 32), is_hash(b"ab")
    (True, False, False)
    """
    return _HASH.fullmatch(text) is not None


def is_among(password: bytes, hashes: Iterable[str]) -> bool:
    """Is it one of them?  All are looked at, whichever fits.

    >>> is_among(b"secret", [hashed(b"other"), hashed(b"secret")])
    True
    """
    import hmac

    given = hashed(password)
    found = False
    for kept in hashes:
        found |= hmac.compare_digest(given, kept)
    return found
