"""A server that runs inside another program, mostly a test of an application.

    where     `host`, `port` and `url`, for clients of any kind
    looks     `keys`, `value`, `execute` and `blocked_clients` need no client
    time      `advance` moves the server's one clock: TTLs, TIME, time-outs and the cron move together
    faults    `on` and `fail_next` set rules for what clients send, `drop_connections` and
              `refusing_connections` take the network away, `restart` the process
    anew      `flush` deletes the data, `reset` all that a test may have changed

The methods may be called from any thread.  Lines of the log go to Python's logger "redis_clone".
"""

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from urllib.parse import quote

from redis_clone.features.interception import Rule
from redis_clone.network.server import JOIN_SECONDS
from redis_clone.protocol.replies import Reply
from redis_clone.server import cron
from redis_clone.server.blocked_clients import wake_blocked_clients
from redis_clone.server.clients import disconnect_clients
from redis_clone.server.locking import locked
from redis_clone.server.state import Server
from redis_clone.testing import looking, rules
from redis_clone.testing.lifecycle import Run
from redis_clone.testing.looking import Word
from redis_clone.testing.parameters import Value, configuration
from redis_clone.testing.settings import Settings

Directory = str | os.PathLike[str]


class MovableTime:
    """The system's time in nanoseconds, or a time ahead of it: the source of the server's clock."""

    def __init__(self) -> None:
        self.ahead_ns = 0
        # The system's time at which the clock was stopped, or None, and how long it has stood until now.
        # Both change at once, for threads read them.
        self._stops: tuple[int | None, int] = (None, 0)

    def __call__(self) -> int:
        stopped_ns, stood_ns = self._stops
        return (time.time_ns() if stopped_ns is None else stopped_ns) - stood_ns + self.ahead_ns

    def stop(self) -> None:
        """The time stands still from now on, and moves with `ahead_ns` alone."""
        stopped_ns, stood_ns = self._stops
        if stopped_ns is None:
            self._stops = time.time_ns(), stood_ns

    def go_on(self) -> None:
        """The time goes on from where it stands."""
        stopped_ns, stood_ns = self._stops
        if stopped_ns is not None:
            self._stops = None, stood_ns + time.time_ns() - stopped_ns


class RunningServer:
    """A server that runs in this process, from its creation to stop()."""

    def __init__(
        self,
        directory: Directory | None,
        parameters: Mapping[str, Value],
        time_source: MovableTime | None = None,
    ) -> None:
        self._is_kept = directory is not None
        self._folder = os.fspath(directory) if directory is not None else tempfile.mkdtemp(prefix="redis-")
        self._parameters = dict(parameters)
        self._time = time_source or MovableTime()
        with ExitStack() as undo:
            undo.callback(self._remove_temporary)
            self._start()
            undo.pop_all()

    def _start(self) -> None:
        config = configuration(self._folder, self._is_kept, self._parameters)
        self._run = Run(config, self._time)
        self._settings = Settings(self._run.state)
        self._is_told_to_follow = self._run.state.following is not None  # by its parameters

    def _remove_temporary(self) -> None:
        if not self._is_kept:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _state(self) -> Server:
        if not self._run.is_serving:
            raise RuntimeError("the server was stopped")
        return self._run.state

    # Its life.

    def __enter__(self) -> "RunningServer":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server; connections are closed, and nothing is left.  A second stop() does nothing."""
        self._run.stop(saves=self._is_kept)
        self._remove_temporary()

    def restart(self) -> None:
        """Stop, and start again at the same address, with the data that were saved; rules do not come back.

        Without a `directory` that are none, unless a client has asked for SAVE.
        """
        state = self._run.state
        self._run.stop(saves=self._is_kept)
        self._parameters |= {"port": state.port}
        if state.cluster is not None:
            self._parameters |= {"cluster_port": state.cluster.bus_port}
        self._start()

    # Where clients connect.

    @property
    def host(self) -> str:
        """The first address of the parameter `bind`."""
        address: str = self._run.state.config["bind"][0]
        return address.removeprefix("-")

    @property
    def port(self) -> int:
        """The TCP port; 0 when the server listens at a Unix socket or with TLS alone."""
        return self._run.state.port

    @property
    def url(self) -> str:
        """What clients call the server: redis://127.0.0.1:49152/0, with the password if there is one."""
        config = self._run.state.config
        password = config["requirepass"]
        user = f":{quote(password, safe='')}@" if password else ""
        if not self.port and config["unixsocket"]:
            return f"unix://{user}{config['unixsocket']}?db=0"
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme, port = ("redis", self.port) if self.port else ("rediss", config["tls-port"])
        return f"{scheme}://{user}{host}:{port}/0"

    # Looks at the data, without a client.

    def execute(self, *words: Word, db: int = 0) -> Any:
        """Run one command, execute("SET", "key", 1), and return its reply as plain Python.

        Strings are bytes, a map is a dict, a set is a set, a double is a float.  An error reply is raised as
        RedisError.  Each call is a client of its own: what SELECT, MULTI or SUBSCRIBE begin ends with it.
        Rules do not meet it.  ValueError when the command would have to wait, as BLPOP does.
        """
        return looking.run(self._state, words, db)

    def keys(self, db: int = 0) -> list[bytes]:
        """The names of all keys of a database, in order."""
        return sorted(self.execute("KEYS", "*", db=db))

    def value(self, key: str | bytes, db: int = 0) -> Any:
        """The whole value of a key: bytes, list, set, dict; None when there is no such key.

        A sorted set is a dict of members and scores, a stream a list of IDs with their fields.
        """
        return looking.read_value(self._state, key, db)

    @property
    def blocked_clients(self) -> int:
        """How many clients wait now: in a blocking command, for the end of a pause, or delayed by a rule."""
        with locked(self._state):
            return len(self._state.blocked_clients)

    # Time.

    def advance(self, seconds: float) -> None:
        """Move the server's clock forward; ValueError for a negative number.

        On return keys have expired, the cron has run once, a pause that is over has ended, and clients whose
        time-out or delay is over have been woken.
        """
        if seconds < 0:
            raise ValueError(f"advance({seconds}): a server's time does not go back")
        cron.tick(self._state)  # so that what clients have just done counts as done before the time passed
        self._move_clock(self._time.ahead_ns + round(seconds * 1e9))

    def _move_clock(self, ahead_ns: int) -> None:
        self._time.ahead_ns = ahead_ns
        self._catch_up()

    def _catch_up(self) -> None:
        """The clock was moved: do what is due."""
        with locked(self._state):
            wake_blocked_clients(self._state)
            _expire(self._state)
        cron.tick(self._state)

    # Faults.

    def on(
        self,
        command: str = "*",
        *,
        key: str | bytes | None = None,
        client: str | None = None,
        delay: float = 0.0,
        error: str = "",
        reply: Reply = rules.NO_REPLY,
        cut: bool = False,
        times: int | None = None,
    ) -> rules.SetRule:
        """Set a rule for what clients send: a command by its name, "GET" or "CLIENT KILL", "*" for all.

        `key`: only commands that name this key.  `client`: only clients that CLIENT SETNAME has named so.
        `times`: only so many commands.  What happens to them, before they run:

        `delay`: they wait so many seconds of the server's clock, and then go on.
        `error`: they fail with this line; of a line in rules.LINES the first word is enough: "OOM".
        `reply`: they are answered with this value; a str is a status such as OK, bytes are a string.
        `cut`: the connection is closed without a reply.

        A rule without any of these only counts.  ValueError when the server has no such command, or when the
        rule contradicts itself.
        """
        rule = Rule(rules.match(command, key, client), rules.outcome(delay, error, reply, cut), times)
        return rules.SetRule(self._state, rule)

    def fail_next(self, command: str, error: str, times: int = 1) -> rules.SetRule:
        """Have the next such command of any client fail with an error line, or the next few."""
        return self.on(command, error=error, times=times)

    def drop_connections(self) -> int:
        """Close all connections; returns how many there were.  The clients may connect again."""
        threads = disconnect_clients(self._state)
        for thread in threads:
            thread.join(JOIN_SECONDS)
        return len(threads)

    def refusing_connections(self) -> AbstractContextManager[None]:
        """While the `with` over it lasts, nobody can connect: the port is closed.  Connected clients stay."""
        return self._run.network.refusing_connections()

    # Anew.

    def flush(self) -> None:
        """Delete all keys of all databases."""
        self.execute("FLUSHALL")

    def reset(self) -> None:
        """Undo what a test may have done: data, scripts, rules, pause, parameters, users, statistics, time.

        Connections stay open, for many applications keep theirs.  A server that a test has told to follow
        another one is a master again; the data of one that was started as a replica are those of its master.
        """
        self._undo()
        if self._time.ahead_ns:
            self._move_clock(0)

    def _undo(self) -> None:
        """Undo everything but the time."""
        state = self._state
        with locked(state):
            state.interception.clear()
            if state.pause.is_on:
                state.pause.end()
        self._settings.restore()
        if state.following is not None and state.cluster is None and not self._is_told_to_follow:
            self.execute("REPLICAOF", "NO", "ONE")
        for command in RESETS if state.following is not None else (*RESETS_OF_DATA, *RESETS):
            self.execute(*command.split())


def _expire(state: Server) -> None:
    """Delete the keys that have expired, for the cron finds each a little later (cache/expiry.py)."""
    if not state.expiry.is_active:
        return
    for database in state.databases:
        for key in [key for key, expire_at_ms in database.expires.items() if database.is_past(expire_at_ms)]:
            database.get_no_stats(key)


RESETS_OF_DATA = ("FLUSHALL", "FUNCTION FLUSH")  # which a replica leaves to its master
RESETS = ("SCRIPT FLUSH", "CONFIG RESETSTAT", "SLOWLOG RESET", "LATENCY RESET", "ACL LOG RESET")
