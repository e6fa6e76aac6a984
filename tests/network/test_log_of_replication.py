"""The log tells the story of a synchronization: what is asked, what the answer means, what is done."""

import logging
import re

from fake_master import MARK, REPLID, FakeMaster, file_of
from harness import Client, our_server, wait_until

FULL = """
Connecting to MASTER 127.0.0.1:PORT
To the master: "PING"
From the master: +PONG
To the master: "AUTH" "(redacted)"
To the master: "REPLCONF" "listening-port" "PORT"
To the master: "REPLCONF" "capa" "eof" "capa" "psync2"
From the master: +OK
From the master: +OK
From the master: +OK
Trying a partial resynchronization (request ID:1).
To the master: "PSYNC" "ID" "1"
From the master: +FULLRESYNC ID 1000
Full resync from master: ID:1000
MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to disk
MASTER <-> REPLICA sync: Flushing old data
MASTER <-> REPLICA sync: Loading DB in memory
Done loading RDB, keys loaded: 1, keys expired: 0.
MASTER <-> REPLICA sync: Finished with success
To the master: REPLCONF ACK 1000; the stream goes on from there
[127.0.0.1:PORT db0 master] "SET" "b" "2" ->
The master has closed the connection.
Connection with master lost.
"""

PARTIAL = """
Trying a partial resynchronization (request ID:1028).
To the master: "PSYNC" "ID" "1028"
From the master: +CONTINUE
Successful partial resynchronization with master.
To the master: REPLCONF ACK 1027; the stream goes on from there
"""

PROMOTION = """
Setting secondary replication ID to ID, valid up to offset: 1028. New replication ID is ID
MASTER MODE enabled (user request from 'id=
"""


def assert_in_order(wanted, text):
    at = 0
    for line in wanted.strip().splitlines():
        at = text.find(line, at)
        assert at >= 0, f"{line!r} is not there, or not after the line before it, in:\n{text}"


def test_a_full_and_a_partial_synchronization_and_a_promotion_can_be_followed(tmp_path, caplog):
    caplog.set_level(logging.DEBUG, logger="redis_clone")
    parameters = {"dir": str(tmp_path), "loglevel": "debug", "masterauth": "secret"}
    with our_server(**parameters) as address:
        client, master = Client(address), FakeMaster()
        client(f"REPLICAOF 127.0.0.1 {master.port}")
        master.accept()
        master.begin(1000)
        master.send(file_of("SET a 1") + MARK)
        master.receive_until(b"ACK")
        master.send(b"*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n")
        wait_until(lambda: client("GET b") == b"2")
        assert master.accept() == (REPLID, 1028)
        master.send(b"+CONTINUE\r\n")
        master.receive_until(b"ACK")
        client("REPLICAOF NO ONE")
        client.close(), master.close()
    text = re.sub("[0-9a-f]{40}", "ID", "\n".join(caplog.messages))
    for port in (master.port, address[1]):
        text = text.replace(str(port), "PORT")
    for story in (FULL, PARTIAL, PROMOTION):
        assert_in_order(story, text)
    assert "REPLICAOF 127.0.0.1:PORT enabled (user request from 'id=" in text and "secret" not in text
