"""Reads the manual of the connected server: COMMAND DOCS answers a page for each command and subcommand.

So help, hints and completion fit the server, whether it is ours, a real Redis of any version, or one with
modules.  A server older than Redis 7 has no COMMAND DOCS; then there are no pages, and the rest works.
"""

from typing import Any, NamedTuple

from redis_clone.protocol.replies import Reply


class Argument(NamedTuple):
    """One argument of a command, as COMMAND DOCS describes it.

    `kind` is key, string, integer, pure-token, ..., or says that `parts` count: oneof, block.
    """

    text: str
    kind: str = "string"
    token: str | None = None  # a word that stands before it, or alone
    is_optional: bool = False
    is_multiple: bool = False
    repeats_token: bool = False
    parts: tuple["Argument", ...] = ()
    is_repeat: bool = False  # stands for what may follow a multiple one that was typed once
    times: int = 1  # that it has to come, for a count said so: ZUNION 2 wants two keys


class Page(NamedTuple):
    """What the manual says of one command; `name` is CONFIG GET, for a subcommand."""

    name: str
    summary: str = ""
    since: str = ""
    group: str = ""
    complexity: str = ""
    arguments: tuple[Argument, ...] = ()
    is_container: bool = False


Manual = dict[str, Page]  # by name, in capital letters


def manual_of(docs: Reply) -> Manual:
    """The pages in a reply of COMMAND DOCS, in order; none when it is an error or something else.

    >>> pages = manual_of([b"config|get", [b"summary", b"Reads.", b"group", b"server"]])
    >>> pages["CONFIG GET"].summary
    'Reads.'
    """
    if not isinstance(docs, (list, dict)):
        return {}
    pages: Manual = {}
    for name, fields in _pairs(docs).items():
        _add_page(pages, name, _pairs(fields))
    return dict(sorted(pages.items()))


def page_of(manual: Manual, words: list[bytes]) -> tuple[Page, int] | None:
    """The page for a command that begins with these words, and how many of them are its name."""
    names = [word.decode("latin-1").upper() for word in words[:2]]
    for count in (2, 1):
        page = manual.get(" ".join(names[:count])) if len(names) >= count else None
        if page:
            return page, count
    return None


def _add_page(pages: Manual, name: str, fields: dict[str, Any]) -> None:
    subcommands = _pairs(fields.get("subcommands", []))
    title = name.upper().replace("|", " ")
    pages[title] = Page(
        title,
        _text(fields.get("summary", b"")),
        _text(fields.get("since", b"")),
        _text(fields.get("group", b"")),
        _text(fields.get("complexity", b"")),
        tuple(_argument(each) for each in fields.get("arguments", [])),
        bool(subcommands),
    )
    for subname, subfields in subcommands.items():
        _add_page(pages, subname, _pairs(subfields))


def _argument(documented: Reply) -> Argument:
    fields = _pairs(documented)
    flags = {_text(flag) for flag in fields.get("flags", [])}
    return Argument(
        _text(fields.get("display_text", fields["name"])),
        _text(fields["type"]),
        _text(fields["token"]) if "token" in fields else None,
        "optional" in flags,
        "multiple" in flags,
        "multiple_token" in flags,
        tuple(_argument(each) for each in fields.get("arguments", [])),
    )


def _pairs(reply: Any) -> dict[str, Any]:
    """The pairs of a map in RESP3, or of the flat array that stands for it in RESP2."""
    if isinstance(reply, dict):
        return {_text(name): value for name, value in reply.items()}
    return {_text(name): value for name, value in zip(reply[::2], reply[1::2], strict=True)}


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
