"""A session with a server: one connection at a time, and the state that the prompt shows.

Always true:
  * after a lost connection the next command opens a new one, with the password and the protocol of the
    command line, and in the database where the user was;
  * an open MULTI ends with its connection;
  * each reply is paired with its command, but while the connection is subscribed a reply is only shown.
"""

import itertools
import sys
import time
from collections.abc import Callable
from typing import BinaryIO

from redis_clone.client.connection import Address, Connection, ConnectionLost
from redis_clone.client.dialing import Words, dial, greet, print_error
from redis_clone.client.display import Display
from redis_clone.client.formatting import raw
from redis_clone.client.guide import Guide
from redis_clone.client.listening import Subscriptions, listen, listen_until_key
from redis_clone.client.options import Options
from redis_clone.client.peek import peek
from redis_clone.client.wire import Wire
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Push, Reply, encode_command

SUBSCRIBING = {b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE"}
UNSUBSCRIBING = {b"UNSUBSCRIBE", b"PUNSUBSCRIBE", b"SUNSUBSCRIBE"}
SLOW = 0.5  # seconds, from which on the prompt shows how long a command took

LISTENING = SUBSCRIBING | {b"MONITOR"}  # after these the server speaks and the client listens

NO_PEEK_IN_MULTI = b"peek sends several commands, and in a MULTI each would be queued."
NO_PAIRS = b"While one is subscribed a reply cannot be told from a message: UNSUBSCRIBE first."


class Session:
    """`execute()` runs a command; the other methods serve it or the prompt."""

    def __init__(self, options: Options, output: BinaryIO) -> None:
        self._options = options
        self._display = Display(options, output)
        self._address = options.address
        self._connection: Connection | None = None
        self._database = options.database
        self._database_before_multi = 0
        self._in_multi = False
        self._subscriptions = Subscriptions()
        self._waited = 0.0  # seconds, for the last reply
        self.may_be_interrupted = False  # while it listens, by a key
        self.wire = Wire(sys.stderr, options.with_wire)
        self.guide = Guide(self._ask_aside)

    @property
    def prompt(self) -> str:
        """The prompt, such as 127.0.0.1:6379[2](TX)>, with a space at its end."""
        if self._connection is None:
            return "not connected> "
        place = f"redis {self._address}" if self._address.path else str(self._address)
        database = f"[{self._database}]" if self._database else ""
        state = "(TX)" if self._in_multi else "(subscribed mode)" if self._subscriptions.are_there else ""
        return f"{place}{database}{state}> "

    def connect(self) -> bool:
        """Open a new connection in place of the old; False, and a line on stderr, when there is none."""
        self.close()
        self.wire.begin()
        self._connection = dial(self._options, self._address, self.wire)
        try:
            if self._connection and not greet(self._connection, self._options, self._database):
                self._database = 0
        except ConnectionLost as lost:
            self.close()
            print_error(f"Error: {lost}")
        return self._connection is not None

    def connect_to(self, host: str, port: int) -> None:
        """Leave this server for another one."""
        self._address = Address(host, port)
        self.guide.forget()
        self.connect()

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
        self._subscriptions.clear()
        if self._in_multi:
            self._end_multi(executed=False)

    def execute(self, words: Words, repeat: int = 1) -> bool:
        """Send a command, print what comes back, `repeat` times or for ever; False when it went wrong.

        Wrong is a lost connection and, with -e, an error reply.
        """
        runs = range(repeat) if repeat >= 0 else itertools.count()
        try:
            return all(self._run_once(words) for _ in runs)
        except ConnectionLost as lost:
            self.close()
            if words[0].upper() == b"SHUTDOWN":  # a server that obeys does not answer
                return True
            print_error(f"Error: {lost}")
            return False

    def peek(self, key: bytes) -> bool:
        """Show what a key holds, whatever its type; False when it went wrong."""
        if self._in_multi or self._subscriptions.are_there:
            self.say(NO_PEEK_IN_MULTI if self._in_multi else NO_PAIRS)
            return False
        if self._connection is None and not self.connect():
            return False
        try:
            peeked = peek(self._ask, key)
        except ConnectionLost as lost:
            self.close()
            print_error(f"Error: {lost}")
            return False
        self.say(peeked.headline.encode("utf-8", "surrogateescape"))
        if peeked.words:
            self._display.reply(peeked.reply, peeked.words)
        return True

    def _ask(self, *words: bytes) -> Reply:
        assert self._connection is not None  # peek() has seen to it
        self._connection.send(*words)
        return self._read_reply(self._connection, expect_push=False)

    def _ask_aside(self, *words: bytes) -> Reply:
        """Send a command of the client's own; None while there is no server, or while it would be queued."""
        if self._connection is None or self._in_multi or self._subscriptions.are_there:
            return None
        was_watching, self.wire.is_watching = self.wire.is_watching, False
        try:
            return self._ask(*words)
        except ConnectionLost:
            self.close()
            return None
        finally:
            self.wire.is_watching = was_watching

    def pipeline(self, commands: list[Words]) -> None:
        """Send all the commands in one go, and only then read the replies."""
        if self._subscriptions.are_there:
            self.say(NO_PAIRS)
            return
        if self._connection is None and not self.connect():
            return
        assert self._connection is not None  # connect() has just said so
        try:
            self._connection.send_encoded(b"".join(map(encode_command, commands)))
            for words in commands:
                self._show_reply(self._connection, words)
        except ConnectionLost as lost:
            self.close()
            print_error(f"Error: {lost}")

    def show_time(self) -> None:
        """Show how long the last reply took to come, if that was long."""
        if self._waited >= SLOW and self._options.form == "pretty":
            self.say(b"(%.2fs)" % self._waited)
        self._waited = 0.0

    def say(self, text: bytes, end: bytes = b"\n") -> None:
        """Print something of the client's own."""
        self._display.write(text + end)

    def _run_once(self, words: Words) -> bool:
        if self._connection is None and not self.connect():
            return False
        assert self._connection is not None  # connect() has just said so
        connection, name = self._connection, words[0].upper()
        connection.send(*words)
        if name in LISTENING or self._subscriptions.are_there:
            self._listen(connection, name)
            return True
        began = time.monotonic()
        for _ in range(self._replies_due(words)):
            reply = self._show_reply(connection, words)
            self._waited = time.monotonic() - began
            if isinstance(reply, RedisError):
                if self._options.fail_on_error_reply:
                    return False
                break  # one refusal for the whole command
        time.sleep(self._options.interval)
        return True

    def _show_reply(self, connection: Connection, words: Words) -> Reply:
        """Read a reply, print it, and remember what it changes for the prompt."""
        name = words[0].upper()
        reply = self._read_reply(connection, expect_push=name in UNSUBSCRIBING)
        if isinstance(reply, RedisError) and self._options.fail_on_error_reply:
            sys.stderr.buffer.write(raw(reply))
            return reply
        self._display.reply(reply, words)
        self.guide.learn(words, reply)
        if name in AFTER:
            AFTER[name](self, words, reply)
        return reply

    def _replies_due(self, words: Words) -> int:
        """How many replies the command has: one, but UNSUBSCRIBE answers for each of its channels."""
        is_unsubscribe = words[0].upper() in UNSUBSCRIBING
        return max(len(words) - 1, 1) if is_unsubscribe and not self._in_multi else 1

    def _read_reply(self, connection: Connection, expect_push: bool) -> Reply:
        """Read the reply to our command; show or skip the messages that stand before it."""
        while isinstance(reply := connection.read(), Push) and not expect_push:
            if self._options.show_pushes:
                self._display.push(reply)
        return reply

    def _listen(self, connection: Connection, name: bytes) -> None:
        """Show what comes until the server refuses, the user presses Ctrl-C, or any key at a prompt."""
        by_key = self.may_be_interrupted and name != b"MONITOR"
        if name in SUBSCRIBING and self._options.form != "raw":
            or_key = b" or any key to type command" if by_key else b""
            self.say(b"Reading messages... (press Ctrl-C to quit%b)" % or_key)
        try:
            if by_key:
                listen_until_key(connection, self._display.message, self._subscriptions)
            else:
                listen(connection, self._display.message)
        except KeyboardInterrupt:
            self.say(b"")
            self.connect()  # the one way out of both modes

    def _after_select(self, words: Words, reply: Reply) -> None:
        if not isinstance(reply, RedisError) and len(words) == 2 and words[1].isdigit():
            self._database = int(words[1])  # in a MULTI already when queued, as redis-cli shows it

    def _after_multi(self, words: Words, reply: Reply) -> None:
        if not isinstance(reply, RedisError):
            self._in_multi, self._database_before_multi = True, self._database

    def _after_exec(self, words: Words, reply: Reply) -> None:
        if self._in_multi:
            self._end_multi(executed=isinstance(reply, list))

    def _after_discard(self, words: Words, reply: Reply) -> None:
        if self._in_multi:
            self._end_multi(executed=False)

    def _after_reset(self, words: Words, reply: Reply) -> None:
        if not isinstance(reply, RedisError):
            self._in_multi, self._database = False, 0

    def _end_multi(self, executed: bool) -> None:
        self._in_multi = False
        if not executed:
            self._database = self._database_before_multi  # a queued SELECT has not come true


AFTER: dict[bytes, Callable[[Session, Words, Reply], None]] = {
    b"SELECT": Session._after_select,
    b"MULTI": Session._after_multi,
    b"EXEC": Session._after_exec,
    b"DISCARD": Session._after_discard,
    b"RESET": Session._after_reset,
}
