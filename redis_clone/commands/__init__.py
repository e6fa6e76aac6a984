"""The commands, one module per group.  load() fills the command table: it imports every module here."""

import importlib
import os


def load() -> None:
    for file in sorted(os.listdir(os.path.dirname(__file__))):  # pkgutil would do it, and import inspect
        name, extension = os.path.splitext(file)
        if extension == ".py" and name != "__init__":
            importlib.import_module(f"{__name__}.{name}")
