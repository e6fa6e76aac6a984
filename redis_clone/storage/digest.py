"""DEBUG DIGEST: one SHA-1 for a whole dataset, so that two servers can be compared in one line (debug.c).

There are two ways to add bytes to a digest:
  * `add` does not care for the order: members of a set, fields of a hash, keys of a database;
  * `chain` does: elements of a list, the number of a database and what is in it.
Both begin with the SHA-1 of the bytes, exclusive-or the digest so far; `chain` takes the SHA-1 of that again.

A score counts in the shortest digits that read back as the same double, as in 7.2; 7.0 takes 17 digits, so a
dataset with a score such as 0.1 or 1e8 cannot be compared with a 7.0.

The encoding of a value and the time at which a key expires do not count; whether it expires does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha1
from typing import Any

from redis_clone.storage.database import Database
from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Stream
from redis_clone.storage.strings import EmbeddedNumber
from redis_clone.structures.numbers import format_shortest
from redis_clone.structures.quicklist import QuickList

SIZE = 20  # bytes of a SHA-1


class Digest:
    """
    >>> one, other = Digest(), Digest()
    >>> one.add(b"a"), one.add(b"b"), other.add(b"b"), other.add(b"a")
    (None, None, None, None)
    >>> one.hex() == other.hex(), one.hex()[:12]
    (True, '6f20fb691d6c')
    """

    __slots__ = ("_number",)

    def __init__(self) -> None:
        self._number = 0  # the 20 bytes, as a number because that is quick to exclusive-or

    def add(self, data: bytes) -> None:
        self._number ^= int.from_bytes(sha1(data).digest(), "big")

    def chain(self, data: bytes) -> None:
        self.add(data)
        self._number = int.from_bytes(sha1(self.packed()).digest(), "big")

    def add_pair(self, first: bytes, second: bytes) -> None:
        """A field with its value, in no order among the other pairs."""
        pair = Digest()
        pair.chain(first)
        pair.chain(second)
        self.add(pair.packed())

    def packed(self) -> bytes:
        return self._number.to_bytes(SIZE, "big")

    def hex(self) -> str:
        return self.packed().hex()


def digest_of_all(databases: Sequence[Database]) -> str:
    """The digest of all keys in all databases, of expired ones too: a replica has those that its master has.

    O(n) in all that is stored.
    """
    whole = Digest()
    for database in databases:
        if database:
            whole.chain(database.index.to_bytes(4, "big"))
        for key, value, expire_at_ms in database.entries():
            entry = Digest()
            entry.chain(key)
            _chain_value(entry, value, expire_at_ms)
            whole.add(entry.packed())
    return whole.hex()


def digest_of_value(database: Database, key: bytes) -> str:
    """The digest of one value without the name of its key; forty zeros when there is none."""
    digest = Digest()
    value = database.stored(key)
    if value is not None:
        _chain_value(digest, value, database.expire_at_ms(key))
    return digest.hex()


def _chain_value(digest: Digest, value: Any, expire_at_ms: int | None) -> None:
    number, add = KINDS[type(value)]
    digest.chain(number.to_bytes(4, "big"))
    add(digest, value)
    if expire_at_ms is not None:
        digest.add(b"!!expire!!")


def _add_list(digest: Digest, value: Iterable[bytes]) -> None:
    for element in value:
        digest.chain(element)


def _add_set(digest: Digest, value: Set) -> None:
    for member in value.members:
        digest.add(member)


def _add_sorted_set(digest: Digest, value: SortedSet) -> None:
    for member, score in value.scores.items():
        digest.add_pair(member, format_shortest(score))


def _add_hash(digest: Digest, value: Hash) -> None:
    for field, content in value.fields.items():
        digest.add_pair(field, content)


def _add_stream(digest: Digest, value: Stream) -> None:
    """The entries alone; groups and counters do not count."""
    for id_, fields in value.entries.items():
        digest.chain(b"%d.%d" % id_)
        for item in fields:
            digest.chain(item)


# The number of a type (server.h), and how a value of it is added.
KINDS: Mapping[type, tuple[int, Callable[[Digest, Any], None]]] = {
    bytes: (0, Digest.chain),
    bytearray: (0, Digest.chain),
    EmbeddedNumber: (0, Digest.chain),
    QuickList: (1, _add_list),
    Set: (2, _add_set),
    SortedSet: (3, _add_sorted_set),
    Hash: (4, _add_hash),
    Stream: (6, _add_stream),
}
