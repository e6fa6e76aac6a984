"""redis.conf and the command line: their syntax, and errors that are compared with the real server's."""

import io
import os
import re
import subprocess

import pytest
from harness import PATIENCE, Client, has_real_server, real_server

from redis_clone.config.parameters import PARAMETERS
from redis_clone.config.reading import lines_of_options, read_command_line, read_file
from redis_clone.config.values import Config, ConfigError

NO_INTEGER = "argument couldn't be parsed into an integer"


@pytest.fixture
def config():
    return Config()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def read(config, here):
    """Has the configuration read a file with this content."""

    def read(content):
        path = here / "redis.conf"
        path.write_bytes(content)
        read_file(config, str(path))
        return config

    return read


def test_a_file_may_hold_comments_empty_lines_quotes_and_units(read):
    config = read(
        b"# a comment\n\n   \t\n  # another\nPort 7000\r\n\tmaxclients   50  \n"
        b"requirepass \"two words # \\x41\"\nproto-max-bulk-len 2mb\nlogfile ''\n"
        b'bind 127.0.0.1 ::1\nloglevel warning\n"loglevel" verbose\ntrace yes\n'
    )
    assert (config["port"], config["maxclients"], config["requirepass"]) == (7000, 50, "two words # A")
    assert (config["proto-max-bulk-len"], config["logfile"]) == (2 * 1024**2, "")
    assert (config["bind"], config["loglevel"], config["trace"]) == (["127.0.0.1", "::1"], "verbose", True)
    assert os.path.isabs(config.file) and config.file.endswith("redis.conf")


@pytest.mark.parametrize("password", [b"schl\xc3\xbcssel", b"\xff\x01"])
def test_a_file_may_hold_any_bytes(read, password):
    config = read(b"requirepass " + password)
    assert config.matching([b"requirepass"]) == {"requirepass": password}
    assert config.matching([b"requirepass"]) == read(b'requirepass "%b"' % password).matching(
        [b"requirepass"]
    )


def test_lines_that_are_repeated_add_up_or_the_last_one_wins(read):
    config = read(
        b"client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit replica 1mb 2mb 3\n"
        b"bind ::1\nbind 127.0.0.1\nmaxclients 1\nmaxclients 2\n"
    )
    limits = config.formatted("client-output-buffer-limit")
    assert limits == "normal 1 2 3 slave 1048576 2097152 3 pubsub 33554432 8388608 60"
    assert (config["bind"], config["maxclients"]) == (["127.0.0.1"], 2)


# Includes.


def test_an_included_file_counts_at_its_place(here, read):
    (here / "inner.conf").write_text("maxclients 1\ntcp-keepalive 1\n")
    (here / "outer.conf").write_text("include inner.conf\n")
    config = read(b"maxclients 5\ninclude outer.conf\ntcp-keepalive 5\n")
    assert (config["maxclients"], config["tcp-keepalive"]) == (1, 5)
    assert config.file == str(here / "redis.conf")


def test_a_pattern_includes_all_that_it_matches_in_order_and_may_match_nothing(here, read):
    for name, count in (("b", 2), ("a", 1), ("c", 3)):
        (here / f"{name}.conf").write_text(f"maxclients {count}")
    assert read(b'include "[ab].conf"\ninclude z*.conf\n')["maxclients"] == 2


def test_an_error_in_an_included_file_is_reported_with_its_line_there(here, read):
    (here / "inner.conf").write_text("\nport x\n")
    with pytest.raises(ConfigError, match=r"(?s)at line 2\n>>> 'port x'\n"):
        read(b"# one\n# two\n# three\ninclude inner.conf\n")


@pytest.mark.parametrize("line", ["include missing.conf", "include /"])
def test_an_included_file_that_cannot_be_read_stops_the_start(read, line):
    with pytest.raises(ConfigError, match=f"^Fatal error, can't open config file '{line[8:]}': "):
        read(line.encode())


# Errors.

WRONG_FILES = [
    b"nonsense 1", b"nonsense", b"# x\n\n port  x \n", b"maxclients 5\nport", b"port 1 2", b"port 99999",
    b"requirepass 'a", b'maxclients "5"x', b"maxclients 5 # five", b"include", b"include a b",
    b"list-max-ziplist-entries 5 6", b"sentinel monitor x", b"user", b"rename-command GET",
    b"oom-score-adj-values 1 2", b"save 900", b'save 900 1 ""', b"client-output-buffer-limit normal 1 2",
    b"unixsocketperm 999", b"unixsocketperm 1000", b"appenddirname a/b",
    b"appendfilename ''", b"supervised maybe", b"syslog-facility local9", b"io-threads 129",
    b"enable-debug-command perhaps", b"socket-mark-id -1", b"databases 0", b"daemonize x",
    b"replicaof host", b"replicaof host x", b"replicaof host 70000", b"shutdown-on-sigterm save nosave",
    b"a.b", b"loadmodule", b"trace",
]  # fmt: skip


@pytest.mark.parametrize("content", WRONG_FILES)
def test_an_error_in_a_file_is_reported_as_by_the_real_server(read, here, content):
    with pytest.raises(ConfigError) as caught:
        read(content)
    _, headline, where, line, _ = str(caught.value).split("\n")
    assert headline.startswith("*** FATAL CONFIG FILE ERROR (Redis 7.2")
    number = content.count(b"\n", 0, content.rstrip().rfind(b"\n") + 1) + 1
    assert where == f"Reading the configuration file, at line {number}"
    assert line == f">>> '{content.decode().strip().splitlines()[-1].strip()}'"
    if has_real_server() and content != b"trace":
        assert error_of_the_real_server(str(here / "redis.conf")) == unversioned(str(caught.value))


@pytest.mark.parametrize(
    "line", [b"replicaof host 1\ncluster-enabled yes", b"cluster-enabled yes\nslaveof host 1"]
)
def test_a_node_of_a_cluster_is_told_by_the_cluster_whom_to_replicate(read, here, line):
    with pytest.raises(ConfigError, match=r"\nreplicaof directive not allowed in cluster mode$") as caught:
        read(line)
    if has_real_server():
        assert error_of_the_real_server(str(here / "redis.conf")) == unversioned(str(caught.value))


def error_of_the_real_server(*words):
    run = subprocess.run(
        ["redis-server", *words], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert run.returncode == 1
    return unversioned(run.stderr.rstrip("\n"))


def unversioned(text):
    return re.sub(r"Redis 7\.\d+\.\d+", "Redis 7", text)


FIXED = {parameter.name for parameter in PARAMETERS.values() if parameter.fixed and not parameter.only}


OURS = {"page", "page-bind", "page-token", "single-core"}


@pytest.mark.parametrize("name", sorted(FIXED - OURS))
def test_a_wrong_value_of_a_fixed_parameter_is_rejected_as_by_the_real_server(config, name):
    if not has_real_server():
        pytest.skip("needs redis-server")
    for text in ("@bad", "-77"):
        try:
            read_command_line(config, ["--" + name, text])
        except ConfigError as ours:
            if "cpulist" not in name:  # the real server does not check it beforehand
                assert error_of_the_real_server("--" + name, text) == unversioned(str(ours))


@pytest.mark.parametrize(
    "line, reason",
    [
        (b"loadmodule /a/module.so", "this server cannot load modules, which are machine code"),
        (b"module.parameter 5", "Module Configuration detected without loadmodule directive"),
        (b"activedefrag yes", "this server supports only 'no' so far"),
    ],
)
def test_what_this_server_cannot_do_is_rejected_with_a_reason(read, line, reason):
    with pytest.raises(ConfigError, match=reason):
        read(line)


def test_parameters_of_old_versions_are_ignored(read):
    read(b"list-max-ziplist-entries 5\nlist-max-ziplist-value 5\nlua-replicate-commands yes\n")


def test_a_missing_file_is_an_error(config, tmp_path):
    path = tmp_path / "missing.conf"
    with pytest.raises(ConfigError) as caught:
        read_command_line(config, [str(path)])
    assert str(caught.value) == f"Fatal error, can't open config file '{path}': No such file or directory"


# The command line.


@pytest.mark.parametrize(
    "words, values",
    [
        ([], {}),
        (["--port", "7000"], {"port": 7000}),
        (["--PORT", "7000", "--maxclients", "5"], {"port": 7000, "maxclients": 5}),
        (["--bind", "127.0.0.1", "::1", "--trace"], {"bind": ["127.0.0.1", "::1"], "trace": True}),
        (["--trace", "no"], {"trace": False}),
        (["--trace", "--port", "1"], {"trace": True, "port": 1}),
        (["--requirepass", "two words"], {"requirepass": "two words"}),
        (["--requirepass", ""], {"requirepass": ""}),
        (["--requirepass", "--port"], {"requirepass": "--port"}),
        (["--port", "1", "--port", "2"], {"port": 2}),
        (["--port 3", "--maxclients", "5"], {"port": 3, "maxclients": 5}),
        (["--save", "--port", "4"], {"save": [], "port": 4}),
        (["--port", "4", "--SAVE"], {"save": [], "port": 4}),
        (["--shutdown-on-sigint", "nosave now"], {"shutdown-on-sigint": ["nosave", "now"]}),
        (["--shutdown-on-sigint", "nosave", "now"], {"shutdown-on-sigint": ["nosave", "now"]}),
        (["--requirepass", 'a"\\\n\xff'], {"requirepass": 'a"\\\n\xff'}),
    ],
)
def test_the_command_line_sets_parameters(config, words, values):
    read_command_line(config, words)
    assert {name: config[name] for name in values} == values


def test_a_file_may_come_first_then_the_input_and_the_command_line_has_the_last_word(
    config, tmp_path, monkeypatch
):
    path = tmp_path / "redis.conf"
    path.write_text("port 1\nmaxclients 1\ntcp-keepalive 1\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("port 2\nmaxclients 2\n"))
    read_command_line(config, [str(path), "--port", "3", "-"])
    assert (config["port"], config["maxclients"], config["tcp-keepalive"]) == (3, 2, 1)
    assert config.file == str(path)


def test_the_configuration_may_come_from_the_input_alone(config, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("port 2\n"))
    read_command_line(config, ["-", "--maxclients", "5"])
    assert (config["port"], config["maxclients"], config.file) == (2, 5, "")


WRONG_LINES = [
    ["--nonsense", "1"], ["--port"], ["--port", "--trace"], ["--port", "1", "2"], ["--port", "x"],
    ["--port", "-1"], ["--port", "1", "--", "--x"], ["-x"], ["extra", "--port"], ["--port=5"], ["--port x"],
    ["--port", "1 2"], ["--port", "1", "-", "--maxclients", "5"], ["--user"],
]  # fmt: skip


@pytest.mark.parametrize("words", WRONG_LINES)
def test_an_error_in_the_command_line_is_reported_as_by_the_real_server(config, here, words):
    (here / "redis.conf").write_text("maxclients 50\n")
    words = ["redis.conf", *words]
    with pytest.raises(ConfigError) as caught:
        read_command_line(config, words)
    assert re.search(r"at line [34]\n>>> '", str(caught.value))
    if has_real_server():
        assert error_of_the_real_server(*words) == unversioned(str(caught.value))


def test_options_are_lines_in_which_every_value_is_quoted():
    words = ["--port", "1", "--trace", "--bind", "a", "b c", "--save"]
    assert lines_of_options(words) == 'port "1"\ntrace yes\nbind "a" "b c"\nsave ""'


@pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
def test_the_real_server_reads_the_same_from_a_file_and_a_command_line(config, here):
    (here / "redis.conf").write_text(
        "client-output-buffer-limit replica 1mb 2mb 3\nmaxclients 51\nmaxclients 52\n"
        "latency-tracking-info-percentiles 50 99.90\noom-score-adj-values 1 2 3\n"
        "proc-title-template 'a {port}'\n"
        "hash-max-ziplist-value 1k\ninclude other*.conf\nshutdown-on-sigint now nosave\nunixsocketperm 700\n"
        'masterauth "\\xff\\x00 \\"x"\nhz 9000\n'
    )
    (here / "other1.conf").write_text("tcp-keepalive 5\n# a comment")
    words = ["--client-output-buffer-limit", "normal", "1", "2", "3", "--maxmemory-samples", "7"]
    read_command_line(config, ["redis.conf", *words])
    with real_server(here, *words, config_file="redis.conf") as address:
        client = Client(address)
        for name in (
            "client-output-buffer-limit", "maxclients", "latency-tracking-info-percentiles", "hz",
            "oom-score-adj-values", "proc-title-template", "hash-max-listpack-value", "tcp-keepalive",
            "shutdown-on-sigint", "unixsocketperm", "masterauth", "maxmemory-samples",
        ):  # fmt: skip
            [ours] = config.matching([name.encode()]).values()
            assert client("CONFIG", "GET", name)[1] == ours, name
        client.close()
