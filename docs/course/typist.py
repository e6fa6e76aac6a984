"""client.py as it is at a terminal, though its keyboard and its screen are pipes."""

import sys

from course import REPOSITORY

sys.path.insert(0, str(REPOSITORY))

from redis_clone.client.main import main

if __name__ == "__main__":
    sys.stdin.isatty = sys.stdout.isatty = lambda: True  # type: ignore[method-assign]
    sys.exit(main())
