"""Keeps what the prompt helps a user with: the manual of the connected server, and the keys met so far."""

from collections import deque
from collections.abc import Callable

from redis_clone.client.key_names import KeyNames
from redis_clone.client.manual_pages import Manual, manual_of
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply

GIVES_RIGHTS = {b"AUTH", b"HELLO"}  # after which a manual may be had that was refused before

Ask = Callable[..., Reply]  # words -> reply; None while no command can be sent


class Guide:
    """The manual is fetched when it is first needed: a user who never presses TAB does not wait for it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._manual: Manual | None = None
        self._typed: deque[list[bytes]] = deque(maxlen=1000)  # before there was a manual to read them with
        self.keys = KeyNames()
        self.with_hints = True

    def manual(self) -> Manual:
        """The manual; empty for a server that has none, and while no command can be sent."""
        if self._manual is None:
            docs = self._ask(b"COMMAND", b"DOCS")
            if docs is None:
                return {}
            self._manual = manual_of(docs)
            while self._typed:
                self.keys.learn_typed(self._typed.popleft(), self._manual)
        return self._manual

    def learn(self, words: list[bytes], reply: Reply) -> None:
        """Learn the names of keys in a command and its reply."""
        if isinstance(reply, RedisError):
            return
        if not self._manual and words[0].upper() in GIVES_RIGHTS:
            self._manual = None
        self.keys.learn_listed(words, reply)
        if self._manual is None:
            self._typed.append(words)
        else:
            self.keys.learn_typed(words, self._manual)

    def forget(self) -> None:
        """Forget the manual and the keys, because another server has others."""
        self._manual = None
        self.keys = KeyNames()
