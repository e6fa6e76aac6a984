"""Commands out of bytes, whole and in pieces: by read_command, and by PipelineReader with its fast path."""

import io
import itertools
from collections import deque
from random import Random

import pytest
from tables import for_each

from redis_clone.protocol import resp
from redis_clone.protocol.inline import quote
from redis_clone.protocol.pipelines import PipelineReader, split_pipeline
from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.resp import (
    Limits,
    ProtocolError,
    QueryBufferFull,
    read_command,
)
from redis_clone.protocol.stream import CHUNK, Stream

READERS = {
    "read_command": lambda stream, *limits: (
        lambda trusted=True: read_command(stream, *limits, trusted=trusted)
    ),
    "PipelineReader": lambda stream, *limits: one_by_one(PipelineReader(stream, *limits)),
}


def one_by_one(reader):
    ready = deque()

    def read(trusted=True):
        if not ready:
            pipeline = reader.next(trusted)
            if not pipeline:
                return None if pipeline is None else []
            ready.extend(pipeline)
        return ready.popleft()

    return read


@pytest.fixture(params=READERS.values(), ids=READERS.keys())
def reader_of(request):
    """Makes a function that reads the next command of a stream, by one of the two readers."""
    return request.param


def arriving(data, size=CHUNK):
    source = io.BytesIO(data)
    return Stream(lambda at_most: source.read(min(at_most, size)))


FRAMES = {
    b"*1\r\n$4\r\nPING\r\n": [b"PING"],
    b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$0\r\n\r\n": [b"SET", b"a", b""],
    b"*2\r\n$4\r\nECHO\r\n$4\r\n\r\n\r\n\r\n": [b"ECHO", b"\r\n\r\n"],
    b"*2\r\n$4\r\nECHO\r\n$14\r\n*1\r\n$4\r\nPING\r\n\r\n": [b"ECHO", b"*1\r\n$4\r\nPING\r\n"],
    b"*2\r\n$4\r\nECHO\r\n$3\r\n\x00\xff\n\r\n": [b"ECHO", b"\x00\xff\n"],
    encode_command([b"ECHO", b"x" * 5000]): [b"ECHO", b"x" * 5000],
    encode_command([b"MGET", *[b"%d" % n for n in range(300)]]): [b"MGET", *[b"%d" % n for n in range(300)]],
    b"*1\r\n$4\r\nPINGxx": [b"PING"],  # neither server looks at the two bytes behind a payload
    b"*0\r\n": [],
    b"*-1\r\n": [],
    b"*-5\r\n": [],
    b"\r\n": [],
    b"\n": [],
    b"  \t \r\n": [],
    b"PING\r\n": [b"PING"],
    b"PING\n": [b"PING"],
    b" SET  'my key' \"it\\x41\\n\" \r\n": [b"SET", b"my key", b"itA\n"],
    b'""\r\n': [b""],
    b"$4\r\n": [b"$4"],
    b":1\r\n": [b":1"],
    b"\xff\xfe\r\n": [b"\xff\xfe"],
}  # fmt: skip
frames = pytest.mark.parametrize(
    "frame, command", FRAMES.items(), ids=[repr(frame)[2:30] for frame in FRAMES]
)


@frames
def test_a_frame_is_read_whole(reader_of, frame, command):
    read = reader_of(arriving(frame))
    assert read() == command and read() is None


@frames
def test_a_frame_is_read_byte_by_byte(reader_of, frame, command):
    read = reader_of(arriving(frame, 1))
    assert read() == command and read() is None


@pytest.mark.parametrize("size", [1, CHUNK])
@frames
def test_a_frame_is_read_before_and_behind_another_one(reader_of, frame, command, size):
    others = b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"
    read = reader_of(arriving(others + frame + others + others + frame, size))
    assert [read() for _ in range(6)] == [
        [b"GET", b"a"],
        command,
        [b"GET", b"a"],
        [b"GET", b"a"],
        command,
        None,
    ]


@frames
def test_a_stream_that_ends_within_a_frame_is_an_eof_error(reader_of, frame, command):
    for length in range(1, min(len(frame), 60)):
        with pytest.raises(EOFError):
            reader_of(arriving(frame[:length]))()


def test_a_stream_that_ends_between_two_frames_is_just_the_end(reader_of):
    assert reader_of(arriving(b""))() is None


PROBLEMS = {
    b"*\r\n": "invalid multibulk length",
    b"*x\r\n": "invalid multibulk length",
    b"* 1\r\n": "invalid multibulk length",
    b"*+1\r\n": "invalid multibulk length",
    b"*01\r\n": "invalid multibulk length",
    b"*1.0\r\n": "invalid multibulk length",
    b"*2147483648\r\n": "invalid multibulk length",
    b"*-9223372036854775809\r\n": "invalid multibulk length",
    b"*1\r\nPING\r\n": "expected '$', got 'P'",
    b"*1\r\n:4\r\n": "expected '$', got ':'",
    b"*1\r\n*1\r\n": "expected '$', got '*'",
    b"*1\r\n\xff\r\n": "expected '$', got '\xff'",
    b"*2\r\n$4\r\nECHO\r\n?\r\n": "expected '$', got '?'",
    b"*1\r\n$\r\n": "invalid bulk length",
    b"*1\r\n$x\r\n": "invalid bulk length",
    b"*1\r\n$-1\r\n": "invalid bulk length",
    b"*1\r\n$+4\r\nPING\r\n": "invalid bulk length",
    b"*1\r\n$04\r\nPING\r\n": "invalid bulk length",
    b"*1\r\n$536870913\r\n": "invalid bulk length",
    b"*1\r\n$99999999999999999999\r\n": "invalid bulk length",
    b'ECHO "a\r\n': "unbalanced quotes in request",
    b"ECHO 'a\r\n": "unbalanced quotes in request",
    b'ECHO "a"b\r\n': "unbalanced quotes in request",
    b"x" * (CHUNK + 1): "too big inline request",
    b"*" + b"1" * CHUNK: "too big mbulk count string",
    b"*1\r\n$" + b"1" * CHUNK: "too big bulk count string",
    b"*1\r\n" + b"x" * (CHUNK + 1): "too big bulk count string",
}
problems = pytest.mark.parametrize(
    "data, problem", PROBLEMS.items(), ids=[repr(data)[2:30] for data in PROBLEMS]
)


def problem_of(read, **arguments):
    with pytest.raises(ProtocolError) as caught:
        read(**arguments)
    return str(caught.value)


@problems
def test_bytes_that_are_no_command_are_a_protocol_error(reader_of, data, problem):
    assert problem_of(reader_of(arriving(data))) == f"ERR Protocol error: {problem}"


@problems
def test_the_commands_before_the_bad_bytes_are_still_read(reader_of, data, problem):
    read = reader_of(arriving(b"*1\r\n$4\r\nPING\r\nPING\r\n*1\r\n$4\r\nPING\r\n" + data, 7000))
    assert [read() for _ in range(3)] == [[b"PING"]] * 3
    assert problem_of(read) == f"ERR Protocol error: {problem}"


@pytest.mark.parametrize("count", [2147483647, 1048577])
def test_a_large_count_takes_no_memory_before_its_arguments_come(reader_of, count):
    with pytest.raises(EOFError):
        reader_of(arriving(b"*%d\r\n$1\r\na\r\n" % count))()


def test_a_large_length_takes_no_memory_before_its_bytes_come(reader_of):
    with pytest.raises(EOFError):
        reader_of(arriving(b"*1\r\n$536870912\r\nabc"))()


# The limits.


@pytest.mark.parametrize("length, is_fine", [(100, True), (101, False)])
def test_an_argument_may_be_as_long_as_proto_max_bulk_len(reader_of, length, is_fine):
    read = reader_of(arriving(encode_command([b"PING", b"\n" * length])), Limits(bulk_bytes=100))
    if is_fine:
        assert read() == [b"PING", b"\n" * length]
    else:
        # The fast path takes short arguments that are here already: below a kilobyte no limit is needed.
        assert (
            reader_of is READERS["PipelineReader"]
            or problem_of(read) == "ERR Protocol error: invalid bulk length"
        )


@for_each("lengths, is_fine", [([4996], True), ([2000, 2996], True), ([4997], False), ([2000] * 3, False)])
def test_a_command_may_be_as_long_as_the_query_buffer(reader_of, lengths, is_fine):
    command = [b"ECHO", *[b"x" * length for length in lengths]]
    read = reader_of(arriving(encode_command(command)), Limits(command_bytes=5000))
    if is_fine:
        assert read() == command
    else:
        with pytest.raises(QueryBufferFull):
            read()


def test_empty_arguments_count_too_because_each_takes_memory(monkeypatch):
    monkeypatch.setattr(resp, "LEAST_ARGUMENTS", 100)
    monkeypatch.setattr(resp, "ARGUMENT_BYTES", 1)
    empty = itertools.repeat(b"$0\r\n\r\n")
    announced = itertools.chain([b"*2147483647\r\n"], empty)  # it ends only when we stop reading
    with pytest.raises(QueryBufferFull):
        read_command(Stream(lambda at_most: next(announced)), Limits(command_bytes=500))


@for_each(
    "data, problem",
    [
        (b"*11\r\n", "unauthenticated multibulk length"),
        (b"*1\r\n$16385\r\n", "unauthenticated bulk length"),
        (b"*2147483648\r\n", "invalid multibulk length"),
        (b"*1\r\n$536870913\r\n", "invalid bulk length"),
    ],
)
def test_before_authentication_a_client_may_send_little(reader_of, data, problem):
    assert problem_of(reader_of(arriving(data)), trusted=False) == f"ERR Protocol error: {problem}"


def test_before_authentication_a_client_may_send_this_much(reader_of):
    command = [b"AUTH", *[b"x" * 16384] * 9]
    assert reader_of(arriving(encode_command(command)))(trusted=False) == command


def test_the_fast_path_is_not_taken_before_authentication():
    data = encode_command([b"AUTH"]) + encode_command([b"MGET", *[b"a"] * 10])
    read = one_by_one(PipelineReader(arriving(data)))
    assert read(trusted=False) == [b"AUTH"]
    assert problem_of(read, trusted=False) == "ERR Protocol error: unauthenticated multibulk length"


# The fast path alone.


@for_each("frame", FRAMES)
def test_a_pipeline_is_split_into_its_plain_commands_and_a_rest_that_begins_with_a_frame(frame):
    plain = encode_command([b"SET", b"a", b"b"])
    pieces = (plain + frame + plain).split(b"\r\n")
    commands, end = split_pipeline(pieces)
    assert commands[0] == [b"SET", b"a", b"b"]
    if pieces[end:] != [b""]:
        assert b"\r\n".join(pieces[end:]) == frame + plain and len(commands) == 1
    else:
        assert list(commands) == [commands[0], FRAMES[frame], commands[0]]


def test_no_byte_is_lost_wherever_a_pipeline_is_cut():
    commands = [[b"SET", b"a", b"1"], [b"GET", b"a"], [b"PING"]]
    data = b"".join(map(encode_command, commands))
    for cut in range(len(data) + 1):
        pieces = data[:cut].split(b"\r\n")
        found, end = split_pipeline(pieces)
        assert b"".join(map(encode_command, found)) + b"\r\n".join(pieces[end:]) == data[:cut]
        assert list(found) == commands[: len(found)]
    assert split_pipeline(data.split(b"\r\n")) == (deque(commands), 7 + 5 + 3)


# Random streams.


def random_command(random):
    argv = [random.choice([b"SET", b"get", b"*1", b"$4", b""])]
    for _ in range(random.choice([0, 1, 1, 2, 2, 3, 12, 300])):
        length = random.choice([0, 1, 2, 3, 10, 1030 if len(argv) < 4 else 5])
        argv.append(bytes(random.choices(b"ab\r\n$*1\x00\xff", k=length)))
    return argv


def encoded(command, random):
    """A command as an array, or sometimes as a typed line; sometimes with an empty command before it."""
    noise = random.choice([b"", b"", b"", b"\r\n", b"*0\r\n", b"*-1\r\n"])
    if len(command) < 20 and random.random() < 0.2:
        return noise + b" ".join(map(quote, command)) + random.choice([b"\r\n", b"\n"])
    return noise + encode_command(command)


@for_each("seed", range(15))
def test_random_commands_cut_at_random_places_are_the_same_commands(reader_of, seed):
    random = Random(seed)
    commands = [random_command(random) for _ in range(60)]
    source = io.BytesIO(b"".join(encoded(command, random) for command in commands))
    longest = random.choice([3, 50, 1_000, 20_000])
    read = reader_of(Stream(lambda at_most: source.read(random.randint(1, min(at_most, longest)))))
    found = []
    while (command := read()) is not None:
        found += [command] if command else []
    assert found == commands
