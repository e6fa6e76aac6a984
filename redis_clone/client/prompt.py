"""The prompt: a line is read, remembered unless it holds a password, and obeyed.

Editing and history come from readline where Python has it; without it (on Windows) lines are plain.
"""

import contextlib
import importlib
import io
import os
import sys
from types import ModuleType

from redis_clone.client.dialing import Words
from redis_clone.client.lines import obey, split_repeat
from redis_clone.client.session import Session
from redis_clone.protocol.inline import UnbalancedQuotes, split_words
from redis_clone.redaction import redacted

HISTORY_FILE = "~/.redis_clone_history"
HISTORY_LENGTH = 1000


def run(session: Session) -> int:
    """Ask and obey until the user leaves; the exit code."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # so that any byte can be typed
    history = History(os.path.expanduser(HISTORY_FILE))
    try:
        session.connect()
        while (line := _ask(session.prompt)) is not None:
            history.remember(line)
            if not obey(session, line.encode(sys.stdin.encoding, "surrogateescape")):
                break
    except KeyboardInterrupt:  # while a reply is due that may never come
        print()
        return 1
    return 0


def _ask(prompt: str) -> str | None:
    """The next line; None when the user leaves with Ctrl-D or Ctrl-C."""
    try:
        return input(prompt)
    except (EOFError, KeyboardInterrupt):
        print()  # the shell's prompt begins on a line of its own
        return None


class History:
    """The lines of this and earlier sessions, in readline and in a file that only the user can read."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._readline = _load_readline()
        if self._readline:
            self._readline.set_auto_history(False)
            self._readline.set_history_length(HISTORY_LENGTH)
            with contextlib.suppress(OSError):  # there is none yet
                self._readline.read_history_file(path)

    def remember(self, line: str) -> None:
        if not self._readline or not line.strip() or holds_secret(os.fsencode(line)):
            return
        self._readline.add_history(line)
        with contextlib.suppress(OSError):  # a home that cannot be written to is no reason to stop
            self._readline.write_history_file(self._path)


def holds_secret(line: bytes) -> bool:
    """Whether a password may stand in `line`, even in one that is not well formed.

    >>> [holds_secret(line) for line in (b'2 "auth" pw', b"hello 3 auth me pw", b"hello 3", b"AUTH 'pw")]
    [True, True, False, True]
    """
    _, words = split_repeat(_words_of(line))
    return bool(words) and redacted(words) != words


def _words_of(line: bytes) -> Words:
    try:
        return split_words(line)
    except UnbalancedQuotes:
        return line.replace(b'"', b"").replace(b"'", b"").split()


def _load_readline() -> ModuleType | None:
    try:
        return importlib.import_module("readline")
    except ImportError:
        return None
