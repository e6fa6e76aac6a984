"""Commands without their passwords, for all that shows commands: the log, MONITOR.

Imports nothing of ours.
"""

REDACTED = b"(redacted)"
OF_USERS = {b"SETUSER", b"DELUSER", b"GETUSER"}
SECRETS = {b"REQUIREPASS", b"MASTERAUTH", b"TLS-KEY-FILE-PASS", b"TLS-CLIENT-KEY-FILE-PASS"}


def redacted(argv: list[bytes]) -> list[bytes]:
    """Without passwords.

    >>> redacted([b"AUTH", b"secret"]), redacted([b"CONFIG", b"SET", b"requirepass", b"secret"])
    ([b'AUTH', b'(redacted)'], [b'CONFIG', b'SET', b'requirepass', b'(redacted)'])
    """
    words = [word.upper() for word in argv]
    hidden: set[int] = set()
    if words[0] == b"AUTH":
        hidden = set(range(1, len(argv)))
    elif words[0] == b"HELLO" and b"AUTH" in words:
        at = words.index(b"AUTH")
        hidden = {at + 1, at + 2}
    elif words[0] == b"ACL" and words[1:2] and words[1] in OF_USERS:
        hidden = set(range(2, len(argv)))
    elif words[:2] == [b"CONFIG", b"SET"]:
        hidden = {at + 1 for at in range(2, len(argv), 2) if words[at] in SECRETS}
    return [REDACTED if at in hidden else word for at, word in enumerate(argv)]
