"""Replication: replicas hold a copy of the data, because their master sends them all changes in a stream.

history.py      which history of changes the data belong to, and how far they have come in it
backlog.py      the last part of the stream, for a replica that was away for a while
replica.py      what a master knows of one replica
handshake.py    how a replica introduces itself, and what the master answers
transfer.py     the file with all data, as a replica receives it
failover.py     a master hands its role over to a replica, step by step
synced_offset.py  how much of the stream a replica has on its disk
replication.py  the parts together: the stream is made, and given to the replicas
"""
