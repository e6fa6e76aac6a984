"""What is compared of two servers after a conversation, besides the replies.

    events      the keyspace notifications, in their order, as a subscriber to all of them gets them
    counters    hits, misses and changes; calls, rejected and failed calls of each command; each error
    encodings   of each key, of which the digest of the data says nothing
    digest      the data; members and scores of a sorted set, for 7.2 digests a score in fewer digits than 7.0

Replies alone do not show these where they go wrong: a command that answers as in Redis may still notify,
count or convert too much.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from argument_values import BY_TYPE
from harness import Address, Client

from redis_clone.protocol.replies import OK, encode_command

Argv = list[bytes]
Event = tuple[bytes, bytes]  # channel, message
KEYS = sorted({*BY_TYPE["key"]})
DATABASES = [b"0", b"1"]
RARE_DATABASES = [b"2", b"3", b"5", b"10", b"15"]  # chosen by a number that was meant otherwise

# Each conversation begins with these, and with no key.
PERSISTENCE = [b"INFO", b"persistence"]
START = [[b"FLUSHALL"], PERSISTENCE, [b"CONFIG", b"RESETSTAT"]]
LOOK_AT_ALL_KEYS = [b"SCAN", b"0", b"COUNT", b"1000"]  # deletes expired keys
END_OF_EVENTS = b"the end of events"

# The order matters: INFO counts what stands before it, and looking deletes the keys that have expired.
COUNTERS = [b"INFO", b"stats", b"persistence", b"errorstats", b"commandstats"]
FINISH = [[b"DISCARD"], [b"HELLO", b"2"], COUNTERS]
for db in DATABASES:
    FINISH += [[b"SELECT", db], *([b"OBJECT", b"ENCODING", key] for key in KEYS), LOOK_AT_ALL_KEYS]
for db in RARE_DATABASES:
    FINISH += [[b"SELECT", db], LOOK_AT_ALL_KEYS]
for db in DATABASES + RARE_DATABASES:
    FINISH.append([b"SELECT", db])
    for key in KEYS:
        FINISH += [[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"], [b"DEBUG", b"DIGEST-VALUE", key]]
FINISH.append([b"PUBLISH", END_OF_EVENTS, b""])

COUNTED = [
    "keyspace_hits", "keyspace_misses", "expired_keys", "total_error_replies", "unexpected_error_replies",
    "total_commands_processed",
]  # fmt: skip
DIRTY = "rdb_changes_since_last_save"
OF_A_COMMAND = ("calls", "rejected_calls", "failed_calls")  # the other fields are times
# 7.2 creates a consumer that reads or claims nothing, and 7.0 does not.  So these events are not compared,
# and the changes that they stand for are not counted.
OF_CONSUMERS = (b"xgroup-createconsumer", b"xgroup-delconsumer")
# Commands that look at members of a set or at many keys, and what they meet there.
IN_ANY_ORDER = {
    b"SORT": [b"keymiss"], b"SORT_RO": [b"keymiss"], b"SCAN": [b"expired", b"keymiss"], b"KEYS": [b"expired"],
}  # fmt: skip


class Told(NamedTuple):
    """All that one server says in a conversation."""

    started: list[Any]  # the replies to START, and to what stands before it
    replies: list[Any]  # to the commands of the conversation
    finished: list[Any]  # to FINISH
    events: list[Event]


class Observation(NamedTuple):
    """What one server shows besides the replies."""

    events: list[Event]
    counters: dict[str, str]
    answers: list[tuple[Argv, Any]]  # what FINISH asked about the data


def observation(commands: Sequence[Argv], told: Told) -> Observation:
    before = _fields(told.started[START.index(PERSISTENCE) - len(START)])
    after = _fields(told.finished[FINISH.index(COUNTERS)])
    of_consumers = sum(_name(event) in OF_CONSUMERS for event in told.events) // 2  # each is published twice
    counters = {name: after[name] for name in COUNTED} | dict(_counters_by_name(after))
    counters[DIRTY] = str(int(after[DIRTY]) - int(before[DIRTY]) - of_consumers)
    asked = zip(FINISH, told.finished, strict=True)
    answers = [(argv, answer) for argv, answer in asked if argv[0] in (b"OBJECT", b"ZRANGE", b"DEBUG")]
    return Observation(
        _compared_events(commands, told.events), counters, list(_but_digests_of_scores(answers))
    )


def _but_digests_of_scores(answers: list[tuple[Argv, Any]]) -> Iterator[tuple[Argv, Any]]:
    """The answers without the digest of each sorted set, which follows its members and scores."""
    is_sorted_set = False
    for argv, answer in answers:
        if not (is_sorted_set and argv[0] == b"DEBUG"):
            yield argv, answer
        is_sorted_set = argv[0] == b"ZRANGE" and isinstance(answer, list) and bool(answer)


def _compared_events(commands: Sequence[Argv], events: list[Event]) -> list[Event]:
    """All but OF_CONSUMERS; a row of those that come IN_ANY_ORDER is sorted."""
    any_order = [event for name, events in IN_ANY_ORDER.items() for event in events if _has(commands, name)]
    kept = [event for event in events if _name(event) not in OF_CONSUMERS]
    runs = groupby(kept, lambda event: _name(event) in any_order)
    return [event for is_unordered, run in runs for event in (sorted(run) if is_unordered else run)]


def _has(commands: Sequence[Argv], name: bytes) -> bool:
    return any(argv[0] == name for argv in commands)


def _name(event: Event) -> bytes:
    """The name of an event, which is behind the channel's colon or in the message."""
    channel, message = event
    return channel.rpartition(b":")[2] if channel.startswith(b"__keyevent") else message


def _fields(info: bytes) -> dict[str, str]:
    lines = [line for line in info.decode("latin-1").split("\r\n") if ":" in line]
    return dict(line.split(":", 1) for line in lines)


def _counters_by_name(fields: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The counters of each command and of each error."""
    for name, text in fields.items():
        if name.startswith("errorstat_"):
            yield name, text
        elif name.startswith("cmdstat_"):
            counts = dict(part.split("=") for part in text.split(","))
            yield name, " ".join(f"{each}={counts[each]}" for each in OF_A_COMMAND)


class Observer:
    """Makes a server notify of all events and expire no key by itself, until it is closed."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._run([b"CONFIG", b"SET", b"notify-keyspace-events", b"KEAmn"])
        self._run([b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0"])

    def close(self) -> None:
        self._run([b"CONFIG", b"SET", b"notify-keyspace-events", b""])
        self._run([b"DEBUG", b"SET-ACTIVE-EXPIRE", b"1"])

    def subscriber(self) -> Client:
        """A client that gets all events."""
        client = Client(self._address)
        client("PSUBSCRIBE", b"__key*__:*", END_OF_EVENTS)
        client.read()  # the reply for the second pattern
        return client

    def _run(self, argv: Argv) -> None:
        client = Client(self._address)
        client.send_bytes(encode_command(argv))
        assert client.read() == OK
        client.leave()


def events_of(subscriber: Client) -> list[Event]:
    """Channel and message of each event until END_OF_EVENTS."""
    events = []
    while (message := subscriber.read())[2] != END_OF_EVENTS:
        events.append((message[2], message[3]))
    return events
