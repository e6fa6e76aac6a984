"""The commands, one module for each group.  load() imports all of them, which fills the command table.

A command reads its arguments, checks them, reads or changes the keyspace and returns a plain Python value.
It runs under the server's lock, which its caller holds.
"""

import importlib
import os


def load() -> None:
    for file in sorted(os.listdir(os.path.dirname(__file__))):  # pkgutil would do it, and import inspect
        name, extension = os.path.splitext(file)
        if extension == ".py" and name != "__init__":
            importlib.import_module(f"{__name__}.{name}")
