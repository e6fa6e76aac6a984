"""Passwords and users (chapter 17)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, QUEUED, error

NOAUTH = error("NOAUTH Authentication required.")
WRONGPASS = error("WRONGPASS invalid username-password pair or user is disabled.")


@stage(
    2, 20, "a password before anything else",
    "Whether a client is authenticated belongs to the connection; those that are there stay.",
)  # fmt: skip
def auth(judge: Judge) -> None:
    """With requirepass, a client must send AUTH before other commands."""
    admin, (password, key) = judge.client("admin"), judge.words(2)
    judge.undo(["CONFIG", "SET", "requirepass", ""], by=admin)
    admin.expect(["CONFIG", "SET", "requirepass", password], OK)
    client = judge.client()
    client.expect(["GET", key], NOAUTH)
    client.expect(["AUTH", key], WRONGPASS)
    client.expect(["GET", key], NOAUTH, "a wrong password opens nothing")
    client.expect(["AUTH", password], OK)
    client.expect(["GET", key], None)


@stage(
    1, 10, "no password at all",
    "ERR AUTH <password> called without any password configured for the default user. ...",
)  # fmt: skip
def auth_without_password(judge: Judge) -> None:
    """AUTH with a password alone is an error while none is needed."""
    client, password = judge.client(), judge.word()
    client.expect(["AUTH", password], error("ERR AUTH <password> called without any password configured"))
    client.expect(["AUTH", "default", password], OK, "the default user takes any password while it has none")
    client.expect("ACL WHOAMI", "default")


@stage(
    3, 30, "users",
    "A new user is off, has no password, and may do nothing. on, >password, +command, ~pattern add to it.",
)  # fmt: skip
def acl_setuser(judge: Judge) -> None:
    """ACL SETUSER makes a user, who logs in with AUTH."""
    admin, client, (user, password) = judge.client("admin"), judge.client(), judge.words(2)
    judge.undo(["ACL", "DELUSER", user])
    admin.expect(["ACL", "SETUSER", user, f">{password}", "+ping", "+acl|whoami"], OK)
    client.expect(["AUTH", user, password], WRONGPASS, "a new user is off")
    admin.expect(["ACL", "SETUSER", user, "on"], OK)
    client.expect(["AUTH", user, user], WRONGPASS)
    client.expect(["AUTH", user, password], OK)
    client.expect("ACL WHOAMI", user)
    admin.expect(["ACL", "DELUSER", user], 1)
    client.expect_end("a user that is deleted is cut off")


@stage(
    3, 20, "permissions of commands",
    "The error begins with NOPERM. +@all, -set and so on are applied in their order.",
)  # fmt: skip
def acl_commands(judge: Judge) -> None:
    """A user may call only the commands that were allowed."""
    admin, client, (user, password, key) = judge.client("admin"), judge.client(), judge.words(3)
    judge.undo(["ACL", "DELUSER", user])
    admin.expect(["ACL", "SETUSER", user, "on", f">{password}", "~*", "+@all", "-set"], OK)
    client.expect(["AUTH", user, password], OK)
    client.expect(["APPEND", key, "x"], 1)
    client.expect(["SET", key, "y"], error("NOPERM"))
    client.expect(["GET", key], "x")
    admin.expect(["ACL", "SETUSER", user, "+set", "-@read"], OK)
    client.expect(["SET", key, "y"], OK, "the change holds at once")
    client.expect(["GET", key], error("NOPERM"), "GET belongs to the category @read")


@stage(
    3, 20, "permissions of keys",
    "Look at all keys of a command before it runs: MSET of one key that is not allowed does nothing.",
)  # fmt: skip
def acl_keys(judge: Judge) -> None:
    """A user may touch only the keys that fit its patterns."""
    admin, client, (user, password, prefix, other) = judge.client("admin"), judge.client(), judge.words(4)
    judge.undo(["ACL", "DELUSER", user])
    admin.expect(["ACL", "SETUSER", user, "on", f">{password}", f"~{prefix}:*", "+@all"], OK)
    client.expect(["AUTH", user, password], OK)
    client.expect(["SET", f"{prefix}:a", "1"], OK)
    client.expect(["GET", other], error("NOPERM"))
    client.expect(["MSET", f"{prefix}:a", "2", other, "2"], error("NOPERM"))
    client.expect(["GET", f"{prefix}:a"], "1", "nothing of the MSET was done")


@stage(
    3, 20, "permissions in a transaction",
    "Ask at queueing, and once more in EXEC: the permissions may have changed.",
)  # fmt: skip
def acl_in_a_transaction(judge: Judge) -> None:
    """A queued command is refused in EXEC when its permission has gone meanwhile."""
    admin, client, (user, password, key) = judge.client("admin"), judge.client(), judge.words(3)
    judge.undo(["ACL", "DELUSER", user])
    admin.expect(["ACL", "SETUSER", user, "on", f">{password}", "~*", "+@all"], OK)
    client.expect(["AUTH", user, password], OK)
    client.expect("MULTI", OK)
    client.expect(["SET", key, "1"], QUEUED)
    client.expect(["APPEND", key, "2"], QUEUED)
    admin.expect(["ACL", "SETUSER", user, "-append"], OK)
    client.expect("EXEC", [OK, error("NOPERM")])
    admin.expect(["GET", key], "1")


@stage(
    3, 20, "users as text",
    "ACL LIST has a line for each user, from which it can be made again. Passwords are SHA-256, as #hex.",
)  # fmt: skip
def acl_list(judge: Judge) -> None:
    """ACL LIST and ACL USERS name all users, without their passwords."""
    admin, (user, password) = judge.client("admin"), judge.words(2)
    judge.undo(["ACL", "DELUSER", user])
    admin.expect(["ACL", "SETUSER", user, "on", f">{password}", "~a*", "+get"], OK)
    admin.expect_that("ACL USERS", lambda users: user.encode() in users, f"{user} among the users")
    start = f"user {user} on ".encode()
    shown = admin.expect_that(
        "ACL LIST",
        lambda lines: any(line.startswith(start) for line in lines),
        f"a line that begins with user {user} on",
    )
    if any(password.encode() in line for line in shown):
        raise admin.failed("expected   no password is shown: keep its SHA-256 only")
    wrong = error("ERR Error in ACL SETUSER modifier")
    admin.expect(["ACL", "SETUSER", user, judge.word()], wrong)
