"""Bytes through a stream, however they are cut when they arrive."""

import io
import tracemalloc
from random import Random

import pytest
from tables import for_each

from redis_clone.protocol.stream import CHUNK, LineTooLong, Stream

DATA = b"first\r\n\r\nth\nird\r\r\n12345\r\nend\r\n"


@pytest.fixture(params=[1, 2, 3, 1000], ids="at most {} at once".format)
def stream_of(request):
    """Makes a stream whose bytes arrive in pieces of this size."""

    def make(data):
        source = io.BytesIO(data)
        return Stream(lambda at_most: source.read(min(at_most, request.param)))

    return make


def test_lines_end_at_their_end_alone(stream_of):
    stream = stream_of(DATA)
    assert [stream.read_line() for _ in range(5)] == [b"first", b"", b"th\nird\r", b"12345", b"end"]
    assert stream.peek() == b""


def test_a_line_may_have_another_end(stream_of):
    stream = stream_of(DATA)
    assert stream.read_line(b"\n") == b"first\r"
    assert stream.read_line(b"end") == b"\r\nth\nird\r\r\n12345\r\n"


def test_a_count_of_bytes_may_hold_anything(stream_of):
    stream = stream_of(DATA)
    assert [stream.read_exactly(count) for count in (8, 0, 5)] == [b"first\r\n\r", b"", b"\nth\ni"]
    assert stream.read_exactly(len(DATA) - 13) == DATA[13:]


def test_a_peek_leaves_the_byte_where_it_is(stream_of):
    stream = stream_of(b"ab")
    assert stream.peek() == stream.peek() == b"a"
    assert stream.read_exactly(2) == b"ab"
    assert stream.peek() == stream.peek() == b""


@for_each("read", [lambda stream: stream.read_line(), lambda stream: stream.read_exactly(4)])
@for_each("data", [b"", b"abc", b"a\r"])
def test_an_end_in_the_middle_is_an_eof_error(stream_of, read, data):
    with pytest.raises(EOFError):
        read(stream_of(data))


def test_the_end_of_the_stream_is_no_line(stream_of):
    stream = stream_of(b"whole\r\nhalf")
    assert stream.read_line() == b"whole"
    with pytest.raises(EOFError):
        stream.read_line()


@pytest.mark.parametrize("size, fits", [(9, True), (10, True), (11, False), (500, False)])
def test_a_line_without_an_end_in_sight_is_too_long(size, fits):
    source = io.BytesIO(b"x" * size + b"\r\n")
    stream = Stream(lambda at_most: source.read(1))
    if fits:
        assert stream.read_line(limit=11) == b"x" * size
    else:
        with pytest.raises(LineTooLong):
            stream.read_line(limit=11)
        assert stream.unread == 12


def test_a_line_that_came_whole_is_taken_whatever_its_length():
    stream = Stream(io.BytesIO(b"x" * 100 + b"\r\n").read)
    assert stream.read_line(limit=11) == b"x" * 100


def test_all_bytes_in_the_buffer_can_be_taken_and_put_back():
    parts = [b"one two", b" three", b""]
    stream = Stream(lambda at_most: parts.pop(0))
    assert stream.peek() == b"o" and stream.read_exactly(4) == b"one "
    assert stream.take_all() == b"two" and stream.unread == 0
    stream.put_back(b"wo")
    assert stream.read_exactly(1) == b"w"
    stream.put_back(b"W")
    assert stream.take_all() == b"Wo"
    assert stream.take_all() == b" three"
    assert stream.take_all() == b""


def test_no_more_is_asked_for_than_is_needed_and_never_much_at_once():
    asked = []

    def receive(at_most):
        asked.append(at_most)
        return b"x" * min(at_most, CHUNK)

    assert len(Stream(receive).read_exactly(40 * CHUNK)) == 40 * CHUNK
    assert max(asked) <= 16 * CHUNK and asked[-1] == CHUNK


def test_a_long_line_that_comes_byte_by_byte_is_searched_once():
    class Counted(bytes):
        searched = 0

        def __getitem__(self, index):
            return Counted(super().__getitem__(index))

        def __add__(self, other):
            return Counted(super().__add__(other))

        def find(self, end, start, stop):
            Counted.searched += stop - start
            return super().find(end, start, stop)

    source = io.BytesIO(b"x" * 10_000 + b"\r\n")
    stream = Stream(lambda at_most: source.read(1))
    stream._buffer = Counted()
    stream.read_line()
    assert Counted.searched < 30_000  # and not the square of it


@for_each("seed", range(10))
def test_random_reads_return_the_bytes_in_their_order(seed):
    random = Random(seed)
    data = bytes(random.choices(b"ab\r\n", k=2_000))
    source = io.BytesIO(data)
    stream = Stream(lambda at_most: source.read(random.randint(1, min(at_most, 20))))
    read = b""
    while len(read) < len(data) - 200:
        match random.randrange(4):
            case 0:
                read += stream.read_exactly(random.randint(0, 30))
            case 1:
                read += stream.read_line() + b"\r\n"
            case 2:
                taken = stream.take_all()
                cut = random.randint(0, len(taken))
                read += taken[:cut]
                stream.put_back(taken[cut:])
            case _:
                assert stream.peek() == data[len(read) : len(read) + 1]
        assert data.startswith(read)


def test_bytes_that_come_one_by_one_take_no_more_memory_than_their_number():
    tracemalloc.start()
    try:
        assert Stream(lambda at_most: bytes(bytearray(b"x"))).read_exactly(100_000) == b"x" * 100_000
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_bytes_that_were_read_are_freed_while_the_stream_waits_for_more():
    parts, kept = iter([b"x" * 1000 + b"\r\n", b"y\r\n"]), []

    def receive(at_most):
        kept.append(len(stream._buffer))
        return next(parts)

    stream = Stream(receive)
    assert stream.read_line() == b"x" * 1000 and stream.read_line() == b"y"
    assert kept == [0, 0]
