"""CONFIG SET sets all of its parameters, or none.

CONFIG SET takes several parameters at once: a certificate and its key fit together, and with one of them
alone the server could not go on. So either all are set or none is, even if the server learns only late that
one of them cannot be: some parameters must be *applied* (a folder is entered, a certificate is read), and
that may fail.

`texts` leads from names to texts, in the order in which they came. The helpers:

    self.check_settable(name)               raises a RedisError; not to be called while the server starts
    self._parse(name, text)                 the value; raises a RedisError
    self._joined(parameter, value, starting)    the value joined with what remains of the old one
    self._apply(name)                       makes the value work; raises a ValueError that says why it cannot
    set_error(name, reason)                 the RedisError to raise in that case

PARAMETERS[name] is a Parameter; its `name` is the name as Redis writes it, and self._values[parameter.name]
is the value now. Nothing may be changed before all texts are parsed; then all values are changed; then each
is applied. If one cannot be applied, all the old values are put back, and *applied again*. At the end, if the
server is `starting`, self._given gets the names.
"""

from functools import partial

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling, expect
from redis_clone.config.values import Config
from redis_clone.protocol.errors import RedisError

CHAPTER = 14
LEVEL = 3
CONCEPT = "roll back what cannot be finished"
HOLE = "redis_clone/config/values.py:Config.set_all"
HINTS = (
    "First only look: check_settable for each name (if not starting), and a dict of Parameter.name -> "
    "joined value.",
    "Keep the old values of just these names: {name: self._values[name] for name in parsed}. Then "
    "self._values.update(parsed), and apply them one by one.",
    "On a ValueError: self._values.update(old), self._apply each of them, and raise set_error(name, "
    "str(problem)).",
)


class Applied:
    """A Config that records when a parameter is applied; maxclients 13 cannot be."""

    def __init__(self) -> None:
        self.config = Config()
        self.calls: list[str] = []
        for name in ("maxclients", "timeout", "hz"):
            self.config.when_set(name, partial(self._take, name))
        self.calls.clear()

    def _take(self, name: str, value: object) -> None:
        self.calls.append(f"{name} {value}")
        if (name, value) == ("maxclients", 13):
            raise ValueError("The operating system refuses")

    def set(self, **texts: str) -> str:
        """OK or the error, the values after it, and what was applied."""
        self.calls.clear()
        try:
            self.config.set_all(texts)
            result = "OK"
        except RedisError as error:
            result = str(error)
        return (
            f"{result} | "
            + " ".join(str(self.config[name]) for name in texts)
            + " | "
            + ", ".join(self.calls)
        )


def test_one_parameter() -> None:
    own = Applied()
    calling(lambda: own.set(timeout="5"), shown="CONFIG SET timeout 5 | the value then | applied").gives(
        "OK | 5 | timeout 5"
    )


def test_several() -> None:
    own = Applied()
    calling(
        lambda: own.set(timeout="5", hz="20"), shown="CONFIG SET timeout 5 hz 20 | the values | applied"
    ).gives("OK | 5 20 | timeout 5, hz 20")


def test_if_one_cannot_be_parsed_none_is_set() -> None:
    own = Applied()
    calling(
        lambda: own.set(timeout="5", hz="many"), shown="CONFIG SET timeout 5 hz many | the values | applied"
    ).passes(
        lambda answer: answer.startswith("ERR CONFIG SET failed") and answer.endswith("| 0 10 | "),
        "an error | 0 10 | ",
    )


def test_if_one_may_not_be_set_none_is() -> None:
    own = Applied()
    calling(
        lambda: own.set(timeout="5", databases="3"),
        shown="CONFIG SET timeout 5 databases 3 | the values | applied",
    ).passes(
        lambda answer: "can't set immutable" in answer and answer.endswith("| 0 16 | "), "an error | 0 16 | "
    )


def test_if_one_cannot_be_applied_all_are_put_back() -> None:
    own = Applied()
    answer = calling(
        lambda: own.set(timeout="5", maxclients="13", hz="20"),
        given="13 connections cannot be had",
        shown="CONFIG SET timeout 5 maxclients 13 hz 20 | the values | applied",
    ).passes(
        lambda answer: "related to argument 'maxclients') - The operating system refuses" in answer,
        "the error of maxclients, which ends in: The operating system refuses",
    )
    expect("| 0 10000 10 |" in answer, "the values are 0 10000 10 again", answer)
    expect(
        answer.endswith("timeout 0, maxclients 10000, hz 10"),
        "at the end the old values are applied again",
        answer,
    )


def test_all_values_are_changed_before_the_first_is_applied() -> None:
    config, seen = Config(), []
    config.when_set("timeout", lambda value: seen.append(config["hz"]))
    seen.clear()
    config.set_all({"timeout": "5", "hz": "20"})
    given = "CONFIG SET timeout 5 hz 20, and hz was 10"
    calling(lambda: seen, given=given, shown="hz, when timeout was applied").gives([20])


def test_at_the_start_it_is_recorded_what_was_given() -> None:
    config = Config()

    def given(points: str) -> str:
        config.set_all({"save": points}, starting=True)
        return config.formatted("save")

    calling(given, "900 1", given="the server is starting", shown="save, after the line save 900 1").gives(
        "900 1"
    )
    calling(given, "60 5", given="save 900 1 was given", shown="save, after the line save 60 5").gives(
        "900 1 60 5"
    )
    calling(
        given, "9 9", given="save 900 1 and save 60 5 were given", shown="save, after the line save 9 9"
    ).gives("900 1 60 5 9 9")


def test_what_is_set_later_was_not_given_at_the_start() -> None:
    config = Config()
    config.set_all({"hz": "20"})
    calling(lambda: config.was_given, given="CONFIG SET hz 20", shown="was_given").gives(False)
    config.set_all({"hz": "30"}, starting=True)
    calling(lambda: config.was_given, given="the server is starting, with hz 30", shown="was_given").gives(
        True
    )


def test_the_command(server: LiveServer) -> None:
    client = server.client()
    client.expect("CONFIG SET timeout 100 hz 50", "OK")
    client.expect("CONFIG GET hz", [b"hz", b"50"])
    client.expect_error("CONFIG SET timeout 200 hz x", "ERR CONFIG SET failed")
    client.expect("CONFIG GET timeout", [b"timeout", b"100"])
