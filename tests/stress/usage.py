"""The threads, files, memory and CPU time of a process, from /proc on Linux."""

import os
from pathlib import Path


def threads_and_files(process):
    return status(process, "Threads"), len(os.listdir(f"/proc/{process.pid}/fd"))


def megabytes(process):
    return status(process, "VmRSS") // 1024


def status(process, field):
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(dict(line.split(":\t") for line in lines)[field].split()[0])


def cpu_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
