"""Completes what is typed: names of commands, subcommands, options and keys; and hints at what is still due.

The functions here are pure: they take a line up to the cursor, and answer the candidates for its last word.
"""

from typing import NamedTuple

from redis_clone.client.key_names import KeyNames
from redis_clone.client.manual_pages import Manual, Page, page_of
from redis_clone.client.syntax import may_be_key, next_tokens, usage, what_is_next
from redis_clone.protocol.inline import UnbalancedQuotes, quote, split_words

# What the client itself understands, beside the commands of the server.
OWN_WORDS = ("HELP", "PEEK", "CONNECT", "CLEAR", "EXIT", "QUIT", ":WIRE", ":PIPELINE", ":SET")
OWN_ARGUMENTS = {":WIRE": ("ON", "OFF"), ":SET": ("HINTS", "NOHINTS")}
OWN_USAGE = {"PEEK": "key", "CONNECT": "host port", ":PIPELINE": "command ; command [; command ...]"}


class Typed(NamedTuple):
    """A line up to the cursor: the words that are complete, and the one that is being typed, as it stands."""

    words: list[bytes]
    last: str


def typed(line: str) -> Typed:
    r"""
    >>> typed('GET "my k'), typed("GET ")
    (Typed(words=[b'GET'], last='"my k'), Typed(words=[b'GET'], last=''))
    """
    start = len(line)
    while start and not line[start - 1].isspace():
        start -= 1
    while start >= 0:
        try:
            return Typed(split_words(_encoded(line[:start])), line[start:])
        except UnbalancedQuotes:  # this space is within quotes: the word begins further to the left
            start = line.rstrip().rfind(" ", 0, start - 1) + 1 if start > 1 else 0
            if start == 0:
                break
    return Typed([], line)


def candidates(line: str, manual: Manual, keys: KeyNames) -> list[str]:
    """The words that the last word of `line` may become, each as it would be typed."""
    words, last = typed(line)
    if not words:
        return _matching([*OWN_WORDS, *(name for name in manual if " " not in name)], last)
    first = words[0].decode("latin-1").upper()
    if first in OWN_ARGUMENTS:
        return _matching(OWN_ARGUMENTS[first], last) if len(words) == 1 else []
    if first == "HELP":
        return _helped(words[1:], last, manual)
    if first == "PEEK":
        return _keys(last, keys)
    return _of_command(words, last, manual, keys)


def hint(line: str, manual: Manual) -> str:
    """What is still due behind `line`, in the words of the manual; "" when nothing is, or nobody knows."""
    words, last = typed(line)
    words += [_encoded(last)] if last else []
    own = OWN_USAGE.get(words[0].decode("latin-1").upper()) if words else None
    if own:
        return own if len(words) == 1 else ""
    found = page_of(manual, words)
    if found is None:
        return ""
    page, count = found
    if page.is_container and not page.arguments:
        return " | ".join(_subcommands(manual, page)) if len(words) == count else ""
    pending = what_is_next(page.arguments, words[count:])
    return usage(pending) if pending else ""


def _of_command(words: list[bytes], last: str, manual: Manual, keys: KeyNames) -> list[str]:
    found = page_of(manual, words)
    if found is None:
        return []
    page, count = found
    if page.is_container and count == len(words) == 1:
        return _matching(_subcommands(manual, page), last)
    pending = what_is_next(page.arguments, words[count:])
    if pending is None:
        return []
    return _matching(next_tokens(pending), last) + (_keys(last, keys) if may_be_key(pending) else [])


def _subcommands(manual: Manual, page: Page) -> list[str]:
    return [name.partition(" ")[2] for name in manual if name.startswith(f"{page.name} ")]


def _helped(words: list[bytes], last: str, manual: Manual) -> list[str]:
    """The candidates behind HELP: groups, commands, subcommands."""
    if not words:
        groups = sorted({f"@{page.group}" for page in manual.values() if page.group})
        return _matching([*(name for name in manual if " " not in name), *groups], last)
    found = page_of(manual, words)
    return _matching(_subcommands(manual, found[0]), last) if found and len(words) == 1 else []


def _matching(names: list[str] | tuple[str, ...], last: str) -> list[str]:
    """The names that begin with `last`, in small letters if it is in small letters."""
    fitting = [name for name in names if name.upper().startswith(last.upper())]
    return [name.lower() for name in fitting] if last.islower() else fitting


def _keys(last: str, keys: KeyNames) -> list[str]:
    """The keys that begin with `last`; quoted where they have to be, or where the user began with a quote."""
    if last.startswith('"'):
        quoted = [quote(name).decode() for name in keys.beginning_with(b"")]
        return [word for word in quoted if word.startswith(last)]
    return [_typable(name) for name in keys.beginning_with(_encoded(last))]


def _typable(name: bytes) -> str:
    quoted = quote(name).decode()
    is_plain = quoted == f'"{name.decode("latin-1")}"' and name and not set(name) & set(b" '")
    return quoted[1:-1] if is_plain else quoted


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
