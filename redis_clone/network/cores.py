"""The processor cores on which the server runs.

Only one thread of Python runs at a time, and it must hold the interpreter's lock.  On several cores that lock
travels: the next thread is woken on another core, which takes longer than a command.  On one core the next
thread simply goes on, and 50 clients are served nearly twice as fast; for one client there is no difference.
So the server keeps to one core unless `server_cpulist` names others or `single-core no` allows all.

The core is chosen by the number of our process among those that we may use, so that several servers on one
machine do not all take the same.  Python lets a program choose on Linux alone; elsewhere nothing is done.
"""

import os
import sys

from redis_clone.config.kinds import CpuList


def keep_to_cores(cpulist: str, single_core: bool) -> None:
    """Choose the cores of this process, for all later threads; ValueError where the system cannot."""
    if sys.platform != "linux":
        if cpulist:
            raise ValueError("server_cpulist: this system does not let a program choose its cores")
        return
    if cpulist:
        os.sched_setaffinity(0, CpuList.cores(cpulist))
    elif single_core:
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})
