"""The replica's side of the introduction to a master: a line from the master goes in, bytes for it come out.

    PING                                      is anybody there?
    AUTH [user] password                      if `masterauth` is set
    REPLCONF listening-port 6380              where others reach this replica
    REPLCONF ip-address host                  if `replica-announce-ip` is set
    REPLCONF capa eof capa psync2             what it understands
    PSYNC <replication ID> <offset>           where it is, or "? -1" if it has nothing
         ... FAILOVER                         it is the master, and asks the other one to become that

The second to the fifth go out together.  The master's answer to PSYNC is the outcome: all data, or what came
after the offset.  A master older than PSYNC is sent SYNC; but an error ends a failover.  Pure: no
socket, no clock.
"""

import re
from typing import NamedTuple

from redis_clone.features.replication.history import NO_OFFSET
from redis_clone.protocol.replies import encode_command

FULL, PARTIAL, REJECTED = "full", "partial", "rejected"
FULL_RESYNC = re.compile(rb"\+FULLRESYNC ([0-9A-Za-z]{40}) ([0-9]{1,18})\s*")
NOWHERE = ("?", 0)  # no history, and the offset of which -1 is sent
ID_DIGITS = 40  # of a replication ID
LONGEST_LINE = 1024  # bytes of an answer; a master that sends more speaks another protocol
MAY_BE_PASSED_OVER = (b"-NOAUTH", b"-NOPERM", b"-ERR operation not permitted")  # of PING: AUTH comes next
TRY_AGAIN = (b"-NOMASTERLINK", b"-LOADING")  # of PSYNC: the master cannot serve now


class HandshakeFailed(Exception):
    """The master has rejected something; the text is for the log."""


class Introduction(NamedTuple):
    """What a replica says of itself; an empty text is not said."""

    port: int
    ip: str = ""
    user: str = ""
    password: str = ""


class Outcome(NamedTuple):
    """FULL: a file with all data comes next.  PARTIAL: the stream goes on.  `replid`: "" if not said.

    REJECTED: the other server does not take over the role of the master; only a failover ends so.
    """

    kind: str
    replid: str
    offset: int


class Handshake:
    r"""
    >>> handshake = Handshake(Introduction(port=6380), ("?", 0))
    >>> handshake.begin(), handshake.receive(b"+PONG").count(b"REPLCONF")
    (b'*1\r\n$4\r\nPING\r\n', 2)
    >>> handshake.receive(b"+OK"), handshake.receive(b"+OK").split()[-1]
    (b'', b'-1')
    >>> handshake.receive(b"+FULLRESYNC " + b"b" * 40 + b" 100"), handshake.outcome
    (b'', Outcome(kind='full', replid='bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', offset=100))
    """

    def __init__(
        self, introduction: Introduction, position: tuple[str, int], is_failover: bool = False
    ) -> None:
        """`position`: a replication ID and the offset of the last byte that this server has.

        `is_failover`: the other server is asked to become the master.
        """
        self._introduction = introduction
        self._replid, self._offset = position
        self._is_failover = is_failover
        self._unanswered: list[str] = []  # what was sent together and has no answer yet
        self._step = "PING"
        self.said: list[list[bytes]] = []  # the commands that were returned last, for the log
        self.outcome: Outcome | None = None

    def begin(self) -> bytes:
        return self._say(["PING"])

    def receive(self, line: bytes) -> bytes:
        """Take a line from the master, without its end; returns what to send next.  HandshakeFailed."""
        if not line:
            return b""  # a sign of life
        if self._step == "PING":
            if line.startswith(b"-") and not line.startswith(MAY_BE_PASSED_OVER):
                raise HandshakeFailed(f"Error reply to PING from master: '{_shown(line)}'")
            return self._introduce()
        if self._step == "REPLCONF":
            return self._take_answer(line)
        return self._take_outcome(line)

    def _introduce(self) -> bytes:
        mine, self._step = self._introduction, "REPLCONF"
        commands = [["REPLCONF", "listening-port", str(mine.port)]]
        if mine.password:
            commands.insert(0, ["AUTH", *([mine.user] if mine.user else []), mine.password])
        if mine.ip:
            commands.append(["REPLCONF", "ip-address", mine.ip])
        commands.append(["REPLCONF", "capa", "eof", "capa", "psync2"])
        self._unanswered = [words[0] for words in commands]
        return self._say(*commands)

    def _say(self, *commands: list[str]) -> bytes:
        self.said = [[word.encode("utf-8", "surrogateescape") for word in words] for words in commands]
        return b"".join(map(encode_command, self.said))

    def _take_answer(self, line: bytes) -> bytes:
        command = self._unanswered.pop(0)
        if line.startswith(b"-") and command == "AUTH":
            raise HandshakeFailed(f"Unable to AUTH to MASTER: {_shown(line)}")
        if self._unanswered:
            return b""
        self._step = "PSYNC"
        offset = NO_OFFSET if self._replid == "?" else self._offset + 1
        failover = ["FAILOVER"] if self._is_failover else []
        return self._say(["PSYNC", self._replid, str(offset), *failover])

    def _take_outcome(self, line: bytes) -> bytes:
        if line.startswith(b"+FULLRESYNC"):
            self.outcome = _full(line)
        elif line.startswith(b"+CONTINUE") and self._replid != "?":
            _, _, replid = _shown(line).rstrip().partition(" ")
            self.outcome = Outcome(PARTIAL, replid if len(replid) == ID_DIGITS else "", self._offset)
        elif self._is_failover:
            self.outcome = Outcome(REJECTED, "", NO_OFFSET)
        elif line.startswith(TRY_AGAIN):
            raise HandshakeFailed(
                f"Master is currently unable to PSYNC but should be in the future: {_shown(line)}"
            )
        elif line.startswith(b"-"):
            self.outcome = Outcome(FULL, "", NO_OFFSET)
            self.said = [[b"SYNC"]]
            return b"SYNC\r\n"
        else:
            raise HandshakeFailed(f"Unexpected reply to PSYNC from master: {_shown(line)}")
        return b""


def _full(line: bytes) -> Outcome:
    found = FULL_RESYNC.fullmatch(line)
    if found is None:
        raise HandshakeFailed(f"Master replied with wrong +FULLRESYNC syntax: {_shown(line)}")
    return Outcome(FULL, found[1].decode(), int(found[2]))


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")
