"""Users and renamed commands in a configuration file, and clients that authenticate."""

import shutil
import subprocess
import sys

import pytest
from harness import PATIENCE, REPOSITORY, Client, started

from redis_clone.protocol.errors import RedisError


@pytest.fixture
def conf(tmp_path):
    return tmp_path / "redis.conf"


def test_users_and_renamed_commands(conf):
    conf.write_text(
        "user alice on >secret ~a* +@read +config|get (+set ~b)\n"
        "user default on nopass ~* &* +@all -flushall\n"
        "rename-command CONFIG hush\n"
        'rename-command keys ""\n'
        "rename-command get KEYS\n"
    )
    with started(str(conf)) as (_, port):
        redis = Client(("127.0.0.1", port))
        assert redis("ACL USERS") == [b"alice", b"default"]
        assert str(redis("FLUSHALL")).startswith("NOPERM")
        assert str(redis("CONFIG GET port")).startswith("ERR unknown command 'CONFIG'")
        assert redis("HUSH GET maxclients") == redis("hush get maxclients") == [b"maxclients", b"10000"]
        assert str(redis("GET a")).startswith("ERR unknown command") and redis("KEYS a") is None
        assert redis("COMMAND INFO keys")[0][0] == b"get"  # the table keeps its original name
        assert b"keys" not in redis("COMMAND LIST")
        assert redis("AUTH alice secret") == "OK"
        assert redis("hush get maxclients") and redis("KEYS a") is None  # rules mean the original names
        assert redis("KEYS x") == RedisError("NOPERM No permissions to access a key")
        redis.close()


WRONG = [
    ("rename-command foo bar", "No such command in rename-command"),
    ("rename-command get set", "Target command name already exists"),
    ("rename-command get", "Bad directive or wrong number of arguments"),
    ("user", "Bad directive or wrong number of arguments"),
    ("user alice on nonsense", "Error in user declaration 'alice': "),
    ("user alice (on", "Unmatched parenthesis"),
    (
        "user alice on\nuser alice off",
        "Duplicate user found. A user can only be defined once in config files",
    ),
    ('user "a b" on', "Spaces not allowed in ACL usernames"),
    ("user alice on\naclfile users.acl", "please define either an ACL file or declare users directly"),
    ("aclfile missing.acl", "Error loading ACLs, opening file 'missing.acl'"),
    ("tls-port 7777", "No tls-cert-file configured!"),
]
TRY_ALL = """
import sys
from redis_clone.network.program import main
for path in sys.argv[1:]:
    assert main([path, "--port", "0"]) == 1, path
    print("====", flush=True)
"""


def test_a_configuration_of_users_that_is_wrong_stops_the_start(tmp_path):
    """One process tries them all, because most of the time is its start."""
    paths = [tmp_path / f"{number}.conf" for number in range(len(WRONG))]
    for path, (line, _) in zip(paths, WRONG, strict=True):
        path.write_text(line + "\n")
    command = [sys.executable, "-c", TRY_ALL, *map(str, paths)]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, check=False, cwd=REPOSITORY, text=True, timeout=PATIENCE, **both)
    assert done.returncode == 0, done.stdout
    *reasons, rest = done.stdout.split("====\n")
    for reason, (line, expected) in zip(reasons, WRONG, strict=True):
        assert expected in reason, line
    assert not rest and "Traceback" not in done.stdout


def test_redis_py_and_our_clients_authenticate(conf):
    library = pytest.importorskip("redis")
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    at_once = {"retry": Retry(NoBackoff(), 0)}  # or it would try again and again, seconds later each time
    conf.write_text("user alice on >secret allkeys allcommands\nrequirepass hidden\n")
    with started(str(conf)) as (_, port):
        for protocol in (2, 3):
            client = library.Redis(port=port, username="alice", password="secret", protocol=protocol)
            assert client.acl_whoami() in (b"alice", "alice")
            assert client.acl_getuser("alice")["enabled"] is True
            assert client.acl_setuser("bob", enabled=True, passwords=["+one"], commands=["+get"], keys=["b*"])
            client.close()
            with pytest.raises(library.AuthenticationError):
                named = {"username": "alice", "password": "wrong", "protocol": protocol}
                library.Redis(port=port, **named, **at_once).ping()
        with pytest.raises(library.AuthenticationError):
            library.Redis(port=port, **at_once).ping()
        programs = [[sys.executable, "client.py"]] + ([["redis-cli"]] if shutil.which("redis-cli") else [])
        for program in programs:
            for words, name in (
                (["--user", "alice", "-a", "secret"], "alice"),
                (["-a", "hidden"], "default"),
                (
                    ["--user", "bob", "-a", "one"],
                    "NOPERM User bob has no permissions to run the 'acl|whoami'",
                ),
            ):
                command = [*program, "-p", str(port), "--no-auth-warning", *words, "ACL", "WHOAMI"]
                done = subprocess.run(
                    command, check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=PATIENCE
                )
                assert name in done.stdout, (command, done.stderr)
