"""What the work at hand has to say to the append-only file, and later to the replicas.

    unit    one command with all it did, or one EXEC with all its commands
    effect  one command as it is written down: a database's number, and the command's words; or many
            commands, as the bytes that they came in

A command that changed something is written down as it came.  Where that would not do the same thing again
(SPOP picks at random, EXPIRE counts from now, BLPOP would wait) the command says what to write down instead:

    SPOP bag        propagation.instead(b"SREM", b"bag", b"the one that was picked")
    EXPIRE key 10   propagation.instead(b"PEXPIREAT", b"key", b"1700000010000")

Keys that fell due or were evicted are written down as deleted, before the command that noticed.  That
something was changed is known from the changes that the keyspace records; nobody says it a second time.

A unit of several effects is wrapped in MULTI and EXEC, so that whoever reads the log does all of it or
nothing.  Handed on is all of a pipeline at once, when the lock is given back.  The caller holds the lock.
"""

from collections.abc import Callable, Sequence

from redis_clone.protocol.bursts import Commands
from redis_clone.storage.keyspace import Change

Effect = tuple[int, Sequence[bytes] | bytes]
Listener = Callable[[list[Effect]], object]

GONE = frozenset(["expired", "evicted"])  # the events of changes that no command asked for
MULTI: Effect = (-1, [b"MULTI"])  # in no database: the SELECT stands before the next command
EXEC: Effect = (-1, [b"EXEC"])
UNKNOWN = Commands()  # how they came


class Propagation:
    """
    >>> written = []
    >>> propagation = Propagation()
    >>> propagation.listen(written.extend)
    >>> propagation.instead(b"SREM", b"bag", b"apple")
    >>> propagation.note([("spop", b"bag", 0)], 0, [b"SPOP", b"bag"])
    >>> propagation.end_unit(); propagation.hand_on(); written
    [(0, (b'SREM', b'bag', b'apple'))]
    """

    def __init__(self) -> None:
        self.is_on = False  # somebody listens; asked at each change, so it is a plain attribute
        self.unit: list[Effect] = []  # of the unit at hand
        self.ended: list[Effect] = []  # of those before it, since the lock was taken
        self.removes_lazily = False  # lazyfree-lazy-expire: the log says UNLINK in place of DEL
        self._as_they_came = 0  # so many of these are commands of the burst at hand, in its own words
        self._listeners: list[Listener] = []
        self._instead: list[Sequence[bytes]] | None = None  # what the command at hand said

    def listen(self, listener: Listener) -> None:
        """From now on `listener(effects)` is called with whole units."""
        self._listeners.append(listener)
        self.is_on = True

    def forget(self, listener: Listener) -> None:
        self._listeners.remove(listener)
        self.is_on = bool(self._listeners)

    # What a command says while it runs.

    def instead(self, *argv: bytes) -> None:
        """Write this down in place of the command at hand, which has changed something.

        Said several times, all of it counts, in order.
        """
        if self.is_on:
            if self._instead is None:
                self._instead = []
            self._instead.append(argv)

    def nothing(self) -> None:
        """The command at hand has changed nothing that must last."""
        if self.is_on and self._instead is None:
            self._instead = []

    def removal(self, key: bytes) -> None:
        """The key's time was up when the command gave it one: the log just deletes it."""
        self.instead(self._removal_word(), key)

    # What dispatch says.

    def note(self, changes: list[Change], db: int, argv: Sequence[bytes] | None) -> None:
        """Add a command to the unit, with these changes of its; None: it was no command but the cron."""
        has_acted = False
        for event, key, place in changes:
            if event in GONE:
                self.unit.append((place, [self._removal_word(), key]))
            else:
                has_acted = True
        if has_acted and argv is not None:
            if self._instead is None:
                self.unit.append((db, argv))
            else:
                self.unit.extend([(db, words) for words in self._instead])
        self._instead = None

    def no_note(self) -> None:
        """The command at hand has changed nothing: what it said is forgotten, lest the next one say it."""
        self._instead = None

    def take_note(self, changes: list[Change], db: int, argv: Sequence[bytes]) -> int:
        """Add a command that is a unit of its own, and forget its changes; returns how many there were."""
        count = len(changes)
        if count == 1 and self._instead is None and changes[0][0] not in GONE:
            self.ended.append((db, argv))  # the usual case
            self._as_they_came += 1
        else:
            self.note(changes, db, argv)
            self.end_unit()
        changes.clear()
        return count

    def end_unit(self) -> None:
        """It is over: a transaction, if it has several effects."""
        if len(self.unit) > 1:
            self.ended += [MULTI, *self.unit, EXEC]
        else:
            self.ended += self.unit
        self.unit.clear()

    def end_chores(self) -> None:
        """So is what the cron removed: each key for itself, for they have nothing to do with each other."""
        self.ended += self.unit
        self.unit.clear()

    def hand_on(self, commands: Commands = UNKNOWN) -> None:
        """Tell the listeners all that was done, for the lock is given back.

        Mostly each command of a burst has left its own words and nothing else; all in one database, for a
        SELECT leaves none.  Then they need not be spelled again.
        """
        effects, self.ended = self.ended, []
        if len(effects) == self._as_they_came == len(commands.whole) != 0:
            effects = [(effects[0][0], commands.raw)]
        self._as_they_came = 0
        for listener in self._listeners:
            listener(effects)

    def _removal_word(self) -> bytes:
        return b"UNLINK" if self.removes_lazily else b"DEL"
