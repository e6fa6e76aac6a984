"""Wrong answers to `getrange`.  Each function is one mistake, and takes the place of `getrange`."""


def the_end_is_left_out(client: Client, key: bytes, start: bytes, end: bytes) -> bytes:
    """Python's slices leave their end out; a range of Redis has both its ends."""
    first, last = integer(start), integer(end)
    stored = client.db.get(key, STRING) or b""
    if first < 0 and last < 0 and first > last:
        return b""
    first = max(first + len(stored), 0) if first < 0 else first
    last = max(last + len(stored), 0) if last < 0 else last
    return stored[first : last]


def equal_ends_are_empty(client: Client, key: bytes, start: bytes, end: bytes) -> bytes:
    """-1 -1 is the last byte, and not nothing."""
    first, last = integer(start), integer(end)
    stored = client.db.get(key, STRING) or b""
    if first < 0 and last < 0 and first >= last:
        return b""
    first = max(first + len(stored), 0) if first < 0 else first
    last = max(last + len(stored), 0) if last < 0 else last
    return stored[first : last + 1]


def before_the_first(client: Client, key: bytes, start: bytes, end: bytes) -> bytes:
    """A negative index beyond the beginning is left negative, and counts from the end again."""
    first, last = integer(start), integer(end)
    stored = client.db.get(key, STRING) or b""
    if first < 0 and last < 0 and first > last:
        return b""
    first = first + len(stored) if first < 0 else first
    last = max(last + len(stored), 0) if last < 0 else last
    return stored[first : last + 1]


def the_key_first(client: Client, key: bytes, start: bytes, end: bytes) -> bytes:
    """The key is read before the indexes are looked at, so a wrong type hides a wrong index."""
    stored = client.db.get(key, STRING) or b""
    first, last = integer(start), integer(end)
    if first < 0 and last < 0 and first > last:
        return b""
    first = max(first + len(stored), 0) if first < 0 else first
    last = max(last + len(stored), 0) if last < 0 else last
    return stored[first : last + 1]
