"""All that a server keeps for scripting: two interpreters, made when they are first needed.

Scripts and functions live apart, as in Redis: SCRIPT FLUSH and FUNCTION FLUSH begin anew with a fresh
interpreter each, so that nothing is left of the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.features.scripting.host import Host
from redis_clone.features.scripting.libraries import Libraries
from redis_clone.features.scripting.running import Run
from redis_clone.features.scripting.scripts import Scripts

if TYPE_CHECKING:
    from redis_clone.features.scripting.interpreter import Interpreter


class Scripting:
    def __init__(self) -> None:
        self.scripts = Scripts()
        self.libraries = Libraries()
        self.run: Run | None = None  # what runs now
        self.host: Host | None = None  # what scripts talk to, when the first was run
        self._for_scripts: Interpreter | None = None
        self._for_functions: Interpreter | None = None

    def interpreter(self, host: Host) -> Interpreter:
        """For scripts."""
        if self._for_scripts is None:
            self._for_scripts = new_interpreter(host)
        return self._for_scripts

    def function_interpreter(self, host: Host) -> Interpreter:
        if self._for_functions is None:
            self._for_functions = new_interpreter(host)
        return self._for_functions

    def flush_scripts(self) -> None:
        self.scripts.clear()
        self._for_scripts = None

    def flush_functions(self) -> None:
        self.libraries = Libraries()
        self._for_functions = None


def new_interpreter(host: Host) -> Interpreter:
    from redis_clone.features.scripting.interpreter import (
        Interpreter,  # here, for it is a tenth of the server's start
    )

    return Interpreter(host)
