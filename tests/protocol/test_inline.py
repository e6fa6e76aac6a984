"""Commands typed as text, and words quoted so that they could be typed."""

from random import Random

import pytest
from tables import for_each

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.inline import UnbalancedQuotes, quote, split_words


@for_each(
    "line, words",
    [
        (b"", []),
        (b" \t\r\n\v\f\x00", []),
        (b"PING", [b"PING"]),
        (b"  SET \t key  value \r", [b"SET", b"key", b"value"]),
        (b"\"\" ''", [b"", b""]),
        (b"\"a b\" 'c d'", [b"a b", b"c d"]),
        (b'a"b c"', [b"ab c"]),
        (b"a'b c'", [b"ab c"]),
        (b"\"it's\" '\"'", [b"it's", b'"']),
        (rb'"\n\r\t\b\a\\\""', [b'\n\r\t\b\a\\"']),
        (rb'"\x00\xff\xAb"', [b"\x00\xff\xab"]),
        (rb'"\q\x4\xg1"', [b"qx4xg1"]),
        (rb"'it\'s \n \\'", [rb"it's \n \\"]),
        (rb"a\nb \x41", [rb"a\nb", rb"\x41"]),
        (b"\xff\xc3\xa4", [b"\xff\xc3\xa4"]),
        (b"a\vb a\fb", [b"a\vb", b"a\fb"]),
        (b'"a\nb"', [b"a\nb"]),
    ],
)
def test_a_line_is_split_into_words(line, words):
    assert split_words(line) == words


@for_each(
    "line",
    [b'"', b"'", b'"a', b"'a", b'"a"b', b"'a'b", b'"a""b"', b"'a\"", rb'"\"', rb"'\'", b'a"b', b'x "a" "b'],
)
def test_quotes_that_do_not_fit_are_an_error(line):
    with pytest.raises(UnbalancedQuotes):
        split_words(line)


@pytest.mark.parametrize(
    "word, quoted",
    [
        (b"", b'""'),
        (b"plain", b'"plain"'),
        (b"two words", b'"two words"'),
        (b'"\\', rb'"\"\\"'),
        (b"'", b'"\'"'),
        (b"\n\r\t\b\a", rb'"\n\r\t\b\a"'),
        (b"\x00\x1f\x7f\x80\xff\v", rb'"\x00\x1f\x7f\x80\xff\x0b"'),
    ],
)
def test_a_word_is_quoted_so_that_a_terminal_can_show_it(word, quoted):
    assert quote(word) == quoted


def test_any_word_that_is_quoted_is_split_back_into_itself():
    everything = [bytes([byte]) for byte in range(256)]
    line = b" ".join(quote(word) for word in [*everything, bytes(range(256)), b""])
    assert split_words(line) == [*everything, bytes(range(256)), b""]


@pytest.mark.parametrize("seed", range(3))
def test_random_lines_are_split_as_redis_splits_them(connect, seed):
    random = Random(seed)
    redis = connect()
    for _ in range(200):
        line = b"RPUSH words first " + bytes(random.choices(b"ab \t\\\"'xfn0\v\f\r", k=random.randrange(14)))
        redis.send_bytes(line + b"\n")
        answer = redis.read()
        try:
            words = split_words(line)
        except UnbalancedQuotes:
            assert answer == RedisError("ERR Protocol error: unbalanced quotes in request"), line
            redis = connect()  # because the server has closed the connection
        else:
            assert redis("LRANGE words 0 -1") == words[2:], line
            redis("DEL words")
