"""How much memory Lua may take, and why Python must see to it that this is never the end of us.

Lua's own code meets the limit in peace: it gets the error "not enough memory".  But where Python hands a
value over to Lua, nothing is there to catch that error: it would jump over Python's frames, and the server
would hang.  So whenever Python makes something in there, it lifts the limit first; and before it lets Lua go
on, it looks whether there is room for what it returns.  If there is none, the script ends.

Always true when a script begins: half of the memory is free, so that its words need no look; or the limit is
lifted, and begin() sets it anew.
"""

from functools import partial
from typing import Any

from redis_clone.features.scripting.library import LibraryError

MEMORY_BYTES = 512 * 1024 * 1024
NO_LIMIT = 0
SLACK = 16 * 1024  # for an error and other small things
NONE_LEFT = "not enough memory"
MOST_ARGUMENTS = 8192  # Lua hands over no more at once


class Memory:
    """Of one interpreter, which is a LuaRuntime of lupa."""

    def __init__(self, lua: Any) -> None:
        self._lua = lua
        self.used = partial(lua.get_memory_used, True)  # bytes
        self._set_max = lua.set_max_memory
        self._limit = NO_LIMIT
        self.safe_bytes = 0  # while Lua uses less, there is room for small things; 0: the limit is lifted
        self.is_exhausted = False  # by the script that runs now
        # What is handed to Python has a place in a table of Lua's, which must not grow in a bad moment.
        places = [lua.table() for _ in range(MOST_ARGUMENTS)]
        places.clear()

    @property
    def is_lifted(self) -> bool:
        return self._limit == NO_LIMIT

    def lift(self) -> None:
        if self._limit != NO_LIMIT:
            self._limit, self.safe_bytes = NO_LIMIT, 0
            self._set_max(NO_LIMIT)

    def begin(self, room: int) -> None:
        """A script begins, and takes its words from us, for which it needs `room`."""
        self.is_exhausted = False
        if self._limit != MEMORY_BYTES or room > MEMORY_BYTES // 4:
            self.settle(room)  # else all is as the last script left it, and half of the memory is free

    def end(self) -> None:
        """A script has ended; the next one shall not find its waste."""
        if self.used() > MEMORY_BYTES // 2:
            self.lift()
            self._lua.gccollect()

    def make_sure_of(self, result: Any) -> None:
        """LibraryError when there is no room for what is about to be returned to Lua."""
        room = _size(result)
        if self.used() + room < self.safe_bytes:
            return  # the usual case
        if self.used() + room > MEMORY_BYTES:
            self.lift()
            self._lua.gccollect()
        if self.used() + room > MEMORY_BYTES:
            self.is_exhausted = True
            raise LibraryError(NONE_LEFT)
        self.settle(room)

    def settle(self, room: int) -> None:
        """The limit again, but with `room` for bytes to come."""
        self._limit, self.safe_bytes = max(MEMORY_BYTES, self.used() + room + SLACK), MEMORY_BYTES - SLACK
        self._set_max(self._limit, True)


def _size(result: Any) -> int:
    if type(result) is bytes:
        return len(result)
    return sum(64 + _size(item) for item in result) if type(result) is tuple else 0
