"""Makes the machinery of the exercises importable, which stands in docs/exercises."""

import sys

from harness import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "docs"))
