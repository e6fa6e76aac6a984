"""`supervised`: tells the program that has started the server, systemd or Upstart, when the server is ready.

systemd (a unit of Type=notify) names a Unix socket in the variable NOTIFY_SOCKET, and reads there what the
server says of itself.  Upstart (a job with `expect stop`) waits until the process stops itself, and lets it
go on.  Either looks after the process that it has started, so a supervised server never becomes a daemon.
"""

import os
import signal
import socket
import sys

from redis_clone import logging

IS_LOADING = "STATUS=Redis is loading...\n"
IS_READY = "STATUS=Ready to accept connections\nREADY=1\n"
IS_STOPPING = "STOPPING=1\n"


def find_supervisor(mode: str) -> str:
    """The supervisor, "systemd" or "upstart", which learns that we are starting; "" when there is none."""
    if mode == "auto":
        mode = (
            "upstart" if "UPSTART_JOB" in os.environ else "systemd" if "NOTIFY_SOCKET" in os.environ else "no"
        )
    if mode == "upstart":
        return mode if _stop_for_upstart() else ""
    if mode == "systemd":
        logging.warning(
            "WARNING supervised by systemd - you MUST set appropriate values for TimeoutStartSec and "
            "TimeoutStopSec in your service unit."
        )
        return mode if notify(IS_LOADING) else ""
    return ""


def notify(message: str) -> bool:
    """Send a message to systemd; returns whether it could be sent."""
    path = os.environ.get("NOTIFY_SOCKET")
    if sys.platform == "win32" or not path:
        logging.warning("systemd supervision error: NOTIFY_SOCKET not found!")
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
            # A name that begins with @ lies in no folder; Linux marks it by a zero byte.
            notifier.sendto(message.encode(), "\0" + path[1:] if path.startswith("@") else path)
    except OSError as problem:
        logging.warning(f"systemd supervision error: sd_notify: {-(problem.errno or 0)}")
        return False
    return True


def _stop_for_upstart() -> bool:
    if sys.platform == "win32" or "UPSTART_JOB" not in os.environ:
        logging.warning("upstart supervision requested, but UPSTART_JOB not found!")
        return False
    logging.notice("supervised by upstart, will stop to signal readiness.")
    os.kill(os.getpid(), signal.SIGSTOP)
    del os.environ["UPSTART_JOB"]
    return True
