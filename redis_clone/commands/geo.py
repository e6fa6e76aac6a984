"""The geo commands.  A place is the score of a member of a sorted set: see structures/geohash.py.

GEOSEARCH took the place of the GEORADIUS commands in Redis 6.2.  They all fill in one _Search; what differs is
which words they allow, and when they look at the source key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from redis_clone.commands.arguments import Options, double, integer
from redis_clone.commands.sorted_sets import zadd
from redis_clone.errors import SYNTAX, RedisError
from redis_clone.keyspecs import one_key
from redis_clone.numbers import spell_long_double
from redis_clone.protocol.replies import NULL_ARRAY, NullArray
from redis_clone.registry import command_group
from redis_clone.state import Client
from redis_clone.storage.sorted_sets import ScoreCut, SortedSet
from redis_clone.structures.geohash import Box, Circle, Point, cover, decode, distance, encode, text_of
