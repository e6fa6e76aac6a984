"""The server as a program: its command line, its banner, and the wait for SHUTDOWN or a signal.

python server.py                                127.0.0.1:6379
python server.py --port 7000 --loglevel debug   each command with its thread and its reply
python server.py redis.conf --trace             with a configuration file, and the bytes shown
"""

import gc
import os
import queue
import sys
import threading

from redis_clone import REDIS_VERSION, VERSION, logging
from redis_clone.config.reading import FATAL, read_command_line
from redis_clone.config.values import Config, ConfigError, change_directory
from redis_clone.features.persistence.dataset import CannotLoad, CannotReadRdb
from redis_clone.network.cores import keep_to_cores
from redis_clone.network.daemon import PID_FILE, daemonize, pid_file
from redis_clone.network.open_files import fit_clients
from redis_clone.network.process import apply_to_process
from redis_clone.network.server import Network
from redis_clone.network.signals import SIGNALS, Signals
from redis_clone.network.supervision import IS_READY, IS_STOPPING, find_supervisor, notify
from redis_clone.server.loading import Stopped, begin_loading, load_at_start
from redis_clone.server.locking import locked_outside_scripts
from redis_clone.server.shutdown import request_shutdown
from redis_clone.server.state import Server

USAGE = """Usage: {program} [/path/to/redis.conf] [options] [-]

  --port 7000              listen there; 0 picks a free port and logs it
  --bind 127.0.0.1 ::1     at these addresses
  --dir /var/lib/redis     work in this folder
  --replicaof HOST PORT    have the data of that server, and follow it
  --server_cpulist 0       keep to this core, and not to one that the server chooses
  --loglevel debug         show every command, its thread and its reply
  --check-aof FILE         is this append-only file, or its manifest, sound?  --check-aof --fix cuts it,
                           and --check-aof --truncate-to-timestamp SECONDS what came after a time
  --page 8080              show the server at work on a page, for a browser at that port
  --trace                  show the bytes as they come and go
  --parameter value        any parameter of redis.conf; docs/redis.conf explains them
  -                        read more of redis.conf's lines from the standard input
  --check-rdb FILE         look whether an RDB file is whole, and start nothing
  -h, --help               this text
  -v, --version            the version
"""

# How the server and its client are started, by the name of the server's program.
STARTED_BY = {
    "server.py": ("python server.py", "python client.py"),  # in a checkout
    "redis-clone-server": ("redis-clone-server", "redis-clone-client"),  # as pip installs them
}
BY_MODULE = ("python -m redis_clone", "python -m redis_clone.client")

PYTHON_VERSION = sys.version.split()[0]
BITS = 64 if sys.maxsize > 2**32 else 32
# Programs that start a redis-server read the version from it; what only we have stands behind their part.
VERSION_LINE = (
    f"Redis server v={REDIS_VERSION} sha=00000000:0 malloc=python bits={BITS} build=0000000000000000 "
    f"redis_clone={VERSION} python={PYTHON_VERSION}"
)

BANNER = r"""
    ,----------.
    | >_ redis |   redis_clone {version}, a Redis {redis_version} that you can read
    |   _clone |   Port {port}, PID {pid}, Python {python}
    '----------'   Talk to it:  {client} {options}
"""


def main(arguments: "list[str] | None" = None) -> int:
    """Run the server until SHUTDOWN or a signal ends it; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in OTHER_TASKS:
        return OTHER_TASKS[arguments[0]](arguments[1:])
    config = Config()
    try:
        read_command_line(config, arguments)
        _enter_folder(config)
        _start_log(config)
        supervisor = find_supervisor(config["supervised"])
        if config["daemonize"] and not supervisor:
            daemonize()
    except (ConfigError, ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    _log_start(config)
    return _serve(config, supervisor)


def _print_usage(_: list[str]) -> int:
    print(USAGE.format(program=_started_by()[0]), end="")
    return 0


def _print_version(_: list[str]) -> int:
    print(VERSION_LINE)
    return 0


def _check_rdb(paths: list[str]) -> int:
    from redis_clone.features.persistence import rdb_check  # no server needs it

    if len(paths) != 1:
        print(f"Usage: {_started_by()[0]} --check-rdb <rdb-file-name>", file=sys.stderr)
        return 1
    lines = list(rdb_check.check(paths[0]))
    for line, _ in lines:
        print(line)
    return 0 if lines[-1][1] else 1


def _check_aof(words: list[str]) -> int:
    from redis_clone.features.persistence import aof_check  # no server needs it

    return aof_check.main(words)


OTHER_TASKS = {
    "-h": _print_usage, "--help": _print_usage, "-v": _print_version, "--version": _print_version,
    "--check-rdb": _check_rdb, "--check-aof": _check_aof,
}  # fmt: skip


def _enter_folder(config: Config) -> None:
    try:
        change_directory(config["dir"])
    except ValueError as problem:
        raise ConfigError(f"{FATAL}Can't chdir to '{config['dir']}': {problem}") from None


def _start_log(config: Config) -> None:
    path = config["logfile"] and os.path.join(config["dir"], config["logfile"])
    try:
        logging.start(config["loglevel"], path)
    except OSError as problem:
        raise ConfigError(f"{FATAL}Can't open the log file: {problem.strerror}") from None
    if config["syslog-enabled"]:
        from redis_clone.network.syslog import add_syslog  # few servers need it, and it brings pickle

        try:
            add_syslog(config["syslog-ident"], config["syslog-facility"])
        except OSError as problem:
            logging.warning(f"The system's log cannot be reached: {problem.strerror}")


def _log_start(config: Config) -> None:
    logging.notice("oO0OoO0OoO0Oo redis_clone is starting oO0OoO0OoO0Oo")
    logging.notice(
        f"redis_clone version={VERSION}, Redis version={REDIS_VERSION}, bits={BITS}, "
        f"python={PYTHON_VERSION}, pid={os.getpid()}, just started"
    )
    if config.was_given:
        logging.notice("Configuration loaded")
    else:
        logging.warning(
            "Warning: no config file specified, using the default config. "
            f"In order to specify a config file use {_started_by()[0]} /path/to/redis.conf"
        )
    if idle := config.set_without_effect():
        logging.warning(f"These parameters are known, but have no effect here: {', '.join(idle)}")


def _serve(config: Config, supervisor: str) -> int:
    # The garbage collector stops all threads while it looks at objects, a millisecond for some five thousand.
    # So it looks at few new ones at a time, and hardly ever at the old ones, which are the data: no
    # long-lived object here is part of a reference cycle, so each is freed when its last reference goes.
    gc.set_threshold(2_000, 5, 1_000_000)
    gc.enable()
    threading.excepthook, sys.excepthook = logging.died, logging.main_thread_died
    try:
        state = _new_server(config, supervisor)
        signals = Signals(state)
        network = Network(state)
    except (ConfigError, ValueError, OSError) as problem:
        logging.fatal(str(problem))  # into the log, because a service has no terminal
        return 1
    logging.set_role("M")
    begin_loading(state)
    is_daemon = config["daemonize"] and not supervisor
    with network, pid_file(config["pidfile"] or (PID_FILE if is_daemon else "")):
        _greet(state)
        if not _load(state, network, signals):
            return 1
        _tell_supervisor(state, IS_READY)
        _wait_for_the_end(state, signals)
        _tell_supervisor(state, IS_STOPPING)
    logging.notice("redis_clone is now ready to exit, bye bye...")
    return int(state.log.broken or state.panicked)


def _new_server(config: Config, supervisor: str) -> Server:
    """A server that the system allows to be as it is configured; else ConfigError or ValueError."""
    keep_to_cores(config["server_cpulist"], config["single-core"])
    fit_clients(config)
    state = Server(config=config)
    state.supervisor = supervisor
    apply_to_process(state)
    return state


def _load(state: Server, network: Network, signals: Signals) -> bool:
    """Load the data, while clients are answered -LOADING already; False when the files are damaged."""
    signals.is_loading = True
    try:
        load_at_start(state)
        network.begin_serving()
    except CannotLoad as problem:
        for line in str(problem).splitlines():
            logging.fatal(line)
        if isinstance(problem, CannotReadRdb):
            logging.fatal("Terminating server after rdb file reading failure.")
        return False
    except Stopped:
        return True  # the request for it waits
    finally:
        signals.is_loading = False
    logging.notice("Ready to accept connections tcp")
    if state.config["unixsocket"]:
        logging.notice("Ready to accept connections unix")
    return True


def _tell_supervisor(state: Server, message: str) -> None:
    if state.supervisor == "systemd":
        notify(message)


def _greet(state: Server) -> None:
    config = state.config
    if config["always-show-logo"] or (sys.stdout.isatty() and not config["logfile"]):
        about = {"version": VERSION, "redis_version": REDIS_VERSION, "port": state.port, "pid": os.getpid()}
        about |= {"python": PYTHON_VERSION, "client": _started_by()[1], "options": _client_options(state)}
        print(BANNER.format(**about), flush=True)
    logging.notice(f"Running mode={state.mode}, port={state.port}.")
    logging.notice("Server initialized")


def _started_by() -> tuple[str, str]:
    """How a user starts the server and its client, judging by how this one was started."""
    return STARTED_BY.get(os.path.basename(sys.argv[0]), BY_MODULE)


def _client_options(state: Server) -> str:
    """The options with which client.py connects to this server."""
    if state.port:
        return f"-p {state.port}"
    tls_port = state.config["tls-port"]
    return f"-p {tls_port} --tls" if tls_port else f"-s {state.config['unixsocket']}"


def _wait_for_the_end(state: Server, signals: Signals) -> None:
    """Wait for SHUTDOWN or a signal, in steps of a second: on Windows Ctrl-C does not end a longer wait."""
    while True:
        signals.are_pending = state.shutdown is not None
        try:
            reason = state.stop_requests.get(timeout=1)
        except queue.Empty:
            continue
        if reason not in SIGNALS:
            return
        _request_end(state, reason)


def _request_end(state: Server, signal_name: str) -> None:
    """Begin the shutdown that a signal asks for; it requests the stop itself when it is through."""
    logging.notice(f"Received {signal_name} scheduling shutdown...")
    options = state.config[f"shutdown-on-{signal_name.lower()}"]
    state.watch.let_go()
    wanted = True if "save" in options else False if "nosave" in options else None
    with locked_outside_scripts(state):
        shutdown = request_shutdown(state, wanted, "force" in options, "now" in options)
    if shutdown.has_failed:
        logging.warning(f"{signal_name} received but errors trying to shut down the server")
