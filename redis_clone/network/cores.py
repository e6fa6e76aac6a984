"""On which processor cores the server runs.

Only one thread of Python runs at a time, and it must hold the interpreter's lock.  On several cores that lock
travels: the next thread is woken on another core, which takes longer than a command.  On one core the next
thread simply goes on, and 50 clients are served nearly twice as fast; for one client it is all the same.  So
the server keeps to one core unless `server_cpulist` names others or `single-core no` lets it roam.

Which core?  One of those that we may use, by the number of our process, so that several servers on one
machine do not all take the same.  macOS and Windows do not let a program choose (Windows only by means that
Python does not have), and there nothing is done.
"""

import os

from redis_clone.config.kinds import CpuList


def keep_to_cores(cpulist: str, single_core: bool) -> None:
    """Choose the cores of this process, for all its threads to come; ValueError where that cannot be."""
    if not hasattr(os, "sched_setaffinity"):
        if cpulist:
            raise ValueError("server_cpulist: this system does not let a program choose its cores")
        return
    if cpulist:
        os.sched_setaffinity(0, CpuList.cores(cpulist))
    elif single_core:
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})
