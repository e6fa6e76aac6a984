"""The state of scripting in a server: the scripts, the libraries and two interpreters, made at first use.

Scripts and functions have an interpreter each, as in Redis: SCRIPT FLUSH and FUNCTION FLUSH replace theirs by
a new one, so that nothing is left of the old one.  The caller holds the server's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis_clone.features.scripting.host import Host
from redis_clone.features.scripting.libraries import Libraries
from redis_clone.features.scripting.running import Run
from redis_clone.features.scripting.scripts import Scripts
from redis_clone.features.scripting.shebang import read_script
from redis_clone.protocol.errors import RedisError

if TYPE_CHECKING:
    from redis_clone.features.scripting.interpreter import Interpreter


class Scripting:
    def __init__(self) -> None:
        self.scripts = Scripts()
        self.libraries = Libraries()
        self.run: Run | None = None  # the script or function that runs now
        self.argv: Sequence[bytes] = ()  # the EVAL or FCALL that was the last to begin, as it was sent
        self.host: Host | None = None  # the interface to the server, made for the first script
        self._for_scripts: Interpreter | None = None
        self._for_functions: Interpreter | None = None

    def interpreter(self, host: Host) -> Interpreter:
        """The interpreter for scripts; the one for functions is another."""
        if self._for_scripts is None:
            self._for_scripts = new_interpreter(host)
        return self._for_scripts

    def function_interpreter(self, host: Host) -> Interpreter:
        if self._for_functions is None:
            self._for_functions = new_interpreter(host)
        return self._for_functions

    def flags_of(self, argv: Sequence[bytes]) -> frozenset[bytes] | None:
        """The flags of the script or function that a command runs; None when it has none, or is not there."""
        kind, name = argv[0].upper(), argv[1]
        if kind.startswith(b"FCALL"):
            function = self.libraries.find(name)
            return function.flags if function else None
        try:
            return self.scripts.find(name).flags if b"SHA" in kind else read_script(name).flags
        except RedisError:
            return None  # it will fail when it runs

    def flush_scripts(self) -> None:
        self.scripts.clear()
        self._for_scripts = None

    def flush_functions(self) -> None:
        self.libraries = Libraries()
        self._for_functions = None


def new_interpreter(host: Host) -> Interpreter:
    # Imported here, since it takes a tenth of the server's start.
    from redis_clone.features.scripting.interpreter import Interpreter

    return Interpreter(host)
