"""`python server.py`, started as a user starts it, and ended in every way."""

import ast
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from harness import (
    PATIENCE,
    REPOSITORY,
    Client,
    free_port,
    has_real_server,
    real_server,
    serves,
    started,
    wait_until,
)

from redis_clone import logging
from redis_clone.network.daemon import daemonize
from redis_clone.network.program import main

needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows cannot send them")


def run_server(*words):
    return subprocess.run(
        [sys.executable, "server.py", *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def port():
    """The port of a server that is shared by all tests that do not end it."""
    with started() as (_, port):
        yield port


def test_port_0_picks_a_free_port_and_logs_it(port):
    client = Client(("127.0.0.1", port))
    assert client("PING") == "PONG"
    assert b"tcp_port:%d" % port in client("INFO server")
    client.close()


@needs_signals
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_orderly_with_clients_connected(name):
    with started() as (process, port):
        idle = Client(("127.0.0.1", port))
        idle("PING")
        subscriber = Client(("127.0.0.1", port))
        subscriber("SUBSCRIBE news")
        process.send_signal(getattr(signal, name))
        assert process.wait(PATIENCE) == 0
        assert idle.is_closed() and subscriber.is_closed()
        assert "bye bye" in process.stdout.read()


@needs_signals
def test_a_terminal_that_is_closed_does_not_end_it():
    with started() as (process, port):
        client = Client(("127.0.0.1", port))
        process.send_signal(signal.SIGHUP)
        assert client("PING") == "PONG" and process.poll() is None


def test_shutdown_ends_it_without_a_reply():
    with started() as (process, port):
        client = Client(("127.0.0.1", port))
        client.send("SHUTDOWN NOSAVE")
        assert process.wait(PATIENCE) == 0


def test_after_shutdown_nobody_is_accepted_any_more(tmp_path):
    def cannot_connect_after_the_end(address):
        client = Client(address)
        client.send("SHUTDOWN NOSAVE")
        assert client.is_closed()
        with pytest.raises(OSError):
            Client(address)

    with started() as (_, port):
        cannot_connect_after_the_end(("127.0.0.1", port))
    if has_real_server():
        with real_server(tmp_path) as address:
            cannot_connect_after_the_end(address)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")
@pytest.mark.parametrize("program", [[sys.executable, "server.py"], ["redis-server"]])
def test_a_daemon_lives_on_in_a_session_of_its_own(tmp_path, program):
    if not shutil.which(program[0]):
        pytest.skip("needs redis-server")
    path, pid_file, log = (tmp_path / name for name in ("redis.conf", "redis.pid", "redis.log"))
    path.write_text(
        f"daemonize yes\npidfile {pid_file}\nlogfile {log}\ndir {tmp_path}\nport 0\nsave ''\n"
        f"unixsocket {tmp_path / 'redis.sock'}\n"
    )
    words = [*program, str(path)]
    finished = subprocess.run(words, cwd=REPOSITORY, capture_output=True, timeout=PATIENCE, check=False)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, b"", b"")
    wait_until(lambda: serves(str(tmp_path / "redis.sock")))
    pid = int(pid_file.read_text())
    assert os.getsid(pid) == pid
    client = Client(str(tmp_path / "redis.sock"))
    assert client("CONFIG GET daemonize") == [b"daemonize", b"yes"]
    client.send("SHUTDOWN NOSAVE")
    assert client.is_closed()
    wait_until(lambda: not pid_file.exists())
    assert "eady to accept" in log.read_text()


def test_daemonize_no_on_the_command_line_overrides_the_file(tmp_path):
    path = tmp_path / "redis.conf"
    path.write_text("daemonize yes\n")
    with started(str(path), "--daemonize", "no") as (process, port):
        assert Client(("127.0.0.1", port))("PING") == "PONG" and process.poll() is None


def test_a_daemon_whose_log_cannot_be_opened_says_so_on_the_terminal(tmp_path):
    finished = run_server("--daemonize", "yes", "--dir", str(tmp_path), "--logfile", "missing/redis.log")
    assert finished.returncode == 1 and "Can't open the log file" in finished.stderr


def test_where_no_process_can_be_forked_a_daemon_stays_in_the_foreground(monkeypatch, capsys):
    monkeypatch.delattr(os, "fork", raising=False)
    logging.start("notice", "")
    daemonize()
    assert "'daemonize yes' needs fork()" in capsys.readouterr().out


@pytest.mark.parametrize("program", ["server.py", "client.py", "redis_clone/__main__.py"])
def test_a_python_that_is_too_old_is_named_in_one_line(program):
    old = "import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_path(sys.argv[1], run_name='__main__')"
    finished = subprocess.run(
        [sys.executable, "-c", old, program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert re.fullmatch(r"redis_clone needs Python 3\.10 or newer; this is .*\n", finished.stderr)
    for path in (program, "redis_clone/__init__.py"):
        source = (REPOSITORY / path).read_text()
        nodes = ast.walk(ast.parse(source, feature_version=(3, 4)))
        assert not any(isinstance(node, ast.JoinedStr) for node in nodes), "old Pythons know no f-strings"


def test_a_start_that_fails_says_why(tmp_path):
    taken = socket.create_server(("127.0.0.1", 0))
    (tmp_path / "folder.sock").mkdir()
    for words, reason in (
        (["--port", str(taken.getsockname()[1])], "Failed listening on port"),
        (["--port", "0", "--unixsocket", str(tmp_path / "folder.sock")], "Failed opening Unix socket: bind:"),
        (["--port", "0", "--tls-port", "1"], "No tls-cert-file configured!"),
        (["--port", "0", "--bind", "no such host"], "Could not create server TCP listening socket"),
    ):
        finished = run_server(*words, "--dir", str(tmp_path))
        assert finished.returncode == 1
        assert reason in finished.stdout + finished.stderr
    taken.close()


def test_a_start_that_fails_says_why_even_when_nothing_else_is_logged():
    finished = run_server("--port", "0", "--bind", "no such host", "--loglevel", "nothing")
    assert finished.returncode == 1
    assert "Failed listening on port 0 (tcp), aborting." in finished.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")
def test_a_daemon_that_cannot_start_says_why_in_its_log(tmp_path):
    log = tmp_path / "redis.log"
    words = ["--daemonize", "yes", "--port", "0", "--bind", "no such host", "--logfile", str(log)]
    assert run_server(*words).returncode == 0
    wait_until(lambda: "Could not create server TCP listening socket" in log.read_text())


DEBIANS = "/etc/redis/redis.conf"
NEEDS_ROOT = {"/run/redis", "/var/log/redis", "/var/lib/redis"}


@pytest.mark.skipif(not os.access(DEBIANS, os.R_OK), reason="needs the redis.conf of Debian's package")
def test_the_redis_conf_of_debian_starts_it(tmp_path):
    text = Path(DEBIANS).read_text()
    for folder in NEEDS_ROOT:
        text = text.replace(folder, str(tmp_path))
    (tmp_path / "redis.conf").write_text(text)
    port = free_port()
    assert run_server(str(tmp_path / "redis.conf"), "--port", str(port), "--save", "").returncode == 0
    wait_until(lambda: serves(("127.0.0.1", port)))
    client = Client(("127.0.0.1", port))
    assert client("CONFIG GET logfile") == [b"logfile", str(tmp_path / "redis-server.log").encode()]
    assert int((tmp_path / "redis-server.pid").read_text()) > 0
    client.send("SHUTDOWN")
    assert client.is_closed()
    wait_until(lambda: not (tmp_path / "redis-server.pid").exists())


def test_a_shutdown_that_cannot_save_leaves_the_server_running(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    with started("--dir", str(folder)) as (process, port):
        client = Client(("127.0.0.1", port))
        folder.rmdir()
        assert str(client("SHUTDOWN SAVE")) == "ERR Errors trying to SHUTDOWN. Check logs."
        assert str(client("SHUTDOWN ABORT")) == "ERR No shutdown in progress."
        assert str(client("SHUTDOWN NOW NONSENSE")) == "ERR syntax error"
        assert process.poll() is None


def test_a_configuration_file_comes_first_and_the_command_line_wins(tmp_path):
    path = tmp_path / "redis.conf"
    path.write_text('# ours\nmaxclients 7\nrequirepass "to be overridden"\nloglevel verbose\n')
    with started(str(path), "--requirepass", "secret") as (_, port):
        client = Client(("127.0.0.1", port))
        assert client("AUTH secret") == "OK"
        assert client("CONFIG GET maxclients") == [b"maxclients", b"7"]


def test_parameters_that_have_no_effect_here_are_named_once_at_the_start(tmp_path):
    log = tmp_path / "redis.log"
    words = ["--jemalloc-bg-thread", "no", "--io-threads", "4", "--activerehashing", "yes"]
    assert run_server(*words, "--logfile", str(log), "--bind", "no address").returncode == 1
    [line] = [line for line in log.read_text().splitlines() if "no effect" in line]
    assert line.endswith(
        "# These parameters are known, but have no effect here: io-threads, jemalloc-bg-thread"
    )


def log_of_a_life(path, *words):
    """Role, level and message of each line that a server, ours or the real one, logs until SIGTERM."""
    words = [*words, "--logfile", str(path), "--dir", str(path.parent), "--save", ""]
    with subprocess.Popen(words, cwd=REPOSITORY) as process:
        wait_until(lambda: path.exists() and "eady to accept" in path.read_text())
        process.terminate()
    parts = [line.split(" ", 6) for line in path.read_text().splitlines() if "signal-handler" not in line]
    return [(part[0].partition(":")[2], part[5], part[6]) for part in parts]


@needs_signals
def test_the_log_of_a_life_has_the_lines_of_the_real_server(tmp_path):
    ours = log_of_a_life(tmp_path / "ours.log", sys.executable, "server.py", "--port", "0")
    assert ours == [
        ("C", "*", "oO0OoO0OoO0Oo redis_clone is starting oO0OoO0OoO0Oo"),
        ("C", "*", ours[1][2]),
        ("C", "*", "Configuration loaded"),
        ("M", "*", ours[3][2]),
        ("M", "*", "Server initialized"),
        ("M", "*", "Ready to accept connections tcp"),
        ("M", "*", "Received SIGTERM scheduling shutdown..."),
        ("M", "*", "User requested shutdown..."),
        ("M", "*", "redis_clone is now ready to exit, bye bye..."),
    ]
    assert re.match(r"redis_clone version=.*, bits=\d\d, .*, pid=\d+, just started$", ours[1][2])
    assert re.match(r"Running mode=standalone, port=\d+\.$", ours[3][2])
    if shutil.which("redis-server"):
        unix = ["--unixsocket", str(tmp_path / "real.sock")]
        real = log_of_a_life(tmp_path / "real.log", "redis-server", "--port", "0", *unix)
        expected = {(role, re.sub(r"\bRedis\b", "redis_clone", message)) for role, _, message in real}
        for role, _, message in ours:  # the levels and the word "tcp" are those of 7.2
            if not re.search("version=|port=|tcp|SIGTERM", message):  # SIGTERM's differs
                assert (role, message) in expected


def test_the_pid_stands_in_a_file_as_long_as_the_server_lives(tmp_path):
    path = tmp_path / "redis.pid"
    with started("--pidfile", str(path)) as (process, port):
        Client(("127.0.0.1", port))("PING")
        assert path.read_text() == f"{process.pid}\n"
        Client(("127.0.0.1", port)).send("SHUTDOWN NOSAVE")
        assert process.wait(PATIENCE) == 0
    assert not path.exists()


def test_a_pid_file_that_cannot_be_written_is_only_a_warning(tmp_path):
    with started("--pidfile", str(tmp_path / "missing" / "redis.pid")) as (process, port):
        Client(("127.0.0.1", port)).send("SHUTDOWN NOSAVE")
        assert "bye bye" in process.stdout.read()


def test_a_log_file_is_meant_in_the_folder_that_dir_names(tmp_path):
    with subprocess.Popen(
        [sys.executable, "server.py", "--port", "0", "--logfile", "redis.log", "--dir", str(tmp_path)],
        cwd=REPOSITORY,
    ) as process:
        path = tmp_path / "redis.log"
        wait_until(lambda: path.exists() and "Ready" in path.read_text())
        process.kill()


def test_a_server_whose_log_file_cannot_be_opened_does_not_start(tmp_path):
    run = run_server("--logfile", str(tmp_path / "missing" / "redis.log"))
    assert run.returncode == 1
    assert run.stderr.endswith("Can't open the log file: No such file or directory\n")


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--port", "many"], "argument couldn't be parsed into an integer"),
        (["--port", "70000"], "argument must be between 0 and 65535 inclusive"),
        (["--nonsense", "1"], "Bad directive or wrong number of arguments"),
        (["/no/such/file.conf"], "can't open config file '/no/such/file.conf': No such file or directory"),
        (["--server_cpulist", "one"], "argument must be a list of cores, such as 0,2-4 or 0-6:2"),
        (["--activedefrag", "yes"], "this server supports only 'no' so far"),
    ],
)
def test_a_configuration_that_is_wrong_stops_the_start_with_a_reason(words, complaint, capsys):
    assert main(words) == 1
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["--nonsense", "1"], "Bad directive"),
        (["--dir", "/no/such/folder"], "Can't chdir to '/no/such/folder': No such file"),
    ],
)
def test_only_the_reason_is_printed(words, complaint):
    run = run_server(*words)
    assert run.returncode == 1
    assert complaint in run.stderr and "Traceback" not in run.stderr


def test_a_port_that_is_taken_stops_the_start_with_a_reason():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = run_server("--port", str(taken.getsockname()[1]))
    assert run.returncode == 1
    assert "listening socket 127.0.0.1:" in run.stdout and "bind: Address already in use" in run.stdout
    assert "(tcp), aborting." in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


@needs_signals
def test_a_unix_socket_that_was_left_behind_is_no_hindrance(tmp_path):
    path = tmp_path / "redis.sock"
    for _ in range(2):
        with started("--unixsocket", str(path)) as (process, _):
            client = Client(str(path))
            assert client("PING") == "PONG"
            client.close()
            process.kill()
            process.wait()
        assert path.is_socket()


@needs_signals
def test_a_server_that_cannot_start_leaves_the_socket_of_another_alone(tmp_path):
    path, port = str(tmp_path / "redis.sock"), str(free_port())
    with started("--unixsocket", path, "--port", port):
        assert run_server("--unixsocket", path, "--port", port).returncode == 1
        client = Client(path)
        assert client("PING") == "PONG"
        client.close()


def test_what_stops_the_start_stands_in_the_log(tmp_path):
    log = tmp_path / "redis.log"
    run = run_server("--logfile", str(log), "--port", "0", "--aclfile", str(tmp_path / "nosuch.acl"))
    assert run.returncode == 1
    assert "Error loading ACLs, opening file" in log.read_text()


def test_help_and_version_say_what_they_should():
    assert "--loglevel debug" in run_server("--help").stdout
    ours = run_server("--version").stdout
    assert ours.startswith("Redis server v=7.2.") and ours.count("\n") == 1
    assert run_server("-v", "and more").stdout == ours
    if shutil.which("redis-server"):
        real = subprocess.check_output(["redis-server", "--version"], text=True)
        names = re.findall(r"(\w+)=", real)
        assert re.findall(r"(\w+)=", ours)[: len(names)] == names


def test_loglevel_debug_logs_each_command_its_thread_and_its_reply():
    with started("--loglevel", "debug") as (process, port):
        client = Client(("127.0.0.1", port))
        client("SET greeting 'hello world'")
        client("AUTH a-secret")
        client.send("SHUTDOWN")
        shown = process.stdout.read()
    assert re.search(r'127\.0\.0\.1:\d+ db0 client-1\] "SET" "greeting" "hello world" -> \+OK\\r\\n', shown)
    assert "a-secret" not in shown and '"AUTH" "(redacted)"' in shown


@pytest.mark.skipif(sys.platform != "linux", reason="reads the folder of the process in /proc")
def test_config_set_changes_the_folder_and_the_log_of_the_whole_process(tmp_path):
    with started("--enable-protected-configs", "yes") as (process, port):
        client = Client(("127.0.0.1", port))
        assert client(f"CONFIG SET dir {tmp_path} loglevel debug") == "OK"
        assert os.readlink(f"/proc/{process.pid}/cwd") == str(tmp_path)
        client("ECHO hi")
        client.send("SHUTDOWN")
        assert '"ECHO" "hi"' in process.stdout.read()


def test_trace_shows_the_bytes_as_they_come_and_go():
    with started("--trace") as (process, port):
        client = Client(("127.0.0.1", port))
        client("ECHO hi")
        client.send("SHUTDOWN")
        shown = process.stdout.read()
    assert r"< *2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n" in shown
    assert r"> $2\r\nhi\r\n" in shown


def test_a_client_that_vanishes_leaves_no_trace_on_the_terminal():
    with started() as (process, port):
        for unfinished in (b"", b"*2\r\n$3\r\nGET\r\n$10\r\nab", b"SET a"):
            client = Client(("127.0.0.1", port))
            client.send_bytes(unfinished)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()  # with a TCP reset
        last = Client(("127.0.0.1", port))
        assert last("PING") == "PONG"
        last.send("SHUTDOWN")
        shown = process.stdout.read()
    assert "Traceback" not in shown
    assert len(shown.splitlines()) == 2  # the request to shut down, the end


@pytest.mark.slow
def test_a_thousand_idle_connections_stay_open_beside_it(port):
    client = Client(("127.0.0.1", port))
    wait_until(lambda: b"connected_clients:1\r" in client("INFO clients"))
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(1000)]
    client("SET still 'here'")
    assert client("GET still") == b"here"
    wait_until(lambda: b"connected_clients:1001\r" in client("INFO clients"))
    idle[500].sendall(b"PING\r\n")
    assert idle[500].recv(100) == b"+PONG\r\n"
    for connection in idle:
        connection.close()
    client.close()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_a_unix_socket_serves_beside_the_port(tmp_path):
    path = str(tmp_path / "redis.sock")
    with started("--unixsocket", path, "--port", str(free_port())) as (process, port):
        by_path, by_port = Client(path), Client(("127.0.0.1", port))
        by_path("SET a 1")
        assert by_port("GET a") == b"1"
        by_port.send("SHUTDOWN")
        assert process.wait(PATIENCE) == 0
    assert not os.path.exists(path)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_the_banner_shows_options_with_which_a_client_connects(tmp_path):
    path = str(tmp_path / "redis.sock")
    words = ["--port", "0", "--unixsocket", path, "--always-show-logo", "yes", "--dir", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "server.py", *words], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            shown = next(line for line in process.stdout if "Talk to it" in line)
            assert shown.endswith(f"  python client.py -s {path}\n")
            command = [sys.executable, "client.py", "-s", path, "PING"]
            assert subprocess.check_output(command, cwd=REPOSITORY, timeout=PATIENCE).strip() == b"PONG"
        finally:
            process.kill()


def test_fifty_clients_at_once_count_to_the_exact_sum(port):
    def count():
        client = Client(("127.0.0.1", port))
        for _ in range(100):
            client("INCR total")
        client.close()

    threads = [threading.Thread(target=count) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client = Client(("127.0.0.1", port))
    assert client("GET total") == b"5000"
    client.close()


@pytest.mark.skipif(not shutil.which("redis-benchmark"), reason="needs redis-benchmark")
def test_redis_benchmark_runs_all_its_default_tests(port):
    run = subprocess.run(
        ["redis-benchmark", "-p", str(port), "-n", "200", "-c", "10", "-q"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    finished = re.findall(
        r"^([A-Z_0-9 ()a-z]+): [\d.]+ requests per second", run.stdout.replace("\r", "\n"), re.M
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for name in ("PING_INLINE", "SET", "LPOP", "SPOP", "ZADD", "ZPOPMIN", "MSET (10 keys)"):
        assert name in finished


def cores_of(process):
    """The cores of each of its threads."""
    return [os.sched_getaffinity(int(task)) for task in os.listdir(f"/proc/{process.pid}/task")]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not let one choose")
def test_it_can_be_kept_to_one_core():
    core = min(os.sched_getaffinity(0))
    with started("--server_cpulist", str(core)) as (process, port):
        client = Client(("127.0.0.1", port))
        assert client("CONFIG GET server_cpulist") == [b"server_cpulist", str(core).encode()]
        assert all(cores == {core} for cores in cores_of(process))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not let one choose")
def test_it_keeps_to_one_core_unless_single_core_is_no():
    allowed = os.sched_getaffinity(0)
    with started() as (process, _):
        [first, *others] = cores_of(process)
        assert len(first) == 1 and first <= allowed and all(cores == first for cores in others)
    with started("--single-core", "no") as (process, _):
        assert all(cores == allowed for cores in cores_of(process))
