"""The ACL log: denied commands, keys and channels and failed logins, for ACL LOG, and their counts for INFO.

The same event again within a minute raises the count of the existing entry.  The caller holds the lock.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

GROUPING_MS = 60_000
LOOKED_AT = 10  # the latest entries that are compared with a new event


class Event(NamedTuple):
    """A denial or a failed login; equal events have one entry."""

    reason: str  # "auth", "command", "key" or "channel"
    context: str  # "toplevel", "multi" or "lua"
    object: bytes  # the command, the key, the channel
    username: bytes


class Entry:
    """An event, how often it happened, and the client that caused it last."""

    def __init__(self, event: Event, id: int, created_ms: int, updated_ms: int, client_info: bytes) -> None:
        self.event = event
        self.id = id
        self.created_ms = created_ms
        self.updated_ms = updated_ms
        self.client_info = client_info  # of the last client, as in CLIENT LIST
        self.count = 1


class AclLog:
    """The latest entries, and the number of all denials by reason.

    >>> acl_log = AclLog()
    >>> event = Event("key", "toplevel", b"secret", b"alice")
    >>> acl_log.add(event, b"id=3", 1000); acl_log.add(event, b"id=4", 2000)
    >>> [(entry.count, entry.client_info) for entry in acl_log.latest(10)], acl_log.counts["key"]
    ([(2, b'id=4')], 2)
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []  # the latest first
        self._ids = 0
        self.most = 128  # `acllog-max-len`
        self.counts = dict.fromkeys(("auth", "command", "key", "channel"), 0)

    def add(self, event: Event, client_info: bytes, now_ms: int) -> None:
        self.counts[event.reason] += 1
        entry = next((each for each in self._entries[:LOOKED_AT] if _is_again(each, event, now_ms)), None)
        if entry is None:
            entry = Entry(event, self._ids, now_ms, now_ms, client_info)
            self._ids += bool(self.most)
        else:
            self._entries.remove(entry)
            entry.count += 1
            entry.updated_ms, entry.client_info = now_ms, client_info
        self._entries.insert(0, entry)
        del self._entries[self.most :]

    def latest(self, count: int) -> Iterator[Entry]:
        return islice(self._entries, count)

    def clear(self) -> None:
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)


def _is_again(entry: Entry, event: Event, now_ms: int) -> bool:
    return entry.event == event and abs(now_ms - entry.updated_ms) <= GROUPING_MS
