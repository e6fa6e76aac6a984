"""What is propagated of a command.

When a command has run, the append-only file gets what the command did. Mostly that is the command itself.
But SPOP picked a member at random, and would pick another one when the file is read; so it has asked, by
`replicate_as`, for a SREM in its place. And an expired key is deleted by the next command that reads it,
be it a GET: that is propagated as a DEL, before the command.

`record(changes, db, argv)` adds ops, triples (db, argv, BOTH), to `self.ops`; BOTH says that an op goes to
the log and to the replicas. The changes are triples (event, key, db).

A change whose event is one of GONE stands for a key that no command asked to delete. It gives an op of its
own: (the change's db, [self._deletion(), key], BOTH).

If there was any other change, the command gives the ops that it asked for instead; and if it asked for
nothing, itself: (db, argv, BOTH). A command that changed nothing is not propagated. Where `argv` is None the
cron ran, and no command.

`self._take_replacement()` answers what the command asked for: None for nothing, else a list of argvs,
perhaps an empty one. Call it in every case, or what it answers would be taken for the next command's.
"""

from collections.abc import Sequence

from exercises.machinery.trial import calling
from redis_clone.features.propagation import Propagation
from redis_clone.protocol.ops import BOTH

CHAPTER = 13
LEVEL = 2
CONCEPT = "propagating effects, not intentions"
HOLE = "redis_clone/features/propagation.py:Propagation.record"
HINTS = (
    "One loop over the changes: an event of GONE gives an op at once, any other makes a flag true.",
    "After the loop, replacement = self._take_replacement(), whatever happened.",
    "If the flag is true and argv is not None: self.ops gets (db, argv, BOTH) where the replacement is "
    "None, and else (db, each, BOTH) for each argv in it. An empty list is not None.",
)
Change = tuple[str, bytes, int]


def recorded(
    changes: list[Change], db: int, argv: Sequence[bytes] | None, *replacement: Sequence[bytes]
) -> list[object]:
    """The ops, after a command with these changes that asked for these in its place."""
    propagation = Propagation()
    propagation.listen(lambda ops: None, BOTH)
    for each in replacement:
        propagation.replicate_as(*each)
    propagation.record(changes, db, argv)
    return [(db, list(argv), targets) for db, argv, targets in propagation.ops]


def asking(
    changes: list[Change], db: int, argv: Sequence[bytes] | None, *replacement: Sequence[bytes], given: str
) -> calling:
    shown = f"ops after record({changes}, {db}, {argv})"
    return calling(recorded, changes, db, argv, *replacement, given=given, shown=shown)


SET, GET, SPOP = [b"SET", b"a", b"1"], [b"GET", b"a"], [b"SPOP", b"bag"]


def test_a_command_that_changed_something() -> None:
    asking([("set", b"a", 3)], 3, SET, given="SET a 1 in database 3").gives([(3, SET, BOTH)])


def test_a_command_that_changed_nothing() -> None:
    asking([], 0, GET, given="GET a").gives([])


def test_several_changes_are_one_command() -> None:
    asking([("del", b"a", 0), ("del", b"b", 0)], 0, [b"DEL", b"a", b"b"], given="DEL a b").gives(
        [(0, [b"DEL", b"a", b"b"], BOTH)]
    )


def test_a_command_that_asked_for_others_in_its_place() -> None:
    one, two = [b"SREM", b"bag", b"x"], [b"SREM", b"bag", b"y"]
    asking([("spop", b"bag", 0)], 0, SPOP, one, given="SPOP asked for SREM bag x").gives([(0, one, BOTH)])
    asking([("spop", b"bag", 0)], 0, SPOP, one, two, given="SPOP asked for two SREM").gives(
        [(0, one, BOTH), (0, two, BOTH)]
    )


def test_an_expired_key() -> None:
    asking([("expired", b"a", 0)], 0, GET, given="GET found that a had expired").gives(
        [(0, [b"DEL", b"a"], BOTH)]
    )


def test_a_key_that_is_gone_comes_first_and_in_its_own_database() -> None:
    asking(
        [("evicted", b"old", 5), ("set", b"a", 0)],
        0,
        SET,
        given="SET a 1 needed room, so old of database 5 was evicted",
    ).gives([(5, [b"DEL", b"old"], BOTH), (0, SET, BOTH)])


def test_a_key_that_the_cron_deleted() -> None:
    asking([("expired", b"a", 2)], 0, None, given="the cron").gives([(2, [b"DEL", b"a"], BOTH)])
    asking([("del", b"a", 2)], 2, None, given="the cron, with a change that gives no op of its own").gives([])


def test_a_command_that_prevents_its_propagation() -> None:
    propagation = Propagation()
    propagation.listen(lambda ops: None, BOTH)
    propagation.prevent_propagation()
    propagation.record([("pfadd", b"a", 0)], 0, [b"PFCOUNT", b"a"])
    calling(lambda: propagation.ops, given="PFCOUNT called prevent_propagation()", shown="ops").gives([])


def test_what_one_command_asked_for_does_not_count_for_the_next() -> None:
    propagation = Propagation()
    propagation.listen(lambda ops: None, BOTH)
    propagation.replicate_as(b"SREM", b"bag", b"x")
    propagation.record([], 0, SPOP)
    propagation.record([("set", b"a", 0)], 0, SET)
    calling(
        lambda: propagation.ops, given="SPOP asked for SREM and changed nothing; then SET", shown="ops"
    ).gives([(0, SET, BOTH)])
