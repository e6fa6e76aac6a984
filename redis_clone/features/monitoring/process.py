"""The memory of this process, in bytes, as the operating system reports it; 0 where it does not.

Linux reports it in files in /proc, macOS only the peak.  Windows has an interface of its own, which is not
worth its code here.
"""

import os
import sys


def memory_resident() -> int:
    """The memory that is in use now."""
    return _kilobytes("/proc/self/status", "VmRSS") or memory_peak()


def memory_peak() -> int:
    """The most memory that was ever in use."""
    if sys.platform == "win32":
        return 0
    import resource  # here, because Windows does not have it

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def memory_total() -> int:
    """The memory of the machine."""
    if sys.platform == "win32":
        return 0
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except ValueError:
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
