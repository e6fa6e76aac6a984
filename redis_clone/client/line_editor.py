"""Reads a line at the prompt, with editing, history and completion by readline where Python has it.

Without readline (on Windows) the user types a plain line and ends it with Enter.  On macOS the module
readline is libedit, which has another syntax for binding keys.
"""

import importlib
import sys
from types import ModuleType

from redis_clone.client.completion import candidates, hint, typed
from redis_clone.client.grey_hints import GreyHints, grey_hints
from redis_clone.client.guide import Guide
from redis_clone.client.history import History, holds_secret
from redis_clone.client.key_names import KeyNames
from redis_clone.client.manual_pages import Manual


class LineEditor:
    """Reads lines, adds them to the history, and completes them at TAB."""

    def __init__(self, history: History, guide: Guide) -> None:
        self._history = history
        self._guide = guide
        self._prompt = ""
        self._matches: list[str] = []
        self._grey_hints: GreyHints | None = None
        self._readline = _load_readline()
        if self._readline:
            self._set_up(self._readline)

    def read(self, prompt: str) -> str | None:
        """The next line; None when the user leaves with Ctrl-D or Ctrl-C."""
        self._prompt = prompt
        if self._grey_hints:
            self._grey_hints.prompt = prompt
        try:
            line = input(prompt)
        except (EOFError, KeyboardInterrupt):
            print()  # the shell's prompt begins on a line of its own
            return None
        if self._grey_hints:
            self._grey_hints.wipe()
        self._remember(line)
        return line

    def _set_up(self, readline: ModuleType) -> None:
        readline.set_auto_history(False)
        for line in self._history.load():
            readline.add_history(line)
        readline.set_completer_delims(" \t")
        readline.set_completer(self._complete)
        is_libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
        readline.parse_and_bind("set show-all-if-ambiguous on")  # one TAB is enough
        readline.parse_and_bind("set bell-style none")  # a hint is shown instead
        self._grey_hints = grey_hints(readline, self._hint)

    def _remember(self, line: str) -> None:
        if self._readline and line.strip() and not holds_secret(line.encode("utf-8", "surrogateescape")):
            self._readline.add_history(line)
            self._history.add(line)

    def _complete(self, text: str, state: int) -> str | None:
        """The candidate number `state`; readline asks for 0, 1, 2, ... until there is none."""
        assert self._readline is not None  # it calls us
        if state == 0:
            line = self._readline.get_line_buffer()[: self._readline.get_endidx()]
            self._matches = completions(line, text, self._guide.manual(), self._guide.keys)
            if not self._matches and not self._grey_hints:
                self._show_hint(self._hint(line))
        return self._matches[state] if state < len(self._matches) else None

    def _hint(self, line: str) -> str:
        return hint(line, self._guide.manual()) if self._guide.with_hints else ""

    def _show_hint(self, text: str) -> None:
        """Show a hint above the line that is being typed, and draw the line again."""
        assert self._readline is not None
        if text:
            sys.stdout.write(f"\n    {text}\n{self._prompt}{self._readline.get_line_buffer()}")
            sys.stdout.flush()


def completions(line: str, text: str, manual: Manual, keys: KeyNames) -> list[str]:
    """What may stand in place of `text`, the end of `line` behind its last space, which may be within quotes.

    >>> names = KeyNames()
    >>> names.learn_listed([b"KEYS", b"*"], [b"my key", b"my kite"])
    >>> completions('peek "my k', "k", {}, names)
    ['key"', 'kite"']
    """
    already = len(typed(line).last) - len(text)
    found = [word[already:] for word in candidates(line, manual, keys)]
    return [f"{found[0]} "] if len(found) == 1 else found


def _load_readline() -> ModuleType | None:
    try:
        return importlib.import_module("readline")
    except ImportError:
        return None
