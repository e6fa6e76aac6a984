"""How much memory Lua may take, and why Python must see to it that this is never the end of us.

Lua's own code meets the limit in peace: it gets the error "not enough memory".  But where Python hands a
value over to Lua, nothing is there to catch that error: it would jump over Python's frames, and the server
would hang.  So whenever Python makes something in there, it lifts the limit first; and before it lets Lua go
on, it looks whether there is room for what it returns.  If there is none, the script ends.
"""

from typing import Any

from redis_clone.scripting.library import LibraryError

MEMORY_BYTES = 512 * 1024 * 1024
SLACK = 16 * 1024  # for an error and other small things
NONE_LEFT = "not enough memory"
MOST_ARGUMENTS = 8192  # Lua hands over no more at once


class Memory:
    """Of one interpreter, which is a LuaRuntime of lupa."""

    def __init__(self, lua: Any) -> None:
        self._lua = lua
        self._is_lifted = False
        self.is_exhausted = False  # by the script that runs now
        # What is handed to Python has a place in a table of Lua's, which must not grow in a bad moment.
        places = [lua.table() for _ in range(MOST_ARGUMENTS)]
        places.clear()

    @property
    def used(self) -> int:
        return self._lua.get_memory_used(total=True)  # type: ignore[no-any-return]

    def lift(self) -> None:
        if not self._is_lifted:
            self._is_lifted = True
            self._lua.set_max_memory(0)

    def begin(self) -> None:
        """A script begins."""
        self.is_exhausted = False
        self.settle(0)

    def end(self) -> None:
        """A script has ended; the next one shall not find its waste."""
        if self.used > MEMORY_BYTES // 2:
            self.lift()
            self._lua.gccollect()

    def must_not_be_exhausted(self) -> None:
        """Or a script that catches the error would ask again and again."""
        if self.is_exhausted:
            raise LibraryError(NONE_LEFT)

    def make_sure_of(self, result: Any) -> None:
        """LibraryError when there is no room for what is about to be returned to Lua."""
        room = _size(result)
        if not self._is_lifted and self.used + room + SLACK < MEMORY_BYTES:
            return
        if self.used + room > MEMORY_BYTES:
            self.lift()
            self._lua.gccollect()
        if self.used + room > MEMORY_BYTES:
            self.is_exhausted = True
            raise LibraryError(NONE_LEFT)
        self.settle(room)

    def settle(self, room: int) -> None:
        """The limit again, but with `room` for bytes to come."""
        self._is_lifted = False
        self._lua.set_max_memory(max(MEMORY_BYTES, self.used + room + SLACK), total=True)


def _size(result: Any) -> int:
    if type(result) is bytes:
        return len(result)
    return sum(64 + _size(item) for item in result) if type(result) is tuple else 0
