"""One run of a server inside another program, from its start to its end.

These are the steps of the program (network/program.py) but those that change the process: no signal handler
is set, no folder changed, no log configured.  A thread of its own, "server", waits for the request to end,
which a client may make too, by SHUTDOWN.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack

from redis_clone.config.values import Config, ConfigError
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.network.server import Network
from redis_clone.server.loading import load_at_start
from redis_clone.server.locking import locked_outside_scripts
from redis_clone.server.state import Server
from redis_clone.structures.clock import Clock


class Run:
    """A server that serves from now on; ValueError when it cannot with this configuration or these files."""

    def __init__(self, config: Config, time_source: Callable[[], int]) -> None:
        self.state = Server(config=config, clock=Clock(time_source))
        try:
            self.network = Network(self.state)
        except (ConfigError, OSError) as problem:
            raise ValueError(str(problem)) from None
        with ExitStack() as undo:
            undo.callback(self.network.__exit__)
            self._load()
            self.network.__enter__()
            self.network.begin_serving()
            self._thread = threading.Thread(target=self._wait_for_the_end, name="server", daemon=True)
            self._thread.start()
            undo.pop_all()

    def _load(self) -> None:
        try:
            load_at_start(self.state)
        except CannotLoad as problem:
            raise ValueError(str(problem)) from None

    @property
    def is_serving(self) -> bool:
        return self._thread.is_alive() and not self.state.closing

    def _wait_for_the_end(self) -> None:
        self.state.stop_requests.get()
        self.network.__exit__()

    def stop(self, saves: bool) -> None:
        """End the run, if SHUTDOWN has not; `saves`: as SHUTDOWN does, if there are save points."""
        if self.is_serving:
            self.state.closing = True  # so that a script ends which runs now
            if saves:
                with locked_outside_scripts(self.state):
                    self.state.rdb_saving.prepare_shutdown(force=True)
            self.state.stop_requests.put("stop")
        self._thread.join()
