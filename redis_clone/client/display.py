"""Where replies are printed: on stdout, in the form that the options name, as tables for a person."""

from typing import BinaryIO

from redis_clone.client.dialing import Words
from redis_clone.client.formatting import pretty_push, raw, render
from redis_clone.client.options import Options
from redis_clone.client.tables import drawn, table_of
from redis_clone.protocol.replies import Push, Reply

# Their replies are texts laid out for people, so they are printed as they are in every form.
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
    """What is written is seen at once."""

    def __init__(self, options: Options, output: BinaryIO) -> None:
        self._options = options
        self._output = output

    def reply(self, reply: Reply, words: Words) -> None:
        """The reply to these words."""
        start = tuple(word.upper() for word in words[:2])
        if table := self._table(reply, words):
            self.write(table + b"\n")
        elif start in TEXTS or start[:1] in TEXTS:
            self.write(raw(reply))
        else:
            self.message(reply)

    def message(self, message: Reply) -> None:
        """What came while the client listens, and whatever has no layout of its own."""
        self.write(render(message, self._options.form))

    def push(self, push: Push) -> None:
        """A message out of turn, before the reply that one waits for."""
        if self._options.form == "pretty":
            self.write(pretty_push(push) + b"\n")
        else:
            self.message(push)

    def write(self, text: bytes) -> None:
        self._output.write(text)
        self._output.flush()  # for a reader at the other end of a pipe

    def _table(self, reply: Reply, words: Words) -> bytes | None:
        """The reply as a table; None when it is none, or when nobody wants one."""
        if not self._options.with_tables or self._options.form != "pretty":
            return None
        table = table_of(words, reply)
        return drawn(table) if table else None
