"""Every parameter beside the real server's: its name, its default, the values that it takes or rejects."""

import pytest
from harness import Client, has_real_server, our_server, real_server

from redis_clone.config.parameters import PARAMETERS
from redis_clone.config.values import Config

# What only 7.2 has; the real server that is installed may be a 7.0.
NEWER = {
    "cluster-announce-human-nodename", "cluster-ping-interval", "locale-collate", "set-max-listpack-entries",
    "set-max-listpack-value",
}  # fmt: skip
OURS = {"page", "page-bind", "page-token", "single-core", "trace"}
HIDDEN_IN_7_2 = {"aof-disable-auto-gc"}

OTHER_DEFAULTS = {
    "bind": "a server should be reachable from the whole network only on request",
    "dir": "each was started in its own folder",
    "enable-protected-configs": "both were started with it here",
    "port": "the real one listens at a Unix socket",
    "save": "the real one was started without",
    "unixsocket": "the real one listens there",
}

TEXTS = (
    "", "@bad", "-5000000000", "-1", "1", "7", "yes", "no", "1mb", "1.5", "9223372036854775807",
    "99999999999999999999999",
)  # fmt: skip
MORE_TEXTS = {
    "acl-pubsub-default": ["allchannels", "RESETCHANNELS"],
    "appendfsync": ["always", "Everysec"],
    "client-output-buffer-limit": [
        "replica 1mb 2mb 3", "SLAVE 1 2 3 pubsub 4 5 6", "normal 1 1 2 normal 5 6 7", "normal 0 0 ",
        "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60", "master 1 2 3", "normal x 1 2",
        "normal 1 1 -2", "normal 1 1 2x", "foo 1 1 2 normal x 2 3", "normal 1 1", "normal 1  1 2",
    ],
    "cluster-announce-hostname": ["host-1.example.org", "a_b", "a" * 255, "a" * 256],
    "cluster-preferred-endpoint-type": ["hostname", "Unknown-Endpoint"],
    "dbfilename": ["a.rdb", "a/b", "a\\b"],
    "hz": ["0", "500", "501"],
    "latency-tracking-info-percentiles": [
        "50 99.99999999 0", "50  1", "1e1 0x10", "nan", "100.1", "50 x", "-0 100", "50 99 99.9",
    ],
    "maxmemory": ["kb", "1B", "2k", "2Kb", "3M", "1gB", " 5", "5 mb", "5x", "18446744073709551615gb"],
    "maxmemory-clients": ["50%", "101%", "00%", "0%", "x%", "%", "1gb"],
    "maxmemory-policy": ["allkeys-lru", "VOLATILE-ttl", "volatile-lru allkeys-lru", "volatile-lru "],
    "notify-keyspace-events": ["KEA", "Kx", "AKE$", "Q", "g$lshzxetdnKEm"],
    "oom-score-adj-values": ["1 2 3", "3 2 1", "-2000 0 2000", "1 2", "1 2 3000", "a b c", "1 2 "],
    "proc-title-template": [
        "{title} {port}", "{x}", "{", "{title", "title}", "{title}", "", "{title}x{unixsocket}",
    ],
    "propagation-error-behavior": ["panic", "panic-on-replicas"],
    "repl-diskless-load": ["swapdb", "on-empty-db"],
    "sanitize-dump-payload": ["clients"],
    "save": [
        "900 1 300 10", "900 1  300 10", " 900 1", "900 -1", "0 1", "900 1 300", "+9 010", "900 1 900 1",
        "900 ", "99999999999999999999 5",
    ],
    "shutdown-on-sigint": [
        "nosave force", "force nosave", "default now", "save nosave", "now x", "now now", "NOW", "now  force",
    ],
    "tls-auth-clients": ["optional"],
    "unixsocketperm": ["700"],
}  # fmt: skip
NOT_TRIED = {
    ("appendonly", "yes"),  # it would write files
    ("maxmemory-clients", "1"), ("maxmemory-clients", "7"), ("maxmemory-clients", "1mb"),  # ends connections
    ("maxmemory-clients", "99999999999999999999999"),  # there it overflows, and means 1%
    ("oom-score-adj", "yes"),  # needs permissions that not every user has
    ("watchdog-period", "1"), ("watchdog-period", "7"),  # interrupts the real server all the time
}  # fmt: skip
OTHER_ANSWERS = {
    "bind": "fixed here",
    "loglevel": "7.2 knows one level more",
    "port": "fixed here",
    "tls-port": "fixed here",
}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A client of our server and one of the real one, both with every parameter open to CONFIG SET."""
    if not has_real_server():
        pytest.skip("needs redis-server")
    may = "enable-protected-configs"
    with (
        our_server(**{may: "yes"}) as ours,
        real_server(tmp_path_factory.mktemp("real"), f"--{may}", "yes") as real,
    ):
        clients = [Client(ours), Client(real)]
        yield clients
        for client in clients:
            client.close()


def values(client, name):
    reply = client("CONFIG", "GET", name)
    return dict(zip(reply[::2], reply[1::2], strict=True))


def test_all_names_are_those_of_7_2(both):
    ours, real = (set(values(client, "*")) for client in both)
    names = {name.encode() for name in NEWER | OURS}
    hidden = {name.encode() for name in HIDDEN_IN_7_2}
    assert ours - names == real - names - hidden


def test_the_hidden_ones_are_known_there_too(both):
    for parameter in PARAMETERS.values():
        if parameter.hidden and parameter.name not in NEWER:
            ours, real = (values(client, parameter.name) for client in both)
            assert ours == real != {}


def test_all_defaults_are_those_of_the_real_server(both):
    ours, real = (values(client, "*") for client in both)
    others = {name for name in ours.keys() & real.keys() if ours[name] != real[name]}
    assert others <= {name.encode() for name in OTHER_DEFAULTS}


def test_each_parameter_takes_and_rejects_what_the_real_one_does(both):
    differences = []
    for name in sorted(PARAMETERS.keys() - NEWER - OURS - OTHER_ANSWERS.keys()):
        before = [client("CONFIG", "GET", name)[1] for client in both]
        for text in (*TEXTS, *MORE_TEXTS.get(name, ())):
            if (name, text) not in NOT_TRIED:
                differences += difference(both, name, text)
        for client, value in zip(both, before, strict=True):
            client("CONFIG", "SET", name, value)
    assert not differences, "\n".join(differences)


def difference(both, name, text):
    """How the two servers differ for a value: in the reply to CONFIG SET or in the value afterwards."""
    ours, real = (client("CONFIG", "SET", name, text) for client in both)
    if ours == "OK" == real and not PARAMETERS[name].only:
        ours, real = (values(client, name) for client in both)
    if ours != real and not (PARAMETERS[name].only and str(ours).endswith("so far")):
        yield f"CONFIG SET {name} {text!r}: {ours!r}, there {real!r}"


def test_what_only_7_2_has_has_its_limits_too():
    config = Config()
    assert config.formatted("set-max-listpack-entries") == "128"
    config.set_all({"cluster-announce-human-nodename": "node-1_a"})
    for name, text in (
        ("set-max-listpack-value", "1kb"),  # unlike those of hashes, which are sizes
        ("cluster-announce-human-nodename", "node@1"),
        ("loglevel", "silent"),
    ):
        with pytest.raises(Exception, match="CONFIG SET failed"):
            config.set_all({name: text})


def test_idle_parameters_that_are_set_are_known():
    config = Config()
    texts = {"hash-max-listpack-value": "7", "jemalloc-bg-thread": "no", "io-threads": "1"}
    config.set_all(texts, starting=True)
    assert config.set_without_effect() == ["jemalloc-bg-thread"]


def test_a_parameter_is_not_both_idle_and_only():
    assert not [parameter.name for parameter in PARAMETERS.values() if parameter.idle and parameter.only]
