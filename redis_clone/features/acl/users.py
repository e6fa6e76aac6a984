"""A user: a name, its passwords, what it may do.  And Users: all of them, `default` always among them.

A connection that has not said who it is belongs to `default`.  Changes to a user are made on a copy and
taken over whole, so a list of rules with a fault in it changes nothing, and the connections that hold the
user see the new rules at their next command.  The caller holds the server's lock.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from redis_clone.command_table.registry import Command
from redis_clone.features.acl.categories import BadRule
from redis_clone.features.acl.passwords import NOBODYS, hashed, is_among, is_hash
from redis_clone.features.acl.selectors import SPACES, Denial, Selector, keys_to_check

GRAVITY = {"command": 1, "key": 2, "channel": 3}  # of several denials, which one is told
BAD_HASH = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
NO_SUCH_PASSWORD = "The password you are trying to remove from the user does not exist"


class User:
    """
    >>> user = User(b"alice")
    >>> user.change([b"on", b"nopass", b"~*", b"&*", b"+@all"])
    >>> user.formatted, user.may_do_everything
    (b'on nopass sanitize-payload ~* &* +@all', True)
    """

    def __init__(self, name: bytes, all_channels: bool = False) -> None:
        self.name = name
        self._reset(all_channels)

    def _reset(self, all_channels: bool) -> None:
        self.is_on = False
        self.needs_no_password = False
        self.sanitizes = True  # whether what it RESTOREs is looked at closely; ours always is
        self.passwords: dict[str, None] = {}  # their hashes, in the order in which they were given
        self.selectors = [Selector(all_channels)]  # the first is the root
        self.may_do_everything = False  # what the way of each command asks

    @property
    def root(self) -> Selector:
        return self.selectors[0]

    def denial(self, command: Command, argv: Sequence[bytes]) -> Denial | None:
        """Why this user may not run this; None when it may.

        Where no selector allows it, the one that came furthest tells why: it knew the command, not the key.
        """
        keys = keys_to_check(command, argv)
        acl_log = []
        for selector in self.selectors:
            denial = selector.check(command, argv, keys)
            if denial is None:
                return None
            acl_log.append(denial)
        return max(acl_log, key=lambda denial: (GRAVITY[denial.reason], denial.position))

    def may_read_all_keys(self, command: Command, argv: Sequence[bytes]) -> bool:
        """Besides running this, as SORT must that follows a pattern to other keys."""
        keys = keys_to_check(command, argv)
        return any(
            each.check(command, argv, keys) is None and each.reads_all_keys() for each in self.selectors
        )

    def accepts(self, password: bytes) -> bool:
        is_right = is_among(password, self.passwords or (NOBODYS,))
        return self.is_on and (self.needs_no_password or is_right)

    # The rules.

    def change(self, rules: Iterable[bytes], all_channels: bool = False) -> None:
        """Take rules, all of them or, with a BadRule that names the first bad one, none.

        `all_channels`: whether new selectors begin with all channels, as `acl-pubsub-default` says.
        """
        draft = self.copy()
        for rule in rules:
            try:
                draft.take(rule, all_channels)
            except BadRule as problem:
                shown = rule.decode("latin-1")
                raise BadRule(f"Error in ACL SETUSER modifier '{shown}': {problem}") from None
        self.become(draft)

    def copy(self) -> "User":
        twin = User(self.name)
        twin.become(self)
        return twin

    def become(self, other: "User") -> None:
        """Be as the other is, but for the name."""
        self.is_on, self.needs_no_password = other.is_on, other.needs_no_password
        self.sanitizes, self.passwords = other.sanitizes, other.passwords.copy()
        self.selectors = [selector.copy() for selector in other.selectors]
        self.may_do_everything = any(selector.allows_everything for selector in self.selectors)

    def take(self, rule: bytes, all_channels: bool) -> None:
        """One rule, for change() and for the reading of files; may_do_everything is not yet renewed."""
        word = rule.lower()
        if not rule:
            return
        if word in SWITCHES:
            attribute, value = SWITCHES[word]
            setattr(self, attribute, value)
        if word in (b"nopass", b"resetpass"):
            self.passwords = {}
        elif word == b"reset":
            self._reset(all_channels)
        elif word == b"clearselectors":
            del self.selectors[1:]
        elif rule[:1] in PASSWORD_RULES:
            PASSWORD_RULES[rule[:1]](self, rule[1:])
        elif rule.startswith(b"(") and rule.endswith(b")"):
            self.selectors.append(Selector.from_text(rule[1:-1], all_channels))
        elif word not in SWITCHES:
            self.root.change(rule)

    def _add_password(self, password: bytes) -> None:
        self._add_hash(hashed(password).encode())

    def _add_hash(self, digits: bytes) -> None:
        if not is_hash(digits):
            raise BadRule(BAD_HASH)
        self.passwords[digits.decode()] = None
        self.needs_no_password = False

    def _remove_password(self, password: bytes) -> None:
        self._remove_hash(hashed(password).encode())

    def _remove_hash(self, digits: bytes) -> None:
        if not is_hash(digits):
            raise BadRule(BAD_HASH)
        if digits.decode() not in self.passwords:
            raise BadRule(NO_SUCH_PASSWORD)
        del self.passwords[digits.decode()]

    # Telling.

    @property
    def flags(self) -> list[bytes]:
        flags = [b"on" if self.is_on else b"off"]
        if self.needs_no_password:
            flags.append(b"nopass")
        # A new user has the last one since 7.2; in 7.0 only one that was reset.
        return [*flags, b"sanitize-payload" if self.sanitizes else b"skip-sanitize-payload"]

    @property
    def formatted(self) -> bytes:
        """The rules that make such a user, as ACL LIST tells them behind the name."""
        passwords = [b"#" + digits.encode() for digits in self.passwords]
        others = [b"(" + selector.formatted + b")" for selector in self.selectors[1:]]
        return b" ".join([*self.flags, *passwords, self.root.formatted, *others])


SWITCHES: dict[bytes, tuple[str, bool]] = {
    b"on": ("is_on", True),
    b"off": ("is_on", False),
    b"nopass": ("needs_no_password", True),
    b"resetpass": ("needs_no_password", False),
    b"sanitize-payload": ("sanitizes", True),
    b"skip-sanitize-payload": ("sanitizes", False),
}
PASSWORD_RULES: dict[bytes, Callable[[User, bytes], None]] = {
    b">": User._add_password,
    b"#": User._add_hash,
    b"<": User._remove_password,
    b"!": User._remove_hash,
}


def join_selectors(words: Sequence[bytes]) -> list[bytes]:
    """Rules, of which those from one that opens a parenthesis to one that closes it are one rule.

    >>> join_selectors([b"on", b"(+get", b"~a)", b"+set"])
    [b'on', b'(+get ~a)', b'+set']
    """
    rules: list[bytes] = []
    open_from: int | None = None
    for at, word in enumerate(words):
        if open_from is None and word.startswith(b"(") and not word.endswith(b")"):
            open_from = at
        elif open_from is None:
            rules.append(word)
        elif word.endswith(b")"):
            rules.append(b" ".join(words[open_from : at + 1]))
            open_from = None
    if open_from is not None:
        shown = words[open_from].decode("latin-1")
        raise BadRule(f"Unmatched parenthesis in acl selector starting at '{shown}'.")
    return rules


def is_name(name: bytes) -> bool:
    return SPACES.isdisjoint(name)


def default_user() -> User:
    """As it is in a server that nobody has configured: it may do everything, and needs no password."""
    user = User(b"default")
    user.change([b"+@all", b"~*", b"&*", b"on", b"nopass"])
    return user


class Users:
    """
    >>> users = Users()
    >>> users.set_default_password("secret")
    >>> users.default_lets_in, users.authenticate(b"default", b"secret").name
    (False, b'default')
    """

    def __init__(self) -> None:
        self.default = default_user()
        self._by_name = {b"default": self.default}
        self.all_channels = False  # what `acl-pubsub-default` gives to a new user

    @property
    def default_lets_in(self) -> bool:
        """Need a new connection not say who it is?"""
        return self.default.needs_no_password and self.default.is_on

    def __iter__(self) -> Iterator[User]:
        """In the order of their names."""
        return iter([self._by_name[name] for name in sorted(self._by_name)])

    def get(self, name: bytes) -> User | None:
        return self._by_name.get(name)

    def set(self, name: bytes, words: Sequence[bytes]) -> User:
        """Change a user, or make it; BadRule when a rule is bad, and then nothing has changed."""
        user = self._by_name.get(name) or User(name, self.all_channels)
        user.change(join_selectors(words), self.all_channels)
        self._by_name[name] = user
        return user

    def remove(self, name: bytes) -> User | None:
        """The one who was removed, for its connections are to end."""
        return self._by_name.pop(name, None)

    def replace_all(self, users: dict[bytes, User]) -> list[User]:
        """Let these be all the users; the ones that they replace, for their connections are to end.

        The default user stays the same object, for it is everybody's who has not said who he is.
        """
        gone = [user for user in self._by_name.values() if user is not self.default]
        self.default.become(users.get(b"default") or default_user())
        self._by_name = {**users, b"default": self.default}
        return gone

    def authenticate(self, name: bytes, password: bytes) -> User | None:
        """The user, if this is its password; who does not exist takes as long to be refused."""
        user = self._by_name.get(name)
        if user is None:
            is_among(password, (NOBODYS,))
            return None
        return user if user.accepts(password) else None

    def set_default_password(self, password: str) -> None:
        """What applies `requirepass`; an empty one lets everybody in."""
        secret = password.encode("utf-8", "surrogateescape")
        self.default.change([b"resetpass", b">" + secret if secret else b"nopass"])


def channels_lost(before: User, after: User) -> dict[bytes, None] | None:
    """What is left to a user that may have lost channels; None when it has lost none."""
    if any(selector.all_channels for selector in after.selectors):
        return None
    left = {pattern: None for selector in after.selectors for pattern in selector.channels}
    had_all = any(selector.all_channels for selector in before.selectors)
    had = {pattern for selector in before.selectors for pattern in selector.channels}
    return left if had_all or not had <= left.keys() else None
