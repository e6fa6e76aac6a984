"""`peek KEY`, for each type of value, at both servers."""

from redis_clone.client.peek import peek

MAKERS = {
    "string of 2 bytes, int": "SET k 36",
    "list of 2 elements": "RPUSH k a b",
    "set of 3 members, intset": "SADD k 1 2 3",
    "hash of 1 fields": "HSET k name Ada",
    "zset of 1 members": "ZADD k 1 a",
    "stream of 1 entries, stream": "XADD k 1-1 a b",
}


def test_peek_reads_each_type_with_the_command_that_fits(redis) -> None:
    for headline, command in MAKERS.items():
        redis("DEL k")
        redis(command)
        peeked = peek(redis, b"k")
        assert peeked.headline.startswith(headline)
        assert peeked.reply and len(peeked.reply) == len(redis(*peeked.words))  # a set has no order


def test_peek_shows_when_a_key_expires_and_that_there_is_none(redis) -> None:
    redis("SET k v EX 100")
    assert ", expires in " in peek(redis, b"k").headline
    assert peek(redis, b"none").headline == "There is no such key."


def test_peek_shows_the_beginning_of_what_is_large(redis) -> None:
    redis("RPUSH", b"k", *range(100))
    peeked = peek(redis, b"k")
    assert peeked.headline.endswith("; 20 of them:") and len(peeked.reply) == 20
