"""--stat: how the server is doing, a line a second."""

import itertools
import time
from typing import BinaryIO

from redis_clone.client.connection import Connection
from redis_clone.client.modes.scanning import Refused
from redis_clone.client.options import Options
from redis_clone.errors import RedisError

HEADING = (
    b"------- data ------ --------------------- load -------------------- - child -\n"
    b"keys       mem      clients blocked requests            connections          \n"
)
LINES_BELOW_A_HEADING = 20
CHILDREN = ["", "SAVE", "AOF", "SAVE+AOF"]  # by whether a snapshot (1) and a rewrite (2) is at work


def rolling_stat(connection: Connection, options: Options, output: BinaryIO) -> None:
    """Until Ctrl-C."""
    requests = None
    for number in itertools.count():
        info = _info(connection)
        served = int(info.get("total_commands_processed", "0"))
        if number % LINES_BELOW_A_HEADING == 0:
            output.write(HEADING)
        output.write(stat_line(info, served - (served if requests is None else requests)).encode() + b"\n")
        output.flush()
        requests = served
        time.sleep(options.interval or 1.0)


def stat_line(info: dict[str, str], news: int) -> str:
    """One line, `news` being how many commands were served since the last.

    >>> stat_line({"db0": "keys=7,expires=0", "used_memory": "2048", "total_commands_processed": "9"}, 1)
    '7          2.00K    0       0       9 (+1)              0           '
    """
    keys = sum(
        int(text.partition("=")[2].partition(",")[0])
        for name, text in info.items()
        if name.startswith("db") and name[2:].isdigit()
    )
    clients, blocked = info.get("connected_clients", "0"), info.get("blocked_clients", "0")
    served = f"{info.get('total_commands_processed', '0')} (+{news})"
    connections = info.get("total_connections_received", "0")
    memory = human_bytes(int(info.get("used_memory", "0")))
    return f"{keys:<11}{memory:<9}{clients:<8}{blocked:<8}{served:<19} {connections:<12}{_children(info)}"


def human_bytes(count: int) -> str:
    """
    >>> human_bytes(500), human_bytes(1500), human_bytes(3 * 2**30)
    ('500B', '1.46K', '3.00G')
    """
    size, unit = float(count), "B"
    for larger in "KMGT":
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{count}B" if unit == "B" else f"{size:.2f}{unit}"


def _children(info: dict[str, str]) -> str:
    if info.get("loading") == "1":
        return "LOAD"
    at_work = info.get("rdb_bgsave_in_progress") == "1", info.get("aof_rewrite_in_progress") == "1"
    return CHILDREN[at_work[0] + 2 * at_work[1]]


def _info(connection: Connection) -> dict[str, str]:
    reply = connection.call(b"INFO")
    if isinstance(reply, RedisError):
        raise Refused(f"ERROR: {reply}")
    lines = reply.decode("utf-8", "replace").splitlines()
    return {name: value for name, colon, value in (line.partition(":") for line in lines) if colon}
