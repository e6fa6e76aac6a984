"""The script that runs now: for how long, and whether it can be killed.

A script holds the server's lock, so no other client is served.  Once it has run for longer than
busy-reply-threshold, it yields the lock for a moment, again and again.  Other clients then get the error
BUSY, except for a few commands, among them those that kill the script.  A script that has written cannot be
killed, because half of its work would stay.
"""

from collections.abc import Callable, Sequence
from time import monotonic

from redis_clone.protocol.errors import RedisError

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
EVERYWHERE = 3  # redis.REPL_ALL


class Run:
    """One run of a script, of a function, or of the code that loads a library.

    A plain class: a dataclass with all of these in its __init__ costs an EVAL 2 us more.
    """

    is_function = False
    is_loading = False
    argv: Sequence[bytes] = ()  # the FCALL of a function, for FUNCTION STATS
    protocol = 2  # set by redis.setresp
    replication = EVERYWHERE  # the targets of its writes, set by redis.set_repl
    may_cross_slots = True  # whether its keys may be in several slots of a node of a cluster
    has_written = False
    killed = ""  # the error line that ends it

    def __init__(self, name: str, is_read_only: bool, allows_oom: bool) -> None:
        self.name = name
        self.is_read_only = is_read_only
        self.allows_oom = allows_oom  # whether it may write when used memory is above maxmemory
        self.started_s = monotonic()

    @property
    def age_ms(self) -> int:
        return int((monotonic() - self.started_s) * 1000)

    @property
    def busy_line(self) -> str:
        return BUSY_FUNCTION if self.is_function else BUSY_SCRIPT

    def check(self, threshold_ms: int, yield_lock: Callable[[str], None]) -> str:
        """Called from time to time; returns the error line that ends the script, or an empty one.

        After `threshold_ms` it yields the lock; 0 means never.
        """
        age_ms = self.age_ms
        if self.is_loading:
            return LOAD_TIMEOUT if age_ms > LOAD_TIMEOUT_MS else ""
        if threshold_ms and age_ms >= threshold_ms:
            yield_lock(self.busy_line)
        return self.killed


class FunctionRun(Run):
    is_function = True

    def __init__(self, name: str, argv: Sequence[bytes], is_read_only: bool, allows_oom: bool) -> None:
        super().__init__(name, is_read_only, allows_oom)
        self.argv = argv


class Loading(Run):
    """A run of the code of a library, which may register functions and nothing else."""

    is_function = True
    is_loading = True

    def __init__(self) -> None:
        super().__init__("", is_read_only=True, allows_oom=False)


def kill(run: Run | None, is_function: bool) -> None:
    """Kills the run, for SCRIPT KILL or FUNCTION KILL; each kills only runs of its own kind."""
    if run is None or run.is_loading:
        raise RedisError(NOTHING_RUNS)
    if run.has_written:
        raise RedisError(HAS_WRITTEN)
    if run.is_function != is_function:
        raise RedisError(run.busy_line)
    run.killed = KILLED
