"""The random numbers of scripts: drand48's generator, so that a seed gives the same numbers on each server.

A linear congruential generator of 48 bits: X is multiplied by 0x5DEECE66D, 11 is added, and the lowest 48
bits stay.  The highest 31 of them are the number.  Without a seed, the numbers go on from script to script.
"""

import math
from typing import Any

from redis_clone.features.scripting.library import LibraryError, bad_argument, int32_at

FACTOR, ADDEND, MASK = 0x5DEECE66D, 11, 2**48 - 1
LOW_BITS = 0x330E  # of the state after a seed
FIRST_STATE = 0x1234ABCD330E
LARGEST = 2**31 - 1


class Random48:
    """
    >>> numbers = Random48()
    >>> numbers.randomseed(7)
    >>> numbers.random(1000), numbers.random(1000)
    (267, 683)
    """

    def __init__(self) -> None:
        self._state = FIRST_STATE

    def randomseed(self, *arguments: Any) -> None:
        """math.randomseed of Lua."""
        self._state = ((int32_at(arguments, 0) & 0xFFFFFFFF) << 16) | LOW_BITS

    def random(self, *arguments: Any) -> float:
        """math.random of Lua: a fraction from 0 to 1, or an integer of a range, by default from 1 on."""
        self._state = (self._state * FACTOR + ADDEND) & MASK
        fraction = (self._state >> 17) % LARGEST / LARGEST
        if not arguments:
            return fraction
        if len(arguments) > 2:
            raise LibraryError("wrong number of arguments")
        low = int32_at(arguments, 0) if len(arguments) == 2 else 1
        high = int32_at(arguments, len(arguments) - 1)
        if low > high:
            raise bad_argument(len(arguments), "interval is empty")
        return math.floor(fraction * (high - low + 1)) + low
