"""Drawings of this project, made by `python docs/pictures`."""

import redis_clone  # noqa: F401 (imported first, for it says in one line that a Python is too old)
