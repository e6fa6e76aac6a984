"""Finds free ports: one for a server, or for a cluster several in a row and those of their buses above."""

import random
import socket

NODES = 10  # the most that a cluster of a page has
BUS = 10000  # how far above its port the bus of a node is
# Above the numbers of slots, which stand on pages too; below the ports that the system gives away, and the
# buses are, too.
LOWEST, HIGHEST = 16384, 22000


def free_ports() -> int:
    """The first of NODES ports in a row that are free."""
    while True:
        first = random.randrange(LOWEST, HIGHEST)
        if all(is_free(first + number + above) for number in range(NODES) for above in (0, BUS)):
            return first


def free_port() -> int:
    """A port that the system gives away; nobody listens there."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether no server listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0
