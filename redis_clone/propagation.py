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
from operator import itemgetter

from redis_clone.protocol.bursts import Burst, Words
from redis_clone.storage.keyspace import Change

Effect = tuple[int, Sequence[bytes] | bytes]
Listener = Callable[[list[Effect]], object]

GONE = frozenset(["expired", "evicted"])  # the events of changes that no command asked for
MULTI: Effect = (-1, [b"MULTI"])  # in no database: the SELECT stands before the next command
EXEC: Effect = (-1, [b"EXEC"])
EVENT = itemgetter(0)  # of a change


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
        self.ends: list[int] = []  # how many changes there were after each plain command of a pipeline
        self._listeners: list[Listener] = []
        self._instead: dict[int, list[Sequence[bytes]]] = {}  # what a command said, by its place in `ends`

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
            self._instead.setdefault(len(self.ends), []).append(argv)

    def nothing(self) -> None:
        """The command at hand has changed nothing that must last."""
        if self.is_on:
            self._instead.setdefault(len(self.ends), [])

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
        said = self._take_said()
        if has_acted and argv is not None:
            if said is None:
                self.unit.append((db, argv))
            else:
                self.unit.extend([(db, words) for words in said])

    def _take_said(self) -> list[Sequence[bytes]] | None:
        """What the command at hand wants written down in its place; None when it has not said anything."""
        return self._instead.pop(len(self.ends), None)

    def no_note(self) -> None:
        """The command at hand has changed nothing: what it said is forgotten, lest the next one say it."""
        self._instead.clear()

    def share_out(self, changes: list[Change], count: int) -> None:
        """So many commands were performed at once: each has its change, and noticed what is gone before that.

        Those that only read have none; then the first of them has noticed it all.
        """
        if len(changes) == count:
            self.ends = list(range(1, count + 1))  # the usual case
            return
        ends = [end for end, change in enumerate(changes, start=1) if change[0] not in GONE]
        self.ends = (ends + [len(changes)] * count)[:count]
        self.ends[-1] = len(changes)

    def note_all(self, changes: list[Change], db: int, done: Words, commands: Burst) -> None:
        """Add one plain command or more that were run in a row, each a unit of its own.

        `ends` says whose each change is, and `commands` how they came.  Mostly they are a whole burst, and
        each has left one change: then its bytes say it all, and nothing is looked at one by one.
        """
        if len(self.ends) < len(done):
            self.ends.append(len(changes))  # of one that had a bug
        if (
            len(done) == commands.total
            and self.ends == list(range(1, len(done) + 1))
            and not self._instead
            and GONE.isdisjoint(map(EVENT, changes))
        ):
            self.ended.append((db, commands.raw))
        elif changes:
            self._note_each(changes, db, done)
        self.ends.clear()
        self._instead.clear()

    def _note_each(self, changes: list[Change], db: int, done: Words) -> None:
        ends, begin = self.ends, 0
        self.ends = []  # which grows again, for its length says which command is at hand
        for argv, end in zip(done, ends, strict=True):
            if end == begin + 1 and not self._instead and changes[begin][0] not in GONE:
                self.ended.append((db, argv))  # the usual case
            elif end > begin:
                self.note(changes[begin:end], db, argv)
                self.end_unit()
            self.ends.append(end)
            begin = end

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

    def hand_on(self) -> None:
        """Tell the listeners all that was done, for the lock is given back."""
        effects, self.ended = self.ended, []
        for listener in self._listeners:
            listener(effects)

    def _removal_word(self) -> bytes:
        return b"UNLINK" if self.removes_lazily else b"DEL"
