r"""The first line of a script.

A script may declare in its first line what it is, as programs on Unix do:

    #!lua flags=no-writes,allow-oom
    return redis.call('GET', KEYS[1])

`read_script(text)` answers a Head: its flags, and the body. Without a shebang (a text that does not begin
with #!) the flags are None and the body is the whole text. With one, the body is the rest *with an empty
line in place of the first*, so that Lua's errors name the right lines. `_read_flags(words)` makes a
frozenset of flags=..., or raises. Several flags=... options add up, and none is an empty frozenset. Words
may be quoted: `_words(line, error)` splits the line, or raises the error. The errors (each a RedisError):

    the line never ends                 ERR Invalid script shebang
    a quote that is never closed        ERR Invalid engine in script shebang
    its first word is not #!lua         ERR Unexpected engine in script shebang: <word>
    another option than flags=          ERR Unknown lua shebang option: <option>
"""

from exercises.machinery.trial import calling
from redis_clone.features.scripting.shebang import read_script
from redis_clone.protocol.errors import RedisError

CHAPTER = 18
LEVEL = 2
CONCEPT = "declaring what a script may do"
HOLE = "redis_clone/features/scripting/shebang.py:read_script"
HINTS = (
    "line, newline, body = text.partition(b'\\n'); the newline is empty when there is none.",
    "engine, *options = _words(line, ...): the first word and the others. Words are bytes; "
    ".decode('latin-1') for the text of an error.",
    "For each option: it must start with b'flags='; flags |= "
    "_read_flags(option.removeprefix(b'flags=')). The body to answer is newline + body.",
)


def read(text: bytes) -> tuple[list[bytes] | None, bytes] | str:
    try:
        head = read_script(text)
    except RedisError as error:
        return str(error)
    return None if head.flags is None else sorted(head.flags), head.body


def asking(text: bytes) -> calling:
    return calling(read, text, shown=f"read_script({text!r}), its flags sorted")


def test_without_a_shebang() -> None:
    asking(b"return 1").gives((None, b"return 1"))
    asking(b"").gives((None, b""))
    asking(b"-- #!lua\nreturn 1").gives((None, b"-- #!lua\nreturn 1"))


def test_flags() -> None:
    asking(b"#!lua flags=no-writes\nreturn 1").gives(([b"no-writes"], b"\nreturn 1"))
    asking(b"#!lua flags=no-writes,allow-oom\nreturn 1").gives(([b"allow-oom", b"no-writes"], b"\nreturn 1"))


def test_no_flags() -> None:
    asking(b"#!lua\nreturn 1").gives(([], b"\nreturn 1"))
    asking(b"#!lua flags=\nreturn 1").gives(([], b"\nreturn 1"))


def test_flags_that_add_up() -> None:
    asking(b"#!lua flags=no-writes  flags=allow-oom\nreturn 1").gives(
        ([b"allow-oom", b"no-writes"], b"\nreturn 1")
    )
    asking(b"#!lua flags=no-writes flags=no-writes\nreturn 1").gives(([b"no-writes"], b"\nreturn 1"))


def test_the_rest_keeps_its_lines() -> None:
    asking(b"#!lua\n\nreturn 1\n").gives(([], b"\n\nreturn 1\n"))


def test_words_in_quotes() -> None:
    asking(b"#!lua 'flags=no-writes'\nreturn 1").gives(([b"no-writes"], b"\nreturn 1"))


def test_what_is_wrong() -> None:
    for text, error in (
        (b"#!lua", "ERR Invalid script shebang"),
        (b'#!lua "flags\nreturn 1', "ERR Invalid engine in script shebang"),
        (b"#!python\nreturn 1", "ERR Unexpected engine in script shebang: #!python"),
        (b"#!\nreturn 1", "ERR Unexpected engine in script shebang: #!"),
        (b"#!lua name=x\nreturn 1", "ERR Unknown lua shebang option: name=x"),
        (b"#!lua flags=fast\nreturn 1", "ERR Unexpected flag in script shebang: fast"),
    ):
        asking(text).gives(error)
