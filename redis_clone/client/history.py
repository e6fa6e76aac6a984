"""Keeps the lines that were typed, in this session and before, in a file that only the user can read.

The file is the one that REDISCLI_HISTFILE names, as for redis-cli, or else redis_clone/history in the
folder for such files (XDG_STATE_HOME, usually ~/.local/state).  /dev/null means that there is no
file.  Each line is added to the file as soon as it is typed, so that two sessions at once lose
nothing.  A line with a password is never written.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from redis_clone.client.dialing import Words
from redis_clone.client.lines import split_pipeline, split_repeat
from redis_clone.command_table.redaction import redacted
from redis_clone.protocol.inline import UnbalancedQuotes, split_words

MOST_LINES = 1000


class History:
    """
    >>> History(None).load()
    []
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def load(self) -> list[str]:
        """The last lines, the newest last; a file that has grown long is cut to them."""
        if self._path is None:
            return []
        try:
            lines = self._path.read_text("utf-8", "surrogateescape").split("\n")[:-1]
        except OSError:  # there is none yet
            return []
        if len(lines) > 2 * MOST_LINES:
            self._write(lines[-MOST_LINES:], os.O_TRUNC)
        return lines[-MOST_LINES:]

    def add(self, line: str) -> None:
        if self._path:
            self._write([line], os.O_APPEND)

    def _write(self, lines: list[str], how: int) -> None:
        assert self._path is not None  # both callers have looked
        text = "".join(f"{line}\n" for line in lines)
        with contextlib.suppress(OSError):  # a home that cannot be written to is no reason to stop
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | how, 0o600)
            with os.fdopen(file, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as opened:
                opened.write(text)


def history_path(environment: Mapping[str, str]) -> Path | None:
    """
    >>> history_path({"REDISCLI_HISTFILE": "/dev/null"})
    """
    named = environment.get("REDISCLI_HISTFILE")
    if named:
        return None if named in ("/dev/null", os.devnull) else Path(named)
    state = environment.get("XDG_STATE_HOME")
    folder = Path(state) if state and os.path.isabs(state) else Path.home() / ".local" / "state"
    return folder / "redis_clone" / "history"


def holds_secret(line: bytes) -> bool:
    """Whether a password may stand in `line`, even in one that is not well formed.

    >>> [holds_secret(line) for line in (b'2 "auth" pw', b"hello 3 auth me pw", b"hello 3", b"AUTH 'pw")]
    [True, True, False, True]
    >>> holds_secret(b":pipeline PING ; AUTH pw ; PING")
    True
    """
    _, words = split_repeat(_words_of(line))
    if not words:
        return False
    is_pipeline = words[0].lower() == b":pipeline"
    commands = split_pipeline(words[1:]) if is_pipeline else [words]
    return any(redacted(command) != command for command in commands)


def _words_of(line: bytes) -> Words:
    try:
        return split_words(line)
    except UnbalancedQuotes:
        return line.replace(b'"', b"").replace(b"'", b"").split()
