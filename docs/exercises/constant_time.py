"""A comparison that always takes the same time.

`==` on two texts stops at the first letter that differs. An attacker who may try a million times, and can
measure how long the answer takes, finds a password letter by letter. So hashes are compared with
hmac.compare_digest, which always looks at all letters; and if a user has several passwords, all are
compared, whichever fits.

`is_among(password, hashes)` answers whether the hash of the password (`hashed(password)`) is one of these.
`hmac` is a module of Python; import it in the function, since a server without passwords needs none.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.proxies import StudentPeer
from exercises.machinery.trial import calling, expect
from redis_clone.features.acl import passwords
from redis_clone.features.acl.passwords import hashed

CHAPTER = 17
LEVEL = 2
CONCEPT = "a timing attack"
HOLE = "redis_clone/features/acl/passwords.py:is_among"
HINTS = (
    "Import hmac in the function, for a server without passwords needs none; hash once, before the loop.",
    "No return, no break, and no any() in the loop: they stop at the first that fits.",
    "found |= hmac.compare_digest(given, kept) gathers the answer.",
)


def asking(password: bytes, *of: bytes) -> calling:
    hashes = [hashed(each) for each in of]
    return calling(
        passwords.is_among, password, hashes, shown=f"is_among({password!r}, the hashes of {list(of)})"
    )


def test_the_right_one() -> None:
    asking(b"secret", b"secret").gives(True)
    asking(b"secret", b"other", b"secret", b"third").gives(True)
    asking(b"secret", b"secret", b"secret").gives(True)


def test_a_wrong_one() -> None:
    asking(b"secret", b"other").gives(False)
    asking(b"Secret", b"secret").gives(False)
    asking(b"secret").gives(False)


def test_the_hash_is_not_the_password() -> None:
    calling(passwords.is_among, hashed(b"secret").encode(), [hashed(b"secret")]).gives(False)


def test_all_are_compared_and_each_in_constant_time(process: StudentPeer) -> None:
    hmac = process.module("hmac")
    compared: list[str] = []
    real = hmac.compare_digest

    def recorded(a: str, b: str) -> bool:
        compared.append(b)
        return bool(real(a, b))

    hashes = [hashed(b"%d" % number) for number in range(5)]
    hmac.compare_digest = recorded
    try:
        for password in (b"0", b"4", b"wrong"):
            compared.clear()
            passwords.is_among(password, hashes)
            expect(
                len(compared) == 5,
                f"hmac.compare_digest looks at all five hashes for {password!r}",
                f"at {len(compared)} of them",
            )
    finally:
        hmac.compare_digest = real


def test_the_command(server: LiveServer) -> None:
    client = server.client()
    client("ACL SETUSER ada on >first >second +@all")
    client.expect("AUTH ada second", "OK")
    client.expect("AUTH ada first", "OK")
    client.expect_error("AUTH ada third", "WRONGPASS")
