"""The exercises stand beside the documentation, so their machinery is found there."""

import shutil
import sys

import pytest
from harness import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "docs"))


@pytest.fixture
def checkout(tmp_path):
    """A student's checkout: the server and its exercises, and nothing of git."""
    root = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "yours")
    shutil.copytree(REPOSITORY / "redis_clone", root / "redis_clone", ignore=ignored)
    shutil.copytree(REPOSITORY / "docs" / "exercises", root / "docs" / "exercises", ignore=ignored)
    return root
