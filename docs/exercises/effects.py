"""The log gets the effect of a command.

When a command has run, the log gets what it did. Mostly that is the command itself. But SPOP picked a member
at random, and when the log is read it would pick another: so SPOP has *said* what to log instead, a SREM.
And a key that has expired is deleted by the next command that reads it, be it a GET: that is logged as a
DEL, before the command.

`note(changes, db, argv)` adds to `self.unit`, a list of (db, words). `changes` are triples of (event, key,
db). An event of GONE stands for a key that nobody asked to delete: it gives (its db, [self._removal_word(),
key]). If there was any other change the command has acted, and it gives what it said
(`self._take_said()`: a list of commands, perhaps an empty one), or if it said nothing (None) itself. A
command that changed nothing is not written down; and where `argv` is None there was no command, but the
cron. What it said is taken in any case, lest it stand for the next one.
"""

from collections.abc import Sequence

from exercises.machinery.trial import calling
from redis_clone.features.propagation import Propagation

CHAPTER = 13
LEVEL = 2
CONCEPT = "logging effects, not intentions"
HOLE = "redis_clone/features/propagation.py:Propagation.record"
HINTS = (
    "One loop over the changes: those of GONE go to the unit at once, and any other makes a flag true.",
    "After it, said = self._take_said(), whatever happened.",
    "If the flag is true and argv is not None: self.unit gets (db, argv) where said is None, and else (db, "
    "words) for all words in said. An empty list is not None.",
)
Change = tuple[str, bytes, int]


def noted(
    changes: list[Change], db: int, argv: Sequence[bytes] | None, *said: Sequence[bytes]
) -> list[object]:
    """The unit, after a command with these changes that has said this."""
    propagation = Propagation()
    propagation.listen(lambda unit: None)
    for words in said:
        propagation.replicate_as(*words)
    propagation.record(changes, db, argv)
    return [(db, list(words)) for db, words in propagation.ops]


def asking(
    changes: list[Change], db: int, argv: Sequence[bytes] | None, *said: Sequence[bytes], given: str
) -> calling:
    return calling(
        noted, changes, db, argv, *said, given=given, shown=f"the unit after note({changes}, {db}, {argv})"
    )


SET, GET, SPOP = [b"SET", b"a", b"1"], [b"GET", b"a"], [b"SPOP", b"bag"]


def test_a_command_that_changed_something() -> None:
    asking([("set", b"a", 3)], 3, SET, given="SET a 1 in database 3").gives([(3, SET)])


def test_a_command_that_changed_nothing() -> None:
    asking([], 0, GET, given="GET a").gives([])


def test_several_changes_are_one_command() -> None:
    asking([("del", b"a", 0), ("del", b"b", 0)], 0, [b"DEL", b"a", b"b"], given="DEL a b").gives(
        [(0, [b"DEL", b"a", b"b"])]
    )


def test_what_it_said_instead() -> None:
    said = [b"SREM", b"bag", b"x"]
    asking([("spop", b"bag", 0)], 0, SPOP, said, given="SPOP, which said SREM bag x").gives([(0, said)])
    two = [b"SREM", b"bag", b"y"]
    asking([("spop", b"bag", 0)], 0, SPOP, said, two, given="it said two things").gives([(0, said), (0, two)])


def test_a_key_whose_time_was_up() -> None:
    asking([("expired", b"a", 0)], 0, GET, given="GET found that a's time was up").gives(
        [(0, [b"DEL", b"a"])]
    )


def test_such_a_key_comes_first_and_in_its_own_database() -> None:
    asking(
        [("evicted", b"old", 5), ("set", b"a", 0)],
        0,
        SET,
        given="SET a 1 needed room, so old of database 5 was evicted",
    ).gives([(5, [b"DEL", b"old"]), (0, SET)])


def test_what_the_cron_did() -> None:
    asking([("expired", b"a", 2)], 0, None, given="the cron").gives([(2, [b"DEL", b"a"])])


def test_a_command_that_wants_nothing_written_down() -> None:
    propagation = Propagation()
    propagation.listen(lambda unit: None)
    propagation.prevent_propagation()
    propagation.record([("pfadd", b"a", 0)], 0, [b"PFCOUNT", b"a"])
    calling(lambda: propagation.ops, given="it said nothing()", shown="the unit").gives([])


def test_the_next_command_has_said_nothing_yet() -> None:
    propagation = Propagation()
    propagation.listen(lambda unit: None)
    propagation.replicate_as(b"SREM", b"bag", b"x")
    propagation.record([], 0, SPOP)
    propagation.record([("set", b"a", 0)], 0, SET)
    calling(
        lambda: propagation.ops, given="SPOP said SREM and changed nothing; then SET", shown="the unit"
    ).gives([(0, SET)])
