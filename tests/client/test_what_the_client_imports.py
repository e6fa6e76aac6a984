"""A client that is asked for one command has imported what it uses, and nothing that takes long."""

import subprocess
import sys

from harness import REPOSITORY

# -S: a site-packages folder may import what it likes at the start of every Python.
STARTED = "import sys, redis_clone.client.main; print(*sys.modules)"
HEAVY = {
    "ssl": "for TLS alone",
    "dataclasses": "they bring inspect",
    "inspect": "it brings ast, dis and tokenize",
    "urllib.parse": "for -u alone",
    "pathlib": "for the history of a prompt",
    "ctypes": "for the grey hints of a prompt",
    "getpass": "for --askpass alone",
    "redis_clone.client.prompt": "for a terminal alone",
    "redis_clone.server": "another program",
}


def test_a_client_for_one_command_has_not_imported_what_takes_long() -> None:
    words = [sys.executable, "-S", "-c", STARTED]
    imported = subprocess.check_output(words, cwd=REPOSITORY, text=True).split()
    assert "redis_clone.client.session" in imported
    assert {name: why for name, why in HEAVY.items() if name in imported} == {}
