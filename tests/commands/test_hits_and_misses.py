"""What counts as a hit or a miss of a key, and leaves a keymiss event."""

import pytest

SETUP = """\
RPUSH l 3 1 2
SET w_1 10
SET w_2 5
HSET h_1 f 1
XADD x 1-1 f v
XGROUP CREATE x g 0
SET s text
SET no_number_3 x
SADD set a b
"""

ROWS = [  # the command, the hits, and the keys that were missed, in order
    ("GET s", 1, ""),
    ("GET nk", 0, "nk"),
    ("MGET s nk s nk2", 2, "nk nk2"),
    ("SINTER set nk", 1, "nk"),
    ("SORT l", 1, ""),
    ("SORT nk", 0, "nk"),
    ("SORT nk BY w_* GET w_*", 0, "nk"),
    ("SORT l BY w_*", 3, "w_3"),
    ("SORT l BY w_* ALPHA", 3, "w_3"),
    ("SORT l BY w_* GET w_*", 5, "w_3 w_3"),
    ("SORT l BY w_* GET # LIMIT 0 1", 3, "w_3"),
    ("SORT l LIMIT 0 1 GET w_*", 2, ""),
    ("SORT l BY h_*->f", 2, "h_3 h_2"),
    ("SORT l GET h_*->f GET #", 2, "h_2 h_3"),
    ("SORT l GET w_*->f", 3, "w_3"),
    ("SORT l BY w_*-> GET nostar", 1, "w_3-> w_1-> w_2->"),
    ("SORT_RO l BY w_*", 3, "w_3"),
    ("SORT l BY no_number_*", 2, "no_number_1 no_number_2"),
    ("SORT l BY w_* STORE d", 3, "w_3"),
    ("XREAD STREAMS nk 0", 0, "nk nk"),
    ("XREAD STREAMS x 0", 2, ""),
    ("XREAD STREAMS x $", 2, ""),
    ("XREAD STREAMS nk nk2 0 $", 0, "nk nk2 nk nk2"),
    ("XREAD STREAMS x nk 0 0", 2, "nk nk"),
    ("XREAD STREAMS nk bad", 0, "nk"),
    ("XREAD STREAMS s 0", 1, ""),
    ("XREADGROUP GROUP g c STREAMS x >", 2, ""),
    ("XREADGROUP GROUP g c STREAMS x 0", 2, ""),
    ("XREADGROUP GROUP g c STREAMS nk >", 0, "nk"),
    ("XREADGROUP GROUP g c STREAMS x nk > >", 1, "nk"),
    ("XREADGROUP GROUP nogroup c STREAMS x >", 1, ""),
    ("XREADGROUP GROUP g c STREAMS x bad", 1, ""),
    ("XREADGROUP GROUP g c STREAMS s >", 1, ""),
    ("XACK nk g 1-1", 0, "nk"),
    ("XACK x g 1-1", 1, ""),
    ("XCLAIM nk g c 0 1-1", 0, "nk"),
    ("XCLAIM x g c 0 1-1", 1, ""),
    ("XAUTOCLAIM nk g c 0 0", 0, "nk"),
    ("XAUTOCLAIM nk g c x 0", 0, "nk"),
    ("XAUTOCLAIM s g c x 0", 1, ""),
    ("LCS s nk", 1, "nk"),
    ("LCS l nk", 1, "nk"),
    ("LCS l set", 2, ""),
    ("SCAN 0 MATCH s* TYPE string", 2, ""),
    ("SCAN 0 COUNT 100", 0, ""),
    ("XPENDING nk g", 0, "nk"),
    ("XLEN nk", 0, "nk"),
    ("XDEL nk 1-1", 0, ""),
    ("LPOP nk", 0, ""),
    ("SPOP set 1", 0, ""),
    ("SPOP set 2", 1, ""),  # a whole set is returned as SUNION does
    ("SPOP set 9", 1, ""),
    ("SPOP set 0", 0, ""),
    ("OBJECT ENCODING s", 1, ""),
    ("DEBUG OBJECT s", 0, ""),
]


def figures(redis):
    lines = dict(line.split(":") for line in redis("INFO stats").decode().splitlines() if ":" in line)
    return int(lines["keyspace_hits"]), int(lines["keyspace_misses"])


@pytest.fixture
def listener(connect):
    """A client that gets the keymiss events; listener.missed() returns those that came."""
    client = connect(3)
    client("CONFIG SET notify-keyspace-events Em")
    client("SUBSCRIBE __keyevent@0__:keymiss"), client("SUBSCRIBE end")

    def missed():
        return [message[2].decode() for message in iter(client.read, [b"message", b"end", b""])]

    client.missed = missed
    yield client
    client("CONFIG SET notify-keyspace-events ''")


@pytest.mark.parametrize("line, hits, missed", ROWS, ids=[line for line, *_ in ROWS])
def test_each_look_at_a_key_is_a_hit_or_a_miss(redis, listener, line, hits, missed):
    for command in SETUP.splitlines():
        redis(command)
    before = figures(redis)
    redis(line)
    after = figures(redis)
    redis("PUBLISH end ''")
    assert (after[0] - before[0], listener.missed()) == (hits, missed.split())
    assert after[1] - before[1] == len(missed.split())


def test_object_counts_a_miss_without_an_event(redis, listener):
    before = figures(redis)
    assert redis("OBJECT ENCODING nk") is None and redis("OBJECT REFCOUNT nk") is None
    after = figures(redis)
    redis("PUBLISH end ''")
    assert (after[0] - before[0], after[1] - before[1], listener.missed()) == (0, 2, [])
