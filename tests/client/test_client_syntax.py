"""What a command may go on with, from the manual of each server."""

import pytest

from redis_clone.client.completion import candidates, hint, typed
from redis_clone.client.help_pages import NO_MANUAL, help_on
from redis_clone.client.key_names import KeyNames
from redis_clone.client.line_editor import completions
from redis_clone.client.manual_pages import Manual, manual_of, page_of
from redis_clone.client.syntax import key_places, usage
from redis_clone.protocol.errors import RedisError

MANUALS: dict[
    object, Manual
] = {}  # of each server, for a page of every command takes long to send and to read


@pytest.fixture
def manual(request: pytest.FixtureRequest, address) -> Manual:
    """The manual of our server, and in the second run of the test that of the real one."""
    if address not in MANUALS:
        MANUALS[address] = manual_of(request.getfixturevalue("redis")("COMMAND DOCS"))
    return MANUALS[address]


@pytest.fixture
def keys() -> KeyNames:
    names = KeyNames()
    names.learn_listed([b"keys", b"*"], [b"user:1", b"user:2", b"my key", b'say "hi"', b"\xff", b""])
    return names


USAGES = [
        ("GET", "key"),
        ("DEL", "key [key ...]"),
        ("MSET", "key value [key value ...]"),
        ("BLPOP", "key [key ...] timeout"),
        ("LMOVE", "source destination LEFT|RIGHT LEFT|RIGHT"),
        ("ZADD", "key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...]"),
        ("GETEX", "key [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds"
                  "|PERSIST]"),
        ("CONFIG GET", "parameter [parameter ...]"),
        ("XADD", "key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value"
                 " [field value ...]"),
        ("SORT", "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA]"
                 " [STORE destination]"),
]  # fmt: skip


def test_the_usage_is_written_as_in_the_manuals_of_redis(manual: Manual) -> None:
    assert [(command, usage(manual[command].arguments)) for command, _ in USAGES] == USAGES


HINTS = [
        ("GET ", "key"),
        ("get", "key"),
        ("GET a", ""),
        ("SET a ", "value [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds"
                   "|PXAT unix-time-milliseconds|KEEPTTL]"),
        ("SET a 1 EX ", "seconds [NX|XX] [GET]"),
        ("SET a 1 GET EX 5 ", "[NX|XX]"),
        ("SET a 1 nonsense ", ""),
        ("ZADD z NX ", "[GT|LT] [CH] [INCR] score member [score member ...]"),
        ("ZADD z 1 ", "member [score member ...]"),
        ("ZADD z 1 a ", "[score member ...]"),
        ("DEL a ", "[key ...]"),
        ("BLMPOP 0 2 a b LEFT ", "[COUNT count]"),
        ("LMPOP 1 k ", "LEFT|RIGHT [COUNT count]"),
        ("LMPOP 2 left ", "key LEFT|RIGHT [COUNT count]"),
        ("ZDIFF 2 a b ", "[WITHSCORES]"),
        ("ZDIFF 3 ", "key key key [WITHSCORES]"),
        ("ZDIFF 999999999 a ", " ".join(["key"] * 10) + " [WITHSCORES]"),
        ("ZDIFF many a ", "[key ...] [WITHSCORES]"),
        ("EVAL script 1 ", "key [arg [arg ...]]"),
        ("EVAL script 1 k ", "[arg [arg ...]]"),
        ("EVAL script 0 ", "[arg [arg ...]]"),
        ("XREAD STREAMS ", "key [key ...] id [id ...]"),
        ("SORT k GET ", "pattern [GET pattern ...] [BY pattern] [LIMIT offset count] [ASC|DESC] [ALPHA]"
                        " [STORE destination]"),
        ("CONFIG SET a ", "value [parameter value ...]"),
        ("CONFIG", "GET | HELP | RESETSTAT | REWRITE | SET"),
        ("peek", "key"),
        ("nonsense ", ""),
        ("", ""),
]  # fmt: skip


def test_the_hint_is_what_is_still_due(manual: Manual) -> None:
    assert [(line, hint(line, manual)) for line, _ in HINTS] == HINTS


OFFERS = [
    ("HGETA", ["HGETALL"]),
    ("hgeta", ["hgetall"]),
    ("CONFIG RES", ["RESETSTAT"]),
    ("SET a 1 ", ["NX", "XX", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"]),
    ("SET a 1 ex", ["ex", "exat"]),
    ("SET a 1 EX ", []),
    ("SET a 1 NX P", ["PX", "PXAT"]),
    ("GEOSEARCH g FROMLONLAT 1 2 B", ["BYRADIUS", "BYBOX"]),
    ("GET u", ["user:1", "user:2"]),
    ("GET my", ['"my key"']),
    ('GET "my', ['"my key"']),
    ('GET "\\x', ['"\\xff"']),
    ("DEL user:1 user:2", ["user:2"]),
    ("SET user:1 u", []),
    ("peek u", ["user:1", "user:2"]),
    ("help @hy", ["@hyperloglog"]),
    ("help config res", ["resetstat"]),
    (":W", [":WIRE"]),
    (":wire o", ["on", "off"]),
    ("nonsense a", []),
]


def test_tab_offers_what_may_stand_there(manual: Manual, keys: KeyNames) -> None:
    assert [(line, candidates(line, manual, keys)) for line, _ in OFFERS] == OFFERS


def test_within_quotes_only_the_rest_of_the_word_is_put_in(manual: Manual, keys: KeyNames) -> None:
    assert completions('GET "my k', "k", manual, keys) == ['key" ']
    assert completions("GET user", "user", manual, keys) == ["user:1", "user:2"]


LINES = [
    ("", [], ""),
    ("GE", [], "GE"),
    ("GET a", [b"GET"], "a"),
    ('GET "a b', [b"GET"], '"a b'),
    ('GET "a b" c', [b"GET", b"a b"], "c"),
    ('"G E', [], '"G E'),
]


def test_a_line_is_cut_into_the_words_that_are_complete_and_the_last() -> None:
    assert [(line, *typed(line)) for line, *_ in LINES] == LINES


KEYS_OF = [
    ([b"SET", b"a", b"1", b"EX", b"5"], [b"a"]),
    ([b"MSET", b"a", b"1", b"b", b"2"], [b"a", b"b"]),
    ([b"DEL", b"a", b"b"], [b"a", b"b"]),
    ([b"BITOP", b"AND", b"d", b"a", b"b"], [b"d", b"a", b"b"]),
    ([b"CONFIG", b"GET", b"x"], []),
    ([b"EVAL", b"script", b"1", b"k", b"argument"], [b"k"]),
    ([b"LMPOP", b"2", b"left", b"LEFT", b"RIGHT"], [b"left", b"LEFT"]),
]


def test_the_keys_among_the_words_are_found(manual: Manual) -> None:
    assert [(command, keys_of(manual, command)) for command, _ in KEYS_OF] == KEYS_OF


def keys_of(manual: Manual, command: list[bytes]) -> list[bytes]:
    found = page_of(manual, command)
    assert found
    page, count = found
    return [command[count:][at] for at in key_places(page.arguments, command[count:])]


def test_keys_are_learned_from_replies_and_from_commands(manual: Manual) -> None:
    names = KeyNames()
    names.learn_listed([b"SCAN", b"0"], [b"0", [b"b", b"a"]])
    names.learn_listed([b"BLPOP", b"c", b"0"], [b"c", b"value"])
    names.learn_listed([b"GET", b"x"], b"no key")
    names.learn_typed([b"SET", b"d", b"v"], manual)
    assert names.beginning_with(b"") == [b"a", b"b", b"c", b"d"]


def test_help_shows_a_command_its_subcommands_and_a_group(manual: Manual) -> None:
    assert "  GET key\n  summary: " in help_on([b"get"], manual)
    assert "  CONFIG GET parameter [parameter ...]\n" in help_on([b"config", b"get"], manual)
    assert help_on([b"config"], manual).count("\n  summary: ") == 6
    strings = help_on([b"@string"], manual)
    assert "  APPEND key value\n" in strings and "  SETRANGE " in strings and "HGET" not in strings
    assert "  ZADD key " in help_on([b"@sorted_set"], manual)


def test_help_says_when_there_is_nothing(manual: Manual) -> None:
    assert help_on([b"nonsense"], manual) == "There is no command NONSENSE at this server."
    assert help_on([b"@nonsense"], manual) == "There is no group @NONSENSE at this server."
    assert help_on([b"get"], {}) == NO_MANUAL
    assert "@hash" in help_on([], manual) and "Groups" not in help_on([], {})


def test_a_server_without_command_docs_has_no_manual() -> None:
    assert manual_of(RedisError("ERR unknown subcommand 'DOCS'")) == {}


def test_the_manual_is_the_same_in_resp3(redis, redis3) -> None:
    assert manual_of(redis3("COMMAND DOCS")) == manual_of(redis("COMMAND DOCS"))
