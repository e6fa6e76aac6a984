"""Passwords: stored as SHA-256 hashes only, so that neither a file nor a memory dump reveals them.

They are compared in constant time, and an unknown user takes as long as a known one, so the time of a reply
reveals nothing either.

hashlib and hmac load OpenSSL, so they are imported when the first password is checked.
"""

import re
from collections.abc import Iterable

_HASH = re.compile(rb"[0-9a-f]{64}")
DUMMY_HASH = "0" * 64  # compared where there is no user; no password is known that has this hash


def hashed(password: bytes) -> str:
    """The hash of a password: 64 lowercase hexadecimal digits."""
    import hashlib

    return hashlib.sha256(password).hexdigest()


def is_hash(text: bytes) -> bool:
    """Whether a text is 64 lowercase hexadecimal digits.

    >>> is_hash(b"ab" * 32), is_hash(b"AB" * 32), is_hash(b"ab")
    (True, False, False)
    """
    return _HASH.fullmatch(text) is not None


def is_among(password: bytes, hashes: Iterable[str]) -> bool:
    """Whether the password has one of the hashes.  All of them are compared, even after a match.

    >>> is_among(b"secret", [hashed(b"other"), hashed(b"secret")])
    True
    """
    import hmac

    given = hashed(password)
    found = False
    for kept in hashes:
        found |= hmac.compare_digest(given, kept)
    return found
