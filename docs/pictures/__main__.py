"""Draws the pictures of the README and of the course, each from the code or from a real run.

    python docs/pictures               draws all of them but flame, into asset/
    python docs/pictures terminals     draws one of them

    terminals      a server and a client side by side: both are started, and what they print is drawn
    architecture   the layers that tests/test_layers.py holds, and which component imports which
    way            the way of one command: the functions that a SADD really calls, traced in a server
    command-bytes  the bytes of two commands and their replies, and what each of them says
    threads-and-lock    what four threads wait for, and which one holds the lock, traced in a server
    rotation       how one rotation, or two, balance an AVL tree
    transactions   WATCH and EXEC: the versions that a server compares
    expiry         keys in the timing wheel, and when they are filed again
    blocked-client BLPOP: a client is blocked, and served by the command of another one
    copy-on-write  a snapshot while commands go on: the keyspace, the view, and what was drained
    log-and-fsync  how far the log is written and synced, and what a crash would lose
    backlog        the stream of a master, and who may still continue it
    full-sync, failover, split-brain    what a master and its replicas say to each other
    slots          how a cluster shares the slots, and how a client finds its key
    gossip         how a cluster finds that a master has failed, from a golden script of the tests
    election       a failover in a cluster, from a golden script of the tests
    flame          where the time of a SET and a GET goes; only when named, as it needs py-spy and a minute

The others come from programs of their own: `python -m redis_clone.benchmark ... --plot FILE.svg` and
`python -m redis_clone.benchmark.hit_rates ... --plot FILE.svg`.
"""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "docs")]

from pictures import (
    architecture,
    backlog,
    command_bytes,
    conversations,
    copy_on_write,
    election,
    expiry,
    flame,
    gossip,
    log_and_fsync,
    replication,
    rotation,
    slots,
    terminals,
    threads_and_lock,
    way,
)

PICTURES = {
    "terminals": terminals.draw,
    "architecture": architecture.draw,
    "way": way.draw,
    "command-bytes": command_bytes.draw,
    "threads-and-lock": threads_and_lock.draw,
    "rotation": rotation.draw,
    "transactions": conversations.draw_transaction,
    "expiry": expiry.draw,
    "blocked-client": conversations.draw_blocked_client,
    "copy-on-write": copy_on_write.draw,
    "log-and-fsync": log_and_fsync.draw,
    "backlog": backlog.draw,
    "full-sync": replication.draw_full_sync,
    "failover": replication.draw_failover,
    "split-brain": replication.draw_split_brain,
    "slots": slots.draw,
    "gossip": gossip.draw,
    "election": election.draw,
}
BY_NAME_ONLY = {"flame": flame.draw}


def main() -> int:
    names = sys.argv[1:] or list(PICTURES)
    draw = PICTURES | BY_NAME_ONLY
    if not set(names) <= draw.keys():
        print(__doc__)
        return 1
    for name in names:
        path = REPOSITORY / "asset" / f"{name}.svg"
        path.write_text(draw[name](), encoding="utf-8")
        print(path.relative_to(REPOSITORY))
    return 0


if __name__ == "__main__":
    sys.exit(main())
