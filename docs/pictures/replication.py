"""Draws what a master, its replicas and their clients say to each other: three space-time diagrams."""

from pictures.spacetime import Note, Send, picture
from redis_clone.benchmark.svg import GREEN, INK, RED


def draw_full_sync() -> str:
    client, master, replica = "client", "master", "replica"
    return picture(
        "A full synchronization, while clients write",
        [client, master, replica],
        [
            Send(replica, master, "PSYNC ? -1", INK),
            Note(master, "the snapshot: all data, and offset 100"),
            Send(master, replica, "+FULLRESYNC <id> 100"),
            Send(master, replica, "the file, first piece"),
            Send(client, master, "INCR visits", INK),
            Note(master, "into the backlog: offset 149"),
            Send(master, client, ":1", INK),
            Send(master, replica, "the file, last piece, mark"),
            Note(replica, "loads the file: the data of offset 100", GREEN),
            Send(client, master, "INCR visits", INK),
            Note(master, "into the backlog: offset 175"),
            Send(master, client, ":2", INK),
            Send(replica, master, "REPLCONF ACK 100", GREEN),
            Send(master, replica, "backlog from 101 on"),
            Note(replica, "applies SELECT 0, INCR, INCR: 175", GREEN),
            Send(replica, master, "REPLCONF ACK 175", GREEN),
            Note(master, "the two have the same data", GREEN),
        ],
    )


def draw_failover() -> str:
    client, old, new = "client", "7000", "7001"
    return picture(
        "FAILOVER: the role is handed over, and no write is lost",
        [client, old, new],
        [
            Send(client, old, "SET fruit plum", INK),
            Send(old, new, "SET fruit plum"),
            Send(old, client, "+OK", INK),
            Send(client, old, "FAILOVER", RED),
            Note(old, "waiting-for-sync: writes are paused", RED),
            Send(client, old, "SET fruit fig", INK),
            Note(old, "it has to wait"),
            Send(new, old, "REPLCONF ACK 95", GREEN),
            Note(old, "failover-in-progress: all that was written is there"),
            Send(old, new, "PSYNC <id> 96 FAILOVER", RED),
            Note(new, "a master; a new history begins at 96", GREEN),
            Send(new, old, "+CONTINUE <new id>", GREEN),
            Note(old, "a replica; writes are no longer paused"),
            Send(old, client, "-READONLY ...", RED),
            Send(client, new, "SET fruit fig", INK),
            Send(new, old, "SET fruit fig"),
            Send(new, client, "+OK", INK),
        ],
    )


def draw_split_brain() -> str:
    ada, old, new, bob = "ada", "old master", "replica", "bob"
    return picture(
        "Two masters: the network is cut between ada's side and bob's",
        [ada, old, new, bob],
        [
            Send(ada, old, "INCR x", INK),
            Send(old, new, "INCR x", is_lost=True),
            Send(old, ada, ":1", INK),
            Note(new, "the Sentinels on this side find the master down, and promote it", RED),
            Send(bob, new, "INCR y", INK),
            Send(new, bob, ":1", INK),
            Send(ada, old, "INCR x", INK),
            Send(old, ada, ":2", INK),
            Note(old, "10 s without an ACK, and min-replicas-to-write 1", RED),
            Send(ada, old, "INCR x", INK),
            Send(old, ada, "-NOREPLICAS ...", RED),
            Note(new, "the network is whole again"),
            Send(old, new, "PSYNC <id> ...", INK),
            Send(new, old, "+FULLRESYNC ..."),
            Note(old, "both writes of ada are gone, though both were answered", RED),
        ],
        column=220,
    )
