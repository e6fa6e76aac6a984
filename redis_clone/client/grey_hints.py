"""Draws the hint in grey behind what is being typed, as redis-cli does: `SET key value [NX|XX] ...`.

A student sees the syntax of a command while typing it; that is why this module stays, though it is unusual.
GNU readline calls a function to draw the line, and lets a program replace that function, but the module of
Python does not offer this; so this module does it through ctypes.  Where the library is another one (libedit
on macOS), where there is none, and on a terminal that cannot move its cursor, TAB alone shows hints.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable
from types import ModuleType

GREY, OFF, ERASE = "\x1b[90m", "\x1b[0m", "\x1b[K"  # ERASE: from the cursor to the end of the line


class GreyHints:
    """Always true: the hint stands behind the line and in the same row, so readline never knows of it."""

    def __init__(self, readline: ModuleType, library: ctypes.CDLL, hint: Callable[[str], str]) -> None:
        self._readline = readline
        self._library = library
        self._hint = hint
        self._drawn_from = 0  # the column of the hint that is on the screen, counted from 1; 0: there is none
        self.prompt = ""
        self._callback = ctypes.CFUNCTYPE(None)(self._draw)  # kept, for C does not
        hook = ctypes.c_void_p.in_dll(library, "rl_redisplay_function")
        hook.value = ctypes.cast(self._callback, ctypes.c_void_p).value

    def wipe(self) -> None:
        """Take the hint off, when the line was entered and the cursor is at the beginning of the next."""
        if self._drawn_from:
            _write(f"\x1b[1A\x1b[{self._drawn_from}G{ERASE}\x1b[1B\r")
        self._drawn_from = 0

    def _draw(self) -> None:
        """Draw the line, and the hint behind it.

        A KeyboardInterrupt cannot pass through C, and need not, because readline handles Ctrl-C itself.  It
        draws the line once more after Python has noticed the signal; then any call here is a SystemError.
        """
        try:  # without contextlib.suppress, which is a call
            self._library.rl_redisplay()
            self._draw_hint(self._readline.get_line_buffer())
        except (KeyboardInterrupt, SystemError):
            pass

    def _draw_hint(self, line: str) -> None:
        used = len(self.prompt) + len(line)
        room = shutil.get_terminal_size().columns - used - 1
        if not line.isascii() or room <= 0:  # wide letters, or a line that goes on in the next row
            self._drawn_from = 0
            return
        text = _shown(line, self._hint(line) if line else "")[:room]
        behind = len(line) - ctypes.c_int.in_dll(self._library, "rl_point").value
        _write(_right(behind) + ERASE + f"{GREY}{text}{OFF}" * bool(text) + _left(behind + len(text)))
        self._drawn_from = used + 1 if text else 0


def grey_hints(readline: ModuleType, hint: Callable[[str], str]) -> GreyHints | None:
    """Have `hint` shown while a line is typed; None where that cannot be done."""
    can_draw = sys.stdout.isatty() and os.environ.get("TERM") not in (None, "", "dumb")
    if not can_draw or "libedit" in (readline.__doc__ or ""):
        return None
    if sys.version_info < (3, 11):
        return None  # tried on 3.10: readline takes our function, and goes on drawing by itself
    try:
        library = ctypes.CDLL(readline.__file__)  # whatever it was linked with is found through it
        return GreyHints(readline, library, hint)
    except (OSError, ValueError, AttributeError, TypeError):  # linked in another way
        return None


def _shown(line: str, hint: str) -> str:
    """
    >>> _shown("SET", "key value"), _shown("SET ", "key value"), _shown("SET ", "")
    (' key value', 'key value', '')
    """
    return f" {hint}" if hint and not line.endswith(" ") else hint


def _right(columns: int) -> str:
    return f"\x1b[{columns}C" if columns else ""


def _left(columns: int) -> str:
    return f"\x1b[{columns}D" if columns else ""


def _write(text: str) -> None:
    sys.stdout.flush()
    os.write(sys.stdout.fileno(), text.encode())  # at once, as readline's own drawing
