"""Draws conversations of two clients with a server: a transaction with WATCH, and a client that is blocked.

The commands are run by the server's own functions, without a network; replies and versions are real.
"""

from collections import deque

from pictures.spacetime import Event, Note, Send, picture
from redis_clone import commands
from redis_clone.benchmark.svg import GREEN, INK, RED, Colour
from redis_clone.server.clients import accept_client, take_output
from redis_clone.server.locking import execute_pipeline
from redis_clone.server.state import Client, Server

SERVER = "the server"


class Conversation:
    """Clients of one server, and the events so far."""

    def __init__(self, *names: str) -> None:
        commands.load()
        self.server = Server()
        self.clients = {name: Client(self.server, address="127.0.0.1:50000") for name in names}
        self.events: list[Event] = []
        for client in self.clients.values():
            accept_client(client)

    def ask(self, name: str, line: str, note: str = "", colour: Colour = INK) -> None:
        """A client sends a command; what the server does is noted, and its reply is sent."""
        replies = bytearray()
        self.events.append(Send(name, SERVER, line))
        execute_pipeline(self.clients[name], deque([line.encode().split()]), replies)
        if note:
            self.note(note, colour)
        if replies:
            self.events.append(Send(SERVER, name, _shown(bytes(replies)), INK))

    def note(self, text: str, colour: Colour = INK) -> None:
        self.events.append(Note(SERVER, text, colour))

    def deliver(self, name: str) -> None:
        """The thread of a client, which has been woken, sends what is in its output buffer."""
        messages, _ = take_output(self.clients[name])
        self.events.append(Send(SERVER, name, _shown(messages), GREEN))

    @property
    def blocked(self) -> int:
        return len(self.server.blocked_clients.clients)

    def version(self, key: bytes) -> int:
        return self.server.databases[0].versions[key]


def draw_transaction() -> str:
    talk = Conversation("ada", "bob")
    talk.ask("ada", "SET balance 5")
    talk.ask("ada", "WATCH balance")
    talk.note(f"remembers for ada: version {talk.version(b'balance')} of balance")
    talk.ask("ada", "GET balance")
    talk.ask("bob", "INCR balance")
    talk.note(f"the version of balance is {talk.version(b'balance')} now", RED)
    talk.ask("ada", "MULTI")
    talk.ask("ada", "SET balance 6")
    talk.ask("ada", "EXEC", "the versions differ: nothing runs, and bob's write is not lost", RED)
    talk.ask("ada", "WATCH balance")
    talk.ask("ada", "GET balance")
    talk.ask("ada", "MULTI")
    talk.ask("ada", "SET balance 7")
    talk.ask("ada", "EXEC", "the versions are the same: all queued commands run", GREEN)
    return picture("WATCH and EXEC compare versions", ["ada", SERVER, "bob"], talk.events, column=230)


def draw_blocked_client() -> str:
    talk = Conversation("ada", "bob")
    talk.ask("ada", "BLPOP jobs 0")
    talk.note(f"no element, so ada is blocked; blocked clients: {talk.blocked}", RED)
    talk.ask("bob", "SET letter hello", "other clients are served meanwhile")
    talk.ask(
        "bob", "RPUSH jobs letters", "jobs is ready: ada's BLPOP runs again, before the lock is released"
    )
    talk.note(f"blocked clients: {talk.blocked}; ada's thread is woken", GREEN)
    talk.deliver("ada")
    talk.ask("bob", "LLEN jobs", "the element is ada's, and no newcomer could take it")
    title = "BLPOP: blocked, and served by another client's RPUSH"
    return picture(title, ["ada", SERVER, "bob"], talk.events, column=230)


def _shown(reply: bytes) -> str:
    r"""A reply in one line, with blanks for its line ends.

    >>> _shown(b"$5\r\nhello\r\n")
    '$5 hello'
    """
    return " ".join(reply.decode().split("\r\n")).strip()
