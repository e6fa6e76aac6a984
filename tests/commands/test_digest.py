"""DEBUG DIGEST: other tests compare two servers by it, so it is tested itself."""

import random

import pytest
from harness import Client

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))]


def a_number(chance):
    return chance.choice(
        [b"%d" % chance.randrange(-5, 5), repr(chance.uniform(-1e3, 1e3)).encode(), b"1e300"]
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


def test_the_digest_of_a_value_does_not_know_the_name_of_its_key(redis):
    redis("HSET one field value")
    redis("HSET two field value")
    one, two = redis("DEBUG DIGEST-VALUE one two")
    assert one == two != "0" * 40


def test_debug_checks_how_many_arguments_there_are(redis):
    for line in ("DEBUG DIGEST more", "DEBUG SLEEP", "DEBUG NONSENSE"):
        assert "unknown subcommand or wrong number of arguments" in str(redis(line))
