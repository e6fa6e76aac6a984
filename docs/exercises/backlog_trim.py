"""The last part of the stream, and no more.

A backlog keeps the last bytes of the stream, for replicas that were away for a moment. It must not grow
for ever, and it must not forget too much.

`self._pieces` is a deque of bytes, the oldest at the left. `self.first_offset` is the offset of the
oldest byte that is kept, `self.next_offset` that of the byte that will come next. `trim(needed)` drops
the oldest pieces, as many as leave both of these:

- the last `self.size` bytes;
- if `needed` is given, all bytes from the offset `needed` on: a replica whose full synchronization is
  going on will want them, even if they are older than that.

A piece is dropped as a whole or not at all, since to cut bytes off would copy the rest. And
`first_offset` must always be true, for PSYNC believes it.
"""

from exercises.machinery.trial import calling, expect
from redis_clone.features.replication.backlog import Backlog

CHAPTER = 19
LEVEL = 2
CONCEPT = "a window over an endless stream"
HOLE = "redis_clone/features/replication/backlog.py:Backlog.trim"
HINTS = (
    "First find the offset from which on everything must stay: keep_from.",
    "Without `needed` it is next_offset - size; with it, the smaller of that and needed.",
    "While there are pieces, and first_offset plus the length of the oldest is at most keep_from: pop it off "
    "the left, and add its length to first_offset.",
)


def filled(size: int, *pieces: bytes) -> Backlog:
    backlog = Backlog(first_offset=101, size=size)
    for piece in pieces:
        backlog.append(piece)
    return backlog


def kept_by(backlog: Backlog, needed: int | None = None) -> tuple[int, bytes]:
    backlog.trim(needed)
    return backlog.first_offset, b"".join(backlog._pieces)


def trimming(size: int, pieces: tuple[bytes, ...], needed: int | None = None) -> calling:
    given = f"size {size}, and the pieces {b' '.join(pieces).decode()}, the first of which has offset 101"
    shown = f"trim({'' if needed is None else needed}), and then first_offset and what is kept"
    return calling(kept_by, filled(size, *pieces), needed, given=given, shown=shown)


def test_what_fits_stays() -> None:
    trimming(10, (b"abc", b"def")).gives((101, b"abcdef"))
    trimming(6, (b"abc", b"def")).gives((101, b"abcdef"))


def test_the_oldest_pieces_go() -> None:
    trimming(4, (b"abc", b"de", b"fgh")).gives((104, b"defgh"))
    trimming(3, (b"abc", b"de", b"fgh")).gives((106, b"fgh"))


def test_a_piece_stays_as_a_whole_when_its_last_byte_is_wanted() -> None:
    trimming(4, (b"abc", b"def")).gives((101, b"abcdef"))


def test_what_a_replica_needs_stays_however_old_it_is() -> None:
    trimming(3, (b"abc", b"def", b"ghi"), needed=104).gives((104, b"defghi"))
    trimming(3, (b"abc", b"def", b"ghi"), needed=103).gives((101, b"abcdefghi"))


def test_a_need_for_the_newest_bytes_does_not_make_it_forget_others() -> None:
    trimming(6, (b"abc", b"def", b"ghi"), needed=109).gives((104, b"defghi"))


def test_an_empty_backlog() -> None:
    trimming(4, ()).gives((101, b""))


def test_the_offsets_stay_true() -> None:
    backlog = filled(50)
    for number in range(100):
        backlog.append(b"%03d" % number)
        backlog.trim()
    expect(len(backlog) == 51, "after 100 pieces of 3 bytes, size 50, 51 are kept", f"{len(backlog)}")
    expect(backlog.since(398) == b"099", "since(398) gives the last piece", repr(backlog.since(398)))
