"""One key opened: how its value lies in memory.  The caller holds the lock.

Each type has a function that returns the parts to draw; of a large value only its beginning, or of a tree its
highest levels.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

from redis_clone.server.inspection.keys import key_row
from redis_clone.server.inspection.streams import stream_parts
from redis_clone.server.inspection.texts import shown
from redis_clone.server.state import Server
from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Stream
from redis_clone.storage.strings import EmbeddedNumber
from redis_clone.structures import hyperloglog, intset
from redis_clone.structures.avl_tree import Subtree
from redis_clone.structures.quicklist import BLOCK_SIZE, QuickList

MOST_ITEMS = 128
MOST_BLOCKS = 48
MOST_BYTES = 128  # of a string
ITEMS_AT_AN_END = 3  # of a block
TREE_LEVELS = 6
REGISTER_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # one for each value


def key_panel(server: Server, db: int, key: bytes) -> dict[str, Any]:
    """The key and its value; of a key that is not stored only its name."""
    database = server.databases[db]
    value = database.stored(key)
    if value is None:
        return {"key": shown(key), "db": db, "type": "none"}
    return {**key_row(server, database, key), "db": db, "parts": PARTS[type(value)](value)}


def _string(value: bytes) -> dict[str, Any]:
    if hyperloglog.is_hyperloglog(value):
        return _registers(value)
    begin = bytes(value[:MOST_BYTES])
    return {"kind": "string", "text": shown(begin, MOST_BYTES), "hex": begin.hex(), "length": len(value)}


def _registers(value: bytes) -> dict[str, Any]:
    try:
        registers = hyperloglog.registers(value)
    except hyperloglog.CorruptedValue:
        return {"kind": "string", "text": "a HyperLogLog that is damaged", "hex": "", "length": len(value)}
    return {
        "kind": "hyperloglog",
        "is_sparse": hyperloglog.is_sparse(value),
        "count": hyperloglog.estimate(registers),
        "registers": "".join(REGISTER_SIGNS[register] for register in registers),
        "length": len(value),
    }


def _list(value: QuickList[bytes]) -> dict[str, Any]:
    blocks = value.blocks()
    return {
        "kind": "list",
        "block_size": BLOCK_SIZE,
        "blocks": [_block(block) for block in islice(blocks, MOST_BLOCKS)],
        "more_blocks": max(len(blocks) - MOST_BLOCKS, 0),
    }


def _block(block: Any) -> dict[str, Any]:
    first = [shown(item, 40) for item in block[:ITEMS_AT_AN_END]]
    last = [shown(item, 40) for item in block[max(len(block) - ITEMS_AT_AN_END, ITEMS_AT_AN_END) :]]
    return {"length": len(block), "first": first, "last": last}


def _set(value: Set) -> dict[str, Any]:
    if value.is_intset:
        numbers = sorted(map(int, value.members))
        width, _ = intset.HEADER.unpack_from(intset.encode(numbers))
        return {"kind": "intset", "width": width, "members": list(map(str, numbers[:MOST_ITEMS]))}
    return {"kind": "set", "members": [shown(each, 60) for each in islice(value.members, MOST_ITEMS)]}


def _hash(value: Hash) -> dict[str, Any]:
    pairs = islice(value.fields.items(), MOST_ITEMS)
    return {"kind": "hash", "fields": [[shown(field, 60), shown(content)] for field, content in pairs]}


def _sorted_set(value: SortedSet) -> dict[str, Any]:
    top = value.look(TREE_LEVELS)
    return {
        "kind": "sorted set",
        "tree": _node(top),
        "height": top.height if top else 0,
        "members": [
            [shown(member, 60), _score(score)]
            for member, score in value.items_at(range(len(value))[:MOST_ITEMS])
        ],
    }


def _node(node: Subtree | None) -> dict[str, Any] | None:
    if node is None:
        return None
    score, member = node.key
    return {
        "member": shown(member, 24),
        "score": _score(score),
        "height": node.height,
        "size": node.size,
        "left": _node(node.left),
        "right": _node(node.right),
    }


def _score(score: float) -> str:
    """As text, for JSON has no infinity."""
    return f"{score:.17g}"


PARTS: dict[type, Callable[[Any], dict[str, Any]]] = {
    bytes: _string,
    bytearray: _string,
    EmbeddedNumber: _string,
    QuickList: _list,
    Set: _set,
    Hash: _hash,
    SortedSet: _sorted_set,
    Stream: stream_parts,
}
