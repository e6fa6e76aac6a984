"""A Redis in your tests: a real server, inside your own program, that leaves nothing behind.

    from redis_clone.testing import running_server

    with running_server() as server:
        client = redis.Redis.from_url(server.url)      # or any other client of any language

running.py tells all that `server` can do, and docs/testing.md has examples.  The server is imported at its
start and not here: pytest imports this package whenever it runs, for the plugin is part of it.
"""

import os
from typing import TYPE_CHECKING

from redis_clone.protocol.errors import RedisError

if TYPE_CHECKING:
    from redis_clone.testing.cluster import RunningCluster
    from redis_clone.testing.running import RunningServer
    from redis_clone.testing.sentinels import RunningSentinels

__all__ = ["RedisError", "running_cluster", "running_sentinels", "running_server"]


def running_server(
    directory: "str | os.PathLike[str] | None" = None, **parameters: str | int | bool
) -> "RunningServer":
    """Start a server at a free port of 127.0.0.1, and return it; leaving its `with` ends it, or stop() does.

    `directory`: where its files are, which are loaded now and kept.  Without it the data are in memory only;
    a file that a client has asked for is gone at the end.  Each further keyword is a parameter of redis.conf,
    with underscores for dashes: maxmemory="10mb", appendonly=True.  ValueError says what is wrong with one.
    """
    from redis_clone.testing.running import RunningServer

    return RunningServer(directory, parameters)


def running_cluster(
    masters: int = 3,
    replicas: int = 1,
    directory: "str | os.PathLike[str] | None" = None,
    **parameters: str | int | bool,
) -> "RunningCluster":
    """Start a cluster of so many masters with so many replicas each, and return it when it is well.

    All nodes run in this process, at free ports of 127.0.0.1.  `directory`: where the nodes have a folder
    each, which is kept; a cluster whose files are there goes on.  The parameters are those of all nodes.
    """
    from redis_clone.testing.cluster import RunningCluster

    return RunningCluster(masters, replicas, directory, parameters)


def running_sentinels(
    master: "RunningServer", count: int = 3, name: str = "mymaster", down_after_ms: int = 1000
) -> "RunningSentinels":
    """Start so many of the real redis-sentinel, and return them when they watch the master and each other.

    A master that does not answer for `down_after_ms` is down, and if most of them see it so, they make one of
    its replicas the master.  RuntimeError where redis-sentinel is not installed.
    """
    from redis_clone.testing.sentinels import RunningSentinels

    return RunningSentinels(master, count, name, down_after_ms)
