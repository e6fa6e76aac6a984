"""The parameters that concern the whole process: its folder, its log, its open files, its oom-score.

The program applies them (program.py), for it has the process to itself.  A server that runs inside another
program (testing/) leaves that program's process alone.
"""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any

from redis_clone import logging
from redis_clone.config.values import change_directory
from redis_clone.network.open_files import check_clients
from redis_clone.server.oom_score import OomScore
from redis_clone.server.state import Server


def apply_to_process(state: Server) -> None:
    """Apply these parameters now, and whenever CONFIG SET changes one."""
    adjust = partial(_adjust_oom_score, state, OomScore())
    hooks: dict[str, Callable[[Any], None]] = {
        "dir": change_directory,
        "loglevel": logging.set_level,
        "maxclients": check_clients,
        "oom-score-adj": adjust,
        "oom-score-adj-values": adjust,
    }
    for name, hook in hooks.items():
        state.config.when_set(name, hook)


def _adjust_oom_score(state: Server, oom_score: OomScore, _: object) -> None:
    """As for a master.  At the start, when there are no clients, a refusal is only logged."""
    mode, (score, _replica, _child) = state.config["oom-score-adj"], state.config["oom-score-adj-values"]
    with nullcontext() if state.clients else suppress(ValueError):
        oom_score.adjust(mode, score)
