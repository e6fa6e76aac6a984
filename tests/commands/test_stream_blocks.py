"""The size of the blocks of a stream, as XINFO shows it and as an approximate trim depends on it."""

from random import Random

import pytest

from redis_clone.protocol.errors import RedisError

DEFAULTS = {"stream-node-max-entries": 100, "stream-node-max-bytes": 4096}


@pytest.fixture
def set_blocks(both):
    """A function that sets the size of a block on both servers for one test."""

    def choose(entries, size):
        for name, value in zip(DEFAULTS, (entries, size), strict=True):
            both("CONFIG", "SET", name, value)
        both("FLUSHALL")

    yield choose
    for name, value in DEFAULTS.items():
        both("CONFIG", "SET", name, value)


def some_text(random):
    length = random.choice([0, 1, 1, 3, 10, 62, 63, 64, 120, 127, 128, 500])
    if random.random() < 0.3:
        return str(random.choice([0, 7, 127, 128, -1, 5000, -5000, 70000, 10**9, 10**15, -(2**63)]))
    return "x" * length


def some_fields(random):
    names = random.choice([["temperature", "7"], ["temperature", "7"], ["a"], ["name", "name", "age"]])
    return [word for name in names for word in (name, some_text(random))]


def some_commands(random, count):
    """Mostly XADD, with ids that grow by little and by much."""
    ms, ids = 1, []
    for _ in range(count):
        ms += random.choice([0, 1, 1, 200, 5000, 10**6, 10**10])
        id_ = f"{ms}-{len(ids) + 1}"
        kind = random.random()
        if kind < 0.85 or not ids:
            ids.append(id_)
            trim = ["MAXLEN", "~", str(random.randrange(400))] if random.random() < 0.05 else []
            yield ["XADD", "s", *trim, id_, *some_fields(random)]
        elif kind < 0.97:
            yield ["XDEL", "s", random.choice(ids)]
        elif kind < 0.98:
            yield ["XTRIM", "s", "MAXLEN", str(random.randrange(len(ids)))]
        else:
            length, first = str(random.randrange(300)), random.choice(ids)
            how = random.choice([["MAXLEN", "~", length], ["MINID", "~", first]])
            yield ["XTRIM", "s", *how, *random.choice([[], ["LIMIT", "150"]])]
        if random.random() < 0.1:
            yield ["XINFO", "STREAM", "s"]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
@pytest.mark.parametrize(
    "entries, size", [(100, 4096), (0, 4096), (10, 0), (7, 200), (0, 1000), (300, 100000)]
)
def test_blocks_end_where_redis_ends_them(both, set_blocks, entries, size, seed):
    set_blocks(entries, size)
    random = Random(f"{entries} {size} {seed}")
    for args in some_commands(random, 800):
        ours, real = both(*args)
        assert not isinstance(ours, RedisError) and ours == real, args


def test_an_approximate_trim_drops_no_more_than_a_hundred_blocks_at_once(both, set_blocks):
    set_blocks(2, 0)
    for number in range(1, 501):
        both("XADD", "s", f"{number}-1", "a", "b")
    assert both("XTRIM", "s", "MAXLEN", "~", "0") == [200, 200]
    set_blocks(0, 40)
    for number in range(1, 501):
        both("XADD", "s", f"{number}-1", "a", "b")
    ours, real = both("XTRIM", "s", "MAXLEN", "~", "0")
    assert ours == real == 500
