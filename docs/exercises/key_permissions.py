"""Which keys may this user touch?

`ACL SETUSER ada ~cart:* %R~price:*` lets ada read and write carts, and only read prices. `self.keys` leads
from each pattern to what it grants: READ, WRITE, or both, as bits. `allows_key(key, flags)` answers whether
there is *one* pattern that fits the key and grants all that is needed.

What is needed follows from `flags`, the flags of a key in the command table: access needs READ; insert,
update and delete need WRITE; other flags, such as RW or OW, need nothing. NEEDED leads from the flags to
the bits. A command that only looks whether a key exists, as EXISTS does, needs neither bit, but a pattern
must fit all the same. And a user with `self.all_keys` may touch everything.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling
from redis_clone.features.acl.selectors import Selector

CHAPTER = 17
LEVEL = 2
CONCEPT = "least privilege, as bits"
HOLE = "redis_clone/features/acl/selectors.py:Selector.allows_key"
HINTS = (
    "Gather what is needed: for each flag, needed |= NEEDED.get(flag, 0).",
    "One pattern must grant all of it: granted & needed == needed. It does not help if one lets read "
    "and another write.",
    "compiled(pattern).matches(key) says whether it fits; any() over self.keys.items() does the rest.",
)


def with_rules(*rules: bytes) -> Selector:
    selector = Selector()
    for rule in rules:
        selector.change(rule)
    return selector


def asking(selector: Selector, key: bytes, *flags: str) -> calling:
    return calling(selector.allows_key, key, flags, given=f"the rules {selector.formatted_keys.decode()}")


def test_a_key_that_no_pattern_fits() -> None:
    asking(with_rules(b"~cart:*"), b"price:1", "RO", "access").gives(False)
    asking(with_rules(), b"price:1", "RO", "access").gives(False)


def test_a_pattern_for_reading_and_writing() -> None:
    for flag in ("access", "insert", "update", "delete"):
        asking(with_rules(b"~cart:*"), b"cart:1", "RW", flag).gives(True)


def test_a_pattern_for_reading_only() -> None:
    asking(with_rules(b"%R~price:*"), b"price:1", "RO", "access").gives(True)
    asking(with_rules(b"%R~price:*"), b"price:1", "OW", "update").gives(False)
    asking(with_rules(b"%R~price:*"), b"price:1", "RW", "insert", "delete").gives(False)
    asking(with_rules(b"%R~price:*"), b"price:1", "RW", "access", "update").gives(False)


def test_a_pattern_for_writing_only() -> None:
    asking(with_rules(b"%W~log"), b"log", "RW", "insert").gives(True)
    asking(with_rules(b"%W~log"), b"log", "RO", "access").gives(False)


def test_one_pattern_must_grant_all() -> None:
    asking(with_rules(b"%R~a*", b"%W~*b"), b"ab", "RW", "access", "update").gives(False)
    asking(with_rules(b"%R~a*", b"%W~*b", b"%RW~ab"), b"ab", "RW", "access", "update").gives(True)


def test_a_command_that_neither_reads_nor_writes_needs_a_pattern_too() -> None:
    asking(with_rules(b"%W~log"), b"log", "RO").gives(True)
    asking(with_rules(b"%W~log"), b"other", "RO").gives(False)


def test_a_user_who_may_touch_everything() -> None:
    asking(with_rules(b"~*"), b"any", "RW", "access", "delete").gives(True)


def test_in_the_server(server: LiveServer) -> None:
    client = server.client("ada")
    client("ACL SETUSER ada on nopass +@all ~cart:* %R~price:*")
    client.expect("AUTH ada any", "OK")
    client.expect("SET cart:1 apple", "OK")
    client.expect("GET price:apple", None)
    client.expect_error("SET price:apple 1", "NOPERM")
    client.expect_error("GET secret", "NOPERM")
