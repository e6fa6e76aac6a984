"""The limit of Lua's memory, and why Python must lift it at times.

Lua's own code can meet the limit safely: it gets the error "not enough memory".  But when Python passes a
value to Lua, nothing catches that error: it would jump over Python's frames, and the server would hang.  So
before Python makes something in Lua, it lifts the limit; and before it lets Lua go on, it checks that there
is room for the value that it returns.  If there is none, the script ends.

Lua 5.1 collects no garbage when an allocation fails, and a script that catches the error goes on with a
full memory.  So the check that runs every few thousand instructions (is_full) collects first, well below the
limit; when that frees too little, the script ends while there is still room for an ordinary error.  Large
strings may reach the limit itself between two checks; then only Python can go on, after lift().

Always true when a script begins: half of the memory is free, so that its arguments need no check; or the
limit is lifted, and begin() sets it again.
"""

import ctypes
from contextlib import suppress
from functools import partial
from typing import Any

from redis_clone.features.scripting.library import LibraryError

MEMORY_BYTES = 512 * 1024 * 1024
NO_LIMIT = 0
SLACK = 16 * 1024  # bytes, for an error and other small values
NONE_LEFT = "not enough memory"
MOST_ARGUMENTS = 8192  # Lua passes no more to one call


class Memory:
    """The memory of one interpreter, which is a LuaRuntime of lupa."""

    def __init__(self, lua: Any) -> None:
        self._lua = lua
        self.used = partial(lua.get_memory_used, True)  # bytes
        self._set_max = lua.set_max_memory
        self._limit = NO_LIMIT
        self.safe_bytes = 0  # while Lua uses less, small values fit; 0: the limit is lifted
        self.is_exhausted = False  # by the script that runs now
        # Each value passed to Python takes a slot in a Lua table, which must not have to grow at the limit.
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
        """Called before a script begins; its arguments take `room` bytes."""
        self.is_exhausted = False
        if self._limit != MEMORY_BYTES or room > MEMORY_BYTES // 4:
            self.settle(room)  # else the limit is set, and half of the memory is free

    def end(self) -> None:
        """Called after a script has ended: collects its garbage if it used much of the memory."""
        if self.is_exhausted or self.used() > MEMORY_BYTES // 2:
            self._collect()
            _give_back()

    def is_full(self) -> bool:
        """Whether the running script must end: it holds most of the memory, and none of it is garbage."""
        if not self.is_exhausted and self.used() > MEMORY_BYTES // 8 * 7:
            self._collect()
            self.is_exhausted = self.used() > MEMORY_BYTES // 4 * 3
        return self.is_exhausted

    def _collect(self) -> None:
        self.lift()
        self._lua.gccollect()

    def make_sure_of(self, result: Any) -> None:
        """Raises LibraryError when there is no room for a value that is about to be returned to Lua."""
        room = _size(result)
        if self.used() + room < self.safe_bytes:
            return  # the usual case
        if self.used() + room > MEMORY_BYTES:
            self._collect()
        if self.used() + room > MEMORY_BYTES:
            self.is_exhausted = True
            raise LibraryError(NONE_LEFT)
        self.settle(room)

    def settle(self, room: int) -> None:
        """Sets the limit again, raised if `room` more bytes would not fit."""
        self._limit, self.safe_bytes = max(MEMORY_BYTES, self.used() + room + SLACK), MEMORY_BYTES - SLACK
        self._set_max(self._limit, True)


def _give_back() -> None:
    """Returns freed memory to the system; the C library of Linux would keep it for this process."""
    with suppress(AttributeError):  # other C libraries have no such function
        ctypes.CDLL(None).malloc_trim(0)


def _size(result: Any) -> int:
    if type(result) is bytes:
        return len(result)
    return sum(64 + _size(item) for item in result) if type(result) is tuple else 0
