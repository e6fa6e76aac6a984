"""A file whose length nobody knows.

A master can send the file with all data while it is still making it. Then it does not know the length,
and cannot say it first. Instead it names a mark of forty random characters before the file, and sends it
again behind it; where the mark comes, the file has ended.

The bytes come in pieces, cut anywhere, also in the middle of the mark. `_until_mark(data)` takes the
next piece and returns the bytes that surely belong to the file. It must never return a byte of the mark;
so it keeps the last forty bytes (MARK_BYTES) back in `self._tail` until it knows better, and puts them
before the next piece. When the last forty are `self.mark`, it sets `self.is_over`. Nothing comes behind
the mark: the master waits until the replica has loaded the file.
"""

from exercises.machinery.trial import calling, expect
from redis_clone.features.replication.transfer import Transfer

CHAPTER = 19
LEVEL = 2
CONCEPT = "a delimiter in a stream"
HOLE = "redis_clone/features/replication/transfer.py:Transfer._until_mark"
HINTS = (
    "Join what was kept back and what has come: whole = self._tail + data.",
    "If whole ends with the mark, the file is over, and its last part is all before the mark.",
    "If not, the last MARK_BYTES bytes are the new tail, and what is before them is returned. A slice of "
    "more bytes than there are is just shorter.",
)
MARK = b"0123456789abcdef0123456789abcdef01234567"


def received(*pieces: bytes) -> tuple[bytes, bool]:
    transfer = Transfer()
    transfer.receive(b"$EOF:" + MARK + b"\r\n")
    file = b"".join(transfer.receive(piece) for piece in pieces)
    return file, transfer.is_over


def receiving(*pieces: bytes, given: str) -> calling:
    return calling(received, *pieces, given=given, shown="all that was returned, and is_over")


def test_a_file_in_one_piece() -> None:
    receiving(b"REDIS0011 data" + MARK, given="the file and the mark in one piece").gives(
        (b"REDIS0011 data", True)
    )


def test_an_empty_file() -> None:
    receiving(MARK, given="nothing but the mark").gives((b"", True))


def test_it_is_not_over_before_the_mark_has_come() -> None:
    for missing in (1, 20, 39):
        given = f"a file of 100 bytes and the mark, of which the last {missing} bytes are missing"
        receiving(b"x" * 100 + MARK[:-missing], given=given).passes(
            lambda came: not came[1] and (b"x" * 100).startswith(came[0]), "no byte of the mark, and not over"
        )


def test_cut_anywhere() -> None:
    whole = b"a file that is longer than its mark: " * 3 + MARK
    for cut in range(1, len(whole)):
        given = f"{len(whole)} bytes, in two pieces, of {cut} and of {len(whole) - cut}"
        receiving(whole[:cut], whole[cut:], given=given).gives((whole[: -len(MARK)], True))


def test_byte_by_byte() -> None:
    whole = b"REDIS0011 data" + MARK
    pieces = [whole[at : at + 1] for at in range(len(whole))]
    receiving(*pieces, given="each byte is a piece").gives((b"REDIS0011 data", True))


def test_a_file_that_holds_the_beginning_of_the_mark() -> None:
    file = b"before " + MARK[:30] + b" after"
    receiving(file + MARK, given="a file with the first 30 bytes of the mark in it").gives((file, True))


def test_what_is_sure_is_returned_at_once() -> None:
    transfer = Transfer()
    transfer.receive(b"$EOF:" + MARK + b"\r\n")
    came = transfer.receive(b"x" * 10_000)
    expect(len(came) == 10_000 - 40, "of 10000 bytes all but the last 40 are returned", f"{len(came)}")
