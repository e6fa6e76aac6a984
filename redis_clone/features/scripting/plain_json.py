"""Reads plain JSON by the scanner of Python's own json module, which is written in C.

cjson reads more than JSON, and has error messages of its own.  So whatever is not plain here (None is
returned) is read by the careful Decoder of json_library.py, which knows the whole language.

Nothing is recursive but the C scanner, which raises RecursionError before its stack is full.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from redis_clone.features.scripting.library import Table, Tables, with_breaks

_NOT_PLAIN = re.compile(rb"\0|\\u[dD]")  # a zero byte ends the text for cjson; surrogates may be unpaired
_CONTAINERS = (list, dict)
_AS_THEY_ARE = frozenset([float, bool]).issuperset


def _reject(constant: str) -> None:
    raise ValueError(f"{constant} is not plain JSON")


_DECODER = json.JSONDecoder(strict=False, parse_int=float, parse_constant=_reject)  # Lua's numbers are floats


def decode_plain(text: bytes, deepest: int, tables: Tables) -> tuple[Table] | None:
    """The value of a JSON text, in a tuple; None when it is not plain, or too deep."""
    if _NOT_PLAIN.search(text):
        return None
    try:
        value = _DECODER.decode(text.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None
    levels = _levels(value, deepest, tables.check_time)
    return None if levels is None else (_converted(levels, tables),)


def _levels(value: Any, deepest: int, check_time: Callable[[], None]) -> list[list[Any]] | None:
    """The value in a list, the containers in it, the containers in those, ...; None if that is too deep."""
    levels, level = [[[value]]], [value]
    while level := [item for item in level if type(item) in _CONTAINERS]:
        if len(levels) > deepest:
            return None
        levels.append(level)
        parts = (item.values() if type(item) is dict else item for item in with_breaks(level, check_time))
        level = list(chain.from_iterable(parts))
    return levels


def _converted(levels: list[list[Any]], tables: Tables) -> Table:
    """The value as Lua has it: the innermost containers become tables first."""
    made: Iterator[Table] = iter(())
    for level in reversed(levels[1:]):
        made = iter([_table(container, made, tables) for container in with_breaks(level, tables.check_time)])
    return _items(levels[0][0], made, tables)[0]


def _table(container: Any, made: Iterator[Table], tables: Tables) -> Table:
    if type(container) is list:
        return tables.of_list(_items(container, made, tables))
    keys = [_bytes(key) for key in container]
    return tables.of_list(dict(zip(keys, _items(list(container.values()), made, tables), strict=True)))


def _items(items: list[Any], made: Iterator[Table], tables: Tables) -> list[Any]:
    """The items of a container; `made` has the tables of those that are containers, in this order."""
    if _AS_THEY_ARE(map(type, items)):
        return items
    null = tables.null()
    return [
        _bytes(item)
        if type(item) is str
        else null
        if item is None
        else next(made)
        if type(item) in _CONTAINERS
        else item
        for item in with_breaks(items, tables.check_time)
    ]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
