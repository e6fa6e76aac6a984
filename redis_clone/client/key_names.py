"""Remembers the names of keys that the user has met in this session, for completion to offer.

The names come from replies that are lists of keys, and from the commands that the server
accepted.  Completion asks the server for nothing: it must not walk through a million keys.
"""

from collections.abc import Callable
from typing import Any

from redis_clone.client.manual_pages import Manual, page_of
from redis_clone.client.syntax import key_places
from redis_clone.protocol.replies import NullArray, Reply

MOST = 10_000  # the oldest are forgotten first
LONGEST = 64  # words of a command; the keys of a longer one are not what a person types again


class KeyNames:
    """
    >>> names = KeyNames()
    >>> names.learn_listed([b"KEYS", b"*"], [b"user:1", b"user:2"])
    >>> names.beginning_with(b"user")
    [b'user:1', b'user:2']
    """

    def __init__(self) -> None:
        self._names: dict[bytes, None] = {}  # in the order in which they were last met

    def learn_listed(self, words: list[bytes], reply: Reply) -> None:
        """Learn the keys that the reply to the command `words` lists."""
        listed = LISTS.get(words[0].upper())
        self._add(listed(reply) if listed else [])

    def learn_typed(self, words: list[bytes], manual: Manual) -> None:
        """Learn the keys among the words of a command; its page in the manual says which words are keys."""
        found = page_of(manual, words)
        if found is None or len(words) > LONGEST:
            return
        page, count = found
        typed = words[count:]
        self._add([typed[at] for at in key_places(page.arguments, typed)])

    def _add(self, names: list[Any]) -> None:
        for name in names:
            if isinstance(name, bytes):
                self._names.pop(name, None)
                self._names[name] = None
        while len(self._names) > MOST:
            del self._names[next(iter(self._names))]

    def beginning_with(self, text: bytes) -> list[bytes]:
        return sorted(name for name in self._names if name.startswith(text))


def _scanned(reply: Any) -> list[Any]:
    return reply[1] if isinstance(reply, list) and len(reply) == 2 and isinstance(reply[1], list) else []


def _first(reply: Any) -> list[Any]:
    return [] if isinstance(reply, NullArray) or not isinstance(reply, list) else reply[:1]


# Commands whose replies hold names of keys, and where.
LISTS: dict[bytes, Callable[[Any], list[Any]]] = {
    b"KEYS": lambda reply: reply if isinstance(reply, list) else [],
    b"SCAN": _scanned,
    b"RANDOMKEY": lambda reply: [reply],
    b"BLPOP": _first,
    b"BRPOP": _first,
    b"LMPOP": _first,
    b"BLMPOP": _first,
    b"ZMPOP": _first,
    b"BZMPOP": _first,
    b"BZPOPMIN": _first,
    b"BZPOPMAX": _first,
}
