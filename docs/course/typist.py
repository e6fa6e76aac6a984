"""Runs client.py as it is at a terminal, though its output is a pipe."""

import sys

from course import REPOSITORY

sys.path.insert(0, str(REPOSITORY))

from redis_clone.client.main import main

if __name__ == "__main__":
    sys.stdout.isatty = lambda: True  # type: ignore[method-assign]
    sys.exit(main())
