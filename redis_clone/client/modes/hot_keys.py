"""--hotkeys: the keys that are used most, as the server counts for an LFU policy."""

import bisect
from typing import BinaryIO

from redis_clone.client.connection import Connection
from redis_clone.client.modes.scanning import Progress, Refused, ask_each, rounds, say
from redis_clone.client.options import Options
from redis_clone.errors import RedisError
from redis_clone.protocol.inline import quote

HEADING = """
# Scanning the entire keyspace to find hot keys as well as
# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec
# per 100 SCAN commands (not usually needed).
"""
MOST = 16  # of them are told at the end


def hot_keys(connection: Connection, options: Options, output: BinaryIO) -> None:
    """Tell of each key that belongs to the hottest so far, and of those that are left at the end."""
    hottest: list[tuple[int, str]] = []  # the hottest first; of equals, the one that was found first
    progress = Progress(connection, options)
    say(HEADING)
    for keys in rounds(connection, options):
        progress.round(keys)
        counters = ask_each(connection, [(b"OBJECT", b"FREQ", key) for key in keys])
        for key, counter in zip(keys, counters, strict=True):
            if isinstance(counter, RedisError):
                raise Refused(f"Error: {counter}")
            if counter and _keep(hottest, counter, quote(key).decode()):
                say(f"{progress} Hot key '{quote(key).decode()}' found so far with counter {counter}")
    say("\n-------- summary -------\n")
    say(f"Sampled {progress.seen} keys in the keyspace!")
    for counter, name in hottest:
        say(f"hot key found with counter: {counter}\tkeyname: {name}")


def _keep(hottest: list[tuple[int, str]], counter: int, name: str) -> bool:
    """Put it in its place, if it is one of the MOST hottest.

    >>> hottest = [(9, "a"), (4, "b")]
    >>> _keep(hottest, 9, "c"), hottest
    (True, [(9, 'a'), (9, 'c'), (4, 'b')])
    """
    if len(hottest) == MOST and counter <= hottest[-1][0]:
        return False
    place = bisect.bisect_right(hottest, -counter, key=lambda pair: -pair[0])
    hottest.insert(place, (counter, name))
    del hottest[MOST:]
    return True
