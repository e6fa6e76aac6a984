"""DEBUG DIGEST: other tests compare two servers by it, so it is tested itself."""

import random
from hashlib import sha1

import pytest
from harness import Client, ours_alone, wait_until

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))]


def a_number(chance):
    """A score that 7.0 and 7.2 format alike."""
    return chance.choice(
        [b"%d" % chance.randrange(-5, 5), b"%r" % (chance.randrange(-8000, 8000) / 8), b"-inf"]
    )


def a_word(chance):
    return bytes(chance.choices(range(256), k=chance.choice([0, 1, 5, 70])))


def random_data(seed):
    """Commands that fill three databases with values of every type, some with a time to live."""
    chance = random.Random(seed)
    for number in range(200):
        key = b"key:%d" % number
        yield [b"SELECT", b"%d" % chance.choice([0, 3, 10])]
        yield chance.choice(WAYS_TO_FILL)(chance, key)
        if number % 4 == 0:
            yield [b"EXPIRE", key, b"1000"]


def words(chance):
    return [a_word(chance) for _ in range(2 * chance.randrange(1, 70))]


WAYS_TO_FILL = [
    lambda chance, key: [b"SET", key, a_word(chance)],
    lambda chance, key: [b"APPEND", key, a_word(chance) + b"."],
    lambda chance, key: [b"INCRBY", key, b"%d" % chance.randrange(1000)],
    lambda chance, key: [b"RPUSH", key, *words(chance)],
    lambda chance, key: [b"SADD", key, *words(chance)],
    lambda chance, key: [b"HSET", key, *words(chance)],
    lambda chance, key: [b"ZADD", key, *[w for word in words(chance) for w in (a_number(chance), word)]],
    lambda chance, key: [
        b"XADD",
        key,
        b"%d-%d" % (chance.randrange(9), chance.randrange(1, 9)),
        *words(chance),
    ],
]


@pytest.fixture
def pair(our_address, real_address):
    clients = [Client(our_address), Client(real_address)]
    for client in clients:
        client("FLUSHALL")
    yield clients
    for client in clients:
        client.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_data_has_the_same_digest_on_both_servers(pair, seed):
    for name, *arguments in random_data(seed):
        ours, real = (client(name.decode(), *arguments) for client in pair)
        assert ours == real
    ours, real = (client("DEBUG DIGEST") for client in pair)
    assert ours == real
    for database in (0, 3, 10):
        keys = pair[1](f"SELECT {database}") and pair[1]("KEYS *")
        pair[0](f"SELECT {database}")
        ours, real = (client("DEBUG", b"DIGEST-VALUE", *keys) for client in pair)
        assert ours == real


def test_a_server_without_keys_has_a_digest_of_zeros(redis):
    assert redis("DEBUG DIGEST") == "0" * 40
    assert redis("DEBUG DIGEST-VALUE missing") == ["0" * 40]
    assert redis("DEBUG DIGEST-VALUE") == []


def test_a_digest_depends_on_values_keys_databases_and_whether_a_key_expires(redis):
    redis("RPUSH list a b")
    seen = {redis("DEBUG DIGEST")}
    redis("EXPIRE list 100")
    seen.add(redis("DEBUG DIGEST"))
    redis("MOVE list 2")
    seen.add(redis("DEBUG DIGEST"))
    redis("SELECT 2")
    redis("RENAME list other")
    seen.add(redis("DEBUG DIGEST"))
    redis("LMOVE other other LEFT RIGHT")
    seen.add(redis("DEBUG DIGEST"))
    assert len(seen) == 5


def test_an_expired_key_counts_until_it_is_deleted(redis, other):
    redis("DEBUG SET-ACTIVE-EXPIRE 0")
    redis("SET k v PX 1")
    digest = redis("DEBUG DIGEST"), redis("DEBUG DIGEST-VALUE k")
    wait_until(lambda: other("KEYS *") == [])
    assert (redis("DEBUG DIGEST"), redis("DEBUG DIGEST-VALUE k")) == digest
    assert redis("GET k") is None and redis("DEBUG DIGEST") == "0" * 40
    redis("DEBUG SET-ACTIVE-EXPIRE 1")


def test_the_digest_of_a_value_does_not_know_the_name_of_its_key(redis):
    redis("HSET one field value")
    redis("HSET two field value")
    one, two = redis("DEBUG DIGEST-VALUE one two")
    assert one == two != "0" * 40


@ours_alone  # 7.0 takes 17 digits of a score
def test_a_score_counts_in_the_shortest_digits_that_read_back_as_the_same_double(redis):
    def chained(*parts):
        digest = bytes(20)
        for part in parts:
            digest = sha1(exclusive_or(digest, part)).digest()
        return digest

    def exclusive_or(digest, data):
        return bytes(one ^ other for one, other in zip(digest, sha1(data).digest(), strict=True))

    for score in (b"0.1", b"-2.5e-9", b"1e+300", b"1e+8", b"10000000", b"12345678901", b"inf"):
        redis("DEL", b"z"), redis("ZADD", b"z", score, b"member")
        expected = exclusive_or(chained(b"\0\0\0\3"), chained(b"member", score))
        assert redis("DEBUG DIGEST-VALUE z") == [expected.hex()], score


def test_debug_checks_how_many_arguments_there_are(redis):
    for line in ("DEBUG DIGEST more", "DEBUG SLEEP", "DEBUG NONSENSE"):
        assert "unknown subcommand or wrong number of arguments" in str(redis(line))
