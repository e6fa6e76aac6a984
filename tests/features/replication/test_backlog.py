"""The backlog, compared with a plain string of bytes."""

import random

import pytest

from redis_clone.features.replication.backlog import Backlog


def test_an_empty_backlog_reaches_only_the_next_byte():
    backlog = Backlog(first_offset=1, size=10)
    assert backlog.reaches(1) and not backlog.reaches(0) and not backlog.reaches(2)
    assert (len(backlog), backlog.since(1)) == (0, b"")


def test_it_keeps_at_least_its_size():
    backlog = Backlog(first_offset=1, size=10)
    for _ in range(9):
        backlog.append(b"abcd")
        backlog.trim()
        assert len(backlog) >= min(10, backlog.next_offset - 1) and len(backlog) < 10 + 4


def test_it_keeps_what_a_replica_will_need():
    backlog = Backlog(first_offset=1, size=4)
    for _ in range(9):
        backlog.append(b"abcd")
        backlog.trim(needed=6)
    assert backlog.first_offset == 5 and backlog.since(6) == b"bcd" + b"abcd" * 7
    backlog.trim()
    assert backlog.since(backlog.first_offset) == b"abcd"


@pytest.mark.parametrize("seed", range(20))
def test_random_actions_agree_with_a_string_of_bytes(seed):
    print(f"seed {seed}")
    draw = random.Random(seed)
    first = draw.randrange(1, 1000)
    backlog, whole = Backlog(first, size=draw.randrange(1, 60)), b""
    for _ in range(200):
        piece = draw.randbytes(draw.randrange(1, 9))
        whole += piece
        backlog.append(piece)
        if draw.random() < 0.5:
            backlog.trim(draw.randrange(first, first + len(whole)) if draw.random() < 0.3 else None)
        assert backlog.next_offset == first + len(whole)
        assert backlog.first_offset + len(backlog) == backlog.next_offset
        offset = draw.randrange(backlog.first_offset, backlog.next_offset + 1)
        assert backlog.reaches(offset) and backlog.since(offset) == whole[offset - first :]
