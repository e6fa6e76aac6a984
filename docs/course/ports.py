"""Finds ports for a cluster of a page: several in a row, and those of the nodes' buses above them."""

import random
import socket

NODES = 10  # the most that a cluster of a page has
BUS = 10000  # how far above its port the bus of a node is
LOWEST, HIGHEST = 10240, 22000  # below the ports that the system gives away, and the buses are, too


def free_ports() -> int:
    """The first of NODES ports in a row that are free."""
    while True:
        first = random.randrange(LOWEST, HIGHEST)
        if all(_is_free(first + number + above) for number in range(NODES) for above in (0, BUS)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0
