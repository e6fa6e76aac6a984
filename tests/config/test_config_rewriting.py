"""CONFIG REWRITE, beside the real server's: the same file, rewritten by both."""

import os

import pytest
from harness import Client, has_real_server, real_server

from redis_clone.config.parameters import PARAMETERS
from redis_clone.config.reading import read_file
from redis_clone.config.rewriting import SIGNATURE, Draft, rewrite_file, rewritten, wanted_lines
from redis_clone.config.values import Config

CHANGES = {
    "maxclients": "51", "maxmemory-clients": "5%", "masterauth": 'a "b\xff', "notify-keyspace-events": "KEA",
    "dynamic-hz": "no", "repl-backlog-size": "3mb", "hz": "50", "latency-tracking-info-percentiles": "",
    "client-output-buffer-limit": "replica 1gb 1500 5", "oom-score-adj-values": "1 2 3",
    "hash-max-listpack-value": "0", "proto-max-bulk-len": "1073741825", "loglevel": "verbose",
    "shutdown-on-sigterm": "now nosave", "dbfilename": "",
}  # fmt: skip
CONTENT = r"""# A comment
  maxclients   50
Port 0

# about replicas
slave-read-only no
hash-max-ziplist-entries 33


loglevel notice
loglevel debug
logfile ""
requirepass ""
include inner.conf
client-output-buffer-limit normal 1 1 1
client-output-buffer-limit pubsub 2mb 3 4
client-output-buffer-limit normal 5 6 7
rename-command FLUSHALL ""
notify-keyspace-events ""
aclfile ""
tls-protocols ""
bind 127.0.0.1
hz 10
appendfilename 'a file'
# the end"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written_by_ours(path, content):
    """The file that our server writes after it has read `content` and changed some parameters."""
    path.write_text(content)
    config = Config()
    without_renaming = content.replace("rename-command", "#")
    path.write_text(without_renaming)
    read_file(config, str(path))
    path.write_text(content)
    config.set_all({"enable-protected-configs": "yes"}, starting=True)
    config.set_all(CHANGES)
    rewrite_file(config, {})
    return path.read_text()


@pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
@pytest.mark.parametrize("content", [CONTENT, CONTENT + "\n", "", SIGNATURE + "\nhz 20\n\n\n\n# x\n\n"])
def test_both_servers_rewrite_a_file_alike(here, content):
    (here / "inner.conf").write_text("tcp-keepalive 60\n")
    theirs = here / "theirs.conf"
    theirs.write_text(content)
    with real_server(here, "--enable-protected-configs", "yes", config_file=str(theirs)) as address:
        client = Client(address)
        for name, text in CHANGES.items():
            assert client("CONFIG", "SET", name, text) == "OK", name
        assert client("CONFIG REWRITE") == "OK"
        client.close()
    ours = written_by_ours(here / "ours.conf", content).split("\n")
    expected = theirs.read_text().split("\n")
    # Below the signature the order is that of a hash table there, and that of the topics here.
    head = expected.index(SIGNATURE if SIGNATURE not in content else "# x") + 1
    assert ours[:head] == expected[:head]
    assert {line for line in ours[head:] if not is_about_this_test(line)} == {
        line for line in expected[head:] if not is_about_this_test(line)
    }


def is_about_this_test(line):
    """Whether a line is about the start of the two servers, or about users."""
    return line.startswith(("unixsocket ", "enable-", "dir ", "port ", "save ", "user "))


@pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
def test_the_real_server_starts_with_what_ours_wrote(here):
    (here / "inner.conf").write_text("tcp-keepalive 60\n")
    path = here / "ours.conf"
    written_by_ours(path, CONTENT)
    with real_server(here, config_file=str(path)) as address:
        client = Client(address)
        for name, text in CHANGES.items():
            if name not in ("latency-tracking-info-percentiles", "client-output-buffer-limit"):
                wanted = PARAMETERS[name].kind
                assert client("CONFIG", "GET", name)[1] == (
                    wanted.format(wanted.parse(text)).encode("utf-8", "surrogateescape")
                )
        client.close()


def test_a_rewritten_file_is_read_again_and_rewriting_changes_nothing_more(here):
    (here / "inner.conf").write_text("")
    path = here / "redis.conf"
    once = written_by_ours(path, CONTENT.replace('rename-command FLUSHALL ""', ""))
    config = Config()
    read_file(config, str(path))
    for name, text in CHANGES.items():
        if name != "client-output-buffer-limit":
            assert config[name] == PARAMETERS[name].kind.parse(text), name
    rewrite_file(config, {})
    assert path.read_text().rstrip() == once.rstrip()


def test_a_line_that_cannot_be_understood_becomes_a_comment():
    draft = Draft("nonsense 1\nport '1\nuser ada on\ninclude x\n")
    assert draft.finished() == "# ??? nonsense 1\n# ??? port '1\nuser ada on\ninclude x\n\n"


def test_no_parameter_with_its_default_is_added():
    lines = rewritten("", Config(), {}).splitlines()
    assert {line.split()[0] for line in lines[1:]} == {"dir", "save", "latency-tracking-info-percentiles"}


def test_directives_are_written_in_place_of_the_old_ones():
    content = rewritten("user ada on\n# x\nuser bob off\n", Config(), {"user": ["user default on"]})
    assert content.splitlines()[:3] == ["user default on", "# x", ""]


def test_each_default_is_written_so_that_it_is_read_again(here):
    for parameter in set(PARAMETERS.values()):
        config = Config()
        for line in wanted_lines(parameter, config[parameter.name]):
            (here / "redis.conf").write_text(line.text + "\n")
            read_file(config, str(here / "redis.conf"))
        assert config[parameter.name] == parameter.kind.parse(parameter.default), parameter.name


@pytest.mark.parametrize("host", ["example.org", "::1", "a b", "", 'a"\r\nport 1', "no one"])
def test_any_host_of_a_master_is_written_so_that_it_is_read_again(here, host):
    config, again = Config(), Config()
    config.set_all({"replicaof": f"{host} 6379"}, starting=True)
    (here / "redis.conf").write_text(rewritten("", config, {}))
    read_file(again, str(here / "redis.conf"))
    assert again["replicaof"] == [host, "6379"] and again["port"] == config["port"]


def test_the_file_keeps_its_rights_and_nothing_else_is_left_in_the_folder(here):
    path = here / "redis.conf"
    path.write_text("port 1\n")
    path.chmod(0o600)
    config = Config()
    read_file(config, str(path))
    rewrite_file(config, {})
    assert os.listdir(here) == ["redis.conf"]
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_gone_is_made_anew(here):
    config = Config()
    config.file = str(here / "redis.conf")
    rewrite_file(config, {})
    assert (here / "redis.conf").read_text().startswith(SIGNATURE)


def test_a_file_that_cannot_be_replaced_leaves_no_draft(here):
    config = Config()
    config.file = str(here / "folder")
    os.mkdir(config.file)
    with pytest.raises(OSError, match="directory"):
        rewrite_file(config, {})
    assert os.listdir(here) == ["folder"]
