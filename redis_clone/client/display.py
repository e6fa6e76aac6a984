"""Prints replies on stdout, in the form that the options name, or as a table for a person."""

from typing import BinaryIO

from redis_clone.client.dialing import Words
from redis_clone.client.formatting import pretty_push, raw, render
from redis_clone.client.options import Options
from redis_clone.client.tables import format_table, table_of
from redis_clone.protocol.replies import Push, Reply

# The replies to these commands are texts laid out for people, so every form prints them as they are.
TEXTS = {
    (b"INFO",),
    (b"LOLWUT",),
    (b"CLIENT", b"INFO"),
    (b"CLIENT", b"LIST"),
    (b"CLUSTER", b"INFO"),
    (b"CLUSTER", b"NODES"),
    (b"DEBUG", b"CLIENT-EVICTION"),
    (b"DEBUG", b"HTSTATS"),
    (b"DEBUG", b"HTSTATS-KEY"),
    (b"LATENCY", b"DOCTOR"),
    (b"LATENCY", b"GRAPH"),
    (b"MEMORY", b"DOCTOR"),
    (b"MEMORY", b"MALLOC-STATS"),
}


class Display:
    """Prints each reply at once, for a reader at the other end of a pipe."""

    def __init__(self, options: Options, output: BinaryIO) -> None:
        self._options = options
        self._output = output

    def reply(self, reply: Reply, words: Words) -> None:
        """Print the reply to the command `words`."""
        start = tuple(word.upper() for word in words[:2])
        if table := self._table(reply, words):
            self.write(table + b"\n")
        elif start in TEXTS or start[:1] in TEXTS:
            self.write(raw(reply))
        else:
            self.message(reply)

    def message(self, message: Reply) -> None:
        """Print a message to a subscriber, or a reply that has no layout of its own."""
        self.write(render(message, self._options.form))

    def push(self, push: Push) -> None:
        """Print a push message that came before the reply that is due."""
        if self._options.form == "pretty":
            self.write(pretty_push(push) + b"\n")
        else:
            self.message(push)

    def write(self, text: bytes) -> None:
        self._output.write(text)
        self._output.flush()

    def _table(self, reply: Reply, words: Words) -> bytes | None:
        """The reply as a table; None when it has not that shape, or no table was asked for."""
        if not self._options.with_tables or self._options.form != "pretty":
            return None
        table = table_of(words, reply)
        return format_table(table) if table else None
