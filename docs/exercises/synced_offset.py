"""On whose disk is it?

WAITAOF waits until a write is on the disks of replicas. A replica knows two numbers: how much of the
stream it has applied (an offset), and how far its append-only file is synced (a position in that file).
One stream byte is not one file byte, so neither can be computed from the other.

But at any moment the replica can note both together: *all of the stream up to this offset is in the log
up to this position*. That is a mark. When later the log is synced up to that position, the offset is on
the disk.

`look(offset, position, synced)` is called now and then. It takes a mark of the first two, and returns
the highest offset that is known to be on the disk if the log is synced up to `synced`. It keeps two
marks at most in `self._marks`, as `(position, offset)`: the oldest that is not synced yet, and the
newest, which replaces the one before it. (With the newest alone a busy replica would never say anything:
the fsync is always a little behind.) A mark that is reached is taken out, and its offset goes into
`self._offset`, which is what is returned.
"""

from exercises.machinery.trial import calling, expect
from redis_clone.features.replication.synced_offset import SyncedOffset

CHAPTER = 20
LEVEL = 2
CONCEPT = "two counters, related by marks"
HOLE = "redis_clone/features/replication/synced_offset.py:SyncedOffset.look"
HINTS = (
    "self._marks[1:] = [mark] keeps the oldest, drops what was behind it, and adds the new one; with no mark "
    "at all it just adds it.",
    "Then: while there are marks and the position of the first is at most `synced`, take it out.",
    "What was taken out last gives self._offset. Return that, also when nothing was taken out.",
)


def looking(synced: SyncedOffset, offset: int, position: int, reached: int, given: str) -> calling:
    shown = f"look(offset={offset}, position={position}, synced={reached})"
    return calling(synced.look, offset, position, reached, given=given, shown=shown)


def test_nothing_is_synced_yet() -> None:
    looking(SyncedOffset(), 100, 10, 0, "the first call").gives(0)


def test_what_is_synced_at_once() -> None:
    looking(SyncedOffset(), 100, 10, 10, "the first call; all of the log is synced").gives(100)


def test_a_mark_that_is_reached_later() -> None:
    synced = SyncedOffset()
    looking(synced, 100, 10, 0, "the first call").gives(0)
    looking(synced, 200, 20, 9, "one mark: offset 100 is at position 10").gives(0)
    looking(synced, 300, 30, 10, "marks at positions 10 (offset 100) and 20").gives(100)


def test_the_oldest_mark_is_kept_however_fast_the_stream_goes_on() -> None:
    synced = SyncedOffset()
    for number in range(1, 50):
        synced.look(number * 100, number * 10, 0)
    looking(synced, 5000, 500, 10, "49 calls before, the first with offset 100 at position 10").gives(100)


def test_it_keeps_two_marks_at_most() -> None:
    synced = SyncedOffset()
    for number in range(1, 50):
        synced.look(number * 100, number * 10, 0)
    count = len(synced._marks)
    expect(count == 2, "after 49 calls, none of them synced, there are two marks", f"{count} marks")


def test_both_marks_reached_at_once() -> None:
    synced = SyncedOffset()
    synced.look(100, 10, 0)
    looking(synced, 200, 20, 20, "one mark: offset 100 is at position 10").gives(200)


def test_it_never_says_more_than_is_on_the_disk() -> None:
    synced = SyncedOffset()
    synced.look(100, 10, 0)
    synced.look(200, 20, 0)
    looking(synced, 300, 30, 29, "marks at positions 10 (offset 100) and 20 (offset 200)").gives(100)


def test_it_remembers_what_it_said() -> None:
    synced = SyncedOffset()
    synced.look(100, 10, 10)
    looking(synced, 200, 20, 10, "offset 100 was on the disk at the last call").gives(100)
