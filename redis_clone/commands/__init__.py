"""The commands, one module for each group.  load() imports all of them, which fills the command table.

A command reads its arguments, checks them, reads or changes the keyspace and returns a plain Python value.
It runs under the server's lock, which its caller holds.
"""

import importlib
import os
from collections.abc import Iterable


def load() -> None:
    for name in sorted(_module_names()):
        importlib.import_module(f"{__name__}.{name}")


def _module_names() -> Iterable[str]:
    folder = os.path.dirname(__file__)
    if os.path.isdir(folder):
        names = [file[: -len(".py")] for file in os.listdir(folder) if file.endswith(".py")]
        return [name for name in names if name != "__init__"]
    import pkgutil  # for a zip archive alone: it can list folders too, but imports inspect for that

    return [module.name for module in pkgutil.iter_modules(__path__)]
