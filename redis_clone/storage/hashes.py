"""The value of a hash key.

`fields` is a plain dict: look at it freely, and change it through the methods only, so that the index for
HRANDFIELD and HSCAN holds the same fields.  The index is built by the first of these commands.
"""

from random import Random

from redis_clone.structures.indexed_set import IndexedSet

# As long as a hash was never larger, Redis keeps it in one listpack (the defaults of its parameters
# hash-max-listpack-entries and -value).
MOST_IN_LISTPACK, LONGEST_IN_LISTPACK = 512, 64


class Hash:
    """
    >>> user = Hash()
    >>> user.set(b"name", b"Ada"), user.set(b"name", b"Grace"), user.fields
    (True, False, {b'name': b'Grace'})
    """

    __slots__ = ("_index", "fields", "longest", "most")

    def __init__(self, fields: dict[bytes, bytes] | None = None) -> None:
        self.fields: dict[bytes, bytes] = dict(fields or {})
        self._index: IndexedSet[bytes] | None = None
        # High-water marks: from these storage/encodings.py derives the encoding.
        self.most = len(self.fields)
        self.longest = max(len(text) for pair in self.fields.items() for text in pair) if self.fields else 0

    def __len__(self) -> int:
        return len(self.fields)

    def copy(self) -> "Hash":
        twin = Hash(self.fields)
        twin.most, twin.longest = self.most, self.longest
        return twin

    def set(self, field: bytes, value: bytes) -> bool:
        """True when the field is new.  O(1)."""
        is_new = field not in self.fields
        self.fields[field] = value
        if len(value) > self.longest or len(field) > self.longest:
            self.longest = max(len(value), len(field))
        if is_new:
            self.most = max(self.most, len(self.fields))
            if self._index is not None:
                self._index.add(field)
        return is_new

    def delete(self, field: bytes) -> bool:
        """True when the field was there.  O(1)."""
        if self.fields.pop(field, None) is None:
            return False
        if self._index is not None:
            self._index.remove(field)
        return True

    def sample(self, random: Random) -> bytes:
        """Any field, all equally likely.  O(1), but O(n) the first time."""
        return self._sampled().sample(random)

    def sample_many(self, count: int, random: Random) -> list[bytes]:
        """`count` different fields, or all as they came if there are no more.  O(count)."""
        if count >= len(self.fields):
            return list(self.fields)
        return self._sampled().sample_many(count, random)

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor, and about `count` fields; all at once of a hash that Redis keeps in one piece.

        structures/indexed_set.py says what a scan promises.
        """
        if self.most <= MOST_IN_LISTPACK and self.longest <= LONGEST_IN_LISTPACK:
            return 0, list(self.fields)
        return self._sampled().scan(cursor, count)

    def _sampled(self) -> IndexedSet[bytes]:
        if self._index is None:
            self._index = IndexedSet(self.fields)
        return self._index
