"""Formats the answers of `help`, `help SET` and `help @list` from the manual of the connected server."""

import textwrap
from collections.abc import Iterator

from redis_clone.client.manual_pages import Manual, Page
from redis_clone.client.syntax import usage

OWN_HELP = """\
Type a command and its arguments: SET greeting "hello, world"
TAB completes what you type; where it cannot, it shows what is due.

    help SET             what a command does, and its arguments; help CONFIG GET for a subcommand
    help @list           all the commands of a group
    5 INCR visits        sends a command five times
    peek KEY             shows what a key holds, whatever its type
    :wire on             shows the bytes of each request and reply, explained; :wire off
    :wire                what the first byte of a value means
    :pipeline A x ; B y  sends several commands in one go, then reads the replies
    connect HOST PORT    goes to another server
    clear                clears the screen
    quit                 leaves, as exit and Ctrl-D do"""
NO_MANUAL = "No manual: the server has no COMMAND DOCS (they came with Redis 7), or cannot be asked now."
WIDTH = 100


def help_on(topic: list[bytes], manual: Manual) -> str:
    """The text for `help TOPIC`; the topic is a command, a subcommand, a @group, or nothing."""
    words = [word.decode("utf-8", "replace").upper() for word in topic]
    if not words:
        return "\n".join([OWN_HELP, "", *_groups(manual)])
    if not manual:
        return NO_MANUAL
    name = " ".join(words)
    pages = _of_group(words[0], manual) if words[0].startswith("@") else _of_command(name, manual)
    if not pages:
        return f"There is no {'group' if words[0].startswith('@') else 'command'} {name} at this server."
    return "\n" + "\n\n".join(map(format_page, pages)) + "\n"


def format_page(page: Page) -> str:
    """One page.

    >>> print(format_page(Page("GET", "Reads.", "1.0.0", "string")))
      GET
      summary: Reads.
      since: 1.0.0
      group: string
    """
    facts = {
        "summary": page.summary,
        "complexity": page.complexity,
        "since": page.since,
        "group": page.group,
    }
    lines = [f"  {page.name} {usage(page.arguments)}".rstrip()]
    for title, text in facts.items():
        if text:
            indent = " " * (len(title) + 4)
            lines += textwrap.wrap(f"  {title}: {text}", WIDTH, subsequent_indent=indent)
    return "\n".join(lines)


def _of_command(name: str, manual: Manual) -> list[Page]:
    """The page, and those of its subcommands."""
    return [page for title, page in manual.items() if title == name or title.startswith(f"{name} ")]


def _of_group(name: str, manual: Manual) -> list[Page]:
    wanted = name[1:].lower().replace("_", "-")
    return [page for page in manual.values() if page.group == wanted]


def _groups(manual: Manual) -> Iterator[str]:
    groups = sorted({page.group for page in manual.values() if page.group})
    if groups:
        yield from textwrap.wrap("Groups: " + " ".join(f"@{group}" for group in groups), WIDTH)
