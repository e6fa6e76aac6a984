"""One numbered database, which SELECT chooses: a keyspace, and what is done with all of its keys at once.

They are walked and sampled, renamed and moved, cleared, swapped, photographed, counted.  The rules are those
of keyspace.py, and no locks here either.
"""

from collections.abc import Iterator
from random import Random
from sys import getsizeof
from typing import Any

from redis_clone.storage.keyspace import Keyspace
from redis_clone.storage.photograph import Photograph
from redis_clone.structures.indexed_set import IndexedSet

# What a database consists of, and SWAPDB swaps: all that _start_empty() makes, and the photograph of it.
CONTENTS = ("_values", "_words", "deadlines", "_index", "_account", "_photograph")


class Database(Keyspace):
    """
    >>> from redis_clone.structures.clock import Clock
    >>> db = Database(0, Clock(), changes=[])
    >>> db.store(b"a", b"1", "set"); db.rename(b"a", b"b"); list(db.entries()), db.scan(0, 10)
    ([(b'b', b'1', None)], (0, [b'b']))
    """

    # Walking and sampling.

    def live_keys(self) -> list[bytes]:
        """Every key that is not due."""
        now_ms = self._clock.now_ms
        return [key for key in self._values if self.deadlines.get(key, now_ms + 1) > now_ms]

    def entries(self) -> Iterator[tuple[bytes, Any, int | None]]:
        """Every key, due or not, with its value and the time at which it expires."""
        for key, value in self._values.items():
            yield key, value, self.deadlines.get(key)

    def random_key(self, random: Random) -> bytes | None:
        """Any key, all equally likely; O(1), but O(n) the first time."""
        if self.keeps_due_keys:  # then the loop below might not end, and in Redis 7.0 it does not
            live = self.live_keys()
            return random.choice(live) if live else None
        while self._values:
            key = self._sampled().sample(random)
            if self.peek(key) is not None:
                return key
        return None

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """About `count` keys and the cursor that goes on; see structures/indexed_set.py for the promise."""
        cursor, keys = self._sampled().scan(cursor, count)
        return cursor, [key for key in keys if self.peek(key) is not None]

    def candidates(self, count: int, expiring_only: bool, random: Random) -> list[bytes]:
        """Some keys picked at random, one perhaps twice.  O(count), but O(n) the first time."""
        if expiring_only:
            return self.deadlines.samples(count, random)
        index = self._sampled()
        return [index.sample(random) for _ in range(count if self._values else 0)]

    def _sampled(self) -> IndexedSet[bytes]:
        if self._index is None:
            self._index = IndexedSet(self._values)
        return self._index

    # Moving.

    def rename(self, source: bytes, target: bytes) -> None:
        """Move an existing key over whatever `target` was, the time to live with it."""
        if self._photograph is not None:  # it will be edited under another name
            self._photograph.keep(source, self._values[source])
        due_ms = self.deadlines.get(source)
        if self.peek(target) is not None:
            self._drop(target)  # it is told as the renaming alone, without a "del"
        value = self._take_out(source)
        self._adopt(target, value, due_ms)
        self._note("rename_from", source)
        self._note("rename_to", target)

    def take_from(self, other: "Database", key: bytes) -> None:
        """MOVE: bring a key that exists there, and not here, over from another database."""
        if other._photograph is not None:
            other._photograph.keep(key, other._values[key])
        due_ms = other.deadlines.get(key)
        value = other._take_out(key)
        self._adopt(key, value, due_ms)
        other._note("move_from", key)
        self._note("move_to", key)

    # The whole of it.

    def clear(self) -> int:
        """FLUSHDB.  Returns how many keys were here."""
        count = len(self._values)
        self.versions.raise_all(self._values)
        for table in (self._values, self._words, *self.deadlines.put_away(), self._index, self._account):
            self._remains.put(table)
        self._start_empty()
        self._changes.append(("flushdb", b"", self.index))
        return count

    def swap(self, other: "Database") -> None:
        """SWAPDB: the contents change places; connections and watches stay where they are."""
        for database in (self, other):
            database.versions.raise_all({**self._values, **other._values} if database.versions else {})
        for name in CONTENTS:
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, theirs)
            setattr(other, name, mine)
        self._changes.append(("swapdb", b"", self.index))

    def load(self, key: bytes, value: Any, due_ms: int | None) -> None:
        """Take in what a file says, over whatever was there: no event, and no change to write to a file."""
        if key in self._values:
            self._drop(key)
        before = len(self._changes)
        self._adopt(key, value, due_ms)
        del self._changes[before:]

    # The snapshot.

    def photograph(self) -> Photograph:
        """All that is here now, while the database lives on, until forget_photograph().  O(n)"""
        self._photograph = Photograph(self.index, self._values, self.deadlines)
        return self._photograph

    def forget_photograph(self) -> None:
        self._photograph = None

    # Expiry.

    def expire_some(self, count: int) -> bool:
        """Look at up to `count` keys that may be due, and delete those that are.  False: no more are due."""
        if self.keeps_due_keys or not self.expires:
            return False
        due, may_be_more = self.deadlines.take(self._clock.now_ms, count)
        for key in due:
            self._expire(key)
        return may_be_more

    # Size.

    def size(self) -> int:
        """In bytes: the keys, the values, and what is kept beside them.  O(1), O(keys changed in place)"""
        return self._account.total(self._values, expiring=len(self.deadlines))

    def measure_some(self, count: int) -> bool:
        """Do a part of what size() has to do; True when some is left."""
        return self._account.measure_some(self._values, count)

    def size_of_indexes(self) -> int:
        """In bytes, of what is kept to pick keys at random; not in size(), for no eviction makes it less."""
        own = getsizeof(self._index) if self._index is not None else 0
        return own + self.deadlines.size_of_index()

    # Uses.

    def word(self, key: bytes) -> int:
        """How an existing key was used; cache/uses.py reads it."""
        return self._words[key]

    def set_word(self, key: bytes, word: int) -> None:
        """Say how an existing key was used."""
        self._words[key] = word

    def forget_uses(self) -> None:
        """As if all keys were new: what is kept of uses changes its meaning.  O(n)"""
        self._words = dict.fromkeys(self._values, self._uses.first())
