"""A selector: one set of permissions, for commands, keys and channels together.

A user has a root selector, which its plain rules change, and any number of others, written in parentheses.
A command may run when one selector allows all of it: the command, the access to each key, and each channel.

    ~pattern     keys, to read and to write        %R~pattern  %W~pattern  to read, to write only
    &pattern     channels                           +command -command +@category ...  see command_rules.py

The flags of a command's key specs say what it does to a key: access reads its value; insert, update and
delete write it.  A command that only asks about the key, as EXISTS does, needs any pattern that matches.
"""

from collections.abc import Sequence
from typing import NamedTuple

from redis_clone.command_table.keyspecs import KeyAt
from redis_clone.command_table.registry import Command
from redis_clone.features.acl.categories import BadRule
from redis_clone.features.acl.command_rules import SYNTAX, CommandRules
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.inline import UnbalancedQuotes, split_words
from redis_clone.structures.glob import compiled

READ, WRITE = 1, 2
NEEDED = {"access": READ, "insert": WRITE, "update": WRITE, "delete": WRITE}  # by the flag of a key spec
PREFIXES = {READ: b"%R~", WRITE: b"%W~", READ | WRITE: b"~"}
SPACES = frozenset(b" \t\n\v\f\r\0")

USELESS_KEYS = (
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. "
    "Try 'resetkeys' to start with an empty list of patterns"
)
USELESS_CHANNELS = (
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any "
    "effect. Try 'resetchannels' to start with an empty list of channels"
)

ANY_NUMBER = None
CHANNELS: dict[str, tuple[int | None, bool]] = {  # the end of the channels in argv; are they patterns
    "PUBLISH": (2, False),
    "SPUBLISH": (2, False),
    "SUBSCRIBE": (ANY_NUMBER, False),
    "SSUBSCRIBE": (ANY_NUMBER, False),
    "PSUBSCRIBE": (ANY_NUMBER, True),
}


class Denial(NamedTuple):
    """Why a command may not run.  `position` is that of the key or channel in argv, 0 for the command."""

    reason: str  # "command", "key" or "channel"
    position: int = 0


class Selector:
    """The keys and channels that are allowed, by their patterns, and the commands.

    >>> selector = Selector()
    >>> for rule in (b"~user:*", b"%R~shared", b"&news"): selector.change(rule)
    >>> selector.formatted
    b'~user:* %R~shared resetchannels &news -@all'
    """

    def __init__(self, all_channels: bool = False) -> None:
        self.all_keys = False
        self.all_channels = all_channels
        self.keys: dict[bytes, int] = {}  # pattern -> READ, WRITE or both
        self.channels: dict[bytes, None] = {}
        self.commands = CommandRules()

    @classmethod
    def from_text(cls, text: bytes, all_channels: bool) -> "Selector":
        """The selector with the rules between two parentheses."""
        selector = cls(all_channels)
        try:
            rules = split_words(text)
        except UnbalancedQuotes:
            raise BadRule(SYNTAX) from None
        for rule in rules:
            selector.change(rule)
        return selector

    def copy(self) -> "Selector":
        clone = Selector(self.all_channels)
        clone.all_keys = self.all_keys
        clone.keys, clone.channels = self.keys.copy(), self.channels.copy()
        clone.commands = self.commands.copy()
        return clone

    @property
    def allows_everything(self) -> bool:
        return self.all_keys and self.all_channels and self.commands.allows_everything

    # Checking a command.

    def check(self, command: Command, argv: Sequence[bytes], keys: Sequence[KeyAt]) -> Denial | None:
        """Why a command may not run, None when it may.  `keys` are found once for all selectors."""
        if not self.commands.allows(command, argv):
            return Denial("command")
        for key_at in () if self.all_keys else keys:
            if not self.allows_key(argv[key_at.position], key_at.flags):
                return Denial("key", key_at.position)
        if self.all_channels or command.name not in CHANNELS:
            return None
        return self._check_channels(argv, *CHANNELS[command.name])

    def allows_key(self, key: bytes, flags: Sequence[str]) -> bool:
        if self.all_keys:
            return True
        needed = 0
        for flag in flags:
            needed |= NEEDED.get(flag, 0)
        return any(
            granted & needed == needed and compiled(pattern).matches(key)
            for pattern, granted in self.keys.items()
        )

    def reads_all_keys(self) -> bool:
        """May a command read keys whose names it finds while it runs, as SORT BY does?"""
        return self.all_keys or bool(self.keys.get(b"*", 0) & READ)

    def _check_channels(self, argv: Sequence[bytes], end: int | None, are_patterns: bool) -> Denial | None:
        for position, channel in list(enumerate(argv))[1:end]:
            if not covers(self.channels, channel, are_patterns):
                return Denial("channel", position)
        return None

    # Changing the rules.

    def change(self, rule: bytes) -> None:
        """Apply one rule; BadRule says what is wrong with it."""
        match rule.lower():
            case b"allkeys" | b"~*":
                self.all_keys, self.keys = True, {}
            case b"resetkeys":
                self.all_keys, self.keys = False, {}
            case b"allchannels" | b"&*":
                self.all_channels, self.channels = True, {}
            case b"resetchannels":
                self.all_channels, self.channels = False, {}
            case b"allcommands" | b"+@all":
                self.commands.allow_all()
            case b"nocommands" | b"-@all":
                self.commands.deny_all()
            case _:
                self._change_by_sign(rule)

    def _change_by_sign(self, rule: bytes) -> None:
        match rule[:1]:
            case b"+" | b"-":
                self.commands.change(rule.decode("latin-1"))
            case b"~" | b"%":
                self._add_keys(rule)
            case b"&":
                self._add_channels(rule[1:])
            case _:
                raise BadRule(SYNTAX)

    def _add_keys(self, rule: bytes) -> None:
        if self.all_keys:
            raise BadRule(USELESS_KEYS)
        access, _, pattern = rule.partition(b"~")
        granted = READ | WRITE
        if access:
            letters = sorted(access[1:].upper())
            if letters not in ([ord("R")], [ord("W")], [ord("R"), ord("W")]):
                raise BadRule(SYNTAX)
            granted = (READ if ord("R") in letters else 0) | (WRITE if ord("W") in letters else 0)
        _check_spaces(pattern)
        self.keys[pattern] = self.keys.get(pattern, 0) | granted

    def _add_channels(self, pattern: bytes) -> None:
        if self.all_channels:
            raise BadRule(USELESS_CHANNELS)
        _check_spaces(pattern)
        self.channels[pattern] = None

    # Showing the rules.

    @property
    def formatted_keys(self) -> bytes:
        if self.all_keys:
            return b"~*"
        return b" ".join(PREFIXES[granted] + pattern for pattern, granted in self.keys.items())

    @property
    def formatted_channels(self) -> bytes:
        if self.all_channels:
            return b"&*"
        return b" ".join(b"&" + pattern for pattern in self.channels)

    @property
    def formatted(self) -> bytes:
        """The rules of this selector, as ACL LIST shows them."""
        channels = [] if self.all_channels else [b"resetchannels"]
        parts = [
            self.formatted_keys,
            *channels,
            self.formatted_channels,
            self.commands.formatted.encode("latin-1"),
        ]
        return b" ".join(part for part in parts if part)


def covers(allowed: dict[bytes, None], channel: bytes, is_pattern: bool) -> bool:
    """Does an allowed pattern match this channel?  A pattern to subscribe to must be allowed itself."""
    if is_pattern:
        return channel in allowed
    return any(compiled(pattern).matches(channel) for pattern in allowed)


def keys_to_check(command: Command, argv: Sequence[bytes]) -> list[KeyAt]:
    """The keys of a call; an empty list where they cannot be found, because then the command will fail."""
    try:
        return [key_at for key_at in command.keys_in(argv) if "not_key" not in key_at.flags]
    except RedisError:
        return []


def _check_spaces(pattern: bytes) -> None:
    """BadRule for spaces, which would not survive being written to a file and read again."""
    if not SPACES.isdisjoint(pattern):
        raise BadRule(SYNTAX)
