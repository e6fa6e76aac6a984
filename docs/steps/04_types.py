"""Step 4: strings, lists, sets and hashes.  The commands are the real ones, the keyspace is a dict.

python docs/steps/04_types.py 7000
"""

import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # where redis_clone lies

from wire import NoLog, listen

from redis_clone.command_table.registry import find
from redis_clone.commands import bitmaps, counters, hashes, lists, set_algebra, sets, strings  # noqa: F401
from redis_clone.protocol.errors import WRONG_TYPE, RedisError, too_many_arguments
from redis_clone.protocol.replies import encode
from redis_clone.protocol.resp import Limits
from redis_clone.storage.strings import STRING


class Database:
    """A dict, and two rules: a value has a type, and an empty container is no value."""

    def __init__(self) -> None:
        self._values: dict[bytes, Any] = {}

    def get(self, key: bytes, kind: type) -> Any:
        value = self._values.get(key)
        if value is None or isinstance(value, kind):
            return value
        raise RedisError(WRONG_TYPE)

    edit = get  # chapter 12 tells why these are two

    def __contains__(self, key: bytes) -> bool:
        return key in self._values

    def update(self, key: bytes, value: Any, event: str, count: int = 1) -> None:
        self._values[key] = value
        if not value and not isinstance(value, STRING):
            self.delete(key)

    set_value = update  # chapter 8 tells why these are two

    def delete(self, key: bytes) -> bool:
        return self._values.pop(key, None) is not None


def run(client: Any, argv: list[bytes]) -> bytes:
    try:
        spec = find(argv)
        if len(argv) > spec.takes:
            raise too_many_arguments(spec.name, argv)
        return encode(spec.function(client, *argv[spec.words :]))  # type: ignore[misc]
    except RedisError as error:
        return encode(error)


if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"At which port? python {sys.argv[0]} 7000")
    server = SimpleNamespace(random=Random(), limits=Limits(), propagation=NoLog())
    database = Database()
    listen(port, lambda: SimpleNamespace(server=server, db=database), run)
