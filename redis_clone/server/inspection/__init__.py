"""What the page shows of a running server, as plain dicts and lists that become JSON.

    watch         what is recorded while somebody watches: commands, and who held the lock
    stations      follows one command through the functions of its way
    stepping      halts the server before the next command, and lets one command go on station by station
    threads       what each thread is doing, seen from its stack
    connections   the clients
    keys          the keys of a database
    values        one key opened: how its value lies in memory
    streams       the same for a stream, with its groups
    memory        the slots of expiry, and what would be evicted next
    disk          the log's positions, and a snapshot's progress
    replication   the stream, its backlog, the replicas
    cluster       slots, epochs, links, votes
    panels        the table of all panels

Bytes are shown as text (texts.py), for JSON knows no bytes.  Except for threads and stepping, the caller
holds the lock.  What a panel costs is bounded: it looks at a hundred keys or items, never at all of them.
Who serves the page is network/page/.
"""
