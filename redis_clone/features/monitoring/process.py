"""What the operating system says of this process: its memory, in bytes; 0 where it does not say.

Linux tells by files in /proc; macOS tells the peak only; Windows tells a program that asks by an
interface of its own, which is not worth it here.
"""

import os
import sys


def memory_resident() -> int:
    """In memory now."""
    return _kilobytes("/proc/self/status", "VmRSS") or memory_peak()


def memory_peak() -> int:
    """The most that ever was in memory."""
    try:
        import resource  # not there on Windows
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def memory_total() -> int:
    """Of the machine."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):
        return 0


def _kilobytes(path: str, name: str) -> int:
    """The figure on the line `name:   1234 kB` of such a file."""
    try:
        with open(path, encoding="ascii") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
