"""Where are the keys of a command?

A proxy that spreads keys over servers, an ACL that lets a user read some keys only, a cluster: each must
know which arguments of a command are keys, without knowing the command. So the command table has a rule
for each, a key spec: begin at this position, go on to that one, in such steps. `positions` answers them
as a range.

    MGET a b c             first at 1, last -1 (the end)             1 2 3
    MSET a 1 b 2           first at 1, last -1, step 2               1 3
    BLPOP a b 5            first at 1, last -2 (the last but one)    1 2
    RENAME a b             first at 1, last 1 (counted from the first key)    1 2
    XREAD STREAMS a b 0 0  behind STREAMS, last -1, limit 2: the first half of what is left

Two helpers do a part: `self.begin(argv)` says where the first key stands, or None when the word that it
stands behind is not there; and where `self.find` is "keynum", `self._counted(argv, first)` is the answer,
for a number in the command says how many keys there are. "unknown" means that no rule can find them.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling
from redis_clone.command_table.keyspecs import all_keys, counted_keys, one_key, unknown_keys

CHAPTER = 3
LEVEL = 2
CONCEPT = "a table in place of code"
HOLE = "redis_clone/command_table/keyspecs.py:KeySpec.positions"
HINTS = (
    "First what needs no arithmetic: no first key, or find is 'unknown': range(0). And 'keynum': "
    "self._counted(argv, first).",
    "A `last` of 0 or more is counted from the first key, and must not lead beyond the end of argv: "
    "range(first, min(first + self.last + 1, len(argv)), self.step).",
    "A negative `last` is counted from the end: the range stops before len(argv) + self.last + 1. "
    "With a limit of 2 the part from first to there is halved.",
)


def found(spec: object, line: str) -> list[int]:
    return list(spec.positions([word.encode() for word in line.split()]))  # type: ignore[attr-defined]


def test_one_key() -> None:
    calling(found, one_key("RO"), "GET a").gives([1])
    calling(found, one_key("RO", at=2), "SMOVE a b member").gives([2])


def test_all_that_follow() -> None:
    calling(found, all_keys("RO"), "MGET a b c").gives([1, 2, 3])


def test_every_second_one() -> None:
    calling(found, all_keys("OW", step=2), "MSET a 1 b 2").gives([1, 3])


def test_all_but_the_last() -> None:
    calling(found, all_keys("RW", last=-2), "BLPOP a b 5").gives([1, 2])


def test_up_to_a_position_counted_from_the_first() -> None:
    calling(found, all_keys("RW", last=1), "RENAME a b").gives([1, 2])
    calling(found, all_keys("RW", last=1), "RENAME a").gives([1])
    calling(found, one_key("RW", at=2), "SMOVE a").gives([])


def test_as_many_as_a_number_says() -> None:
    calling(found, counted_keys("RO"), "ZUNION 2 a b WITHSCORES").gives([2, 3])


def test_behind_a_word() -> None:
    spec = one_key("OW", after=("STORE", 2))
    calling(found, spec, "GEORADIUS k x y STORE target").gives([5])
    calling(found, spec, "GEORADIUS k x y").gives([])


def test_the_first_half_of_what_is_left() -> None:
    spec = all_keys("RO", after=("STREAMS", 1), limit=2)
    calling(found, spec, "XREAD COUNT 5 STREAMS a b 0 0").gives([4, 5])


def test_what_no_rule_finds() -> None:
    calling(found, unknown_keys("RO"), "SORT a BY b").gives([])


def test_command_getkeys(server: LiveServer) -> None:
    client = server.client()
    client.expect("COMMAND GETKEYS MSET a 1 b 2", [b"a", b"b"])
    client.expect("COMMAND GETKEYS XREAD STREAMS a b 0 0", [b"a", b"b"])
