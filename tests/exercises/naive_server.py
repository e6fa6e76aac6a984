"""A server of a hundred lines, as a student writes it for the stages before FLUSHALL; or with a flaw.

    python tests/exercises/naive_server.py PORT

It shares no code with ours.  Each of these stages has a flaw, of the same name, at which the stage fails.
"""

import socket
import sys
import threading

FLAWS = {
    "ping": "answers in small letters",
    "ping-again": "closes after one command",
    "a-client-leaves": "serves nobody after the first client that left",
    "clients-at-once": "serves one client at a time",
    "echo": "answers a simple string",
    "any-case": "knows capitals only",
    "ping-with-a-word": "ignores the word",
    "unknown-command": "closes at an unknown command",
    "wrong-number-of-arguments": "does not count arguments",
    "in-pieces": "forgets half a command",
    "pipeline": "runs one command of each piece",
    "pipeline-and-a-half": "waits for the whole pipeline",
    "empty-string": "takes the empty string for nothing",
    "every-byte": "ends a string at its first zero byte",
    "a-large-value": "sends 64 KiB at most",
    "set-and-get": "keeps a dictionary for each client",
    "get-nothing": "answers the empty string for nothing",
    "overwrite": "keeps the first value",
    "keys-are-bytes": "takes small letters for capitals",
    "pipeline-of-writes": "reads before it writes",
    "leaving-in-the-middle": "runs half a command when the client leaves",
    "no-command-at-all": "ignores what it cannot read",
    "inline": "knows arrays only",
    "quit": "does not close",
    "flushall": "removes nothing",
}
NONE, ONE, TWO = (0, 0), (1, 1), (2, 2)
ARGUMENTS = {b"PING": (0, 1), b"ECHO": ONE, b"SET": TWO, b"GET": ONE, b"QUIT": NONE, b"FLUSHALL": NONE}


class Broken(Exception):
    """These bytes are no command."""


class Naive:
    """Listens at a port that the system picks, unless one is given."""

    def __init__(self, flaw="", port=0):
        assert not flaw or flaw in FLAWS
        self.flaw, self.values, self.lock = flaw, {}, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.address = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.serve, args=(peer,), daemon=True)
            thread.start()
            if self.flaw in ("clients-at-once", "a-client-leaves"):
                thread.join()
            if self.flaw == "a-client-leaves":
                return

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self, peer):
        values = {} if self.flaw == "set-and-get" else self.values
        with peer:
            try:
                self.talk(peer, values)
            except (Broken, OSError):
                return

    def talk(self, peer, values):
        unread = b""
        while data := peer.recv(65536):
            unread += data
            commands = []
            while (parsed := self.parse(peer, unread)) is not None:
                words, unread = parsed
                commands.append(words)
            if self.flaw == "in-pieces":
                unread = b""
            if self.flaw == "pipeline-and-a-half" and unread:
                continue
            if self.flaw == "pipeline":
                del commands[1:]
            before = dict(values)
            for words in commands:
                self.answer(peer, words, before if self.flaw == "pipeline-of-writes" else values, values)
        if self.flaw == "leaving-in-the-middle" and b"\n" in unread:
            values[unread.split(b"\r\n")[4]] = b"half"

    def parse(self, peer, data):
        """A command and what follows it; None when it is not whole."""
        try:
            line, rest = data.split(b"\r\n", 1)
            if line[:1] != b"*":
                if self.flaw == "inline":
                    raise Broken
                return line.split(), rest
            words = []
            for _ in range(int(line[1:])):
                line, rest = rest.split(b"\r\n", 1)
                if not line[1:].isdigit():
                    raise self.protocol_error(peer)
                length = int(line[1:])
                if len(rest) < length + 2:
                    return None
                words.append(rest[:length])
                rest = rest[length + 2 :]
            return words, rest
        except ValueError:  # a line without an end
            return None

    def protocol_error(self, peer):
        if self.flaw == "no-command-at-all":
            return ValueError()
        peer.sendall(b"-ERR Protocol error: invalid bulk length\r\n")
        return Broken()

    def answer(self, peer, words, readable, values):
        name, *arguments = words or [b"nothing"]
        name = name if self.flaw == "any-case" else name.upper()
        with self.lock:
            reply = self.run(name, arguments, readable, values)
        peer.sendall(reply[:65536] if self.flaw == "a-large-value" else reply)
        closes = name == b"QUIT" and self.flaw != "quit"
        if closes or self.flaw == "ping-again" or (self.flaw == "unknown-command" and reply[:1] == b"-"):
            raise Broken

    def run(self, name, arguments, readable, values):
        if name not in ARGUMENTS:
            return b"-ERR unknown command '%b', with args beginning with: \r\n" % name
        fewest, most = ARGUMENTS[name]
        if not fewest <= len(arguments) <= most:
            if self.flaw != "wrong-number-of-arguments":
                return b"-ERR wrong number of arguments for '%b' command\r\n" % name.lower()
            arguments = [*arguments, b""]
        if self.flaw == "keys-are-bytes" and arguments:
            arguments[0] = arguments[0].upper()
        if name == b"SET":
            if self.flaw == "overwrite":
                values.setdefault(*arguments)
            values[arguments[0]] = values.get(arguments[0]) if self.flaw == "overwrite" else arguments[1]
            return b"+OK\r\n"
        if name == b"FLUSHALL" and self.flaw != "flushall":
            values.clear()
        if name in (b"QUIT", b"FLUSHALL"):
            return b"+OK\r\n"
        if name == b"PING" and (not arguments or self.flaw == "ping-with-a-word"):
            return b"+pong\r\n" if self.flaw == "ping" else b"+PONG\r\n"
        return self.bulk(arguments[0] if name in (b"PING", b"ECHO") else readable.get(arguments[0]))

    def bulk(self, value):
        if value is None:
            return b"$0\r\n\r\n" if self.flaw == "get-nothing" else b"$-1\r\n"
        if self.flaw == "echo":
            return b"+%b\r\n" % value
        if self.flaw == "every-byte":
            value = value.partition(b"\0")[0]
        if self.flaw == "empty-string" and not value:
            return b"$-1\r\n"
        return b"$%d\r\n%b\r\n" % (len(value), value)


if __name__ == "__main__":
    Naive(port=int(sys.argv[1]))
    threading.Event().wait()
