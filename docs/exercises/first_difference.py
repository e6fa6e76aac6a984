"""Two copies, and where they part.

An operator has two servers, and two recordings of the stream: what the old master sent before it died,
and what the new one has sent since it was promoted. Both are lists of `(offset, argv)`: each command
with the offset at which it ends, in order. They begin at the same offset, and for a while they are the
same, for the new master was a replica of the old one. Then they part.

Write `parted(old, new)`. It answers a pair: the last offset that the two have in common (0 if there is
none), and the list of the commands that only the old master has: writes that it may have acknowledged
and that are lost.

A command is the same in both only if its offset and its argv are. After the first difference nothing is
common any more, even if a command stands in both at the same offset: the data before it were different
already.
"""

from types import ModuleType

from exercises.machinery.trial import calling

CHAPTER = 19
LEVEL = 1
CONCEPT = "a common past"
FILE = "docs/exercises/yours/first_difference.py"
HINTS = (
    "zip(old, new) walks through both at once, and stops at the end of the shorter one.",
    "Count how many pairs are equal, up to the first that is not.",
    "If that number is n: the common offset is old[n - 1][0], and lost is every argv of old[n:].",
)

Recording = list[tuple[int, list[bytes]]]
A, B, C, D = [b"SET", b"a", b"1"], [b"INCR", b"a"], [b"INCR", b"b"], [b"DEL", b"c"]


def asking(yours: ModuleType, old: Recording, new: Recording) -> calling:
    return calling(yours.parted, old, new)


def test_the_new_master_has_less(yours: ModuleType) -> None:
    asking(yours, [(27, A), (48, B), (69, C)], [(27, A)]).gives((27, [B, C]))


def test_nothing_is_lost(yours: ModuleType) -> None:
    asking(yours, [(27, A), (48, B)], [(27, A), (48, B)]).gives((48, []))
    asking(yours, [(27, A)], [(27, A), (48, B)]).gives((27, []))


def test_both_have_gone_on(yours: ModuleType) -> None:
    asking(yours, [(27, A), (48, B), (69, B)], [(27, A), (48, C)]).gives((27, [B, B]))


def test_nothing_is_common(yours: ModuleType) -> None:
    asking(yours, [(27, A)], [(20, D)]).gives((0, [A]))
    asking(yours, [(27, A)], []).gives((0, [A]))
    asking(yours, [], [(27, A)]).gives((0, []))


def test_after_a_difference_nothing_is_common_any_more(yours: ModuleType) -> None:
    asking(yours, [(27, A), (48, B), (69, C)], [(27, A), (48, C), (69, C)]).gives((27, [B, C]))


def test_the_same_command_at_another_offset_is_another_one(yours: ModuleType) -> None:
    asking(yours, [(27, A), (50, B)], [(27, A), (48, B)]).gives((27, [B]))
