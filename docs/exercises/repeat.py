"""A number before a command repeats it: 5 INCR visits.

At the prompt of client.py, as in redis-cli, a number before a command says how often to send it.
`split_repeat` gets the words of a line and answers the pair (how often, the words to send). A line that is
a number and nothing else is no repetition: it goes to the server, which will not know it. `_INTEGER`, a
compiled pattern, says what counts as a number: a sign perhaps, and up to 18 digits.
"""

from exercises.machinery.trial import calling

CHAPTER = 23
LEVEL = 1
CONCEPT = "a small language at the prompt"
HOLE = "redis_clone/client/lines.py:split_repeat"
HINTS = (
    "_INTEGER.fullmatch(words[0]) is None if it is no number.",
    "There must be more than one word.",
    "return int(words[0]), words[1:], or else 1, words",
)


def asking(*words: bytes) -> calling:
    from redis_clone.client.lines import split_repeat

    return calling(split_repeat, list(words))


def test_a_number_before_a_command() -> None:
    asking(b"5", b"INCR", b"a").gives((5, [b"INCR", b"a"]))
    asking(b"+2", b"PING").gives((2, [b"PING"]))


def test_no_number() -> None:
    asking(b"INCR", b"a").gives((1, [b"INCR", b"a"]))
    asking(b"GET", b"5").gives((1, [b"GET", b"5"]))
    asking(b"5x", b"PING").gives((1, [b"5x", b"PING"]))


def test_a_number_alone() -> None:
    asking(b"5").gives((1, [b"5"]))


def test_a_number_of_nothing_is_sent_as_it_is() -> None:
    asking(b"0", b"PING").gives((0, [b"PING"]))
    asking(b"-3", b"PING").gives((-3, [b"PING"]))


def test_what_is_too_long_is_no_number() -> None:
    asking(b"1" * 19, b"PING").gives((1, [b"1" * 19, b"PING"]))
