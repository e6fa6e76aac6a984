"""Replies encoded in both protocols, and read back."""

import io
from random import Random

import pytest
from tables import for_each

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import (
    NULL_ARRAY,
    OK,
    Attributed,
    BigNumber,
    FlatMap,
    FormattedDouble,
    Members,
    Pairs,
    PairsOrMap,
    Push,
    Replies,
    SimpleString,
    Verbatim,
    encode,
    encode_command,
    read_reply,
)
from redis_clone.protocol.resp import ProtocolError, read_command
from redis_clone.protocol.stream import Stream


def read(data, size=1_000_000):
    source = io.BytesIO(data)
    reply = read_reply(Stream(lambda at_most: source.read(min(at_most, size))))
    assert source.read() == b""
    return reply


TABLE = [  # the reply, in RESP2, in RESP3
    (7, b":7\r\n", b":7\r\n"),
    (-(2**63), b":-9223372036854775808\r\n", b":-9223372036854775808\r\n"),
    (b"hello", b"$5\r\nhello\r\n", b"$5\r\nhello\r\n"),
    (b"", b"$0\r\n\r\n", b"$0\r\n\r\n"),
    (b"\r\n\x00\xff", b"$4\r\n\r\n\x00\xff\r\n", b"$4\r\n\r\n\x00\xff\r\n"),
    (bytearray(b"hello"), b"$5\r\nhello\r\n", b"$5\r\nhello\r\n"),
    ("text \xff", b"$6\r\ntext \xff\r\n", b"$6\r\ntext \xff\r\n"),
    (OK, b"+OK\r\n", b"+OK\r\n"),
    (SimpleString("\xff"), b"+\xff\r\n", b"+\xff\r\n"),
    (RedisError("ERR no"), b"-ERR no\r\n", b"-ERR no\r\n"),
    (RedisError("ERR \r\n\xff"), b"-ERR   \xff\r\n", b"-ERR   \xff\r\n"),
    (ProtocolError("no"), b"-ERR Protocol error: no\r\n", b"-ERR Protocol error: no\r\n"),
    (None, b"$-1\r\n", b"_\r\n"),
    (NULL_ARRAY, b"*-1\r\n", b"_\r\n"),
    (1.5, b"$3\r\n1.5\r\n", b",1.5\r\n"),
    (3.0, b"$1\r\n3\r\n", b",3\r\n"),
    (float("-inf"), b"$4\r\n-inf\r\n", b",-inf\r\n"),
    (FormattedDouble(b"1.50"), b"$4\r\n1.50\r\n", b",1.50\r\n"),
    (PairsOrMap([(b"a", 1)]), b"*1\r\n*2\r\n$1\r\na\r\n:1\r\n", b"%1\r\n$1\r\na\r\n:1\r\n"),
    (True, b":1\r\n", b"#t\r\n"),
    (False, b":0\r\n", b"#f\r\n"),
    ([], b"*0\r\n", b"*0\r\n"),
    ([b"a", 1], b"*2\r\n$1\r\na\r\n:1\r\n", b"*2\r\n$1\r\na\r\n:1\r\n"),
    ((b"a", 1), b"*2\r\n$1\r\na\r\n:1\r\n", b"*2\r\n$1\r\na\r\n:1\r\n"),
    ({b"a"}, b"*1\r\n$1\r\na\r\n", b"~1\r\n$1\r\na\r\n"),
    (frozenset({b"a"}), b"*1\r\n$1\r\na\r\n", b"~1\r\n$1\r\na\r\n"),
    (Members([b"b", b"a"]), b"*2\r\n$1\r\nb\r\n$1\r\na\r\n", b"~2\r\n$1\r\nb\r\n$1\r\na\r\n"),
    ({}, b"*0\r\n", b"%0\r\n"),
    ({1: b"a", 2: None}, b"*4\r\n:1\r\n$1\r\na\r\n:2\r\n$-1\r\n", b"%2\r\n:1\r\n$1\r\na\r\n:2\r\n_\r\n"),
    (FlatMap([[1], b"a"]), b"*2\r\n*1\r\n:1\r\n$1\r\na\r\n", b"%1\r\n*1\r\n:1\r\n$1\r\na\r\n"),
    (Attributed({b"a": 1}, 2), b":2\r\n", b"|1\r\n$1\r\na\r\n:1\r\n:2\r\n"),
    (Pairs([]), b"*0\r\n", b"*0\r\n"),
    (Pairs([(b"a", 1.5)]), b"*2\r\n$1\r\na\r\n$3\r\n1.5\r\n", b"*1\r\n*2\r\n$1\r\na\r\n,1.5\r\n"),
    (Push([b"message", 1]), b"*2\r\n$7\r\nmessage\r\n:1\r\n", b">2\r\n$7\r\nmessage\r\n:1\r\n"),
    (Verbatim(b"hello"), b"$5\r\nhello\r\n", b"=9\r\ntxt:hello\r\n"),
    (BigNumber(2**70), b"$22\r\n1180591620717411303424\r\n", b"(1180591620717411303424\r\n"),
    (Replies([1, Push([b"a"])]), b":1\r\n*1\r\n$1\r\na\r\n", b":1\r\n>1\r\n$1\r\na\r\n"),
    (Replies([]), b"", b""),
    # Nested.
    ([None, [True, NULL_ARRAY]], b"*2\r\n$-1\r\n*2\r\n:1\r\n*-1\r\n", b"*2\r\n_\r\n*2\r\n#t\r\n_\r\n"),
    ({"k": {1.5}}, b"*2\r\n$1\r\nk\r\n*1\r\n$3\r\n1.5\r\n", b"%1\r\n$1\r\nk\r\n~1\r\n,1.5\r\n"),
    ([Pairs([(1, {})])], b"*1\r\n*2\r\n:1\r\n*0\r\n", b"*1\r\n*1\r\n*2\r\n:1\r\n%0\r\n"),
    ([RedisError("ERR no"), OK], b"*2\r\n-ERR no\r\n+OK\r\n", b"*2\r\n-ERR no\r\n+OK\r\n"),
]  # fmt: skip


@for_each("reply, resp2, resp3", TABLE)
def test_a_reply_is_encoded_in_both_protocols(reply, resp2, resp3):
    assert encode(reply) == encode(reply, 2) == resp2
    assert encode(reply, 3) == resp3


def test_a_value_without_a_resp_type_is_a_bug():
    with pytest.raises(TypeError, match="no RESP type for object"):
        encode([object()])


@for_each("size", [1, 1_000_000])
@for_each(
    "reply",
    [
        7, -(2**63), b"hello", b"", b"\r\n\x00\xff", OK, RedisError("ERR no \xff"), None, 1.5, -0.0, 1e300,
        float("inf"), True, False, [], [b"a", [1, []]], Members([b"a"]),
        {}, {b"a": {1: [True]}}, Push([b"a", 1]),
        Verbatim(b"two\r\nlines"), BigNumber(-(2**70)), [None, RedisError("ERR no"), OK],
    ],
)  # fmt: skip
def test_a_resp3_reply_comes_back_as_what_it_was(reply, size):
    found = read(encode(reply, 3), size)
    assert found == reply and type(found) is type(reply) and repr(found) == repr(reply)


@pytest.mark.parametrize(
    "reply, found",
    [
        (NULL_ARRAY, NULL_ARRAY),
        ({b"a": 1}, [b"a", 1]),
        (True, 1),
        (1.5, b"1.5"),
        (Members([b"a"]), [b"a"]),
        (Pairs([(b"a", 1.5)]), [b"a", b"1.5"]),
        (Verbatim(b"text"), b"text"),
    ],
)
def test_in_resp2_many_things_come_back_as_their_plain_form(reply, found):
    assert read(encode(reply, 2)) == found
    assert type(read(encode(reply, 2))) is type(found)


def test_pairs_come_back_as_lists_of_two():
    assert read(encode(Pairs([(b"a", 1.5), (b"b", 2.0)]), 3)) == [[b"a", 1.5], [b"b", 2.0]]


def test_not_a_number_is_read_whatever_its_sign():
    for text in (b",nan\r\n", b",-nan\r\n"):
        assert str(read(text)) == "nan"


@for_each(
    "nest",
    [
        lambda inner: [inner],
        lambda inner: [1, inner, b"a"],
        lambda inner: Members([inner]),
        lambda inner: {b"k": inner},
        lambda inner: Pairs([(b"k", inner)]),
        lambda inner: PairsOrMap([(b"k", inner)]),
        lambda inner: Replies([inner, 1]),
        lambda inner: FlatMap([inner, b"v"]),
        lambda inner: Attributed({b"k": 1}, inner),
    ],
)
@for_each("protocol", [2, 3])
def test_a_reply_may_be_nested_as_deep_as_one_likes(nest, protocol):
    reply = 7
    for _ in range(10_000):
        reply = nest(reply)
    assert encode(reply, protocol).count(b":7\r\n") == 1


@pytest.mark.parametrize("header", [b"*1\r\n", b"~1\r\n", b">1\r\n", b"%1\r\n+k\r\n", b"|1\r\n+k\r\n:1\r\n"])
def test_a_reply_that_is_nested_deep_is_read(header):
    encoded = header * 10_000 + b":7\r\n"
    assert encode(read(encoded), 3) == (b":7\r\n" if header.startswith(b"|") else encoded)


def test_a_key_of_a_map_may_be_nested_deep():
    key, value = next(iter(read(b"%1\r\n" * 1000 + b":7\r\n" + b":1\r\n" * 1000).items()))
    for _ in range(999):
        ((key, inner_value),) = key
        assert inner_value == value == 1
    assert key == 7


def test_attributes_are_skipped():
    assert read(b"|1\r\n+ttl\r\n:3600\r\n*1\r\n|1\r\n+a\r\n*0\r\n:7\r\n") == [7]


def test_a_map_may_have_lists_as_keys():
    assert read(b"%1\r\n*2\r\n:1\r\n*1\r\n:2\r\n+x\r\n") == {(1, (2,)): "x"}


@pytest.mark.parametrize("data", [b"", b":7", b"$5\r\nhel", b"*2\r\n:1\r\n", b"%1\r\n:1\r\n"])
def test_a_server_that_hangs_up_within_a_reply_is_an_eof_error(data):
    with pytest.raises(EOFError):
        read(data)


@pytest.mark.parametrize("data", [b"HTTP/1.1 400\r\n", b"?1\r\n", b":x\r\n", b"$x\r\n"])
def test_bytes_that_are_no_reply_are_a_value_error(data):
    with pytest.raises(ValueError):
        read(data)


def test_a_command_is_encoded_as_an_array_of_bulk_strings():
    assert encode_command([b"SET", b"\r\n", b""]) == b"*3\r\n$3\r\nSET\r\n$2\r\n\r\n\r\n$0\r\n\r\n"
    for size in (1023, 1024, 70_000):
        command = [b"MGET", *[b"k"] * size, b"x" * size]
        assert read_command(Stream(io.BytesIO(encode_command(command)).read)) == command


def random_reply(random, depth=0):
    choices = [
        lambda: random.randint(-(2**63), 2**63 - 1),
        lambda: random.randbytes(random.randrange(20)),
        lambda: random.choice([None, True, False, OK, RedisError("ERR some \xe9"), 0.5, -1e-7, 1e21]),
        lambda: Verbatim(random.randbytes(5)),
        lambda: BigNumber(random.getrandbits(100)),
    ]
    if depth < 3:
        items = [random_reply(random, depth + 1) for _ in range(random.randrange(4))]
        choices += [
            lambda: items,
            lambda: Members(items),
            lambda: Push(items),
            lambda: {random.randbytes(3): item for item in items},
        ]
    return random.choice(choices)()


@pytest.mark.parametrize("seed", range(5))
def test_random_replies_come_back_as_what_they_were(seed):
    random = Random(seed)
    for _ in range(100):
        reply = random_reply(random)
        assert repr(read(encode(reply, 3), random.randint(1, 100))) == repr(reply)
