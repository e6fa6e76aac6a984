"""The configuration of a server inside another program, from keywords: maxmemory_policy="allkeys-lru"."""

import difflib
import os
from collections.abc import Mapping

from redis_clone.config.parameters import PARAMETERS
from redis_clone.config.values import Config, check_directory
from redis_clone.protocol.errors import RedisError

Value = str | int | bool
OF_THE_PROCESS = {  # they would change the program that the server runs in
    "always-show-logo", "daemonize", "logfile", "oom-score-adj", "oom-score-adj-values", "pidfile",
    "server_cpulist", "single-core", "supervised", "syslog-enabled", "syslog-facility", "syslog-ident",
}  # fmt: skip


def configuration(folder: str, is_kept: bool, parameters: Mapping[str, Value]) -> Config:
    """The configuration of a server that works in `folder`; ValueError says what is wrong with a parameter.

    It listens at any free port of 127.0.0.1.  Unless the folder `is_kept`, nothing is saved at intervals.

    >>> config = configuration(".", False, {"maxmemory": "10mb", "appendonly": True})
    >>> config["maxmemory"], config["appendonly"], config["port"], config["save"]
    (10485760, True, 0, [])
    """
    try:
        check_directory(folder)
    except ValueError as problem:
        raise ValueError(f"directory={folder!r}: {problem}") from None
    config = Config()
    defaults: dict[str, Value] = {"port": 0} if is_kept else {"port": 0, "save": ""}
    for name, value in {**defaults, **parameters}.items():
        _set(config, _parameter(name), value)
    config.set_all({"dir": os.path.abspath(folder)}, starting=True)
    return config


def _parameter(keyword: str) -> str:
    """The parameter that a keyword means: underscores stand for dashes, but in a few old names."""
    name = keyword if keyword in PARAMETERS else keyword.replace("_", "-")
    if name == "dir":
        raise ValueError("dir: say directory=, so that its files are kept")
    if name in OF_THE_PROCESS:
        raise ValueError(f"{name} is about a process, and this one is not the server's")
    if name not in PARAMETERS:
        similar = difflib.get_close_matches(name, PARAMETERS, 1)
        hint = f"; did you mean {similar[0]}?" if similar else ""
        raise ValueError(f"redis.conf has no parameter {name}{hint}")
    return name


def _set(config: Config, name: str, value: Value) -> None:
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    try:
        config.set_all({name: text}, starting=True)
    except RedisError as error:
        raise ValueError(f"{name}={value!r}: {str(error).partition(' - ')[2]}") from None
