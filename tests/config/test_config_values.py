"""The configuration: kinds of values, CONFIG SET and GET, and hooks that may reject a value."""

import os

import pytest
from tables import for_each

from redis_clone.config.kinds import Choice, Folder, Integer, Memory, Text, YesNo
from redis_clone.config.parameters import PARAMETERS, Parameter
from redis_clone.config.values import Config, change_directory
from redis_clone.config.word_kinds import Words
from redis_clone.protocol.errors import RedisError
from redis_clone.structures.glob import Glob


@pytest.fixture
def config():
    return Config()


def set_error(name, reason):
    return RedisError(f"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}")


# Kinds.


@for_each(
    "kind, text, value, formatted",
    [
        (Integer(-5, 5), "-5", -5, "-5"),
        (Integer(0, 5), "5", 5, "5"),
        (Memory(0, 2**40), "0", 0, "0"),
        (Memory(0, 2**40), "10b", 10, "10"),
        (Memory(0, 2**40), "2k", 2000, "2000"),
        (Memory(0, 2**40), "2kB", 2048, "2048"),
        (Memory(0, 2**40), "2M", 2_000_000, "2000000"),
        (Memory(0, 2**40), "2mb", 2 * 1024**2, "2097152"),
        (Memory(0, 2**40), "3g", 3 * 10**9, "3000000000"),
        (Memory(0, 2**40), "3GB", 3 * 1024**3, "3221225472"),
        (YesNo(), "YES", True, "yes"),
        (YesNo(), "no", False, "no"),
        (Choice(("slow", "fast")), "Fast", "fast", "fast"),
        (Text(), "", "", ""),
        (Text(), "two  words", "two  words", "two  words"),
        (Words(), "one two", ["one", "two"], "one two"),
        (Words(), "", [], ""),
        (Folder(), "/tmp/../tmp/", "/tmp", "/tmp"),
    ],
)
def test_a_kind_reads_a_value_and_writes_it(kind, text, value, formatted):
    assert kind.parse(text) == value and kind.format(value) == formatted


NO_INTEGER = "argument couldn't be parsed into an integer"
NO_MEMORY = "argument must be a memory value"


@for_each(
    "kind, text, reason",
    [
        (Integer(0, 5), "", NO_INTEGER),
        (Integer(0, 5), "x", NO_INTEGER),
        (Integer(0, 5), "05", NO_INTEGER),
        (Integer(0, 5), "1 ", NO_INTEGER),
        (Integer(0, 5), "1kb", NO_INTEGER),
        (Integer(0, 5), "9" * 30, NO_INTEGER),
        (Integer(0, 5), "6", "argument must be between 0 and 5 inclusive"),
        (Integer(0, 5), "-1", "argument must be between 0 and 5 inclusive"),
        (Memory(10, 20), "x", NO_MEMORY),
        (Memory(10, 20), "-1", NO_MEMORY),
        (Memory(10, 20), "1.5mb", NO_MEMORY),
        (Memory(10, 20), "1 kb", NO_MEMORY),
        (Memory(10, 20), "1tb", NO_MEMORY),
        (Memory(10, 20), "1kb", "argument must be between 10 and 20 inclusive"),
        (YesNo(), "true", "argument must be 'yes' or 'no'"),
        (YesNo(), "", "argument must be 'yes' or 'no'"),
        (Choice(("slow", "fast")), "x", "argument(s) must be one of the following: slow, fast"),
    ],
)
def test_a_kind_says_what_is_wrong_with_a_value(kind, text, reason):
    with pytest.raises(ValueError) as caught:
        kind.parse(text)
    assert str(caught.value) == reason


def test_each_default_is_a_value_and_is_read_back_as_it_is_formatted(config):
    for name, parameter in PARAMETERS.items():
        read_back = parameter.kind.parse(config.formatted(parameter.name))
        assert read_back == parameter.kind.parse(parameter.default) == config[parameter.name], name


# CONFIG SET.


def test_a_parameter_changes_and_is_formatted_in_its_shortest_form(config):
    config.set_all({"proto-max-bulk-len": "2MB", "loglevel": "VERBOSE"})
    assert config["proto-max-bulk-len"] == 2097152
    assert (config.formatted("proto-max-bulk-len"), config.formatted("loglevel")) == ("2097152", "verbose")


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("maxclients", "x", NO_INTEGER),
        ("port", "7000", "can't set immutable config"),
        ("port", "x", "can't set immutable config"),
        ("activedefrag", "yes", "this server supports only 'no' so far"),
        ("appendonly", "maybe", "argument must be 'yes' or 'no'"),
    ],
)
def test_one_wrong_value_and_nothing_changes(config, name, text, reason):
    before = dict(config._values)
    with pytest.raises(RedisError) as caught:
        config.set_all({"tcp-keepalive": "7", name: text, "loglevel": "debug"})
    assert caught.value == set_error(name, reason)
    assert config._values == before


def test_a_fixed_parameter_may_be_set_at_the_start_and_an_only_one_to_its_default(config):
    config.set_all({"port": "7000", "appendonly": "NO"}, starting=True)
    assert config["port"] == 7000 and config["appendonly"] is False


# Hooks.


@pytest.fixture
def applied(config):
    """The values that the hooks of two parameters were called with; that of maxclients rejects 13."""
    values = []

    def superstitious(value):
        values.append(("maxclients", value))
        if value == 13:
            raise ValueError("not that one")

    config.when_set("tcp-keepalive", lambda value: values.append(("tcp-keepalive", value)))
    config.when_set("maxclients", superstitious)
    return values


def test_a_hook_is_called_at_once_and_at_each_change(config, applied):
    assert applied == [("tcp-keepalive", 300), ("maxclients", 10000)]
    config.set_all({"tcp-keepalive": "5", "loglevel": "debug"})
    assert applied[2:] == [("tcp-keepalive", 5)]


def test_a_hook_that_rejects_a_value_rolls_everything_back(config, applied):
    applied.clear()
    with pytest.raises(RedisError) as caught:
        config.set_all({"tcp-keepalive": "5", "maxclients": "13", "loglevel": "debug"})
    assert caught.value == set_error("maxclients", "not that one")
    assert (config["tcp-keepalive"], config["maxclients"], config["loglevel"]) == (300, 10000, "notice")
    assert dict(applied) == {"tcp-keepalive": 300, "maxclients": 10000}  # the last value of each hook


def test_a_change_of_folder_that_is_rolled_back_leads_back_to_the_old_one(
    config, applied, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner").mkdir()
    config.set_all({"dir": "."})
    config.when_set("dir", change_directory)
    with pytest.raises(RedisError):
        config.set_all({"dir": "inner", "maxclients": "13"})
    assert os.getcwd() == config["dir"] == str(tmp_path)
    config.set_all({"dir": "inner"})
    assert os.getcwd() == config["dir"] == str(tmp_path / "inner")


@pytest.mark.parametrize(
    "path, reason", [("missing", "No such file or directory"), ("file", "Not a directory")]
)
def test_a_folder_that_is_none_is_rejected_with_the_systems_reason(tmp_path, path, reason):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=reason):
        change_directory(str(tmp_path / path))


# CONFIG GET.


@pytest.mark.parametrize(
    "patterns, names",
    [
        ([b"port"], ["port"]),
        ([b"PORT"], ["PORT"]),  # a plain name is shown as it was typed
        ([b"POR[T]", b"PORT", b"port"], ["port"]),
        ([b"max[cm]*s"], ["maxclients", "maxmemory-clients", "maxmemory-samples"]),
        ([b"hash-max-*-value"], ["hash-max-listpack-value", "hash-max-ziplist-value"]),
        ([b"key-load*"], []),  # it is hidden
        ([b"key-load-delay"], ["key-load-delay"]),
        ([b"nonsense"], []),
        ([b"po[r]t", b"p?rt", b"dir"], ["dir", "port"]),
        ([], []),
    ],
)
def test_parameters_are_found_by_patterns_each_once(config, patterns, names):
    assert sorted(config.matching(patterns)) == names


def test_a_parameter_is_changeable_unless_it_is_marked():
    parameter = Parameter("name", "1", Integer(0, 1))
    assert not parameter.fixed and not parameter.only


def test_many_patterns_are_matched_no_more_than_once_each(monkeypatch):
    asked = []
    matches = Glob.matches
    monkeypatch.setattr(Glob, "matches", lambda glob, text: asked.append(text) or matches(glob, text))
    config = Config()
    shown = config.matching([b"*"] * 10_000 + [b"max*"] * 10_000 + [b"maxmemory"])
    assert len(asked) <= 2 * len(PARAMETERS) and "maxmemory" in shown
