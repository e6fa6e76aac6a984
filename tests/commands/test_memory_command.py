"""MEMORY, and the memory section of INFO: the fields are the same as in Redis, the figures differ."""

import pytest
from harness import wait_until
from tables import for_each

SIZES = {
    "string": ["SET k " + "x" * 10_000],
    "hash": ["HSET k " + " ".join(f"field{n} value{n}" for n in range(500))],
    "list": ["RPUSH k " + " ".join(f"element{n}" for n in range(500))],
    "set": ["SADD k " + " ".join(f"member{n}" for n in range(500))],
    "zset": ["ZADD k " + " ".join(f"{n} member{n}" for n in range(500))],
    "stream": [f"XADD k {n}-1 field value{n}" for n in range(1, 300)],
}


def info(redis, section):
    lines = redis("INFO", section).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


@for_each("name", SIZES)
def test_a_value_takes_at_least_its_bytes_and_little_when_it_is_gone(redis, name):
    def used_memory():
        return int(info(redis, "memory")["used_memory"])

    def comes_and_goes():
        redis("SET k x")
        small, before = redis("MEMORY USAGE k"), used_memory()
        redis("DEL k")
        for line in SIZES[name]:
            redis(line)
        after = used_memory()
        assert redis("MEMORY USAGE k") > small + 3_000
        assert redis("MEMORY USAGE k SAMPLES 0") > small + 3_000
        redis("FLUSHALL")
        return after > before + 3_000 and used_memory() < after - 3_000

    wait_until(comes_and_goes)  # repeated, because the buffers of clients change as well


def test_usage_of_a_key_that_is_not_there_is_nil(redis):
    assert redis("MEMORY USAGE k") is None


@pytest.mark.parametrize("args", ["SAMPLES -1", "SAMPLES 5 x", "SOMETHING 5", "SAMPLES"])
def test_usage_takes_no_other_options_than_samples(both, args):
    both(f"SET k {args.count(' ')}")
    ours, theirs = both(f"MEMORY USAGE k {args}")
    assert ours == theirs


def test_a_key_with_a_time_to_live_takes_more(redis):
    redis("SET k v")
    before = redis("MEMORY USAGE k")
    redis("EXPIRE k 100")
    assert redis("MEMORY USAGE k") >= before


def test_the_fields_of_stats_are_redis_own(both):
    both("SET k v")
    ours, theirs = (dict(zip(reply[::2], reply[1::2], strict=True)) for reply in both("MEMORY STATS"))
    assert list(ours) == list(theirs)
    assert ours[b"db.0"][::2] == theirs[b"db.0"][::2]
    assert [type(value) for value in ours.values()] == [type(value) for value in theirs.values()]


def test_the_fields_of_info_are_redis_own(our_address, real_address):
    from harness import Client

    ours, theirs = (info(Client(address), "memory") for address in (our_address, real_address))
    assert list(ours) == list(theirs)
    for name in ("used_memory_peak_perc", "mem_fragmentation_ratio", "used_memory_human"):
        assert ours[name][-1].isdigit() == theirs[name][-1].isdigit()


def test_the_other_subcommands_answer(redis):
    redis("SET k v")
    assert redis("MEMORY PURGE") == "OK"
    assert len(redis("MEMORY DOCTOR")) > 40
    assert redis("MEMORY MALLOC-STATS")
    for text in (redis("MEMORY DOCTOR"), redis("MEMORY MALLOC-STATS")):
        assert text.endswith(b"\n"), "a client shows it as it is, and then its prompt"
    assert redis("MEMORY HELP")[0].startswith("MEMORY <subcommand>")


def test_memory_usage_counts_an_expired_key_that_is_still_there(redis):
    redis("DEBUG SET-ACTIVE-EXPIRE 0"), redis("SET k v PXAT 1")
    assert redis("MEMORY USAGE k") > 0
    redis("DEBUG SET-ACTIVE-EXPIRE 1")
