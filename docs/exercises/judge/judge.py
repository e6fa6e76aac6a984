"""What a stage is handed: clients, random values, and the server itself."""

import random
import string
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from exercises.judge.failure import StageFailed
from exercises.judge.peers import Listener
from exercises.judge.subject import Subject
from exercises.judge.wire import Address, Connection, Record, Words

SECONDS = 2.0  # for a reply


class Judge:
    """Everything that one run of one stage uses, and closes at its end."""

    def __init__(
        self, address: Address, seed: str, seconds: float = SECONDS, subject: Subject | None = None
    ) -> None:
        self.address, self.seconds = address, seconds
        self.record = Record()
        self.random = random.Random(seed)
        self.subject = subject
        self._opened: list[Connection | Listener | Subject] = []
        self._undone: list[tuple[Words, Connection | None]] = []
        self._used: set[str] = set()

    # Random values, so that no reply can be written into a server beforehand.

    def word(self, letters: int = 6) -> str:
        """A word of small letters that this stage has not used yet."""
        while True:
            word = "".join(self.random.choices(string.ascii_lowercase, k=letters))
            if word not in self._used:
                self._used.add(word)
                return word

    def words(self, count: int) -> list[str]:
        return [self.word() for _ in range(count)]

    def number(self, least: int = 10, most: int = 999) -> int:
        return self.random.randint(least, most)

    def some_bytes(self, count: int) -> bytes:
        return self.random.randbytes(count)

    # Connections.

    def client(self, name: str = "client") -> Connection:
        """A new connection; the student reads `name` beside what it says."""
        return self.keep(Connection.to(self.address, self.record, name, self.seconds))

    def listen(self) -> Listener:
        """A port at which the judge itself waits for the student's server."""
        listener = Listener(self.record, 5 * self.seconds)
        self._opened.append(listener)
        return listener

    def undo(self, words: Words, by: Connection | None = None) -> None:
        """Send this command at the end, whether the stage holds or not; by a new client, or by this one."""
        self._undone.append((words, by))

    # The server, for stages that are alone with it.

    def start(self, *words: str) -> None:
        """Start the student's server with these words behind its command; stop it first if it runs."""
        self._own().start(*words)
        self.address = self._own().address

    @property
    def folder(self) -> Path:
        """The folder in which the student's server keeps its files."""
        return self._own().folder

    def kill(self) -> None:
        """End the student's server without a warning, as a power failure would."""
        self._own().kill()

    def another(self, *words: str) -> "Judge":
        """A second server of the student's, with a judge of its own that shares this conversation."""
        subject = Subject(self._own().command, self.record)
        self._opened.append(subject)
        other = Judge("", self.word(), self.seconds, subject)
        other.record = self.record
        other.start(*words)
        return other

    def _own(self) -> Subject:
        assert self.subject is not None, "only a stage with alone=True may do this"
        return self.subject

    def keep(self, connection: Connection) -> Connection:
        """Close this connection at the end."""
        self._opened.append(connection)
        return connection

    def end(self) -> None:
        """Undo what is to be undone, and close all connections."""
        for words, by in self._undone:
            with suppress(StageFailed):
                (by or self.client())(words)
        for opened in self._opened:
            opened.close()


@contextmanager
def judging(
    address: Address, seed: str, seconds: float = SECONDS, subject: Subject | None = None
) -> Iterator[Judge]:
    """A judge that ends with the block."""
    judge = Judge(address, seed, seconds, subject)
    try:
        yield judge
    finally:
        judge.end()
