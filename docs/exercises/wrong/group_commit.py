"""Wrong answers to `group_commit`.  Each function is one mistake, and takes the place of `Log.flush_before_reply`."""


def without_a_second_look(self, position: int) -> None:
    """After waiting for the disk nobody looks whether another thread's fsync has covered this write
    already."""
    if self.safe >= position or self._write_error:  # then the thread "aof" tries again
        return
    with self._disk:
        self._commit()


def nobody_waits(self, position: int) -> None:
    """Without the lock two threads write and fsync at once."""
    if self.safe >= position or self._write_error:  # then the thread "aof" tries again
        return
    self._commit()


def a_full_disk_is_tried_at_once(self, position: int) -> None:
    """While the disk refuses, each client tries again, and all wait for it."""
    if self.safe >= position:  # then the thread "aof" tries again
        return
    with self._disk:
        if self.safe < position:
            self._commit()


def someone_else_will_do_it(self, position: int) -> None:
    """If another thread is at it, the reply goes out before the disk has the write."""
    if self.safe >= position or self._write_error:  # then the thread "aof" tries again
        return
    if self._disk.acquire(blocking=False):
        try:
            if self.safe < position:
                self._commit()
        finally:
            self._disk.release()


def whoever_waited_is_served(self, position: int) -> None:
    """After waiting any fsync of another thread will do, even one that began before this write."""
    if self.safe >= position or self._write_error:  # then the thread "aof" tries again
        return
    before = self.safe
    with self._disk:
        if self.safe == before:
            self._commit()
