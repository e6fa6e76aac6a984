"""Bytes as text for the page, and the name of a key in a link."""

from urllib.parse import quote_from_bytes

from redis_clone.protocol.inline import quote

LONGEST = 120  # bytes of an argument or an item that are shown


def shown(data: bytes, longest: int = LONGEST) -> str:
    r"""Text as it is, if all of it can be printed, else with the escapes of redis-cli; shortened with "…".

    >>> shown("größe".encode()), shown(b"\x00\xff"), shown(b"abcdef", 3)
    ('größe', '\\x00\\xff', 'abc…')
    """
    cut = bytes(data[:longest])
    try:
        text = cut.decode()
    except UnicodeDecodeError:
        text = ""
    if not text.isprintable() or (cut and not text):
        text = quote(cut)[1:-1].decode()
    return text + "…" if len(data) > longest else text


def linked(key: bytes) -> str:
    r"""A key as it stands in a link, from which the browser gives it back unchanged.

    >>> linked(b"user:1"), linked(b"a b\xff")
    ('user%3A1', 'a%20b%FF')
    """
    return quote_from_bytes(key, safe="")
