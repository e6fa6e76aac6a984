"""No passwords in the log.

The log at level debug, MONITOR and SLOWLOG show commands. AUTH has a password in it, and so have HELLO,
CONFIG SET requirepass and a few more. `redacted(argv)` answers the command with REDACTED in the place of
each secret.

The table SECRETS, at the end of the file, says for each command with a secret at which positions it stands:
it leads from a name such as b"auth", or from a name and a subcommand such as b"config|set", to a function.
That function gets the arguments in small letters, and answers the positions. A command that is not in the
table comes back as it is: the very same list, for this happens at each command and must cost nothing.

With `rename-command auth sesame` in the configuration, clients call AUTH by the name sesame, and its password
is as secret as before. `lookup(argv)` answers the command that is called, whose `name` is "AUTH" or
"CONFIG|SET"; or None where no command has that name, as AUTH now. But what is sent as AUTH has a password in
it even then: a client has not heard of the new name.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.proxies import StudentPeer
from exercises.machinery.trial import calling, expect
from redis_clone.command_table.redaction import redacted
from redis_clone.command_table.registry import rename

CHAPTER = 15
LEVEL = 2
CONCEPT = "logs without secrets, from a table"
HOLE = "redis_clone/command_table/redaction.py:redacted"
HINTS = (
    "words = [word.lower() for word in argv]. spec = lookup(argv); where it is not None, the key for "
    "the table is spec.name.lower().encode().",
    "Where it is None: b'|'.join(words[:2]) is the key of a subcommand, words[0] that of a command. "
    "SECRETS.get() is the function, or None.",
    "hidden = set(find(words)); then a list of all arguments (in their own letters), those at a hidden "
    "position replaced.",
)


def test_a_password() -> None:
    calling(redacted, [b"AUTH", b"secret"]).gives([b"AUTH", b"(redacted)"])
    calling(redacted, [b"auth", b"ada", b"secret"]).gives([b"auth", b"(redacted)", b"(redacted)"])


def test_a_password_behind_a_word() -> None:
    calling(redacted, [b"HELLO", b"3", b"Auth", b"ada", b"pw", b"SETNAME", b"x"]).gives(
        [b"HELLO", b"3", b"Auth", b"(redacted)", b"(redacted)", b"SETNAME", b"x"]
    )


def test_the_secret_of_a_subcommand() -> None:
    calling(redacted, [b"CONFIG", b"SET", b"hz", b"20", b"RequirePass", b"pw"]).gives(
        [b"CONFIG", b"SET", b"hz", b"20", b"RequirePass", b"(redacted)"]
    )
    calling(redacted, [b"CONFIG", b"GET", b"requirepass"]).gives([b"CONFIG", b"GET", b"requirepass"])


def test_what_has_no_secret_is_the_same_list(process: StudentPeer) -> None:
    for words in ([b"SET", b"AUTH", b"secret"], [b"PING"], [b"CONFIG"]):
        argv = process.moved(words)
        came = calling(redacted, argv).gives(argv)
        expect(came is argv, f"redacted({words}) is the very same list, and no copy")


def test_the_command_itself_keeps_its_password(process: StudentPeer) -> None:
    argv = process.moved([b"AUTH", b"secret"])
    calling(redacted, argv).gives([b"AUTH", b"(redacted)"])
    calling(list, argv, shown="the arguments that were given, afterwards").gives([b"AUTH", b"secret"])


def test_commands_that_were_renamed(server: LiveServer) -> None:
    rename("AUTH", "SESAME")
    rename("CONFIG", "SETUP")
    for words, position in (
        ([b"sesame", b"secret"], 1),
        ([b"SETUP", b"set", b"requirepass", b"secret"], 3),
        ([b"AUTH", b"secret"], 1),
        ([b"CONFIG", b"SET", b"requirepass", b"secret", b"hz", b"10"], 3),
    ):
        expected = [*words[:position], b"(redacted)", *words[position + 1 :]]
        given = "clients call AUTH by the name sesame, and CONFIG by the name setup"
        calling(redacted, words, given=given).gives(expected)
    rename("SESAME", "AUTH")
    rename("SETUP", "CONFIG")
    client = server.client()
    client.expect_error("AUTH ada secret", "WRONGPASS")


def test_what_the_slowlog_shows(server: LiveServer) -> None:
    client = server.client()
    client("CONFIG SET slowlog-log-slower-than 0")
    client("CONFIG SET requirepass hidden")
    client.expect_that(
        "SLOWLOG GET 1",
        lambda entries: entries[0][3] == [b"CONFIG", b"SET", b"requirepass", b"(redacted)"],
        "CONFIG SET requirepass (redacted)",
    )
