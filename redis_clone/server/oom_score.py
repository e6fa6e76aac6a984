"""`oom-score-adj`: which process Linux kills first when memory is out.

The system keeps a number from -1000 to 1000 for each process, in a file; the higher it is, the sooner the
process is killed.  The number found there first comes back with `oom-score-adj no`.  May import: logging.
"""

from redis_clone import logging

FILE = "/proc/self/oom_score_adj"
FAILED = "Failed to apply new oom_score_adj configuration, check server logs."
LOWEST, HIGHEST = -1000, 1000


class OomScore:
    """The number of this process, as the configuration wants it."""

    def __init__(self, path: str = FILE) -> None:
        self._path = path
        self._base: int | None = None  # what was there before the first change

    def adjust(self, mode: str, score: int) -> None:
        """`mode`: no, yes (`score` is added to what was there) or absolute; ValueError when it is refused."""
        try:
            if mode == "no":
                self._restore()
                return
            if self._base is None:
                with open(self._path) as file:
                    self._base = int(file.read())
            self._write(score if mode == "absolute" else self._base + score)
        except OSError as problem:
            logging.warning(f"Unable to change {self._path}: {problem.strerror}")
            raise ValueError(FAILED) from None

    def _restore(self) -> None:
        if self._base is not None:
            self._write(self._base)
            self._base = None

    def _write(self, score: int) -> None:
        with open(self._path, "w") as file:
            file.write(f"{min(max(score, LOWEST), HIGHEST)}\n")
