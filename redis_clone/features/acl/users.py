"""A user: its name, its passwords, and what it may do.  Users: all of them, `default` always among them.

A connection that has not authenticated belongs to `default`.  Changes to a user are made on a copy and then
taken over whole, so a list of rules with a fault in it changes nothing, and the connections of the user see
the new rules at their next command.  The caller holds the server's lock.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from redis_clone.command_table.registry import Command
from redis_clone.features.acl.categories import BadRule
from redis_clone.features.acl.passwords import DUMMY_HASH, hashed, is_among, is_hash
from redis_clone.features.acl.selectors import SPACES, Denial, Selector, keys_to_check

GRAVITY = {"command": 1, "key": 2, "channel": 3}  # of several denials, the highest is reported
BAD_HASH = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
NO_SUCH_PASSWORD = "The password you are trying to remove from the user does not exist"


class User:
    """One user.

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
        self.sanitizes = True  # whether RESTORE checks its payloads closely; ours always does
        self.passwords: dict[str, None] = {}  # their hashes, in the order in which they were given
        self.selectors = [Selector(all_channels)]  # the first is the root
        self.may_do_everything = False  # asked at each command, so it is computed beforehand

    @property
    def root(self) -> Selector:
        return self.selectors[0]

    def denial(self, command: Command, argv: Sequence[bytes]) -> Denial | None:
        """Why this user may not run a command; None when it may.

        If no selector allows it, the denial of the selector that came furthest is returned: one that allows
        the command but not the key.
        """
        keys = keys_to_check(command, argv)
        denials = []
        for selector in self.selectors:
            denial = selector.check(command, argv, keys)
            if denial is None:
                return None
            denials.append(denial)
        return max(denials, key=lambda denial: (GRAVITY[denial.reason], denial.position))

    def may_read_all_keys(self, command: Command, argv: Sequence[bytes]) -> bool:
        """Whether it may run a command and read all keys, as SORT does when it looks up other keys."""
        keys = keys_to_check(command, argv)
        return any(
            each.check(command, argv, keys) is None and each.reads_all_keys() for each in self.selectors
        )

    def accepts(self, password: bytes) -> bool:
        is_right = is_among(password, self.passwords or (DUMMY_HASH,))
        return self.is_on and (self.needs_no_password or is_right)

    # Changing the rules.

    def change(self, rules: Iterable[bytes], all_channels: bool = False) -> None:
        """Apply all rules or, with a BadRule that names the first bad one, none.

        `all_channels` says whether new selectors begin with all channels (`acl-pubsub-default`).
        """
        draft = self.copy()
        for rule in rules:
            try:
                draft.apply_rule(rule, all_channels)
            except BadRule as problem:
                shown = rule.decode("latin-1")
                raise BadRule(f"Error in ACL SETUSER modifier '{shown}': {problem}") from None
        self.become(draft)

    def copy(self) -> "User":
        clone = User(self.name)
        clone.become(self)
        return clone

    def become(self, other: "User") -> None:
        """Take over everything but the name of another user."""
        self.is_on, self.needs_no_password = other.is_on, other.needs_no_password
        self.sanitizes, self.passwords = other.sanitizes, other.passwords.copy()
        self.selectors = [selector.copy() for selector in other.selectors]
        self.may_do_everything = any(selector.allows_everything for selector in self.selectors)

    def apply_rule(self, rule: bytes, all_channels: bool) -> None:
        """Apply one rule, for change() and for files; may_do_everything is not computed anew."""
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

    # Showing the user.

    @property
    def flags(self) -> list[bytes]:
        flags = [b"on" if self.is_on else b"off"]
        if self.needs_no_password:
            flags.append(b"nopass")
        # A new user has the last flag since 7.2; in 7.0 only one that was reset.
        return [*flags, b"sanitize-payload" if self.sanitizes else b"skip-sanitize-payload"]

    @property
    def formatted(self) -> bytes:
        """The rules of this user, as ACL LIST shows them behind the name."""
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
    """The rules, with the words from an opening to a closing parenthesis joined to one rule.

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
    """The default user of a server without configuration: it may do everything, and needs no password."""
    user = User(b"default")
    user.change([b"+@all", b"~*", b"&*", b"on", b"nopass"])
    return user


class Users:
    """All users of the server.

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
        """Whether a new connection needs no password."""
        return self.default.needs_no_password and self.default.is_on

    def __iter__(self) -> Iterator[User]:
        """The users in the order of their names."""
        return iter([self._by_name[name] for name in sorted(self._by_name)])

    def get(self, name: bytes) -> User | None:
        return self._by_name.get(name)

    def set(self, name: bytes, words: Sequence[bytes]) -> User:
        """Change or create a user; with a BadRule nothing has changed."""
        user = self._by_name.get(name) or User(name, self.all_channels)
        user.change(join_selectors(words), self.all_channels)
        self._by_name[name] = user
        return user

    def remove(self, name: bytes) -> User | None:
        """Remove a user and return it, because its connections must be closed."""
        return self._by_name.pop(name, None)

    def replace_all(self, users: dict[bytes, User]) -> list[User]:
        """Replace all users; returns the old ones, because their connections must be closed.

        The default user stays the same object: it belongs to all connections that have not authenticated.
        """
        removed = [user for user in self._by_name.values() if user is not self.default]
        self.default.become(users.get(b"default") or default_user())
        self._by_name = {**users, b"default": self.default}
        return removed

    def authenticate(self, name: bytes, password: bytes) -> User | None:
        """The user, if this is its password.  A user that does not exist is rejected after the same time."""
        user = self._by_name.get(name)
        if user is None:
            is_among(password, (DUMMY_HASH,))
            return None
        return user if user.accepts(password) else None

    def set_default_password(self, password: str) -> None:
        """The hook of `requirepass`; with an empty password every client is accepted."""
        secret = password.encode("utf-8", "surrogateescape")
        self.default.change([b"resetpass", b">" + secret if secret else b"nopass"])


def channels_lost(before: User, after: User) -> dict[bytes, None] | None:
    """The channels that are left to a user that may have lost some; None when it has lost none."""
    if any(selector.all_channels for selector in after.selectors):
        return None
    left = {pattern: None for selector in after.selectors for pattern in selector.channels}
    had_all = any(selector.all_channels for selector in before.selectors)
    had = {pattern for selector in before.selectors for pattern in selector.channels}
    return left if had_all or not had <= left.keys() else None
