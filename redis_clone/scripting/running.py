"""The script that runs now: how long it has, whether it may still be stopped, and who stops it.

A script holds the server's lock, so nobody else is served.  Once it has run for longer than
busy-reply-threshold it lets others in for a moment, again and again: they are told that the server is busy,
and a few commands work, among them those that end the script.  That is possible only while it has written
nothing, or half of its work would stay.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from redis_clone.errors import RedisError

OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'."
NOTHING_RUNS = "NOTBUSY No scripts in execution right now."
HAS_WRITTEN = (
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait "
    "the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
)
BUSY_SCRIPT = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
BUSY_FUNCTION = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
KILLED = "ERR Script killed by user with SCRIPT KILL..."
LOAD_TIMEOUT = "ERR FUNCTION LOAD timeout"
LOAD_TIMEOUT_MS = 500


@dataclass
class Run:
    """One run of a script, of a function, or of the code that loads a library."""

    name: str
    argv: list[bytes]
    is_function: bool
    is_read_only: bool
    threshold_ms: int  # 0: it is never too long
    is_loading: bool = False
    memory_is_full: bool = False  # so it may not begin to write what takes more
    protocol: int = 2  # that it chose by redis.setresp
    has_written: bool = False
    killed: str = ""  # the error line that ends it
    is_slow: bool = False
    started_s: float = field(default_factory=time.monotonic)

    @property
    def age_ms(self) -> int:
        return int((time.monotonic() - self.started_s) * 1000)

    @property
    def busy_line(self) -> str:
        return BUSY_FUNCTION if self.is_function else BUSY_SCRIPT

    def check(self, let_others_in: Callable[[str], None]) -> str:
        """Called from time to time; the error line that ends the script, if something does."""
        age_ms = self.age_ms
        if self.is_loading:
            return LOAD_TIMEOUT if age_ms > LOAD_TIMEOUT_MS else ""
        if self.threshold_ms and age_ms >= self.threshold_ms:
            self.is_slow = True
            let_others_in(self.busy_line)
        return self.killed


def kill(run: Run | None, is_function: bool) -> None:
    """SCRIPT KILL and FUNCTION KILL: each ends only what is of its kind."""
    if run is None or run.is_loading:
        raise RedisError(NOTHING_RUNS)
    if run.has_written:
        raise RedisError(HAS_WRITTEN)
    if run.is_function != is_function:
        raise RedisError(run.busy_line)
    run.killed = KILLED
