"""The server as a program: its command line, its banner, and the wait for SHUTDOWN or a signal.

python server.py                                127.0.0.1:6379
python server.py --port 7000 --loglevel debug   each command with its thread and its reply
python server.py redis.conf --trace             with a configuration file, and the bytes shown
"""

import gc
import os
import platform
import queue
import sys
import threading

from redis_clone import REDIS_VERSION, VERSION, logging
from redis_clone.config.reading import FATAL, read_command_line
from redis_clone.config.values import Config, ConfigError, change_directory
from redis_clone.features.persistence import aof_check, rdb_check
from redis_clone.features.persistence.dataset import CannotLoad, CannotReadRdb
from redis_clone.network.cores import keep_to_cores
from redis_clone.network.daemon import PID_FILE, daemonize, pid_file
from redis_clone.network.open_files import check_clients, fit_clients
from redis_clone.network.server import Network
from redis_clone.network.signals import SIGNALS, Signals
from redis_clone.server.loading import Stopped, begin_loading, load_at_start
from redis_clone.server.locking import locked_outside_scripts
from redis_clone.server.state import Server

USAGE = """Usage: python server.py [/path/to/redis.conf] [options] [-]

  --port 7000              listen there; 0 picks a free port and logs it
  --bind 127.0.0.1 ::1     at these addresses
  --dir /var/lib/redis     work in this folder
  --server_cpulist 0       keep to this core, and not to one that the server chooses
  --loglevel debug         show every command, its thread and its reply
  --check-aof FILE         is this append-only file, or its manifest, sound?  --check-aof --fix cuts it,
                           and --check-aof --truncate-to-timestamp SECONDS what came after a time
  --trace                  show the bytes as they come and go
  --parameter value        any parameter of redis.conf; docs/redis.conf explains them
  -                        read more of redis.conf's lines from the standard input
  --check-rdb FILE         look whether an RDB file is whole, and start nothing
  -h, --help               this text
  -v, --version            the version
"""

BANNER = r"""
    ,----------.
    | >_ redis |   redis_clone {version}, a Redis {redis_version} that you can read
    |   _clone |   Port {port}, PID {pid}, Python {python}
    '----------'   Talk to it:  python client.py {options}
"""


def main(arguments: "list[str] | None" = None) -> int:
    """Run the server until SHUTDOWN or a signal ends it; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    if arguments[:1] in (["-v"], ["--version"]):
        print(f"redis_clone v={VERSION} redis={REDIS_VERSION} python={platform.python_version()}")
        return 0
    if arguments[:1] == ["--check-rdb"]:
        return _check_rdb(arguments[1:])
    if arguments[:1] == ["--check-aof"]:
        return aof_check.main(arguments[1:])
    config = Config()
    try:
        read_command_line(config, arguments)
        _enter_folder(config)
        _start_log(config)
        if config["daemonize"]:
            daemonize()
        _log_start(config)
        keep_to_cores(config["server_cpulist"], config["single-core"])
        state = Server(config=config)
    except (ConfigError, ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return _serve(state)


def _check_rdb(paths: list[str]) -> int:
    if len(paths) != 1:
        print("Usage: python server.py --check-rdb <rdb-file-name>", file=sys.stderr)
        return 1
    lines = list(rdb_check.check(paths[0]))
    for line, _ in lines:
        print(line)
    return 0 if lines[-1][1] else 1


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
        try:
            logging.add_syslog(config["syslog-ident"], config["syslog-facility"])
        except OSError as problem:
            logging.warning(f"The system's log cannot be reached: {problem.strerror}")


def _log_start(config: Config) -> None:
    bits = 64 if sys.maxsize > 2**32 else 32
    logging.notice("oO0OoO0OoO0Oo redis_clone is starting oO0OoO0OoO0Oo")
    logging.notice(
        f"redis_clone version={VERSION}, Redis version={REDIS_VERSION}, bits={bits}, "
        f"python={platform.python_version()}, pid={os.getpid()}, just started"
    )
    if config.was_given:
        logging.notice("Configuration loaded")
    else:
        logging.warning(
            "Warning: no config file specified, using the default config. "
            "In order to specify a config file use python server.py /path/to/redis.conf"
        )
    if idle := config.set_without_effect():
        logging.warning(f"These parameters are known, but have no effect here: {', '.join(idle)}")


def _serve(state: Server) -> int:
    # The garbage collector stops all threads while it looks at objects, a millisecond for some five thousand.
    # So it looks at few new ones at a time, and hardly ever at the old ones, which are the data: no
    # long-lived object here is part of a reference cycle, so each is freed when its last reference goes.
    gc.set_threshold(2_000, 5, 1_000_000)
    gc.enable()
    threading.excepthook = logging.died
    signals = Signals(state)
    try:
        fit_clients(state.config)
        state.config.when_set("maxclients", check_clients)
        network = Network(state)
    except (ConfigError, OSError) as problem:
        logging.warning(str(problem))  # into the log, because a service has no terminal
        return 1
    logging.set_role("M")
    begin_loading(state)
    pid_path = state.config["pidfile"] or (PID_FILE if state.config["daemonize"] else "")
    with network, pid_file(pid_path):
        _greet(state)
        if not _load(state, signals):
            return 1
        _wait_for_the_end(state, signals)
    logging.notice("redis_clone is now ready to exit, bye bye...")
    return int(state.log.broken)


def _load(state: Server, signals: Signals) -> bool:
    """Load the data, while clients are answered -LOADING already; False when the files are damaged."""
    signals.is_loading = True
    try:
        load_at_start(state)
    except CannotLoad as problem:
        for line in str(problem).splitlines():
            logging.warning(line)
        if isinstance(problem, CannotReadRdb):
            logging.warning("Terminating server after rdb file reading failure.")
        return False
    except Stopped:
        return True  # the request for it waits
    finally:
        signals.is_loading = False
    logging.notice("Ready to accept connections tcp")
    if state.config["unixsocket"]:
        logging.notice("Ready to accept connections unix")
    return True


def _greet(state: Server) -> None:
    config = state.config
    if config["always-show-logo"] or (sys.stdout.isatty() and not config["logfile"]):
        about = {"version": VERSION, "redis_version": REDIS_VERSION, "port": state.port, "pid": os.getpid()}
        print(
            BANNER.format(**about, python=platform.python_version(), options=_client_options(state)),
            flush=True,
        )
    logging.notice(f"Running mode=standalone, port={state.port}.")
    logging.notice("Server initialized")


def _client_options(state: Server) -> str:
    """The options with which client.py connects to this server."""
    if state.port:
        return f"-p {state.port}"
    tls_port = state.config["tls-port"]
    return f"-p {tls_port} --tls" if tls_port else f"-s {state.config['unixsocket']}"


def _wait_for_the_end(state: Server, signals: Signals) -> None:
    """Wait for SHUTDOWN or a signal, in steps of a second: on Windows Ctrl-C does not end a longer wait."""
    while True:
        try:
            reason = state.stop_requests.get(timeout=1)
        except queue.Empty:
            continue
        if reason not in SIGNALS or _may_end(state, reason):
            return
        signals.are_pending = False


def _may_end(state: Server, signal_name: str) -> bool:
    """Save if the configuration says so; returns whether the server may end (SHUTDOWN asks this itself)."""
    logging.notice(f"Received {signal_name} scheduling shutdown...")
    options = state.config[f"shutdown-on-{signal_name.lower()}"]
    wanted = True if "save" in options else False if "nosave" in options else None
    with locked_outside_scripts(state):
        may_end = state.rdb_saving.prepare_shutdown(wanted, force="force" in options)
    if not may_end:
        logging.warning(f"{signal_name} received but errors trying to shut down the server")
    return may_end
